import { expect, test } from 'vitest';
import { isAvailable } from './not-available.ts';
import { wilsonInterval } from './proportions.ts';
import { oddsOf, spanRatio, testMcNemar } from './ratios.ts';
import type { Estimated } from './shares.ts';

function shareOf(successes: number, n: number): Estimated {
  const interval = wilsonInterval({ successes, n });
  if (!isAvailable(interval)) throw new Error(interval.notAvailable);
  return { value: successes / n, interval };
}

const FIRST = shareOf(15, 20);
const SECOND = shareOf(6, 25);

// By hand in R 4.2.2, the equations of Donner & Zou (2012) with Wilson's limits.
test.each([
  [FIRST, SECOND, 0, [1.56461044033135, 6.62335568241639]],
  [FIRST, SECOND, 0.3, [1.71265346492608, 6.26436932309821]],
  [oddsOf(FIRST)!, oddsOf(SECOND)!, 0, [2.55215468640443, 35.69545126085696]],
])(
  'the interval of a ratio agrees with the published equations',
  (first, second, r, [low, high]) => {
    expect(spanRatio(first, second, r)).toMatchObject({
      low: expect.closeTo(low!, 9),
      high: expect.closeTo(high!, 9),
    });
  },
);

test('a ratio to 0 does not exist, and one to what may be 0 is not bounded', () => {
  expect(spanRatio(FIRST, shareOf(0, 25), 0)).toEqual({ notAvailable: 'the reference is 0' });
  const open = { value: 0.1, interval: { low: 0, high: 0.3, level: 0.95 } };
  expect(spanRatio(FIRST, open, 0)).toMatchObject({ high: null });
  expect(spanRatio(shareOf(0, 20), SECOND, 0)).toMatchObject({ low: 0 });
  expect(oddsOf(shareOf(25, 25))).toBeNull();
});

test('McNemar’s exact test is the binomial test of the pairs that disagree', () => {
  // R 4.2.2: binom.test(3, 12)$p.value
  expect(testMcNemar(3, 9)).toBeCloseTo(0.14599609375, 12);
  expect(testMcNemar(9, 3)).toBeCloseTo(0.14599609375, 12);
  expect(testMcNemar(0, 0)).toBe(1);
  expect(testMcNemar(4, 4)).toBe(1);
});
