/** Means of weighted units, and their differences. */
import { tQuantile, tTwoSided } from './distributions.ts';
import { DEFAULT_LEVEL, type Interval, intervalAround, tailOf } from './interval.ts';
import { type NotAvailable, notAvailable } from './not-available.ts';

/** Values with what each counts; weights are above 0. */
export interface WeightedSample {
  readonly values: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
  /** Which unit each value is of; a unit may be in two samples that are compared. */
  readonly units: ArrayLike<number>;
}

export interface WeightedEstimate {
  readonly value: number;
  readonly interval: Interval;
  readonly df: number;
  /** Two-sided, against 0. */
  readonly p: number;
}

/** Kish's (1965) effective number of units: (Σw)²/Σw². */
export function effectiveSize(weights: ArrayLike<number>): number {
  let [sum, squares] = [0, 0];
  for (let at = 0; at < weights.length; at++) {
    sum += weights[at]!;
    squares += weights[at]! ** 2;
  }
  return squares === 0 ? 0 : sum ** 2 / squares;
}

function weightedMean({ values, weights }: Omit<WeightedSample, 'units'>): number {
  let [sum, mass] = [0, 0];
  for (let at = 0; at < values.length; at++) {
    sum += weights[at]! * values[at]!;
    mass += weights[at]!;
  }
  return sum / mass;
}

/**
 * A weighted mean, linearized, units as clusters: `svymean` of R's survey, df = units − 1. Not
 * available below 2 units and where all values are equal.
 */
export function estimateWeightedMean(
  sample: WeightedSample,
  level = DEFAULT_LEVEL,
): WeightedEstimate | NotAvailable {
  const influence = new Map<number, number>();
  addInfluence(influence, sample, 1);
  const mean = weightedMean(sample);
  return spanSum(mean, { size: mean, influence, df: influence.size - 1 }, level);
}

/**
 * The difference first − second of two weighted means. The influence of a unit is summed over both,
 * so that a pair is compared within itself: `svymean` of the differences where all units are
 * paired, and `svyglm` with df = units − 2 where none is.
 */
export function compareWeightedMeans(
  first: WeightedSample,
  second: WeightedSample,
  level = DEFAULT_LEVEL,
): WeightedEstimate | NotAvailable {
  const influence = new Map<number, number>();
  addInfluence(influence, first, 1);
  addInfluence(influence, second, -1);
  const isPaired = influence.size < first.values.length + second.values.length;
  const df = influence.size - (isPaired ? 1 : 2);
  const [one, two] = [weightedMean(first), weightedMean(second)];
  const size = Math.max(Math.abs(one), Math.abs(two));
  return spanSum(one - two, { size, influence, df }, level);
}

function addInfluence(
  influence: Map<number, number>,
  { values, weights, units }: WeightedSample,
  sign: number,
): void {
  const mean = weightedMean({ values, weights });
  let mass = 0;
  for (let at = 0; at < weights.length; at++) mass += weights[at]!;
  for (let at = 0; at < values.length; at++) {
    const own = (sign * weights[at]! * (values[at]! - mean)) / mass;
    influence.set(units[at]!, (influence.get(units[at]!) ?? 0) + own);
  }
}

interface Summed {
  readonly influence: ReadonlyMap<number, number>;
  readonly df: number;
  /** How large the numbers are that the value was computed from. */
  readonly size: number;
}

function spanSum(
  value: number,
  { influence, df, size }: Summed,
  level: number,
): WeightedEstimate | NotAvailable {
  const units = influence.size;
  if (units < 2 || df < 1) return notAvailable('fewer than 2 weighted cases');
  let squares = 0;
  for (const own of influence.values()) squares += own * own;
  const standardError = Math.sqrt((units / (units - 1)) * squares);
  if (!(standardError > 1e-13 * (1 + Math.abs(size))))
    return notAvailable('the weighted values are constant');
  const reach = -tQuantile(tailOf(level), df) * standardError;
  return {
    value,
    df,
    p: tTwoSided(value / standardError, df),
    interval: intervalAround(value, reach, level),
  };
}
