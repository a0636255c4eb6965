import { expect, test } from 'vitest';
import { sayRobustness } from './robustness.ts';

type Row = Parameters<typeof sayRobustness>[0][number];

const WAYS = { n_cells: 3, n_sign_differs: null, n_marker_differs: null };

function mean(outcome: string, min: number, max: number, sd_relative: number): Row {
  return {
    of: 'mean',
    outcome,
    factor: 'condition',
    level: 'Muslim',
    min,
    max,
    sd_relative,
    ...WAYS,
  };
}

function difference(n_sign_differs: number, n_marker_differs: number): Row {
  return { ...mean('A', -1, 1, 0.5), of: 'difference', n_sign_differs, n_marker_differs };
}

test('the mean that moves most over its own range is named, whatever the size of its numbers', () => {
  expect(
    sayRobustness([
      // By SD over mean the scale from 1 to 5 would come last, and the one around 0 first.
      mean('near zero', -0.01, 0.01, 0.001),
      mean('salary', 42_000, 61_234.5, 0.1),
      mean('A', 3, 4, 0.14),
      difference(1, 1),
    ]),
  ).toBe(
    'Over 3 ways of asking, of 1 difference, 1 changes its sign and 1 changes its significance in at least one way, and the mean that depends most on the way of asking, that of A at condition Muslim, lies between 3.00 and 4.00.',
  );
  expect(sayRobustness([mean('salary', 42_000, 61_234.5, 0.1)])).toBe(
    'Over 3 ways of asking, the mean that depends most on the way of asking, that of salary at condition Muslim, lies between 42,000 and 61,235.',
  );
});

test('nothing moves, and nothing was asked in several ways', () => {
  expect(sayRobustness([mean('A', 2, 2, 0), difference(0, 0)])).toBe(
    'Over 3 ways of asking, none of 1 difference changes its sign or its significance, and no mean depends on the way of asking.',
  );
  expect(sayRobustness([])).toBeNull();
});
