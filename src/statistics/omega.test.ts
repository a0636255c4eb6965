import { describe, expect, test } from 'vitest';
import { bivariateCdf } from './bivariate-normal.ts';
import type { Interval } from './interval.ts';
import { type Omega, omegaTotal } from './omega.ts';

/** Answers by a rule of whole numbers, so that any language makes the same. */
function answersOf(persons: number, items: number, answers: number): readonly number[][] {
  return Array.from({ length: persons }, (_, p) =>
    Array.from({ length: items }, (__, j) => {
      const times = 2 + (j % 3);
      const value = ((37 * p) % 101) * times + 3 * ((53 * p * (j + 1) + 29 * j) % 61);
      return Math.min(answers - 1, Math.floor((value * answers) / (100 * times + 183)));
    }),
  );
}

function sampleOf(rows: readonly (readonly number[])[], isOrdinal: boolean) {
  return {
    k: rows[0]!.length,
    points: rows.flat(),
    starts: [...rows.keys(), rows.length],
    range: { low: 0, high: rows[0]!.length * Math.max(...rows.flat()) },
    isOrdinal,
  };
}

const TWO = answersOf(200, 6, 2);
const THREE = answersOf(150, 5, 3);
const SEVEN = answersOf(120, 5, 7);

describe('omega from covariances', () => {
  /**
   * R 4.2.2, lavaan 0.6: f <- cfa(model, x, std.lv = TRUE, estimator = "ULS");
   * 1 - sum(diag(lavInspect(f, "est")$theta)) / sum(cov(x)). Its optimiser ends at 1e-8.
   * The interval: what a person moves omega by, by numerical derivatives of the same with weights
   * (cov.wt), and 1 - (1 - o) * exp(c(1, -1) * qt(.975, df) * se / (1 - o)).
   */
  test.each([
    ['two answers', TWO, 0.873570643592, 0.839846492971, 0.90019336848],
    ['three answers', THREE, 0.854836765516, 0.824386533092, 0.880007110889],
    ['seven answers', SEVEN, 0.898881759188, 0.875805578292, 0.917670230375],
  ])('of items with %s, as in R', (_, rows, omega, low, high) => {
    const result = omegaTotal(sampleOf(rows, false)) as Omega;
    expect(result.correlations).toBe('Pearson');
    expect(result.omega).toBeCloseTo(omega, 7);
    expect((result.interval as Interval).low).toBeCloseTo(low, 8);
    expect((result.interval as Interval).high).toBeCloseTo(high, 8);
  });

  /**
   * psych 2.2.9: f <- fa(cor(x), 1, fm = "minres"); 1 - sum(f$uniquenesses) / sum(cor(x)), which is
   * omega.tot of psych::omega(x, nfactors = 1). Its optimiser ends at 1e-7.
   */
  test.each([
    [TWO, 0.873541925363],
    [THREE, 0.851980887532],
    [SEVEN, 0.897693722363],
  ])('of standardised points is the omega of psych', (rows, omega) => {
    const n = rows.length;
    const spread = rows[0]!.map((_, item) => {
      const mean = rows.reduce((sum, row) => sum + row[item]!, 0) / n;
      const squares = rows.reduce((sum, row) => sum + (row[item]! - mean) ** 2, 0);
      return { mean, sd: Math.sqrt(squares / (n - 1)) };
    });
    const standardised = rows.map((row) =>
      row.map((own, item) => (own - spread[item]!.mean) / spread[item]!.sd),
    );
    const result = omegaTotal(sampleOf(standardised, false)) as Omega;
    expect(Math.abs(result.omega - omega)).toBeLessThan(1e-6);
  });
});

/**
 * R 4.2.2, lavaan 0.6, mvtnorm 1.1: loadings and thresholds of cfa(model, x, std.lv = TRUE,
 * estimator = "ULS", ordered = TRUE), and Green and Yang's formula with pmvnorm, divided by the
 * variance of the total with divisor n.
 */
test.each([
  ['two answers', TWO, 0.87552396954],
  ['three answers', THREE, 0.865066178378],
])('categorical omega of items with %s, as in R', (_, rows, omega) => {
  const result = omegaTotal(sampleOf(rows, true)) as Omega;
  expect(result.correlations).toBe('polychoric');
  expect(Math.abs(result.omega - omega)).toBeLessThan(1e-7);
});

test.each([
  ['two answers', TWO],
  ['three answers', THREE],
])('the interval of categorical omega of %s is as wide as the jackknife says', (_, rows) => {
  const { omega, interval } = omegaTotal(sampleOf(rows, true)) as Omega;
  const n = rows.length;
  const without = rows.map(
    (_, left) => (omegaTotal(sampleOf(rows.toSpliced(left, 1), true)) as Omega).omega,
  );
  const mean = without.reduce((sum, own) => sum + own, 0) / n;
  const squares = without.reduce((sum, own) => sum + (own - mean) ** 2, 0);
  const { low, high } = interval as Interval;
  // Both ends together, so that the degrees of freedom matter little: two quantiles of t.
  const reach = Math.log((1 - low) / (1 - high)) * (1 - omega);
  const se = Math.sqrt(((n - 1) / n) * squares);
  expect(reach / (2 * 1.98 * se)).toBeGreaterThan(0.95);
  expect(reach / (2 * 1.98 * se)).toBeLessThan(1.05);
});

/** mvtnorm 1.1: pmvnorm(upper = c(x, y), corr = …, algorithm = TVPACK(1e-15)) */
test.each([
  [0.3, -0.4, 0.5, 0.283034844487566],
  [0.3, -0.4, 0.95, 0.343979846596502],
  [0.3, 0.4, -0.95, 0.273931575592451],
  [-1, -1.2, 0.99, 0.113975277398086],
  [-0.5, 0.6, -0.97, 0.0534528633738668],
  [2, 2, 0.9999, 0.976945264258077],
])('two normal variables below %d and %d with r = %d', (x, y, r, probability) => {
  expect(Math.abs(bivariateCdf(x, y, r) - probability)).toBeLessThan(1e-14);
});

test('few persons have a categorical omega without an interval', () => {
  const { omega, interval } = omegaTotal(sampleOf(TWO.slice(0, 39), true)) as Omega;
  expect(omega).toBeGreaterThan(0.5);
  expect(interval).toEqual({ notAvailable: 'fewer than 40 persons' });
});

test('items that agree nearly always have an omega from covariances', () => {
  const alike = TWO.map((_, row) => {
    const own = Number((row * 37) % 101 > 50);
    return [0, 1, 2, 3].map((at) => (row % (41 * (at + 1)) === at ? 1 - own : own));
  });
  const result = omegaTotal(sampleOf(alike, true)) as Omega;
  expect(result.correlations).toBe('Pearson');
  expect(result.omega).toBeGreaterThan(0.98);
});

test('items that rather exclude each other have no factor, not one of 0', () => {
  const apart = TWO.map((_, row) => [0, 1, 2].map((at) => Number(row % 9 === at)));
  expect(omegaTotal(sampleOf(apart, true))).toEqual({
    notAvailable: expect.stringMatching(/Heywood|converge/),
  });
});

describe('not available', () => {
  test.each([
    ['fewer than 3 items vary', TWO.map(([a, b]) => [a!, b!, 1, 0]), false],
    ['fewer than 10 persons', SEVEN.slice(0, 9), false],
    ['the total does not vary', SEVEN.map(([a, b, c]) => [a!, b!, c!, -a! - b! - c!]), false],
    [
      'a Heywood case: one factor would explain more than all variance of an item',
      SEVEN.map(([a, b, c]) => [a! + b! + c!, a!, b!, c!]),
      false,
    ],
  ])('%s', (reason, rows, isOrdinal) => {
    expect(omegaTotal(sampleOf(rows, isOrdinal))).toEqual({ notAvailable: reason });
  });
});
