import { describe, expect, test } from 'vitest';
import type { Interval } from './interval.ts';
import { correlateInfluence, type Share, shareOf, spanDifference, spanShare } from './shares.ts';

const HITS = [3, 5, 0, 2, 4, 1];
const SIZES = [5, 5, 4, 3, 5, 2];
const share = shareOf({ hits: HITS, sizes: SIZES }) as Share;

describe('a share of clustered observations', () => {
  /**
   * R 4.2.2, sandwich 3.0.2: m <- glm(y ~ 1, binomial); v <- vcovCL(m, cl, type = "HC0");
   * plogis(coef(m) + c(-1, 1) * qt(.975, 5) * sqrt(v))
   */
  test('has the cluster-robust interval on log odds, as in R', () => {
    const interval = spanShare(share, 'Wilson') as Interval;
    expect(share.share).toBe(0.625);
    expect(interval.low).toBeCloseTo(0.245832631721393, 9);
    expect(interval.high).toBeCloseTo(0.894976621525852, 9);
    expect(interval).toMatchObject({ isRobust: true });
  });

  test('clusters without observations change nothing', () => {
    const more = shareOf({ hits: [...HITS, 0], sizes: [...SIZES, 0] }) as Share;
    expect(spanShare(more, 'Wilson')).toEqual(spanShare(share, 'Wilson'));
  });

  test('at 0 and 1 each cluster counts as one observation', () => {
    const none = shareOf({ hits: [0, 0, 0, 0], sizes: [2, 2, 1, 3] }) as Share;
    // R 4.2.2: z <- qnorm(.975); z^2/(4 + z^2); binom.test(0, 4)$conf.int[2]
    expect((spanShare(none, 'Wilson') as Interval).high).toBeCloseTo(0.489890836454597, 12);
    expect((spanShare(none, 'Clopper-Pearson') as Interval).high).toBeCloseTo(
      0.602364635616475,
      12,
    );
  });

  test('where all clusters have the same share each counts as one observation too', () => {
    const even = shareOf({ hits: [1, 1, 1, 1], sizes: [2, 2, 2, 2] }) as Share;
    const interval = spanShare(even, 'Wilson') as Interval;
    // R 4.2.2: plogis(-qt(.975, 3) * sqrt(.25/4)/.25)
    expect(interval.low).toBeCloseTo(0.0398316693516627, 12);
    expect(interval.low + interval.high).toBeCloseTo(1, 12);
  });

  test('not available without observations and of one cluster', () => {
    expect(shareOf({ hits: [], sizes: [] })).toEqual({ notAvailable: 'there are no observations' });
    expect(spanShare(shareOf({ hits: [1], sizes: [2] }) as Share, 'Wilson')).toEqual({
      notAvailable: 'fewer than 2 clusters',
    });
    expect(() => shareOf({ hits: [1], sizes: [] })).toThrow(RangeError);
  });
});

describe('a difference of shares', () => {
  const first = { value: 0.9, interval: { low: 0.8, high: 0.95, level: 0.95 } };
  const second = { value: 0.6, interval: { low: 0.45, high: 0.73, level: 0.95 } };

  /** Zou & Donner (2008), computed by R 4.2.2 */
  test.each([
    [0, 0.135987805331433, 0.458113883008419],
    [0.4, 0.171547674213349, 0.437840487520902],
  ])('follows the two intervals at a correlation of %d', (correlation, low, high) => {
    const interval = spanDifference(first, second, correlation);
    expect(interval.low).toBeCloseTo(low, 13);
    expect(interval.high).toBeCloseTo(high, 13);
  });

  test('influence values correlate as the estimates do, 0 where one has none', () => {
    const own = Float64Array.of(1, -1, 2, -2);
    expect(correlateInfluence(own, own)).toBeCloseTo(1, 14);
    expect(correlateInfluence(own, Float64Array.of(1, 1, 0, 0))).toBe(0);
    expect(correlateInfluence(own, new Float64Array(4))).toBe(0);
  });
});
