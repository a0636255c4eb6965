import { type RawBuilder, sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/connect.ts';
import { EVALUATED_TABLES, isFresh, refreshEvaluations } from '../../src/db/materialized-view.ts';
import { DATABASES, testDatabase } from '../support/database.ts';

const label = (text: string) => sql`('m', ${text})`;

async function run({ db }: Pick<Database, 'db'>, ...statements: readonly RawBuilder<unknown>[]) {
  for (const statement of statements) await statement.execute(db);
}

const refresh = (database: Database) =>
  database.transact(({ db }) => refreshEvaluations({ ...database, db }));

describe.each(DATABASES)('experiments_evals (%s)', (kind) => {
  test('is made from the tables that are looked at, and no others', async () => {
    await using database = await testDatabase(kind);
    const { rows } = await sql<{ name: string }>`
      with recursive read as (
        select format('%I.experiments_evals', ${database.schema}::text)::regclass::oid as oid
        union
        select d.refobjid from read join pg_rewrite w on w.ev_class = read.oid
        join pg_depend d on d.objid = w.oid and d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass)
      select c.relname as name from read join pg_class c using (oid) where c.relkind = 'r' order by 1`.execute(
      database.db,
    );
    expect(rows.map(({ name }) => name)).toEqual(EVALUATED_TABLES);
  });

  test('is fresh from its refresh until a row is added, changed or removed', async () => {
    await using database = await testDatabase(kind);
    const { t } = database;
    expect(await isFresh(database)).toBe(false);
    await refresh(database);
    expect(await isFresh(database)).toBe(true);
    const changes = [
      [sql`insert into ${t.model_labels} (model, label) values ${label('one')}`],
      [sql`update ${t.model_labels} set label = 'two' where model = 'm'`],
      [sql`delete from ${t.model_labels} where model = 'm'`],
      [sql`insert into ${t.eval_questionnaires} (question_number, answer) values (1, 1)`],
    ];
    for (const change of changes) {
      await run(database, ...change);
      expect(await isFresh(database)).toBe(false);
      await refresh(database);
      expect(await isFresh(database)).toBe(true);
    }
    // As many rows as before.
    await database.transact((session) =>
      run(
        session,
        sql`delete from ${t.eval_questionnaires}`,
        sql`insert into ${t.eval_questionnaires} (question_number, answer) values (1, 2)`,
      ),
    );
    expect(await isFresh(database)).toBe(false);
  });

  test('is as fresh after a transaction that was undone, and after rows that it does not show', async () => {
    await using database = await testDatabase(kind);
    const { t } = database;
    await refresh(database);
    await expect(
      database.transact(async (session) => {
        await run(session, sql`insert into ${t.model_labels} (model, label) values ${label('x')}`);
        throw new Error('undone');
      }),
    ).rejects.toThrow('undone');
    await run(database, sql`insert into ${t.personas} (name) values ('Ana')`);
    expect(await isFresh(database)).toBe(true);
  });

  test('is fresh when the transaction that wrote the rows refreshed it', async () => {
    await using database = await testDatabase(kind);
    const { t } = database;
    await database.transact(async (session) => {
      await run(session, sql`insert into ${t.model_labels} (model, label) values ${label('x')}`);
      await refreshEvaluations({ ...database, db: session.db });
    });
    expect(await isFresh(database)).toBe(true);
  });

  test('is not known to be fresh after a refresh by others', async () => {
    await using database = await testDatabase(kind);
    await refresh(database);
    await run(database, sql`refresh materialized view ${database.t.experiments_evals}`);
    expect(await isFresh(database)).toBe(false);
  });
});

test('experiments_evals is stale when a transaction ends that was under way at its refresh', async () => {
  await using database = await testDatabase('postgres');
  const { t } = database;
  await database.transact(async (session) => {
    await run(session, sql`insert into ${t.model_labels} (model, label) values ${label('x')}`);
    await refresh(database);
    expect(await isFresh(database)).toBe(true);
  });
  expect(await isFresh(database)).toBe(false);
});

test('experiments_evals is fresh after its refresh, however long another transaction has been under way', async () => {
  await using database = await testDatabase('postgres');
  await using other = await testDatabase('postgres');
  const { t } = database;
  await other.transact(async (session) => {
    await run(
      session,
      sql`insert into ${other.t.model_labels} (model, label) values ${label('y')}`,
    );
    await run(database, sql`insert into ${t.model_labels} (model, label) values ${label('x')}`);
    await refresh(database);
    expect(await isFresh(database)).toBe(true);
  });
  expect(await isFresh(database)).toBe(true);
});
