/**
 * Supplies a run with tasks: offers them to all processes, claims some, and loads what was claimed.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Timing } from '../clock.ts';
import type { Closures } from './closures.ts';
import type { SlotPool } from './slots.ts';
import type { Claim, Position, Prepared, Task, TaskSource } from './task.ts';
import type { TaskQueue } from './workers/queue.ts';

/** A claimed task that can start. */
export interface Ready<T> {
  readonly claim: Claim;
  readonly task: T;
}

export interface FeederOptions<V, T extends Task<V>> {
  readonly source: TaskSource<V, T>;
  readonly queue: TaskQueue;
  readonly closures: Closures;
  readonly slots: Pick<SlotPool, 'taken' | 'inHand'>;
  readonly workers: number;
  /** Start at most this many tasks. */
  readonly batchSize: number;
  /** Tasks with a paid reply that the database refuses, and why. Nobody pays for them again. */
  readonly refused: ReadonlyMap<number, string>;
  /** Stores replies that are only in the journals of processes that ended. */
  readonly recover: () => Promise<void>;
  readonly timing: Timing;
  /** Aborted when the run ends. */
  readonly stop: AbortSignal;
  /** Stores everything that has finished. */
  readonly flush: () => Promise<void>;
  readonly onUnrunnable: (id: number, reason: string) => void;
  /** Called when the feeder begins or ceases to wait for other processes. */
  readonly onWaiting: (what: string | null) => void;
  /** Called when the queue should be polled again. */
  readonly onPoll: () => void;
}

/** Tasks offered to all processes at a time. */
export const WINDOW = 256;
const POLL_MS = 400;

export class Feeder<V, T extends Task<V>> {
  readonly #options: FeederOptions<V, T>;
  /** Claimed, but not loaded yet. */
  #claimed: readonly Claim[] = [];
  #ready: Ready<T>[] = [];
  /** Claims to tasks that have been closed since. */
  #unwanted: Claim[] = [];
  #started = 0;
  /** One pass through all tasks in their order, and how many of them were offered. */
  #pass: { position: Position | null; done: boolean; offered: number } = {
    position: null,
    done: false,
    offered: 0,
  };
  #filling = false;
  #exhausted = false;
  /** The queue is not polled before then, unless no task is in progress. */
  #pollAt = 0;

  constructor(options: FeederOptions<V, T>) {
    this.#options = options;
  }

  get hasReady(): boolean {
    return this.#ready.length > 0;
  }

  /** True while `fill` is under way. */
  get filling(): boolean {
    return this.#filling;
  }

  /** True when nothing is left, here or in other processes. */
  get exhausted(): boolean {
    return this.#exhausted;
  }

  get reachedBatchSize(): boolean {
    return this.#started === this.#options.batchSize;
  }

  /** Whether it is time to claim more tasks. */
  get needsTasks(): boolean {
    const { slots, timing } = this.#options;
    return (
      !this.#filling && this.#wanted() > 0 && (slots.inHand === 0 || timing.now() >= this.#pollAt)
    );
  }

  /** All claims that this process holds and has not started. */
  get claims(): readonly Claim[] {
    return [...this.#unwanted, ...this.#claimed, ...this.#ready.map((one) => one.claim)];
  }

  /** The next task to start; there must be one. */
  take(): Ready<T> {
    this.#started++;
    return this.#ready.shift()!;
  }

  /** Drops claimed tasks that have been closed. */
  dropClosed(): void {
    const isOpen = ({ task }: Ready<T>) => this.#unitOf(task).open;
    this.#unwanted.push(...this.#ready.filter((one) => !isOpen(one)).map((one) => one.claim));
    this.#ready = this.#ready.filter(isOpen);
  }

  /**
   * Claims more tasks, and offers more where none can be claimed. May be repeated after a failure.
   */
  async fill(retry: (action: () => Promise<void>) => Promise<void>): Promise<void> {
    this.#filling = true;
    try {
      await retry(() => this.#fillOnce());
    } finally {
      this.#filling = false;
    }
  }

  async #fillOnce(): Promise<void> {
    const { queue, slots, timing, recover, onWaiting, onPoll } = this.#options;
    const unwanted = this.#unwanted;
    await queue.release(unwanted);
    this.#unwanted = this.#unwanted.filter((claim) => !unwanted.includes(claim));
    if (this.#claimed.length === 0) this.#claimed = await this.#claim();
    if (this.#claimed.length === 0 && !this.#pass.done) {
      await this.#offerNext();
      this.#claimed = await this.#claim();
    }
    if (this.#claimed.length > 0) {
      onWaiting(null);
      // The process that had them before may have ended on this machine, with replies in its journal.
      if (this.#claimed.some((claim) => claim.retryCount > 0)) await recover();
      await this.#load(this.#claimed);
      this.#claimed = [];
    } else if (this.#pass.done && slots.inHand === 0 && this.#ready.length === 0) {
      await this.#whenNothingIsFree();
    } else if (this.#pass.done) {
      // Claims of other processes may come free; our own tasks wake the loop when they end.
      this.#pollAt = timing.now() + POLL_MS;
      setTimeout(onPoll, POLL_MS).unref();
    }
  }

  /**
   * A few more claims than there are free slots, so that no slot waits for the database; more where
   * no other process waits for them, since each time takes several queries.
   */
  #wanted(): number {
    const { queue, workers, batchSize, slots } = this.#options;
    const spare = Math.ceil(queue.isShared ? workers / 2 : 2 * workers) + 4;
    const left = batchSize - this.#started - this.#ready.length;
    const wanted = workers + spare - slots.taken - this.#ready.length;
    return this.#ready.length > spare / 2 ? 0 : Math.min(wanted, left);
  }

  async #claim(): Promise<Claim[]> {
    const { source, queue, closures } = this.#options;
    const count = this.#wanted();
    if (count <= 0) return [];
    const excluded = [...(await source.groupsOutside()), ...closures.closedGroups(source.queue)];
    return queue.claim(Math.min(count, WINDOW), excluded);
  }

  /** Continues the pass until something could be offered or its end is reached. */
  async #offerNext(): Promise<void> {
    const { source, queue, workers, stop } = this.#options;
    while (!this.#pass.done && !stop.aborted) {
      const page = await source.page(this.#pass.position, Math.max(WINDOW, workers * 2));
      if (page.last === null) {
        this.#pass.done = true;
        return;
      }
      const offers = page.tasks.flatMap((one) => {
        const task = this.#runnable(one);
        return task === null ? [] : [{ id: task.id, groupId: task.groupId }];
      });
      await queue.offer(offers);
      // Advanced only now: a page whose offer failed is read again.
      this.#pass.position = page.last;
      this.#pass.offered += offers.length;
      if (offers.length > 0) return;
    }
  }

  /**
   * Loads claimed tasks as they are now: another process may have finished them since they were
   * offered.
   */
  async #load(claims: readonly Claim[]): Promise<void> {
    const { source, queue } = this.#options;
    const loaded = await source.load(claims.map((claim) => claim.taskId));
    const prepared = new Map(loaded.map((one) => [one.runnable ? one.task.id : one.id, one]));
    const ready: Ready<T>[] = [];
    const unwanted: Claim[] = [];
    for (const claim of claims) {
      const one = prepared.get(claim.taskId);
      const task = one === undefined ? null : this.#runnable(one);
      if (task === null) unwanted.push(claim);
      else ready.push({ claim, task });
    }
    await queue.release(unwanted);
    this.#ready.push(...ready);
  }

  /** The task, or null when it cannot or need not be run. */
  #runnable(one: Prepared<T>): T | null {
    const { source, closures, refused, onUnrunnable } = this.#options;
    const id = one.runnable ? one.task.id : one.id;
    const reason = one.runnable ? refused.get(id) : one.reason;
    if (reason !== undefined) onUnrunnable(id, reason);
    if (!one.runnable || reason !== undefined) return null;
    return this.#unitOf(one.task).open && !closures.isFinished(source.queue, id) ? one.task : null;
  }

  async #whenNothingIsFree(): Promise<void> {
    const { source, queue, closures, stop, flush, onWaiting } = this.#options;
    await flush();
    const elsewhere = await queue.open(source.groups, closures.closedGroups(source.queue));
    if (elsewhere > 0) {
      onWaiting(`${elsewhere} ${source.queue} claimed by other processes`);
      await pause(POLL_MS, undefined, { signal: stop }).catch(() => {});
      return;
    }
    // Another pass finds what others have released or registered since. When it offers nothing, all
    // is done.
    if (this.#pass.offered === 0) this.#exhausted = true;
    this.#pass = { position: null, done: false, offered: 0 };
  }

  #unitOf(task: T) {
    return this.#options.closures.unitOf(this.#options.source.queue, task);
  }
}
