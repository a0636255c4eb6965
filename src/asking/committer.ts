/** Group commit: what finished while the last transaction was under way goes into the next one together. */
import { setTimeout as pause } from 'node:timers/promises';
import { UserError } from '../errors.ts';
import type { Batch, CallRecord, Finished, Task } from './task.ts';

const LARGEST_BATCH = 250;
/** A server that restarts is back within this time, or somebody must look at it. */
const RECONNECT_DELAYS_MS = [100, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000];

export interface Committer<V, T extends Task<V>> {
  add(call: CallRecord): void;
  finish(finished: Finished<V, T>): void;
  /** Results that are not yet in the database. */
  readonly backlog: number;
  /** Resolves when everything added so far is stored; rejects when it cannot be. */
  flush(): Promise<void>;
}

/**
 * @param gatherMs how long results are gathered for one transaction: short beside any call to a provider
 * @param store one transaction; returns the ids of the tasks whose results it stored
 * @param onStored told after each commit
 */
export function createCommitter<V, T extends Task<V>>(
  gatherMs: number,
  store: (batch: Batch<V, T>) => Promise<Set<number>>,
  onStored: (stored: readonly Finished<V, T>[]) => void,
): Committer<V, T> {
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
      const stored = await withPatience(() => store(batch), batch.calls.length + batch.finished.length);
      onStored(batch.finished.filter((one) => stored.has(one.claim.taskId)));
    } catch (error) {
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

async function withPatience<R>(store: () => Promise<R>, results: number): Promise<R> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await store();
    } catch (error) {
      if (!isPassing(error)) throw error;
      const delay = RECONNECT_DELAYS_MS[attempt];
      if (delay === undefined) {
        throw new UserError(`The database has been out of reach for two minutes; the results of ${results} calls are not stored`, {
          hint: 'Bring the database back and run the same command again: what was not stored will be asked again.',
          exitCode: 1,
          cause: error,
        });
      }
      await pause(delay);
    }
  }
}

/** Lost connections, restarts and lock conflicts pass; what is wrong with the data does not. */
function isPassing(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  if (code !== undefined && /^(08|57P0|40|53)/.test(code)) return true;
  if (code !== undefined && /^E[A-Z]+$/.test(code)) return true;
  return /connection (terminated|timeout|ended)|not queryable|timeout exceeded when trying to connect/i.test(message ?? '');
}
