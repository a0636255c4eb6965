/** Group commit: results that arrive during one transaction are stored together in the next. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Timing } from '../../clock.ts';
import { UserError } from '../../errors.ts';
import type { Batch, CallRecord, Finished, Task } from '../task.ts';
import { retryTransient } from './db-retry.ts';
import { type RefusedCall, storeIsolated } from './isolation.ts';

const LARGEST_BATCH = 250;
/** Bytes of bodies in one transaction, unless a single one is larger. */
const LARGEST_BATCH_BYTES = 16 * 2 ** 20;
/**
 * A database that refuses this many calls in a row refuses all; every further call would be paid
 * for in vain.
 */
const MOST_REFUSED_IN_A_ROW = 10;

export interface Committer<V, T extends Task<V>> {
  add(call: CallRecord): void;
  finish(finished: Finished<V, T>): void;
  /** Results that are not yet in the database. */
  readonly backlog: number;
  /** Bytes of their requests and replies. */
  readonly backlogBytes: number;
  /** Resolves when everything added so far is stored; rejects when it cannot be. */
  flush(): Promise<void>;
}

export interface ResultStore<V, T extends Task<V>> {
  /** One transaction; returns the ids of the tasks whose results it stored. */
  store(batch: Batch<V, T>): Promise<Set<number>>;
  /** Ids of the calls about these tasks that are stored. */
  storedCalls(tasks: readonly number[]): Promise<Set<string>>;
}

export interface CommitterOptions<V, T extends Task<V>> {
  /** How long results are gathered for one transaction: short compared with any call. */
  readonly gatherMs: number;
  readonly timing: Timing;
  /** Called after each commit, with the ids of the tasks whose results it stored. */
  readonly onStored: (batch: Batch<V, T>, stored: ReadonlySet<number>) => void;
  /**
   * Called for each call that the database refuses in every form; `finished` is the task that it
   * would have decided.
   */
  readonly onRefused: (refused: RefusedCall, finished: Finished<V, T> | null) => void;
  /** Called before each retry while the database is unavailable. */
  readonly onWait?: ((error: unknown) => void) | undefined;
  /** Called once when results cannot be stored; nothing is stored after that. */
  readonly onFailure: (error: unknown) => void;
}

/** A call that decided nothing, or a finished task with its last call. */
type Arrival<V, T extends Task<V>> =
  | { readonly call: CallRecord }
  | { readonly finished: Finished<V, T> };

export function createCommitter<V, T extends Task<V>>(
  database: ResultStore<V, T>,
  options: CommitterOptions<V, T>,
): Committer<V, T> {
  const { gatherMs, timing, onStored, onRefused, onWait, onFailure } = options;
  /** In the order of arrival, so that no task is stored before the calls that it took. */
  const waiting: Arrival<V, T>[] = [];
  let storing = 0;
  let bytes = 0;
  let refusedInARow = 0;
  let working: Promise<void> | null = null;
  let failure: unknown = null;

  const work = async () => {
    while (waiting.length > 0) {
      await pause(gatherMs);
      const portion = takePortion(waiting, bytesOfArrival);
      const batch: Batch<V, T> = {
        calls: portion.flatMap((one) => ('call' in one ? [one.call] : [])),
        finished: portion.flatMap((one) => ('finished' in one ? [one.finished] : [])),
      };
      storing = portion.length;
      await storeWhole(batch);
      bytes -= portion.reduce((sum, one) => sum + bytesOfArrival(one), 0);
      storing = 0;
    }
  };
  const storeWithRetry = (batch: Batch<V, T>): Promise<Set<number>> =>
    retryTransient((again) => storeOnce(database, batch, again), {
      timing,
      consequence: () =>
        `the results of ${batch.calls.length + batch.finished.length} calls are not stored`,
      onWait,
    });
  const storeWhole = async (batch: Batch<V, T>): Promise<void> => {
    await storeIsolated(batch, {
      store: storeWithRetry,
      onStored(one, stored) {
        refusedInARow = 0;
        onStored(one, stored);
      },
      onRefused(refused) {
        onRefused(
          refused,
          batch.finished.find((one) => one.result.call.id === refused.call.id) ?? null,
        );
        if (++refusedInARow >= MOST_REFUSED_IN_A_ROW) throw refusesAll(refused.reason);
      },
    });
  };
  const start = () => {
    if (failure !== null) return;
    working ??= work()
      .catch((error: unknown) => {
        failure = error;
        onFailure(error);
      })
      .finally(() => {
        working = null;
        // Something may have been added after the last check.
        if (waiting.length > 0) start();
      });
  };
  const arrive = (one: Arrival<V, T>) => {
    waiting.push(one);
    bytes += bytesOfArrival(one);
    start();
  };
  return {
    add: (call) => arrive({ call }),
    finish: (finished) => arrive({ finished }),
    get backlog() {
      return waiting.length + storing;
    },
    get backlogBytes() {
      return bytes;
    },
    async flush() {
      while (working !== null) await working;
      if (failure !== null) throw failure;
    },
  };
}

/** Takes from the front as much as one transaction may hold, and at least one record. */
export function takePortion<R>(records: R[], bytesOfOne: (record: R) => number): R[] {
  let end = 0;
  for (
    let bytes = 0;
    end < records.length && end < LARGEST_BATCH && bytes < LARGEST_BATCH_BYTES;
    end++
  ) {
    bytes += bytesOfOne(records[end]!);
  }
  return records.splice(0, end);
}

export function bytesOf({ exchange }: Pick<CallRecord, 'exchange'>): number {
  return exchange.requestBody.byteLength + (exchange.responseBody?.byteLength ?? 0);
}

function bytesOfArrival<V, T extends Task<V>>(one: Arrival<V, T>): number {
  return bytesOf('call' in one ? one.call : one.finished.result.call);
}

function refusesAll(reason: string): UserError {
  return new UserError(
    `The database refused ${MOST_REFUSED_IN_A_ROW} calls in a row, in every form: ${reason}`,
    {
      code: 'database-refuses-replies',
      hint: 'The replies are kept in the journal. Look for a trigger, a rule or a constraint of your own that refuses them, correct it and run the same command again.',
      exitCode: 1,
    },
  );
}

/**
 * @param again the connection broke during an earlier attempt, which may have been committed
 */
async function storeOnce<V, T extends Task<V>>(
  database: ResultStore<V, T>,
  batch: Batch<V, T>,
  again: boolean,
): Promise<Set<number>> {
  if (!again) return database.store(batch);
  const tasks = [
    ...batch.calls.map((call) => call.taskId),
    ...batch.finished.map((one) => one.task.id),
  ];
  const known = await database.storedCalls([...new Set(tasks)]);
  const isStored = (one: Finished<V, T>) => known.has(one.result.call.id);
  const stored = await database.store({
    calls: batch.calls.filter((call) => !known.has(call.id)),
    finished: batch.finished.filter((one) => !isStored(one)),
  });
  return new Set([...stored, ...batch.finished.filter(isStored).map((one) => one.task.id)]);
}
