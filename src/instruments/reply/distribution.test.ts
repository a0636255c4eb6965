import { expect, test } from 'vitest';
import { planCalls } from '../../administration/calls.ts';
import { PUBLISHED_ORDER } from '../../administration/order.ts';
import { type AdministrationSettings, PUBLISHED_SETTINGS } from '../../administration/settings.ts';
import { findInstrument, parseInstrument } from '../load.ts';
import { parseReply } from './parse.ts';

const epqra = findInstrument('epqra');
const asked = (settings: Partial<AdministrationSettings> = {}) =>
  planCalls(
    epqra,
    { ...PUBLISHED_SETTINGS, elicit: 'distribution', ...settings },
    PUBLISHED_ORDER,
  )[0]!.asked;

/** Item 1 as given, the others .3 and .7. */
const reply = (first: string, settings?: Partial<AdministrationSettings>) =>
  parseReply(
    asked(settings),
    `{${epqra.items
      .map(({ number }) => `"${number}": ${number === 1 ? first : '{"True": 0.3, "False": 0.7}'}`)
      .join(', ')}}`,
  );

test.each([
  ['{"True": 0.25, "False": 0.75}', 0.25, false],
  ['{"1": 0.25, "0": 0.75}', 0.25, false],
  ['{"false": "0.75", "true": "0.250"}', 0.25, true],
  ['{"Yes": "25%", "No": "75 %"}', 0.25, true],
  ['{"probabilities": {"True": 0.25, "False": 0.75}}', 0.25, true],
  ['{"True": 1, "False": 0}', 1, false],
  ['{"True": 1.0, "False": 0.0}', 1, false],
  ['{"True": 1e-2, "False": 0.99}', 0.01, false],
  ['{"True": .25, "False": .75}', 0.25, true],
  ['{"True": 0.25, "False": 0.77}', 0.25, false],
])('%s gives True %d', (first, probability, repaired) => {
  const read = reply(first);
  expect(read).toMatchObject({ kind: 'answers', answers: new Map(), uniform: false, repaired });
  if (read.kind !== 'answers') return;
  expect(read.probabilities.size).toBe(24);
  expect(read.probabilities.get(1)?.get(1)).toBe(probability);
});

test.each([
  ['{"True": 1}', 'missing_options'],
  ['{"True": 0.5, "False": 0.25, "Maybe": 0.25}', 'unknown_option'],
  ['{"True": 0.25, "False": 0.75, "yes": 0.25}', 'contradiction'],
  ['{"True": 0.25, "False": 0.25}', 'not_summing_to_1'],
  ['{"True": 0.25, "False": 0.78}', 'not_summing_to_1'],
  ['{"True": 25, "False": 75}', 'off_scale'],
  ['{"True": -0.1, "False": 1.1}', 'off_scale'],
  ['{"True": "high", "False": "low"}', 'not_an_answer'],
  ['{"True": null, "False": 1}', 'not_an_answer'],
  ['[0.25, 0.75]', 'not_an_answer'],
  ['"True"', 'not_an_answer'],
  ['0.25', 'not_an_answer'],
  ['null', 'no_answer'],
  ['{}', 'no_answer'],
])('%s is invalid: %s', (first, code) => {
  expect(reply(first)).toMatchObject({ outcome: 'invalid', code });
});

test('options may be called by their letters where these are shown, in the order shown', () => {
  const read = reply('{"A": 0.25, "B": 0.75}', { answer_as: 'letter', option_order: 'reversed' });
  const first = asked({ answer_as: 'letter' }).items[0]!.options[0]!;
  expect(read.kind === 'answers' && read.probabilities.get(1)?.get(first.option.value)).toBe(0.25);
  expect(reply('{"A": 0.25, "B": 0.75}')).toMatchObject({ code: 'no_answer' });
});

test('an item may be declined where that is offered', () => {
  expect(reply('null', { no_answer: 'offered' })).toMatchObject({
    unanswered: new Map([[1, 'declined']]),
  });
  expect(reply('{}', { no_answer: 'offered' })).toMatchObject({ code: 'no_answer' });
});

test('a block applies where the answers that it needs are at least as probable as the others', () => {
  const filtered = parseInstrument(
    JSON.stringify({
      format: 2,
      ...{ slug: 'filter', title: 'Filter', citation: 'none', licence: 'none', language: 'en' },
      answers: [{ id: 'three', options: [{ value: 1 }, { value: 2 }, { value: 3 }] }],
      blocks: [
        { answers: 'three', items: [{ id: 'first', text: 'First' }] },
        {
          answers: 'three',
          if: { item: 'first', in: [2, 3] },
          items: [{ id: 'then', text: 'Then' }],
        },
      ],
    }),
    'filter.json',
  );
  const settings: AdministrationSettings = { ...PUBLISHED_SETTINGS, elicit: 'distribution' };
  const [call] = planCalls(filtered, settings, PUBLISHED_ORDER);
  const read = (first: Record<string, number>, then: unknown) =>
    parseReply(call!.asked, JSON.stringify({ first, then }));
  const [even, tail] = [
    { 1: 0.2, 2: 0.4, 3: 0.4 },
    { 1: 0.6, 2: 0.1, 3: 0.3 },
  ];
  expect(read(even, even)).toMatchObject({ kind: 'answers', unanswered: new Map() });
  expect(read(even, null)).toMatchObject({ code: 'no_answer' });
  for (const then of [null, even])
    expect(read(tail, then)).toMatchObject({ unanswered: new Map([[2, 'not_applicable']]) });
});
