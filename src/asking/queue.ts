/**
 * Who works on what. Claims, leases, heartbeats and redelivery are pg-boss's: a claim is an active job, kept alive by
 * heartbeats, and given to somebody else when they stop. A job says only "this task may be worked on"; whether it is done is what the
 * study's own tables say.
 */
import { sql } from 'kysely';
import { fromKysely, PgBoss } from 'pg-boss';
import type { Database } from '../database/connect.ts';
import { queueSchemaOf } from '../database/identifier.ts';
import { type Claim, LEASE_SECONDS } from './task.ts';

const BEAT_MS = 3000;
const WATCH_SECONDS = 2;

export interface TaskQueue extends AsyncDisposable {
  /** Offers tasks to everybody; those already queued or claimed are left as they are. */
  offer(tasks: readonly { id: number; groupId: number }[]): Promise<void>;
  /** Claims up to `count` tasks of groups that are not excluded. */
  claim(count: number, excludedGroups: readonly number[]): Promise<Claim[]>;
  /** Ends claims inside the transaction that stores what became of them. They are kept alive until it has been committed. */
  settle(claims: readonly Claim[], transaction: Parameters<typeof fromKysely>[0]): Promise<void>;
  /** That transaction has been committed. */
  settled(claims: readonly Claim[]): void;
  /** Gives claims back at once, for anybody to take. */
  release(claims: readonly Claim[]): Promise<void>;
  /** Tasks of these groups, but not of the excluded ones, that are queued or claimed by anybody. */
  open(groups: readonly number[] | null, excludedGroups?: readonly number[]): Promise<number>;
}

/**
 * @param name of the kind of task, e.g. `experiments`
 * @param onError told of troubles of the queue's own housekeeping, which goes on by itself
 */
export async function openQueue(database: Database, name: string, onError: (error: Error) => void): Promise<TaskQueue> {
  const schema = queueSchemaOf(database.schema);
  const boss = new PgBoss({
    db: database.queue,
    schema,
    ...(database.kind === 'embedded' ? { backend: 'pglite' as const } : {}),
    schedule: false,
    registerInstance: false,
    reindex: false,
    monitorVacuum: false,
    openTelemetry: { enabled: false },
    superviseIntervalSeconds: WATCH_SECONDS,
    monitorIntervalSeconds: WATCH_SECONDS,
    supervise: database.kind === 'postgres',
  });
  boss.on('error', onError);
  await oneAtATime(database, async () => {
    await boss.start();
    // `exclusive`: one job at a time for each task, whoever offers it.
    await boss.createQueue(name, {
      policy: 'exclusive',
      heartbeatSeconds: LEASE_SECONDS,
      expireInSeconds: 24 * 3600 - 1,
      retryLimit: 1000,
      retryDelay: 0,
      deleteAfterSeconds: 60,
      warningQueueSize: 1_000_000,
    });
  });
  // The folder's lock says that nobody else is here: whatever is claimed was claimed by a process that is gone.
  if (database.kind === 'embedded') await boss.deleteAllJobs(name);

  const held = new Map<string, Claim>();
  const beat = setInterval(() => {
    if (held.size > 0) boss.touch(name, [...held.values()]).catch(onError);
  }, BEAT_MS);
  const latest = (claim: Claim) => held.get(claim.id) ?? claim;
  const forget = (claims: readonly Claim[]) => {
    for (const claim of claims) held.delete(claim.id);
  };

  return {
    async offer(tasks) {
      if (tasks.length === 0) return;
      await boss.insert(
        name,
        tasks.map(({ id, groupId }) => ({
          data: { id },
          singletonKey: String(id),
          group: { id: String(groupId) },
        })),
      );
    },
    async claim(count, excludedGroups) {
      const jobs = await boss.fetch<{ id: number }>(name, {
        batchSize: count,
        // Nothing is offered for later; a clock that is set back must not make it so.
        ignoreStartAfter: true,
        ...(excludedGroups.length > 0 ? { ignoreGroups: excludedGroups.map(String) } : {}),
      });
      const claims = jobs.map((job) => ({ taskId: job.data.id, id: job.id, retryCount: job.retryCount }));
      // While the database was away, the lease of what is in hand here may have run out, and nobody else has taken it.
      const fresh = claims.filter((claim) => !held.has(claim.id));
      for (const claim of claims) held.set(claim.id, claim);
      return fresh;
    },
    async settle(claims, transaction) {
      if (claims.length === 0) return;
      await boss.deleteJob(name, claims.map(latest), { db: fromKysely(transaction) });
    },
    settled: forget,
    async release(claims) {
      if (claims.length === 0) return;
      await boss.deleteJob(name, claims.map(latest));
      forget(claims);
    },
    async open(groups, excludedGroups = []) {
      const { rows } = await database.queue.executeSql(
        `select count(*)::int as open from ${schema}.job where name = $1 and state in ('created', 'retry', 'active')
           and ($2::text[] is null or group_id = any($2)) and not (group_id = any($3::text[]))`,
        [name, groups === null ? null : groups.map(String), excludedGroups.map(String)],
      );
      return (rows[0] as { open: number }).open;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      if (held.size > 0) await boss.deleteJob(name, [...held.values()]);
      await boss.stop({ graceful: false, close: false });
    },
  };
}

/** Two processes that make the queue's schema in the same moment trip over each other, and the loser's connection is left in a failed transaction. */
async function oneAtATime({ kind, db, schema }: Database, make: () => Promise<void>): Promise<void> {
  // The embedded database has one connection and one process.
  if (kind === 'embedded') return make();
  await db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(hashtext('personality-trap queue'), hashtext(${schema}))`.execute(transaction);
    await make();
  });
}
