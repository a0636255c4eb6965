import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Instrument } from './instrument.ts';
import { loadBuiltInInstruments } from './load.ts';
import { parseReply } from './parse.ts';

// Other suites may have the processors.
vi.setConfig({ testTimeout: 60_000 });

const RUN = { seed: 20_260_101, numRuns: 1500 };

interface Case {
  readonly instrument: Instrument;
  readonly answers: ReadonlyMap<number, number>;
}

const cases: fc.Arbitrary<Case> = fc.constantFrom(...loadBuiltInInstruments()).chain((instrument) => {
  const values = instrument.answers.options.map((option) => option.value);
  return fc
    .array(fc.constantFrom(...values), { minLength: instrument.items.length, maxLength: instrument.items.length })
    .map((drawn) => ({ instrument, answers: new Map(instrument.items.map((item, index) => [item.number, drawn[index]!])) }));
});

/** How one answer may be written, given its number. Each is used for all answers of a reply, or all are mixed. */
const WRITINGS: readonly ((instrument: Instrument, value: number, pick: number) => unknown)[] = [
  (_, value) => value,
  (_, value) => String(value),
  (_, value) => ` ${value}.0 `,
  (instrument, value) => labelOf(instrument, value),
  (instrument, value) => ` ${labelOf(instrument, value).toUpperCase()}. `,
  (instrument, value) => `${value} - ${labelOf(instrument, value)}`,
  (instrument, value) => `(${value}) ${labelOf(instrument, value)}`,
  (instrument, value) => `**${labelOf(instrument, value)}** (${value})`,
  (instrument, value) => ({ answer: labelOf(instrument, value), why: 'because 1' }),
  (instrument, value, pick) => {
    const words = instrument.answers.options.find((option) => option.value === value)!.synonyms;
    return words[pick % words.length]!;
  },
];

const KEYS: readonly ((number: number, instrument: Instrument) => string)[] = [
  (number) => String(number),
  (number) => `Q${number}`,
  (number) => `q${String(number).padStart(2, '0')}`,
  (number) => `item ${number}`,
  (number) => `question_${number}`,
  (number) => `${number}.`,
  (number, instrument) => `${number}. ${instrument.items[number - 1]!.text}`,
  (number, instrument) => instrument.items[number - 1]!.text,
];

type Sheet = Record<string, unknown>;
const SHAPES: readonly ((sheet: Sheet, explanation: unknown) => unknown)[] = [
  (sheet, explanation) => ({ ...sheet, explanation }),
  (sheet, explanation) => ({ explanation, note: { part: 'x' }, answers: sheet }),
  (sheet, explanation) => ({ data: { responses: sheet, explanation, 'n/a': null } }),
  (sheet, explanation) => [...Object.entries(sheet).map(([question, answer]) => ({ question, answer })), { explanation }],
  (sheet, explanation) => ({ answers: Object.entries(sheet).map(([item, response]) => ({ item, response })), explanation }),
];

const QUOTINGS: readonly ((json: string) => string)[] = [
  (json) => json,
  (json) => json.replaceAll(/,?\n\s*([}\]])/g, ',$1'),
  (json) => requote(json, "'", "'"),
  (json) => requote(json, '“', '”'),
  (json) => `// here they are\n${json.replace(',\n', ', /* and */ // so on: {\n')}`,
];

const WRAPPINGS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => JSON.stringify(text),
  (text) => `\`\`\`json\n${text}\n\`\`\``,
  (text) => `Here's what I'd say [in short]:\n${text}\nI hope "that" is all right :)`,
  (text) => `<think>{"1": 1, "2": </think>\n\n${text}`,
  (text) => `A reply looks like {"1": "…"}.\n${text}`,
];

const prose = fc.oneof(
  fc.constantFrom('I keep to myself.', 'José 東京 😀 \0 – it’s “so”, {not} [so]: 3', 'a\nb\tc\\d "e"'),
  fc.string({ unit: 'grapheme' }),
);

const disguised = fc.record({
  shown: cases,
  writing: fc.nat({ max: WRITINGS.length - 1 }),
  mixed: fc.boolean(),
  key: fc.constantFrom(...KEYS),
  shape: fc.constantFrom(...SHAPES),
  quoting: fc.constantFrom(...QUOTINGS),
  wrapping: fc.constantFrom(...WRAPPINGS),
  explanation: prose,
});

type Disguise = typeof disguised extends fc.Arbitrary<infer T> ? T : never;

function write({ shown: { instrument, answers }, writing, mixed, key, shape, quoting, wrapping, explanation }: Disguise): string {
  const sheet: Sheet = {};
  for (const [number, value] of answers) {
    const how = WRITINGS[(mixed ? writing + number : writing) % WRITINGS.length]!;
    sheet[key(number, instrument)] = how(instrument, value, number);
  }
  return wrapping(quoting(JSON.stringify(shape(sheet, explanation), null, 2)));
}

function labelOf(instrument: Instrument, value: number): string {
  return instrument.answers.options.find((option) => option.value === value)!.label;
}

/** The same strings in other quotes; those that could not be told apart then are escaped. */
function requote(json: string, open: string, close: string): string {
  return json.replace(/"((?:[^"\\]|\\.)*)"/g, (_, content: string) => {
    const text = content.replaceAll(/['“”„‟«»＂]/g, (quote) => `\\u${quote.charCodeAt(0).toString(16).padStart(4, '0')}`);
    return `${open}${text}${close}`;
  });
}

describe('valid answers', () => {
  test('are read exactly, in whatever disguise', () => {
    fc.assert(
      fc.property(disguised, (disguise) => {
        const reply = parseReply(disguise.shown.instrument, write(disguise));
        expect(reply).toMatchObject({ kind: 'answers', answers: disguise.shown.answers });
        const explanation = disguise.explanation.trim() === '' ? null : disguise.explanation;
        expect(reply).toMatchObject({ explanation });
      }),
      RUN,
    );
  });
});

describe('damaged replies', () => {
  test('that are cut short are rejected, or were complete already', () => {
    fc.assert(
      fc.property(disguised, fc.double({ min: 0, max: 1, noNaN: true }), (disguise, where) => {
        const text = write(disguise);
        const reply = parseReply(disguise.shown.instrument, text.slice(0, Math.floor(text.length * where)));
        if (reply.kind === 'answers') expect(reply.answers).toEqual(disguise.shown.answers);
      }),
      RUN,
    );
  });

  test('with a mark too many or too few are read as meant or rejected', () => {
    const mark = fc.constantFrom('"', "'", '{', '}', '[', ']', ',', ':', '\\', '\n', ' ', '-', '.', '“', '/', '\0');
    fc.assert(
      fc.property(disguised, fc.nat(), mark, fc.boolean(), (disguise, at, inserted, remove) => {
        const text = write(disguise);
        const marks = [...text.matchAll(/["'{}[\],:\\\n]/g)].map((match) => match.index);
        const place = remove ? marks[at % marks.length]! : at % (text.length + 1);
        const damaged = text.slice(0, place) + (remove ? '' : inserted) + text.slice(remove ? place + 1 : place);
        const reply = parseReply(disguise.shown.instrument, damaged);
        if (reply.kind === 'answers') expect(reply.answers).toEqual(disguise.shown.answers);
      }),
      { ...RUN, numRuns: 3000 },
    );
  });

  const WRONG: readonly unknown[] = [
    null,
    '',
    ' ',
    'maybe',
    99,
    -1,
    0.5,
    2.5,
    '4 or 5',
    'True/False',
    '1 or 0',
    [],
    {},
    [1],
    { answer: null },
    '1,0',
    '½',
    '?',
    'n/a',
    '-',
    '.',
  ];

  test('with one answer spoilt are rejected, naming the item', () => {
    fc.assert(
      fc.property(cases, fc.nat(), fc.constantFrom(...WRONG), fc.constantFrom(...KEYS), (shown, at, wrong, key) => {
        const { instrument, answers } = shown;
        const spoilt = (at % instrument.items.length) + 1;
        const sheet = Object.fromEntries(
          [...answers].map(([number, value]) => [key(number, instrument), number === spoilt ? wrong : value]),
        );
        const reply = parseReply(instrument, JSON.stringify(sheet));
        expect(reply).toMatchObject({ kind: 'rejected', outcome: 'invalid' });
        if (reply.kind === 'rejected') expect(reply.reason).toMatch(new RegExp(`\\bitem ${spoilt}\\b`));
      }),
      RUN,
    );
  });

  test('with one item left out, or answered twice differently, are rejected, naming the item', () => {
    fc.assert(
      fc.property(
        cases,
        fc.nat(),
        fc.boolean(),
        fc.constantFrom(...KEYS),
        fc.constantFrom(...KEYS),
        (shown, at, leaveOut, key, otherKey) => {
          const { instrument, answers } = shown;
          const item = (at % instrument.items.length) + 1;
          const entries = [...answers].map(([number, value]): [string, number] => [key(number, instrument), value]);
          const other = instrument.answers.options.find((option) => option.value !== answers.get(item))!.value;
          if (leaveOut) entries.splice(item - 1, 1);
          else entries.splice(at % entries.length, 0, [otherKey(item, instrument), other]);
          const text = `{${entries.map(([name, value]) => `${JSON.stringify(name)}: ${value}`).join(', ')}}`;
          const reply = parseReply(instrument, text);
          expect(reply).toMatchObject({ kind: 'rejected', outcome: 'invalid' });
          if (reply.kind === 'rejected') expect(reply.reason).toMatch(new RegExp(`\\bitem ${item}\\b`));
        },
      ),
      RUN,
    );
  });

  test('two sheets that differ in one answer are rejected', () => {
    fc.assert(
      fc.property(cases, fc.nat(), (shown, at) => {
        const { instrument, answers } = shown;
        const item = (at % instrument.items.length) + 1;
        const other = instrument.answers.options.find((option) => option.value !== answers.get(item))!.value;
        const text = `${JSON.stringify(Object.fromEntries(answers))}\n${JSON.stringify(Object.fromEntries(new Map(answers).set(item, other)))}`;
        expect(parseReply(instrument, text)).toMatchObject({ kind: 'rejected', outcome: 'invalid' });
      }),
      RUN,
    );
  });

  test('any text at all ends in a verdict', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...loadBuiltInInstruments()),
        fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'{}[]":,\\\'1 \n/<>') })),
        (instrument, text) => {
          expect(parseReply(instrument, text).kind).toBe('rejected');
        },
      ),
      RUN,
    );
  });
});
