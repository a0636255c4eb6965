/** The index of trigrams in the embedded database: it serves searches, and is there after a restart. */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { type Database, openMigrated } from '../../src/db/connect.ts';
import { createIndexes } from '../../src/view/indexes-store.ts';
import { temporaryFolder } from '../support/study.ts';

const planOf = async ({ db, t }: Database) => {
  await sql`set enable_seqscan = off`.execute(db);
  const { rows } = await sql<{ 'QUERY PLAN': string }>`
    explain select from ${t.reply_texts} where reply ilike '%violoncello%'`.execute(db);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
};

test('an embedded database can be searched by an index, reopened with it, and written', async () => {
  using folder = temporaryFolder();
  const open = () =>
    openMigrated({ database: { kind: 'embedded', folder: folder.path }, schema: 'searched' });
  {
    await using database = await open();
    const made = await createIndexes(database);
    expect(made.filter(({ problem }) => problem !== null)).toEqual([]);
    expect(await planOf(database)).toContain('view_reply');
  }
  await using database = await open();
  const { db, t } = database;
  await sql`alter table ${t.reply_texts} drop constraint reply_texts_request_metadata_id_fkey`.execute(
    db,
  );
  await sql`insert into ${t.reply_texts} values (1, 'On the Violoncello'), (2, 'By the river')`.execute(
    db,
  );
  expect(await planOf(database)).toContain('view_reply');
  const { rows } = await sql<{ id: number }>`
    select request_metadata_id as id from ${t.reply_texts} where reply ilike '%violoncello%'`.execute(
    db,
  );
  expect(rows).toEqual([{ id: 1 }]);
});
