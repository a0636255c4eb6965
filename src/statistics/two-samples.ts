/**
 * Two independent samples side by side, each with or without weights: means, spreads, whole
 * distributions and correlations.
 */
import type { Numbers } from './describe.ts';
import { spanByInfluence } from './influence.ts';
import { DEFAULT_LEVEL, type Interval } from './interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from './not-available.ts';

/** Values of persons; each counts by its weight, all alike where there are none. */
export interface Sample {
  readonly values: Numbers;
  /** Above 0, one a value. */
  readonly weights: Numbers | null;
}

export interface Moments {
  readonly n: number;
  readonly mean: number;
  /** With divisor n − 1 after the weights are scaled to add up to n. */
  readonly variance: number;
}

export interface Estimate {
  readonly value: number;
  readonly interval: Interval | NotAvailable;
}

/** Not available below 2 values. */
export function momentsOf({ values, weights }: Sample): Moments | NotAvailable {
  const n = values.length;
  if (n < 2) return notAvailable('fewer than 2 values');
  const share = sharesOf(n, weights);
  let mean = 0;
  for (let at = 0; at < n; at++) mean += share[at]! * values[at]!;
  let squares = 0;
  for (let at = 0; at < n; at++) squares += share[at]! * (values[at]! - mean) ** 2;
  const size = Math.abs(mean) + Math.sqrt(squares);
  const variance = squares <= (10 * Number.EPSILON * size) ** 2 ? 0 : (squares * n) / (n - 1);
  return { n, mean, variance };
}

/** Weights that add up to 1. */
function sharesOf(n: number, weights: Numbers | null): Float64Array {
  if (weights === null) return new Float64Array(n).fill(1 / n);
  let sum = 0;
  for (let at = 0; at < n; at++) sum += weights[at]!;
  return Float64Array.from({ length: n }, (_, at) => weights[at]! / sum);
}

/**
 * Glass's delta: the difference of the means (first − second) in standard deviations of the second,
 * which is the standard. Its interval is by influence values, which know how the mean and the
 * standard deviation of the second vary together, and assume no distribution. Not available below 2
 * values, and where the second does not vary.
 */
export function standardizedByTheSecond(
  first: Sample,
  second: Sample,
  level = DEFAULT_LEVEL,
): Estimate | NotAvailable {
  const both = momentsOfBoth(first, second);
  if (!isAvailable(both)) return both;
  const [own, standard] = both;
  const sd = Math.sqrt(standard.variance);
  const value = (own.mean - standard.mean) / sd;
  const influence = influences(first, second, (deviation, isFirst) =>
    isFirst
      ? deviation / sd
      : -deviation / sd - (value / 2) * (deviation ** 2 / plainVariance(standard) - 1),
  );
  return { value, interval: spanByInfluence(value, influence, 'identity', level) };
}

/**
 * First variance by the second, with an interval on the log scale by influence values: unlike that
 * of F, it holds where scores are not normal (Shoemaker 2003). The interval is not available where
 * one does not vary; neither is the ratio where the second does not, or below 2 values.
 */
export function varianceRatio(
  first: Sample,
  second: Sample,
  level = DEFAULT_LEVEL,
): Estimate | NotAvailable {
  const both = momentsOfBoth(first, second);
  if (!isAvailable(both)) return both;
  const [own, standard] = both;
  const value = own.variance / standard.variance;
  if (value === 0)
    return { value, interval: notAvailable('an interval of a ratio needs values that vary') };
  const influence = influences(first, second, (deviation, isFirst) => {
    const variance = plainVariance(isFirst ? own : standard);
    return (isFirst ? 1 : -1) * value * (deviation ** 2 / variance - 1);
  });
  return { value, interval: spanByInfluence(value, influence, 'log', level) };
}

/** With divisor n. */
function plainVariance({ variance, n }: Moments): number {
  return (variance * (n - 1)) / n;
}

/** Not available where the second, which is the standard, does not vary. */
function momentsOfBoth(first: Sample, second: Sample): readonly [Moments, Moments] | NotAvailable {
  const own = momentsOf(first);
  if (!isAvailable(own)) return own;
  const standard = momentsOf(second);
  if (!isAvailable(standard)) return standard;
  return standard.variance === 0 ? notAvailable('the standard does not vary') : [own, standard];
}

/** Of every value of both samples, by its share and what its deviation from its mean does. */
function influences(
  first: Sample,
  second: Sample,
  of: (deviation: number, isFirst: boolean) => number,
): Float64Array {
  const list: number[] = [];
  for (const sample of [first, second]) {
    const { values, weights } = sample;
    const share = sharesOf(values.length, weights);
    let mean = 0;
    for (let at = 0; at < values.length; at++) mean += share[at]! * values[at]!;
    for (let at = 0; at < values.length; at++)
      list.push(share[at]! * of(values[at]! - mean, sample === first));
  }
  return Float64Array.from(list);
}

/**
 * Kolmogorov–Smirnov distance: the largest difference of the two cumulative distributions, from 0
 * to 1. Not available where a sample is empty.
 */
export function distanceOfDistributions(first: Sample, second: Sample): number | NotAvailable {
  if (first.values.length === 0 || second.values.length === 0)
    return notAvailable('there are no values');
  const steps = [first, second].flatMap(({ values, weights }, which) => {
    const share = sharesOf(values.length, weights);
    return Array.from(values, (value, at) => ({
      value,
      step: (which === 0 ? 1 : -1) * share[at]!,
    }));
  });
  steps.sort((a, b) => a.value - b.value);
  let [difference, largest] = [0, 0];
  steps.forEach(({ value, step }, at) => {
    difference += step;
    if (steps[at + 1]?.value !== value) largest = Math.max(largest, Math.abs(difference));
  });
  return largest;
}

/**
 * Pearson correlations of the columns of a table, row-major, below the diagonal, row by row; null
 * where a column does not vary.
 * @param weights of the rows
 */
export function lowerCorrelations(
  points: Numbers,
  width: number,
  weights: Numbers | null,
): readonly (number | null)[] {
  const n = width === 0 ? 0 : points.length / width;
  const share = sharesOf(n, weights);
  const columns = Array.from({ length: width }, (_, column) => {
    const values = Float64Array.from({ length: n }, (_, row) => points[row * width + column]!);
    const moments = momentsOf({ values, weights });
    if (!isAvailable(moments) || moments.variance === 0) return null;
    const scale = Math.sqrt(plainVariance(moments));
    return values.map((value) => (value - moments.mean) / scale);
  });
  return columns.flatMap((first, at) =>
    columns.slice(0, at).map((second) => {
      if (first === null || second === null) return null;
      let r = 0;
      for (let row = 0; row < n; row++) r += share[row]! * first[row]! * second[row]!;
      return Math.max(-1, Math.min(1, r));
    }),
  );
}

/**
 * Root mean square of the differences of two lists of correlations, over those that both have. Not
 * available where they share none.
 */
export function rootMeanSquareResidual(
  first: readonly (number | null)[],
  second: readonly (number | null)[],
): { readonly value: number; readonly shared: number } | NotAvailable {
  const squares = first.flatMap((r, at) => {
    const other = second[at] ?? null;
    return r === null || other === null ? [] : [(r - other) ** 2];
  });
  if (squares.length === 0)
    return notAvailable('there are no two variables that vary on both sides');
  const mean = squares.reduce((sum, one) => sum + one, 0) / squares.length;
  return { value: Math.sqrt(mean), shared: squares.length };
}

/** Cronbach's alpha of points, row-major, by weighted variances. As `cronbachAlpha` otherwise. */
export function weightedAlpha(
  points: Numbers,
  width: number,
  weights: Numbers | null,
): number | NotAvailable {
  if (width < 2) return notAvailable('fewer than 2 items');
  const n = points.length / width;
  const varianceOf = (of: (row: number) => number) =>
    momentsOf({ values: Float64Array.from({ length: n }, (_, row) => of(row)), weights });
  let within = 0;
  for (let column = 0; column < width; column++) {
    const item = varianceOf((row) => points[row * width + column]!);
    if (!isAvailable(item)) return notAvailable('fewer than 2 persons');
    within += item.variance;
  }
  const total = varianceOf((row) => {
    let sum = 0;
    for (let column = 0; column < width; column++) sum += points[row * width + column]!;
    return sum;
  });
  if (!isAvailable(total)) return total;
  if (total.variance === 0) return notAvailable('the total does not vary');
  return (width / (width - 1)) * (1 - within / total.variance);
}
