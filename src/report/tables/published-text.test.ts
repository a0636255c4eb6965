import { describe, expect, test } from 'vitest';
import type { CorrelationRow } from '../../analysis/published/correlations.ts';
import type { DemographicRow } from '../../analysis/published/demographics.ts';
import type { ScaleScoreRow } from '../../analysis/published/scale-scores.ts';
import type { Table } from '../../analysis/table.ts';
import { type TableId, withText } from './tables.ts';

function write(table: TableId, row: Table['rows'][number]): Table['rows'][number] {
  const { rows, ...rest } = withText({
    table,
    mode: 'published',
    data_origin: 'model',
    rows: [row],
  });
  expect(rest).toEqual({ table, mode: 'published', data_origin: 'model' });
  return rows[0]!;
}

describe('demographics', () => {
  const row: DemographicRow = {
    model: 'GPT-4o',
    condition: 'MaxN',
    metric: 'gender_female',
    mean: 0.12125,
    sd: 0.5,
    p: null,
  };

  test.each([
    [null, ''],
    [0.05, ''],
    [0.0499, '*'],
    [0.01, '*'],
    [0.0099, '†'],
    [0.001, '†'],
    [0.00099, '‡'],
    [0, '‡'],
  ])('p of %d is marked "%s"', (p, marker) => {
    expect(write('1', { ...row, p })).toEqual({
      ...row,
      p,
      marker,
      text: `12.12 ± 50.00${marker}`,
    });
  });

  test('Base has no marker', () => {
    expect(write('3', { ...row, condition: 'Base' })).toMatchObject({
      marker: '',
      text: '12.12 ± 50.00',
    });
  });
});

describe('scale scores', () => {
  const row: ScaleScoreRow = {
    model: 'GPT-4o',
    population: 'Base',
    scale: 'E',
    n: 40,
    mean: 2.775,
    sd: 2.89107823,
    ref_mean: 2,
    diff: 0.775,
    ci_low: 0,
    ci_high: 1,
    t: 2,
    p: null,
    d: 0.1,
  };

  test.each([
    [null, ''],
    [0.05, ''],
    [0.049, '*§'],
    [0.01, '*§'],
    [0.0099, '†¶'],
    [0, '†¶'],
  ])('p of %d has the markers of both tests: "%s"', (p, marker) => {
    expect(write('4', { ...row, p })).toEqual({ ...row, p, marker, text: `2.77 ± 2.89${marker}` });
  });

  test('baselines were rounded by numpy, and keep no closing zeros', () => {
    const baseline = { ...row, model: 'Random', population: null, sd: 1.2 };
    expect(write('4', baseline)).toMatchObject({ marker: '', text: '2.78 ± 1.2' });
    expect(write('4', { ...baseline, mean: 6, sd: null })).toMatchObject({
      marker: '',
      text: '6.0 ± nan',
    });
  });
});

test.each<[Pick<CorrelationRow, 'n' | 'r' | 'p'>, string]>([
  [{ n: 40, r: 0.0625, p: 0.05 }, '0.062'],
  [{ n: 40, r: -0.3313, p: 0.0368 }, '<u>-0.331</u>'],
  [{ n: 40, r: -0.3313, p: 0.01 }, '<u>-0.331</u>'],
  [{ n: 40, r: -0.3313, p: 0.0099 }, '*-0.331*'],
  [{ n: 40, r: 0.9, p: 0.0009 }, '**0.900**'],
  [{ n: 4, r: null, p: null }, 'n<5'],
  [{ n: 5, r: null, p: null }, 'nan'],
])('the correlation %j is written %s', (found, text) => {
  const row = { model: 'GPT-4o', epqra_scale: 'E', bigfive_scale: 'N', ...found };
  expect(write('5', row)).toEqual({ ...row, text });
});

test('trait scores are in the format of LaTeX; a single score has no spread', () => {
  const row = { model: 'GPT-4o', population: 'Base', scale: 'E', n: 1, mean: 2.625, sd: null };
  expect(write('A4', row)).toEqual({ ...row, text: '2.62 $\\pm$ 0.00' });
});

test.each(['6', 'A5', 'A6', 'A7'] as const)('Table %s was printed as bare numbers', (table) => {
  const row = { model: 'GPT-4o', scale: 'E', alpha: null };
  expect(write(table, row)).toEqual(row);
});
