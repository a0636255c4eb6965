import { describe, expect, test } from 'vitest';
import { type Correlation, correlate } from './correlation.ts';
import type { Interval } from './interval.ts';

function expectCorrelation(
  first: readonly number[],
  second: readonly number[],
  r: number,
  p: number,
  low: number,
  high: number,
  limit = 1e-10,
) {
  const result = correlate(first, second) as Correlation;
  const interval = result.interval as Interval;
  const actual = [result.r, result.p, interval.low, interval.high];
  [r, p, low, high].forEach((expected, index) => {
    expect(
      Math.abs(actual[index]! - expected),
      `${actual[index]} for ${expected}`,
    ).toBeLessThanOrEqual(limit * Math.abs(expected));
  });
}

/** SciPy 1.17.1: r = pearsonr(x, y); r.statistic, r.pvalue, r.confidence_interval() */
describe('constants of SciPy', () => {
  test("R's sleep", () => {
    const first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
    const second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    expectCorrelation(
      first,
      second,
      0.7951702058335778,
      0.005964995796918454,
      0.3315254741643372,
      0.9494465336113636,
    );
  });

  test('826 persons, two items', () => {
    const trait = (person: number) => (37 * person) % 101;
    const answers = (item: number) =>
      Array.from(
        { length: 826 },
        (_, i) => 1 + Math.floor(((trait(i) + ((53 * i * (item + 1) + 29 * item) % 61)) * 5) / 161),
      );
    expectCorrelation(
      answers(0),
      answers(1),
      0.6327977318613471,
      1.2910598742305248e-93,
      0.5900538286573412,
      0.6720041956038988,
    );
  });
});

/**
 * Next to |r| = 1 SciPy's p is off (4.3e-73 for the first case). mpmath 1.4.1 with 60 digits on the
 * doubles as they are: q = 1 - Sxy²/(Sxx Syy); betainc((n-2)/2, 1/2, 0, q, regularized=True);
 * tanh(atanh(r) ± 1.95996…/sqrt(n-3)).
 */
describe('next to |r| = 1', () => {
  const line = Array.from({ length: 12 }, (_, i) => i + 1);
  const bent = line.map((value) => (value === 12 ? 12 + 1e-6 : value));

  test('the p value keeps its digits', () => {
    // The limit is that of 1 − r ≈ 2.5e-15 computed from doubles; p is its fifth power.
    expectCorrelation(
      line,
      bent,
      0.9999999999999976,
      7.173988242110084e-73,
      0.9999999999999909,
      0.9999999999999993,
      1e-7,
    );
    expectCorrelation(
      line,
      bent.map((value) => -value),
      -0.9999999999999976,
      7.173988242110084e-73,
      -0.9999999999999993,
      -0.9999999999999909,
      1e-7,
    );
    const raised = line.map((value) => (value === 1 ? 1.001 : value));
    expectCorrelation(
      line,
      raised,
      0.9999999975343271,
      7.176750703911683e-43,
      0.9999999908924166,
      0.9999999993324746,
    );
  });

  test('a perfect line', () => {
    const up = correlate(line, line) as Correlation;
    expect(up).toEqual({ n: 12, r: 1, p: 0, interval: { low: 1, high: 1, level: 0.95 } });
    const down = correlate(
      line,
      line.map((value) => 7 - 3 * value),
    ) as Correlation;
    expect(down.r).toBeCloseTo(-1, 15);
    expect(down.p).toBeLessThan(1e-100);
  });
});

test('no correlation at all has p 1', () => {
  const result = correlate([1, 2, 1, 2], [1, 1, 2, 2]) as Correlation;
  expect([result.r, result.p]).toEqual([0, 1]);
});

test('3 pairs have a p and no interval', () => {
  // With 1 degree of freedom p = 1 − 2 asin(|r|)/π.
  const result = correlate([1, 2, 3], [1, 3, 2]) as Correlation;
  expect(result.r).toBeCloseTo(0.5, 14);
  expect(result.p).toBeCloseTo(2 / 3, 13);
  expect(result.interval).toEqual({ notAvailable: 'fewer than 4 pairs' });
});

describe('not available', () => {
  test('below 3 pairs and for a constant', () => {
    expect(correlate([1, 2], [1, 2])).toEqual({ notAvailable: 'fewer than 3 pairs' });
    expect(correlate([1, 2, 3], [4, 4, 4])).toEqual({
      notAvailable: 'one of the variables is constant',
    });
    expect(correlate([0.3 - 0.2, 0.1, 0.4 - 0.3], [1, 2, 3])).toEqual({
      notAvailable: 'one of the variables is constant',
    });
  });
});

test('lists of unequal length are refused', () => {
  expect(() => correlate([1, 2, 3], [1, 2])).toThrow(RangeError);
});
