import { describe, expect, test } from 'vitest';
import {
  cronbachAlpha,
  cronbachAlphaOfVaryingItems,
  cronbachAlphaPairwise,
  itemTotalCorrelations,
  type Reliability,
} from './reliability.ts';

function expectClose(actual: number, expected: number): void {
  expect(Math.abs(actual - expected), `${actual} for ${expected}`).toBeLessThanOrEqual(
    1e-10 * Math.abs(expected),
  );
}

/** Answers from 1 to 5 by a rule of whole numbers, so that any language makes the same. */
const answer = (person: number, item: number) =>
  1 +
  Math.floor(((((37 * person) % 101) + ((53 * person * (item + 1) + 29 * item) % 61)) * 5) / 161);
const matrix = (persons: number, items: number) =>
  Array.from({ length: persons }, (_, person) =>
    Array.from({ length: items }, (_, item) => answer(person, item)),
  );
const LARGE = matrix(826, 8);
const SMALL = matrix(30, 4);
const YES_NO = matrix(60, 6).map((person) => person.map((points) => (points > 3 ? 1 : 0)));

/**
 * R 4.2.2, psych 2.2.9: alpha(M)$total$raw_alpha; the interval 1 - (1 - alpha) * qf(c(.975, .025),
 * n - 1, (n - 1) * (k - 1)), which psych::alpha.ci and pingouin 0.7.0 give too, rounded.
 */
test.each([
  ['826 x 8', LARGE, 0.9433376436609487, 0.9373033522931675, 0.9489980710978442],
  ['30 x 4', SMALL, 0.8957150094659094, 0.8178183084662256, 0.9455261773488164],
  ['60 x 6 of 0 and 1', YES_NO, 0.8741157918450101, 0.8174456771078306, 0.9177014140789413],
])('alpha of %s', (_, points, alpha, low, high) => {
  const result = cronbachAlpha(points) as Reliability;
  expectClose(result.alpha, alpha);
  expectClose(result.interval.low, low);
  expectClose(result.interval.high, high);
  expect([result.persons, result.items]).toEqual([points.length, points[0]!.length]);
});

/** psych 2.2.9: alpha(M)$item.stats$r.drop */
test.each([
  [
    '30 x 4',
    SMALL,
    [0.8093935990031945, 0.6522355897942207, 0.8322020401504896, 0.7897359595145351],
  ],
  [
    '60 x 6',
    YES_NO,
    [
      0.7240175103379028, 0.6140664152409492, 0.6084398636428988, 0.6301232303842931,
      0.769610355125685, 0.7159890337101238,
    ],
  ],
])('corrected item-total correlations of %s', (_, points, expected) => {
  const correlations = itemTotalCorrelations(points);
  expect(correlations).toHaveLength(expected.length);
  correlations.forEach((r, item) => {
    expectClose(r as number, expected[item]!);
  });
});

describe('items on which nobody differs', () => {
  const padded = SMALL.map(([a, b, c, d]) => [a!, 3, b!, c!, 0.1, d!]);

  test('stay in and lower alpha by their number alone', () => {
    const shrink = (6 / 5) * (3 / 4);
    expectClose((cronbachAlpha(padded) as Reliability).alpha, 0.8957150094659094 * shrink);
  });

  test('are left out on request, and named', () => {
    expect(cronbachAlphaOfVaryingItems(padded)).toEqual({
      ...cronbachAlpha(SMALL),
      constantItems: [1, 4],
    });
    expect(cronbachAlphaOfVaryingItems(SMALL)).toEqual({
      ...cronbachAlpha(SMALL),
      constantItems: [],
    });
  });

  test('have no correlation', () => {
    expect(itemTotalCorrelations(padded)[1]).toEqual({
      notAvailable: 'one of the variables is constant',
    });
  });
});

test('equal items are perfectly reliable', () => {
  const result = cronbachAlpha([1, 2, 5].map((points) => [points, points, points])) as Reliability;
  expect(result.alpha).toBeCloseTo(1, 14);
});

test('items that undo each other give a negative alpha', () => {
  expect(
    (
      cronbachAlpha([
        [1, 5],
        [5, 1],
        [2, 5],
        [4, 1],
      ]) as Reliability
    ).alpha,
  ).toBeLessThan(0);
});

describe('not available', () => {
  test.each([
    ['fewer than 2 persons', [[1, 2, 3]]],
    ['fewer than 2 persons', []],
    ['fewer than 2 items', [[1], [2], [3]]],
    [
      'the total does not vary',
      [
        [1, 1],
        [1, 1],
      ],
    ],
    [
      'the total does not vary',
      [
        [1, 2],
        [2, 1],
        [0, 3],
      ],
    ],
    [
      'the total does not vary',
      [
        [0.1, 0.2],
        [0.2, 0.1],
      ],
    ],
  ])('%s: %j', (reason, points) => {
    expect(cronbachAlpha(points)).toEqual({ notAvailable: reason });
  });

  test('when the total varies by rounding only', () => {
    expect(
      cronbachAlpha([
        [0.1 + 0.2, -0.3],
        [0.1, -0.1],
        [0.4, -0.4],
      ]),
    ).toEqual({ notAvailable: 'the total does not vary' });
  });

  test('without two items that vary', () => {
    expect(
      cronbachAlphaOfVaryingItems([
        [1, 2, 3],
        [1, 2, 4],
      ]),
    ).toEqual({ notAvailable: 'fewer than 2 items vary' });
    expect(cronbachAlphaOfVaryingItems([[1, 2, 3]])).toEqual({
      notAvailable: 'fewer than 2 persons',
    });
    expect(
      cronbachAlphaOfVaryingItems([
        [1, 2],
        [2, 1],
      ]),
    ).toEqual({ notAvailable: 'the total does not vary' });
    expect(itemTotalCorrelations([[1], [2]])).toEqual([{ notAvailable: 'fewer than 2 items' }]);
    expect(
      itemTotalCorrelations([
        [1, 2],
        [2, 3],
      ])[0],
    ).toEqual({ notAvailable: 'fewer than 3 pairs' });
  });
});

test('persons with different numbers of items, and missing answers, are refused', () => {
  for (const points of [
    [[1, 2], [1]],
    [
      [1, 2],
      [1, Number.NaN],
    ],
  ]) {
    expect(() => cronbachAlpha(points)).toThrow(RangeError);
    expect(() => cronbachAlphaOfVaryingItems(points)).toThrow(RangeError);
  }
  expect(() => itemTotalCorrelations([[1, 2], [1]])).toThrow(RangeError);
});

describe('where points are missing', () => {
  const NONE = Number.NaN;
  const GAPS = [
    [1, 1, 0, 1],
    [0, NONE, 0, 0],
    [1, 1, 1, 1],
    [0, 0, NONE, 1],
    [1, 0, 1, 1],
    [0, 0, 0, 0],
    [1, 1, 1, NONE],
    [NONE, NONE, NONE, NONE],
  ];

  /**
   * R 4.2.2: C <- cov(M, use = "pairwise"); k/(k-1) * (1 - sum(diag(C)) / sum(C)); pingouin 0.5.3
   * agrees; n counts all rows.
   */
  test.each([
    ['four items', GAPS, 0.829953198127925, 0.4951939055910064, 0.9618047660515514],
    [
      'and one on which nobody differs',
      GAPS.map((row) => [...row, 1]),
      0.7780811232449297,
      0.3826308385384307,
      0.9493048188322211,
    ],
  ])('pairwise alpha of %s', (_, points, alpha, low, high) => {
    const result = cronbachAlphaPairwise(points) as Reliability;
    expectClose(result.alpha, alpha);
    expectClose(result.interval.low, low);
    expectClose(result.interval.high, high);
    expect([result.persons, result.items]).toEqual([8, points[0]!.length]);
  });

  test('nothing changes where none are', () => {
    const pairwise = cronbachAlphaPairwise(LARGE) as Reliability;
    const plain = cronbachAlpha(LARGE) as Reliability;
    expectClose(pairwise.alpha, plain.alpha);
    expectClose(pairwise.interval.low, plain.interval.low);
  });

  test('covariances of items without common persons count as 0', () => {
    const apart = [
      [0, 0, NONE],
      [1, 1, NONE],
      [0, NONE, 0],
      [1, NONE, 1],
    ];
    // Variances 1/3, 1/2, 1/2; covariances 1/2, 1/2 and none.
    expectClose(
      (cronbachAlphaPairwise(apart) as Reliability).alpha,
      1.5 * (1 - 4 / 3 / (4 / 3 + 2)),
    );
  });

  test.each([
    ['fewer than 2 persons', [[1, 2]]],
    ['fewer than 2 items', [[1], [2]]],
    [
      'an item has fewer than 2 points',
      [
        [1, NONE],
        [2, NONE],
        [3, 1],
      ],
    ],
    [
      'no item varies',
      [
        [1, 2],
        [1, 2],
        [1, NONE],
      ],
    ],
    [
      'the total does not vary',
      [
        [1, 5],
        [5, 1],
        [2, 4],
      ],
    ],
  ])('not available: %s', (reason, points) => {
    expect(cronbachAlphaPairwise(points)).toEqual({ notAvailable: reason });
  });
});
