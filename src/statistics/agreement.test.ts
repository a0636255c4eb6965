import { describe, expect, test } from 'vitest';
import {
  type Agreement,
  intraclassCorrelation,
  type LimitsOfAgreement,
  limitsOfAgreement,
} from './agreement.ts';
import type { Interval } from './interval.ts';

function expectClose(actual: number, expected: number): void {
  expect(Math.abs(actual - expected), `${actual} for ${expected}`).toBeLessThanOrEqual(
    1e-9 * Math.abs(expected),
  );
}

/** Shrout & Fleiss (1979), Table 2: six targets, four judges. */
const JUDGES = [
  [9, 2, 5, 8],
  [6, 1, 3, 2],
  [8, 4, 6, 8],
  [7, 1, 2, 6],
  [10, 5, 6, 9],
  [6, 2, 4, 7],
];

/** R's `sleep`: two drugs. */
const FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
const SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

/** Answers from 1 to 5 by a rule of whole numbers, so that any language makes the same. */
const answer = (person: number, item: number) =>
  1 +
  Math.floor(((((37 * person) % 101) + ((53 * person * (item + 1) + 29 * item) % 61)) * 5) / 161);
const sum = (person: number, items: readonly number[]) =>
  items.reduce((total, item) => total + answer(person, item), 0);
const persons = Array.from({ length: 826 }, (_, person) => person);

/** R 4.2.2, psych 2.2.9: ICC(x, lmer = FALSE)$results[2, c("ICC", "lower bound", "upper bound")] */
test.each([
  ['four judges', JUDGES, 0.2897637795275592, 0.018786513374712047, 0.7610843696489531],
  [
    'two items',
    persons.map((person) => [answer(person, 0), answer(person, 1)]),
    0.6330749245145763,
    0.5903655059672347,
    0.6722476669650598,
  ],
  [
    'two halves',
    persons.map((person) => [sum(person, [0, 1, 2, 3]), sum(person, [4, 5, 6, 7])]),
    0.8920078018157805,
    0.877180184000072,
    0.9051362798120208,
  ],
  [
    'two drugs',
    FIRST.map((value, person) => [value, SECOND[person]!]),
    0.5962182528607313,
    -0.09802381370195862,
    0.8935003865114306,
  ],
])('ICC(A,1) of %s', (_, scores, icc, low, high) => {
  const result = intraclassCorrelation(scores) as Agreement;
  const interval = result.interval as Interval;
  expectClose(result.icc, icc);
  expectClose(interval.low, low);
  expectClose(interval.high, high);
});

describe('ICC(A,1) at the edges', () => {
  test('complete agreement has no interval', () => {
    expect(
      intraclassCorrelation([
        [1, 1],
        [2, 2],
        [5, 5],
      ]),
    ).toEqual({
      persons: 3,
      raters: 2,
      icc: 1,
      interval: { notAvailable: 'the raters agree completely' },
    });
  });

  test('raters that differ by a constant do not agree absolutely', () => {
    const result = intraclassCorrelation([
      [1, 2],
      [2, 3],
      [3, 4],
    ]) as Agreement;
    expect(result.icc).toBeCloseTo(2 / 3, 14);
    // Here no error is left to divide by; the interval is the limit of those with ever less error.
    const nearly = intraclassCorrelation([
      [1, 2],
      [2, 3 + 1e-6],
      [3, 4],
    ]) as Agreement;
    expect((result.interval as Interval).low).toBeCloseTo((nearly.interval as Interval).low, 5);
    expect((result.interval as Interval).high).toBeCloseTo((nearly.interval as Interval).high, 5);
  });

  test('not available', () => {
    expect(intraclassCorrelation([[1, 2]])).toEqual({ notAvailable: 'fewer than 2 persons' });
    expect(intraclassCorrelation([[1], [2]])).toEqual({ notAvailable: 'fewer than 2 raters' });
    expect(
      intraclassCorrelation([
        [0.1, 0.1],
        [0.1, 0.1],
      ]),
    ).toEqual({ notAvailable: 'all scores are equal' });
  });

  test('persons with different numbers of scores, and missing scores, are refused', () => {
    expect(() => intraclassCorrelation([[1, 2], [1]])).toThrow(RangeError);
    expect(() =>
      intraclassCorrelation([
        [1, 2],
        [1, Number.NaN],
      ]),
    ).toThrow(RangeError);
  });
});

describe('limits of agreement', () => {
  /**
   * R 4.2.2: d <- a - b; s <- sd(d); z <- qnorm(.975); q <- qt(.975, 9); e <- s * sqrt(1/10 +
   * z^2/18); mean(d) ± q s/√10; mean(d) - z s, ± q e; mean(d) + z s, ± q e
   */
  test('of two drugs', () => {
    const { n, bias, sd, lower, upper } = limitsOfAgreement(FIRST, SECOND) as LimitsOfAgreement;
    const actual = [bias, lower, upper].flatMap(({ value, interval }) => [
      value,
      interval.low,
      interval.high,
    ]);
    const expected = [-1.58, -2.459885763276983, -0.7001142367230175];
    expected.push(
      -3.990746848375489,
      -5.548453769114681,
      -2.4330399276362975,
      0.830746848375489,
      -0.7269600723637026,
      2.3884537691146805,
    );
    actual.forEach((value, index) => {
      expectClose(value, expected[index]!);
    });
    expect(n).toBe(10);
    expectClose(sd, 1.2299954832798732);
  });

  test('constant differences have limits without width', () => {
    const result = limitsOfAgreement([1, 2, 3], [2, 3, 4]) as LimitsOfAgreement;
    expect([result.bias.value, result.lower.value, result.upper.value, result.sd]).toEqual([
      -1, -1, -1, 0,
    ]);
  });

  test('not available below 2 pairs', () => {
    expect(limitsOfAgreement([1], [2])).toEqual({ notAvailable: 'fewer than 2 pairs' });
  });

  test('a share of 1 and lists of unequal length are refused', () => {
    expect(() => limitsOfAgreement(FIRST, SECOND, 1)).toThrow(RangeError);
    expect(() => limitsOfAgreement([1, 2], [1])).toThrow(RangeError);
  });
});
