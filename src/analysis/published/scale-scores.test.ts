import { describe, expect, test } from 'vitest';
import {
  answered,
  BASE,
  type Given,
  KEYED,
  MAX_N,
  MOOD,
  population,
  SPAIN,
  score,
  sheets,
  study,
} from '../../../test/support/small-study.ts';
import { type ScaleScoreRow, tabulateScaleScores } from './scale-scores.ts';

const SHEET_SCORES = [0, 1, 2, 3, 4, 5, 6, 2];
const REFERENCE = sheets(
  Object.fromEntries(SHEET_SCORES.map((e, index) => [index + 1, score(e, 3)])),
);
/** The eighth answered twice, with 1 and 2. */
const GIVEN: readonly Given[] = [0, 2, 2, 4, 4, 6, 6, 1, 2].map((e, index) => ({
  personality: Math.min(index + 1, 8),
  points: score(e, 3),
}));

function tabulate(given: readonly Given[], reference = REFERENCE): readonly ScaleScoreRow[] {
  return tabulateScaleScores(study({ reference, answered: [answered(KEYED, given)] }));
}

function find(
  rows: readonly ScaleScoreRow[],
  model: string,
  scale: string,
  shown = 'Base',
): ScaleScoreRow | undefined {
  return rows.find(
    (row) => row.model === model && row.scale === scale && (row.population ?? shown) === shown,
  );
}

describe('a model', () => {
  /**
   * SciPy 1.10.1: a = [0,2,2,4,4,6,6,1,2]; b = [0,1,2,3,4,5,6,2,2]; d = a - b; ttest_rel(a, b);
   * d.mean() ± 1.96 * d.std(ddof=1) / 3
   */
  test('is compared with the sheets, every experiment on its own', () => {
    const { t, p, sd, ci_low, ci_high, d, ...row } = find(tabulate(GIVEN), 'GPT-4o', 'E')!;
    expect(row).toEqual({
      model: 'GPT-4o',
      population: 'Base',
      scale: 'E',
      n: 9,
      mean: 3,
      ref_mean: 25 / 9,
      diff: 2 / 9,
    });
    expect(sd).toBeCloseTo(2.1213203435596424, 14);
    expect(t).toBeCloseTo(1, 13);
    expect(p).toBeCloseTo(0.34659350708733416, 13);
    expect([ci_low, ci_high, d].map((value) => value!.toFixed(14))).toEqual([
      '-0.21333333333333',
      '0.65777777777778',
      '0.33333333333333',
    ]);
  });

  test('that never differs has no test; one that differs always by the same is significant without a t', () => {
    const rows = tabulate(
      GIVEN.slice(0, 5).map((one, index) => ({
        ...one,
        points: score(SHEET_SCORES[index]! + 1, 3),
      })),
    );
    expect(find(rows, 'GPT-4o', 'N')).toMatchObject({
      diff: 0,
      ci_low: 0,
      ci_high: 0,
      t: null,
      p: null,
      d: 0,
    });
    // SciPy 1.10.1: ttest_rel([1, 2, 3, 4, 5], [0, 1, 2, 3, 4]) has the statistic inf and p 0
    expect(find(rows, 'GPT-4o', 'E')).toMatchObject({
      diff: 1,
      ci_low: 1,
      ci_high: 1,
      t: null,
      p: 0,
      d: 0,
    });
  });

  test('a missing answer lowers the score; a scale without any answer is none', () => {
    const points = [null, ...score(6, 3).slice(1)];
    const withoutN = [...score(6, 3).slice(0, 6), ...Array.from({ length: 6 }, () => null)];
    const rows = tabulate([
      { personality: 1, points },
      { personality: 2, points: withoutN },
      ...GIVEN.slice(2, 7),
    ]);
    expect(find(rows, 'GPT-4o', 'E')).toMatchObject({
      n: 7,
      mean: (5 + 6 + 2 + 4 + 4 + 6 + 6) / 7,
    });
    expect(find(rows, 'GPT-4o', 'N')!.n).toBe(6);
  });

  test('only personalities with a sheet count, and fewer than 5 make no row', () => {
    const unknown: Given[] = [
      { personality: 99, points: score(6, 3) },
      { personality: null, points: score(6, 3) },
    ];
    expect(find(tabulate([...GIVEN.slice(0, 5), ...unknown]), 'GPT-4o', 'E')).toMatchObject({
      n: 5,
      mean: 12 / 5,
    });
    expect(find(tabulate([...GIVEN.slice(0, 4), ...unknown]), 'GPT-4o', 'E')).toBeUndefined();
  });

  test('counts whether or not its experiments succeeded', () => {
    const rows = tabulate(
      GIVEN.map((one, index) => ({ ...one, succeeded: index % 2 === 0 ? null : false })),
    );
    expect(find(rows, 'GPT-4o', 'E')!.n).toBe(9);
  });

  test('populations that are shown alike are one, the reference population is Base', () => {
    const rows = tabulate([...GIVEN, ...GIVEN.map((one) => ({ ...one, population: SPAIN }))]);
    expect(find(rows, 'GPT-4o', 'E')!.n).toBe(18);
  });
});

test('rows are by model, condition and scale; then come the baselines, of the scales that there are', () => {
  const of = (model: string, shown: typeof BASE) =>
    GIVEN.map((one) => ({ ...one, model, population: shown }));
  const given = [
    ...of('Yi', BASE),
    ...of('Llama3.2-3B', population('MinL')),
    ...of('Llama3.2-3B', MAX_N),
    ...of('GPT-3.5', BASE),
  ];
  const rows = tabulateScaleScores(
    study({ reference: REFERENCE, random: REFERENCE, answered: [answered(KEYED, given)] }),
  );
  expect(rows.map((row) => `${row.model} ${row.population} ${row.scale}`)).toEqual([
    'GPT-3.5 Base E',
    'GPT-3.5 Base N',
    'Llama3.2-3B MaxN E',
    'Llama3.2-3B MaxN N',
    'Llama3.2-3B MinL E',
    'Llama3.2-3B MinL N',
    'Yi Base E',
    'Yi Base N',
    'Reference null E',
    'Reference null N',
    'Random null E',
    'Random null N',
  ]);
});

test('a baseline is described and compared with nothing', () => {
  const none = {
    ref_mean: null,
    diff: null,
    ci_low: null,
    ci_high: null,
    t: null,
    p: null,
    d: null,
  };
  const row = find(tabulate([]), 'Reference', 'E')!;
  expect(row).toEqual({
    model: 'Reference',
    population: null,
    scale: 'E',
    n: 8,
    mean: 2.875,
    sd: row.sd,
    ...none,
  });
  expect(row.sd).toBeCloseTo(2.03100960115899, 14);
  expect(find(tabulate([], sheets({ 1: score(2, 0) })), 'Reference', 'E')).toMatchObject({
    n: 1,
    mean: 2,
    sd: null,
  });
});

test('other questionnaires and other languages are not in the table', () => {
  const given = GIVEN.map((one) => ({ ...one, points: one.points.slice(0, 5) }));
  const parts = [answered({ ...KEYED, language: 'es' }, GIVEN), answered(MOOD, given)];
  const models = tabulateScaleScores(study({ reference: REFERENCE, answered: parts })).map(
    (row) => row.model,
  );
  expect(new Set(models)).toEqual(new Set(['Reference']));
});
