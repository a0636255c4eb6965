import { describe, expect, it } from 'vitest';
import { findInstrument } from '../instruments/load.ts';
import { cleanPersona, loadVocabulary } from '../personas/demographics/clean.ts';
import { answerTable, PERSONA_SYSTEM, personaPrompt } from '../personas/generation/prompt.ts';
import { parsePersona, type WrittenPersona } from '../personas/generation/reply.ts';
import { createSyntheticSheets } from '../personas/sheets/synthetic.ts';
import { calibrationOf } from './calibration.ts';
import { wordsOf } from './lexicon.ts';
import { answer } from './protocol.ts';
import { Respondent, type SimulatedRequest } from './respond.ts';
import { findStatements, knownItem } from './statements.ts';

const respondent = new Respondent();
const respond = (asked: SimulatedRequest) => respondent.respond(asked).text;

const MODELS = [
  'simulated/gpt-4o-2024-11-20',
  'simulated/gpt-3.5-turbo-0125',
  'simulated/anthropic.claude-3-5-sonnet-20240620-v1:0',
  'simulated/us.meta.llama3-1-70b-instruct-v1:0',
  'simulated/eu.meta.llama3-2-3b-instruct-v1:0',
  'simulated/somebody-elses-model',
];
const EPQRA = findInstrument('epqra');
const ITEMS = EPQRA.items;
const SHEETS = createSyntheticSheets(5).map(({ answers }) => ({
  answers: answers.map((answer) => answer === 1),
}));
/** Answers that hardly a synthetic sheet holds. */
const ODD_SHEETS = SHEETS.slice(0, 50).map(({ answers }) => ({
  answers: answers.map((answer) => !answer),
}));
const SYSTEM_ROLE =
  'You are required to adopt and impersonate the personality of the human described as follow:\n';

function prompt(
  answers: readonly boolean[],
  items: readonly { readonly text: string }[] = ITEMS,
): string {
  return answerTable(
    personaPrompt(EPQRA),
    items.map(({ text }, index) => ({
      question: text,
      answer: answers[index]! ? 'True' : 'False',
    })),
  );
}

function write(
  user: string,
  model = MODELS[0]!,
  seed: number | null = 1,
  system = PERSONA_SYSTEM,
): { text: string; persona: WrittenPersona } {
  const text = respond({ system, user, model, seed, temperature: 1 });
  const reply = parsePersona(text);
  if (reply.kind !== 'persona') throw new Error(`${reply.reason}: ${text}`);
  return { text, persona: reply.persona };
}

function toldIn(text: string): Map<string, boolean> {
  return new Map([...findStatements(wordsOf(text)).told].map(([id, told]) => [id, told.answer]));
}

describe('a persona of the simulated model', () => {
  it.each(MODELS)(
    'tells all 24 answers, at the length of the study, within its 1000 tokens: %s',
    (model) => {
      for (const [i, { answers }] of [...SHEETS.slice(0, 150), ...ODD_SHEETS].entries()) {
        for (const seed of [i, 1000 + i]) {
          const { text, persona } = write(prompt(answers), model, seed);
          const told = toldIn(SYSTEM_ROLE + persona.description);
          expect(told.size).toBe(24);
          for (const [at, item] of ITEMS.entries())
            expect(told.get(knownItem(item.text)!.id), `${item.text}\n${text}`).toBe(answers[at]);
          expect(text.length).toBeLessThan(3600);
          const words = persona.description.split(/\s+/u).length;
          expect(words).toBeGreaterThanOrEqual(250);
          expect(words).toBeLessThanOrEqual(450);
          expect(persona.description.split('\n\n').length).toBeGreaterThanOrEqual(3);
        }
      }
    },
  );

  it('is the same for the same request, another for another seed, model or sheet', () => {
    const user = prompt(SHEETS[0]!.answers);
    const { text } = write(user);
    expect(write(user).text).toBe(text);
    expect(write(user, MODELS[0]!, 2).text).not.toBe(text);
    expect(write(user, MODELS[1]!).text).not.toBe(text);
    expect(write(prompt(SHEETS[1]!.answers)).text).not.toBe(text);
    expect(write(user, MODELS[0]!, null).text).not.toBe(text);
  });

  it('is understood when asked for in other words', () => {
    const keys = Object.keys(write(prompt(SHEETS[0]!.answers)).persona).map(
      (key) => `    "${key}": {"type": "string"}`,
    );
    const system = `Output JSON only.\nSchema:\n{\n  "type": "object",\n  "properties": {\n${keys.join(',\n')}\n  }\n}`;
    const rows = ITEMS.map(
      ({ text }, i) => `"${text}",${SHEETS[0]!.answers[i] ? 'True' : 'False'}`,
    );
    const user = `Here is a table.\n- question: asked\n- answer: given\n\nquestion,answer\n${rows.join('\n')}\n\nInvent somebody.`;
    expect(toldIn(write(user, MODELS[0]!, 1, system).persona.description).size).toBe(24);
  });

  it('is spoken of by the pronouns that go with its gender', () => {
    const pronouns = {
      female: /\b(?:she|her)\b/iu,
      male: /\b(?:he|his|him)\b/iu,
      'non-binary': /\b(?:they|their|them)\b/iu,
    };
    const vocabulary = loadVocabulary();
    for (let seed = 0; seed < 60; seed++) {
      const { persona } = write(prompt(SHEETS[seed]!.answers), MODELS[0]!, seed);
      const gender = cleanPersona(persona, vocabulary).gender;
      if (!Object.hasOwn(pronouns, gender)) continue;
      const own = pronouns[gender as keyof typeof pronouns];
      expect(persona.description).toMatch(own);
      if (gender !== 'female') expect(persona.description).not.toMatch(pronouns.female);
      if (gender !== 'male') expect(persona.description).not.toMatch(pronouns.male);
      expect(persona.description).toContain(persona.name.split(' ')[0]);
    }
  });

  it.each(MODELS)(
    'has circumstances at the published frequencies, each in a known category: %s',
    (model) => {
      const vocabulary = loadVocabulary();
      const seed = 3;
      const personas = Array.from({ length: 3000 }, (_, i) =>
        cleanPersona(
          write(prompt(SHEETS[i % 826]!.answers), model, seed * 10_000 + i).persona,
          vocabulary,
        ),
      );
      expect(
        personas
          .flatMap((persona) => Object.values(persona))
          .filter((category) => category === 'unmapped'),
      ).toEqual([]);
      const { gender, orientation, race, religion, politics } = calibrationOf(model).people;
      const fields = [
        ['gender', gender, { female: 'female', male: 'male', 'non-binary': 'non-binary' }],
        ['sexual_orientation', orientation, { heterosexual: 'heterosexual', 'lgbtq+': 'lgbtq+' }],
        [
          'race',
          race,
          { asian: 'Asian', black: 'Black', white: 'White', hispanic: 'Hispanic/Latino' },
        ],
        [
          'religious_belief',
          religion,
          { agnostic: 'Agnostic', atheist: 'Atheist', christian: 'Christian' },
        ],
        [
          'political_orientation',
          politics,
          { centre: 'Centre', conservative: 'Conservative', progressive: 'Progressive' },
        ],
      ] as const;
      for (const [field, shares, labels] of fields) {
        const total = Object.values(shares).reduce((sum, count) => sum + count, 0);
        for (const [category, label] of Object.entries(labels)) {
          const expected = (shares[category] ?? 0) / total;
          const seen =
            personas.filter((persona) => persona[field] === label).length / personas.length;
          const standardError = Math.sqrt((expected * (1 - expected)) / personas.length);
          expect(
            Math.abs(seen - expected),
            `seed ${seed}, ${field} ${category}: ${seen} for ${expected}`,
          ).toBeLessThanOrEqual(4 * standardError + 1e-9);
        }
      }
    },
  );

  it('is written over both protocols', () => {
    const user = prompt(SHEETS[0]!.answers);
    const openai = answer(
      {
        method: 'POST',
        path: '/v1/chat/completions',
        body: JSON.stringify({
          model: 'gpt-4o-2024-11-20',
          messages: [
            { role: 'system', content: PERSONA_SYSTEM },
            { role: 'user', content: user },
          ],
          max_tokens: 1000,
          seed: 1,
        }),
      },
      respondent,
      [],
    );
    const bedrock = answer(
      {
        method: 'POST',
        path: '/model/us.meta.llama3-1-70b-instruct-v1%3A0/converse',
        body: JSON.stringify({
          system: [{ text: PERSONA_SYSTEM }],
          messages: [{ role: 'user', content: [{ text: user }] }],
          inferenceConfig: { maxTokens: 1000 },
        }),
      },
      respondent,
      [],
    );
    const completion = JSON.parse(openai.body) as {
      choices: { finish_reason: string; message: { content: string } }[];
    };
    const converse = JSON.parse(bedrock.body) as {
      stopReason: string;
      output: { message: { content: { text: string }[] } };
    };
    expect(completion.choices[0]!.finish_reason).toBe('stop');
    expect(converse.stopReason).toBe('end_turn');
    for (const text of [
      completion.choices[0]!.message.content,
      converse.output.message.content[0]!.text,
    ]) {
      expect(parsePersona(text).kind).toBe('persona');
    }
  });

  it('carries the answers to items of any other sheet', () => {
    const items = findInstrument('miniipip').items;
    const answers = items.map((_, i) => i % 3 === 0);
    const { text, persona } = write(prompt(answers, items));
    expect(text.length).toBeLessThan(3600);
    const user = `Answer "True" or "False".\n${JSON.stringify(Object.fromEntries(items.map((item) => [item.number, item.text])))}`;
    let right = 0;
    for (let seed = 0; seed < 20; seed++) {
      const reply = JSON.parse(
        respond({
          system: SYSTEM_ROLE + persona.description,
          user,
          model: MODELS[0]!,
          seed,
          temperature: 1,
        }),
      ) as Record<string, string>;
      right += items.filter(({ number }, i) => (reply[number] === 'True') === answers[i]).length;
    }
    expect(right / (20 * items.length)).toBeGreaterThan(0.9);
  });
});
