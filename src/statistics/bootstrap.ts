import { isRoundingNoise, summarise } from './describe.ts';
import { normalCdf, normalQuantile } from './distributions.ts';
import { DEFAULT_LEVEL, type Interval, tailOf } from './interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from './not-available.ts';
import { drawBelow, randomWords } from './random.ts';

/**
 * The statistic of a sample of clusters. `drawn` holds positions of clusters, repeated as often as
 * they were drawn; it is a buffer that is used again after the call.
 */
export type ClusterStatistic = (drawn: Int32Array) => number | NotAvailable;

export interface BootstrapPlan {
  /** How many clusters there are; the statistic is given positions from 0 to clusters − 1. */
  readonly clusters: number;
  readonly statistic: ClusterStatistic;
  /** Resamples; some thousands, since the limits are quantiles far out among them. */
  readonly replicates: number;
  readonly seed: number;
  readonly level?: number;
}

export interface Bootstrap {
  readonly estimate: number;
  readonly interval: Interval;
  /** z₀: how far the resamples sit to one side of the estimate, in normal units. */
  readonly bias: number;
  readonly acceleration: number;
  readonly replicates: number;
  readonly seed: number;
}

/**
 * BCa interval (Efron 1987) by resampling whole clusters, so that what the members of a cluster
 * share stays together (Davison & Hinkley 1997, ch. 3.8); the acceleration is by leaving out one
 * cluster at a time.
 *
 * Not available below 2 clusters, when the statistic is not available for the clusters themselves
 * or for any sample of them (leaving such samples out would bend the interval), and when it does
 * not vary. Costs `replicates` + `clusters` calls of the statistic. Throws RangeError for a
 * replicate count that is no positive whole number.
 */
export function bootstrapClusters(plan: BootstrapPlan): Bootstrap | NotAvailable {
  const { clusters, statistic, replicates, seed, level = DEFAULT_LEVEL } = plan;
  if (!Number.isInteger(replicates) || replicates < 1)
    throw new RangeError(`a number of resamples is a positive whole number, not ${replicates}`);
  tailOf(level);
  if (clusters < 2) return notAvailable('fewer than 2 clusters');
  const estimate = statistic(Int32Array.from({ length: clusters }, (_, cluster) => cluster));
  if (!isAvailable(estimate)) return estimate;
  const leftOut = leaveOutEach(clusters, statistic);
  if (!isAvailable(leftOut)) return leftOut;
  const resampled = resample(plan);
  if (!isAvailable(resampled)) return resampled;
  const result = spanBca(estimate, resampled, leftOut, level);
  return isAvailable(result) ? { estimate, ...result, replicates, seed } : result;
}

function leaveOutEach(clusters: number, statistic: ClusterStatistic): Float64Array | NotAvailable {
  const kept = Int32Array.from({ length: clusters - 1 }, (_, position) => position + 1);
  const values = new Float64Array(clusters);
  for (let out = 0; out < clusters; out++) {
    const value = statistic(kept);
    if (!isAvailable(value))
      return notAvailable(`without one of the clusters: ${value.notAvailable}`);
    values[out] = value;
    // The next cluster to go is the one at this position; the present one takes its place.
    if (out < clusters - 1) kept[out] = out;
  }
  return values;
}

function resample({
  clusters,
  statistic,
  replicates,
  seed,
}: BootstrapPlan): Float64Array | NotAvailable {
  const words = randomWords(seed);
  const drawn = new Int32Array(clusters);
  const values = new Float64Array(replicates);
  for (let replicate = 0; replicate < replicates; replicate++) {
    for (let i = 0; i < clusters; i++) drawn[i] = drawBelow(clusters, words);
    const value = statistic(drawn);
    if (!isAvailable(value)) return notAvailable(`in a resample: ${value.notAvailable}`);
    values[replicate] = value;
  }
  return values;
}

/**
 * The interval from the statistic's values in the resamples and without each cluster. Sorts
 * `resampled` in place.
 */
export function spanBca(
  estimate: number,
  resampled: Float64Array,
  leftOut: Float64Array,
  level: number,
): Pick<Bootstrap, 'interval' | 'bias' | 'acceleration'> | NotAvailable {
  const tail = tailOf(level);
  const acceleration = accelerate(leftOut);
  if (acceleration === null) return notAvailable('the statistic does not vary between clusters');
  resampled.sort();
  const bias = normalQuantile(shareBelow(resampled, estimate));
  if (!Number.isFinite(bias)) return notAvailable('all resamples lie on one side of the estimate');
  const limitAt = (z: number) => {
    const shifted = bias + z;
    const stretch = 1 - acceleration * shifted;
    return stretch > 0 ? interpolate(resampled, normalCdf(bias + shifted / stretch)) : null;
  };
  const low = limitAt(normalQuantile(tail));
  const high = limitAt(-normalQuantile(tail));
  if (low === null || high === null)
    return notAvailable('the acceleration is too large for this level');
  return { interval: { low, high, level }, bias, acceleration };
}

/** A sixth of the skewness of the jackknife values; null when they are all equal. */
function accelerate(leftOut: Float64Array): number | null {
  const { mean, squares, sd } = summarise(leftOut);
  if (isRoundingNoise(sd, mean)) return null;
  let cubes = 0;
  for (const value of leftOut) cubes += (mean - value) ** 3;
  return cubes / (6 * squares ** 1.5);
}

/**
 * Share of the sorted values below a point; those equal to it count by half, which matters for
 * statistics that are counts.
 */
function shareBelow(sorted: Float64Array, point: number): number {
  let below = 0;
  let equal = 0;
  for (const value of sorted) {
    if (value < point) below++;
    else if (value === point) equal++;
  }
  return (below + equal / 2) / sorted.length;
}

/**
 * Quantile of sorted values, linear between neighbours (type 7 of Hyndman & Fan 1996, the default
 * of R and NumPy).
 */
function interpolate(sorted: Float64Array, p: number): number {
  const position = p * (sorted.length - 1);
  const before = Math.floor(position);
  const low = sorted[before]!;
  const high = sorted[Math.min(before + 1, sorted.length - 1)]!;
  return low + (position - before) * (high - low);
}
