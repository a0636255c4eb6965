/**
 * Standardized differences of means with intervals that assume no distribution: from what each unit
 * moves the estimate by.
 */
import { isRoundingNoise, type Numbers, sizeOf, subtract, summarise } from './describe.ts';
import { spanByInfluence } from './influence.ts';
import { DEFAULT_LEVEL, type Interval } from './interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from './not-available.ts';

export interface StandardizedDifference {
  readonly value: number;
  /** Null where no unit moves the estimate. */
  readonly interval: Interval | null;
}

/**
 * Cohen's d_z of pairs (Lakens 2013, eq. 6). Not available below 2 pairs and where the differences
 * are constant.
 */
export function estimateDz(
  first: Numbers,
  second: Numbers,
  level = DEFAULT_LEVEL,
): StandardizedDifference | NotAvailable {
  const differences = subtract(first, second);
  const n = differences.length;
  if (n < 2) return notAvailable('fewer than 2 pairs');
  const { mean, sd } = summarise(differences);
  if (isRoundingNoise(sd, Math.max(sizeOf(summarise(first)), sizeOf(summarise(second)))))
    return notAvailable('the differences are constant');
  const value = mean / sd;
  const influence = differences.map((difference) => {
    const z = (difference - mean) / sd;
    return (z - (value / 2) * ((n / (n - 1)) * z * z - 1)) / n;
  });
  return spanned(value, influence, level);
}

/**
 * Cohen's d_av of pairs (Lakens 2013, eq. 10). Not available below 2 pairs and where both sides are
 * constant.
 */
export function estimateDav(
  first: Numbers,
  second: Numbers,
  level = DEFAULT_LEVEL,
): StandardizedDifference | NotAvailable {
  const differences = subtract(first, second);
  const n = differences.length;
  if (n < 2) return notAvailable('fewer than 2 pairs');
  const [one, two] = [summarise(first), summarise(second)];
  const sd = (one.sd + two.sd) / 2;
  if (isRoundingNoise(sd, Math.max(Math.abs(one.mean), Math.abs(two.mean))))
    return notAvailable('both sides are constant');
  const { mean } = summarise(differences);
  const value = mean / sd;
  const spread = (own: number, { mean: centre, sd: width }: typeof one) =>
    width === 0 ? 0 : ((n / (n - 1)) * (own - centre) ** 2 - width ** 2) / (2 * width);
  const influence = differences.map((difference, pair) => {
    const moved = (spread(first[pair]!, one) + spread(second[pair]!, two)) / 2;
    return ((difference - mean) / sd - (value / sd) * moved) / n;
  });
  return spanned(value, influence, level);
}

/**
 * Hedges' g of two independent groups: the difference over the pooled standard deviation, times
 * 1 − 3/(4 (n₁ + n₂) − 9) (Hedges 1981). Not available below 2 values in a group and where both are
 * constant.
 */
export function estimateG(
  first: Numbers,
  second: Numbers,
  level = DEFAULT_LEVEL,
): StandardizedDifference | NotAvailable {
  if (first.length < 2 || second.length < 2) return notAvailable('fewer than 2 values in a group');
  const [one, two] = [summarise(first), summarise(second)];
  const df = one.n + two.n - 2;
  const variance = (one.squares + two.squares) / df;
  const sd = Math.sqrt(variance);
  if (isRoundingNoise(sd, Math.max(Math.abs(one.mean), Math.abs(two.mean))))
    return notAvailable('both groups are constant');
  const correction = 1 - 3 / (4 * (one.n + two.n) - 9);
  const value = ((one.mean - two.mean) / sd) * correction;
  const influenceOf = (values: Numbers, { n, mean, squares }: typeof one, sign: number) =>
    Array.from(values, (own) => {
      const deviation = own - mean;
      const moved = (deviation ** 2 - squares / n) / df;
      return (correction * sign * deviation) / (n * sd) - (value / (2 * variance)) * moved;
    });
  const influence = Float64Array.from([
    ...influenceOf(first, one, 1),
    ...influenceOf(second, two, -1),
  ]);
  return spanned(value, influence, level);
}

function spanned(value: number, influence: Float64Array, level: number): StandardizedDifference {
  const interval = spanByInfluence(value, influence, 'identity', level);
  return { value, interval: isAvailable(interval) ? interval : null };
}
