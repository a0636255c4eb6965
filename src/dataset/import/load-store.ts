/**
 * SQL of loading a dataset: what the tables look like, what is in them, and what belongs beside the
 * rows that came.
 */
import { sql } from 'kysely';
import type { Database } from '../../db/connect.ts';
import { insertInstrument, insertItems } from '../../db/instruments/instrument-store.ts';
import { storeMissingScores } from '../../db/instruments/score-store.ts';
import { nameForms, storeStructure } from '../../db/instruments/structure-store.ts';
import type { Session } from '../../db/session.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { parseInstrument } from '../../instruments/load.ts';
import type { TableShape } from '../shapes-store.ts';
import { STUDY_TABLES, type StudyTable } from '../tables.ts';

/** Sends rows to a table. @param columns null for all, in the table's order */
export function copyInto(
  session: Session,
  { schema }: Database,
  table: StudyTable,
  columns: readonly string[] | null,
  format: 'csv' | 'text',
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const named = columns === null ? '' : ` (${columns.map(quoted).join(', ')})`;
  return session.copyIn(
    `copy ${quoted(schema)}.${quoted(table)}${named}`,
    `(format ${format})`,
    chunks,
  );
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** One import into a schema at a time. @returns false when there is one already */
export async function lockImports({ db }: Session, schema: string): Promise<boolean> {
  const { rows } = await sql<{ held: boolean }>`
    select pg_try_advisory_xact_lock(hashtext('personality-trap import'), hashtext(${schema})) as held`.execute(
    db,
  );
  return rows[0]!.held;
}

const PATIENCE = '10s';

/**
 * Where the database is in this very process, its sorting for an index and its samples of long
 * texts take from the process's memory.
 */
export async function useLittleMemory({ db }: Session): Promise<void> {
  await sql`set local maintenance_work_mem = '8MB'`.execute(db);
  await sql`set local default_statistics_target = 10`.execute(db);
}

/**
 * Takes the tables for this transaction alone. Fails with 55P03 when somebody else is at them for
 * too long.
 */
export async function lockTables({ db }: Session, { t }: Database): Promise<void> {
  await sql`set local lock_timeout = ${sql.lit(PATIENCE)}`.execute(db);
  await sql`lock table ${sql.join(STUDY_TABLES.map((name) => t[name]))} in access exclusive mode`.execute(
    db,
  );
  await sql`set local lock_timeout = 0`.execute(db);
}

/** Rows of each table that has any, in the order of the tables. */
export async function filledTables(
  { db }: Session,
  { t }: Database,
): Promise<Map<StudyTable, number>> {
  const counts = STUDY_TABLES.map(
    (name) => sql`select ${name}::text as name, count(*)::int as rows from ${t[name]}`,
  );
  const { rows } = await sql<{
    name: StudyTable;
    rows: number;
  }>`${sql.join(counts, sql` union all `)}`.execute(db);
  return new Map(rows.filter((row) => row.rows > 0).map((row) => [row.name, row.rows]));
}

export async function emptyTables({ db }: Session, { t }: Database): Promise<void> {
  // Numbers start again when the rows are in: only an owner may say so here.
  await sql`truncate ${sql.join(STUDY_TABLES.map((name) => t[name]))}`.execute(db);
}

/** Numbers go on behind the highest that came. */
export async function advanceNumbers(
  { db }: Session,
  { schema, t }: Database,
  shapes: ReadonlyMap<StudyTable, TableShape>,
): Promise<void> {
  for (const [table, { numbered }] of shapes) {
    if (numbered === null) continue;
    const sequence = sql`pg_get_serial_sequence(${`"${schema}"."${table}"`}, ${numbered})`;
    await sql`select setval(${sequence}, greatest(max(${sql.ref(numbered)}), 1), max(${sql.ref(numbered)}) is not null) from ${t[table]}`.execute(
      db,
    );
  }
}

/**
 * Tells the planner what has come: among them are tables of two rows that it would take for large
 * ones.
 */
export async function analyzeTables(
  { db }: Session,
  { t }: Database,
  tables: readonly StudyTable[],
): Promise<void> {
  for (const table of tables) await sql`analyze ${t[table]}`.execute(db);
}

/**
 * Keeps the built-in instruments that the rows speak of, so that reversed items have their bounds.
 * @param withItems also their items, where the rows bring none of that questionnaire
 */
export async function keepInstruments(
  { db }: Session,
  { t }: Database,
  instruments: readonly Instrument[],
  withItems: boolean,
): Promise<void> {
  const { rows } = await sql<{ slug: string; items: boolean }>`
    select slug, exists (select from ${t.questionnaire} q where q.questionnaire = slug) as items
    from (select questionnaire as slug from ${t.experiments_list} union select questionnaire from ${t.questionnaire}) as named
    where slug is not null`.execute(db);
  for (const { slug, items } of rows) {
    const instrument = instruments.find((one) => one.slug === slug);
    if (instrument === undefined) continue;
    if (withItems && !items) await insertItems(db, t, instrument);
    await insertInstrument(db, t, instrument);
  }
}

/** Instruments that came without their structure, as older exports have them. */
export async function completeInstruments({ db }: Session, { t }: Database): Promise<void> {
  const { rows } = await sql<{ slug: string; definition: string }>`
    select slug, definition from ${t.instruments} i
    where not exists (select from ${t.instrument_items} known where known.sha256 = i.sha256)
      or exists (select from ${t.group_details} gd where gd.instrument_sha256 = i.sha256 and gd.form_sha256 is null)`.execute(
    db,
  );
  for (const { slug, definition } of rows) {
    const instrument = parseInstrument(definition, `the stored instrument "${slug}"`);
    await storeStructure(db, t, instrument);
    await nameForms(db, t, instrument);
  }
}

/** Stores the scores of administrations that came without. */
export function scoreAdministrations({ db }: Session, { t }: Database): Promise<void> {
  return storeMissingScores(db, t);
}

/** Keeps the labels of the models that the rows speak of. */
export async function keepLabels(
  { db }: Session,
  { t }: Database,
  labels: ReadonlyMap<string, string>,
): Promise<void> {
  await sql`insert into ${t.model_labels} (model, label)
    select model, label from unnest(${[...labels.keys()]}::text[], ${[...labels.values()]}::text[]) as known (model, label)
    where exists (select from ${t.experiments_list} e where e.model = known.model) on conflict do nothing`.execute(
    db,
  );
}

/** Keeps labels by the short names that personas have. */
export async function keepShortNames(
  { db }: Session,
  { t }: Database,
  labels: ReadonlyMap<string, string>,
): Promise<void> {
  await sql`insert into ${t.model_labels} (model, label)
    select model, label from unnest(${[...labels.keys()]}::text[], ${[...labels.values()]}::text[]) as known (model, label)
    where exists (select from ${t.personas} p where p.model = known.model) on conflict do nothing`.execute(
    db,
  );
}

/** Rows that this transaction brought, among those that were there. */
const MINE = sql`pg_current_xact_id()::xid`;

/**
 * Experiments that came without details: those that are pending are marked as imported, so that
 * they are run only when asked for, and those that the simulated model answered as simulated.
 */
export async function markExperiments({ db }: Session, { t }: Database): Promise<void> {
  await sql`insert into ${t.experiment_details} (experiment_id, experiments_group_id, repeated, shuffle_key, origin)
    select e.experiment_id, g.experiments_group_id, e.repeated, ('x' || substr(md5(e.experiment_id::text), 1, 16))::bit(64)::bigint,
      case when e.succeeded is null then 'imported' else 'simulated' end
    from ${t.experiments_list} e left join ${t.experiments_groups} g using (experiments_group_id)
    where e.xmin = ${MINE} and (e.succeeded is null or e.model_provider = 'simulated' or e.model like 'simulated/%')
      and not exists (select from ${t.experiment_details} d where d.experiment_id = e.experiment_id)`.execute(
    db,
  );
}

/** @param simulated short names of the simulated models */
export async function markPersonas(
  { db }: Session,
  { t }: Database,
  simulated: readonly string[],
  source: string,
): Promise<void> {
  await sql`insert into ${t.persona_details} (persona_id, origin, source)
    select p.id, 'simulated', ${source} from ${t.personas} p
    where p.xmin = ${MINE} and (p.model = any(${[...simulated]}::text[]) or p.model like 'simulated/%')
      and not exists (select from ${t.persona_details} d where d.persona_id = p.id)`.execute(db);
}

/**
 * Sheets of one table, an answer a letter (T, F) in order of question; null when any of them is not
 * one of `items` answers.
 */
export async function lettersOfSheets(
  { db }: Session,
  { t }: Database,
  table: 'reference_questionnaires' | 'random_questionnaires',
  items: number,
): Promise<{ id: number; letters: string }[] | null> {
  const { rows } = await sql<{ id: number | null; letters: string; whole: boolean }>`
    select personality_id as id, string_agg(case when answer then 'T' else 'F' end, '' order by question_number) as letters,
      count(*) = ${items}::int and count(distinct question_number) = ${items}::int and min(question_number) = 1
        and max(question_number) = ${items}::int and bool_and(answer is not null) as whole
    from ${t[table]} group by 1 order by 1`.execute(db);
  return rows.every((row) => row.whole && row.id !== null)
    ? rows.map(({ id, letters }) => ({ id: id!, letters }))
    : null;
}

/**
 * The first of these names of reference populations that populations of the rows end with, or null.
 */
export async function speaksOf(
  { db }: Session,
  { t }: Database,
  references: readonly string[],
): Promise<string | null> {
  const { rows } = await sql<{
    name: string;
  }>`with populations as materialized (
      select population from ${t.personas} union select population from ${t.experiments_list})
    select name from unnest(${[...references]}::text[]) with ordinality as r (name, place)
    where exists (select from populations where population ~ ('(^|_)' || name || '$')) order by place limit 1`.execute(
    db,
  );
  return rows[0]?.name ?? null;
}

export interface ReferenceRow {
  readonly name: string;
  readonly origin: 'synthetic' | 'imported';
  readonly source: string;
  readonly sheets: number;
  readonly instrument: string;
  readonly sha256: string;
}

/** Names the imported sheets as the reference population, unless there is one. */
export async function keepReference(
  { db }: Session,
  { t }: Database,
  reference: ReferenceRow,
): Promise<void> {
  const { name, origin, source, sheets, instrument, sha256 } = reference;
  await sql`insert into ${t.reference_population} (name, origin, source, sheets, instrument, sha256)
    values (${name}, ${origin}, ${source}, ${sheets}, ${instrument}, ${sha256}) on conflict do nothing`.execute(
    db,
  );
}
