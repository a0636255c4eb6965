/**
 * The queue of tasks. On a server, claims, leases, heartbeats and redelivery are pg-boss's: a claim
 * is an active job, kept alive by heartbeats, and given to another process when they stop. A job
 * only says that its task may be run; whether it is done is recorded in the study's own tables.
 */
import { fromKysely, PgBoss } from 'pg-boss';
import type { Database, ServerQueue } from '../../db/connect.ts';
import { quoted, requireOpen, rightsOf, type SchemaRights } from '../../db/rights.ts';
import { queueSchemaOf } from '../../db/schema/name.ts';
import { UserError } from '../../errors.ts';
import { type Claim, LEASE_SECONDS, type SettleClaims } from '../task.ts';
import { openMemoryQueue } from './memory-queue.ts';

const BEAT_MS = 3000;
const WATCH_SECONDS = 2;

export interface TaskQueue extends AsyncDisposable {
  /** Whether other processes may wait for what this one has claimed. */
  readonly isShared: boolean;
  /** Offers tasks to all processes; tasks already queued or claimed stay as they are. */
  offer(tasks: readonly { id: number; groupId: number }[]): Promise<void>;
  /** Claims up to `count` tasks of groups that are not excluded. */
  claim(count: number, excludedGroups: readonly number[]): Promise<Claim[]>;
  /**
   * Ends claims inside the transaction that stores their results. They are kept alive until it is
   * committed.
   */
  readonly settle: SettleClaims;
  /** That transaction has been committed. */
  settled(claims: readonly Claim[]): void;
  /** Gives claims up at once, for any process to take. */
  release(claims: readonly Claim[]): Promise<void>;
  /**
   * Tasks of these groups, but not of the excluded ones, that are queued or claimed by any process.
   */
  open(groups: readonly number[] | null, excludedGroups?: readonly number[]): Promise<number>;
}

/**
 * @param name of the kind of task, e.g. `experiments`
 * @param onError called for errors of the queue's own maintenance, which continues
 */
export async function openQueue(
  database: Database,
  name: string,
  onError: (error: Error) => void,
): Promise<TaskQueue> {
  const { queue } = database;
  if (queue.kind === 'memory') return openMemoryQueue(queue.queues, `${database.schema} ${name}`);
  const schema = queueSchemaOf(database.schema);
  const boss = await startQueue(database, queue, name, onError);

  const held = new Map<string, Claim>();
  const beat = setInterval(() => {
    if (held.size > 0) boss.touch(name, [...held.values()]).catch(onError);
  }, BEAT_MS);
  const latest = (claim: Claim) => held.get(claim.id) ?? claim;
  const forget = (claims: readonly Claim[]) => {
    for (const claim of claims) held.delete(claim.id);
  };

  return {
    isShared: true,
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
        // No task is offered for later, and a clock that is set back must not delay any.
        ignoreStartAfter: true,
        ...(excludedGroups.length > 0 ? { ignoreGroups: excludedGroups.map(String) } : {}),
      });
      const claims = jobs.map((job) => ({
        taskId: job.data.id,
        id: job.id,
        retryCount: job.retryCount,
      }));
      // While the database was unavailable, leases of this process may have expired without being
      // taken by another.
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
      const { rows } = await queue.executeSql(
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

/**
 * Errors of two processes that set up a queue at the same moment: a name, or a row of the
 * catalogue, exists already.
 */
const COLLISIONS: ReadonlySet<string> = new Set(['42P06', '42P07', '42710', '42723', '23505']);
const MOST_STARTS = 10;

async function startQueue(
  database: Database,
  queue: ServerQueue,
  name: string,
  onError: (error: Error) => void,
): Promise<PgBoss> {
  const createSchema = await isToBeMade(database);
  for (let start = 1; ; start++) {
    const boss = createBoss(database, queue, createSchema);
    boss.on('error', onError);
    try {
      await boss.start();
      // `exclusive`: one job at a time for each task, whichever process offers it.
      await boss.createQueue(name, {
        policy: 'exclusive',
        heartbeatSeconds: LEASE_SECONDS,
        expireInSeconds: 24 * 3600 - 1,
        retryLimit: 1000,
        retryDelay: 0,
        deleteAfterSeconds: 60,
        warningQueueSize: 1_000_000,
      });
      return boss;
    } catch (error) {
      await boss.stop({ graceful: false, close: false });
      // Another process was faster.
      if (!COLLISIONS.has((error as { code?: string }).code ?? '') || start === MOST_STARTS)
        throw error;
    }
  }
}

function createBoss(database: Database, queue: ServerQueue, createSchema: boolean): PgBoss {
  return new PgBoss({
    db: queue,
    schema: queueSchemaOf(database.schema),
    createSchema,
    schedule: false,
    registerInstance: false,
    reindex: false,
    monitorVacuum: false,
    openTelemetry: { enabled: false },
    superviseIntervalSeconds: WATCH_SECONDS,
    monitorIntervalSeconds: WATCH_SECONDS,
  });
}

/**
 * Whether the queue needs a schema first.
 * @throws UserError where there is no queue, and one made by this user would be unusable for the
 *   study's owner
 */
async function isToBeMade(database: Database): Promise<boolean> {
  const rights = await rightsOf(database);
  const { user, owner, canCreate, schemas } = rights;
  const [study, queue] = schemas as [SchemaRights, SchemaRights];
  if (queue.state === 'filled') return false;
  if (owner !== null && owner !== user) {
    throw new UserError(
      `The queue of runs "${queue.name}" is not set up, and the tables of the study belong to "${owner}"`,
      {
        code: 'queue-missing',
        hint: `A queue that "${user}" makes could not be used by "${owner}". Have "${owner}" run: personas init-db --schema ${study.name}`,
      },
    );
  }
  if (queue.state === 'absent' && !canCreate) {
    throw new UserError(
      `The user "${user}" may not make the schema "${queue.name}", which runs need for their queue`,
      {
        code: 'schema-creation-denied',
        hint: `Have an administrator run, in psql: create schema ${quoted(queue.name)} authorization ${quoted(user)};`,
      },
    );
  }
  requireOpen(rights, queue.name);
  return queue.state === 'absent';
}

/** Sets up the queue of a study as its owner. That of the embedded database needs no such step. */
export async function prepareQueue(database: Database): Promise<void> {
  const { queue } = database;
  if (queue.kind === 'memory') return;
  await (await startQueue(database, queue, 'experiments', () => {})).stop({
    graceful: false,
    close: false,
  });
}
