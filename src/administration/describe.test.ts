import { expect, test } from 'vitest';
import { findInstrument, loadBuiltInInstruments, parseInstrument } from '../instruments/load.ts';
import { describeInstrument, summariseInstrument } from './describe.ts';
import { administration, PUBLISHED_SETTINGS } from './settings.ts';

const FILE = {
  ...{ format: 2, slug: 'three', title: 't', citation: 'c', licence: 'l', language: 'en' },
  answers: [
    {
      id: 'agree',
      options: [
        { value: 1, label: 'No' },
        { value: 2, label: 'Yes', points: 5 },
        { value: 7, label: 'No answer', missing: true },
      ],
    },
  ],
  blocks: [
    {
      answers: 'agree',
      items: [
        { id: 'a', text: 'A?' },
        { id: 'b', text: 'B?', points: { '1': 3 } },
      ],
    },
    { answers: 'agree', if: { item: 'a', in: [2, 7] }, items: [{ id: 'c', text: 'C?' }] },
  ],
  scales: [
    { id: 'S', name: 'Sum', score: 'sum', items: { a: 1, b: -0.5 }, missing: { most: 1 } },
    { id: 'M', name: 'Mean', score: 'mean', items: ['a', 'b'], centre: 'person' },
    { id: 'T', name: 'Total', score: 'max', of: { S: 1, M: -1 } },
  ],
};
const three = parseInstrument(JSON.stringify(FILE), 'three.json');

test('scales are described by members, range and rules; points and unscored items are named', () => {
  const { scaling, points, unscored } = describeInstrument(three, PUBLISHED_SETTINGS);
  expect(scaling).toEqual([
    {
      ...{ id: 'S', name: 'Sum', score: 'sum', members: 'a, -0.5 × b', lowest: 2.5, highest: 7.5 },
      rules: '1 of 2 may be missing, prorated',
    },
    {
      ...{ id: 'M', name: 'Mean', score: 'mean', members: 'a, b', lowest: 2, highest: 5 },
      rules: "less the person's mean",
    },
    {
      ...{ id: 'T', name: 'Total', score: 'max', members: 'S, -M', lowest: 2.5, highest: 7.5 },
      rules: '',
    },
  ]);
  expect(points).toEqual([
    'answers agree: "Yes" scores 5, "No answer" scores nothing',
    'item b: "No" scores 3',
  ]);
  expect(unscored).toEqual(['c']);
});

test('each call has its prompt as it is sent, and when it is made', () => {
  const settings = administration.parse({ items_per_call: 'block' });
  const { calls, administration: varied } = describeInstrument(three, settings);
  expect(calls.map(({ number, items, condition }) => [number, items, condition])).toEqual([
    [1, ['a', 'b'], null],
    [2, ['c'], 'only after "Yes" or "No answer" to item a'],
  ]);
  expect(varied).toEqual({ items_per_call: 'block' });
  expect(describeInstrument(three, PUBLISHED_SETTINGS).calls[0]!.prompt).toBe(three.prompt);
});

test('what cannot be administered so is refused', () => {
  const settings = administration.parse({ midpoint: 'added' });
  expect(() => describeInstrument(three, settings)).toThrow(
    'three cannot be administered like this',
  );
});

test.each(loadBuiltInInstruments())('norms of $slug lie within the range of their scale', (one) => {
  const { scaling, norms } = describeInstrument(one, PUBLISHED_SETTINGS);
  for (const { scale, mean } of norms) {
    const { lowest, highest } = scaling.find(({ id }) => id === scale)!;
    expect(mean).toBeGreaterThan(lowest);
    expect(mean).toBeLessThan(highest);
  }
});

test('a summary has the languages, that of the wording first', () => {
  expect(summariseInstrument(findInstrument('phq-9'))).toMatchObject({
    ...{ slug: 'phq9', items: 10, scales: 1, languages: ['en', 'es'] },
  });
});
