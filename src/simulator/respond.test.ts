import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Respondent, type SimulatedRequest } from './respond.ts';

const respondent = new Respondent();
const respond = (asked: SimulatedRequest) => respondent.respond(asked).text;

const SYSTEM_ROLE =
  'You are required to adopt and impersonate the personality of the human described as follow:\n';

const OUTGOING =
  'Ama is outgoing and talkative. She loves meeting new people, and at weddings she is the life of the party. Friends call her lively.';
const QUIET =
  'Ama is a quiet, reserved woman who keeps to herself. She prefers to listen and spends most evenings alone.';
const NEUROTIC =
  'Ivo is a worrier. He sleeps badly, his moods swing, and he is nervous and often lonely. Small things make him anxious.';
const CALM =
  'Ivo is calm and even-tempered. He handles pressure well, sleeps soundly, rarely worries and takes things as they come.';
const BLANK = 'Ivo is forty and lives above a bakery.';

/** Item number, text, scale, and whether agreeing scores. */
type Item = readonly [number: number, text: string, scale: string, keyed: boolean];

const EPQR_STYLE: readonly Item[] = [
  [1, 'Does your mood often go up and down?', 'N', true],
  [2, 'Are you a talkative person?', 'E', true],
  [4, 'Are you rather lively?', 'E', true],
  [9, "Do you often feel 'fed-up'?", 'N', true],
  [11, 'Would you call yourself a nervous person?', 'N', true],
  [13, 'Can you easily get some life into a rather dull party?', 'E', true],
  [14, 'Are you a worrier?', 'N', true],
  [15, 'Do you tend to keep in the background on social occasions?', 'E', false],
  [18, "Do you suffer from 'nerves'?", 'N', true],
  [20, 'Are you mostly quiet when you are with other people?', 'E', false],
  [21, 'Do you often feel lonely?', 'N', true],
  [23, 'Do other people think of you as being very lively?', 'E', true],
];

const BFI_STYLE: readonly Item[] = [
  [1, 'Is talkative', 'E', true],
  [4, 'Is depressed, blue', 'N', true],
  [6, 'Is reserved', 'E', false],
  [9, 'Is relaxed, handles stress well', 'N', false],
  [11, 'Is full of energy', 'E', true],
  [14, 'Can be tense', 'N', true],
  [19, 'Worries a lot', 'N', true],
  [21, 'Tends to be quiet', 'E', false],
  [24, 'Is emotionally stable, not easily upset', 'N', false],
  [31, 'Is sometimes shy, inhibited', 'E', false],
  [36, 'Is outgoing, sociable', 'E', true],
  [39, 'Gets nervous easily', 'N', true],
];

const SPANISH: readonly Item[] = [
  [1, '¿Le gusta el olor de la lluvia?', '?', true],
  [2, '¿Prefiere el té al café?', '?', true],
  [3, '¿Cree usted en la suerte?', '?', true],
];

function itemsJson(items: readonly Item[]): string {
  return JSON.stringify(Object.fromEntries(items.map(([number, text]) => [number, text])), null, 2);
}

const EPQR_PROMPT = `Answer every question.\n\nThe only possible answers are:\n"True" or "False".\n\n${itemsJson(EPQR_STYLE)}\n\nReply with one JSON object.`;
const BFI_PROMPT = `I see myself as someone who...\n\n1 Disagree strongly\n2 Disagree a little\n3 Neither agree nor disagree\n4 Agree a little\n5 Agree strongly\n\n${itemsJson(BFI_STYLE)}\n\nReply with one JSON object.`;
const SPANISH_PROMPT = `Responda a cada pregunta con un número de 1 (nada) a 7 (muchísimo).\n\n${itemsJson(SPANISH)}\n\nResponda solo con JSON.`;

function request(
  description: string,
  user: string,
  changes: Partial<SimulatedRequest> = {},
): SimulatedRequest {
  return {
    system: SYSTEM_ROLE + description,
    user,
    model: 'simulated/gpt-4o-2024-11-20',
    seed: 1,
    temperature: 1,
    ...changes,
  };
}

function answersOf(reply: string): Record<string, string | number> {
  return JSON.parse(reply) as Record<string, string | number>;
}

/** Scale score as a share of what is possible, 0 to 1, averaged over some seeds. */
function score(
  description: string,
  user: string,
  items: readonly Item[],
  scale: string,
  seeds = 20,
): number {
  let sum = 0;
  let count = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const answers = answersOf(respond(request(description, user, { seed })));
    for (const [number, , itemScale, keyed] of items) {
      if (itemScale !== scale) continue;
      const answer = answers[number];
      const agrees = typeof answer === 'number' ? (answer - 1) / 4 : answer === 'True' ? 1 : 0;
      sum += keyed ? agrees : 1 - agrees;
      count += 1;
    }
  }
  return sum / count;
}

describe('respond', () => {
  it('gives equal requests equal replies, byte for byte', () => {
    expect(respond(request(OUTGOING, EPQR_PROMPT))).toBe(respond(request(OUTGOING, EPQR_PROMPT)));
    // Written down, so that a change of engine, of memory or of order is noticed. Change it
    // knowingly.
    expect(answersOf(respond(request(BLANK, EPQR_PROMPT)))).toMatchInlineSnapshot(`
      {
        "1": "False",
        "11": "False",
        "13": "True",
        "14": "True",
        "15": "True",
        "18": "False",
        "2": "False",
        "20": "True",
        "21": "False",
        "23": "False",
        "4": "True",
        "9": "False",
        "explanation": "Simulated answers, not those of a language model. Statements found in the description: none that speaks to these items.",
      }
    `);
  });

  it('answers every item under its own number, in the order of the prompt, and explains itself', () => {
    const answers = answersOf(respond(request(OUTGOING, EPQR_PROMPT)));
    expect(Object.keys(answers)).toEqual([
      ...EPQR_STYLE.map(([number]) => String(number)),
      'explanation',
    ]);
    expect(answers.explanation).toMatch(/simulated/i);
    for (const [number] of EPQR_STYLE) expect(['True', 'False']).toContain(answers[number]);
  });

  it.each([
    ['EPQR-A style', EPQR_PROMPT, EPQR_STYLE],
    ['BFI style', BFI_PROMPT, BFI_STYLE],
  ])(
    '%s: an outgoing persona is far above a quiet one on E, a neurotic one above a calm one on N',
    (_, prompt, items) => {
      expect(score(OUTGOING, prompt, items, 'E')).toBeGreaterThan(
        score(QUIET, prompt, items, 'E') + 0.5,
      );
      expect(score(NEUROTIC, prompt, items, 'N')).toBeGreaterThan(
        score(CALM, prompt, items, 'N') + 0.5,
      );
    },
  );

  it('scatters round the middle when the description says nothing', () => {
    const scores = Array.from({ length: 200 }, (_, i) =>
      score(`${BLANK} Flat ${i}.`, BFI_PROMPT, BFI_STYLE, 'E', 1),
    );
    const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
    expect(mean).toBeGreaterThan(0.45);
    expect(mean).toBeLessThan(0.55);
    expect(new Set(scores).size).toBeGreaterThan(5);
  });

  it('answers otherwise with another seed, in the same direction', () => {
    const replies = new Set(
      Array.from({ length: 10 }, (_, seed) => respond(request(OUTGOING, BFI_PROMPT, { seed }))),
    );
    expect(replies.size).toBeGreaterThan(5);
    for (let seed = 0; seed < 10; seed++) {
      const { 36: outgoing, 21: quiet } = answersOf(
        respond(request(OUTGOING, BFI_PROMPT, { seed })),
      );
      expect(Number(outgoing)).toBeGreaterThan(Number(quiet));
    }
  });

  it('does not depend on the seed at temperature 0', () => {
    const replies = new Set(
      [1, 2, 3].map((seed) => respond(request(BLANK, BFI_PROMPT, { seed, temperature: 0 }))),
    );
    expect(replies.size).toBe(1);
  });

  it('takes the same person to answer an item alike wherever it stands (temperature 0)', () => {
    const turned = BFI_PROMPT.replace(
      itemsJson(BFI_STYLE),
      itemsJson([[1, 'Is reserved', 'E', false]]),
    );
    const here = answersOf(respond(request(QUIET, BFI_PROMPT, { temperature: 0 })));
    const there = answersOf(respond(request(QUIET, turned, { temperature: 0 })));
    expect(there[1]).toBe(here[6]);
  });

  it('answers an unknown questionnaire in Spanish within its scale', () => {
    const seen = new Set<number>();
    for (let i = 0; i < 60; i++) {
      const answers = answersOf(respond(request(`Señora nº ${i}, de Peñaluz.`, SPANISH_PROMPT)));
      for (const [number] of SPANISH) seen.add(answers[number] as number);
    }
    expect([...seen].sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('reads descriptions in any script', () => {
    for (const description of [
      'José Núñez vive en Peñaluz. 😀',
      '東京の静かな人',
      'إنسان هادئ',
      '\ud800 lone surrogate',
    ]) {
      expect(Object.keys(answersOf(respond(request(description, EPQR_PROMPT))))).toHaveLength(
        EPQR_STYLE.length + 1,
      );
    }
  });

  it('says so when the prompt holds no questionnaire', () => {
    expect(JSON.parse(respond(request(OUTGOING, 'Tell me about yourself.')))).toEqual({
      error: 'no questionnaire found',
    });
    expect(JSON.parse(respond(request(OUTGOING, '')))).toEqual({ error: 'no questionnaire found' });
  });

  it('answers something well-formed whatever it is told', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        fc.integer(),
        (system, noise, seed) => {
          const user = `${noise}\n${EPQR_PROMPT}`;
          expect(() =>
            JSON.parse(respond({ system, user, model: 'm', seed, temperature: 1 })),
          ).not.toThrow();
          expect(() =>
            JSON.parse(respond({ system, user: noise, model: 'm', seed, temperature: null })),
          ).not.toThrow();
        },
      ),
    );
  });
});
