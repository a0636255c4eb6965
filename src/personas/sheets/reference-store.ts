/**
 * SQL of the reference population: the sheets that personas are written from, and the random
 * baseline beside them.
 */
import { sql, type Transaction } from 'kysely';
import type { Database } from '../../db/connect.ts';
import type { Relations } from '../../db/relations.ts';
import type { Tables } from '../../db/schema/tables.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { createSheet, type Sheet } from './sheet.ts';

export interface Reference {
  readonly name: string;
  readonly origin: 'synthetic' | 'imported';
  /** Where the sheets came from, in words. */
  readonly source: string | null;
  readonly ethicsNote: string | null;
  readonly seed: number | null;
  readonly sheets: number;
  /** Slug of the instrument that they are answers to. */
  readonly instrument: string;
  readonly sha256: string;
}

/** The reference population of the schema, or null when it has none. */
export async function findReference(database: Pick<Database, 'db'>): Promise<Reference | null> {
  const row = await database.db.selectFrom('reference_population').selectAll().executeTakeFirst();
  if (row === undefined) return null;
  const { name, origin, source, ethics_note: ethicsNote, seed, sheets, instrument, sha256 } = row;
  return { name, origin, source, ethicsNote, seed, sheets, instrument, sha256 };
}

/** Rows of sheets that are in the schema without a reference population being named. */
export async function countSheetRows({ db, t }: Database): Promise<number> {
  const { rows } = await sql<{ count: number }>`select
    (select count(*)::int from ${t.reference_questionnaires}) + (select count(*)::int from ${t.random_questionnaires}) as count`.execute(
    db,
  );
  return rows[0]!.count;
}

/**
 * Stores a reference population with its sheets, all or nothing.
 * @returns false when another process has just stored one
 */
export async function insertReference(
  { db, t }: Database,
  reference: Reference,
  instrument: Instrument,
  sheets: readonly Sheet[],
  random: readonly Sheet[],
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const row = await transaction
      .insertInto('reference_population')
      .values({
        name: reference.name,
        origin: reference.origin,
        source: reference.source,
        ethics_note: reference.ethicsNote,
        seed: reference.seed,
        sheets: reference.sheets,
        instrument: reference.instrument,
        sha256: reference.sha256,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning('name')
      .executeTakeFirst();
    if (row === undefined) return false;
    await insertSheets(transaction, t, 'reference_questionnaires', instrument, sheets);
    await insertSheets(transaction, t, 'random_questionnaires', instrument, random);
    return true;
  });
}

async function insertSheets(
  transaction: Transaction<Tables>,
  t: Relations,
  table: 'reference_questionnaires' | 'random_questionnaires',
  { items }: Instrument,
  sheets: readonly Sheet[],
): Promise<void> {
  await sql`insert into ${t[table]} (personality_id, question_number, question, category, key, answer)
    select s.personality_id, i.number, i.text, i.scale, i.key, substr(s.answers, i.number, 1) = 'T'
    from unnest(${sheets.map((sheet) => sheet.personalityId)}::int[], ${sheets.map(lettersOf)}::text[]) with ordinality as s (personality_id, answers, place)
    cross join unnest(${items.map((item) => item.number)}::int[], ${items.map((item) => item.text)}::text[],
      ${items.map((item) => item.scale)}::text[], ${items.map((item) => item.key === 1)}::bool[]) as i (number, text, scale, key)
    order by s.place, i.number`.execute(transaction);
}

/** One letter an item, T for Yes. */
export function lettersOf(sheet: Sheet): string {
  return sheet.answers.map((answer) => (answer ? 'T' : 'F')).join('');
}

/** The reference sheets in order of personality, and the questions as they were put. */
export async function readReferenceSheets({
  db,
  t,
}: Pick<Database, 'db' | 't'>): Promise<{ sheets: Sheet[]; questions: string[] }> {
  const { rows } = await sql<{ id: number; answers: string }>`
    select personality_id as id, string_agg(case when answer then 'T' else 'F' end, '' order by question_number) as answers
    from ${t.reference_questionnaires} group by 1 order by 1`.execute(db);
  const { rows: questions } = await sql<{
    text: string;
  }>`select distinct on (question_number) question as text
    from ${t.reference_questionnaires} order by question_number, id`.execute(db);
  return {
    sheets: rows.map((row) =>
      createSheet(
        row.id,
        Array.from(row.answers, (letter) => letter === 'T'),
      ),
    ),
    questions: questions.map((row) => row.text),
  };
}
