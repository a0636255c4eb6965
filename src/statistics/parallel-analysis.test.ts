import { describe, expect, test } from 'vitest';
import { eigenvaluesOf, solveLinear } from './linear.ts';
import { ChanceEigenvalues, congruenceOf, countFactors } from './parallel-analysis.ts';

describe('eigenvalues', () => {
  /** R 4.2.2: eigen(matrix(c(...), 4))$values */
  test('of a symmetric matrix, as in R', () => {
    const matrix = Float64Array.of(4, 1, -2, 2, 1, 2, 0, 1, -2, 0, 3, -2, 2, 1, -2, -1);
    const expected = [6.844621107235, 2.268531406431, 1.084364463773, -2.197516977439];
    eigenvaluesOf(matrix, 4).forEach((value, at) => {
      expect(value).toBeCloseTo(expected[at]!, 11);
    });
  });

  test('of matrices that come apart, and of one by one', () => {
    expect([...eigenvaluesOf(Float64Array.of(1, 0, 0, 0, 3, 0, 0, 0, 2), 3)]).toEqual([3, 2, 1]);
    expect([...eigenvaluesOf(Float64Array.of(5), 1)]).toEqual([5]);
    const ones = eigenvaluesOf(new Float64Array(25).fill(1), 5);
    expect(ones[0]).toBeCloseTo(5, 12);
    expect(ones[4]).toBeCloseTo(0, 12);
  });
});

test('a system of equations is solved, and a singular one is not', () => {
  expect([...solveLinear(Float64Array.of(0, 2, 1, 1), Float64Array.of(4, 5))!]).toEqual([3, 2]);
  expect(solveLinear(Float64Array.of(1, 2, 2, 4), Float64Array.of(1, 2))).toBeNull();
});

/**
 * R 4.2.2: apply(replicate(1000, eigen(cor(matrix(rnorm(n * k), n)), TRUE, TRUE)$values), 1,
 * quantile, .95); both are simulated, with standard errors of about 0.02.
 */
test.each([
  [826, 6, [1.162, 1.093, 1.045, 1.004, 0.966, 0.925]],
  [100, 10, [1.688, 1.465, 1.32, 1.195, 1.09, 0.997]],
  [826, 44, [1.519, 1.461, 1.418, 1.382, 1.35, 1.323]],
])('eigenvalues of chance for %d persons and %d items, as in R', (n, k, expected) => {
  const found = new ChanceEigenvalues().of(n, k);
  expect(found).toHaveLength(k);
  expected.forEach((value, at) => {
    expect(Math.abs(found[at]! - value), `place ${at}`).toBeLessThan(0.05);
  });
  expect(new ChanceEigenvalues().of(n, k)).toEqual(found);
});

test('factors end at the first eigenvalue that chance reaches', () => {
  expect(countFactors(Float64Array.of(3, 1, 1.2), Float64Array.of(1.5, 1.1, 1))).toBe(1);
  expect(countFactors(Float64Array.of(1, 1), Float64Array.of(1.1, 1))).toBe(0);
  expect(countFactors(Float64Array.of(2, 2), Float64Array.of(1, 1))).toBe(2);
});

/** psych 2.2.9: factor.congruence(matrix(c(.5, .6, .7)), matrix(c(.7, .6, -.1)), digits = 9) */
test('congruence as in R', () => {
  expect(congruenceOf([0.5, 0.6, 0.7], [0.7, 0.6, -0.1])).toBeCloseTo(0.658012897, 8);
  expect(congruenceOf([1, 2], [2, 4])).toBeCloseTo(1, 14);
});
