import { describe, expect, test } from 'vitest';
import { answered, type Given, MOOD, scaled, study } from '../../../test/support/small-study.ts';
import { tabulateFrequencies } from './frequencies.ts';
import { tabulateNumberAnswers } from './number-answers.ts';

/** One item on a scale, and one that asks for a number and is on none. */
const SALARY = scaled(
  {
    ...MOOD,
    items: [MOOD.items[0]!, { ...MOOD.items[1]!, id: 'salary', isNumber: true, unit: 'EUR' }],
  },
  'sum',
  (_, column) => (column === 0 ? 'A' : null),
);

const studyOf = (given: readonly Given[]) => study({ answered: [answered(SALARY, given)] });
const person = (personality: number, salary: number | null, more: Partial<Given> = {}): Given => ({
  ...{ personality, points: [1, salary] },
  ...more,
});

describe('numbers', () => {
  test('have the mean, interval, SD and median over persons, and the range of single answers', () => {
    const [row, ...others] = tabulateNumberAnswers(
      studyOf([
        ...[31000, 35500, 29000, 42000].map((salary, at) => person(at + 1, salary)),
        person(5, 30000),
        person(5, 50000, { repeated: 1 }),
        person(6, null),
        person(7, null, { ending: 'refused' }),
      ]),
    );
    expect(others).toEqual([]);
    // R 4.2.2: x <- c(31000, 35500, 29000, 42000, 40000); mean(x); sd(x); median(x); t.test(x)
    expect(row).toMatchObject({
      ...{ model: 'GPT-4o', population: 'Base', item: 'salary', n: 5, n_administrations: 6 },
      ...{ n_incomplete: 1, mean: 35500, median: 35500, lowest: 29000, highest: 50000 },
      sd: expect.closeTo(5590.16994374947, 8),
      ci_low: expect.closeTo(28558.8872370055, 8),
      ci_high: expect.closeTo(42441.1127629945, 8),
      reason: null,
    });
  });

  test('of a single person have no interval and no SD, and say why', () => {
    expect(tabulateNumberAnswers(studyOf([person(1, 31000)]))).toMatchObject([
      { n: 1, mean: 31000, sd: null, ci_low: null, reason: 'interval: fewer than 2 values' },
    ]);
  });

  test('that nobody gave are not available', () => {
    expect(tabulateNumberAnswers(studyOf([person(1, null)]))).toMatchObject([
      { n: 0, mean: null, n_incomplete: 1, reason: 'no number was given' },
    ]);
    expect(tabulateNumberAnswers(studyOf([person(1, 1, { ending: 'refused' })]))).toMatchObject([
      { n: 0, mean: null, reason: 'no experiment has succeeded (1 refused)' },
    ]);
  });

  test('are not counted one by one in the table of frequencies', () => {
    expect(tabulateFrequencies(studyOf([person(1, 31000), person(2, 32000)]))).toEqual([]);
  });
});
