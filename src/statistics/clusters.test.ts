import { describe, expect, test } from 'vitest';
import {
  type ClusteredComparison,
  compareClusteredMeans,
  compareIndependentClusters,
  type IndependentComparison,
} from './clusters.ts';
import { tTwoSided } from './distributions.ts';
import { type TTest, testPairedMeans } from './t-tests.ts';

function expectClose(actual: number, expected: number, limit = 1e-10): void {
  expect(Math.abs(actual - expected), `${actual} for ${expected}`).toBeLessThanOrEqual(
    limit * Math.abs(expected),
  );
}

/**
 * R's `sleep`, with a cluster for every two persons of the first group, cut short in the second.
 */
const FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
const SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5];

/**
 * statsmodels 0.15.0: OLS(y, add_constant(group)).fit(cov_type='cluster', cov_kwds={'groups':
 * cluster}, use_t=True), second coefficient. R, sandwich 3.0-2: sqrt(vcovCL(lm(y ~ group),
 * cluster)[2, 2]) agrees on the first.
 */
describe('constants of statsmodels', () => {
  test('clusters of different sizes, some in one group only', () => {
    const result = compareClusteredMeans(
      { values: FIRST, clusters: [0, 0, 1, 1, 2, 2, 3, 3, 4, 4] },
      { values: SECOND, clusters: [0, 1, 2, 3, 4, 5, 5] },
    ) as ClusteredComparison;
    expectClose(result.difference, -1.2071428571428582);
    expectClose(result.standardError, 1.3046597115463157);
    expectClose(result.t, -0.9252549507427664);
    expectClose(result.p, 0.3972938694279162);
    expectClose(result.interval.low, -4.560877413330331);
    expectClose(result.interval.high, 2.1465916990446146);
    expect([result.clusters, result.df]).toEqual([6, 5]);
  });

  test('two proportions of 826 sheets with five personas each under both conditions', () => {
    const personas = Array.from({ length: 4130 }, (_, persona) => persona);
    const clusters = personas.map((persona) => persona % 826);
    const trait = (sheet: number) => (37 * sheet) % 101;
    const first = personas.map((persona) =>
      trait(persona % 826) + ((41 * persona) % 67) > 70 ? 1 : 0,
    );
    const second = personas.map((persona) =>
      trait(persona % 826) + ((59 * persona) % 71) > 85 ? 1 : 0,
    );
    const result = compareClusteredMeans(
      { values: first, clusters },
      { values: second, clusters },
    ) as ClusteredComparison;
    expectClose(result.difference, 0.12518159806297335);
    expectClose(result.standardError, 0.0054899650432148105);
    expectClose(result.p, 1.2538701904361204e-89, 1e-9);
    expectClose(result.interval.low, 0.1144056552242105);
    expectClose(result.interval.high, 0.1359575409017362);
  });
});

test('pairs, each a cluster, give the paired t test but for its degrees of freedom', () => {
  const clusters = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const first = FIRST.slice(0, 7);
  const result = compareClusteredMeans(
    { values: first, clusters },
    { values: SECOND, clusters },
  ) as ClusteredComparison;
  const paired = testPairedMeans(first, SECOND) as TTest;
  expectClose(result.standardError, paired.standardError * Math.sqrt(13 / 12));
  expect(result.df).toBe(paired.df);
});

test('the order of the observations does not matter', () => {
  const sample = { values: FIRST, clusters: [0, 0, 1, 1, 2, 2, 3, 3, 4, 4] };
  const turned = { values: FIRST.toReversed(), clusters: sample.clusters.toReversed() };
  const other = { values: SECOND, clusters: [0, 1, 2, 3, 4, 5, 5] };
  const one = compareClusteredMeans(sample, other) as ClusteredComparison;
  expectClose(
    (compareClusteredMeans(turned, other) as ClusteredComparison).standardError,
    one.standardError,
    1e-14,
  );
});

describe('not available', () => {
  const of = (values: number[], clusters: number[]) => ({ values, clusters });

  test.each([
    ['a group is empty', of([], []), of([1, 2], [0, 1])],
    ['fewer than 3 observations', of([1], [0]), of([2], [1])],
    ['fewer than 2 clusters', of([1, 2], [0, 0]), of([2, 4], [0, 0])],
    ['no cluster departs from the mean', of([1, 1], [0, 1]), of([0, 0], [0, 1])],
    ['no cluster departs from the mean', of([0.3, 0.7], [0, 1]), of([0.2, 0.6], [0, 1])],
  ])('%s', (reason, first, second) => {
    expect(compareClusteredMeans(first, second)).toEqual({ notAvailable: reason });
  });
});

test('values without a cluster are refused', () => {
  expect(() =>
    compareClusteredMeans({ values: [1, 2], clusters: [0] }, { values: [1], clusters: [0] }),
  ).toThrow(RangeError);
});

describe('groups without a cluster in common', () => {
  const first = {
    values: [1, 0, 1, 1, 0, 0, 0, 1, 1, 1],
    clusters: [1, 1, 1, 2, 2, 3, 3, 3, 3, 3],
  };
  const second = {
    values: [0, 0, 0, 1, 0, 1, 1, 0, 0, 1],
    clusters: [4, 4, 5, 5, 5, 5, 6, 6, 7, 7],
  };

  /**
   * R 4.2.2, clubSandwich 0.5.8: coef_test(lm(y ~ g), "CR2", cluster, "Satterthwaite"); p, the larger
   * one here: t.test of the clusters' means, var.equal = TRUE
   */
  test('are compared by CR2 with Satterthwaite’s degrees of freedom', () => {
    const result = compareIndependentClusters(first, second) as IndependentComparison;
    expect(result.difference).toBeCloseTo(0.2, 14);
    expect(result.standardError).toBeCloseTo(0.112863170423727, 14);
    expect(result.t).toBeCloseTo(1.77205725525104, 13);
    expect(result.df).toBeCloseTo(4.22641509433963, 12);
    expect(result.p).toBeCloseTo(0.221885312855746, 12);
  });

  test('p is that of CR2 where it is the larger', () => {
    const wide = { values: [0, 1, 0, 1, 0, 1, 0, 1, 1], clusters: [1, 1, 2, 2, 3, 3, 4, 4, 4] };
    const apart = { values: [0, 0, 0, 1, 1, 1], clusters: [5, 5, 5, 6, 6, 6] };
    const { t, df, p } = compareIndependentClusters(wide, apart) as IndependentComparison;
    expect(p).toBeGreaterThanOrEqual(tTwoSided(t, df));
  });

  test('not available for one cluster in a group, and without variance', () => {
    expect(compareIndependentClusters({ values: [1, 0], clusters: [1, 1] }, second)).toEqual({
      notAvailable: 'fewer than 2 clusters in a group',
    });
    const ones = { values: [1, 1], clusters: [8, 9] };
    expect(compareIndependentClusters(ones, { values: [0, 0], clusters: [1, 2] })).toEqual({
      notAvailable: 'no cluster departs from the mean',
    });
  });
});
