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

const RANGE = { min: 1, max: 5, step: 1 };

/**
 * R 4.2.2: psych 2.2.9, ICC(x, lmer = FALSE)$results[2, "ICC"]; the interval is that of
 * w <- sapply(1:n, function(i) icc(x[-i], y[-i])); v <- (n - 1)/n * (mean(w) - w);
 * r <- n * icc(x, y) - (n - 1) * mean(w); se <- sqrt(n/(n - 1) * sum(v^2));
 * k <- n * sum(v^4)/sum(v^2)^2 - (n - 3)/(n - 1); df <- min(n - 1, max(6, 2 * n/k));
 * tanh(atanh(r) + c(-1, 1) * qt(.975, df) * se/(1 - r^2))
 */
test.each([
  [
    'two items',
    persons.map((person) => [answer(person, 0), answer(person, 1)]),
    RANGE,
    [0.6330749245145763, 0.596900760739752, 0.667154224339825],
  ],
  [
    'two halves',
    persons.map((person) => [sum(person, [0, 1, 2, 3]), sum(person, [4, 5, 6, 7])]),
    { min: 4, max: 20, step: 1 },
    [0.8920078018157805, 0.878203712959887, 0.904498829022801],
  ],
  [
    'a sheet and its persona',
    [0, 1, 2, 3, 4, 5, 6, 2].map((score, person) => [score, [0, 2, 2, 4, 4, 6, 6, 1.5][person]!]),
    { min: 0, max: 6, step: 1 },
    [0.9542943244600701, 0.712208363765349, 0.996069838014304],
  ],
  [
    'two drugs',
    FIRST.map((value, person) => [value, SECOND[person]!]),
    { min: -2, max: 6, step: 0.1 },
    [0.5962182528607313, -0.11643618736997, 0.908832852259012],
  ],
])('ICC(A,1) of %s', (_, scores, range, [icc, low, high]) => {
  const result = intraclassCorrelation(
    scores.map((pair) => pair[0]!),
    scores.map((pair) => pair[1]!),
    range,
  ) as Agreement;
  const interval = result.interval as Interval;
  expectClose(result.icc, icc!);
  expectClose(interval.low, low!);
  expectClose(interval.high, high!);
});

describe('of a single score where the second is a mean', () => {
  /** Mean squared distances of single scores from the mean. */
  const WITHIN = [0.1, 0, 0.3, 0.2, 0, 0.5, 0.1, 0.2, 0.4, 0];

  // R 4.2.2: as above, with mean(within) in the denominator of the ICC.
  test('the ICC has the variance within persons in it', () => {
    const result = intraclassCorrelation(
      FIRST,
      SECOND,
      { min: -2, max: 6, step: 0.1 },
      { within: WITHIN },
    ) as Agreement;
    expectClose(result.icc, 0.585193809067251);
    const { low, high } = result.interval as Interval;
    expectClose(low, -0.10845378922097);
    expectClose(high, 0.901087204733316);
  });

  /**
   * R 4.2.2: d <- a - b; w <- mean(within); tot <- var(d) + w; U <- tot + sqrt((var(d) * (9/
   * qchisq(.025, 9) - 1))^2 + (w * (20/qchisq(.025, 20) - 1))^2), L likewise; z <- qnorm(.975);
   * mean(d) - z sqrt(tot) - sqrt(z^2 * var(d)/10 + z^2 * (sqrt(U) - sqrt(tot))^2) and so on
   */
  test('limits of agreement are those of Bland & Altman and Zou', () => {
    const replicates = { within: WITHIN, df: 20 };
    const { sd, lower, upper } = limitsOfAgreement(FIRST, SECOND, {
      replicates,
    }) as LimitsOfAgreement;
    expectClose(sd, 1.30111063668271);
    const actual = [lower, upper].flatMap(({ value, interval }) => [
      value,
      interval.low,
      interval.high,
    ]);
    const expected = [-4.13012998780009, -6.20629513639774, -3.09601515684806];
    expected.push(0.9701299878000915, -0.0639848431519419, 3.04629513639774);
    actual.forEach((value, index) => {
      expectClose(value, expected[index]!);
    });
  });

  test('scores that do not vary within persons change nothing', () => {
    const within = new Float64Array(10);
    const range = { min: -2, max: 6, step: 0.1 };
    expect(intraclassCorrelation(FIRST, SECOND, range, { within })).toEqual(
      intraclassCorrelation(FIRST, SECOND, range),
    );
    expect(limitsOfAgreement(FIRST, SECOND, { replicates: { within, df: 20 } })).toEqual(
      limitsOfAgreement(FIRST, SECOND),
    );
  });
});

describe('ICC(A,1) at the edges', () => {
  const intervalOf = (first: readonly number[], second: readonly number[]) =>
    (intraclassCorrelation(first, second, RANGE) as Agreement).interval;

  test('complete agreement leaves open what so many persons do', () => {
    const same = Array.from({ length: 20 }, (_, person) => 1 + (person % 5));
    const result = intraclassCorrelation(same, same, RANGE) as Agreement;
    expect(result).toMatchObject({ n: 20, icc: 1, interval: { high: 1 } });
    // R 4.2.2: 1 - binom.test(0, 20)$conf.int[2]
    expectClose((result.interval as Interval).low, 1 - 0.168433470983085);
  });

  test('scores that differ by a constant do not agree absolutely', () => {
    const result = intraclassCorrelation([1, 2, 3], [2, 3, 4], RANGE) as Agreement;
    expect(result.icc).toBeCloseTo(2 / 3, 14);
  });

  test('of scores that do not vary on one side the ICC is exactly 0', () => {
    // Means of three, which are the same on paper only.
    const constant = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? 2.6 : (3 * 2.6) / 3));
    const other = Array.from({ length: 20 }, (_, person) => 1 + (person % 5));
    expect(intraclassCorrelation(other, constant, RANGE)).toEqual({
      n: 20,
      icc: 0,
      interval: { notAvailable: 'the scores of one of the two do not vary' },
    });
  });

  test('nearly all at one end: no interval', () => {
    const low = [1, 1, 1, 1, 1, 1, 1, 1, 2, 5];
    expect(intervalOf(low, low.toReversed())).toEqual({
      notAvailable: 'too few persons are away from one end of the scale',
    });
    expect(intervalOf([1, 5], [5, 1])).toEqual({ notAvailable: 'fewer than 3 persons' });
  });

  test('not available', () => {
    expect(intraclassCorrelation([1], [2], RANGE)).toEqual({
      notAvailable: 'fewer than 2 persons',
    });
    expect(intraclassCorrelation([0.1, 0.1], [0.1, 0.1], RANGE)).toEqual({
      notAvailable: 'all scores are equal',
    });
  });

  test('lists of unequal length, and missing scores, are refused', () => {
    expect(() => intraclassCorrelation([1, 2], [1], RANGE)).toThrow(RangeError);
    expect(() => intraclassCorrelation([1, 2], [1, Number.NaN], RANGE)).toThrow(RangeError);
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
    expect(() => limitsOfAgreement(FIRST, SECOND, { share: 1 })).toThrow(RangeError);
    expect(() => limitsOfAgreement([1, 2], [1])).toThrow(RangeError);
  });
});
