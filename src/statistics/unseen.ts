/** What a sample in which everybody is alike leaves open about those that it does not hold. */
import { DEFAULT_LEVEL, type Interval, tailOf } from './interval.ts';

/**
 * The largest share of persons that may depart from all the others although none of `n` does: not
 * to see one then has the probability of a tail of `level` (the limit of Clopper & Pearson 1934 for
 * none of n).
 */
export function largestUnseenShare(n: number, level = DEFAULT_LEVEL): number {
  return 1 - tailOf(level) ** (1 / n);
}

/**
 * Interval of a mean of which all of `n` values are `value`: up to where it would be if the largest
 * unseen share had the lowest, or the highest, value of `range`. No statistic has an interval that
 * is shorter and holds for every distribution on that range.
 */
export function spanConstant(
  value: number,
  n: number,
  range: { readonly min: number; readonly max: number },
  level = DEFAULT_LEVEL,
): Interval {
  const unseen = largestUnseenShare(n, level);
  return {
    low: value + unseen * (range.min - value),
    high: value + unseen * (range.max - value),
    level,
  };
}

/**
 * The smallest p that `n` persons can give to the claim that a mean difference lies within
 * ±`bound`, where a person may differ by up to `reach`. If the mean were at the bound, at least a
 * share (bound − |c|)/(reach − |c|) of the persons would differ by more than c, and that none of n
 * does has at most this probability.
 * @param constant c, by which all persons differ who were seen; 0 if they do not all differ alike
 */
export function leastEquivalenceP(n: number, bound: number, reach: number, constant = 0): number {
  const room = bound - Math.abs(constant);
  if (room <= 0) return 1;
  return Math.max(0, 1 - room / (reach - Math.abs(constant))) ** n;
}
