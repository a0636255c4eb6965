import { describe, expect, test } from 'vitest';
import {
  cohenDav,
  cohenDz,
  type EffectSize,
  hedgesG,
  standardizedDifference,
} from './effect-sizes.ts';
import type { Interval } from './interval.ts';
import { isAvailable } from './not-available.ts';

/** R's `sleep`. */
const FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
const SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

/**
 * NumPy: mean(a - b) / std(a - b, ddof=1); (mean(a) - mean(b)) / ((std(a, ddof=1) + std(b,
 * ddof=1)) / 2). The intervals by R 4.2.2: d ± qt(.975, df) se, se² = n/(n − 1) Σ v², where v are
 * the derivatives of d by the weight of a person over n, taken numerically, and df follows from
 * their kurtosis; of d_z that of normal theory, d ± qt(.975, 9) sqrt(1/10 + d^2/18), is wider.
 */
test('constants of NumPy and R', () => {
  const dz = cohenDz(FIRST, SECOND) as EffectSize;
  expect(dz.value).toBeCloseTo(-1.2845575625910546, 13);
  expect((dz.interval as Interval).low).toBeCloseTo(-2.274937003105153, 12);
  expect((dz.interval as Interval).high).toBeCloseTo(-0.294178122076956, 12);
  const dav = cohenDav(FIRST, SECOND) as EffectSize;
  expect(dav.value).toBeCloseTo(-0.8334963413127042, 13);
  expect((dav.interval as Interval).low).toBeCloseTo(-1.381383610865234, 7);
  expect((dav.interval as Interval).high).toBeCloseTo(-0.285609071760174, 7);
});

test('twelve persons with another difference are enough for no distribution to be assumed', () => {
  // R 4.2.2, as above: a <- rep(c(1, 3, 2, 5), 5); b <- rep(c(2, 2, 4, 1, 1), 4)
  const one = Array.from({ length: 20 }, (_, at) => [1, 3, 2, 5][at % 4]!);
  const two = Array.from({ length: 20 }, (_, at) => [2, 2, 4, 1, 1][at % 5]!);
  const { interval } = cohenDz(one, two) as EffectSize;
  expect((interval as Interval).low).toBeCloseTo(-0.0871476702532987, 7);
  expect((interval as Interval).high).toBeCloseTo(0.881500431917221, 7);
});

describe('not available', () => {
  test('below 2 pairs', () => {
    expect(cohenDz([1], [2])).toEqual({ notAvailable: 'fewer than 2 pairs' });
    expect(cohenDav([], [])).toEqual({ notAvailable: 'fewer than 2 pairs' });
  });

  test('without spread', () => {
    expect(cohenDz([1, 2, 3], [2, 3, 4])).toEqual({ notAvailable: 'the differences are constant' });
    expect(cohenDz([0.3, 0.2, 0.7], [0.2, 0.1, 0.6])).toEqual({
      notAvailable: 'the differences are constant',
    });
    expect(cohenDav([1, 1], [2, 2])).toEqual({ notAvailable: 'both sets of values are constant' });
    expect(cohenDav([1, 2, 3], [2, 3, 4])).toMatchObject({ value: -1 });
  });

  test('the interval of d_av where nearly all have one score', () => {
    const most = Array.from({ length: 20 }, (_, at) => (at < 2 ? 5 : 6));
    const other = Array.from({ length: 20 }, (_, at) => at % 7);
    expect(cohenDav(most, other)).toMatchObject({
      interval: { notAvailable: 'nearly all persons have the same score' },
    });
  });
});

test('lists of unequal length are refused', () => {
  expect(() => cohenDz([1, 2], [1])).toThrow(RangeError);
  expect(() => cohenDav([1, 2], [1])).toThrow(RangeError);
});

test('groups: the interval holds that of the difference and that by influence values', () => {
  const many = [1, 2, 3, 4, 2, 3, 5, 0, 2, 4];
  const found = standardizedDifference([6, 6, 5], many);
  if (!isAvailable(found)) throw new Error(found.notAvailable);
  // R 4.2.2: t.test(first, second, var.equal = TRUE)$conf.int over the pooled SD.
  expect(found.d).toBeCloseTo(2.2159757496883, 12);
  expect(found.interval.low).toBeCloseTo(0.7671099429937, 12);
  expect(found.interval.high).toBeCloseTo(3.664841556383, 12);
  expect(standardizedDifference([1], [2])).toEqual({ notAvailable: 'fewer than 3 values' });
  expect(standardizedDifference([1, 1], [2, 2])).toEqual({
    notAvailable: 'both groups are constant',
  });
});

test('Hedges’ g agrees with R, and turns round with its groups', () => {
  const x = [1.2, 2.5, 3.1, 4.8, 2.2, 3.9, 5, 1.1];
  const y = [0.9, 2.9, 2, 4.1, 2.5, 3];
  const taken = (result: ReturnType<typeof hedgesG>) => {
    if (!isAvailable(result) || !isAvailable(result.interval)) throw new Error('not available');
    return [result.value, result.interval.low, result.interval.high] as const;
  };
  // R 4.2.2: the pooled sd by var(x) and var(y), times 1 - 3/(4 * (n1 + n2) - 9). The interval holds
  // that by numerical derivatives with respect to the weights of each group, and that of the test.
  const [g, low, high] = taken(hedgesG(x, y));
  expect(g).toBeCloseTo(0.285268246785677, 12);
  expect(low).toBeLessThanOrEqual(-0.705261733637564 + 1e-6);
  expect(high).toBeGreaterThanOrEqual(1.275798227208918 - 1e-6);
  // t.test(c(1, 2), c(3.2, 4.9)) does not exclude 0, and so g must not.
  expect(taken(hedgesG([1, 2], [3.2, 4.9]))[2]).toBeGreaterThan(0);
  expect(taken(hedgesG(y, x))).toEqual([-g, -high, -low].map((value) => expect.closeTo(value, 12)));
  expect(hedgesG([2, 2], [1, 1])).toEqual({ notAvailable: 'both groups are constant' });
  expect(hedgesG([2], [1, 1])).toEqual({ notAvailable: 'fewer than 2 values in a group' });
});

test('groups far apart: d varies with the standard deviation too', () => {
  const first = Array.from({ length: 100 }, (_, index) => (index % 5 === 0 ? 6 : 0));
  const second = Array.from({ length: 100 }, (_, index) => (index % 50 === 0 ? 0 : 6));
  const found = standardizedDifference(first, second);
  if (!isAvailable(found)) throw new Error(found.notAvailable);
  // R 4.2.2: t limits from influence values ±r/(n_g sd) - d/2 (r²/S - 1/n), r the residuals
  expect(found.interval.low).toBeCloseTo(-3.282481110258, 11);
  expect(found.interval.high).toBeCloseTo(-1.897211978138, 11);
});
