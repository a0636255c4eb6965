import { isRoundingNoise, type Numbers, sizeOf, subtract, summarise } from './describe.ts';
import { normalQuantile } from './distributions.ts';
import { DEFAULT_LEVEL, type Interval, intervalAround, tailOf } from './interval.ts';
import { type NotAvailable, notAvailable } from './not-available.ts';

/**
 * Cohen's d_z of pairs: mean difference (first − second) over the standard deviation of the
 * differences (Lakens 2013, eq. 6). Not available below 2 pairs and when the differences are
 * constant.
 */
export function cohenDz(first: Numbers, second: Numbers): number | NotAvailable {
  const differences = subtract(first, second);
  if (differences.length < 2) return notAvailable('fewer than 2 pairs');
  const { mean, sd } = summarise(differences);
  const size = Math.max(sizeOf(summarise(first)), sizeOf(summarise(second)));
  return isRoundingNoise(sd, size) ? notAvailable('the differences are constant') : mean / sd;
}

/**
 * Cohen's d_av of pairs: mean difference (first − second) over the average of both standard
 * deviations (Lakens 2013, eq. 10), comparable with d of independent groups. Not available below 2
 * pairs and when both are constant.
 */
export function cohenDav(first: Numbers, second: Numbers): number | NotAvailable {
  const difference = subtract(first, second);
  if (difference.length < 2) return notAvailable('fewer than 2 pairs');
  const one = summarise(first);
  const two = summarise(second);
  const sd = (one.sd + two.sd) / 2;
  if (isRoundingNoise(sd, Math.max(Math.abs(one.mean), Math.abs(two.mean))))
    return notAvailable('both sets of values are constant');
  return summarise(difference).mean / sd;
}

export interface StandardizedDifference {
  readonly d: number;
  readonly interval: Interval;
}

/**
 * Difference of the means of two groups (first − second) over the root of the average of their
 * variances, with the interval of Bonett (2008), which does not take these for equal. Not available
 * below 2 values in a group and where both are constant.
 */
export function standardizedDifference(
  first: Numbers,
  second: Numbers,
  level = DEFAULT_LEVEL,
): StandardizedDifference | NotAvailable {
  if (first.length < 2 || second.length < 2) return notAvailable('fewer than 2 values in a group');
  const one = summarise(first);
  const two = summarise(second);
  const variance = (one.sd ** 2 + two.sd ** 2) / 2;
  if (isRoundingNoise(Math.sqrt(variance), Math.max(Math.abs(one.mean), Math.abs(two.mean))))
    return notAvailable('both groups are constant');
  const d = (one.mean - two.mean) / Math.sqrt(variance);
  const fourths = one.sd ** 4 / (one.n - 1) + two.sd ** 4 / (two.n - 1);
  const squares = one.sd ** 2 / (one.n - 1) + two.sd ** 2 / (two.n - 1);
  const error = Math.sqrt((d * d * fourths) / (8 * variance ** 2) + squares / variance);
  return { d, interval: intervalAround(d, -normalQuantile(tailOf(level)) * error, level) };
}
