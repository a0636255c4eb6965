import { isRoundingNoise, type Numbers, sizeOf, subtract, summarise } from './describe.ts';
import { type NotAvailable, notAvailable } from './not-available.ts';

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
