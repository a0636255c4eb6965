/** SQL of loading a dataset: what the tables look like, what is in them, and what belongs beside the rows that came. */
import { sql } from 'kysely';
import type { Database } from '../database/connect.ts';
import { type Session } from '../database/session.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { insertInstrument, insertItems } from '../personas/instrument-store.ts';
import { STUDY_TABLES, type StudyTable } from './tables.ts';

export interface TableColumn {
  readonly name: string;
  /** As the server names it, e.g. `integer`, `jsonb`. */
  readonly type: string;
  /** It must be given a value: not null, and without a default. */
  readonly required: boolean;
}

export interface TableShape {
  readonly columns: readonly TableColumn[];
  /** Columns of the primary key, in its order. */
  readonly key: readonly string[];
  /** The column that a sequence numbers, or null. */
  readonly numbered: string | null;
}

/** The study's tables as they are in the schema. */
export async function shapesOf({ db, schema }: Pick<Database, 'db' | 'schema'>): Promise<Map<StudyTable, TableShape>> {
  const { rows } = await sql<{ name: StudyTable; columns: TableColumn[]; key: string[] | null; numbered: string | null }>`
    select c.relname as name,
      jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, null),
        'required', a.attnotnull and not a.atthasdef and a.attidentity = '') order by a.attnum) as columns,
      (select array_agg(k.attname::text order by p.place) from pg_index i
        cross join lateral unnest(i.indkey) with ordinality as p (attnum, place)
        join pg_attribute k on k.attrelid = c.oid and k.attnum = p.attnum where i.indrelid = c.oid and i.indisprimary) as key,
      min(a.attname::text) filter (where pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname) is not null) as numbered
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where n.nspname = ${schema} and c.relkind in ('r', 'p') and c.relname = any(${[...STUDY_TABLES]}::text[])
    group by c.oid, c.relname`.execute(db);
  return new Map(rows.map(({ name, columns, key, numbered }) => [name, { columns, key: key ?? [], numbered }]));
}

/** One import into a schema at a time. @returns false when there is one already */
export async function holdImports({ db }: Session, schema: string): Promise<boolean> {
  const { rows } = await sql<{ held: boolean }>`
    select pg_try_advisory_xact_lock(hashtext('personality-trap import'), hashtext(${schema})) as held`.execute(db);
  return rows[0]!.held;
}

const PATIENCE = '10s';

/** Takes the tables for this transaction alone. Fails with 55P03 when somebody else is at them for too long. */
export async function takeTables({ db }: Session, { t }: Database): Promise<void> {
  await sql`set local lock_timeout = ${sql.lit(PATIENCE)}`.execute(db);
  await sql`lock table ${sql.join(STUDY_TABLES.map((name) => t[name]))} in access exclusive mode`.execute(db);
  await sql`set local lock_timeout = 0`.execute(db);
}

/** Rows of each table that has any, in the order of the tables. */
export async function filledTables({ db }: Session, { t }: Database): Promise<Map<StudyTable, number>> {
  const counts = STUDY_TABLES.map((name) => sql`select ${name}::text as name, count(*)::int as rows from ${t[name]}`);
  const { rows } = await sql<{ name: StudyTable; rows: number }>`${sql.join(counts, sql` union all `)}`.execute(db);
  return new Map(rows.filter((row) => row.rows > 0).map((row) => [row.name, row.rows]));
}

export async function emptyTables({ db }: Session, { t }: Database): Promise<void> {
  await sql`truncate ${sql.join(STUDY_TABLES.map((name) => t[name]))} restart identity`.execute(db);
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

export async function analyzeTables({ db }: Session, { t }: Database, tables: readonly StudyTable[]): Promise<void> {
  for (const table of tables) await sql`analyze ${t[table]}`.execute(db);
}

export async function refreshEvaluations({ db }: Session, { t }: Database): Promise<void> {
  await sql`refresh materialized view ${t.experiments_evals}`.execute(db);
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

/** Keeps the labels of the models that the rows speak of. */
export async function keepLabels({ db }: Session, { t }: Database, labels: ReadonlyMap<string, string>): Promise<void> {
  await sql`insert into ${t.model_labels} (model, label)
    select model, label from unnest(${[...labels.keys()]}::text[], ${[...labels.values()]}::text[]) as known (model, label)
    where exists (select from ${t.experiments_list} e where e.model = known.model) on conflict do nothing`.execute(db);
}

/**
 * Experiments that came without details: those that are pending are marked as imported, so that they are run only when asked for, and those
 * that the simulated model answered as simulated.
 */
export async function markExperiments({ db }: Session, { t }: Database): Promise<void> {
  await sql`insert into ${t.experiment_details} (experiment_id, experiments_group_id, repeated, shuffle_key, origin)
    select e.experiment_id, g.experiments_group_id, e.repeated, ('x' || substr(md5(e.experiment_id::text), 1, 16))::bit(64)::bigint,
      case when e.succeeded is null then 'imported' else 'simulated' end
    from ${t.experiments_list} e left join ${t.experiments_groups} g using (experiments_group_id)
    where (e.succeeded is null or e.model_provider = 'simulated' or e.model like 'simulated/%')
      and not exists (select from ${t.experiment_details} d where d.experiment_id = e.experiment_id)`.execute(db);
}

/** @param simulated short names of the simulated models */
export async function markPersonas({ db }: Session, { t }: Database, simulated: readonly string[], source: string): Promise<void> {
  await sql`insert into ${t.persona_details} (persona_id, origin, source)
    select p.id, 'simulated', ${source} from ${t.personas} p
    where (p.model = any(${[...simulated]}::text[]) or p.model like 'simulated/%')
      and not exists (select from ${t.persona_details} d where d.persona_id = p.id)`.execute(db);
}

/** Sheets of one table, an answer a letter (T, F) in order of question; null when any of them is not one of `items` answers. */
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
  return rows.every((row) => row.whole && row.id !== null) ? rows.map(({ id, letters }) => ({ id: id!, letters })) : null;
}

/** Whether the rows use the published name of the reference population. */
export async function speaksOf({ db }: Session, { t }: Database, population: string): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`select
    exists (select from ${t.personas} where population ~ ${`(^|_)${population}$`}) or
    exists (select from ${t.experiments_list} where population ~ ${`(^|_)${population}$`}) as found`.execute(db);
  return rows[0]!.found;
}

export interface ReferenceRow {
  readonly name: string;
  readonly source: string;
  readonly sheets: number;
  readonly instrument: string;
  readonly sha256: string;
}

/** Names the imported sheets as the reference population, unless there is one. */
export async function keepReference({ db }: Session, { t }: Database, reference: ReferenceRow): Promise<void> {
  const { name, source, sheets, instrument, sha256 } = reference;
  await sql`insert into ${t.reference_population} (name, origin, source, sheets, instrument, sha256)
    values (${name}, 'imported', ${source}, ${sheets}, ${instrument}, ${sha256}) on conflict do nothing`.execute(db);
}
