import { describe, expect, test } from 'vitest';
import { chiSquaredSurvival } from './distributions.ts';
import { drawBelow, randomWords, xoshiro128 } from './random.ts';

const SEED = 20_261_123;

const take = (count: number, draw: () => number) => Array.from({ length: count }, draw);

test('the generator gives the words of its reference implementation', () => {
  // xoshiro128starstar.c 1.1 of Blackman & Vigna, state {1, 2, 3, 4}; the same vector as in Rust's
  // rand_xoshiro.
  const expected = [
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
    4258142804,
  ];
  expect(take(10, xoshiro128([1, 2, 3, 4]))).toEqual(expected);
});

test('a seed gives the same words again, another seed others', () => {
  const words = (seed: number) => take(6, randomWords(seed)).join();
  expect(words(SEED)).toBe(words(SEED));
  const seeds = [0, 1, -1, 2 ** 32, 2 ** 32 + 1, -(2 ** 32), SEED, -SEED, Number.MAX_SAFE_INTEGER];
  expect(new Set(seeds.map(words)).size).toBe(seeds.length);
});

test('the words of a seed do not change from release to release', () => {
  expect(take(4, randomWords(1))).toEqual([2442144158, 3238099751, 3819917871, 2104621829]);
});

describe('draws', () => {
  test.each([1, 2, 7, 826, 2 ** 21])('below %d are even', (choices) => {
    const words = randomWords(SEED);
    const cells = Math.min(choices, 826);
    const counts = new Float64Array(cells);
    const draws = 100 * cells;
    for (let i = 0; i < draws; i++)
      counts[Math.floor((drawBelow(choices, words) * cells) / choices)]!++;
    const distance = counts.reduce((total, count) => total + (count - 100) ** 2 / 100, 0);
    if (cells > 1)
      expect(chiSquaredSurvival(distance, cells - 1), `seed ${SEED}`).toBeGreaterThan(1e-4);
    else expect(counts[0]).toBe(draws);
  });

  test('words that would favour some choices are passed over', () => {
    // 2³² leaves 1 over when divided by 3: of the products with 3, only that of word 0 has a low
    // half below 1.
    const words = [0, 0, 2 ** 32 - 1][Symbol.iterator]();
    expect(drawBelow(3, () => words.next().value!)).toBe(2);
  });

  test.each([0, -1, 1.5, 2 ** 21 + 1, Number.NaN])('from %d choices are refused', (choices) => {
    expect(() => drawBelow(choices, randomWords(SEED))).toThrow(RangeError);
  });
});

test.each([0.5, Number.NaN, 2 ** 60])('a seed of %d is refused', (seed) => {
  expect(() => randomWords(seed)).toThrow(RangeError);
});
