import { describe, expect, test } from 'vitest';
import { cohenDav, cohenDz, standardizedDifference } from './effect-sizes.ts';
import { isAvailable } from './not-available.ts';

/** R's `sleep`. */
const FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
const SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

test('constants of NumPy', () => {
  // NumPy: mean(a - b) / std(a - b, ddof=1); (mean(a) - mean(b)) / ((std(a, ddof=1) + std(b,
  // ddof=1)) / 2)
  expect(cohenDz(FIRST, SECOND)).toBeCloseTo(-1.2845575625910546, 13);
  expect(cohenDav(FIRST, SECOND)).toBeCloseTo(-0.8334963413127042, 13);
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
    expect(cohenDav([1, 2, 3], [2, 3, 4])).toBe(-1);
  });
});

test('lists of unequal length are refused', () => {
  expect(() => cohenDz([1, 2], [1])).toThrow(RangeError);
  expect(() => cohenDav([1, 2], [1])).toThrow(RangeError);
});

test('groups: the interval of Bonett (2008), computed by his formula in R', () => {
  const found = standardizedDifference([6, 6, 5], [1, 2, 3, 4, 2, 3, 5, 0, 2, 4]);
  if (!isAvailable(found)) throw new Error(found.notAvailable);
  expect(found.d).toBeCloseTo(2.689644592542, 11);
  expect(found.interval.low).toBeCloseTo(1.10084301181, 11);
  expect(found.interval.high).toBeCloseTo(4.278446173273, 11);
  expect(standardizedDifference([1], [1, 2])).toEqual({
    notAvailable: 'fewer than 2 values in a group',
  });
  expect(standardizedDifference([1, 1], [2, 2])).toEqual({
    notAvailable: 'both groups are constant',
  });
});
