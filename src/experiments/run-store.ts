/**
 * SQL of running: what is pending, what belongs to it, and the one transaction in which results
 * become facts.
 */
import { sql, type Transaction } from 'kysely';
import { boolArray, int4Array, textArray } from '../db/arrays.ts';
import type { Database } from '../db/connect.ts';
import type { Relations } from '../db/relations.ts';
import type { Tables } from '../db/schema/tables.ts';
import { PARSER_VERSION } from '../instruments/reply/parser-version.ts';
import type { RegisteredModel } from '../models/catalogue.ts';
import { storedCallIds } from '../runner/commit/call-store.ts';
import * as tasks from '../runner/commit/task-store.ts';
import type { Batch, Position, RetryReason } from '../runner/task.ts';
import type { TaskQueue } from '../runner/workers/queue.ts';
import type { AnsweredSheet, RegisteredExperiment, RunnableExperiment } from './experiment.ts';
import { selectExperiments, selectVersions, toExperiment } from './registered-store.ts';
import { storeKept, storeSheets } from './sheet-store.ts';

/** Which experiments a run is about. */
export interface RunScope {
  /** Groups by id, or null for all. */
  readonly groups: readonly number[] | null;
  /** Run again what has succeeded, instead of what is pending. */
  readonly rerun: boolean;
  /**
   * Last outcomes, and kinds of failure, that are asked again although they are final otherwise.
   */
  readonly retry: readonly RetryReason[];
  /** Server time at which the run began: what was attempted since then is not attempted again. */
  readonly startedAt: Date;
  /** Nothing but these experiments; null for no such restriction. */
  readonly only: readonly number[] | null;
}

const TABLES: tasks.TaskTables = {
  groups: 'experiments_groups',
  group: 'experiments_group_id',
  attempts: 'experiment_details',
  task: 'experiment_id',
  calls: 'experiment_request_metadata',
  bytes: 'call_bytes',
  texts: { table: 'reply_texts', parserVersion: PARSER_VERSION },
  parts: 'administration_calls',
};

/** Groups of the scope that do not exist. */
export async function missingGroups(
  database: Database,
  groups: readonly number[],
): Promise<number[]> {
  const { t, db } = database;
  const { rows } = await sql<{
    id: number;
  }>`select id from unnest(${[...groups]}::int[]) as asked (id)
    where not exists (select from ${t.experiments_groups} g where g.experiments_group_id = asked.id)`.execute(
    db,
  );
  return rows.map((row) => row.id);
}

/**
 * Rows that other programs wrote have no details of ours yet; they get a place in the order, and
 * their persona when they run.
 */
export async function backfillDetails(database: Database): Promise<number> {
  const { t, db } = database;
  const { rows } = await sql<{ id: number }>`
    insert into ${t.experiment_details} (experiment_id, experiments_group_id, repeated, shuffle_key, origin)
    select e.experiment_id, g.experiments_group_id, e.repeated, ('x' || substr(md5(e.experiment_id::text), 1, 16))::bit(64)::bigint,
      case when e.model_provider = 'simulated' then 'simulated' else 'model' end
    from ${t.experiments_list} e
    left join ${t.experiments_groups} g using (experiments_group_id)
    where e.succeeded is null
      -- As many details as experiments means that each has its own: then nobody needs to look which.
      and (select count(*) from ${t.experiments_list}) > (select count(*) from ${t.experiment_details})
      and not exists (select from ${t.experiment_details} d where d.experiment_id = e.experiment_id)
    on conflict do nothing returning experiment_id as id`.execute(db);
  return rows.length;
}

/** As a condition on `experiments_list e` and `experiment_details d`. */
export function inScope(scope: RunScope) {
  return sql<boolean>`
    ${scope.groups === null ? sql`d.origin <> 'imported'` : sql`e.experiments_group_id = any(${[...scope.groups]}::int[])`}
    and ${tasks.notAttemptedSince(scope.startedAt)}
    and ${scope.only === null ? sql`true` : sql`e.experiment_id = any(${[...scope.only]}::int[])`}
    and ${scope.rerun ? sql`e.succeeded is true` : sql`e.succeeded is null and ${tasks.endedFor(scope.retry)}`}`;
}

/** How many experiments the scope holds at this moment, runnable or not. */
export function countInScope({ t, db }: Database, scope: RunScope): Promise<number> {
  return tasks.countRows(
    db,
    sql`from ${t.experiments_list} e join ${t.experiment_details} d using (experiment_id) where ${inScope(scope)}`,
  );
}

/**
 * The models that experiments of the scope name, each with the short name it was registered under.
 * A group that was registered here has one model, so one of its experiments is asked; of other
 * groups and of what has none, all are.
 */
export async function modelsInScope(
  database: Database,
  scope: RunScope,
): Promise<RegisteredModel[]> {
  const { t, db } = database;
  const { rows } = await sql<RegisteredModel>`
    select distinct e.model_provider as provider, e.model as "modelId", gd.model_name as "modelName"
    from ${t.group_details} gd cross join lateral (
      select e.model_provider, e.model from ${t.experiments_list} e join ${t.experiment_details} d using (experiment_id)
      where e.experiments_group_id = gd.experiments_group_id and ${inScope(scope)} limit 1) as e
    union
    select distinct e.model_provider, e.model, null
    from ${t.experiments_list} e join ${t.experiment_details} d using (experiment_id)
    where (e.experiments_group_id is null or e.experiments_group_id = any(array(select g.experiments_group_id from ${t.experiments_groups} g
        where not exists (select from ${t.group_details} gd where gd.experiments_group_id = g.experiments_group_id))))
      and ${inScope(scope)}`.execute(db);
  return rows;
}

/**
 * One experiment of each group of the scope: of what all experiments of a group share, it tells
 * what there is to tell.
 */
export async function firstOfGroups(
  database: Database,
  scope: RunScope,
): Promise<RegisteredExperiment[]> {
  const { t } = database;
  const rows = await selectExperiments(
    database,
    sql`where e.experiment_id in (
      select first.experiment_id from ${t.experiments_groups} g cross join lateral (
        select e.experiment_id from ${t.experiments_list} e join ${t.experiment_details} d using (experiment_id)
        where e.experiments_group_id = g.experiments_group_id and ${inScope(scope)} limit 1) as first)
      order by e.experiments_group_id`,
  );
  return rows.map(toExperiment);
}

/** How many experiments of the scope's groups are pending, whatever became of their attempts. */
export function countPending({ t, db }: Database, { groups }: RunScope): Promise<number> {
  return tasks.countRows(
    db,
    sql`from ${t.experiments_list} e where e.succeeded is null
      and ${groups === null ? sql`true` : sql`e.experiments_group_id = any(${[...groups]}::int[])`}`,
  );
}

/**
 * The next experiments after a position. Those reset to pending by hand come last: the index of
 * open ones lacks them.
 */
export async function pageOfScope(
  database: Database,
  scope: RunScope,
  order: 'shuffled' | 'registered',
  after: Position | null,
  size: number,
): Promise<{ experiments: RegisteredExperiment[]; last: Position | null }> {
  if (scope.rerun) return walk(database, scope, order, after, size, sql`true`);
  if (after?.setBack !== true) {
    const open = await walk(
      database,
      scope,
      order,
      after,
      size,
      sql`d.last_outcome is distinct from 'answered'`,
    );
    if (open.last !== null) return open;
  }
  const from = after?.setBack === true ? after : null;
  const { experiments, last } = await walk(
    database,
    scope,
    order,
    from,
    size,
    sql`d.last_outcome = 'answered'`,
  );
  return { experiments, last: last === null ? null : { ...last, setBack: true } };
}

async function walk(
  database: Database,
  scope: RunScope,
  order: 'shuffled' | 'registered',
  after: Position | null,
  size: number,
  which: ReturnType<typeof sql>,
): Promise<{ experiments: RegisteredExperiment[]; last: Position | null }> {
  const page = tasks.pageAfter(TABLES, order, after, size);
  const rows = await selectExperiments(
    database,
    sql`where ${inScope(scope)} and ${which} and ${page}`,
  );
  const end = rows.at(-1);
  return {
    experiments: rows.map(toExperiment),
    last: end === undefined ? null : { shuffleKey: end.shuffle_key, id: end.experiment_id },
  };
}

/** The versions of those of the given experiments that are still in scope. */
export function versionsInScope(
  database: Database,
  scope: RunScope,
  ids: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  return selectVersions(
    database,
    sql`where e.experiment_id = any(${[...ids]}::int[]) and ${inScope(scope)}`,
  );
}

/** The given experiments as they are now, whatever became of them. */
export async function experimentsById(
  database: Database,
  ids: readonly number[],
): Promise<RegisteredExperiment[]> {
  return (
    await selectExperiments(database, sql`where e.experiment_id = any(${[...ids]}::int[])`)
  ).map(toExperiment);
}

/** Ids of the stored calls about these experiments. */
export function storedCalls(
  database: Database,
  experiments: readonly number[],
): Promise<Set<string>> {
  return storedCallIds(database, TABLES, experiments);
}

/** Groups whose experiments are out of scope, which a claim must leave alone. */
export function groupsOutside(
  database: Database,
  groups: readonly number[] | null,
): Promise<number[]> {
  return tasks.groupsOutside(database, TABLES, groups);
}

/**
 * Stores a batch: for answered experiments the old answers out, the new ones in with their scores,
 * `succeeded` and explanation; for all of them the outcome; the groups' flags.
 * @param study that the calls were made for
 * @returns ids of the experiments whose results were stored
 */
export function storeBatch(
  database: Database,
  settle: TaskQueue['settle'],
  batch: Batch<AnsweredSheet, RunnableExperiment>,
  scope: RunScope,
  study: string,
): Promise<Set<number>> {
  const { t } = database;
  return tasks.storeBatch(database, TABLES, batch, settle, {
    lock: (ids) => sql`select e.experiment_id as id
      from ${t.experiments_list} e join ${t.experiment_details} d using (experiment_id)
      where e.experiment_id = any(${[...ids]}::int[])
        and (e.succeeded is null or ${scope.rerun} and ${tasks.notAttemptedSince(scope.startedAt)})
      order by e.experiment_id for update`,
    async store(transaction, stored) {
      await storeSheets(
        transaction,
        t,
        stored.flatMap(({ task, result }) =>
          result.kind === 'answered' ? [{ id: task.id, sheet: result.value }] : [],
        ),
      );
      await storeKept(
        transaction,
        t,
        stored.flatMap(({ task, result }) =>
          result.kind === 'unanswered' && result.kept != null
            ? [{ id: task.id, sheet: result.kept }]
            : [],
        ),
      );
      const sheets = stored.map(({ result }) => (result.kind === 'answered' ? result.value : null));
      await tasks.storeOutcomes(transaction, t, TABLES, stored, {
        set: sql`uniform = coalesce(o.uniform, d.uniform), persona_id = coalesce(d.persona_id, o.persona_id),
          partial = coalesce(o.partial, d.partial), item_order = coalesce(o.item_order::int[], d.item_order),
          option_order = coalesce(o.option_order::jsonb, d.option_order)`,
        arrays: sql`${boolArray(sheets.map((sheet) => sheet?.uniform ?? null))}::bool[],
          ${int4Array(stored.map((one) => one.task.personaId))}::int[],
          ${boolArray(sheets.map((sheet) => sheet?.partial ?? null))}::bool[],
          ${textArray(sheets.map((sheet) => arrayText(sheet?.order.items)))}::text[],
          ${textArray(sheets.map((sheet) => (sheet?.order.options == null ? null : JSON.stringify(sheet.order.options))))}::text[]`,
        names: sql`uniform, persona_id, partial, item_order, option_order`,
      });
      await updateGroupFlags(transaction, t, [...new Set(stored.map((one) => one.task.groupId))]);
    },
    study,
  });
}

/** An array within an array of the server, which has none of different lengths. */
function arrayText(numbers: readonly number[] | null | undefined): string | null {
  return numbers == null ? null : `{${numbers.join()}}`;
}

async function updateGroupFlags(
  transaction: Transaction<Tables>,
  t: Relations,
  groups: readonly number[],
): Promise<void> {
  if (groups.length === 0) return;
  await sql`update ${t.experiments_groups} g set concluded = true,
      processed = not exists (select from ${t.experiments_list} e
        where e.experiments_group_id = g.experiments_group_id and e.succeeded is distinct from true)
    where g.experiments_group_id = any(${[...groups]}::int[])
      and not exists (select from ${t.experiments_list} e where e.experiments_group_id = g.experiments_group_id and e.succeeded is null)`.execute(
    transaction,
  );
}

/**
 * Sets `processed` and `concluded` from what the experiments say. Each commit does so for its own
 * groups, but two processes that commit the last two experiments of a group at once do not see each
 * other's.
 */
export async function refreshGroupFlags(
  database: Database,
  groups: readonly number[] | null,
): Promise<void> {
  const { t, db } = database;
  await sql`update ${t.experiments_groups} g set processed = s.processed, concluded = s.concluded
    from (select e.experiments_group_id as id, bool_and(e.succeeded is true) as processed, bool_and(e.succeeded is not null) as concluded
          from ${t.experiments_list} e
          where ${groups === null ? sql`e.experiments_group_id is not null` : sql`e.experiments_group_id = any(${[...groups]}::int[])`} group by 1) s
    where g.experiments_group_id = s.id
      and (g.processed, g.concluded) is distinct from (s.processed, s.concluded)`.execute(db);
}

/**
 * Gives up the pending experiments of groups: `succeeded = false`, with the reason kept. Of one
 * that a process has in hand at this moment the calls will be kept, its answers will not.
 * @returns how many were given up
 */
export async function closeGroups(
  database: Database,
  groups: readonly number[],
  reason: string,
): Promise<number> {
  const { t, db } = database;
  await backfillDetails(database);
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ id: number }>`update ${t.experiments_list} set succeeded = false
      where experiments_group_id = any(${[...groups]}::int[]) and succeeded is null returning experiment_id as id`.execute(
      transaction,
    );
    await sql`update ${t.experiment_details} set last_reason = ${reason}, last_outcome = coalesce(last_outcome, 'failed')
      where experiment_id = any(${rows.map((row) => row.id)}::int[])`.execute(transaction);
    await updateGroupFlags(transaction, t, groups);
    return rows.length;
  });
}
