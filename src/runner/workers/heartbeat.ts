/** The heartbeat of a process that runs tasks, by which other processes see it. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Database } from '../../db/connect.ts';
import { recordHeartbeat, removeWorker, type WorkerState } from './worker-store.ts';

const BEAT_MS = 3000;

/** What a run reports about itself. */
type RunCounts = Pick<WorkerState, 'done' | 'failed' | 'calls' | 'waitingFor'> & {
  readonly underWay: number;
};

export interface Heartbeat extends AsyncDisposable {
  /**
   * A run begins. Its counts are added to those of earlier runs of this process.
   * @param task kind of its tasks, e.g. `experiments`
   * @returns a function that takes the run's progress
   */
  begin(task: string): (seen: RunCounts) => void;
  /** Records a heartbeat now instead of at the next interval. */
  flush(): Promise<void>;
  /** No task is running at the moment. */
  idle(waitingFor: string): void;
}

/**
 * Registers this process as a worker until it is disposed. A heartbeat that cannot be stored is
 * skipped: only the display depends on it, and the writers of results report errors of the
 * database.
 */
export async function registerWorker(database: Database, maxWorkers: number): Promise<Heartbeat> {
  const worker = randomUUID();
  let before: RunCounts = { done: 0, failed: 0, calls: 0, underWay: 0, waitingFor: null };
  let seen = before;
  let task: string | null = null;
  let recording = Promise.resolve();
  const record = (first: boolean): Promise<void> =>
    recordHeartbeat(
      database,
      worker,
      {
        host: hostname(),
        pid: process.pid,
        maxWorkers,
        task,
        inHand: seen.underWay,
        done: seen.done,
        failed: seen.failed,
        calls: seen.calls,
        waitingFor: seen.waitingFor,
      },
      first,
    );
  await record(true);
  let beating = false;
  const beat = setInterval(() => {
    // A slow or unavailable database must not get several heartbeats at once.
    if (beating) return;
    beating = true;
    recording = record(false)
      .catch(() => {})
      .finally(() => {
        beating = false;
      });
  }, BEAT_MS);
  beat.unref();
  return {
    begin(next) {
      before = seen;
      task = next;
      return ({ done, failed, calls, underWay, waitingFor }) => {
        seen = {
          done: before.done + done,
          failed: before.failed + failed,
          calls: before.calls + calls,
          underWay,
          waitingFor,
        };
      };
    },
    flush: () => record(false),
    idle(waitingFor) {
      task = null;
      seen = { ...seen, underWay: 0, waitingFor };
    },
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      await recording;
      await removeWorker(database, worker).catch(() => {});
    },
  };
}
