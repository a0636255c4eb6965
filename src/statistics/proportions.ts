import {
  betaQuantile,
  betaUpperQuantile,
  normalQuantile,
  normalTwoSided,
} from './distributions.ts';
import { DEFAULT_LEVEL, type Interval, tailOf } from './interval.ts';
import { type NotAvailable, notAvailable } from './not-available.ts';

/** How many of how many. Both whole, 0 ≤ successes ≤ n, else RangeError. */
export interface Count {
  readonly successes: number;
  readonly n: number;
}

export interface ProportionComparison {
  /** First proportion minus second. */
  readonly difference: number;
  readonly z: number;
  /** Two-sided. */
  readonly p: number;
}

/**
 * Two independent proportions by the z test with pooled variance and without continuity correction
 * (as `proportions_ztest` of statsmodels). Not available when a group is empty, and when all of
 * both groups, or none, are successes: there is no variance to compare with.
 */
export function compareProportions(
  first: Count,
  second: Count,
): ProportionComparison | NotAvailable {
  requireCount(first);
  requireCount(second);
  if (first.n === 0 || second.n === 0) return notAvailable('a group is empty');
  const successes = first.successes + second.successes;
  const n = first.n + second.n;
  if (successes === 0 || successes === n) return notAvailable('both groups are constant');
  const pooled = successes / n;
  const difference =
    (first.successes * second.n - second.successes * first.n) / (first.n * second.n);
  const z = difference / Math.sqrt(pooled * ((n - successes) / n) * (1 / first.n + 1 / second.n));
  return { difference, z, p: normalTwoSided(z) };
}

/** Score interval of Wilson (1927), without continuity correction. Not available for n = 0. */
export function wilsonInterval(count: Count, level = DEFAULT_LEVEL): Interval | NotAvailable {
  requireCount(count);
  const z = -normalQuantile(tailOf(level));
  const { successes, n } = count;
  if (n === 0) return notAvailable('no observations');
  const failures = n - successes;
  const halfWidth = z * Math.sqrt((successes * failures) / n + (z * z) / 4);
  // Each limit as a quotient of positive terms: the textbook difference leaves noise instead of 0
  // for no successes.
  const low =
    successes === 0 ? 0 : (successes * successes) / n / (successes + (z * z) / 2 + halfWidth);
  const above =
    failures === 0 ? 0 : (failures * failures) / n / (failures + (z * z) / 2 + halfWidth);
  return { low, high: 1 - above, level };
}

/**
 * Exact interval of Clopper & Pearson (1934): covers at least `level`, usually more. Not available
 * for n = 0.
 */
export function clopperPearsonInterval(
  count: Count,
  level = DEFAULT_LEVEL,
): Interval | NotAvailable {
  requireCount(count);
  const tail = tailOf(level);
  const { successes, n } = count;
  if (n === 0) return notAvailable('no observations');
  return {
    low: successes === 0 ? 0 : betaQuantile(tail, successes, n - successes + 1),
    high: successes === n ? 1 : betaUpperQuantile(tail, successes + 1, n - successes),
    level,
  };
}

function requireCount({ successes, n }: Count): void {
  if (!(Number.isInteger(successes) && Number.isInteger(n) && successes >= 0 && successes <= n)) {
    throw new RangeError(
      `a count is a whole number of successes out of a whole number, not ${successes} of ${n}`,
    );
  }
}
