/** Ratios of shares and of odds, and the exact test of paired yes/no outcomes. */
import { binomialCdf } from './distributions.ts';
import type { Interval } from './interval.ts';
import { type NotAvailable, notAvailable } from './not-available.ts';
import type { Estimated } from './shares.ts';

/**
 * Interval of the ratio first / second of two quantities that are not negative, from the interval
 * of each (MOVER-R, Donner & Zou 2012; for shares with Wilson's limits recommended by Fagerland,
 * Lydersen & Laake 2015). The upper limit is null where it is infinite, as the second may be 0. Not
 * available where the second is 0.
 * @param correlation of the two estimates; 0 where they share no cluster
 */
export function spanRatio(
  first: Estimated,
  second: Estimated,
  correlation: number,
): { readonly low: number; readonly high: number | null; readonly level: number } | NotAvailable {
  if (second.value === 0) return notAvailable('the reference is 0');
  const { low: firstLow, high: firstHigh, level } = first.interval;
  const { low: secondLow, high: secondHigh } = second.interval;
  const parts = (own: number, other: number) => {
    const middle =
      first.value * second.value - correlation * (first.value - own) * (other - second.value);
    const [over, under] = [own * (2 * first.value - own), other * (2 * second.value - other)];
    return { over, under, sum: middle + Math.sqrt(Math.max(0, middle ** 2 - over * under)) };
  };
  const lower = parts(firstLow, secondHigh);
  const upper = parts(firstHigh, secondLow);
  return {
    // The published quotient, without its cancellation.
    low: lower.over === 0 ? 0 : lower.over / lower.sum,
    high: upper.under > 0 ? upper.sum / upper.under : null,
    level,
  };
}

/** As odds; null for a share of 1, or an interval up to 1, whose odds are infinite. */
export function oddsOf({ value, interval: { low, high, level } }: Estimated): Estimated | null {
  if (high >= 1) return null;
  const odds = (share: number) => share / (1 - share);
  const interval: Interval = { low: odds(low), high: odds(high), level };
  return { value: odds(value), interval };
}

/**
 * McNemar's exact test, two-sided: how unlikely so uneven a division of the pairs that disagree is.
 * 1 where none does.
 */
export function testMcNemar(firstOnly: number, secondOnly: number): number {
  const n = firstOnly + secondOnly;
  if (n === 0) return 1;
  return Math.min(1, 2 * binomialCdf(Math.min(firstOnly, secondOnly), n, 0.5));
}
