/** SQL of workers: the processes that run tasks, as their heartbeats report them. */
import { sql } from 'kysely';
import type { Database } from '../../db/connect.ts';
import { LEASE_SECONDS } from '../task.ts';

/** A process that runs tasks, or did recently. */
export interface WorkerOverview {
  readonly host: string;
  readonly pid: number;
  readonly maxWorkers: number;
  /** Server time, as of all times here. */
  readonly startedAt: Date;
  readonly seenAt: Date;
  /** Since `seenAt`. */
  readonly silentSeconds: number;
  /** Without a heartbeat for so long that other processes take over its tasks. */
  readonly lost: boolean;
  /** Kind of its tasks; null between two runs. */
  readonly task: string | null;
  readonly inHand: number;
  readonly done: number;
  readonly failed: number;
  readonly calls: number;
  /** Recent throughput in tasks. Null until it is known. */
  readonly perSecond: number | null;
  readonly waitingFor: string | null;
}

/** What a process reports about itself. */
export type WorkerState = Pick<
  WorkerOverview,
  'host' | 'pid' | 'maxWorkers' | 'task' | 'inHand' | 'done' | 'failed' | 'calls' | 'waitingFor'
>;

/** How long a process that ended unexpectedly is still shown. */
const SHOWN_SECONDS = 3600;
/**
 * Weight of the latest heartbeat in the rate: with one every three seconds, half a minute is
 * remembered.
 */
const WEIGHT = 0.3;

/**
 * Stores a heartbeat. The first one registers the process, and removes processes that ended long
 * ago.
 */
export async function recordHeartbeat(
  { db, t, kind }: Database,
  worker: string,
  state: WorkerState,
  first: boolean,
): Promise<void> {
  if (first) {
    // Only one process can write to the embedded database, so all others have ended.
    const gone =
      kind === 'embedded'
        ? sql`true`
        : sql`seen_at < clock_timestamp() - make_interval(secs => ${SHOWN_SECONDS})`;
    await sql`delete from ${t.workers} where ${gone}`.execute(db);
  }
  await sql`insert into ${t.workers} as w (worker_id, host, pid, max_workers, task, in_hand, done, failed, calls, waiting_for)
    values (${worker}, ${state.host}, ${state.pid}, ${state.maxWorkers}, ${state.task}, ${state.inHand}, ${state.done}, ${state.failed}, ${state.calls},
      ${state.waitingFor})
    on conflict (worker_id) do update set seen_at = clock_timestamp(), task = excluded.task, in_hand = excluded.in_hand, done = excluded.done,
      failed = excluded.failed, calls = excluded.calls, waiting_for = excluded.waiting_for,
      per_second = coalesce(w.per_second * (1 - ${WEIGHT}::double precision), 0)
        + (excluded.done - w.done) / greatest(extract(epoch from clock_timestamp() - w.seen_at), 0.1)::double precision
          * case when w.per_second is null then 1 else ${WEIGHT}::double precision end`.execute(db);
}

export async function removeWorker({ db, t }: Database, worker: string): Promise<void> {
  await sql`delete from ${t.workers} where worker_id = ${worker}`.execute(db);
}

/** All workers, the oldest first. */
export async function listWorkers({
  db,
  t,
}: Pick<Database, 'db' | 't'>): Promise<WorkerOverview[]> {
  const { rows } = await sql<WorkerOverview>`
    select host, pid, max_workers as "maxWorkers", started_at as "startedAt", seen_at as "seenAt", silence as "silentSeconds",
      silence > ${LEASE_SECONDS}::double precision as lost, task, in_hand as "inHand", done, failed, calls, per_second as "perSecond",
      waiting_for as "waitingFor"
    from (select *, extract(epoch from clock_timestamp() - seen_at)::double precision as silence from ${t.workers}) as w
    where silence < ${SHOWN_SECONDS} order by started_at, worker_id`.execute(db);
  return rows;
}
