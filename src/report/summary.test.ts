import { expect, test } from 'vitest';
import { fullStudy } from '../../test/support/analysis.ts';
import { completeRows, type Row } from '../../test/support/rows.ts';
import type { ScaleScoreRow } from '../analysis/corrected/scale-score-row.ts';
import { summariseScores } from './summary.ts';
import { scaleScores } from './tables/families/scale-scores.ts';
import { correctedTables, rowsOf } from './tables/tables.ts';

const table = (...rows: Row[]) => completeRows(rows) as unknown as readonly ScaleScoreRow[];

const FIDELITY = {
  instrument: 'epqra',
  model: 'M',
  population: 'Base',
  test: 'fidelity',
  mean: 3,
  sd: 1,
  diff: 0.1,
  equivalence_bound: 0.5,
};

test('a line for each model and condition, marked by what the corrected tests found', () => {
  const { heading, rows, sentences } = summariseScores(
    table(
      { ...FIDELITY, scale: 'E', mean_equivalent: true, p_adjusted: 0.2 },
      { ...FIDELITY, scale: 'N', mean_equivalent: false, p_adjusted: 0.01 },
      { ...FIDELITY, scale: 'P', mean_equivalent: false, p_adjusted: 0.3 },
      {
        ...FIDELITY,
        scale: 'L',
        mean: null,
        sd: null,
        diff: null,
        mean_equivalent: null,
        p_adjusted: null,
      },
    ),
  );
  expect(heading).toEqual(['model', 'condition', 'E', 'N', 'P', 'L']);
  expect(rows).toEqual([['M', 'Base', '3.00 ± 1.00 =', '3.00 ± 1.00 ≠', '3.00 ± 1.00  ', 'n/a']]);
  expect(sentences).toEqual([
    "Of 3 mean scores compared with those of the same persons' sheets, 1 is equivalent in the mean within ± 0.5 (=) and 1 differs (≠), both with p below 0.05 after Holm's correction.",
  ]);
});

test('of scores that a condition sets, who reaches them and where the fewest do', () => {
  const driven = { ...FIDELITY, test: 'manipulation check', population: 'MaxN' };
  const { rows, sentences } = summariseScores(
    table(
      { ...driven, scale: 'N', share_at_target: 1 },
      { ...driven, model: 'Other', scale: 'N', share_at_target: 0.875 },
    ),
  );
  expect(rows.map((row) => row.at(-1))).toEqual(['3.00 ± 1.00 →', '3.00 ± 1.00  ']);
  expect(sentences).toEqual([
    'Of 2 scores that a condition sets, 1 is reached by every persona (→); the lowest share is 88 % (Other, MaxN, N).',
  ]);
});

test('of a study: every model and condition, and the sheets below them', () => {
  const scores = correctedTables(fullStudy(), { ids: ['4'] });
  const names = summariseScores(rowsOf(scores, scaleScores.corrected)).rows.map((row) =>
    row.slice(0, 2).join(' ').trim(),
  );
  expect(names).toEqual([
    'GPT-4o Base',
    'GPT-4o MaxN',
    'GPT-3.5 Base',
    'GPT-3.5 MaxN',
    'Reference',
    'Random',
  ]);
});
