import { describe, expect, test } from 'vitest';
import {
  answered,
  BASE,
  type Given,
  KEYED,
  MAX_N,
  score,
  sheets,
  study,
} from '../../../test/support/small-study.ts';
import { type AccuracyRow, tabulateBaseAccuracy, tabulateManipulatedAccuracy } from './accuracy.ts';

/**
 * Scores on E; the persona's items are the first, as are the sheet's, so that as many differ as the
 * scores do.
 */
const SHEET = [2, 3, 1, 6, 0];
const ANSWERED = [2, 4, 3, 6, 3];
const REFERENCE = sheets(Object.fromEntries(SHEET.map((e, index) => [index + 1, score(e, 2)])));
const GIVEN: readonly Given[] = ANSWERED.map((e, index) => ({
  personality: index + 1,
  points: score(e, 6),
}));

const inMaxN = GIVEN.map((one) => ({ ...one, population: MAX_N }));
const tabulate = (given: readonly Given[]) =>
  tabulateBaseAccuracy(study({ reference: REFERENCE, answered: [answered(KEYED, given)] }));

function find(rows: readonly AccuracyRow[], wanted: Partial<AccuracyRow>): AccuracyRow {
  const found = rows.filter((row) =>
    Object.entries(wanted).every(([key, value]) => row[key as keyof AccuracyRow] === value),
  );
  expect(found).toHaveLength(1);
  return found[0]!;
}

describe('against the original sheet', () => {
  /**
   * 12 keyed answers on the sheets, all found, and 6 more. R 4.2.2: se <- sqrt(5/4 * sum(v^2)), v
   * what a person moves the share by; plogis(qlogis(p) + c(-1, 1) * qt(.975, 4) * se/(p * (1 - p)));
   * of specificity over the 4 persons with another answer on the sheet; balanced by Zou & Donner
   * with .025^(1/4) for recall; MAE and RMSE on the logarithm
   */
  test('keyed answers are counted', () => {
    const row = find(tabulate(GIVEN), { scale: 'E' });
    expect(row).toMatchObject({
      against: 'original',
      n: 30,
      n_clusters: 5,
      recall: 100,
      interval: 'cluster-robust logit',
      recall_ci_high: 100,
      reason: null,
    });
    const actual = [
      row.accuracy,
      row.ci_low,
      row.ci_high,
      row.precision,
      row.specificity,
      row.balanced_accuracy,
      row.mae,
      row.rmse,
      row.precision_ci_low,
      row.precision_ci_high,
      row.recall_ci_low,
      row.specificity_ci_low,
      row.specificity_ci_high,
      row.balanced_accuracy_ci_low,
      row.balanced_accuracy_ci_high,
      row.mae_ci_low,
      row.mae_ci_high,
      row.rmse_ci_low,
      row.rmse_ci_high,
    ];
    const expected = [
      80,
      42.5534769594731,
      95.5751718532161,
      1200 / 18,
      1200 / 18,
      (100 + 1200 / 18) / 2,
      6 / 5,
      Math.sqrt(14 / 5),
      15.3715454709161,
      95.6563489048831,
      39.7635364383525,
      29.560173387645,
      90.5048751195666,
      47.959178269644,
      95.2524375597833,
      0.311365360478397,
      4.62479190937461,
      0.715123862352311,
      3.91540563447254,
    ];
    actual.forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index]!, 9);
    });
  });

  test('answering twice, in any order, is answering once', () => {
    const rows = tabulate(GIVEN);
    const twice = tabulate([...GIVEN, ...GIVEN.toReversed()]);
    expect(
      twice.map((row) => ({ ...row, n: row.n / 2, n_administrations: row.n_administrations / 2 })),
    ).toEqual(rows);
  });

  test('each personality counts the same, however often it answered', () => {
    const row = find(tabulate([...GIVEN, { personality: 5, points: score(0, 2) }]), { scale: 'E' });
    expect(row.accuracy).toBeCloseTo((100 * (6 + 5 + 4 + 6 + 4.5)) / 30, 9);
    expect(row.mae).toBeCloseTo((0 + 1 + 2 + 0 + 1.5) / 5, 12);
  });

  test('complete agreement has an exact interval of the personalities', () => {
    const row = find(
      tabulate(SHEET.map((e, index) => ({ personality: index + 1, points: score(e, 2) }))),
      { scale: 'E' },
    );
    // Five of five: .025^(1/5)
    expect(row).toMatchObject({
      accuracy: 100,
      ci_high: 100,
      mae: 0,
      interval: 'Clopper-Pearson over personalities',
    });
    expect(row.ci_low).toBeCloseTo(100 * 0.025 ** 0.2, 9);
  });

  test('what has no denominator is null with its reason', () => {
    const zeros = GIVEN.map((one) => ({ ...one, points: score(0, 6) }));
    const row = find(tabulate(zeros), { scale: 'E' });
    expect(row).toMatchObject({
      precision: null,
      recall: 0,
      specificity: 100,
      reason: 'precision: no keyed answer given',
    });
  });

  test('no sheets, no answers: rows with the reason', () => {
    const without = tabulateBaseAccuracy(study({ answered: [answered(KEYED, GIVEN)] }));
    expect(find(without, { scale: 'E' })).toMatchObject({
      n: 0,
      accuracy: null,
      reason: 'there are no reference sheets',
    });
    const failed = tabulate(GIVEN.map((one) => ({ ...one, succeeded: false })));
    expect(find(failed, { scale: 'E' })).toMatchObject({
      n: 0,
      mae: null,
      reason: 'no experiment has succeeded (5 failed)',
    });
    const strange = tabulate([...GIVEN, { personality: 77, points: score(1, 1) }]);
    expect(find(strange, { scale: 'E' })).toMatchObject({
      n: 30,
      n_clusters: 5,
      n_without_sheet: 1,
      reason: '1 of 6 personalities have no complete sheet',
    });
  });
});

describe('under a condition', () => {
  const rows = tabulateManipulatedAccuracy(
    study({
      reference: REFERENCE,
      random: REFERENCE,
      answered: [answered(KEYED, [...GIVEN, ...inMaxN])],
    }),
  );

  test('a driven scale is compared with both sheets, another with the original', () => {
    expect(
      rows
        .filter(({ population, model }) => population === 'MaxN' && model === 'GPT-4o')
        .map(({ scale, against }) => [scale, against]),
    ).toEqual([
      ['E', 'original'],
      ['N', 'original'],
      ['N', 'manipulated'],
    ]);
    expect(find(rows, { scale: 'N', against: 'manipulated', model: 'GPT-4o' })).toMatchObject({
      accuracy: 100,
      specificity: null,
      mae: 0,
    });
    expect(find(rows, { scale: 'N', against: 'original', model: 'GPT-4o' }).accuracy).toBeCloseTo(
      100 / 3,
      9,
    );
    expect(rows.some(({ population }) => population === 'Base')).toBe(false);
  });

  test('the random sheets are compared with the same sheets', () => {
    const random = rows.filter(({ model }) => model === 'Random');
    expect(
      random.map(({ scale, against, population, accuracy }) => [
        scale,
        against,
        population,
        Math.round(accuracy!),
      ]),
    ).toEqual([
      ['E', 'original', null, 100],
      ['N', 'original', null, 100],
      ['N', 'manipulated', 'MaxN', 33],
    ]);
  });

  test('populations without a condition are in the other table', () => {
    const base = tabulateBaseAccuracy(
      study({ reference: REFERENCE, answered: [answered(KEYED, [...GIVEN, ...inMaxN])] }),
    );
    expect(base.map(({ population }) => population)).toEqual([BASE.display, BASE.display]);
  });
});
