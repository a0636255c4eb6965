import { describe, expect, test } from 'vitest';
import { compareClusteredMeans } from './clusters.ts';
import { isAvailable } from './not-available.ts';
import { errorOfShare, fewestFor, halfWidth, powerOfEquivalence, powerOfT } from './power.ts';
import { drawBelow, randomWords } from './random.ts';

const paired = (n: number, d: number, alpha = 0.05) => powerOfT(d * Math.sqrt(n), n - 1, alpha);

describe('power of the paired t test', () => {
  /** R 4.2.2: power.t.test(n, delta, sd = 1, sig.level, type = "paired", strict = TRUE)$power */
  test.each([
    [20, 0.5, 0.05, 0.564504418439],
    [100, 0.2, 0.05, 0.508264806621],
    [5, 1, 0.01, 0.12838794078],
  ])('of %i persons for d = %f at %f is that of R', (n, d, alpha, power) => {
    expect(paired(n, d, alpha)).toBeCloseTo(power, 7);
  });

  test('without a difference is the level', () => {
    expect(paired(2, 0)).toBeCloseTo(0.05, 6);
    expect(paired(826, 0)).toBeCloseTo(0.05, 9);
  });

  /** power.t.test(power = .8, delta = .3, sd = 1, type = "paired", strict = TRUE)$n: 89.15 */
  test('needs as many persons as R says', () => {
    expect(fewestFor(0.8, (n) => paired(n, 0.3))).toBe(90);
    expect(fewestFor(0.8, (n) => paired(n, 0))).toBeNull();
  });
});

/**
 * R 4.2.2: integrate over s of (pnorm((b - 0) * sqrt(n) - tc * s) - pnorm(-b * sqrt(n) + tc * s)) *
 * 2 * s * (n - 1) * dchisq((n - 1) * s^2, n - 1), tc = qt(.95, n - 1)
 */
test('power of equivalence is that of R’s integral', () => {
  const power = (n: number) => powerOfEquivalence(0.5 * Math.sqrt(n), n - 1, 0.05);
  expect(power(20)).toBeCloseTo(0.39346305083, 5);
  expect(power(30)).toBeCloseTo(0.696508614164, 5);
});

describe('shares', () => {
  test('with one draw, or draws that have nothing in common, are binomial', () => {
    const binomial = Math.sqrt((0.3 * 0.7) / 60);
    expect(errorOfShare(0.3, { n: 60, draws: 1, icc: 1 })).toBeCloseTo(binomial, 12);
    expect(errorOfShare(0.3, { n: 20, draws: 3, icc: 0 })).toBeCloseTo(binomial, 12);
    expect(errorOfShare(0.3, { n: 60, draws: 3, icc: 1 })).toBeCloseTo(binomial, 12);
  });

  test('a half width is Student’s', () => {
    expect(halfWidth(2, 9)).toBeCloseTo(2 * 2.2621571628, 8);
  });

  test('power for a difference is that of simulated studies', () => {
    const words = randomWords(5);
    const isBelow = (share: number) => drawBelow(10_000, words) < share * 10_000;
    // Draws repeat the first with probability √.5, so that two of them correlate by .5.
    const draws = (share: number) => {
      const first = isBelow(share);
      return [0, 1, 2].map(() => Number(isBelow(Math.SQRT1_2) ? first : isBelow(share)));
    };
    const [n, studies] = [80, 600];
    let found = 0;
    for (let study = 0; study < studies; study++) {
      const [one, two] = [0.4, 0.6].map((share) => ({
        values: Array.from({ length: n }, () => draws(share)).flat(),
        clusters: Array.from({ length: 3 * n }, (_, at) => Math.floor(at / 3)),
      }));
      const test = compareClusteredMeans(one!, two!);
      if (isAvailable(test) && test.p < 0.05) found++;
    }
    const error = Math.hypot(
      ...[0.4, 0.6].map((share) => errorOfShare(share, { n, draws: 3, icc: 0.5 })),
    );
    expect(Math.abs(found / studies - powerOfT(0.2 / error, n - 1, 0.05))).toBeLessThan(0.06);
  });
});
