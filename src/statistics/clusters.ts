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

export interface IndependentComparison {
  readonly difference: number;
  readonly standardError: number;
  readonly t: number;
  /** By Satterthwaite's approximation. */
  readonly df: number;
  /** Two-sided; the larger of two tests, see `compareIndependentClusters`. */
  readonly p: number;
}

/**
 * Difference of two means or proportions of groups that have no cluster in common. The variance is
 * the bias-reduced sandwich CR2 of Bell & McCaffrey (2002), with the degrees of freedom of their
 * Satterthwaite approximation, for a working model of independent observations (Pustejovsky &
 * Tipton 2018; `vcovCR(type = "CR2")` and `coef_test` of R's clubSandwich). Where one group has few
 * clusters and next to none of the outcomes, that variance is far too small by chance; p is
 * therefore not smaller than that of the t test of the clusters' means with a common variance,
 * which is what they have if nothing differs.
 *
 * Not available below 2 clusters in a group and when no cluster departs from the mean.
 */
export function compareIndependentClusters(
  first: ClusteredSample,
  second: ClusteredSample,
): IndependentComparison | NotAvailable {
  const one = summariseClusters(first);
  const two = summariseClusters(second);
  if (one.means.length < 2 || two.means.length < 2)
    return notAvailable('fewer than 2 clusters in a group');
  const difference = one.mean - two.mean;
  const standardError = Math.sqrt(one.variance + two.variance);
  const [own, other] = [summarise(one.means), summarise(two.means)];
  if (isRoundingNoise(standardError, Math.max(sizeOf(own), sizeOf(other))))
    return notAvailable('no cluster departs from the mean');
  const df = (1 / one.n + 1 / two.n) ** 2 / (one.squaredWeights + two.squaredWeights);
  const t = difference / standardError;
  const pooledDf = own.n + other.n - 2;
  const pooled = ((own.squares + other.squares) / pooledDf) * (1 / own.n + 1 / other.n);
  const pooledT = (own.mean - other.mean) / Math.sqrt(pooled);
  const p = Math.max(tTwoSided(t, df), tTwoSided(pooledT, pooledDf));
  return { difference, standardError, t, df, p };
}

interface ClusterSummary {
  /** Observations. */
  readonly n: number;
  readonly mean: number;
  /** Of each cluster. */
  readonly means: Float64Array;
  /** CR2 variance of the mean. */
  readonly variance: number;
  /** What the group adds to the trace of the square of the matrix that Satterthwaite's df are of. */
  readonly squaredWeights: number;
}

function summariseClusters({ values, clusters }: ClusteredSample): ClusterSummary {
  const sums = new Map<number | string, { sum: number; size: number }>();
  for (let i = 0; i < values.length; i++) {
    const own = sums.get(clusters[i]!) ?? { sum: 0, size: 0 };
    sums.set(clusters[i]!, { sum: own.sum + values[i]!, size: own.size + 1 });
  }
  const n = values.length;
  const all = [...sums.values()];
  const mean = all.reduce((total, { sum }) => total + sum, 0) / n;
  let variance = 0;
  let diagonal = 0;
  let weights = 0;
  let squares = 0;
  for (const { sum, size } of all) {
    // One cluster alone has no residual to be adjusted.
    const adjustment = 1 / (1 - size / n);
    variance += ((sum - size * mean) ** 2 * adjustment) / n ** 2;
    diagonal += (size / n ** 2) ** 2;
    const weight = (adjustment * size * size) / n ** 3;
    weights += weight;
    squares += weight * weight;
  }
  return {
    n,
    mean,
    means: Float64Array.from(all, ({ sum, size }) => sum / size),
    variance,
    squaredWeights: diagonal + weights * weights - squares,
  };
}
