import { expect, test } from 'vitest';
import { completeRows, type Row } from '../../test/support/rows.ts';
import type { StudyDataOrigin } from '../analysis/data.ts';
import type { Mode, Table } from '../analysis/table.ts';
import { findDifferences } from './differences.ts';
import { DIFFERENCE_KINDS } from './tables/pairs.ts';
import type { TableId } from './tables/tables.ts';

function table(
  id: TableId,
  mode: Mode,
  rows: readonly Row[],
  data_origin: StudyDataOrigin = 'imported',
): Table {
  return { table: id, mode, data_origin, rows: completeRows(rows) };
}

/** Differences of one table, without reasons. */
function compare(
  id: TableId,
  published: readonly Row[],
  corrected: readonly Row[],
  origin: StudyDataOrigin = 'imported',
) {
  const found = findDifferences(
    [table(id, 'published', published, origin)],
    [table(id, 'corrected', corrected, origin)],
  );
  expect(found.every(({ reason, table: of }) => /^[A-Z\d].*\.$/.test(reason) && of === id)).toBe(
    true,
  );
  return found.map(({ kind, cell, published: before, corrected: after }) => [
    kind,
    cell,
    before,
    after,
  ]);
}

const share = (condition: string, metric: string, mean: number, p: number | null): Row => ({
  model: 'M',
  condition,
  metric,
  mean,
  sd: 0.01,
  p,
});
const sharedNow = (
  condition: string,
  metric: string,
  value: number,
  p_adjusted: number | null,
): Row => ({
  model: 'M',
  condition,
  metric,
  share: value,
  diff: p_adjusted === null ? null : 0.1,
  p_adjusted,
});

test('Tables 1 to 3: a marker that changes, with both p-values', () => {
  expect(
    compare(
      '1',
      [share('Base', 'gender_male', 0.4, null), share('MaxN', 'gender_male', 0.5, 0.002)],
      [sharedNow('Base', 'gender_male', 0.4, null), sharedNow('MaxN', 'gender_male', 0.5, 0.21)],
    ),
  ).toEqual([
    [
      DIFFERENCE_KINDS.level,
      'M, MaxN, Gender: Male',
      '50.00 ± 1.00†; p = 0.002',
      '+10.0 points; adjusted p = 0.210',
    ],
  ]);
});

test('Tables 1 to 3: rows lost in print, other shares, new categories, and conditions that are not there', () => {
  expect(
    compare(
      '1',
      [
        share('Base', 'race_other', 0.3, null),
        share('Base', 'pol_other', 0.2, null),
        share('MaxP', 'race_other', 0, null),
        share('MaxP', 'pol_other', 0, null),
      ],
      [
        sharedNow('Base', 'race_other', 0.25, null),
        sharedNow('Base', 'pol_other', 0.15, null),
        sharedNow('Base', 'pol_missing', 0.05, null),
      ],
    ),
  ).toEqual([
    [DIFFERENCE_KINDS.lost, 'M, Base, Race: Other', 'not printed', '25.00 %'],
    [
      DIFFERENCE_KINDS.categories,
      'M, Base, Political orientation: Other',
      '20.00 ± 1.00',
      '15.00 %',
    ],
    [DIFFERENCE_KINDS.absent, 'M, MaxP', '0.00 ± 0.00', '–'],
    [
      DIFFERENCE_KINDS.categories,
      'M, Base, Political orientation: Missing',
      'no such row',
      '5.00 %',
    ],
  ]);
});

test('differences below what is printed are none', () => {
  expect(
    compare(
      '1',
      [share('Base', 'gender_male', 0.4, null)],
      [sharedNow('Base', 'gender_male', 0.400_04, null)],
    ),
  ).toEqual([]);
  expect(
    compare(
      '1',
      [share('Base', 'race_other', 0, null)],
      [sharedNow('Base', 'race_other', 0, null)],
    ),
  ).toEqual([]);
  expect(compare('5', [correlation(0.5, 0.2)], [correlationNow(0.500_4, 0.3)])).toEqual([]);
});

const score = (more: Row = {}): Row => ({
  model: 'M',
  population: 'Base',
  scale: 'N',
  n: 40,
  mean: 2.5,
  sd: 1,
  p: 0.3,
  ...more,
});
const scoreNow = (more: Row = {}): Row => ({
  model: 'M',
  population: 'Base',
  scale: 'N',
  test: 'fidelity',
  n: 40,
  n_administrations: 40,
  n_incomplete: 0,
  n_without_sheet: 0,
  mean: 2.5,
  diff: 0.3,
  p_adjusted: 0.9,
  equivalence_bound: 0.5,
  mean_equivalent: true,
  p_equivalence_adjusted: 0.001,
  reason: null,
  ...more,
});

test('Table 4: nothing to tell where no difference was found and both are equivalent', () => {
  expect(compare('4', [score()], [scoreNow()])).toEqual([]);
});

test('Table 4: Holm, one test under two names, and equivalence', () => {
  expect(
    compare(
      '4',
      [score({ p: 0.04 })],
      [scoreNow({ p_adjusted: 0.8, mean_equivalent: false, p_equivalence_adjusted: 0.2 })],
    ),
  ).toEqual([
    [
      DIFFERENCE_KINDS.level,
      'M, Base, N',
      '2.50 ± 1.00*§; p = 0.040',
      'difference +0.30; adjusted p = 0.800',
    ],
  ]);
  expect(compare('4', [score({ p: 0.0001 })], [scoreNow({ p_adjusted: 0.001 })])).toEqual([
    [
      DIFFERENCE_KINDS.twoNames,
      'M, Base, N',
      '2.50 ± 1.00†¶',
      'difference +0.30; adjusted p = 0.001',
    ],
    [
      DIFFERENCE_KINDS.equivalence,
      'M, Base, N',
      '2.50 ± 1.00†¶; p < 0.001',
      'mean equivalent within ± 0.5; adjusted p = 0.001',
    ],
  ]);
  expect(
    compare('4', [score()], [scoreNow({ mean_equivalent: false, p_equivalence_adjusted: 0.3 })]),
  ).toEqual([
    [
      DIFFERENCE_KINDS.equivalence,
      'M, Base, N',
      '2.50 ± 1.00; p = 0.300',
      'mean not shown to be equivalent within ± 0.5; adjusted p = 0.300',
    ],
  ]);
});

test('Table 4: a manipulated scale, and which answers count', () => {
  const manipulated = {
    test: 'manipulation check',
    target: 6,
    share_at_target: 0.5,
    share_ci_low: 0.4,
    share_ci_high: 0.6,
  };
  expect(
    compare(
      '4',
      [score({ n: 43, p: 0.0001 })],
      [scoreNow({ ...manipulated, n: 20, n_administrations: 40, n_incomplete: 1, mean: 2.6 })],
    ),
  ).toEqual([
    [DIFFERENCE_KINDS.notSucceeded, 'M, Base, N', 'n = 43', 'n = 40'],
    [DIFFERENCE_KINDS.incomplete, 'M, Base, N', 'n = 43', 'n = 40'],
    [DIFFERENCE_KINDS.repeated, 'M, Base, N', 'n = 43', 'n = 20'],
    [DIFFERENCE_KINDS.value, 'M, Base, N', '2.50', '2.60'],
    [
      DIFFERENCE_KINDS.manipulation,
      'M, Base, N',
      '2.50 ± 1.00†¶',
      '50.0 % [40.0, 60.0] at the target of 6',
    ],
  ]);
});

test('simulated tables: the same differences, without a marker', () => {
  const found = compare(
    '4',
    [score({ p: 0.0001 })],
    [scoreNow({ p_adjusted: 0.001 })],
    'simulated',
  );
  expect(found).toEqual([
    [
      DIFFERENCE_KINDS.equivalence,
      'M, Base, N',
      '2.50 ± 1.00; p < 0.001',
      'mean equivalent within ± 0.5; adjusted p = 0.001',
    ],
  ]);
});

const correlation = (r: number, p: number): Row => ({
  model: 'M',
  epqra_scale: 'E',
  bigfive_scale: 'O',
  n: 40,
  r,
  p,
});
const correlationNow = (r: number, p_adjusted: number): Row => ({
  instrument: 'bigfive',
  model: 'M',
  population: 'Base',
  epqra_scale: 'E',
  bigfive_scale: 'O',
  n: 40,
  r,
  p_adjusted,
  family_size: 100,
});

test("Table 5: the reference population's answers are the reason where the model gave some", () => {
  const published = [table('5', 'published', [correlation(0.5, 0.2)])];
  const corrected = [table('5', 'corrected', [correlationNow(0.6, 0.2)])];
  expect(findDifferences(published, corrected).map(({ kind }) => kind)).toEqual([
    DIFFERENCE_KINDS.value,
  ]);
  const traits = table('A4', 'corrected', [
    { instrument: 'bigfive', model: 'Reference', answered_by: 'M', scale: 'O' },
  ]);
  expect(
    findDifferences(published, [...corrected, traits]).map(({ kind, published: r }) => [kind, r]),
  ).toEqual([[DIFFERENCE_KINDS.mixed, '0.500']]);
});

test('Table 5: Holm over all tests; rows of other instruments are no counterpart', () => {
  expect(compare('5', [correlation(0.5, 0.0009)], [correlationNow(0.5, 0.09)])).toEqual([
    [DIFFERENCE_KINDS.level, 'M, EPQR-A E, BFI O', '0.500; p < 0.001', '0.500; adjusted p = 0.090'],
  ]);
  expect(
    compare(
      '5',
      [correlation(0.5, 0.0009)],
      [{ ...correlationNow(0.5, 0.09), instrument: 'mood' }],
    ),
  ).toEqual([]);
});

test('Tables 6 and A5: constant items', () => {
  const row = { model: 'M', population: 'Base', scale: 'L', n: 40, k: 6, alpha: -0.06 };
  const now = {
    ...row,
    instrument: 'epqra',
    n_incomplete: 0,
    constant_items: [5, 7],
    alpha_without_constant: -0.08,
  };
  expect(compare('6', [row], [now])).toEqual([
    [
      DIFFERENCE_KINDS.constant,
      'M, Base, L',
      '\u22120.06',
      '\u22120.06; \u22120.08 without items 5, 7',
    ],
  ]);
  expect(compare('6', [row], [{ ...now, constant_items: [] }])).toEqual([]);
});

const agreement = (more: Row = {}): Row => ({
  model: 'M',
  population: 'MaxP',
  scale: 'P',
  n: 240,
  accuracy: 80,
  precision: 75,
  recall: 70,
  specificity: 85,
  mae: 1,
  rmse: 2,
  ...more,
});

test('A6 and A7: raw or keyed, the manipulated sheet, and 0 for 0/0', () => {
  const original = agreement({ against: 'original', precision: 60, mae: 1.5 });
  const manipulated = agreement({ against: 'manipulated', accuracy: 95 });
  expect(compare('A7', [agreement()], [original, manipulated])).toEqual([
    [
      DIFFERENCE_KINDS.keyed,
      'M, MaxP, P',
      'precision 75.00, MAE 1.00',
      'precision 60.00, MAE 1.50',
    ],
    [
      DIFFERENCE_KINDS.manipulation,
      'M, MaxP, P',
      'accuracy 80.00 against the unmanipulated sheet',
      'accuracy 95.00 against the manipulated sheet',
    ],
  ]);
  // Yes was never answered: all of the No was met, and none of the Yes.
  const silent = agreement({ accuracy: 60, precision: 0, recall: 0, specificity: 100 });
  expect(
    compare('A7', [silent], [{ ...silent, against: 'original', precision: null }]),
  ).toContainEqual([DIFFERENCE_KINDS.ratio, 'M, MaxP, P', 'precision 0.00', 'n/a']);
  // A true 0: Yes was answered, always wrongly.
  const wrong = agreement({ accuracy: 60, precision: 0, recall: 0, specificity: 90 });
  expect(compare('A7', [wrong], [{ ...wrong, against: 'original' }])).toEqual([]);
});

test('in order of table, whatever the order they come in', () => {
  const published = [
    table('6', 'published', [
      { model: 'M', population: 'Base', scale: 'L', n: 1, k: 6, alpha: 0.5 },
    ]),
    table('4', 'published', [score()]),
  ];
  const corrected = [
    table('4', 'corrected', [scoreNow({ mean: 3 })]),
    table('6', 'corrected', [{ model: 'M', population: 'Base', scale: 'L', n: 1, alpha: 0.6 }]),
  ];
  expect(findDifferences(published, corrected).map((one) => one.table)).toEqual(['4', '6']);
});
