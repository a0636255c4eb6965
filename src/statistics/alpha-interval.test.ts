import { describe, expect, test } from 'vitest';
import { type PooledPoints, spanAlpha } from './alpha-interval.ts';
import type { Interval } from './interval.ts';

/** Answers from 1 to 5 by a rule of whole numbers, so that any language makes the same. */
const answer = (person: number, item: number) =>
  1 +
  Math.floor(((((37 * person) % 101) + ((53 * person * (item + 1) + 29 * item) % 61)) * 5) / 161);

function sampleOf(
  rows: readonly (readonly number[])[],
  bounds = { min: 1, max: 5 },
  starts = Array.from({ length: rows.length + 1 }, (_, row) => row),
): PooledPoints {
  const k = rows[0]!.length;
  const range = { low: k * bounds.min, high: k * bounds.max };
  return { k, points: rows.flat(), starts, range };
}

const answers = (persons: number) =>
  Array.from({ length: persons }, (_, person) =>
    Array.from({ length: 8 }, (__, item) => answer(person, item)),
  );
const FEW = [
  [1, 2, 2],
  [0, 1, 0],
  [-2, -1, -2],
  [2, 2, 1],
  [0, 0, 1],
  [-1, 0, -1],
  [1, 1, 2],
  [-2, 0, -1],
];
const MOOD = { min: -2, max: 2 };

/**
 * R 4.2.2: v are the derivatives of k/(k-1)*(1-sum(w*rowSums(d^2))/sum(w*rowSums(d)^2)) by the weight
 * of a row over n, taken numerically (some eight digits) and added up by person; G persons, se <-
 * sqrt(G/(G-1)*sum(v^2)), 1-(1-a)*exp(c(1,-1)*qt(.975,df)*se/(1-a)), df <-
 * 2*G/(G*sum(v^4)/sum(v^2)^2-(G-3)/(G-1)) from 6 to G - 1
 */
test.each([
  ['826 persons', sampleOf(answers(826)), 0.938733280492492, 0.947595976221639],
  ['40 persons', sampleOf(answers(40)), 0.913784005779343, 0.955046727075031],
  ['8 persons', sampleOf(FEW, MOOD), 0.820403712165523, 0.976278490315468],
  [
    '6 persons, two of whom answered twice',
    sampleOf(FEW, MOOD, [0, 2, 4, 5, 6, 7, 8]),
    0.821282790294218,
    0.976161808433641,
  ],
])('the interval of %s, as in R', (_, sample, low, high) => {
  const interval = spanAlpha(sample) as Interval;
  expect(interval.low).toBeCloseTo(low, 7);
  expect(interval.high).toBeCloseTo(high, 7);
});

test('saying everything twice, and points moved by a constant, change nothing', () => {
  const once = spanAlpha(sampleOf(FEW, MOOD)) as Interval;
  const twice = spanAlpha(
    sampleOf(
      FEW.flatMap((row) => [row, row]),
      MOOD,
      [0, 2, 4, 6, 8, 10, 12, 14, 16],
    ),
  ) as Interval;
  expect(twice.low).toBeCloseTo(once.low, 12);
  const moved = FEW.map((row) => row.map((point) => point + 3));
  expect((spanAlpha(sampleOf(moved)) as Interval).high).toBeCloseTo(once.high, 12);
});

describe('at the edges', () => {
  test('an alpha of 1 leaves open what so many persons do', () => {
    const rows = Array.from({ length: 20 }, (_, person) => Array<number>(6).fill(person % 2));
    const unseen = 1 - 0.025 ** (1 / 20);
    // Of the persons a share `unseen` with independent items: 1 - alpha = u / (u + k (1 - u)).
    expect(spanAlpha(sampleOf(rows, { min: 0, max: 1 }))).toEqual({
      low: expect.closeTo(1 - unseen / (unseen + 6 * (1 - unseen)), 12),
      high: 1,
      level: 0.95,
    });
  });

  test('nearly all at one end, too few persons or items, no variance: n/a', () => {
    const keyed = { min: 0, max: 1 };
    const high = Array.from({ length: 30 }, (_, person) => (person < 2 ? [1, 0, 1] : [1, 1, 1]));
    expect(spanAlpha(sampleOf(high, keyed))).toEqual({
      notAvailable: 'too few persons are away from one end of the scale',
    });
    expect(spanAlpha(sampleOf(FEW.slice(0, 2), MOOD))).toEqual({
      notAvailable: 'fewer than 3 persons',
    });
    expect(spanAlpha(sampleOf([[1], [2], [3]]))).toEqual({ notAvailable: 'fewer than 2 items' });
    expect(
      spanAlpha(
        sampleOf([
          [1, 2],
          [1, 2],
          [1, 2],
        ]),
      ),
    ).toEqual({
      notAvailable: 'the total does not vary',
    });
    expect(
      spanAlpha(
        sampleOf([
          [1, 2],
          [2, 1],
          [1, 2],
        ]),
      ),
    ).toEqual({
      notAvailable: 'the total does not vary',
    });
  });
});
