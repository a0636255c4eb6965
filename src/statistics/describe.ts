import { type NotAvailable, notAvailable } from './not-available.ts';

/**
 * Any list of finite numbers; typed arrays are welcome. NaN and infinities are errors of the
 * caller: RangeError.
 */
export type Numbers = ArrayLike<number>;

/** Arithmetic mean; not available for no values. */
export function mean(values: Numbers): number | NotAvailable {
  return values.length === 0 ? notAvailable('no values') : summarise(values).mean;
}

/**
 * The mean by Kahan's compensated sum, in the order of the values, divided once: of whole numbers
 * the closest double to the true mean, and of any numbers what pandas' grouped mean gives to the
 * last digit. Not available for no values.
 */
export function compensatedMean(values: Numbers): number | NotAvailable {
  if (values.length === 0) return notAvailable('no values');
  let sum = 0;
  let compensation = 0;
  for (let i = 0; i < values.length; i++) {
    const term = values[i]! - compensation;
    const next = sum + term;
    compensation = next - sum - term;
    sum = next;
  }
  if (!Number.isFinite(sum)) throw new RangeError('the values must all be finite numbers');
  return sum / values.length;
}

/**
 * Sample standard deviation (divisor n − 1); not available below 2 values. Equal values give
 * exactly 0.
 */
export function standardDeviation(values: Numbers): number | NotAvailable {
  return values.length < 2 ? notAvailable('fewer than 2 values') : summarise(values).sd;
}

/**
 * For the other files of this room, which have already looked at the number of values: `sd` is 0
 * for a single one.
 */
export interface Summary {
  readonly n: number;
  readonly mean: number;
  /** Sum of squared deviations from the mean. */
  readonly squares: number;
  readonly sd: number;
}

/**
 * Two passes, both over deviations: from the first value, then from the mean. So equal values have
 * a spread of exactly 0, whatever their size, and a large common part costs no digits.
 */
export function summarise(values: Numbers): Summary {
  const n = values.length;
  const origin = values[0]!;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i]! - origin;
  if (!Number.isFinite(sum)) throw new RangeError('the values must all be finite numbers');
  const mean = origin + sum / n;
  let squares = 0;
  let drift = 0;
  for (let i = 0; i < n; i++) {
    const deviation = values[i]! - mean;
    squares += deviation * deviation;
    drift += deviation;
  }
  // What the mean lost in rounding; all of it matters where the values have no digits to spare.
  squares -= (drift * drift) / n;
  return { n, mean, squares, sd: n < 2 ? 0 : Math.sqrt(squares / (n - 1)) };
}

/** The middle value, or the mean of the two in the middle; not available for no values. */
export function median(values: Numbers): number | NotAvailable {
  if (values.length === 0) return notAvailable('no values');
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

/**
 * Whether a spread is no more than the rounding errors of numbers of this size, as for differences
 * that are equal on paper (0.3 − 0.2 and 0.2 − 0.1). A statistic divided by it would be noise. The
 * limit is that of R's t.test.
 */
export function isRoundingNoise(spread: number, size: number): boolean {
  return spread <= 10 * Number.EPSILON * Math.abs(size);
}

/**
 * How large the numbers of a sample are, as the measure of the rounding errors of what is computed
 * from them.
 */
export function sizeOf(sample: Summary): number {
  return Math.abs(sample.mean) + sample.sd;
}

export function subtract(first: Numbers, second: Numbers): Float64Array {
  requireSameLength(first, second);
  const differences = new Float64Array(first.length);
  for (let i = 0; i < differences.length; i++) differences[i] = first[i]! - second[i]!;
  return differences;
}

export function requireSameLength(first: Numbers, second: Numbers): void {
  if (first.length !== second.length)
    throw new RangeError(
      `pairs need two lists of one length, not ${first.length} and ${second.length}`,
    );
}
