import { describe, expect, test } from 'vitest';
import { testFisherExact, testSignFlips } from './exact-tests.ts';

describe('signs of differences', () => {
  test('of one size: the sign test, which is McNemar’s exact test', () => {
    // R 4.2.2: binom.test(2, 11)$p.value, binom.test(0, 6)$p.value
    const differences = [...Array<number>(9).fill(1), -1, -1, 0, 0, 0];
    expect(testSignFlips(differences)).toEqual({
      p: expect.closeTo(0.0654296875, 14),
      n: 11,
      isExact: true,
    });
    expect(testSignFlips(Array<number>(6).fill(-3)).p).toBeCloseTo(0.03125, 15);
  });

  test('of several sizes: the same as counting all signs', () => {
    const differences = [3, -1, 2, 2, 0, 5, -2, 1, 1];
    const sum = Math.abs(differences.reduce((all, one) => all + one, 0));
    let extreme = 0;
    for (let signs = 0; signs < 2 ** differences.length; signs++) {
      const flipped = differences.reduce(
        (all, one, at) => all + ((signs >> at) % 2 === 0 ? one : -one),
        0,
      );
      if (Math.abs(flipped) >= sum) extreme++;
    }
    expect(testSignFlips(differences).p).toBeCloseTo(extreme / 2 ** differences.length, 14);
  });

  test('nothing that differs, and differences that cancel, are no evidence', () => {
    expect(testSignFlips([0, 0])).toEqual({ p: 1, n: 0, isExact: true });
    expect(testSignFlips([2, -1, -1]).p).toBe(1);
  });

  test('of many, the sum is taken for normal, which is close to counting', () => {
    const many = Array.from(
      { length: 1500 },
      (_, index) => (index % 7 < 3 ? -1 : 1) * (1 + (index % 2)),
    );
    const more = [...many, ...many];
    const exact = testSignFlips(many.slice(0, 300));
    expect(exact.isExact).toBe(true);
    const approximate = testSignFlips(more);
    expect(approximate.isExact).toBe(false);
    expect(approximate.p).toBeLessThan(exact.p);
  });
});

describe('Fisher’s exact test', () => {
  // R 4.2.2: fisher.test(matrix(c(3, 17, 0, 40), 2))$p.value and so on
  test.each([
    [3, 20, 0, 40, 0.0333138515488],
    [1, 826, 9, 826, 0.0211130887811],
    [5, 10, 5, 10, 1],
    [0, 10, 0, 10, 1],
    [12, 15, 30, 90, 0.0011040575313],
  ])('%i of %i against %i of %i', (a, n, b, m, p) => {
    const test = { first: { successes: a, n }, second: { successes: b, n: m } };
    expect(testFisherExact(test)).toBeCloseTo(p, 10);
  });
});
