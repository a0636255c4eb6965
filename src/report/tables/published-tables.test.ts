import { expect, test } from 'vitest';
import {
  answered,
  KEYED,
  personas,
  score,
  sheets,
  study,
} from '../../../test/support/small-study.ts';
import { publishedTables, STUDY_TABLE_IDS } from './tables.ts';

test('an empty study has all tables, without rows', () => {
  expect(publishedTables(study({ dataOrigin: 'simulated' }))).toEqual(
    STUDY_TABLE_IDS.map((table) => ({
      scaleNames: new Map(),
      table,
      mode: 'published',
      data_origin: 'simulated',
      rows: [],
    })),
  );
});

test('tables are made as they are asked for', () => {
  const all = study({
    personas: personas([
      { sheet: 1, model: 'GPT-3.5' },
      { sheet: 1, model: 'Mistral' },
    ]),
    reference: sheets({ 1: score(2, 2) }),
    answered: [answered(KEYED, [{ personality: 1, points: score(3, 3) }])],
  });
  const models = publishedTables(all, ['A6', '3', '1', '4']).map(({ table, rows }) => [
    table,
    [...new Set(rows.map((row) => row.model))],
  ]);
  expect(models).toEqual([
    ['A6', ['GPT-4o']],
    ['3', ['Mistral']],
    ['1', ['GPT-3.5']],
    ['4', ['Reference']],
  ]);
});
