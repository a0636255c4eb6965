/**
 * The published materialised view `experiments_evals`. The program itself reads `scored_answers`,
 * which is never stale.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Database } from './connect.ts';
import type { RelationName } from './schema/tables.ts';
import { sqlStateOf } from './server-errors.ts';

/** The tables that the view is made from. */
export const EVALUATED_TABLES = [
  'eval_questionnaires',
  'experiments_groups',
  'experiments_list',
  'group_details',
  'instrument_items',
  'instruments',
  'model_labels',
  'populations',
  'questionnaire',
] as const satisfies readonly RelationName[];

/** What the view was made from, as its comment in the database says. */
interface Refreshed {
  /** That holds the view: every refresh writes another one, and so does every copy of a database. */
  readonly file: string;
  /** The refresh did not see what transactions from this one on wrote … */
  readonly from: string;
  /** … nor what these wrote, which were under way … */
  readonly underWay: readonly string[];
  /** … but for its own transaction, of which it was the last statement to write. */
  readonly own: string;
  /** Of each of `EVALUATED_TABLES`. */
  readonly rows: readonly string[];
}

type Schema = Pick<Database, 'db' | 't' | 'schema'>;

/**
 * Refreshes the view. Readers wait until it is done.
 * @param database in a transaction that writes nothing to the tables of the view from here on
 */
export async function refreshEvaluations(database: Schema): Promise<void> {
  const { db, t } = database;
  // Asked before, so that what others commit meanwhile counts as not seen.
  const { rows: before } = await sql<Pick<Refreshed, 'from' | 'underWay'>>`
    select pg_snapshot_xmax(pg_current_snapshot())::text as from,
      array(select pg_snapshot_xip(pg_current_snapshot())::text) as "underWay"`.execute(db);
  const rows = (await readTables(database, sql`false`)).map((table) => table.rows);
  await sql`refresh materialized view ${t.experiments_evals}`.execute(db);
  const { rows: after } = await sql<Pick<Refreshed, 'file' | 'own'>>`
    select pg_relation_filenode(${viewOf(database)})::text as file, pg_current_xact_id()::text as own`.execute(
    db,
  );
  const refreshed: Refreshed = { ...before[0]!, ...after[0]!, rows };
  await sql`comment on materialized view ${t.experiments_evals} is ${sql.lit(JSON.stringify(refreshed))}`.execute(
    db,
  );
}

/**
 * Whether a refresh would change nothing: since the last one, no row was added or changed (all were
 * written by transactions that it saw) and none was removed (there are as many).
 */
export async function isFresh(database: Schema): Promise<boolean> {
  const { rows } = await sql<{ said: string | null; file: string; next: string }>`
    select obj_description(${viewOf(database)}, 'pg_class') as said, pg_relation_filenode(${viewOf(database)})::text as file,
      pg_snapshot_xmax(pg_current_snapshot())::text as next`.execute(database.db);
  const { said, file, next } = rows[0]!;
  const refreshed = said?.startsWith('{') === true ? (JSON.parse(said) as Refreshed) : null;
  if (refreshed?.file !== file) return false;
  const { from, underWay, own } = refreshed;
  // Rows tell their transaction without its epoch, by which half of all can be told apart.
  if (BigInt(next) - BigInt(from) >= 2n ** 31n) return false;
  const others = underWay.map((one) => sql` or xmin = ${inRows(one)}`);
  const unseen = sql`(age(xmin) <= age(${inRows(from)})${sql.join(others, sql``)}) and xmin <> ${inRows(own)}`;
  const tables = await readTables(database, unseen);
  return tables.every((table, at) => !table.unseen && table.rows === refreshed.rows[at]);
}

async function readTables({ db, t }: Schema, isUnseen: RawBuilder<unknown>) {
  const counts = EVALUATED_TABLES.map(
    (name) =>
      sql`select ${name}::text as name, count(*)::text as rows, coalesce(bool_or(${isUnseen}), false) as unseen from ${t[name]}`,
  );
  const { rows } = await sql<{ rows: string; unseen: boolean }>`
    ${sql.join(counts, sql` union all `)} order by name`.execute(db);
  return rows;
}

/** A transaction as the rows that it wrote tell it. */
function inRows(transaction: string): RawBuilder<unknown> {
  return sql`${String(BigInt(transaction) % 2n ** 32n)}::text::xid`;
}

function viewOf({ schema }: Pick<Database, 'schema'>): RawBuilder<unknown> {
  return sql`format('%I.experiments_evals', ${schema}::text)::regclass`;
}

const NOT_ALLOWED = new Set(['42501', '25006']);

/**
 * Does the work, and refreshes the view where it is stale: beside the work where the database is a
 * server, which does both at once, else after it.
 * @returns what the work returns, and false where the view may be stale, as this user may read the
 *   study but not write it
 */
export async function whileRefreshing<T>(
  database: Database,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly isFresh: boolean }> {
  if (database.kind === 'embedded')
    return { result: await work(), isFresh: await refreshWhereStale(database) };
  const refreshing = refreshWhereStale(database);
  const [result] = await Promise.all([work(), refreshing]);
  return { result, isFresh: await refreshing };
}

async function refreshWhereStale({ transact, t, schema }: Database): Promise<boolean> {
  try {
    await transact(async ({ db }) => {
      if (!(await isFresh({ db, t, schema }))) await refreshEvaluations({ db, t, schema });
    });
    return true;
  } catch (error) {
    if (NOT_ALLOWED.has(sqlStateOf(error) ?? '')) return false;
    throw error;
  }
}
