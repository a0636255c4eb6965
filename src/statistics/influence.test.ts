import { describe, expect, test } from 'vitest';
import { crowdAtOneEnd, freedomOf, spanByInfluence, spanOnScale } from './influence.ts';
import type { Interval } from './interval.ts';

describe('an interval by influence values', () => {
  const values = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
  const mean = 0.75;
  const influence = Float64Array.from(values, (value) => (value - mean) / 10);

  /** R 4.2.2: t.test(sleep$extra[1:10])$conf.int; the kurtosis of these values leaves all 9 df */
  test('is that of Student for a mean', () => {
    expect(freedomOf(influence)).toBe(9);
    const { low, high } = spanByInfluence(mean, influence, 'identity') as Interval;
    expect(low).toBeCloseTo(-0.529780413526232, 12);
    expect(high).toBeCloseTo(2.02978041352623, 12);
  });

  test('has fewer degrees of freedom where one value makes up most of the variance', () => {
    const heavy = Float64Array.from({ length: 100 }, (_, i) => (i === 0 ? 1 : i === 1 ? -1 : 0));
    // 2 · 100 / (50 − 97/99) is 4.08.
    expect(freedomOf(heavy)).toBe(6);
    const less = Float64Array.from({ length: 100 }, (_, i) => (i < 10 ? 1 : i < 20 ? -1 : 0));
    expect(freedomOf(less)).toBeCloseTo(200 / (5 - 97 / 99), 12);
  });

  test.each([
    ['log', 2, 2 * Math.exp(0.5), 2 * Math.exp(-0.5)],
    ['logit', 0.5, 1 / (1 + Math.exp(-4)), 1 / (1 + Math.exp(4))],
    ['fisher', 0, Math.tanh(1), Math.tanh(-1)],
    ['log of the rest', 0.5, 1 - 0.5 * Math.exp(-2), 1 - 0.5 * Math.exp(2)],
  ] as const)('on the scale of %s', (transform, estimate, high, low) => {
    // R 4.2.2: qt(.975, 10)
    const error = { standardError: 1 / 2.22813885198627, df: 10 };
    const interval = spanOnScale(estimate, error, transform) as Interval;
    expect(interval.low).toBeCloseTo(low, 12);
    expect(interval.high).toBeCloseTo(high, 12);
  });

  test('not available', () => {
    expect(spanByInfluence(1, Float64Array.of(0), 'identity')).toEqual({
      notAvailable: 'fewer than 2 clusters',
    });
    expect(spanByInfluence(1, new Float64Array(5), 'identity')).toEqual({
      notAvailable: 'no cluster moves the estimate',
    });
    expect(spanByInfluence(1, Float64Array.of(0.1, -0.1), 'fisher')).toEqual({
      notAvailable: 'the estimate is at an end of its range',
    });
  });
});

describe('a crowd at one end of the scale', () => {
  const scores = (counts: Readonly<Record<number, number>>) =>
    Object.entries(counts).flatMap(([score, count]) => Array<number>(count).fill(Number(score)));

  test.each([
    ['two points with both ends', { 0: 17, 6: 3 }, false],
    ['a single person in the other half', { 0: 10, 1: 6, 2: 3, 6: 1 }, true],
    ['two of a hundred', { 6: 96, 5: 2, 2: 2 }, true],
    ['few in the other half, but many off the end', { 0: 60, 1: 20, 2: 20 }, false],
    ['the middle belongs to both halves', { 3: 4 }, false],
    ['nobody', {}, true],
  ])('%s', (_, counts, isCrowded) => {
    expect(crowdAtOneEnd(scores(counts), 3, 1)).toBe(isCrowded);
  });

  test('means over administrations count by the item', () => {
    const means = Array.from({ length: 20 }, (_, person) => person / 50);
    expect(crowdAtOneEnd(means, 3, 1)).toBe(true);
    expect(crowdAtOneEnd(means, 3, 0.01)).toBe(false);
  });
});
