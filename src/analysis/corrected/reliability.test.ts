import { describe, expect, test } from 'vitest';
import {
  answered,
  type Given,
  KEYED,
  MOOD,
  population,
  SPAIN,
  scaled,
  score,
  sheets,
  study,
} from '../../../test/support/small-study.ts';
import {
  type ReliabilityRow,
  tabulateOtherReliability,
  tabulateSheetReliability,
} from './reliability.ts';

/** Three items that go together; of B, one of two says nothing. */
const POINTS = [
  [1, 2, 2],
  [0, 1, 0],
  [-2, -1, -2],
  [2, 2, 1],
  [0, 0, 1],
  [-1, 0, -1],
  [1, 1, 2],
  [-2, 0, -1],
];
const GIVEN: readonly Given[] = POINTS.map((points, index) => ({
  personality: index + 1,
  points: [...points, index % 3, 1],
}));

function tabulate(given: readonly Given[]): readonly ReliabilityRow[] {
  return tabulateOtherReliability(study({ answered: [answered(MOOD, given)] }));
}

const OMEGA_OF_SIX = 0.802055037275;

function expectClose(actual: number | null, expected: number): void {
  expect(Math.abs(actual! - expected), `${actual} for ${expected}`).toBeLessThanOrEqual(
    1e-9 * Math.abs(expected),
  );
}

describe('alpha', () => {
  /**
   * R 4.2.2: a <- k/(k-1)*(1-sum(apply(x,2,var))/var(rowSums(x))); v what a person moves a by, by
   * numerical derivatives; 1-(1-a)*exp(c(1,-1)*qt(.975,7)*sqrt(8/7*sum(v^2))/(1-a))
   */
  test('with an interval that assumes no distribution, as in R', () => {
    const row = tabulate(GIVEN)[0]!;
    expect(row).toMatchObject({
      instrument: 'mood',
      model: 'GPT-4o',
      population: 'Base',
      scale: 'A',
      n: 8,
      k: 3,
      constant_items: [],
    });
    expectClose(row.alpha, 0.9347290640394088);
    expect(row.ci_low).toBeCloseTo(0.820403712165523, 7);
    expect(row.ci_high).toBeCloseTo(0.976278490315468, 7);
    expectClose(row.alpha_without_constant, 0.9347290640394088);
    expect(row).toMatchObject({ n_clusters: 8, reason: 'omega: fewer than 10 persons' });
  });

  /** R 4.2.2: sapply(1:3, function(j) cor(x[, j], rowSums(x[, -j]))) */
  test('with the correlation of each item with the total of the others, as in R', () => {
    const row = tabulate(GIVEN)[0]!;
    expect(row.item_numbers).toEqual([1, 2, 3]);
    const expected = [0.92769183178583703, 0.86824314212445941, 0.86224798183658269];
    expect(row.item_total_r).toHaveLength(expected.length);
    expected.forEach((r, item) => {
      expectClose(row.item_total_r![item]!, r);
    });
    const nobody = tabulate(GIVEN.map((one) => ({ ...one, succeeded: null })))[0]!;
    expect(nobody).toMatchObject({ item_numbers: null, item_total_r: null });
  });

  test('constant items are named and left out beside', () => {
    const four = scaled({ ...MOOD, items: MOOD.items.slice(0, 4) }, 'mean', () => 'A');
    const given = POINTS.map((points, index) => ({ personality: index, points: [...points, 1] }));
    const row = tabulateOtherReliability(study({ answered: [answered(four, given)] }))[0]!;
    expect(row).toMatchObject({
      k: 4,
      constant_items: [4],
      k_without_constant: 3,
      item_numbers: [1, 2, 3, 4],
    });
    // The same as without item 4, which adds nothing to any total.
    expect(row.item_total_r).toEqual([...tabulate(GIVEN)[0]!.item_total_r!, null]);
    expect(row.reason).toBe(
      'item-total correlation of item 4: one of the variables is constant; omega: fewer than 10 persons',
    );
    expectClose(row.alpha, 0.8308702791461411);
    expectClose(row.alpha_without_constant, 0.9347290640394088);
  });

  test('what does not vary has no alpha but a reason', () => {
    const rows = tabulate(GIVEN.map((one) => ({ ...one, points: [1, 1, 1, 0, 2] })));
    expect(rows.map(({ alpha, reason }) => [alpha, reason])).toEqual([
      [null, 'the total does not vary'],
      [null, 'the total does not vary'],
    ]);
    expect(tabulate(GIVEN)[1]).toMatchObject({
      constant_items: [5],
      alpha: 0,
      alpha_without_constant: null,
      item_total_r: [null, null],
    });
    expect(tabulate(GIVEN.map((one) => ({ ...one, succeeded: null })))[0]).toMatchObject({
      n: 0,
      reason: 'no experiment has succeeded',
    });
  });
});

describe('omega', () => {
  /** Points of a person with a trait on four items with this many answers. */
  const points = (person: number, answers: number) =>
    [0, 1, 2, 3].map((item) => {
      const value = ((37 * person) % 101) * 2 + 3 * ((53 * person * (item + 1) + 29 * item) % 61);
      return Math.floor((value * answers) / 401);
    });
  const four = (high: number) =>
    scaled(
      {
        ...MOOD,
        items: MOOD.items.slice(0, 4).map((one) => ({ ...one, range: { low: 0, high } })),
      },
      'sum',
      () => 'A',
    );
  const rowOf = (high: number, given: readonly Given[]) =>
    tabulateOtherReliability(study({ answered: [answered(four(high), given)] }))[0]!;
  const given = (answers: number) =>
    Array.from({ length: 60 }, (_, person) => ({
      personality: person + 1,
      points: points(person, answers),
    }));

  /**
   * R 4.2.2, lavaan 0.6: f <- cfa("f =~ v1 + v2 + v3 + v4", x, std.lv = TRUE, estimator = "ULS");
   * 1 - sum(diag(lavInspect(f, "est")$theta)) / sum(cov(x))
   */
  test('of items with more than four answers comes from covariances, as in lavaan', () => {
    const row = rowOf(5, given(6));
    expect(row.omega).toBeCloseTo(OMEGA_OF_SIX, 6);
    expect(row).toMatchObject({ omega_correlations: 'Pearson', reason: null });
    expect(row.omega_ci_low!).toBeLessThan(row.omega!);
    expect(row.omega_ci_high!).toBeGreaterThan(row.omega!);
  });

  test('of items with fewer answers comes from polychoric correlations', () => {
    expect(rowOf(1, given(2))).toMatchObject({ omega_correlations: 'polychoric' });
    // Six answers were possible, though only two were given.
    expect(rowOf(5, given(2))).toMatchObject({ omega_correlations: 'Pearson' });
  });

  test('administering everything twice moves neither it nor its interval', () => {
    const once = rowOf(5, given(6));
    const twice = rowOf(5, [...given(6), ...given(6)]);
    for (const key of ['omega', 'omega_ci_low', 'omega_ci_high'] as const)
      expectClose(twice[key], once[key]!);
  });

  test('an item on which nobody differs changes nothing in it', () => {
    const five = scaled(
      { ...MOOD, items: MOOD.items.map((one) => ({ ...one, range: { low: 0, high: 5 } })) },
      'sum',
      () => 'A',
    );
    const row = tabulateOtherReliability(
      study({
        answered: [
          answered(
            five,
            given(6).map((one) => ({ ...one, points: [...one.points, 3] })),
          ),
        ],
      }),
    )[0]!;
    expect(row).toMatchObject({ k: 5, constant_items: [5] });
    expectClose(row.omega, rowOf(5, given(6)).omega!);
    expect(row.alpha!).toBeLessThan(rowOf(5, given(6)).alpha!);
  });

  test('does not exist for a Heywood case, which is said', () => {
    const row = rowOf(
      5,
      given(6).map(({ personality, points: [a, b, c, d] }) => ({
        personality,
        points: [a! + 2 * d! - 5, a!, d!, 5 - (c! + b! > 4 ? 1 : 0)],
      })),
    );
    expect(row.alpha).not.toBeNull();
    expect(row.omega).toBeNull();
    expect(row.reason).toContain('omega: a Heywood case');
  });
});

test('saying everything twice narrows no interval', () => {
  const once = tabulate(GIVEN)[0]!;
  const twice = tabulate([...GIVEN, ...GIVEN])[0]!;
  expect(twice).toMatchObject({ n: 16, n_clusters: 8 });
  for (const key of ['alpha', 'ci_low', 'ci_high'] as const) expectClose(twice[key], once[key]!);
});

test('nearly all at one end of the scale: alpha without an interval, and why', () => {
  const low = Array.from({ length: 30 }, (_, index): Given => {
    const point = index === 0 ? 2 : index < 3 ? -1 : -2;
    return { personality: index + 1, points: [point, point, index === 1 ? 0 : point, 0, 1] };
  });
  const row = tabulate(low)[0]!;
  expect(row.alpha).toBeGreaterThan(0.5);
  expect(row).toMatchObject({ ci_low: null, ci_high: null });
  expect(row.reason).toContain('too few persons are away from one end of the scale');
});

test('sheets and the reference population have rows of their own', () => {
  const reference = sheets(
    Object.fromEntries(POINTS.map((_, index) => [index + 1, score(index % 7, (index * 3) % 7)])),
  );
  const keyed = tabulateSheetReliability(
    study({
      reference,
      random: reference,
      answered: [answered(KEYED, [{ personality: 1, points: score(1, 1) }])],
    }),
  );
  expect(keyed.map(({ model, population, scale, n }) => [model, population, scale, n])).toEqual([
    ['GPT-4o', 'Base', 'E', 1],
    ['GPT-4o', 'Base', 'N', 1],
    ['Reference', null, 'E', 8],
    ['Reference', null, 'N', 8],
    ['Random', null, 'E', 8],
    ['Random', null, 'N', 8],
  ]);
  expect(keyed[0]).toMatchObject({ alpha: null, reason: 'fewer than 2 persons' });
  const others = tabulate([
    ...GIVEN.map((one) => ({ ...one, population: SPAIN })),
    ...GIVEN.map((one) => ({ ...one, model: 'GPT-3.5' })),
  ]);
  expect(
    others.map(({ model, population, answered_by }) => [model, population, answered_by]),
  ).toEqual([
    ['GPT-3.5', 'Base', null],
    ['GPT-3.5', 'Base', null],
    ['Reference', null, 'GPT-4o'],
    ['Reference', null, 'GPT-4o'],
  ]);
});

test('of fewer than 10 cases of a study’s own, alpha and the correlations of items are n/a', () => {
  const own = population('teacher', { population: 'teacher' });
  const given = (times: number) =>
    Array.from({ length: times }, (_, round) =>
      GIVEN.map((one) => ({
        ...one,
        personality: one.personality! + round * GIVEN.length,
        population: own,
      })),
    ).flat();
  expect(tabulate(given(1))[0]).toMatchObject({
    ...{ n: 8, alpha: null, omega: null, item_total_r: null, constant_items: [] },
    reason: 'fewer than 10 persons',
  });
  expect(tabulate(given(2))[0]!.alpha).toBeCloseTo(0.9347290640394088, 9);
  // A single case answers every item alike.
  expect(tabulate(given(1).slice(0, 1))[0]).toMatchObject({ n: 1, constant_items: null });
});
