import { isRoundingNoise, type Numbers, sizeOf, summarise } from './describe.ts';
import { tQuantile, tTwoSided } from './distributions.ts';
import { DEFAULT_LEVEL, type Interval, intervalAround, tailOf } from './interval.ts';
import { type NotAvailable, notAvailable } from './not-available.ts';

/** Values (0 and 1 for a proportion) and, position by position, the cluster each belongs to. */
export interface ClusteredSample {
  readonly values: Numbers;
  readonly clusters: ArrayLike<number | string>;
}

export interface ClusteredComparison {
  /** Mean of first minus mean of second. */
  readonly difference: number;
  readonly standardError: number;
  readonly clusters: number;
  readonly t: number;
  /** Clusters − 1. */
  readonly df: number;
  /** Two-sided. */
  readonly p: number;
  readonly interval: Interval;
}

/**
 * Difference of two means or proportions whose observations come in clusters that may have members
 * in both groups, such as the personas of one reference sheet under two conditions.
 *
 * The estimator is the sandwich of Liang & Zeger (1986) for the regression of the value on the
 * group, with the small-sample factor G/(G − 1) · (N − 1)/(N − 2) of Stata, called CR1S by
 * Pustejovsky & Tipton (2018): the same as statsmodels' OLS with `cov_type='cluster', use_t=True`
 * and R's `sandwich::vcovCL` by default. The residuals of a cluster are summed over both groups
 * before they are squared, so what its members have in common cancels as it does in a paired test.
 * Compared with t on G − 1 degrees of freedom.
 *
 * Not available when a group is empty, below 2 clusters or 3 observations, and when no cluster
 * departs from the mean.
 */
export function compareClusteredMeans(
  first: ClusteredSample,
  second: ClusteredSample,
  level = DEFAULT_LEVEL,
): ClusteredComparison | NotAvailable {
  const tail = tailOf(level);
  const n = first.values.length + second.values.length;
  if (first.values.length === 0 || second.values.length === 0)
    return notAvailable('a group is empty');
  if (n < 3) return notAvailable('fewer than 3 observations');
  const one = summarise(first.values);
  const two = summarise(second.values);
  const influence = new Map<number | string, number>();
  addInfluence(influence, first, one.mean, 1 / first.values.length);
  addInfluence(influence, second, two.mean, -1 / second.values.length);
  const clusters = influence.size;
  if (clusters < 2) return notAvailable('fewer than 2 clusters');
  let squares = 0;
  for (const sum of influence.values()) squares += sum * sum;
  const standardError = Math.sqrt((clusters / (clusters - 1)) * ((n - 1) / (n - 2)) * squares);
  if (isRoundingNoise(standardError, Math.max(sizeOf(one), sizeOf(two))))
    return notAvailable('no cluster departs from the mean');
  const df = clusters - 1;
  const difference = one.mean - two.mean;
  const t = difference / standardError;
  const interval = intervalAround(difference, -tQuantile(tail, df) * standardError, level);
  return { difference, standardError, clusters, t, df, p: tTwoSided(t, df), interval };
}

/** Adds to each cluster what its members of this group move the difference by. */
function addInfluence(
  influence: Map<number | string, number>,
  { values, clusters }: ClusteredSample,
  mean: number,
  weight: number,
): void {
  if (values.length !== clusters.length)
    throw new RangeError(`${values.length} values need as many clusters, not ${clusters.length}`);
  for (let i = 0; i < values.length; i++) {
    const cluster = clusters[i]!;
    influence.set(cluster, (influence.get(cluster) ?? 0) + weight * (values[i]! - mean));
  }
}
