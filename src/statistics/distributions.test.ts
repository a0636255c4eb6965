import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  betaCdf,
  betaQuantile,
  betaSurvival,
  betaUpperQuantile,
  binomialCdf,
  binomialQuantile,
  binomialSurvival,
  chiSquaredCdf,
  chiSquaredQuantile,
  chiSquaredSurvival,
  chiSquaredUpperQuantile,
  fCdf,
  fQuantile,
  fSurvival,
  fUpperQuantile,
  normalCdf,
  normalQuantile,
  normalSurvival,
  normalTwoSided,
  tCdf,
  tQuantile,
  tSurvival,
  tTwoSided,
} from './distributions.ts';

interface Table {
  readonly command: string;
  readonly rows: readonly (readonly number[])[];
}
/** Constants made with R; the file names the commands. */
const R = JSON.parse(
  readFileSync(new URL('./distributions.fixture.json', import.meta.url), 'utf8'),
) as Record<string, Table>;

const RUN = { seed: 20_261_123, numRuns: 500 };

function relativeError(actual: number, expected: number): number {
  return actual === expected ? 0 : Math.abs(actual - expected) / Math.abs(expected);
}

function expectClose(actual: number, expected: number, limit: number, at: unknown): void {
  const error = relativeError(actual, expected);
  expect(error, `${JSON.stringify(at)}: ${actual} for ${expected}`).toBeLessThanOrEqual(limit);
}

type Point = (a: number, b: number, c: number) => number;

/** Table → the functions that give its last columns from the first ones. */
const FUNCTIONS: Readonly<Record<string, readonly Point[]>> = {
  tTwoSided: [tTwoSided],
  f: [fCdf, fSurvival],
  normal: [normalSurvival],
  chiSquared: [chiSquaredCdf, chiSquaredSurvival],
  beta: [betaCdf, betaSurvival],
  binomial: [binomialCdf, binomialSurvival],
  tQuantile: [tQuantile],
  normalQuantile: [normalQuantile],
  fQuantile: [fQuantile],
  chiSquaredQuantile: [chiSquaredQuantile],
  betaQuantile: [betaQuantile],
  binomialQuantile: [binomialQuantile],
};

describe('constants of R', () => {
  test.each(Object.entries(FUNCTIONS))('%s', (name, functions) => {
    const { rows } = R[name]!;
    expect(rows.length).toBeGreaterThan(5);
    for (const row of rows) {
      const [a, b, c] = row as [number, number, number];
      functions.forEach((evaluate, index) => {
        expectClose(evaluate(a, b, c), row[row.length - functions.length + index]!, 1e-12, [
          name,
          row,
        ]);
      });
    }
  });

  test('reach 1e-300 for t, z and F', () => {
    const smallest = (name: string) => Math.min(...R[name]!.rows.flatMap((row) => row.slice(-1)));
    expect(smallest('tTwoSided')).toBeLessThan(1e-290);
    expect(smallest('normal')).toBeLessThan(1e-299);
    expect(smallest('f')).toBeLessThan(1e-290);
  });
});

/**
 * Where R 4.2 itself is off (its qf stops early in the lower tail), and beyond its grid. 60 digits
 * of mpmath 1.4.1: findroot(lambda u: log(betainc(a, b, 0, 1/(1+exp(-u)), regularized=True)/p), …),
 * a = df1/2, b = df2/2, f = df2/df1 exp(u).
 */
test.each([
  [1e-12, 5, 8, 0.000008716207839311795],
  [1e-12, 1, 30, 1.5971907257747137e-24],
  [1e-12, 3, 2.5, 6.873873599323983e-9],
  [0.025, 1, 30, 0.0009985875896366965],
])('fQuantile(%d, %d, %d)', (p, df1, df2, f) => {
  expectClose(fQuantile(p, df1, df2), f, 1e-12, [p, df1, df2]);
});

describe('closed forms', () => {
  const points = [1e-8, 0.3, 1, 2.5, 40, 1e5, 1e150];

  test('t with 1 degree of freedom is Cauchy', () => {
    for (const t of points) expectClose(tSurvival(t, 1), Math.atan(1 / t) / Math.PI, 1e-13, t);
    expectClose(tQuantile(1e-300, 1), -1 / Math.tan(Math.PI * 1e-300), 1e-12, 'quantile');
  });

  test('t with 2 degrees of freedom', () => {
    for (const t of points.filter((point) => point < 1e100)) {
      const root = Math.sqrt(2 + t * t);
      expectClose(tSurvival(t, 2), 1 / (root * (root + t)), 1e-13, t);
    }
  });

  test('F with 2 numerator degrees of freedom', () => {
    for (const f of points)
      expectClose(fSurvival(f, 2, 9), Math.exp(-4.5 * Math.log1p((2 * f) / 9)), 1e-12, f);
  });

  test('chi-squared with 2 degrees of freedom is exponential', () => {
    for (const x of [1e-300, 1e-8, 0.3, 2, 40, 1300]) {
      expectClose(chiSquaredCdf(x, 2), -Math.expm1(-x / 2), 1e-13, x);
      expectClose(chiSquaredSurvival(x, 2), Math.exp(-x / 2), 1e-12, x);
    }
  });

  test('beta with one shape 1 is a power', () => {
    for (const x of [1e-300, 1e-9, 0.2, 0.9]) {
      expectClose(betaCdf(x, 3.5, 1), x ** 3.5, 1e-12, x);
      expectClose(betaSurvival(x, 1, 3.5), (1 - x) ** 3.5, 1e-12, x);
    }
  });

  test('binomial probabilities add up', () => {
    let sum = 0;
    let mass = 0.7 ** 20;
    for (let k = 0; k < 20; k++) {
      sum += mass;
      expectClose(binomialCdf(k, 20, 0.3), sum, 1e-12, k);
      mass *= ((20 - k) / (k + 1)) * (0.3 / 0.7);
    }
  });
});

const df = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.double({ min: 1, max: 1e6, noNaN: true }));
/** From 1e-300 to one half, evenly in the exponent. */
const smallTail = fc
  .double({ min: Math.log(1e-300), max: Math.log(0.5), noNaN: true })
  .map(Math.exp);

describe('identities', () => {
  test('both tails sum to 1 and reflect', () => {
    fc.assert(
      fc.property(fc.double({ min: -50, max: 50, noNaN: true }), df, df, (x, df1, df2) => {
        expectClose(tCdf(x, df1) + tSurvival(x, df1), 1, 1e-15, 't');
        expectClose(tCdf(x, df1), tSurvival(-x, df1), 0, 't reflected');
        expectClose(normalCdf(x), normalSurvival(-x), 0, 'normal reflected');
        const f = Math.abs(x) / 10;
        expectClose(fCdf(f, df1, df2) + fSurvival(f, df1, df2), 1, 1e-15, 'F');
        if (f > 0)
          expectClose(fSurvival(1 / f, df2, df1) + 1, fCdf(f, df1, df2) + 1, 1e-10, 'F reflected');
        const half = Math.round(f * 100) / 1024;
        expectClose(
          betaCdf(half, df1, df2),
          betaSurvival(1 - half, df2, df1),
          1e-13,
          'beta reflected',
        );
      }),
      RUN,
    );
  });

  test('t squared is F with 1 numerator degree of freedom, and z squared chi-squared with 1', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 40, noNaN: true }), df, (t, df1) => {
        expectClose(tTwoSided(t, df1), fSurvival(t * t, 1, df1), 1e-10, [t, df1]);
        expectClose(normalTwoSided(t), chiSquaredSurvival(t * t, 1), 1e-12, t);
      }),
      RUN,
    );
  });

  test('the binomial is a beta', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, share) => {
          const k = Math.floor(share * n);
          const p = binomialCdf(k, n, 0.5);
          // Below, p may be 0; above, 1 − p is too coarse to tell the counts apart.
          if (p > 1e-300 && p < 0.9) expect(binomialQuantile(p * (1 + 1e-14), n, 0.5)).toBe(k);
          // The same event, counted by failures.
          expectClose(binomialCdf(k, n, 0.4), binomialSurvival(n - k - 1, n, 0.6), 1e-11, [k, n]);
        },
      ),
      RUN,
    );
  });

  test('quantiles come back', () => {
    fc.assert(
      fc.property(smallTail, df, df, (p, df1, df2) => {
        const at = [p, df1, df2];
        // A tail 37 standard deviations out turns one rounding of its point into 1e-11 of its
        // probability.
        expectClose(normalCdf(normalQuantile(p)), p, 3e-11, at);
        expectClose(tCdf(tQuantile(p, df1), df1), p, 3e-11, at);
        expectClose(chiSquaredSurvival(chiSquaredUpperQuantile(p, df1), df1), p, 3e-11, at);
        expectClose(fSurvival(fUpperQuantile(p, df1 + 4, df2 + 4), df1 + 4, df2 + 4), p, 3e-11, at);
        expectClose(fCdf(fQuantile(p, df1 + 4, df2 + 4), df1 + 4, df2 + 4), p, 3e-11, at);
        expectClose(betaCdf(betaQuantile(p, df1 + 2, 5), df1 + 2, 5), p, 1e-9, at);
        expectClose(betaCdf(1 - betaUpperQuantile(p, 5, df1 + 2), df1 + 2, 5) + 1, p + 1, 1e-9, at);
        if (df1 > 4) expectClose(chiSquaredCdf(chiSquaredQuantile(p, df1), df1), p, 3e-11, at);
      }),
      RUN,
    );
  });
});

describe('ends and misuse', () => {
  test('the ends of the supports', () => {
    expect([normalQuantile(0), normalQuantile(0.5), normalQuantile(1)]).toEqual([
      Number.NEGATIVE_INFINITY,
      0,
      Number.POSITIVE_INFINITY,
    ]);
    expect([
      tCdf(0, 5),
      tCdf(Number.POSITIVE_INFINITY, 5),
      tSurvival(Number.POSITIVE_INFINITY, 5),
    ]).toEqual([0.5, 1, 0]);
    expect([fCdf(-1, 2, 3), fCdf(0, 2, 3), fSurvival(Number.POSITIVE_INFINITY, 2, 3)]).toEqual([
      0, 0, 0,
    ]);
    expect([fQuantile(0, 2, 3), fQuantile(1, 2, 3)]).toEqual([0, Number.POSITIVE_INFINITY]);
    expect([
      betaCdf(-1, 2, 3),
      betaCdf(2, 2, 3),
      betaQuantile(0, 2, 3),
      betaQuantile(1, 2, 3),
    ]).toEqual([0, 1, 0, 1]);
    expect([chiSquaredCdf(-1, 3), chiSquaredSurvival(0, 3), chiSquaredCdf(1.7e308, 1)]).toEqual([
      0, 1, 1,
    ]);
    // The true quantile, 1.6e-600, is below the doubles.
    expect(chiSquaredQuantile(1e-300, 1)).toBeLessThan(1e-320);
    expect([
      binomialCdf(-1, 5, 0.5),
      binomialCdf(5, 5, 0.5),
      binomialSurvival(5, 5, 0.5),
      binomialCdf(2, 5, 0),
    ]).toEqual([0, 1, 0, 1]);
    expect([binomialCdf(0, 0, 0.5), binomialQuantile(1, 5, 0.5), binomialCdf(2, 5, 1)]).toEqual([
      1, 5, 0,
    ]);
  });

  test.each([
    ['a point that is NaN', () => tCdf(Number.NaN, 5)],
    ['0 degrees of freedom', () => tCdf(1, 0)],
    ['endless degrees of freedom', () => fCdf(1, Number.POSITIVE_INFINITY, 3)],
    ['a negative shape', () => betaCdf(0.5, -1, 3)],
    ['a probability above 1', () => normalQuantile(1.1)],
    ['a probability that is NaN', () => chiSquaredQuantile(Number.NaN, 3)],
    ['a probability below 0', () => binomialQuantile(-0.1, 5, 0.5)],
    ['half a trial', () => binomialCdf(1, 2.5, 0.5)],
    ['a rate above 1', () => binomialCdf(1, 2, 1.5)],
  ])('%s is refused', (_, misuse) => {
    expect(misuse).toThrow(RangeError);
  });
});
