import { expect, test } from 'vitest';
import { FLIPPED, read, SPANISH, TRUST } from '../../test/support/trust.ts';
import { differencesOfForms, nameForm } from './form.ts';
import { parseInstrument } from './load.ts';

const between = (other: object, known: object = TRUST) =>
  differencesOfForms(read(known), read(other));

test('a form is named by slug and language, English going without saying', () => {
  expect([nameForm(read(TRUST)), nameForm(read(SPANISH))]).toEqual(['trust', 'trust (es)']);
});

test('what no persona sees and no score depends on makes no other form', () => {
  expect(
    between({
      ...TRUST,
      title: 'Trust, revised title',
      citation: 'Elsewhere.',
      licence: 'CC BY 4.0',
    }),
  ).toEqual([]);
  expect(
    differencesOfForms(read(TRUST), parseInstrument(JSON.stringify(TRUST, null, 4), 'trust.json')),
  ).toEqual([]);
});

test.each([
  ['another rule of scoring', { ...TRUST, scoring: 'mean' }, 'scale T is the sum and mean'],
  [
    'another order of the answers',
    { ...TRUST, answers: { ...TRUST.answers, options: TRUST.answers.options.toReversed() } },
    'the answers are shown as 1 Disagree, 2 Neither, 3 Agree and as 3 Agree, 2 Neither, 1 Disagree',
  ],
  [
    'flipped answers',
    FLIPPED,
    'the answers are shown as 1 Disagree, 2 Neither, 3 Agree and as 3 Disagree, 2 Neither, 1 Agree',
  ],
  [
    'other words of an item',
    { ...TRUST, items: [TRUST.items[0], { ...TRUST.items[1], text: 'I lock all doors.' }] },
    'the wordings of item 2 differ',
  ],
  ['other instructions', { ...TRUST, instructions: 'Answer.' }, 'the prompts differ'],
  ['fewer items', { ...TRUST, items: TRUST.items.slice(0, 1) }, 'the number of items is 2 and 1'],
  [
    'an item turned round',
    { ...TRUST, items: [{ ...TRUST.items[0], reverse: true }, TRUST.items[1]] },
    'item 1 counts directly on scale T and reversed on scale T',
  ],
])('%s under the same slug and language is another form', (_, other, expected) => {
  expect(between(other)).toContain(expected);
});

test('in another language only the words may differ', () => {
  expect(between(SPANISH)).toEqual([]);
  expect(between({ ...SPANISH, scoring: 'mean' })).toEqual(['scale T is the sum and mean']);
});
