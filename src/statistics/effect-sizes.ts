import { isRoundingNoise, type Numbers, sizeOf, subtract, summarise } from './describe.ts';
import { spanByInfluence } from './influence.ts';
import { DEFAULT_LEVEL, type Interval } from './interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from './not-available.ts';
import { testGroupMeans } from './t-tests.ts';

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
