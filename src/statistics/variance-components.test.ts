import { describe, expect, test } from 'vitest';
import { isAvailable } from './not-available.ts';
import { type Effect, estimateComponents } from './variance-components.ts';

const PERSON: Effect = { facet: null, within: true };

/** @param each measurements of one person */
function measure(
  scores: readonly number[],
  each: number,
  facets: readonly ((at: number) => number)[],
) {
  return {
    scores: Float64Array.from(scores),
    starts: Array.from({ length: scores.length / each + 1 }, (_, person) => person * each),
    facets: facets.map((of) => {
      const codes = scores.map((_, at) => of(at % each));
      return { codes, levels: Math.max(...codes) + 1 };
    }),
  };
}

function estimate(
  measured: Parameters<typeof estimateComponents>[0],
  effects: readonly Effect[],
): readonly number[] {
  const found = estimateComponents(measured, effects);
  if (!isAvailable(found)) throw new Error(found.notAvailable);
  return [...found.values];
}

/** 12 persons × 3 draws × 2 administrations. */
const DRAWS = [
  9, 10, 8, 8, 8, 10, 3, 3, 1, 3, 2, 1, 4, 4, 4, 4, 3, 4, 4, 5, 5, 4, 4, 3, 1, 1, 0, 1, 3, 3, 2, 5,
  3, 2, 2, 2, 4, 5, 4, 4, 3, 5, 6, 4, 5, 5, 4, 2, 6, 3, 4, 4, 4, 4, 8, 7, 8, 6, 8, 8, 6, 6, 4, 5, 6,
  6, 6, 8, 7, 9, 9, 9,
];
const drawOf = (at: number) => Math.floor(at / 2);

/** 8 persons × 3 levels of f × 2 of g × 2 administrations. */
const WAYS = [
  -1, -1, 2, 2, 1, 0, 5, 6, 4, 4, 5, 6, 2, 2, 5, 5, 3, 3, 3, 5, 6, 5, 5, 4, 0, -1, 6, 8, 6, 5, 12,
  9, 8, 6, 10, 9, 0, 0, -1, -1, 0, 1, 4, 4, 5, 5, 7, 6, 2, 5, 5, 6, 4, 3, 6, 5, 6, 9, 7, 9, 2, 2, 5,
  4, 4, 2, 3, 4, 5, 5, 3, 2, 1, 2, 7, 4, -1, -1, 6, 5, 7, 7, 8, 7, 4, 5, 9, 7, 2, 3, 10, 10, 11, 8,
  10, 10,
];
const crossed = measure(WAYS, 12, [
  (at) => Math.floor(at / 4),
  (at) => Math.floor(at / 2) % 2,
  (at) => Math.floor(at / 2),
]);
const CROSSED: readonly Effect[] = [
  PERSON,
  ...[0, 1, 2].map((facet) => ({ facet, within: false })),
  ...[0, 1, 2].map((facet) => ({ facet, within: true })),
];

describe('balanced measurements', () => {
  /** R 4.2.2, lme4 1.1.31: VarCorr(lmer(y ~ 1 + (1 | p) + (1 | p:d))) */
  test('have the components of REML: draws within persons', () => {
    const found = estimate(measure(DRAWS, 6, [drawOf]), [PERSON, { facet: 0, within: true }]);
    const reml = [5.15488223696, 0.194444433549, 0.847222226433];
    found.forEach((value, at) => {
      expect(value).toBeCloseTo(reml[at]!, 6);
    });
  });

  /**
   * R 4.2.2, lme4 1.1.31: VarCorr(lmer(y ~ 1 + (1 | p) + (1 | f) + (1 | g) + (1 | f:g) + (1 | p:f) +
   * (1 | p:g) + (1 | p:f:g)))
   */
  test('have the components of REML: two ways of asking, crossed with persons', () => {
    const found = estimate(crossed, CROSSED);
    const reml = [
      2.142113679679, 2.281251041535, 2.369051199174, 1.425594601214, 0.942708349009, 0.91741037792,
      1.037946419181, 0.937499999669,
    ];
    found.forEach((value, at) => {
      expect(Math.abs(value - reml[at]!)).toBeLessThan(1e-4);
    });
  });
});

test('what is left without a person is what an estimate without them gives', () => {
  const found = estimateComponents(crossed, CROSSED);
  if (!isAvailable(found)) throw new Error(found.notAvailable);
  const others = measure(WAYS.slice(12), 12, [
    (at) => Math.floor(at / 4),
    (at) => Math.floor(at / 2) % 2,
    (at) => Math.floor(at / 2),
  ]);
  const again = estimate(others, CROSSED);
  expect(found.without).toHaveLength(8);
  found.without[0]!.forEach((value, at) => {
    expect(value).toBeCloseTo(again[at]!, 9);
  });
});

/**
 * By hand, Searle, Casella & McCulloch (1992), § 3.6: persons with 3, 2 and 1 measurements, totals
 * 6, 10 and 9: T = 12 + 50 + 81, T of the mean 625/6, Σy² = 14 + 52 + 81; k = 6 − 14/6.
 */
test('of unbalanced measurements by Henderson’s method I, as by hand', () => {
  const scores = Float64Array.of(1, 2, 3, 4, 6, 9);
  const found = estimate({ scores, starts: [0, 3, 5, 6], facets: [] }, [PERSON]);
  const residual = (147 - 143) / (6 - 3);
  const person = (143 - 625 / 6 - 2 * residual) / (6 - 14 / 6);
  expect(found[0]).toBeCloseTo(person, 12);
  expect(found[1]).toBeCloseTo(residual, 12);
});

test('a negative estimate is given as it is', () => {
  const [person] = estimate(measure([1, 3, 3, 1, 1, 3], 2, []), [PERSON]);
  expect(person).toBe(-1);
});

test('components that the design does not tell apart are not available', () => {
  const same = { facet: 0, within: true };
  expect(estimateComponents(measure(DRAWS, 6, [() => 0]), [PERSON, same])).toEqual({
    notAvailable: 'the design does not tell the components apart',
  });
  expect(estimateComponents(measure(DRAWS.slice(0, 6), 6, []), [PERSON])).toEqual({
    notAvailable: 'fewer than 2 persons',
  });
});
