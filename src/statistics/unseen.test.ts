import { expect, test } from 'vitest';
import { largestUnseenShare, leastEquivalenceP, spanConstant } from './unseen.ts';

/** R 4.2.2: binom.test(0, 20)$conf.int[2] and binom.test(0, 20, conf.level = .9)$conf.int[2] */
test('the largest share that may be unseen is the limit of Clopper and Pearson', () => {
  expect(largestUnseenShare(20)).toBeCloseTo(0.168433470983085, 13);
  expect(largestUnseenShare(20, 0.9)).toBeCloseTo(0.139108340668265, 13);
});

test('a constant has the interval of what that share may add', () => {
  const { low, high } = spanConstant(1, 20, { min: -6, max: 6 });
  expect(low).toBeCloseTo(1 - 7 * 0.168433470983085, 12);
  expect(high).toBeCloseTo(1 + 5 * 0.168433470983085, 12);
});

/** R 4.2.2: (1 - .5/6)^40, (1 - (.5 - .2)/(6 - .2))^40 */
test('the least p is the chance that none of n is seen who makes up a difference at the bound', () => {
  expect(leastEquivalenceP(40, 0.5, 6)).toBeCloseTo(0.0307933943985014, 14);
  expect(leastEquivalenceP(40, 0.5, 6, -0.2)).toBeCloseTo(0.119505484584647, 14);
  expect(leastEquivalenceP(40, 0.5, 6, 0.5)).toBe(1);
  expect(leastEquivalenceP(40, 7, 6)).toBe(0);
});
