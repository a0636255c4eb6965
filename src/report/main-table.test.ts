import { expect, test } from 'vitest';
import type { Table } from '../analysis/table.ts';
import { mainTable } from './main-table.ts';

const table = (id: string, rows: number): Table => ({
  table: id,
  mode: 'corrected',
  data_origin: 'model',
  rows: Array.from({ length: rows }, (_, n) => ({ n })),
});
const idOf = (found: Table | null) => found?.table ?? null;

test('a study of the published design ends with its scores beside the sheets', () => {
  const all = [table('4', 2), table('A4', 2), table('C1', 2)];
  expect(idOf(mainTable(all, true))).toBe('4');
});

test('a study of another design ends with its contrasts, or else with its means', () => {
  const all = [table('4', 0), table('A4', 2), table('C1', 2)];
  expect(idOf(mainTable(all, false))).toBe('C1');
  expect(idOf(mainTable(all.slice(0, 2), false))).toBe('A4');
  expect(mainTable([table('A4', 0)], false)).toBeNull();
});
