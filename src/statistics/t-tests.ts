import {
  isRoundingNoise,
  type Numbers,
  requireSameLength,
  type Summary,
  sizeOf,
  subtract,
  summarise,
} from './describe.ts';
import { tQuantile, tSurvival, tTwoSided } from './distributions.ts';
import { DEFAULT_LEVEL, type Interval, intervalAround, tailOf } from './interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from './not-available.ts';

export interface TTest {
  /**
   * The mean, the mean difference (first − second), or the difference of means, in the units of the
   * values.
   */
  readonly estimate: number;
  readonly standardError: number;
  readonly t: number;
  readonly df: number;
  /** Two-sided. */
  readonly p: number;
  /** Student's interval around the estimate. */
  readonly interval: Interval;
}

/**
 * One-sample t test of the mean against `against`. Not available below 2 values and when the values
 * are constant.
 */
export function testMean(
  values: Numbers,
  against = 0,
  level = DEFAULT_LEVEL,
): TTest | NotAvailable {
  const sample = locate(values, Math.abs(against));
  return isAvailable(sample) ? testEstimate(sample, against, level) : sample;
}

/**
 * Paired t test: the one-sample test of first − second. Not available when the differences are
 * constant.
 */
export function testPairedMeans(
  first: Numbers,
  second: Numbers,
  level = DEFAULT_LEVEL,
): TTest | NotAvailable {
  const differences = locateDifferences(first, second);
  return isAvailable(differences) ? testEstimate(differences, 0, level) : differences;
}

/** Welch's t test of two independent samples with unequal variances (df by Satterthwaite 1946). */
export function testIndependentMeans(
  first: Numbers,
  second: Numbers,
  level = DEFAULT_LEVEL,
): TTest | NotAvailable {
  if (first.length < 2 || second.length < 2) return notAvailable('fewer than 2 values in a group');
  const one = summarise(first);
  const two = summarise(second);
  const firstVariance = one.squares / (one.n - 1) / one.n;
  const secondVariance = two.squares / (two.n - 1) / two.n;
  const variance = firstVariance + secondVariance;
  const standardError = Math.sqrt(variance);
  if (isRoundingNoise(standardError, Math.max(Math.abs(one.mean), Math.abs(two.mean))))
    return notAvailable('both groups are constant');
  const firstShare = firstVariance / variance;
  const secondShare = secondVariance / variance;
  const df = 1 / (firstShare ** 2 / (one.n - 1) + secondShare ** 2 / (two.n - 1));
  return testEstimate({ estimate: one.mean - two.mean, standardError, df }, 0, level);
}

/**
 * Difference of the means of two groups of which one may have few values: these may be alike by
 * chance, and Welch's test takes them for sure then. Its p is therefore not smaller than that of
 * Student's test with a common variance, whose t and df stand there in that case, and the interval
 * is the one that holds both. Not available where a group is empty, below 3 values, and where both
 * groups are constant.
 */
export function testGroupMeans(
  first: Numbers,
  second: Numbers,
  level = DEFAULT_LEVEL,
): TTest | NotAvailable {
  if (first.length === 0 || second.length === 0) return notAvailable('a group is empty');
  if (first.length + second.length < 3) return notAvailable('fewer than 3 values');
  const one = summarise(first);
  const two = summarise(second);
  const df = one.n + two.n - 2;
  const standardError = Math.sqrt(((one.squares + two.squares) / df) * (1 / one.n + 1 / two.n));
  if (isRoundingNoise(standardError, Math.max(Math.abs(one.mean), Math.abs(two.mean))))
    return notAvailable('both groups are constant');
  const student = testEstimate({ estimate: one.mean - two.mean, standardError, df }, 0, level);
  const welch = testIndependentMeans(first, second, level);
  if (!isAvailable(welch)) return student;
  const interval = {
    low: Math.min(student.interval.low, welch.interval.low),
    high: Math.max(student.interval.high, welch.interval.high),
    level,
  };
  return { ...(student.p > welch.p ? student : welch), interval };
}

export interface EquivalenceTest {
  readonly estimate: number;
  readonly standardError: number;
  readonly df: number;
  /** Test of "not below −bound" and of "not above bound", both one-sided. */
  readonly lower: { readonly t: number; readonly p: number };
  readonly upper: { readonly t: number; readonly p: number };
  /** The larger of both: small when the mean is shown to lie within ±bound. */
  readonly p: number;
  /** The interval of coverage 1 − 2 alpha: within ±bound exactly when p < alpha. */
  readonly interval: Interval;
}

/**
 * Two one-sided tests (Schuirmann 1987) that a mean lies within ±`bound`, in the units of the
 * values. `alpha` is the level of each test.
 *
 * A one-sided t test errs too often where the values are skewed, as differences are that are mostly
 * 0. p is therefore the larger of that of t and of that after the transformation of Hall (1992),
 * which takes the skewness out of t; the interval is the shortest that holds both. Of values
 * without skewness they are Student's.
 *
 * Throws RangeError for a bound that is not positive.
 */
export function testEquivalence(
  values: Numbers,
  bound: number,
  alpha = 0.05,
): EquivalenceTest | NotAvailable {
  const sample = locate(values, bound);
  return isAvailable(sample) ? testWithin(values, sample, bound, alpha) : sample;
}

/** The same for the mean difference first − second of pairs. */
export function testPairedEquivalence(
  first: Numbers,
  second: Numbers,
  bound: number,
  alpha = 0.05,
): EquivalenceTest | NotAvailable {
  const sample = locateDifferences(first, second);
  return isAvailable(sample) ? testWithin(subtract(first, second), sample, bound, alpha) : sample;
}

/** An estimate and what its t statistics need. */
interface Located {
  readonly estimate: number;
  readonly standardError: number;
  readonly df: number;
}

function testEstimate(
  { estimate, standardError, df }: Located,
  against: number,
  level: number,
): TTest {
  const t = (estimate - against) / standardError;
  const reach = -tQuantile(tailOf(level), df) * standardError;
  return {
    estimate,
    standardError,
    t,
    df,
    p: tTwoSided(t, df),
    interval: intervalAround(estimate, reach, level),
  };
}

function testWithin(
  values: Numbers,
  { estimate, standardError, df }: Located,
  bound: number,
  alpha: number,
): EquivalenceTest {
  if (!(bound > 0 && bound < Number.POSITIVE_INFINITY))
    throw new RangeError(`an equivalence bound is positive and finite, not ${bound}`);
  if (!(alpha > 0 && alpha < 0.5))
    throw new RangeError(`alpha lies between 0 and 0.5, not at ${alpha}`);
  const deviations = Array.from(values, (value) => value - estimate);
  const skew = skewnessOf(deviations) / Math.sqrt(deviations.length);
  const lowerT = (estimate + bound) / standardError;
  const upperT = (estimate - bound) / standardError;
  const lower = { t: lowerT, p: tSurvival(Math.min(lowerT, unskew(lowerT, skew)), df) };
  const upper = { t: upperT, p: tSurvival(-Math.max(upperT, unskew(upperT, skew)), df) };
  const quantile = tQuantile(alpha, df);
  const interval = {
    low: estimate - standardError * Math.max(-quantile, skewAgain(-quantile, skew)),
    high: estimate - standardError * Math.min(quantile, skewAgain(quantile, skew)),
    level: 1 - 2 * alpha,
  };
  return { estimate, standardError, df, lower, upper, p: Math.max(lower.p, upper.p), interval };
}

function skewnessOf(deviations: readonly number[]): number {
  let squares = 0;
  let cubes = 0;
  for (const deviation of deviations) {
    squares += deviation ** 2;
    cubes += deviation ** 3;
  }
  return (Math.sqrt(deviations.length) * cubes) / squares ** 1.5;
}

/**
 * Hall's monotone transformation of a t statistic, t + a t²/3 + a² t³/27 + a/6, where a is the
 * skewness of the values over √n.
 */
function unskew(t: number, a: number): number {
  return t + (a * t * t) / 3 + (a * a * t ** 3) / 27 + a / 6;
}

/** The t that `unskew` makes this of. */
function skewAgain(transformed: number, a: number): number {
  // The cube root has no digits left where there is next to no skewness.
  if (Math.abs(a) < 1e-6) return transformed;
  return (3 / a) * (Math.cbrt(1 + a * (transformed - a / 6)) - 1);
}

/** `size` is that of the numbers the values are compared with or were computed from. */
function locate(values: Numbers, size: number): Located | NotAvailable {
  if (values.length < 2) return notAvailable('fewer than 2 values');
  const sample: Summary = summarise(values);
  const standardError = sample.sd / Math.sqrt(sample.n);
  if (isRoundingNoise(standardError, Math.max(Math.abs(sample.mean), size)))
    return notAvailable('the values are constant');
  return { estimate: sample.mean, standardError, df: sample.n - 1 };
}

function locateDifferences(first: Numbers, second: Numbers): Located | NotAvailable {
  requireSameLength(first, second);
  if (first.length < 2) return notAvailable('fewer than 2 pairs');
  const size = Math.max(sizeOf(summarise(first)), sizeOf(summarise(second)));
  const differences = locate(subtract(first, second), size);
  return isAvailable(differences) ? differences : notAvailable('the differences are constant');
}
