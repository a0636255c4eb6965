/**
 * Cumulative probabilities, survival functions and quantiles. Relative error below 1e-11 in the
 * body and in both tails, down to probabilities of 1e-300 and for degrees of freedom from 1 to 1e6
 * (see the tests for the constants). Survival functions exist because 1 − cdf is zero long before
 * the tail is. A probability below the smallest double, 5e-324, comes out as 0.
 *
 * Parameters that no distribution has (df ≤ 0, a probability of 2) are errors of the caller:
 * RangeError. Points outside the support are not; they have probability 0 or 1. `upperQuantile(q)`
 * is the point above which lies q.
 */
import { betaTails } from './incomplete-beta.ts';
import { gammaTails } from './incomplete-gamma.ts';
import { invertTails, type Tails } from './tails.ts';

type Side = 'lower' | 'upper';

export function normalCdf(z: number): number {
  return normalSurvival(-z);
}

export function normalSurvival(z: number): number {
  return survivalFromSquare(z, gammaTails((requireNumber(z) * z) / 2, 0.5));
}

/** P(|Z| ≥ |z|). */
export function normalTwoSided(z: number): number {
  return gammaTails((requireNumber(z) * z) / 2, 0.5).upper.probability;
}

export function normalQuantile(p: number): number {
  return symmetricQuantile(p, (outside, side) => Math.sqrt(2 * invertGamma(0.5, outside, side)));
}

export function tCdf(t: number, df: number): number {
  return tSurvival(-t, df);
}

export function tSurvival(t: number, df: number): number {
  return survivalFromSquare(t, tTails(t, df));
}

/** P(|T| ≥ |t|). */
export function tTwoSided(t: number, df: number): number {
  return tTails(t, df).upper.probability;
}

export function tQuantile(p: number, df: number): number {
  requirePositive(df);
  return symmetricQuantile(
    p,
    (outside, side) => Math.sqrt(df) * Math.exp(invertBeta(0.5, df / 2, outside, side) / 2),
  );
}

export function fCdf(f: number, df1: number, df2: number): number {
  return fTails(f, df1, df2).lower.probability;
}

export function fSurvival(f: number, df1: number, df2: number): number {
  return fTails(f, df1, df2).upper.probability;
}

export function fQuantile(p: number, df1: number, df2: number): number {
  return invertF(p, df1, df2, 'lower');
}

export function fUpperQuantile(q: number, df1: number, df2: number): number {
  return invertF(q, df1, df2, 'upper');
}

export function chiSquaredCdf(x: number, df: number): number {
  return gammaTails(Math.max(0, requireNumber(x)) / 2, requirePositive(df) / 2).lower.probability;
}

export function chiSquaredSurvival(x: number, df: number): number {
  return gammaTails(Math.max(0, requireNumber(x)) / 2, requirePositive(df) / 2).upper.probability;
}

export function chiSquaredQuantile(p: number, df: number): number {
  return 2 * invertGamma(requirePositive(df) / 2, p, 'lower');
}

export function chiSquaredUpperQuantile(q: number, df: number): number {
  return 2 * invertGamma(requirePositive(df) / 2, q, 'upper');
}

export function betaCdf(x: number, a: number, b: number): number {
  return betaTails(logit(x), requirePositive(a), requirePositive(b)).lower.probability;
}

export function betaSurvival(x: number, a: number, b: number): number {
  return betaTails(logit(x), requirePositive(a), requirePositive(b)).upper.probability;
}

export function betaQuantile(p: number, a: number, b: number): number {
  return expit(invertBeta(requirePositive(a), requirePositive(b), p, 'lower'));
}

export function betaUpperQuantile(q: number, a: number, b: number): number {
  return expit(invertBeta(requirePositive(a), requirePositive(b), q, 'upper'));
}

/** P(at most `successes` of `n`, each with probability `rate`). */
export function binomialCdf(successes: number, n: number, rate: number): number {
  return binomialTail(successes, n, rate, 'lower');
}

/** P(more than `successes` of `n`), as in R and SciPy; not "at least". */
export function binomialSurvival(successes: number, n: number, rate: number): number {
  return binomialTail(successes, n, rate, 'upper');
}

/** What two ways of computing one tail may differ by. */
const ROUNDING = 1e-12;

/** The smallest count whose cdf reaches p. */
export function binomialQuantile(p: number, n: number, rate: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a probability lies between 0 and 1, not at ${p}`);
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    // Each tail is compared on its own side, so that neither drowns in a difference from 1. A p
    // that was computed as the cdf of a count must lead back to that count, whatever its last
    // digits.
    const reached =
      p <= 0.5
        ? binomialCdf(middle, n, rate) >= p * (1 - ROUNDING)
        : binomialSurvival(middle, n, rate) <= (1 - p) * (1 + ROUNDING);
    if (reached) high = middle;
    else low = middle + 1;
  }
  return low;
}

function binomialTail(successes: number, n: number, rate: number, side: Side): number {
  if (!Number.isInteger(n) || n < 0)
    throw new RangeError(`a number of trials is a whole number from 0, not ${n}`);
  if (!(rate >= 0 && rate <= 1))
    throw new RangeError(`a rate lies between 0 and 1, not at ${rate}`);
  const most = Math.floor(requireNumber(successes));
  if (most < 0) return side === 'lower' ? 0 : 1;
  if (most >= n) return side === 'lower' ? 1 : 0;
  const tails = betaTails(logit(rate), most + 1, n - most);
  return side === 'lower' ? tails.upper.probability : tails.lower.probability;
}

/** Upper tail of a variable symmetric about 0, from the tails of its square. */
function survivalFromSquare(point: number, { lower, upper }: Tails): number {
  return point > 0 ? upper.probability / 2 : 0.5 + lower.probability / 2;
}

function tTails(t: number, df: number): Tails {
  return betaTails(
    2 * Math.log(Math.abs(requireNumber(t)) / Math.sqrt(requirePositive(df))),
    0.5,
    df / 2,
  );
}

function fTails(f: number, df1: number, df2: number): Tails {
  const odds = Math.max(0, requireNumber(f)) * (requirePositive(df1) / requirePositive(df2));
  return betaTails(Math.log(odds), df1 / 2, df2 / 2);
}

function invertF(probability: number, df1: number, df2: number, side: Side): number {
  const logOdds = invertBeta(requirePositive(df1) / 2, requirePositive(df2) / 2, probability, side);
  return Math.exp(logOdds) * (df2 / df1);
}

/**
 * Quantile of a distribution symmetric about 0, from the distance from 0 that holds a probability
 * inside ("lower" tail of the squared variable) or outside. The smaller of the two is asked for: it
 * is the exact one.
 */
function symmetricQuantile(
  p: number,
  distance: (probability: number, side: Side) => number,
): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a probability lies between 0 and 1, not at ${p}`);
  const inside = Math.abs(2 * p - 1);
  const magnitude =
    inside < 0.5 ? distance(inside, 'lower') : distance(2 * Math.min(p, 1 - p), 'upper');
  return p < 0.5 ? -magnitude : magnitude;
}

/** The logit of the point of the beta distribution that has `probability` on one side. */
function invertBeta(a: number, b: number, probability: number, side: Side): number {
  return invertTails((u) => betaTails(u, a, b), Math.log(a / b), probability, side);
}

function invertGamma(a: number, probability: number, side: Side): number {
  // Relative to the mean: for large shapes u is then small and keeps more digits.
  return a * Math.exp(invertTails((u) => gammaTails(a * Math.exp(u), a), 0, probability, side));
}

function logit(x: number): number {
  if (requireNumber(x) <= 0) return Number.NEGATIVE_INFINITY;
  return x >= 1 ? Number.POSITIVE_INFINITY : Math.log(x) - Math.log1p(-x);
}

function expit(u: number): number {
  return 1 / (1 + Math.exp(-u));
}

function requireNumber(value: number): number {
  if (Number.isNaN(value)) throw new RangeError('NaN is no point of a distribution');
  return value;
}

function requirePositive(parameter: number): number {
  if (!(parameter > 0 && parameter < Number.POSITIVE_INFINITY))
    throw new RangeError(`a parameter is positive and finite, not ${parameter}`);
  return parameter;
}
