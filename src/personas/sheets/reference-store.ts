/**
 * SQL of the reference population: the sheets that personas are written from, and the random
 * baseline beside them. The published tables of sheets hold Yes/No answers; other sheets have a
 * table of their own.
 */
import { sql, type Transaction } from 'kysely';
import type { Database } from '../../db/connect.ts';
import { insertInstrument } from '../../db/instruments/instrument-store.ts';
import type { Relations } from '../../db/relations.ts';
import type { Tables } from '../../db/schema/tables.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { findInstrument, parseInstrument } from '../../instruments/load.ts';
import { createSheet, mayBeMissing, type Sheet } from './sheet.ts';

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
  /** Hash of its wording; null where another program, or an older one, stored the sheets. */
  readonly instrumentSha256: string | null;
  readonly sha256: string;
}

type Kind = 'reference' | 'random';

const PUBLISHED_TABLES = {
  reference: 'reference_questionnaires',
  random: 'random_questionnaires',
} as const;
/** The published column `category` is a varchar(10). */
const LONGEST_SCALE = 10;

/** Whether the published tables can hold its sheets: Yes/No items with a key and a scale. */
export function hasPublishedTable(instrument: Instrument): boolean {
  return instrument.items.every(
    (item) =>
      item.answers?.options.every(({ value }) => value === 0 || value === 1) === true &&
      item.key !== null &&
      item.scale !== null &&
      item.scale.length <= LONGEST_SCALE &&
      !mayBeMissing(instrument, item),
  );
}

/** The reference population of the schema, or null when it has none. */
export async function findReference(database: Pick<Database, 'db'>): Promise<Reference | null> {
  const row = await database.db.selectFrom('reference_population').selectAll().executeTakeFirst();
  if (row === undefined) return null;
  const { name, origin, source, ethics_note: ethicsNote, seed, sheets, instrument, sha256 } = row;
  const instrumentSha256 = row.instrument_sha256;
  return { name, origin, source, ethicsNote, seed, sheets, instrument, instrumentSha256, sha256 };
}

/** The instrument that the sheets are answers to, in the wording in which they were brought. */
export async function sheetInstrument(
  { db }: Pick<Database, 'db'>,
  { instrument: slug, instrumentSha256 }: Reference,
): Promise<Instrument> {
  if (instrumentSha256 === null) return findInstrument(slug);
  const { definition } = await db
    .selectFrom('instruments')
    .select('definition')
    .where('sha256', '=', instrumentSha256)
    .executeTakeFirstOrThrow();
  return parseInstrument(definition, `the stored instrument "${slug}"`);
}

/** Rows of sheets that are in the schema without a reference population being named. */
export async function countSheetRows({ db, t }: Database): Promise<number> {
  const { rows } = await sql<{ count: number }>`select
    (select count(*)::int from ${t.reference_questionnaires}) + (select count(*)::int from ${t.random_questionnaires})
      + (select count(*)::int from ${t.sheet_answers}) as count`.execute(db);
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
    await insertInstrument(transaction, t, instrument);
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
        instrument_sha256: reference.instrumentSha256,
        sha256: reference.sha256,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning('name')
      .executeTakeFirst();
    if (row === undefined) return false;
    const insert = hasPublishedTable(instrument) ? insertSheets : insertAnswers;
    await insert(transaction, t, 'reference', instrument, sheets);
    await insert(transaction, t, 'random', instrument, random);
    return true;
  });
}

async function insertSheets(
  transaction: Transaction<Tables>,
  t: Relations,
  kind: Kind,
  { items }: Instrument,
  sheets: readonly Sheet[],
): Promise<void> {
  await sql`insert into ${t[PUBLISHED_TABLES[kind]]} (personality_id, question_number, question, category, key, answer)
    select s.personality_id, i.number, i.text, i.scale, i.key, substr(s.answers, i.number, 1) = 'T'
    from unnest(${sheets.map((sheet) => sheet.personalityId)}::int[], ${sheets.map(lettersOf)}::text[]) with ordinality as s (personality_id, answers, place)
    cross join unnest(${items.map((item) => item.number)}::int[], ${items.map((item) => item.text)}::text[],
      ${items.map((item) => item.scale)}::text[], ${items.map((item) => item.key === 1)}::bool[]) as i (number, text, scale, key)
    order by s.place, i.number`.execute(transaction);
}

async function insertAnswers(
  transaction: Transaction<Tables>,
  t: Relations,
  kind: Kind,
  _: Instrument,
  sheets: readonly Sheet[],
): Promise<void> {
  const answers = JSON.stringify(sheets.map((sheet) => sheet.answers));
  await sql`insert into ${t.sheet_answers} (kind, personality_id, question_number, answer)
    select ${kind}, s.personality_id, a.number, a.answer::double precision
    from unnest(${sheets.map((sheet) => sheet.personalityId)}::int[]) with ordinality as s (personality_id, place)
    join jsonb_array_elements(${answers}::jsonb) with ordinality as g (answers, place) using (place)
    cross join lateral jsonb_array_elements_text(g.answers) with ordinality as a (answer, number)`.execute(
    transaction,
  );
}

/** One letter an item, T for Yes. */
export function lettersOf(sheet: Sheet): string {
  return sheet.answers.map((answer) => (answer === 1 ? 'T' : 'F')).join('');
}

/** The reference sheets in order of personality, and the questions as they were put. */
export async function readReferenceSheets(
  { db, t }: Pick<Database, 'db' | 't'>,
  instrument: Instrument,
): Promise<{ sheets: Sheet[]; questions: string[] }> {
  if (!hasPublishedTable(instrument)) {
    const { rows } = await sql<{ id: number; answers: (number | null)[] }>`
      select personality_id as id, array_agg(answer order by question_number) as answers
      from ${t.sheet_answers} where kind = 'reference' group by 1 order by 1`.execute(db);
    return {
      sheets: rows.map(({ id, answers }) => createSheet(id, answers)),
      questions: instrument.items.map(({ text }) => text),
    };
  }
  const { rows } = await sql<{ id: number; answers: string }>`
    select personality_id as id, string_agg(case when answer then 'T' else 'F' end, '' order by question_number) as answers
    from ${t.reference_questionnaires} group by 1 order by 1`.execute(db);
  const { rows: questions } = await sql<{
    text: string;
  }>`select distinct on (question_number) question as text
    from ${t.reference_questionnaires} order by question_number, id`.execute(db);
  return {
    sheets: rows.map(({ id, answers }) =>
      createSheet(
        id,
        Array.from(answers, (letter) => (letter === 'T' ? 1 : 0)),
      ),
    ),
    questions: questions.map((row) => row.text),
  };
}
