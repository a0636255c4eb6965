/** Group commit: what finished while the last transaction was under way goes into the next one together. */
import { setTimeout as pause } from 'node:timers/promises';
import { UserError } from '../errors.ts';
import type { Timing } from '../providers/limits.ts';
import { withPatience } from './patience.ts';
import type { Batch, CallRecord, Finished, Task } from './task.ts';

const LARGEST_BATCH = 250;

export interface Committer<V, T extends Task<V>> {
  add(call: CallRecord): void;
  finish(finished: Finished<V, T>): void;
  /** Results that are not yet in the database. */
  readonly backlog: number;
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
  /** How long results are gathered for one transaction: short beside any call to a provider. */
  readonly gatherMs: number;
  readonly timing: Timing;
  /** Told after each commit, with the ids of the tasks whose results it stored. */
  readonly onStored: (batch: Batch<V, T>, stored: ReadonlySet<number>) => void;
  /** Told before each wait for a database that is away. */
  readonly onWait?: ((error: unknown) => void) | undefined;
  /** Told once when results cannot be stored; nothing is stored after that. */
  readonly onFailure: (error: unknown) => void;
}

export function createCommitter<V, T extends Task<V>>(database: ResultStore<V, T>, options: CommitterOptions<V, T>): Committer<V, T> {
  const { gatherMs, timing, onStored, onWait, onFailure } = options;
  const calls: CallRecord[] = [];
  const finished: Finished<V, T>[] = [];
  let inHand = 0;
  let working: Promise<void> | null = null;
  let failure: unknown = null;

  const work = async () => {
    while (calls.length + finished.length > 0) {
      await pause(gatherMs);
      const batch: Batch<V, T> = { calls: calls.splice(0, LARGEST_BATCH), finished: finished.splice(0, LARGEST_BATCH) };
      inHand = batch.calls.length + batch.finished.length;
      await storeWhole(batch);
      inHand = 0;
    }
  };
  const storeWhole = async (batch: Batch<V, T>): Promise<void> => {
    try {
      const stored = await withPatience((again) => storeOnce(database, batch, again), {
        timing,
        undone: () => `the results of ${batch.calls.length + batch.finished.length} calls are not stored`,
        onWait,
      });
      onStored(batch, stored);
    } catch (error) {
      if (error instanceof UserError) throw error;
      // One value that the server refuses must not take the others of its batch with it.
      if (batch.calls.length + batch.finished.length <= 1) throw error;
      for (const half of halves(batch)) await storeWhole(half);
    }
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
        // Something may have been added after the last look.
        if (calls.length + finished.length > 0) start();
      });
  };
  return {
    add(call) {
      calls.push(call);
      start();
    },
    finish(one) {
      finished.push(one);
      start();
    },
    get backlog() {
      return calls.length + finished.length + inHand;
    },
    async flush() {
      while (working !== null) await working;
      if (failure !== null) throw failure;
    },
  };
}

/** Calls apart from finished tasks where both are there; else the one kind in two. */
function halves<V, T extends Task<V>>({ calls, finished }: Batch<V, T>): Batch<V, T>[] {
  if (calls.length > 0 && finished.length > 0)
    return [
      { calls, finished: [] },
      { calls: [], finished },
    ];
  const middle = Math.ceil((calls.length + finished.length) / 2);
  return [
    { calls: calls.slice(0, middle), finished: finished.slice(0, middle) },
    { calls: calls.slice(middle), finished: finished.slice(middle) },
  ];
}

/**
 * @param again the connection broke while this batch was stored before: it may have been, the last word being lost on its way
 */
async function storeOnce<V, T extends Task<V>>(database: ResultStore<V, T>, batch: Batch<V, T>, again: boolean): Promise<Set<number>> {
  if (!again) return database.store(batch);
  const tasks = [...batch.calls.map((call) => call.taskId), ...batch.finished.map((one) => one.task.id)];
  const known = await database.storedCalls([...new Set(tasks)]);
  const isStored = (one: Finished<V, T>) => known.has(one.result.call.id);
  const stored = await database.store({
    calls: batch.calls.filter((call) => !known.has(call.id)),
    finished: batch.finished.filter((one) => !isStored(one)),
  });
  return new Set([...stored, ...batch.finished.filter(isStored).map((one) => one.task.id)]);
}
