/** Standardised mean differences of pairs and of groups, with intervals that assume no distribution. */
import { isRoundingNoise, type Numbers, sizeOf, subtract, summarise } from './describe.ts';
import { tQuantile } from './distributions.ts';
import { spanByInfluence } from './influence.ts';
import { DEFAULT_LEVEL, type Interval, intervalAround, tailOf } from './interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from './not-available.ts';
import { testGroupMeans } from './t-tests.ts';

export interface EffectSize {
  readonly value: number;
  readonly interval: Interval | NotAvailable;
}

/** So few persons do not tell a standard deviation. */
const FEW = 12;

/**
 * Cohen's d_z of pairs: mean difference (first − second) over the standard deviation of the
 * differences (Lakens 2013, eq. 6). The interval is that of `spanByInfluence`; where fewer than 12
 * persons have another difference than the most common one, it also holds the one of normal theory,
 * with the standard error √(1/n + d²/(2(n − 1))) (Hedges & Olkin 1985). Not available below 2 pairs
 * and when the differences are constant.
 */
export function cohenDz(
  first: Numbers,
  second: Numbers,
  level = DEFAULT_LEVEL,
): EffectSize | NotAvailable {
  const differences = subtract(first, second);
  const n = differences.length;
  if (n < 2) return notAvailable('fewer than 2 pairs');
  const { mean, sd, squares } = summarise(differences);
  const size = Math.max(sizeOf(summarise(first)), sizeOf(summarise(second)));
  if (isRoundingNoise(sd, size)) return notAvailable('the differences are constant');
  const value = mean / sd;
  const influence = differences.map((difference) => {
    const deviation = difference - mean;
    return (deviation - value * moveSd(deviation, { n, sd, squares })) / sd / n;
  });
  const span = spanByInfluence(value, influence, 'identity', level);
  if (isAvailable(span) && countOthers(differences) >= FEW) return { value, interval: span };
  const standardError = Math.sqrt(1 / n + (value * value) / (2 * (n - 1)));
  const normal = intervalAround(value, -tQuantile(tailOf(level), n - 1) * standardError, level);
  const { low, high } = isAvailable(span) ? span : normal;
  const interval = { low: Math.min(low, normal.low), high: Math.max(high, normal.high), level };
  return { value, interval };
}

/**
 * Cohen's d_av of pairs: mean difference (first − second) over the average of both standard
 * deviations (Lakens 2013, eq. 10), comparable with d of independent groups. The interval is that
 * of `spanByInfluence`; it is not available where fewer than 12 persons, and fewer than a quarter,
 * have another score than the most common one. Not available below 2 pairs and when both are
 * constant.
 */
export function cohenDav(
  first: Numbers,
  second: Numbers,
  level = DEFAULT_LEVEL,
): EffectSize | NotAvailable {
  const difference = subtract(first, second);
  const n = difference.length;
  if (n < 2) return notAvailable('fewer than 2 pairs');
  const one = summarise(first);
  const two = summarise(second);
  const sd = (one.sd + two.sd) / 2;
  if (isRoundingNoise(sd, Math.max(Math.abs(one.mean), Math.abs(two.mean))))
    return notAvailable('both sets of values are constant');
  const value = summarise(difference).mean / sd;
  const isFew = [first, second].some((scores) => countOthers(scores) < Math.min(FEW, n / 4));
  if (isFew) return { value, interval: notAvailable('nearly all persons have the same score') };
  const influence = Float64Array.from({ length: n }, (_, person) => {
    const x = first[person]! - one.mean;
    const y = second[person]! - two.mean;
    const ofSd = (moveSd(x, one) + moveSd(y, two)) / 2;
    return (x - y - value * ofSd) / sd / n;
  });
  return { value, interval: spanByInfluence(value, influence, 'identity', level) };
}

/** n times what a person with this deviation moves the standard deviation by. */
function moveSd(
  deviation: number,
  { n, sd, squares }: Omit<ReturnType<typeof summarise>, 'mean'>,
): number {
  return sd === 0 ? 0 : (deviation * deviation - squares / n) / (2 * sd * (1 - 1 / n));
}

/** How many have another value than the most common one. */
function countOthers(values: Numbers): number {
  const uses = new Map<number, number>();
  for (let at = 0; at < values.length; at++) {
    const rounded = Math.round(values[at]! * 1e6);
    uses.set(rounded, (uses.get(rounded) ?? 0) + 1);
  }
  return values.length - Math.max(0, ...uses.values());
}

export interface StandardizedDifference {
  readonly d: number;
  readonly interval: Interval;
}

/**
 * Cohen's d of two groups: the difference of their means (first − second) over the pooled standard
 * deviation. The interval holds two: that of the difference (`testGroupMeans`), divided by the
 * standard deviation, which is not too short where one group has few values; and that by influence
 * values, which knows how the means vary together with the standard deviation. Not available where
 * `testGroupMeans` is not.
 */
export function standardizedDifference(
  first: Numbers,
  second: Numbers,
  level = DEFAULT_LEVEL,
): StandardizedDifference | NotAvailable {
  const test = testGroupMeans(first, second, level);
  if (!isAvailable(test)) return test;
  const groups = [summarise(first), summarise(second)] as const;
  const n = groups[0].n + groups[1].n;
  const squares = groups[0].squares + groups[1].squares;
  const sd = Math.sqrt(squares / (n - 2));
  const d = test.estimate / sd;
  const influence = new Float64Array(n);
  for (let at = 0; at < n; at++) {
    const isFirst = at < first.length;
    const { n: size, mean } = groups[isFirst ? 0 : 1];
    const own = (isFirst ? first[at]! : second[at - first.length]!) - mean;
    const ofMeans = ((isFirst ? 1 : -1) * own) / (size * sd);
    influence[at] = ofMeans - (d / 2) * (own ** 2 / squares - 1 / n);
  }
  const { low, high } = test.interval;
  const span = spanByInfluence(d, influence, 'identity', level);
  const ends = isAvailable(span) ? span : { low: d, high: d };
  return {
    d,
    interval: { low: Math.min(low / sd, ends.low), high: Math.max(high / sd, ends.high), level },
  };
}

/**
 * Hedges' g of two independent groups: `standardizedDifference` and its interval, times
 * 1 − 3/(4 (n₁ + n₂) − 9) (Hedges 1981). Not available below 2 values in a group and where that is
 * not.
 */
export function hedgesG(
  first: Numbers,
  second: Numbers,
  level = DEFAULT_LEVEL,
): EffectSize | NotAvailable {
  if (first.length < 2 || second.length < 2) return notAvailable('fewer than 2 values in a group');
  const found = standardizedDifference(first, second, level);
  if (!isAvailable(found)) return found;
  const correction = 1 - 3 / (4 * (first.length + second.length) - 9);
  const { low, high } = found.interval;
  return {
    value: found.d * correction,
    interval: { low: low * correction, high: high * correction, level },
  };
}
