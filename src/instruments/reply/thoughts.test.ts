import { describe, expect, test } from 'vitest';
import { parsePersona } from '../../personas/generation/reply.ts';
import { findInstrument } from '../load.ts';
import { parseReply } from './parse.ts';

const epqra = findInstrument('epqra');
const answers = (answer: (number: number) => boolean) =>
  Object.fromEntries(epqra.items.map(({ number }) => [number, answer(number) ? 'True' : 'False']));
const DRAFT = JSON.stringify({ ...answers((number) => number % 2 === 0), explanation: 'A draft.' });
const FINAL = JSON.stringify(
  { ...answers((number) => number % 3 === 0), explanation: 'Final.' },
  null,
  2,
);

const WORDS =
  'grew up above a bakery and still wakes before the alarm, listening for the ovens that are long gone';
const PERSONA = {
  name: 'Marta Gil',
  age: 34,
  gender: 'Female',
  sexual_orientation: 'Heterosexual',
  race: 'White',
  ethnicity: 'Spanish',
  religious_belief: 'Catholic',
  occupation: 'Nurse',
  political_orientation: 'Centre-left',
  location: 'Soria, Spain',
  description: `She ${WORDS}. She ${WORDS}.`,
};

/** What was read, by the explanation of the sheet, else why nothing was. */
function read(text: string): string | null {
  const reply = parseReply(epqra.asked, text);
  return reply.kind === 'answers' ? reply.explanation : reply.code;
}

const MARKS: readonly (readonly [opening: string, closing: string])[] = [
  ['<think>', '</think>'],
  ['<THINK>', '</Think>'],
  ['< think >', '< / think >'],
  ['<think type="deep" n=2>', '</think >'],
  ['<think>', '</think\n'],
  ['<think>', '<\\/think>'],
  ['<thinking>', '</thinking>'],
  ['<thought>', '</thought>'],
  ['<reasoning>', '</reasoning>'],
  ['<reflection>', '</reflection>'],
  ['<scratchpad>', '</scratchpad>'],
  ['<analysis>', '</analysis>'],
  ['<inner_monologue>', '</inner_monologue>'],
  ['<seed:think>', '</seed:think>'],
  ['<mm:think>', '</mm:think>'],
  ['<think_never_used_51bce0>', '</think_never_used_51bce0>'],
  ['<longcat_think>', '</longcat_think>'],
  ['<think:opensource>', '</think:opensource>'],
  ['<ifm|think>', '</ifm|think>'],
  ['<|begin_think|>', '<|end_think|>'],
  ['<|thinking_start|>', '<|thinking_end|>'],
  ['<|inner_prefix|>', '<|inner_suffix|>'],
  ['&lt;think&gt;', '&lt;/think&gt;'],
  ['[THINK]', '[/THINK]'],
  ['[ think ]', '[ /think ]'],
  ['◁think▷', '◁/think▷'],
  ['<|START_THINKING|>', '<|END_THINKING|>'],
  ['<|begin_of_thought|>', '<|end_of_thought|>'],
  ['<|channel|>analysis<|message|>', '<|end|><|start|>assistant<|channel|>final<|message|>'],
  ['<|channel|>analysis<|message|>', '<|channel|>final <|constrain|>json<|message|>'],
  ['analysis', 'assistantfinal'],
  ['<unused94>thought', '<unused95>'],
];

describe.each(MARKS)('thoughts between %s and %s', (opening, closing) => {
  test('hold no answers, whether their beginning is marked or not', () => {
    for (const begin of [opening, '']) {
      expect(read(`${begin}${DRAFT}${closing}I am sorry, I cannot do that.`)).toBe('refused');
      expect(read(`${begin}${DRAFT}${closing}`)).toMatch(/^(?:thoughts_only|no_json)$/);
      expect(read(`${begin}${DRAFT}${closing}\n\nHm.`)).toBe('no_json');
      expect(read(`${begin}Perhaps ${DRAFT}?${closing}\n${FINAL}`)).toBe('Final.');
      expect(read(`${begin}Perhaps {"1": "True", "explanation": "so${closing}\n${FINAL}`)).toBe(
        'Final.',
      );
    }
  });
});

/** Marks of ordinary words, which count in pairs only. */
const PAIRS: readonly (readonly [opening: string, closing: string])[] = [
  ['Here is my thought process:', 'Here is my response:'],
  ["Here's my  thought process: ", "\nHere's my response:\n"],
  ['<details type="reasoning" done="true"><summary>Thought</summary>', '</details>'],
];

describe.each(PAIRS)('thoughts between %s and %s', (opening, closing) => {
  test('hold no answers', () => {
    expect(read(`${opening}${DRAFT}${closing}I am sorry, I cannot do that.`)).toBe('refused');
    expect(read(`${opening}${DRAFT}${closing}`)).toMatch(/^(?:thoughts_only|no_json)$/);
    expect(read(`${opening}Perhaps ${DRAFT}?${closing}\n${FINAL}`)).toBe('Final.');
    expect(
      parsePersona(
        `${opening}${JSON.stringify(PERSONA)}${closing}I'm sorry, I can't create this persona.`,
      ),
    ).toMatchObject({ outcome: 'refused' });
  });

  test('are none where only one of the marks is there, or the other way round', () => {
    for (const text of [
      `${closing}${FINAL}`,
      `${FINAL}${closing}`,
      `${opening}${FINAL}`,
      `${FINAL}\n${opening} I thought of my work.`,
      `${closing}${FINAL}${opening}`,
    ])
      expect(read(text)).toBe('Final.');
  });
});

test.each(MARKS.filter(([opening]) => opening !== 'analysis').map(([opening]) => opening))(
  'a thought that begins with %s and never ends contains no answers',
  (opening) => {
    for (const before of ['', 'Well. ', 'Well { so ']) {
      expect(read(`${before}${opening}${DRAFT}`)).toMatch(/^(?:thoughts_only|not_closed)$/);
      expect(read(`${before}${opening}Perhaps ${DRAFT}, but`)).toMatch(
        /^(?:thoughts_only|not_closed)$/,
      );
    }
  },
);

describe('the last mark counts', () => {
  test.each([
    [
      'thoughts in several parts',
      `<think>${DRAFT}</think>Hm.<think>${DRAFT}</think>${FINAL}`,
      'Final.',
    ],
    [
      'a draft between two thoughts',
      `<think>Hm.</think>${DRAFT}<think>Rather not.</think>I refuse to answer.`,
      'refused',
    ],
    [
      'thoughts within thoughts',
      `<think>a<think>${DRAFT}</think>${DRAFT}</think>${FINAL}`,
      'Final.',
    ],
    ['different marks', `<think>a</thinking>${DRAFT}</think>${FINAL}`, 'Final.'],
    ['an empty thought', `<think/>${FINAL}`, 'Final.'],
    ['a thought that begins after the answers', `${FINAL}\n<think>Was that right`, 'Final.'],
    ['a thought with a list left open', `<think>[{"1": "True"}, </think>${FINAL}`, 'Final.'],
    [
      'answers in a message whose content holds a thought',
      JSON.stringify({ content: `${DRAFT}</think>I am sorry` }),
      'no_json',
    ],
    ['the same as a JSON string', JSON.stringify(`${DRAFT}</think>${FINAL}`), 'Final.'],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toBe(expected);
  });
});

describe('a mark that is spoken of', () => {
  const SAID = 'I use no <think> and no </think>, {nor} [THINK] and [/THINK] or ◁/think▷ here.';
  const sheet = JSON.stringify(
    { ...answers((number) => number % 3 === 0), explanation: SAID },
    null,
    2,
  );
  test.each([
    ['in an explanation', sheet],
    [
      'in an explanation that comes first',
      JSON.stringify({ explanation: SAID, ...answers((number) => number % 3 === 0) }),
    ],
    ['in an explanation, after thoughts', `<think>${DRAFT}</think>${sheet}`],
    ['in an explanation, after thoughts whose beginning is not marked', `${DRAFT}</think>${sheet}`],
    ['in a fence', `\`\`\`json\n${sheet}\n\`\`\``],
    ['in an object after the sheet', `${sheet}\n{"note": "no </think> was used"}`],
    ['in escaped JSON', JSON.stringify(sheet)],
  ])('%s', (_, text) => {
    expect(read(text)).toBe(SAID);
  });

  test('in a sheet that is not quite JSON', () => {
    const loose = sheet
      .replace('{nor}', 'nor')
      .replace(/\n\}$/, ',\n}')
      .replaceAll('"True"', 'True');
    expect(read(loose)).toBe(SAID.replace('{nor}', 'nor'));
  });

  test('is none where a string of the draft was left open', () => {
    const open = DRAFT.replace('A draft."}', 'Let me see');
    expect(read(`${open}</think>${FINAL}`)).toBe('Final.');
    expect(read(`${open}</think>I am sorry, I can't answer "these questions".`)).toBe('refused');
  });
});

describe('personas', () => {
  const persona = JSON.stringify(PERSONA);
  test('are never read from thoughts', () => {
    for (const [opening, closing] of MARKS) {
      for (const begin of [opening, '']) {
        expect(
          parsePersona(`${begin}${persona}${closing}I'm sorry, I can't create this persona.`),
        ).toMatchObject({ outcome: 'refused' });
        expect(parsePersona(`${begin}${persona}${closing}`)).toMatchObject({
          outcome: 'unparseable',
        });
        const other = JSON.stringify({ ...PERSONA, age: 50 });
        expect(parsePersona(`${begin}${other}${closing}\n${persona}`)).toMatchObject({
          kind: 'persona',
          persona: { age: 34 },
        });
      }
    }
    expect(parsePersona(`<think>${persona}`)).toMatchObject({ code: 'thoughts_only' });
  });

  test('may speak of the marks', () => {
    const description = `${PERSONA.description} She types </think> when she is done, and <think> before.`;
    expect(parsePersona(JSON.stringify({ ...PERSONA, description }))).toMatchObject({
      kind: 'persona',
      persona: { description },
    });
  });
});
