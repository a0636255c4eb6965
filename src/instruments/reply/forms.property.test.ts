/** What is read never depends on the form in which it was asked. */
import { describe, expect, test, vi } from 'vitest';
import { diceOf } from '../../../test/support/disguises/dice.ts';
import { SPANISH } from '../../../test/support/disguises/spanish.ts';
import { planCalls } from '../../administration/calls.ts';
import { drawOrder } from '../../administration/order.ts';
import {
  type AdministrationSettings,
  describeSettings,
  PUBLISHED_SETTINGS,
  requireSettings,
} from '../../administration/settings.ts';
import { UserError } from '../../errors.ts';
import type { AskedItem, AskedOption } from '../asked/asked.ts';
import type { Instrument } from '../instrument.ts';
import { findInstrument, parseInstrument } from '../load.ts';
import { scoreAnswers } from '../score.ts';
import { parseReply } from './parse.ts';

// Other suites may have the processors.
vi.setConfig({ testTimeout: 60_000 });

/** −2 … 2 around an added midpoint, with points of their own and a code. */
const POINTED = parseInstrument(
  JSON.stringify({
    format: 2,
    ...{ slug: 'pointed', title: 'Pointed', citation: 'none', licence: 'none', language: 'en' },
    answers: [
      {
        id: 'agreement',
        options: [
          { value: -2, label: 'Strongly disagree', points: 4 },
          { value: -1, label: 'Disagree', points: 3 },
          { value: 0, label: 'Neither', points: 2.5, added_midpoint: true },
          { value: 1, label: 'Agree', points: 1 },
          { value: 2, label: 'Strongly agree', points: 0 },
          { value: 9, label: 'No opinion', missing: true },
        ],
      },
    ],
    blocks: [
      {
        answers: 'agreement',
        items: ['I like C', 'I like C++', 'i like tea', 'C'].map((text, index) => ({
          id: `like${index + 1}`,
          text,
        })),
      },
      { answers: 'agreement', items: [{ id: 'b', text: 'I like C', points: { 1: 7 } }] },
    ],
    scales: [
      { id: 'L', name: 'Liking', score: 'sum', items: { like1: 1, like2: -1, like3: 2, b: 1 } },
    ],
  }),
  'pointed.json',
);
const INSTRUMENTS = [
  ...['epqra', 'bigfive', 'miniipip', 'phq9', 'ipip50'].map((slug) => findInstrument(slug)),
  SPANISH,
  POINTED,
];

const choices: {
  readonly [K in keyof AdministrationSettings]?: readonly AdministrationSettings[K][];
} = {
  item_order: ['published', 'shuffled'],
  option_order: ['published', 'reversed', 'shuffled'],
  option_display: ['list', 'ends'],
  midpoint: ['as_is', 'dropped', 'added'],
  no_answer: ['none', 'offered'],
  items_per_call: ['all', 'block', 1, 7],
  answer_as: ['instrument', 'label', 'value', 'letter'],
  format: ['text', 'json', 'schema'],
  elicit: ['answer', 'reasoned', 'logprobs'],
};

/** Settings drawn at random, such as the instrument can be administered in. */
function drawSettings(instrument: Instrument, seed: number): AdministrationSettings {
  const dice = diceOf(seed);
  for (;;) {
    const drawn = Object.fromEntries(
      Object.entries(choices).map(([name, values]) => [name, dice.pick<unknown>(values)]),
    );
    const settings: AdministrationSettings = { ...PUBLISHED_SETTINGS, ...drawn };
    try {
      requireSettings(instrument, settings);
      return settings;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
}

const WAYS: Readonly<Record<string, (shown: AskedOption, asked: AskedItem) => string | number>> = {
  label: ({ option }) => option.label,
  value: ({ option }) => option.value,
  'value as text': ({ option }) => String(option.value),
  letter: ({ option, letter }) => letter ?? option.label,
  'as shown': ({ option, letter }) =>
    letter === null ? `${option.value} (${option.label})` : `${letter}) ${option.label}`,
};

describe.each(INSTRUMENTS.map((instrument) => [instrument.slug, instrument] as const))(
  'whoever answers %s',
  (_, instrument) => {
    test.each(Object.keys(WAYS))('by %s scores the same in every form', (way) => {
      for (let seed = 0; seed < 60; seed += 1) {
        const dice = diceOf(1000 + seed);
        const settings = drawSettings(instrument, seed);
        const calls = planCalls(instrument, settings, drawOrder(instrument, settings, seed));
        const told = `${describeSettings(settings)} (seed ${seed})`;
        const said = new Map<number, number>();
        const read = new Map<number, number>();
        for (const { asked } of calls) {
          const lines: [string, string | number][] = asked.items.map((one) => {
            const shown = dice.pick(one.options);
            said.set(one.item.number, shown.option.value);
            return [one.key, WAYS[way]!(shown, one)];
          });
          const text =
            settings.elicit === 'logprobs'
              ? String(lines[0]![1])
              : asked.format === 'text'
                ? lines.map(([key, value]) => `${key}: ${value}`).join('\n')
                : `{${lines.map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(', ')}}`;
          const reply = parseReply(asked, text);
          if (reply.kind === 'rejected') throw new Error(`${told}: ${reply.reason}\n${text}`);
          for (const [item, value] of reply.answers) read.set(item, value);
        }
        expect([...read].sort(), told).toEqual([...said].sort());
        expect(scoreAnswers(instrument, read)).toEqual(scoreAnswers(instrument, said));
      }
    });
  },
);

test('the order shown decides what a list without names and a letter mean, and nothing else', () => {
  const settings: AdministrationSettings = {
    ...PUBLISHED_SETTINGS,
    item_order: 'shuffled',
    option_order: 'reversed',
    answer_as: 'letter',
  };
  const instrument = findInstrument('gad7');
  const { asked } = planCalls(instrument, settings, drawOrder(instrument, settings, 3))[0]!;
  const numbers = asked.items.map(({ item }) => item.number);
  expect(numbers).not.toEqual(numbers.toSorted());
  const list = parseReply(asked, '["A", "B", "C", "D", 0, "Not at all", "D"]');
  expect(list).toMatchObject({
    answers: new Map(numbers.map((number, index) => [number, [3, 2, 1, 0, 0, 0, 0][index]!])),
    repaired: true,
  });
  const named = parseReply(
    asked,
    `{${numbers.map((number) => `"${number}": ${number % 4}`).join(', ')}}`,
  );
  expect(named).toMatchObject({
    answers: new Map(numbers.map((number) => [number, number % 4])),
  });
});

test('numbers that may be positions are not read, and such as repeat the order shown are', () => {
  const settings: AdministrationSettings = { ...PUBLISHED_SETTINGS, item_order: 'shuffled' };
  const read = (slug: string, order: (numbers: readonly number[]) => readonly number[]) => {
    const instrument = findInstrument(slug);
    const { asked } = planCalls(instrument, settings, drawOrder(instrument, settings, 3))[0]!;
    const numbers = order(asked.items.map(({ item }) => item.number));
    return parseReply(asked, numbers.map((number) => `${number}. ${number % 2}`).join('\n'));
  };
  const ascending = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);
  expect(read('gad7', ascending)).toMatchObject({ outcome: 'invalid', code: 'unknown_item' });
  const answers = new Map([1, 2, 3, 4, 5, 6, 7].map((number) => [number, number % 2]));
  expect(read('gad7', (numbers) => numbers)).toMatchObject({ answers });
  // Here the numbers are the keys.
  expect(read('epqra', ascending)).toMatchObject({ kind: 'answers' });
});
