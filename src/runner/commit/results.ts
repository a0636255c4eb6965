/** Stores the results of a run. While the database is unavailable, it retries, and says so. */
import type { Timing } from '../../clock.ts';
import { messageOf } from '../../errors.ts';
import type { Journal } from '../journal/journal.ts';
import type { RunWarning } from '../tally.ts';
import type { Batch, CallRecord, Claim, Finished, StoredCall, Task, TaskSource } from '../task.ts';
import type { TaskQueue } from '../workers/queue.ts';
import { noteOf } from './call-store.ts';
import { type Committer, createCommitter } from './committer.ts';
import { retryTransient } from './db-retry.ts';

export interface ResultsOptions<V, T extends Task<V>> {
  readonly source: TaskSource<V, T>;
  readonly queue: TaskQueue;
  readonly journal: Journal;
  /** Tasks with a paid reply that the database refuses, and why. */
  readonly refused: Map<number, string>;
  readonly gatherMs: number;
  readonly timing: Timing;
  readonly onStored: (finished: readonly Finished<V, T>[]) => void;
  readonly onUnrunnable: (id: number, reason: string) => void;
  readonly onWarning: (warning: RunWarning) => void;
  /** Called when the database has become unavailable. */
  readonly onWait: () => void;
  /** Called once when results cannot be stored; nothing is stored after that. */
  readonly onFailure: (error: unknown) => void;
}

/** No further task starts while this many bytes of replies wait for the database. */
const LARGEST_BACKLOG_BYTES = 64 * 2 ** 20;

export class Results<V, T extends Task<V>> {
  readonly #options: ResultsOptions<V, T>;
  readonly #committer: Committer<V, T>;
  #databaseAway = false;

  constructor(options: ResultsOptions<V, T>) {
    const { source, queue, gatherMs, timing, onFailure } = options;
    this.#options = options;
    this.#committer = createCommitter<V, T>(
      {
        store: (batch) => source.store(batch, queue.settle),
        storedCalls: (tasks) => source.storedCalls(tasks),
      },
      {
        gatherMs,
        timing,
        onStored: (batch, stored) => this.#onStored(batch, stored),
        onRefused: ({ call, reason }, one) => this.#onRefused(call, reason, one?.claim ?? null),
        onWait: (error) => this.#waitForDatabase(error),
        onFailure,
      },
    );
  }

  get isDatabaseAway(): boolean {
    return this.#databaseAway;
  }

  /** @param most results that may wait for the database */
  hasRoom(most: number): boolean {
    const { backlog, backlogBytes } = this.#committer;
    return backlog < most && backlogBytes < LARGEST_BACKLOG_BYTES;
  }

  /** Stores a call that decides nothing. */
  add(call: CallRecord): void {
    this.#committer.add(call);
  }

  /** Stores the result of a task, and ends its claim. */
  finish(finished: Finished<V, T>): void {
    this.#committer.finish(finished);
  }

  /** Resolves when everything is stored. */
  flush(): Promise<void> {
    return this.#committer.flush();
  }

  /** Retries a database action while the database is unavailable. */
  async retry<R>(action: () => Promise<R>, stop?: AbortSignal): Promise<R> {
    const { source, timing } = this.#options;
    const result = await retryTransient(action, {
      timing,
      consequence: () => `nothing more of ${source.queue} can be done`,
      onWait: (error) => this.#waitForDatabase(error),
      stop,
    });
    this.#databaseAway = false;
    return result;
  }

  #onStored({ calls, finished }: Batch<V, T>, stored: ReadonlySet<number>): void {
    const { journal, queue, onStored, onWarning } = this.#options;
    const all = [...calls, ...finished.map((one) => one.result.call)];
    this.#databaseAway = false;
    journal.markStored(all.map((call) => call.id));
    queue.settled(finished.map((one) => one.claim));
    onStored(finished.filter((one) => stored.has(one.task.id)));
    for (const call of all) {
      const note = noteOf(call);
      if (note === null) continue;
      // Its task need not stay pending because of it.
      const message = `a reply to task ${call.taskId} is stored as bytes with a note, because the database cannot hold a readable copy: ${note}`;
      onWarning({ id: null, message });
    }
  }

  /** @param claim of the task that the call would have decided, or null when it decides none */
  #onRefused({ id: callId, taskId }: StoredCall, reason: string, claim: Claim | null): void {
    const { journal, queue, refused, onUnrunnable, onWarning, onFailure } = this.#options;
    journal.setAside({ callId, taskId, reason });
    const message = `the database refuses a reply, which is kept in the journal: ${reason}`;
    if (claim === null) {
      onWarning({ id: taskId, message });
      return;
    }
    // The task is not sent again, and other processes may claim it.
    refused.set(taskId, message);
    onUnrunnable(taskId, message);
    this.retry(() => queue.release([claim])).catch(onFailure);
  }

  #waitForDatabase(error: unknown): void {
    const { onWarning, onWait } = this.#options;
    if (!this.#databaseAway)
      onWarning({ id: null, message: `database unavailable, retrying: ${messageOf(error)}` });
    this.#databaseAway = true;
    onWait();
  }
}
