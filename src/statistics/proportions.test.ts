import { describe, expect, test } from 'vitest';
import { binomialCdf, binomialSurvival } from './distributions.ts';
import type { Interval } from './interval.ts';
import {
  clopperPearsonInterval,
  compareProportions,
  type ProportionComparison,
  wilsonInterval,
} from './proportions.ts';

function expectClose(actual: number, expected: number): void {
  expect(Math.abs(actual - expected), `${actual} for ${expected}`).toBeLessThanOrEqual(
    1e-12 * Math.abs(expected),
  );
}

const count = (successes: number, n: number) => ({ successes, n });

/** statsmodels 0.15.0: proportions_ztest([a, c], [b, d]) */
test.each([
  [40, 100, 55, 110, -0.1, -1.4541033236921437, 0.14591766224414718],
  [2100, 4130, 2350, 4130, -250 / 4130, -5.518074237928519, 3.4273465317832e-8],
  [3, 4130, 0, 4130, 3 / 4130, 1.7323654303453941, 0.0832085189669218],
  [0, 50, 1, 7, -1 / 7, -2.696369441168125, 0.00700998715358735],
])('%d of %d against %d of %d', (a, b, c, d, difference, z, p) => {
  const result = compareProportions(count(a, b), count(c, d)) as ProportionComparison;
  expectClose(result.difference, difference);
  expectClose(result.z, z);
  expectClose(result.p, p);
});

test('a difference beyond the doubles has p 0 only there', () => {
  // statsmodels 0.15.0 gives z = 88.70995583797466 and p = 0 as well: exp(-z²/2) is 1e-1709.
  const result = compareProportions(count(4130, 4130), count(100, 4130)) as ProportionComparison;
  expectClose(result.z, 88.70995583797466);
  expect(result.p).toBe(0);
  // R 4.2.2: 2 * pnorm(-sqrt(1000))
  expectClose(
    (compareProportions(count(500, 500), count(0, 500)) as ProportionComparison).p,
    1.795832784800769e-219,
  );
});

test('groups that are both constant, or empty, have no test', () => {
  const constant = { notAvailable: 'both groups are constant' };
  expect(compareProportions(count(0, 5), count(0, 9))).toEqual(constant);
  expect(compareProportions(count(5, 5), count(9, 9))).toEqual(constant);
  expect(compareProportions(count(0, 0), count(3, 9))).toEqual({
    notAvailable: 'a group is empty',
  });
  expect(compareProportions(count(5, 5), count(0, 9))).toHaveProperty('p');
});

/** statsmodels 0.15.0: proportion_confint(k, n, 0.05 or 0.01, 'wilson' or 'beta') */
const INTERVALS: readonly [number, number, number, 'wilson' | 'beta', number, number][] = [
  [0, 10, 0.95, 'wilson', 0, 0.27753279986288926],
  [0, 10, 0.95, 'beta', 0, 0.30849710781876083],
  [3, 10, 0.95, 'wilson', 0.10779126740630104, 0.6032218525388546],
  [3, 10, 0.95, 'beta', 0.06673951117773447, 0.6524528500599973],
  [3, 10, 0.99, 'wilson', 0.07956631652306578, 0.6799753207988974],
  [3, 10, 0.99, 'beta', 0.03700722109623209, 0.7351139852871307],
  [10, 10, 0.95, 'wilson', 0.7224672001371106, 1],
  [10, 10, 0.95, 'beta', 0.6915028921812392, 1],
  [410, 826, 0.95, 'wilson', 0.4623668242562991, 0.5304028789969863],
  [410, 826, 0.95, 'beta', 0.4617307095170036, 0.5310313689467698],
  [1, 4130, 0.95, 'wilson', 0.000042743301738375206, 0.0013703391492660675],
  [1, 4130, 0.95, 'beta', 0.0000061302010611583305, 0.001348319768599259],
  [4129, 4130, 0.99, 'wilson', 0.9979410075832373, 0.9999715718885174],
  [4129, 4130, 0.99, 'beta', 0.998202337025696, 0.9999987863102223],
];

test.each(INTERVALS)(
  'interval of %d of %d at %d by %s',
  (successes, n, level, method, low, high) => {
    const interval = (method === 'wilson' ? wilsonInterval : clopperPearsonInterval)(
      count(successes, n),
      level,
    ) as Interval;
    expectClose(interval.low, low);
    expectClose(interval.high, high);
    expect(interval.level).toBe(level);
  },
);

test('the limits of Clopper and Pearson cut off exactly their tails', () => {
  const { low, high } = clopperPearsonInterval(count(37, 826)) as Interval;
  expectClose(binomialSurvival(36, 826, low), 0.025);
  expectClose(binomialCdf(37, 826, high), 0.025);
});

describe('no observations and misuse', () => {
  test('no observations', () => {
    expect(wilsonInterval(count(0, 0))).toEqual({ notAvailable: 'no observations' });
    expect(clopperPearsonInterval(count(0, 0))).toEqual({ notAvailable: 'no observations' });
  });

  test.each([
    [-1, 5],
    [6, 5],
    [1.5, 5],
    [Number.NaN, 5],
  ])('%d of %d is refused', (successes, n) => {
    expect(() => wilsonInterval(count(successes, n))).toThrow(RangeError);
    expect(() => clopperPearsonInterval(count(successes, n))).toThrow(RangeError);
    expect(() => compareProportions(count(1, 2), count(successes, n))).toThrow(RangeError);
  });

  test.each([0, 1, 95, Number.NaN])('a level of %d is refused', (level) => {
    expect(() => wilsonInterval(count(1, 5), level)).toThrow(RangeError);
  });
});
