import { describe, expect, test } from 'vitest';
import { compensatedMean, mean, standardDeviation } from './describe.ts';

/** R's `sleep`, first drug. R 4.2.2: mean(sleep$extra[1:10]); sd(sleep$extra[1:10]) */
const SLEEP = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];

test('mean and standard deviation of R', () => {
  expect(mean(SLEEP)).toBeCloseTo(0.75, 15);
  expect(standardDeviation(SLEEP)).toBeCloseTo(1.7890096577591623, 14);
});

test('a large common part costs no digits', () => {
  const shifted = SLEEP.map((value) => Math.round(value * 10) + 2 ** 50);
  expect(standardDeviation(shifted)).toBeCloseTo(17.890096577591624, 13);
  expect((mean(shifted) as number) - 2 ** 50).toBe(7.5);
});

test('a mean that no double can hold does not widen the spread', () => {
  const values = [0, 1, 0, 1].map((value) => value + 2 ** 52);
  expect(standardDeviation(values)).toBeCloseTo(Math.sqrt(1 / 3), 15);
});

test('typed arrays are lists too', () => {
  expect(standardDeviation(Float64Array.from(SLEEP))).toBe(standardDeviation(SLEEP));
});

test('equal values have no spread at all', () => {
  expect(standardDeviation([0.1, 0.1, 0.1])).toBe(0);
  expect(mean([0.1, 0.1, 0.1])).toBe(0.1);
});

/** pandas 1.5.3: groupby().mean() of one group. */
test.each([
  [Array.from({ length: 10 }, () => 0.1), 0.1],
  [[1e16, 1, 1, -1e16], 0.5],
  [[5, 6, 6, 6, 6, 6, 6, 6], 5.875],
])('the compensated mean of %j', (values, expected) => {
  expect(compensatedMean(values)).toBe(expected);
});

test('the compensated mean of whole numbers is their sum, divided once', () => {
  const values = Array.from({ length: 4130 }, (_, index) => (37 * index) % 7);
  expect(compensatedMean(values)).toBe(values.reduce((sum, value) => sum + value) / 4130);
});

describe('not available', () => {
  test('without enough values', () => {
    expect(compensatedMean([])).toEqual({ notAvailable: 'no values' });
    expect(mean([])).toEqual({ notAvailable: 'no values' });
    expect(standardDeviation([3])).toEqual({ notAvailable: 'fewer than 2 values' });
  });
});

test.each([[[1, Number.NaN]], [[Number.POSITIVE_INFINITY, 1]]])('%j is refused', (values) => {
  expect(() => mean(values)).toThrow(RangeError);
  expect(() => compensatedMean(values)).toThrow(RangeError);
  expect(() => standardDeviation(values)).toThrow(RangeError);
});
