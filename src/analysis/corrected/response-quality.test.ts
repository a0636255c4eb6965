import { describe, expect, test } from 'vitest';
import {
  answered,
  type Given,
  KEYED,
  MAX_N,
  MOOD,
  sheets,
  study,
} from '../../../test/support/small-study.ts';
import type { AdministeredItem, StudyQuestionnaire, StudyScale } from '../data.ts';
import { type ResponseQualityRow, tabulateResponseQuality } from './response-quality.ts';
import type { StyleMeasure } from './response-styles.ts';

function scale(id: string, members: Readonly<Record<number, number>>): StudyScale {
  return {
    ...{ id, name: id, score: 'sum', parts: [], mostMissing: 0, prorate: true, isCentred: false },
    members: Object.entries(members).map(([column, weight]) => ({
      column: Number(column),
      weight,
    })),
  };
}

const FIVE: AdministeredItem = {
  ...{ ...MOOD.items[0]!, range: { low: 1, high: 5 } },
  options: [1, 2, 3, 4, 5].map((value) => ({ value, label: String(value) })),
};

/** Two facets, A and B, of a domain that has one item more. */
const FACETS: StudyQuestionnaire = {
  ...MOOD,
  ...{ slug: 'facets', label: 'facets' },
  items: Array.from({ length: 8 }, (_, column) => ({
    ...FIVE,
    number: column + 1,
    id: String(column + 1),
  })),
  scales: [
    scale('D', { 0: 1, 1: 1, 2: -1, 3: -1, 4: 1, 5: 1, 6: -1, 7: 1 }),
    scale('A', { 0: 1, 1: 1, 2: -1, 3: -1 }),
    scale('B', { 4: 1, 5: 1, 6: -1 }),
  ],
};

/** Six items answered Yes (1) or No (0), the last two of which count when answered No. */
const YES_NO: StudyQuestionnaire = {
  ...KEYED,
  items: KEYED.items.slice(0, 6),
  scales: [scale('E', { 0: 1, 1: 1, 2: 1, 3: 1, 4: 1, 5: 1 })],
};

const ADMINISTRATIONS = Array.from({ length: 12 }, (_, index) => index);

const LIKERT_GIVEN: readonly Given[] = ADMINISTRATIONS.map((i) => ({
  personality: 1 + (i % 5),
  points: FACETS.items.map((_, j) => 1 + ((i * 7 + j * 3 + i * j * j) % 5)),
}));

const YES_NO_GIVEN: readonly Given[] = ADMINISTRATIONS.map((i) => ({
  personality: 1 + (i % 5),
  points: YES_NO.items.map(({ key }, j) => Number(((i * i + 3 * j + i * j * j) % 7) % 2 === key)),
}));

/** All five sheets pass item 2, four item 4, three item 6, then items 3 and 1; none item 5. */
const SHEETS = {
  ...sheets(
    Object.fromEntries(
      [0, 1, 2, 3, 4].map((row) => [
        row + 1,
        [4, 0, 3, 1, 5, 2].map((place) => (place <= row ? 1 : 0)),
      ]),
    ),
  ),
  questionnaire: YES_NO,
};

function valuesOf(rows: readonly ResponseQualityRow[], measure: StyleMeasure) {
  const { value, ci_low, ci_high, n, n_clusters } = rows.find((row) => row.measure === measure)!;
  return [value, ci_low, ci_high, n, n_clusters];
}

const near = (...values: readonly number[]) => values.map((value) => expect.closeTo(value, 8));

describe('answers from 1 to 5', () => {
  const rows = tabulateResponseQuality(study({ answered: [answered(FACETS, LIKERT_GIVEN)] }));

  test('shares with intervals as survey::svyciprop(method = "logit") gives them', () => {
    // Values by enumerating the pairs in NumPy; persons are the clusters of svydesign.
    expect(valuesOf(rows, 'contradictions')).toEqual([
      ...near(0.1805555555565, 0.0276486756705, 0.6306399491912),
      ...[12, 5],
    ]);
    expect(valuesOf(rows, 'end options')).toEqual([
      ...near(0.385416666667, 0.221793075567, 0.579813670801),
      ...[12, 5],
    ]);
    expect(valuesOf(rows, 'middle options')).toEqual([
      ...near(0.21875, 0.0483488359224, 0.6067866832823),
      ...[12, 5],
    ]);
  });

  test('means with Student’s interval by the standard error of survey::svymean', () => {
    const student = (value: number, error: number) =>
      near(value, value - 2.7764451051978 * error, value + 2.7764451051978 * error);
    expect(valuesOf(rows, 'acquiescence')).toEqual([
      ...student(-0.0694444444444, 0.3328175262618),
      ...[12, 5],
    ]);
    expect(valuesOf(rows, 'longest run')).toEqual([...student(1.75, 0.235241453972), 12, 5]);
    expect(valuesOf(rows, 'variability')).toEqual([
      ...student(1.268494677468, 0.160422010922),
      ...[12, 5],
    ]);
  });

  test('an item on a facet and on its domain counts once', () => {
    const facets = { ...FACETS, scales: FACETS.scales.slice(1) };
    const without = tabulateResponseQuality(study({ answered: [answered(facets, LIKERT_GIVEN)] }));
    for (const measure of ['acquiescence', 'contradictions'] as const)
      expect(valuesOf(without, measure)).toEqual(valuesOf(rows, measure));
  });

  test('what the questionnaire does not have is n/a with its reason', () => {
    const reasons = rows.flatMap(({ measure, value, reason }) =>
      value === null ? [[measure, reason]] : [],
    );
    expect(reasons).toEqual([
      ['Guttman errors', 'no scale is dichotomous'],
      ['failed attention checks', 'there are no attention checks'],
    ]);
  });

  test('who answers everything alike: everything is said, and what so few persons leave open', () => {
    const given = [1, 2, 3].map((personality) => ({ personality, points: FIVES }));
    const alike = tabulateResponseQuality(study({ answered: [answered(FACETS, given)] }));
    const unseen = 1 - 0.025 ** (1 / 3);
    expect(valuesOf(alike, 'acquiescence')).toEqual([2, ...near(2 - 4 * unseen, 2), 3, 3]);
    expect(valuesOf(alike, 'longest run')).toEqual([8, ...near(8 - 7 * unseen, 8), 3, 3]);
    expect(valuesOf(alike, 'contradictions').slice(0, 3)).toEqual([1, expect.any(Number), 1]);
    expect(valuesOf(alike, 'variability').slice(0, 2)).toEqual([0, 0]);
  });

  test('a run is one in the order asked, and ends where an answer is missing', () => {
    const runOf = (given: Omit<Given, 'personality'>) =>
      tabulateResponseQuality(
        study({ answered: [answered(FACETS, [{ personality: 1, ...given }])] }),
      ).find(({ measure }) => measure === 'longest run')!.value;
    const points = [1, 2, 1, 2, 1, 2, 1, 2];
    expect(runOf({ points })).toBe(1);
    expect(runOf({ points, itemOrder: [2, 4, 6, 8, 1, 3, 5, 7] })).toBe(4);
    expect(runOf({ points: [3, 3, 3, null, 3, 3, 1, 2] })).toBe(3);
  });
});

const FIVES = [5, 5, 5, 5, 5, 5, 5, 5];

describe('answers Yes or No', () => {
  const given = [answered(YES_NO, YES_NO_GIVEN)];
  const rows = tabulateResponseQuality(study({ answered: given, reference: SHEETS }));

  test('Guttman errors in the order of the sheets, over the most there can be', () => {
    // By enumerating the pairs of items in NumPy, with svyciprop as above.
    expect(valuesOf(rows, 'Guttman errors')).toEqual([
      ...near(0.291898148148, 0.162678914332, 0.466565763672),
      ...[12, 5],
    ]);
    expect(rows.find(({ measure }) => measure === 'Guttman errors')!.item_order).toBe(
      'reference sheets',
    );
  });

  test('without sheets, in the order of the pooled answers', () => {
    const alone = tabulateResponseQuality(study({ answered: given }));
    expect(valuesOf(alone, 'Guttman errors')).toEqual([
      ...near(0.259953703704, 0.143623687244, 0.423870351134),
      ...[12, 5],
    ]);
    expect(alone.find(({ measure }) => measure === 'Guttman errors')!.item_order).toBe(
      'pooled answers',
    );
  });

  test('acquiescence is the share of Yes over the pairs; there is no middle, and all are ends', () => {
    expect(valuesOf(rows, 'acquiescence')).toEqual([
      ...near(0.53125, 0.364887727193, 0.690944443938),
      ...[12, 5],
    ]);
    expect(valuesOf(rows, 'contradictions')).toEqual([
      ...near(0.28125, 0.143959017958, 0.47657972901),
      ...[12, 5],
    ]);
    expect(rows.slice(4, 6).map(({ measure, value, reason }) => [measure, value, reason])).toEqual([
      ['end options', null, 'both answers of a dichotomous item are ends'],
      ['middle options', null, 'no item has an answer in the middle'],
    ]);
  });

  test('sheets have a row of their own; in their own order they have no errors', () => {
    const own = rows.filter(({ model }) => model === 'Reference');
    expect(own).toHaveLength(8);
    expect(valuesOf(own, 'Guttman errors').slice(0, 1)).toEqual([0]);
    expect(valuesOf(own, 'Guttman errors').slice(3)).toEqual([5, 5]);
  });

  test('a condition of which everything was refused stays, with n = 0 and the reason', () => {
    const refused = YES_NO_GIVEN.map((one, index) => ({
      ...one,
      population: MAX_N,
      ending: index === 0 ? ('truncated' as const) : ('refused' as const),
    }));
    const both = tabulateResponseQuality(
      study({ answered: [answered(YES_NO, [...YES_NO_GIVEN, ...refused])] }),
    );
    const [row] = both.filter(({ population }) => population === 'MaxN');
    expect(row).toMatchObject({
      ...{ n: 0, n_administrations: 0, value: null },
      reason: 'no experiment has succeeded (11 refused, 1 truncated)',
    });
  });
});

test('attention checks that were answered otherwise than demanded, and no part of a run', () => {
  const check = { ...FIVE, number: 9, id: '9', demanded: [2] };
  const checked = { ...FACETS, items: [...FACETS.items, check] };
  const rows = tabulateResponseQuality(
    study({
      answered: [
        answered(checked, [
          { personality: 1, points: [...FIVES, 2] },
          { personality: 1, points: [...FIVES, 5] },
          { personality: 2, points: [...FIVES, null] },
        ]),
      ],
    }),
  );
  expect(valuesOf(rows, 'failed attention checks')).toEqual([0.5, null, null, 2, 1]);
  expect(valuesOf(rows, 'longest run')[0]).toBe(8);
});

test('only keyed items: no pairs', () => {
  const rows = tabulateResponseQuality(
    study({ answered: [answered(MOOD, [{ personality: 1, points: [0, 1, 2, 0, -2] }])] }),
  );
  expect(rows[0]).toMatchObject({ value: null, reason: 'no scale has keyed and reversed items' });
  expect(valuesOf(rows, 'end options')[0]).toBe(0.4);
});
