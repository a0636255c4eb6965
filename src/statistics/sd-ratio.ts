/** The standard deviation of a sample beside one that is only known as a number, such as a norm's. */
import { type Numbers, summarise } from './describe.ts';
import { normalQuantile } from './distributions.ts';
import { DEFAULT_LEVEL, type Interval, tailOf } from './interval.ts';
import { type NotAvailable, notAvailable } from './not-available.ts';

/** Of fewer values, the kurtosis says nothing. */
const FEWEST_VALUES = 10;

/**
 * Interval of the ratio of two standard deviations that takes neither distribution of the sample for
 * normal: that of Bonett (2006, doi:10.1016/j.csda.2004.10.003) for the logarithm of the sample's
 * variance, whose standard error follows from the kurtosis around a trimmed mean. The other variance adds that of normal theory,
 * 2 / (n − 1), where its n is known, and nothing where it is not. Not available for fewer than 10
 * values, and where they are constant.
 */
export function spanSdRatio(
  values: Numbers,
  other: { readonly sd: number; readonly n: number | null },
  level = DEFAULT_LEVEL,
): Interval | NotAvailable {
  const { n, mean, squares } = summarise(values);
  if (n < FEWEST_VALUES) return notAvailable(`fewer than ${FEWEST_VALUES} values`);
  if (!(squares > 1e-24 * (1 + mean * mean))) return notAvailable('the values are constant');
  const z = -normalQuantile(tailOf(level));
  const middle = trimmedMean(values, 1 / (2 * Math.sqrt(n - 4)));
  let fourth = 0;
  for (let at = 0; at < n; at++) fourth += (values[at]! - middle) ** 4;
  const kurtosis = (n * fourth) / squares ** 2;
  const correction = n / (n - z);
  const own = (correction ** 2 * (kurtosis - (n - 3) / n)) / (n - 1);
  const theirs = other.n === null ? 0 : 2 / (other.n - 1);
  const centre = Math.log((correction * squares) / (n - 1) / other.sd ** 2);
  const reach = z * Math.sqrt(own + theirs);
  return { low: Math.exp((centre - reach) / 2), high: Math.exp((centre + reach) / 2), level };
}

/** Without the given share of the values at each end, rounded down to whole values. */
function trimmedMean(values: Numbers, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const cut = Math.floor(sorted.length * share);
  return summarise(sorted.subarray(cut, sorted.length - cut)).mean;
}
