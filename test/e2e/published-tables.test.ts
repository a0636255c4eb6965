/**
 * The tables of the self-test dataset, cell by cell as the study's published code computed them.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { StudyData } from '../../src/analysis/data.ts';
import type { Cell, Table } from '../../src/analysis/table.ts';
import {
  publishedTables,
  STUDY_TABLE_IDS,
  type StudyTableId,
  withText,
} from '../../src/report/tables/tables.ts';
import { DATABASES, type DatabaseKind, testDatabase } from '../support/database.ts';
import { type ExpectedRow, expectedRows, loadSelfTest } from '../support/self-test.ts';

/** Columns that name a row. */
const NAMES = [
  'model',
  'population',
  'condition',
  'metric',
  'scale',
  'epqra_scale',
  'bigfive_scale',
];

function nameOf(row: ExpectedRow): string {
  return NAMES.flatMap((name) => row[name] ?? []).join(' ');
}

/** Relative, and for what is 0 up to rounding in sums of numbers of size 1. */
function agrees(ours: Cell | undefined, expected: Cell): boolean {
  if (typeof ours !== 'number' || typeof expected !== 'number') return ours === expected;
  return Math.abs(ours - expected) <= 1e-9 * Math.abs(expected) + (expected === 0 ? 1e-15 : 0);
}

async function studyOf(kind: DatabaseKind): Promise<StudyData> {
  await using database = await testDatabase(kind);
  return await loadSelfTest(database);
}

describe.each(DATABASES)('the published tables on the %s database', (kind) => {
  const study = studyOf(kind);
  const tables = study.then(
    (rows) => new Map(publishedTables(rows).map((table) => [table.table, withText(table)])),
  );
  const rowsOf = async (id: StudyTableId): Promise<Table['rows']> => (await tables).get(id)!.rows;

  test.each(STUDY_TABLE_IDS)('Table %s', async (id) => {
    const rows = await rowsOf(id);
    const expected = expectedRows(id);
    const byName = new Map(rows.map((row) => [nameOf(row), row]));
    expect([...byName.keys()].sort()).toEqual(expected.map(nameOf).sort());
    const differing = expected.flatMap((row) => {
      const own = byName.get(nameOf(row))!;
      return Object.entries(row).flatMap(([column, value]) =>
        agrees(own[column], value)
          ? []
          : [`${nameOf(row)}: ${column} is ${own[column]}, not ${value}`],
      );
    });
    expect(differing).toEqual([]);
  });

  test('are imported rows', async () => {
    expect((await study).dataOrigin).toBe('imported');
    expect(
      new Set([...(await tables).values()].map((table) => `${table.mode} ${table.data_origin}`)),
    ).toEqual(new Set(['published imported']));
  });

  // The files hold the rows as printed: Tables 1 to 3 with conditions side by side.
  test.each(STUDY_TABLE_IDS)(
    'Table %s lists models, populations and scales as it was printed',
    async (id) => {
      const file = path.join(import.meta.dirname, `../../data/published/table${id}.json`);
      const printed = (JSON.parse(readFileSync(file, 'utf8')) as { rows: readonly ExpectedRow[] })
        .rows;
      const order = (rows: readonly ExpectedRow[], columns: readonly string[]) => [
        ...new Set(rows.map((row) => columns.map((column) => row[column] ?? '').join(' '))),
      ];
      for (const columns of [
        ['model', 'population', 'condition'],
        ['scale', 'epqra_scale', 'bigfive_scale'],
      ]) {
        expect(order(await rowsOf(id), columns)).toEqual(order(printed, columns));
      }
    },
  );
});
