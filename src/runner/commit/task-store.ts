/**
 * SQL that both kinds of task share: what is due, in which order, and the one transaction in which
 * results become facts.
 */
import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import { boolArray, int4Array, textArray } from '../../db/arrays.ts';
import type { Database } from '../../db/connect.ts';
import type { Relations } from '../../db/relations.ts';
import { storableText } from '../../db/sanitize-text.ts';
import type { RelationName, Tables } from '../../db/schema/tables.ts';
import type { Batch, Finished, Position, RetryReason, StoredCall, Task } from '../task.ts';
import type { TaskQueue } from '../workers/queue.ts';
import { type CallTables, insertCalls } from './call-store.ts';

/** Where one kind of task is kept. */
export interface TaskTables extends CallTables {
  readonly groups: RelationName;
  /** The key of `groups`. */
  readonly group: string;
  /**
   * The table that counts attempts and holds the last outcome; `d` in the conditions below. Its key
   * is `task`.
   */
  readonly attempts: RelationName;
}

/** `(d.last_attempt_at …)`: not attempted since the run began. */
export function notAttemptedSince(startedAt: Date): RawBuilder<boolean> {
  return sql<boolean>`(d.last_attempt_at is null or d.last_attempt_at < ${startedAt})`;
}

/**
 * What is run again: what ended for one of the reasons, or where none is given, everything but
 * refusals.
 */
export function endedFor(retry: readonly RetryReason[]): RawBuilder<boolean> {
  const reasons = retry as string[];
  return retry.length > 0
    ? sql<boolean>`(d.last_outcome = any(${reasons}::text[]) or d.last_kind = any(${reasons}::text[]))`
    : sql<boolean>`d.last_outcome is distinct from 'refused'`;
}

/** A page of tasks behind a position: the end of a condition, with its order and limit. */
export function pageAfter(
  { task }: TaskTables,
  order: 'shuffled' | 'registered',
  after: Position | null,
  size: number,
): RawBuilder<unknown> {
  const id = sql.ref(`d.${task}`);
  const by = order === 'shuffled' ? sql`d.shuffle_key, ${id}` : id;
  const position =
    order === 'shuffled'
      ? sql`${after?.shuffleKey}::bigint, ${after?.id}::int`
      : sql`${after?.id}::int`;
  return sql`${after === null ? sql`true` : sql`(${by}) > (${position})`} order by ${by} limit ${size}`;
}

/** @param from the clauses from `from` on */
export async function countRows(db: Kysely<Tables>, from: RawBuilder<unknown>): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count ${from}`.execute(db);
  return rows[0]!.count;
}

/** Groups out of scope, which a claim must leave alone. */
export async function groupsOutside(
  { db, t }: Database,
  tables: TaskTables,
  groups: readonly number[] | null,
): Promise<number[]> {
  if (groups === null) return [];
  const id = sql.ref(tables.group);
  const { rows } = await sql<{ id: number }>`select ${id} as id from ${t[tables.groups]}
    where not (${id} = any(${[...groups]}::int[]))`.execute(db);
  return rows.map((row) => row.id);
}

/** What one kind of task adds to the transaction that stores a batch. */
interface BatchParts<V, T extends Task<V>> {
  /**
   * Locks those of the tasks that nobody else has finished in the meantime, and selects their `id`.
   * They are those that are finished here and those that take another call.
   */
  readonly lock: (ids: readonly number[]) => RawBuilder<{ id: number }>;
  readonly store: (
    transaction: Transaction<Tables>,
    stored: readonly Finished<V, T>[],
  ) => Promise<void>;
  /** That the calls were made for. */
  readonly study: string;
}

/**
 * Stores a batch in one transaction: every call's row and bytes, the results, the end of the
 * claims. A task that somebody else has finished in the meantime keeps what it has; its calls are
 * kept all the same.
 * @returns ids of the tasks whose results were stored
 */
export async function storeBatch<V, T extends Task<V>>(
  database: Database,
  tables: TaskTables,
  { calls, finished }: Batch<V, T>,
  settle: TaskQueue['settle'],
  { lock, store, study }: BatchParts<V, T>,
): Promise<Set<number>> {
  return database.db.transaction().execute(async (transaction) => {
    const continued = calls.flatMap((call) => (call.part === undefined ? [] : [call.taskId]));
    const { rows: locked } = await lock([
      ...new Set([...finished.map((one) => one.task.id), ...continued]),
    ]).execute(transaction);
    const ours = new Set(locked.map((row) => row.id));
    await insertCalls(
      transaction,
      database,
      tables,
      [...calls, ...finished.map((one) => one.result.call)].map((call) =>
        ours.has(call.taskId) ? call : withoutPart(call),
      ),
      study,
    );
    const stored = finished.filter((one) => ours.has(one.task.id));
    if (stored.length > 0) await store(transaction, stored);
    await settle(
      finished.map((one) => one.claim),
      transaction,
    );
    return ours;
  });
}

function withoutPart({ part: _, ...call }: StoredCall): StoredCall {
  return call;
}

/**
 * Stores the outcomes of finished tasks.
 * @param own further assignments, and the arrays and names of the columns of `o` that they read
 */
export async function storeOutcomes<V, T extends Task<V>>(
  transaction: Transaction<Tables>,
  t: Relations,
  tables: TaskTables,
  stored: readonly Finished<V, T>[],
  own: Readonly<Record<'set' | 'arrays' | 'names', RawBuilder<unknown>>>,
): Promise<void> {
  const unanswered = stored.map(({ result }) => (result.kind === 'answered' ? null : result));
  await sql`update ${t[tables.attempts]} d set last_outcome = o.outcome, last_kind = o.kind, last_reason = o.reason,
      attempts = d.attempts + o.attempts, last_attempt_at = clock_timestamp(),
      origin = case when o.simulated then 'simulated' else d.origin end, ${own.set}
    from unnest(
      ${int4Array(stored.map((one) => one.task.id))}::int[],
      ${textArray(unanswered.map((result) => result?.outcome ?? 'answered'))}::text[],
      ${textArray(unanswered.map((result) => result?.call.failure ?? null))}::text[],
      ${textArray(unanswered.map((result) => (result === null ? null : storableText(result.reason))))}::text[],
      ${int4Array(stored.map(({ result }) => result.attempts))}::int[],
      ${boolArray(stored.map(({ result }) => result.kind === 'answered' && result.simulated))}::bool[], ${own.arrays}
    ) as o (id, outcome, kind, reason, attempts, simulated, ${own.names})
    where d.${sql.ref(tables.task)} = o.id`.execute(transaction);
}
