import { expect, test } from 'vitest';
import { isAvailable, type NotAvailable } from './not-available.ts';
import {
  compareWeightedMeans,
  effectiveSize,
  estimateWeightedMean,
  type WeightedEstimate,
} from './weighted.ts';

const X = [1.2, 2.5, 3.1, 4.8, 2.2, 3.9, 5, 1.1];
const Y = [0.9, 2.9, 2, 4.1, 2.5, 3, 4.2, 1.9];
const WEIGHTS = [1, 2, 1, 3, 1, 1, 2, 4];
const units = (from: number) => X.map((_, index) => from + index);

function taken(result: WeightedEstimate | NotAvailable): WeightedEstimate {
  if (!isAvailable(result)) throw new Error(result.notAvailable);
  return result;
}

// R 4.2.2, survey 4.1: svymean(~d, svydesign(~1, weights = ~w)), confint(df = degf(design)).
test('a weighted mean of pairs agrees with survey', () => {
  const differences = X.map((own, index) => own - Y[index]!);
  const mean = taken(
    estimateWeightedMean({ values: differences, weights: WEIGHTS, units: units(0) }),
  );
  const paired = taken(
    compareWeightedMeans(
      { values: X, weights: WEIGHTS, units: units(0) },
      { values: Y, weights: WEIGHTS, units: units(0) },
    ),
  );
  for (const { value, interval, df } of [mean, paired]) {
    expect(value).toBeCloseTo(0.113333333333333, 12);
    expect(interval.low).toBeCloseTo(-0.662299631735974, 9);
    expect(interval.high).toBeCloseTo(0.888966298402641, 9);
    expect(df).toBe(7);
  }
});

// R 4.2.2, survey 4.1: svyglm(v ~ g, design).
test('two weighted groups agree with survey', () => {
  const { value, p, df } = taken(
    compareWeightedMeans(
      { values: X, weights: WEIGHTS, units: units(0) },
      { values: Y, weights: WEIGHTS.toReversed(), units: units(8) },
    ),
  );
  expect([value, p, df]).toEqual([
    expect.closeTo(0.526666666666667, 12),
    expect.closeTo(0.557348672818256, 9),
    14,
  ]);
});

test('what rounding leaves of equal values is no difference', () => {
  const constant = (from: number) => ({
    values: X.map(() => 1974),
    weights: WEIGHTS.map((weight) => weight / 7),
    units: units(from),
  });
  const reversed = { ...constant(8), weights: constant(8).weights.toReversed() };
  for (const result of [
    estimateWeightedMean(constant(0)),
    compareWeightedMeans(constant(0), reversed),
  ])
    expect(result).toEqual({ notAvailable: 'the weighted values are constant' });
});

test('the effective size is that of Kish', () => {
  // R 4.2.2: sum(w)^2 / sum(w^2)
  expect(effectiveSize(WEIGHTS)).toBeCloseTo(6.08108108108108, 12);
  expect(effectiveSize([2, 2, 2])).toBe(3);
  expect(effectiveSize([])).toBe(0);
});

test('equal values have no weighted test', () => {
  const same = { values: [1, 1], weights: [1, 2], units: [0, 1] };
  expect(estimateWeightedMean(same)).toEqual({
    notAvailable: 'the weighted values are constant',
  });
});
