/** Being seen while working: a sign of life now and then, for everybody who looks at the study from elsewhere. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Database } from '../../db/connect.ts';
import { recordHeartbeat, removeWorker, type WorkerState } from './worker-store.ts';

const BEAT_MS = 3000;

/** What a run says of itself. */
type RunCounts = Pick<WorkerState, 'done' | 'failed' | 'calls' | 'waitingFor'> & { readonly underWay: number };

export interface Heartbeat extends AsyncDisposable {
  /**
   * A run begins, whose numbers count on from those of earlier runs of this process.
   * @param task what it carries out, e.g. `experiments`
   * @returns to be told how far the run is
   */
  begin(task: string): (seen: RunCounts) => void;
  /** Gives a sign now instead of at the next beat. */
  flush(): Promise<void>;
  /** Nothing is carried out at the moment. */
  idle(waitingFor: string): void;
}

/**
 * Enters this process among those who work, until it is disposed. A sign that cannot be given is left out: nothing but the display
 * rests on it, and whoever writes results reports what is wrong with the database.
 */
export async function registerWorker(database: Database, maxWorkers: number): Promise<Heartbeat> {
  const worker = randomUUID();
  let before: RunCounts = { done: 0, failed: 0, calls: 0, underWay: 0, waitingFor: null };
  let seen = before;
  let task: string | null = null;
  let under = Promise.resolve();
  const sign = (first: boolean): Promise<void> =>
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
  await sign(true);
  let beating = false;
  const beat = setInterval(() => {
    // A database that is slow or away must not be met by a crowd of signs.
    if (beating) return;
    beating = true;
    under = sign(false)
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
        seen = { done: before.done + done, failed: before.failed + failed, calls: before.calls + calls, underWay, waitingFor };
      };
    },
    flush: () => sign(false),
    idle(waitingFor) {
      task = null;
      seen = { ...seen, underWay: 0, waitingFor };
    },
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      await under;
      await removeWorker(database, worker).catch(() => {});
    },
  };
}
