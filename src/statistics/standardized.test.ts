import { expect, test } from 'vitest';
import { isAvailable, type NotAvailable } from './not-available.ts';
import { estimateDav, estimateDz, estimateG, type StandardizedDifference } from './standardized.ts';

const X = [1.2, 2.5, 3.1, 4.8, 2.2, 3.9, 5, 1.1];
const Y = [0.9, 2.9, 2, 4.1, 2.5, 3, 4.2, 1.9];

function taken(result: StandardizedDifference | NotAvailable): readonly number[] {
  if (!isAvailable(result)) throw new Error(result.notAvailable);
  return [result.value, result.interval!.low, result.interval!.high];
}

// R 4.2.2: mean(x - y) / sd(x - y), mean(x - y) / ((sd(x) + sd(y)) / 2); the intervals from
// numerical derivatives of both with respect to the weights of the pairs.
test('d_z and d_av of pairs agree with R, their intervals with numerical derivatives', () => {
  const [dz, dzLow, dzHigh] = taken(estimateDz(X, Y));
  expect(dz).toBeCloseTo(0.408413762992632, 12);
  expect(dzLow).toBeCloseTo(-0.503581645544856, 5);
  expect(dzHigh).toBeCloseTo(1.32040917153012, 5);
  const [dav, davLow, davHigh] = taken(estimateDav(X, Y));
  expect(dav).toBeCloseTo(0.219457653305676, 12);
  expect(davLow).toBeCloseTo(-0.226315498890675, 5);
  expect(davHigh).toBeCloseTo(0.665230805502028, 5);
});

// R 4.2.2: the pooled sd by var(x) and var(y), times 1 - 3/(4 * (n1 + n2) - 9).
test('Hedges’ g agrees with R, and turns round with its groups', () => {
  const [g, low, high] = taken(estimateG(X, Y.slice(0, 6)));
  expect(g).toBeCloseTo(0.285268246785677, 12);
  const [turned, turnedLow, turnedHigh] = taken(estimateG(Y.slice(0, 6), X));
  expect([-turned!, -turnedHigh!, -turnedLow!]).toEqual([
    expect.closeTo(g!, 12),
    expect.closeTo(low!, 12),
    expect.closeTo(high!, 12),
  ]);
  expect(low).toBeLessThan(g!);
});

test('what does not vary has no standardized difference', () => {
  expect(estimateDz([2, 3, 4], [1, 2, 3])).toEqual({
    notAvailable: 'the differences are constant',
  });
  expect(estimateDav([2, 2], [1, 1])).toEqual({ notAvailable: 'both sides are constant' });
  expect(estimateG([2, 2], [1, 1])).toEqual({ notAvailable: 'both groups are constant' });
  expect(estimateG([2], [1, 1])).toEqual({ notAvailable: 'fewer than 2 values in a group' });
});
