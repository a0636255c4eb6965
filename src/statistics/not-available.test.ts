import { expect, test } from 'vitest';
import { isAvailable, notAvailable } from './not-available.ts';

test('what is not available is told from numbers, objects and null', () => {
  expect(isAvailable(notAvailable('no values'))).toBe(false);
  expect(
    [0, Number.NaN, null, undefined, {}, { r: 1 }, 'notAvailable'].map((value) =>
      isAvailable(value),
    ),
  ).toEqual(Array(7).fill(true));
});
