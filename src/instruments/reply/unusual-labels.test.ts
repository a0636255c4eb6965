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

test('a label of several hundred characters is read, and any other long text is no answer', () => {
  const long = (work: string) =>
    `${work} (${'such as somebody who does this kind of work, '.repeat(8)})`;
  const options = [long('Manual work'), long('Clerical work')].map((label, index) => ({
    value: index + 1,
    label,
  }));
  const work = parseInstrument(
    JSON.stringify({
      ...{ format: 2, slug: 'work', title: 't', citation: 'c', licence: 'l', language: 'en' },
      answers: [{ id: 'class', options }],
      blocks: [{ answers: 'class', items: [{ id: 'work', text: 'What is your work?' }] }],
    }),
    'work.json',
  );
  const read = vocabularyOf(work.asked.items[0]!.options);
  expect(options[1]!.label.length).toBeGreaterThan(300);
  expect(read(options[1]!.label)).toEqual({ kind: 'answer', value: 2 });
  expect(read(`"${options[0]!.label.toUpperCase()}".`)).toEqual({ kind: 'answer', value: 1 });
  expect(read(`${options[0]!.label} I think`).kind).toBe('unreadable');
  expect(read(options[0]!.label.repeat(3)).kind).toBe('unreadable');
});
