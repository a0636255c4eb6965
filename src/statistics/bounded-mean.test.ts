import { expect, test } from 'vitest';
import { spanBoundedMean } from './bounded-mean.ts';
import { isAvailable } from './not-available.ts';
import { testMean } from './t-tests.ts';

const RANGE = { min: 0, max: 6 };

function span(values: readonly number[]) {
  const found = spanBoundedMean(values, RANGE);
  if (!isAvailable(found)) throw new Error(found.notAvailable);
  return found;
}

test('is Student’s away from the ends', () => {
  const values = [1, 2, 2, 3, 5, 4, 3];
  const test = testMean(values);
  if (!isAvailable(test)) throw new Error(test.notAvailable);
  expect(span(values)).toEqual(test.interval);
});

test('stays within the scale near its ends, and is there where all scores are the same', () => {
  const high = [6, 6, 6, 6, 6, 6, 6, 6, 6, 3];
  expect(span(high).high).toBeLessThan(6);
  // The other end is the mirror image.
  const low = span(high.map((value) => 6 - value));
  expect(low.low).toBeCloseTo(6 - span(high).high, 12);
  expect(low.high).toBeCloseTo(6 - span(high).low, 12);
  // Wilson's interval of 10 of 10, times 6: 10/(10 + 1.959964²).
  expect(span(Array.from({ length: 10 }, () => 6))).toMatchObject({
    low: expect.closeTo((6 * 10) / (10 + 1.959963984540054 ** 2), 9),
    high: 6,
  });
});

test('of few values that lie far apart does not leave the scale', () => {
  const { low, high } = span([1.5, 4]);
  expect(low).toBeGreaterThan(0);
  expect(high).toBeLessThan(6);
  expect(low).toBeLessThan(1.5);
  expect(high).toBeGreaterThan(4);
});

test('is not available for one value', () => {
  expect(isAvailable(spanBoundedMean([6], RANGE))).toBe(false);
});
