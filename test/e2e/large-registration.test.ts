import { sql } from 'kysely';
import { describe, expect, inject, test } from 'vitest';
import { connect, type Database } from '../../src/db/connect.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import { register } from '../support/study.ts';

const MANY = 6000;

async function populate(database: Database, population: string, personas: number): Promise<void> {
  await sql`insert into ${database.t.personas} (ref_personality_id, population, model, description, repetitions)
    select n, ${population}, 'sim-gpt4o', 'Person ' || n, 1 from generate_series(1, ${personas}::int) n`.execute(
    database.db,
  );
}

/** Every constraint and index of the two tables, as the server words it. */
async function rulesOf({ db, schema }: Database): Promise<unknown[]> {
  const { rows } = await sql`
    select conrelid::regclass::text as place, conname as name, pg_get_constraintdef(oid) as definition, convalidated as valid
    from pg_constraint where conrelid in (${`${schema}.experiment_details`}::regclass, ${`${schema}.experiments_list`}::regclass)
    union all
    select indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisvalid
    from pg_index where indrelid in (${`${schema}.experiment_details`}::regclass, ${`${schema}.experiments_list`}::regclass)
    order by 1, 2`.execute(db);
  return rows;
}

describe.each(DATABASES)('registering more than there is (%s)', (kind) => {
  test('leaves every key and index as it was, on an empty table and on a filled one', async () => {
    await using database = await testDatabase(kind);
    const before = await rulesOf(database);
    expect(before.length).toBeGreaterThan(8);
    await populate(database, 'first', MANY);
    expect((await register(database, ['first'])).groups).toMatchObject([{ experiments: MANY }]);
    expect(await rulesOf(database)).toEqual(before);
    await populate(database, 'second', MANY + 1);
    expect((await register(database, ['second'])).groups).toMatchObject([
      { experiments: MANY + 1 },
    ]);
    expect(await rulesOf(database)).toEqual(before);
    await populate(database, 'third', 10);
    expect((await register(database, ['third'])).groups).toMatchObject([{ experiments: 10 }]);
    await expect(
      sql`update ${database.t.experiment_details} set persona_id = -1 where experiment_id = 1`.execute(
        database.db,
      ),
    ).rejects.toThrow(/foreign key/);
  });
});

test('registering much does not wait for who is at the tables', async () => {
  await using database = await testDatabase('postgres');
  await populate(database, 'all', MANY);
  await using other = await connect({
    database: { kind: 'postgres', url: inject('postgres') },
    schema: database.schema,
  });
  const reader = await other.db.startTransaction().execute();
  try {
    await sql`select count(*) from ${other.t.experiments_list}`.execute(reader);
    expect((await register(database, ['all'])).groups).toMatchObject([{ experiments: MANY }]);
  } finally {
    await reader.rollback().execute();
  }
});
