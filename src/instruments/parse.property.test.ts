import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import {
  DAMAGES,
  DISGUISES,
  type Disguise,
  diceOf,
  disguise,
  drawAnswers,
  SPANISH,
  suits,
} from '../../test/support/disguises.ts';
import type { Instrument } from './instrument.ts';
import { loadBuiltInInstruments } from './load.ts';
import { isWholeObject } from './reply/cut-off.ts';
import { parseReply } from './reply/parse.ts';

// Other suites may have the processors.
vi.setConfig({ testTimeout: 180_000 });

const SEED = 20_260_101;
const RUN = { seed: SEED, numRuns: 800 };
const INSTRUMENTS: readonly Instrument[] = [...loadBuiltInInstruments(), SPANISH];

interface Case {
  readonly instrument: Instrument;
  readonly answers: ReadonlyMap<number, number>;
}

/** By name, so that a counterexample stays readable. */
const instruments = fc.constantFrom(...INSTRUMENTS.map(({ slug }) => slug));
const instrumentOf = (slug: string): Instrument =>
  INSTRUMENTS.find((instrument) => instrument.slug === slug)!;

const cases: fc.Arbitrary<Case> = fc.constantFrom(...INSTRUMENTS).chain((instrument) => {
  const values = instrument.answerSets[0]!.options.map((option) => option.value);
  return fc
    .array(fc.constantFrom(...values), {
      minLength: instrument.items.length,
      maxLength: instrument.items.length,
    })
    .map((drawn) => ({
      instrument,
      answers: new Map(instrument.items.map((item, index) => [item.number, drawn[index]!])),
    }));
});

const KEYS: readonly ((number: number, instrument: Instrument) => string)[] = [
  (number) => String(number),
  (number) => `Q${number}`,
  (number) => `${number}. `,
  (number, instrument) => `${number}. ${instrument.items[number - 1]!.text}`,
  (number, instrument) => instrument.items[number - 1]!.text,
];

const chosen: fc.Arbitrary<Disguise> = fc.constantFrom(...DISGUISES);
const seeds = fc.nat({ max: 2 ** 31 });

/** What the parser makes of a text, in a word, so that a failure shows both. */
function outcomeOf(instrument: Instrument, text: string, explained = false): string {
  const reply = parseReply(instrument.asked, text);
  if (reply.kind === 'rejected') return 'rejected';
  const answers = [...reply.answers].sort(([a], [b]) => a - b);
  return `answers ${answers.join(' ')}${explained ? ` because ${reply.explanation}` : ''}`;
}

describe('valid answers', () => {
  test('are read exactly, in each of a hundred disguises', () => {
    expect(DISGUISES.length).toBeGreaterThan(100);
    fc.assert(
      fc.property(instruments, chosen, seeds, (slug, one, seed) => {
        const wanted = instrumentOf(slug);
        const instrument = suits(one, wanted)
          ? wanted
          : INSTRUMENTS.find((other) => suits(one, other))!;
        const dice = diceOf(seed);
        const said = drawAnswers(instrument, dice);
        const reply = disguise(said, one, dice);
        const explained = reply.explanation !== undefined;
        const outcome = outcomeOf(instrument, reply.text, explained);
        const expected = `answers ${[...said.answers].join(' ')}${explained ? ` because ${reply.explanation}` : ''}`;
        // A message costs more than all the rest.
        if (outcome !== expected) expect(outcome, `${reply.wears}\n${reply.text}`).toBe(expected);
      }),
      { seed: SEED, numRuns: 9000 },
    );
  });
});

describe('thoughts', () => {
  const marks = fc.constantFrom(
    ['<think>', '</think>'],
    ['[THINK]', '[/THINK]'],
    ['<|channel|>analysis', '<|channel|>final<|message|>'],
  );

  test('with answers in any disguise are no answers, and leave those after them as they are', () => {
    fc.assert(
      fc.property(
        instruments,
        chosen,
        marks,
        fc.boolean(),
        seeds,
        (slug, one, [opening, closing], isMarked, seed) => {
          const wanted = instrumentOf(slug);
          const instrument = suits(one, wanted)
            ? wanted
            : INSTRUMENTS.find((other) => suits(one, other))!;
          const dice = diceOf(seed);
          const draft = disguise(drawAnswers(instrument, dice), one, dice).text;
          const thought = `${isMarked ? opening : ''}${draft}${closing}`;
          expect(outcomeOf(instrument, thought), thought).toBe('rejected');
          expect(outcomeOf(instrument, `${thought}I am sorry, I cannot do that.`), thought).toBe(
            'rejected',
          );
          const said = drawAnswers(instrument, dice);
          // A draft that holds a thought of its own ends the one around it.
          const unended = `${opening}${/think|channel|thought/i.test(draft) ? JSON.stringify(Object.fromEntries(said.answers)) : draft}`;
          expect(outcomeOf(instrument, unended), unended).toBe('rejected');
          const text = `${thought}\n${JSON.stringify(Object.fromEntries(said.answers))}`;
          expect(outcomeOf(instrument, text), text).toBe(`answers ${[...said.answers].join(' ')}`);
        },
      ),
      { seed: SEED, numRuns: 3000 },
    );
  });
});

describe('replies that the token limit cut off', () => {
  test('are whole only at their end', () => {
    fc.assert(
      fc.property(instruments, seeds, fc.nat(), (slug, seed, at) => {
        const dice = diceOf(seed);
        const { answers, explanation } = drawAnswers(instrumentOf(slug), dice);
        const text = JSON.stringify(
          { ...Object.fromEntries(answers), explanation },
          null,
          dice.below(3),
        );
        expect(isWholeObject(text + ' \n'.repeat(dice.below(9)))).toBe(true);
        expect(isWholeObject(text.slice(0, at % text.length))).toBe(false);
        expect(isWholeObject(`${text}\nI answered`)).toBe(false);
      }),
      RUN,
    );
  });
});

describe('damaged replies', () => {
  test('are rejected, or spared where they may be', () => {
    fc.assert(
      fc.property(
        instruments,
        fc.nat({ max: DAMAGES.length - 1 }),
        chosen,
        seeds,
        (slug, which, one, seed) => {
          const instrument = instrumentOf(slug);
          const damage = DAMAGES[which]!;
          const dice = diceOf(seed);
          const said = drawAnswers(instrument, dice);
          const text = damage.write(said, suits(one, instrument) ? one : null, dice);
          if (text === null) return;
          const outcome = outcomeOf(instrument, text);
          const spared = damage.maySpare && outcome === `answers ${[...said.answers].join(' ')}`;
          if (!spared && outcome !== 'rejected')
            expect(outcome, `${damage.name}\n${text}`).toBe('rejected');
        },
      ),
      { seed: SEED, numRuns: 9000 },
    );
  });

  test('that answer another questionnaire are rejected', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...INSTRUMENTS], { minLength: 2, maxLength: 2 }),
        chosen,
        seeds,
        ([reader, writer], one, seed) => {
          const dice = diceOf(seed);
          const { text } = disguise(
            drawAnswers(writer!, dice),
            suits(one, writer!) ? one : null,
            dice,
          );
          expect(outcomeOf(reader!, text), text).toBe('rejected');
        },
      ),
      RUN,
    );
  });

  const WRONG: readonly unknown[] = [
    null,
    '',
    ' ',
    'maybe',
    99,
    -9,
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
      fc.property(
        cases,
        fc.nat(),
        fc.constantFrom(...WRONG),
        fc.constantFrom(...KEYS),
        (shown, at, wrong, key) => {
          const { instrument, answers } = shown;
          const spoilt = (at % instrument.items.length) + 1;
          const sheet = Object.fromEntries(
            [...answers].map(([number, value]) => [
              key(number, instrument),
              number === spoilt ? wrong : value,
            ]),
          );
          const reply = parseReply(instrument.asked, JSON.stringify(sheet));
          expect(reply).toMatchObject({ kind: 'rejected', outcome: 'invalid' });
          if (reply.kind === 'rejected')
            expect(reply.reason).toMatch(new RegExp(`\\bitem ${spoilt}\\b`));
        },
      ),
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
          const entries = [...answers].map(([number, value]): [string, number] => [
            key(number, instrument),
            value,
          ]);
          const other = instrument.answerSets[0]!.options.find(
            (option) => option.value !== answers.get(item),
          )!.value;
          if (leaveOut) entries.splice(item - 1, 1);
          else entries.splice(at % entries.length, 0, [otherKey(item, instrument), other]);
          const text = `{${entries.map(([name, value]) => `${JSON.stringify(name)}: ${value}`).join(', ')}}`;
          const reply = parseReply(instrument.asked, text);
          expect(reply).toMatchObject({ kind: 'rejected', outcome: 'invalid' });
          if (reply.kind === 'rejected')
            expect(reply.reason).toMatch(new RegExp(`\\bitem ${item}\\b`));
        },
      ),
      RUN,
    );
  });

  test('any text at all ends in a verdict', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...INSTRUMENTS),
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string({ unit: fc.constantFrom(...'{}[]":,\\\'1 \n/<>') }),
        ),
        (instrument, text) => {
          expect(parseReply(instrument.asked, text).kind).toBe('rejected');
        },
      ),
      RUN,
    );
  });
});
