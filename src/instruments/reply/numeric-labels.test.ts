import { expect, test } from 'vitest';
import { parseInstrument } from '../load.ts';
import { vocabularyOf } from './vocabulary.ts';

/** Labels that are numbers, other ones than those that are stored. */
const instrument = parseInstrument(
  JSON.stringify({
    ...{ format: 2, slug: 'practice', title: 't', citation: 'c', licence: 'l', language: 'en' },
    answers: [
      {
        id: 'hours',
        options: ['0', '1', '2', '3', '4-6', '7 or more'].map((label, index) => ({
          value: index + 1,
          label,
        })),
      },
    ],
    blocks: [{ answers: 'hours', items: [{ id: 'daily', text: 'Hours of practice a day?' }] }],
  }),
  'practice.json',
);

const vocabulary = vocabularyOf(instrument.asked.items[0]!.options);
const read = (answer: string) => {
  const reading = vocabulary(answer);
  return reading.kind === 'answer' ? reading.value : reading.kind;
};

test.each([
  ['0', 1],
  ['1', 2],
  ['3', 4],
  ['4-6', 5],
  ['7 or more', 6],
])('a reply of %j is the answer with that label', (answer, value) => {
  expect(read(answer)).toBe(value);
});

test.each(['4', '5', '6', '4 (3)', '1 (0)'])(
  'a reply of %j is never the number of an answer',
  (answer) => {
    expect(read(answer)).toBe('unreadable');
  },
);
