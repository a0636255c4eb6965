import { describe, expect, test } from 'vitest';
import {
  answered,
  type Given,
  KEYED,
  MOOD,
  SPAIN,
  scaled,
  score,
  sheets,
  study,
} from '../../../test/support/small-study.ts';
import { type Bootstrap, bootstrapClusters } from '../../statistics/bootstrap.ts';
import { isAvailable } from '../../statistics/not-available.ts';
import { cronbachAlpha } from '../../statistics/reliability.ts';
import {
  bootstrapAlpha,
  type ReliabilityRow,
  tabulateOtherReliability,
  tabulateSheetReliability,
} from './reliability.ts';

const OPTIONS = { seed: 7, bootstrapReplicates: 500 };
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

function tabulate(given: readonly Given[], options = OPTIONS): readonly ReliabilityRow[] {
  return tabulateOtherReliability(study({ answered: [answered(MOOD, given)] }), options);
}

function expectClose(actual: number | null, expected: number): void {
  expect(Math.abs(actual! - expected), `${actual} for ${expected}`).toBeLessThanOrEqual(
    1e-9 * Math.abs(expected),
  );
}

describe('alpha', () => {
  /**
   * R 4.2.2: a <- k/(k-1)*(1-sum(apply(x,2,var))/var(rowSums(x))); 1-(1-a)*qf(c(.975,.025),7,14)
   */
  test('with the interval of Feldt, as in R', () => {
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
    expectClose(row.ci_low, 0.7793886175916188);
    expectClose(row.ci_high, 0.9857986085883121);
    expectClose(row.alpha_without_constant, 0.9347290640394088);
    expect(row).toMatchObject({
      bootstrap_replicates: 500,
      bootstrap_seed: 7,
      n_clusters: 8,
      reason: null,
    });
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
    const row = tabulateOtherReliability(study({ answered: [answered(four, given)] }), OPTIONS)[0]!;
    expect(row).toMatchObject({
      k: 4,
      constant_items: [4],
      k_without_constant: 3,
      item_numbers: [1, 2, 3, 4],
    });
    // The same as without item 4, which adds nothing to any total.
    expect(row.item_total_r).toEqual([...tabulate(GIVEN)[0]!.item_total_r!, null]);
    expect(row.reason).toBe('item-total correlation of item 4: one of the variables is constant');
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

describe('the interval by resampling', () => {
  const flat = (given: readonly Given[]) => ({
    k: 3,
    clusterIds: Int32Array.from(given, ({ personality }) => personality!),
    points: Int32Array.from(given.flatMap(({ points }) => points.slice(0, 3) as number[])),
  });

  test('is that of the plain computation on persons in order of their points', () => {
    const sorted = POINTS.toSorted((a, b) => a[0]! - b[0]! || a[1]! - b[1]! || a[2]! - b[2]!);
    const plain = bootstrapClusters({
      clusters: 8,
      replicates: 500,
      seed: 7,
      statistic: (drawn) => {
        const result = cronbachAlpha(Array.from(drawn, (person) => sorted[person]!));
        return isAvailable(result) ? result.alpha : result;
      },
    }) as Bootstrap;
    const fast = bootstrapAlpha(flat(GIVEN), OPTIONS) as Bootstrap;
    expectClose(fast.estimate, plain.estimate);
    expectClose(fast.interval.low, plain.interval.low);
    expectClose(fast.interval.high, plain.interval.high);
    expectClose(fast.acceleration, plain.acceleration);
  });

  test('does not depend on which number a personality has', () => {
    const renumbered = GIVEN.map((one) => ({
      ...one,
      personality: 9 - one.personality!,
    })).toReversed();
    expect(bootstrapAlpha(flat(renumbered), OPTIONS)).toEqual(bootstrapAlpha(flat(GIVEN), OPTIONS));
    expect(tabulate(GIVEN.toReversed())).toEqual(tabulate(GIVEN));
  });

  test('another seed gives another', () => {
    const [row, other] = [tabulate(GIVEN)[0]!, tabulate(GIVEN, { ...OPTIONS, seed: 8 })[0]!];
    expect(other.bootstrap_ci_low).not.toBe(row.bootstrap_ci_low);
    expect(other.alpha).toBe(row.alpha);
  });
});

test('saying everything twice narrows no interval', () => {
  const once = tabulate(GIVEN)[0]!;
  const twice = tabulate([...GIVEN, ...GIVEN])[0]!;
  expect(twice).toMatchObject({ n: 16, n_clusters: 8 });
  for (const key of [
    'alpha',
    'ci_low',
    'ci_high',
    'bootstrap_ci_low',
    'bootstrap_ci_high',
  ] as const)
    expectClose(twice[key], once[key]!);
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
    OPTIONS,
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
