import { expect, test } from 'vitest';
import type { HumanScoreRow } from '../analysis/corrected/human.ts';
import { sayPeople } from './people.ts';

const ROW = {
  ...{ people: 'students', instrument: 'mood', model: 'GPT-4o', population: 'all', scale: 'E' },
  ...{ delta: -0.36, ci_low: -0.77, ci_high: 0.05 },
  ...{ variance_ratio: 0.49, variance_ratio_low: 0.26, variance_ratio_high: 0.92 },
} as HumanScoreRow;
const say = (rows: readonly HumanScoreRow[]) =>
  sayPeople(rows, ['students'], (_, scale) => (scale === 'E' ? 'Extraversion' : scale));

test('differences from people are told by model, with intervals and spread', () => {
  const told = say([ROW, { ...ROW, scale: 'N', delta: 0.002, variance_ratio: null }]);
  expect(told).toEqual([
    {
      about: 'GPT-4o − people (students)',
      parts: [
        'Extraversion lower, −0.36 [−0.77, 0.05], variance ratio 0.49 [0.26, 0.92]',
        'N the same, 0.00 [−0.77, 0.05]',
      ],
    },
    { about: null, parts: [expect.stringMatching(/standard deviations of the people.*tested\.$/)] },
  ]);
});

test('conditions are named where there are several, and groups of people are left to the table', () => {
  const told = say([
    ROW,
    { ...ROW, population: 'Base' },
    { ...ROW, people: 'students: women' },
    { ...ROW, population: 'MaxN', delta: null },
  ]);
  expect(told.map(({ about }) => about)).toEqual([
    'GPT-4o, all − people (students)',
    'GPT-4o, Base − people (students)',
    null,
  ]);
});

test('of many models and conditions the rest is counted, and without people nothing is said', () => {
  const many = Array.from({ length: 9 }, (_, at) => ({ ...ROW, model: `model ${at}` }));
  expect(say(many)).toHaveLength(7);
  expect(say(many).at(-1)!.parts[0]).toMatch(/ Table H1 has 3 more models and conditions\.$/);
  expect(say([])).toEqual([]);
});
