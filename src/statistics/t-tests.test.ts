import { describe, expect, test } from 'vitest';
import { tSurvival } from './distributions.ts';
import {
  type EquivalenceTest,
  type TTest,
  testEquivalence,
  testGroupMeans,
  testIndependentMeans,
  testMean,
  testPairedEquivalence,
  testPairedMeans,
} from './t-tests.ts';

function expectClose(actual: number, expected: number): void {
  expect(Math.abs(actual - expected), `${actual} for ${expected}`).toBeLessThanOrEqual(
    1e-10 * Math.abs(expected),
  );
}

function expectTest(result: unknown, t: number, p: number, low: number, high: number): void {
  const test = result as TTest;
  expectClose(test.t, t);
  expectClose(test.p, p);
  expectClose(test.interval.low, low);
  expectClose(test.interval.high, high);
}

/** R's `sleep`: extra hours of ten persons under two drugs. */
const FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
const SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

/** 826 pairs by a rule of whole numbers, so that any language makes the same. */
const trait = (person: number) => (37 * person) % 101;
const answer = (person: number, item: number) =>
  1 + Math.floor(((trait(person) + ((53 * person * (item + 1) + 29 * item) % 61)) * 5) / 161);
const persons = Array.from({ length: 826 }, (_, person) => person);
const SCORES = persons.map((person) =>
  [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, item) => sum + answer(person, item), 0),
);
const OTHERS = persons.map((person) => ((91 * person) % 97) + Math.floor(trait(person) / 3));

/**
 * SciPy 1.17.1: r = ttest_1samp / ttest_rel / ttest_ind(equal_var=False); r.statistic, r.pvalue,
 * r.confidence_interval()
 */
describe('t tests of SciPy', () => {
  test('one sample', () => {
    expectTest(
      testMean(FIRST, 0.25),
      0.8838067604758809,
      0.3997937239455037,
      -0.5297804135262321,
      2.029780413526232,
    );
    expectTest(
      testMean(SCORES, 20, 0.99),
      14.554117765339965,
      7.00867979984459e-43,
      23.12311728142687,
      24.47010305755618,
    );
  });

  test('pairs', () => {
    expectTest(
      testPairedMeans(FIRST, SECOND),
      -4.062127683382037,
      0.002832890197384273,
      -2.459885763276983,
      -0.7001142367230175,
    );
    expectTest(
      testPairedMeans(SCORES, OTHERS),
      -41.173956977601,
      2.937708801305726e-202,
      -42.37236983181949,
      -38.516250022902064,
    );
  });

  test('independent samples', () => {
    expectTest(
      testIndependentMeans(FIRST, SECOND),
      -1.8608134674868526,
      0.0793941401873583,
      -3.3654832307117104,
      0.20548323071171137,
    );
    expectTest(
      testIndependentMeans(SCORES, OTHERS),
      -37.79166913540256,
      5.055802232899717e-190,
      -42.544582908636706,
      -38.34403694608485,
    );
    expectClose((testIndependentMeans(FIRST, SECOND) as TTest).df, 17.776473516178488);
    expectClose((testIndependentMeans(SCORES, OTHERS) as TTest).df, 928.8135461836173);
  });
});

/**
 * t by statsmodels 0.15.0: ttost_paired(first, second, -3, 3) and DescrStatsW(first).ttost_mean(-1.5,
 * 1.5). The rest by R 4.2.2 with a <- mean(v^3)/mean(v^2)^1.5/sqrt(n): pt(t + a*t^2/3 +
 * a^2*t^3/27 + a/6, n - 1) and pt(t, n - 1), the larger of both, and uniroot for the limits
 */
describe('equivalence tests', () => {
  test('pairs', () => {
    const result = testPairedEquivalence(FIRST, SECOND, 3) as EquivalenceTest;
    expectClose(result.lower.t, 3.6507729812673997);
    expectClose(result.lower.p, 0.0452560061062097);
    expectClose(result.upper.t, -11.775028348031473);
    expectClose(result.upper.p, 4.52269496583245e-7);
    expectClose(result.p, 0.0452560061062097);
    expectClose(result.interval.low, -2.88348015201996);
    expectClose(result.interval.high, -0.866994732970717);
    expectClose(result.interval.level, 0.9);
  });

  test('one sample', () => {
    const result = testEquivalence(FIRST, 1.5) as EquivalenceTest;
    expectClose(result.lower.p, 0.00160986736205409);
    expectClose(result.upper.p, 0.128329026634322);
    expectClose(result.p, 0.128329026634322);
  });

  /** R 4.2.2: x <- 1:10 - 5.2; mean(x) - qt(.95, 9) * sd(x)/sqrt(10) */
  test('of symmetric values are those of Student', () => {
    const values = Array.from({ length: 10 }, (_, index) => index - 4.2);
    const { df, lower, upper, interval } = testEquivalence(values, 2) as EquivalenceTest;
    expect(df).toBe(9);
    expectClose(lower.p, tSurvival(lower.t, 9));
    expectClose(upper.p, tSurvival(-upper.t, 9));
    expectClose(interval.low, -1.4550720133038);
  });

  test('the interval lies within the bounds exactly when p is below alpha', () => {
    const { interval } = testPairedEquivalence(FIRST, SECOND, 3) as EquivalenceTest;
    const bound = -interval.low;
    expectClose((testPairedEquivalence(FIRST, SECOND, bound) as EquivalenceTest).p, 0.05);
  });

  test.each([
    [0, 0.05],
    [-1, 0.05],
    [Number.NaN, 0.05],
    [1, 0.5],
    [1, 0],
  ])('a bound of %d with alpha %d is refused', (bound, alpha) => {
    expect(() => testEquivalence(FIRST, bound, alpha)).toThrow(RangeError);
  });
});

describe('not available', () => {
  const constantDifferences = { notAvailable: 'the differences are constant' };

  test('too few values', () => {
    expect(testMean([1])).toEqual({ notAvailable: 'fewer than 2 values' });
    expect(testEquivalence([], 1)).toEqual({ notAvailable: 'fewer than 2 values' });
    expect(testPairedMeans([1], [2])).toEqual({ notAvailable: 'fewer than 2 pairs' });
    expect(testIndependentMeans([1, 2], [1])).toEqual({
      notAvailable: 'fewer than 2 values in a group',
    });
  });

  test('constant values', () => {
    expect(testMean([4, 4, 4])).toEqual({ notAvailable: 'the values are constant' });
    expect(testMean([0, 0, 0])).toEqual({ notAvailable: 'the values are constant' });
    expect(testIndependentMeans([1, 1], [2, 2])).toEqual({
      notAvailable: 'both groups are constant',
    });
    expect(testIndependentMeans([1, 1], [2, 3])).toHaveProperty('p');
    expect(testPairedEquivalence([1, 2, 3], [2, 3, 4], 2)).toEqual(constantDifferences);
  });

  test('differences that vary by rounding only', () => {
    expect(testPairedMeans([0.3, 0.2, 0.7], [0.2, 0.1, 0.6])).toEqual(constantDifferences);
    const far = [-1000, 1000, 3000, -3000];
    expect(
      testPairedMeans(
        far,
        far.map((value) => value + 0.1),
      ),
    ).toEqual(constantDifferences);
  });
});

test('lists of unequal length are refused', () => {
  expect(() => testPairedMeans([1, 2, 3], [1, 2])).toThrow(RangeError);
  expect(() => testPairedEquivalence([1, 2, 3], [1, 2], 1)).toThrow(RangeError);
});

describe('a group of few', () => {
  const few = [6, 6, 5];
  const many = [1, 2, 3, 4, 2, 3, 5, 0, 2, 4];

  test('p is the larger one of Welch’s and Student’s, and the interval holds both', () => {
    // R 4.2.2: t.test(few, many), t.test(few, many, var.equal = TRUE)
    expect(testGroupMeans(few, many)).toMatchObject({
      t: expect.closeTo(3.366308817318, 11),
      df: 11,
      p: expect.closeTo(0.006293209448072, 13),
      interval: {
        low: expect.closeTo(1.061595774312147, 12),
        high: expect.closeTo(5.071737559021186, 12),
      },
    });
  });

  test('one value is enough; two of one size in all are not', () => {
    // R 4.2.2: t.test(6, many, var.equal = TRUE) has the same t as the studentized deviation.
    expect(testGroupMeans([6], many)).toMatchObject({ df: 9 });
    expect(testGroupMeans([6], [1])).toEqual({ notAvailable: 'fewer than 3 values' });
    expect(testGroupMeans([], many)).toEqual({ notAvailable: 'a group is empty' });
    expect(testGroupMeans([6, 6], [1, 1])).toEqual({ notAvailable: 'both groups are constant' });
  });
});
