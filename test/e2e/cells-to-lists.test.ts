/**
 * The list of administrations behind a row of a table, and the SQL behind it: on every row of every
 * table, of the self-test dataset and of a study of its own personas.
 */
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { StudyData } from '../../src/analysis/data.ts';
import { loadStudy } from '../../src/analysis/data-store.ts';
import type { Database } from '../../src/db/connect.ts';
import { behindOf, correctedTables, publishedTables } from '../../src/report/tables/tables.ts';
import {
  type AdministrationRow,
  readPositions,
  readRows,
} from '../../src/view/administrations-store.ts';
import { type Facets, readFacets } from '../../src/view/facets-store.ts';
import { readSelection } from '../../src/view/filter.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import { loadSelfTest } from '../support/self-test.ts';
import { makeViewedStudy } from '../support/viewed-study.ts';

const EVERY = 1_000_000;

async function listed(database: Database, facets: Facets, query: string): Promise<number[]> {
  const { selection, misread } = readSelection(new URLSearchParams(query));
  expect(misread).toEqual([]);
  const found = await readPositions(database, facets, selection, EVERY);
  return found.map(({ id }) => id);
}

/** What rows of SQL tell an administration by. */
const NAMES = {
  experiment_id: (row: AdministrationRow) => row.id,
  personality_id: (row: AdministrationRow) => row.personalityId,
  persona_id: (row: AdministrationRow) => row.personaId,
  experiments_group_id: (row: AdministrationRow) => row.groupId,
  repeated: (row: AdministrationRow) => row.repeated,
} as const;

/**
 * @returns how many rows of tables led to a list that was compared with their SQL
 * @param isWanted of the query strings of the lists behind a row, to compare only some rows
 */
async function compareAll(
  database: Database,
  study: StudyData,
  isWanted: (query: string) => boolean = () => true,
): Promise<number> {
  const facets = await readFacets(database);
  const all = await listed(database, facets, '');
  const rowOf = new Map((await readRows(database, all)).map((row) => [row.id, row]));
  const known = new Map<string, readonly AdministrationRow[]>();
  const answers = new Map<string, readonly Record<string, unknown>[]>();
  let compared = 0;
  for (const table of [...publishedTables(study), ...correctedTables(study)])
    for (const row of table.rows) {
      const { sql: statement, lists, unlisted } = behindOf(table, row, study);
      expect(lists.length > 0 || unlisted !== null).toBe(true);
      if (!lists.some(({ query }) => isWanted(query))) continue;
      if (!answers.has(statement)) {
        const query = sql<Record<string, unknown>>`${sql.raw(statement)}`;
        answers.set(statement, (await query.execute(database.db)).rows);
      }
      const rows = answers.get(statement)!;
      for (const { query } of lists)
        if (!known.has(query)) {
          const ids = await listed(database, facets, query);
          known.set(
            query,
            ids.map((id) => rowOf.get(id)!),
          );
        }
      const own = lists.flatMap(({ query }) => known.get(query)!);
      const shared = Object.entries(NAMES).filter(
        ([name]) => rows[0] !== undefined && name in rows[0],
      );
      const key = (values: readonly unknown[]) => JSON.stringify(values);
      const bySql = new Set(rows.map((one) => key(shared.map(([name]) => one[name]))));
      const byList = new Set(own.map((one) => key(shared.map(([, value]) => value(one)))));
      const words = `${table.table}, ${table.mode}: ${lists.map(({ query }) => query).join(' ')}\n${statement}`;
      if (unlisted === null) expect([...byList].toSorted(), words).toEqual([...bySql].toSorted());
      else
        expect(
          [...bySql].filter((one) => !byList.has(one)),
          words,
        ).toEqual([]);
      compared += 1;
    }
  return compared;
}

describe.each(DATABASES)('the list behind a row has what its SQL has (%s)', (kind) => {
  // Both databases are PostgreSQL; two thousand queries take a minute or more in the embedded one.
  test.runIf(kind === 'postgres')('of the published study', async () => {
    await using database = await testDatabase(kind);
    const study = await loadSelfTest(database);
    expect(await compareAll(database, study)).toBeGreaterThan(300);
  });

  test('of a study in which some refused and some never answered', async () => {
    await using database = await testDatabase(kind);
    await makeViewedStudy(database);
    expect(await compareAll(database, await loadStudy(database, {}))).toBeGreaterThan(50);
  });

  test.runIf(kind === 'postgres')('of contrasts between the levels of an own column', async () => {
    await using database = await testDatabase(kind);
    await makeViewedStudy(database);
    const { db, t } = database;
    await sql`insert into ${t.persona_columns} (persona_id, name, value)
      select id, 'home town', case when id % 3 = 0 then 'Bern, old' else 'Oslo & Rome' end from ${t.personas}
      where id % 7 > 0`.execute(db);
    const study = await loadStudy(database, {});
    const isOfColumn = (query: string) => new URLSearchParams(query).has('column.home town');
    expect(await compareAll(database, study, isOfColumn)).toBeGreaterThan(4);
  });
});
