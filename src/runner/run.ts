/**
 * Runs tasks until none is left that can be done: the loop of a run, and the ways in which it ends.
 */
import { dateOf, systemTiming, type Timing } from '../clock.ts';
import { type Budget, createBudget, limitsOf, requirePrices } from './budget/run-budget.ts';
import type { BudgetLease } from './budget/study-budget.ts';
import { type Closures, createClosures, describeClosures, findHopeless } from './closures.ts';
import { isTransient, NEVER } from './commit/db-retry.ts';
import { Results } from './commit/results.ts';
import { Feeder, type Ready, WINDOW } from './feeder.ts';
import type { Journal } from './journal/journal.ts';
import type { RunOptions } from './options.ts';
import type { ProviderPool } from './provider-pool.ts';
import type { Scope } from './retry-policy.ts';
import { runTask } from './run-task.ts';
import { createSlotPool, DEFAULT_WORKERS, type Slot, type SlotPool } from './slots.ts';
import { DEFAULT_STOP_AFTER } from './stop-rules.ts';
import { type RunState, type RunSummary, Tally } from './tally.ts';
import type { CallRecord, Task, TaskSource } from './task.ts';
import type { TaskQueue } from './workers/queue.ts';

type Ending = Pick<RunSummary, 'endedBy' | 'message'>;

/** What a run uses and does not own. */
export interface Resources {
  readonly queue: TaskQueue;
  readonly lease: BudgetLease;
  readonly journal: Journal;
  readonly providers: ProviderPool;
  /** Tasks with a paid reply that the database refuses, and why. */
  readonly refused: Map<number, string>;
  /** Recovers the journals that processes which ended have left on this machine. */
  readonly recover: () => Promise<void>;
  /** How long results are gathered for one transaction. */
  readonly gatherMs: number;
}

export class Run<V, T extends Task<V>> {
  readonly #source: TaskSource<V, T>;
  readonly #with: Resources;
  readonly #options: RunOptions;
  readonly #workers: number;
  readonly #timing: Timing;
  readonly #budget: Budget;
  readonly #closures: Closures;
  readonly #slots: SlotPool;
  readonly #results: Results<V, T>;
  readonly #feeder: Feeder<V, T>;
  readonly #tally = new Tally();
  /** Aborted when the run ends, for whatever reason: no further call starts. */
  readonly #stopping = new AbortController();
  #ending: Ending | null = null;
  #defect: unknown = null;
  #waitingFor: string | null = null;
  #wake: () => void = () => {};

  constructor(source: TaskSource<V, T>, resources: Resources, options: RunOptions) {
    const { queue, journal, refused, recover, gatherMs } = resources;
    this.#source = source;
    this.#with = resources;
    this.#options = options;
    this.#workers = options.maxWorkers ?? DEFAULT_WORKERS;
    this.#timing = options.timing ?? systemTiming;
    this.#closures = options.closures ?? createClosures(options.stopAfter ?? DEFAULT_STOP_AFTER);
    const timing = this.#timing;
    const stop = this.#stopping.signal;
    this.#slots = createSlotPool(this.#workers, timing, stop, () => this.#wake());
    this.#budget = createBudget(limitsOf(options), resources.lease);
    const onUnrunnable = (id: number, message: string) => {
      if (this.#tally.countUnrunnable(id)) options.onWarning?.({ id, message });
    };
    this.#results = new Results({
      source,
      queue,
      journal,
      refused,
      gatherMs,
      timing,
      onStored: (finished) => {
        for (const one of finished) this.#tally.countStored(one);
        this.#wake();
        this.#report();
      },
      onUnrunnable,
      onWarning: (warning) => options.onWarning?.(warning),
      onWait: () => this.#report(),
      // Replies to further calls could only wait in the journal until the database is repaired.
      onFailure: (error) => this.#fail(error),
    });
    this.#feeder = new Feeder({
      source,
      queue,
      closures: this.#closures,
      slots: this.#slots,
      workers: this.#workers,
      batchSize: options.batchSize ?? Number.POSITIVE_INFINITY,
      refused,
      recover,
      timing,
      stop,
      flush: () => this.#results.flush(),
      onUnrunnable,
      onWaiting: (what) => {
        this.#waitingFor = what;
        if (what !== null) this.#report();
      },
      onPoll: () => this.#wake(),
    });
  }

  async execute(): Promise<RunSummary> {
    const { queue, lease } = this.#with;
    // Checked before anything is paid for.
    await requirePrices(limitsOf(this.#options), false, this.#source.models);
    await requirePrices(lease.limits, true, this.#source.models);
    // Started before anything is done, but not awaited: counting a million tasks takes a while.
    const counting = this.#source.count().then(
      (count) => {
        this.#tally.total = Math.min(count, this.#options.batchSize ?? Number.POSITIVE_INFINITY);
      },
      (error: unknown) => this.#fail(error),
    );
    const { signal } = this.#options;
    const onSignal = () => this.#end({ endedBy: 'signal', message: null });
    if (signal?.aborted) onSignal();
    signal?.addEventListener('abort', onSignal, { once: true });
    try {
      await this.#loop();
    } finally {
      signal?.removeEventListener('abort', onSignal);
    }
    await counting;
    await this.#results.flush();
    if (this.#defect !== null) throw this.#defect;
    await this.#results.retry(() => queue.release(this.#feeder.claims));
    await this.#results.retry(() => this.#source.finish());
    const remaining = await this.#results.retry(() => this.#source.countPending());
    this.#report();
    const ending = this.#ending ?? this.#endingOf(this.#closures.allOf(this.#source.queue));
    return this.#tally.summary(this.#state(), {
      remaining,
      limitPassed: this.#budget.passed,
      ...ending,
      ...(ending.endedBy === 'budget' ? { message: this.#budget.exhausted } : {}),
    });
  }

  async #loop(): Promise<void> {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      while (
        this.#ending === null &&
        this.#feeder.hasReady &&
        this.#results.hasRoom(this.#workers * 4 + WINDOW)
      ) {
        const slot = this.#slots.take();
        if (slot === null) break;
        this.#start(this.#feeder.take(), slot);
      }
      const busy = this.#slots.inHand > 0 || this.#feeder.filling;
      if (!busy && (this.#ending !== null || this.#feeder.exhausted)) return;
      if (this.#ending === null && this.#feeder.needsTasks) void this.#fill();
      await woken;
    }
  }

  async #fill(): Promise<void> {
    try {
      await this.#feeder.fill((action) => this.#results.retry(action, this.#stopping.signal));
    } catch (error) {
      // A run that ends does not need more tasks.
      if (this.#ending === null || !isTransient(error)) this.#fail(error);
    }
    this.#wake();
  }

  #start(ready: Ready<T>, slot: Slot): void {
    this.#runTask(ready, slot)
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        slot.done();
        const isLast = this.#feeder.reachedBatchSize && this.#slots.inHand === 0;
        if (isLast) this.#end({ endedBy: 'batch size', message: null });
        this.#wake();
      });
  }

  async #runTask({ claim, task }: Ready<T>, slot: Slot): Promise<void> {
    const { providers, journal, queue } = this.#with;
    const { provider } = task.model;
    const unit = this.#closures.unitOf(this.#source.queue, task);
    const stop = unit.stopWith(this.#stopping.signal);
    const abort = this.#options.abort ?? NEVER;
    const result = await runTask(task, {
      send: await providers.sendWith(
        { slot, budget: this.#budget, journal, stop, abort },
        task.model,
      ),
      policy: providers.policy(provider),
      timing: this.#timing,
      sendSeed: provider === 'simulated',
      stop,
      backOff: async (why, ms) => {
        const waited = slot.backOff(why, ms, stop);
        this.#report();
        await waited;
      },
      onRetry: (call) => {
        this.#countCall(task, call);
        this.#tally.countRetry();
        this.#results.add(call);
        this.#report();
      },
      onContinued: (call) => {
        this.#countCall(task, call);
        this.#results.add(call);
        this.#report();
      },
      resume: () => slot.resume(),
    });
    if (result.kind === 'interrupted') {
      if (result.call !== null) {
        this.#tally.countCall(result.call);
        this.#results.add(result.call);
      }
      const { exhausted } = this.#budget;
      if (exhausted !== null) this.#end({ endedBy: 'budget', message: exhausted });
      await queue.release([claim]);
      return;
    }
    this.#closures.finish(this.#source.queue, task.id);
    this.#results.finish({ claim, task, result });
    this.#countCall(task, result.call);
    const oneQuota = providers.hasOneQuota(provider);
    for (const { scope, reason } of findHopeless(
      result,
      unit,
      providers.monitorOf(provider),
      oneQuota,
    )) {
      this.#close(scope, task, reason);
    }
  }

  #countCall(task: T, call: CallRecord): void {
    this.#tally.countCall(call);
    const silent = this.#with.providers
      .monitorOf(task.model.provider)
      .note(call, this.#timing.now());
    if (silent !== null) this.#close('provider', task, silent);
  }

  #close(scope: Scope, task: T, reason: string): void {
    this.#closures.close(scope, task, reason);
    this.#feeder.dropClosed();
    if (scope !== 'subject')
      this.#endWhenAllIsClosed().catch((error: unknown) => this.#fail(error));
    this.#report();
    this.#wake();
  }

  /** Ends the run early, without going through all the remaining tasks. */
  async #endWhenAllIsClosed(): Promise<void> {
    if (this.#ending !== null) return;
    const models = await this.#results.retry(() => this.#source.models(), this.#stopping.signal);
    if (this.#closures.covers(models)) this.#end(this.#endingOf(true));
  }

  #endingOf(allIsClosed: boolean): Ending {
    const { closed } = this.#closures;
    const message = describeClosures(closed, allIsClosed);
    return { endedBy: allIsClosed && closed.length > 0 ? 'provider' : 'nothing left', message };
  }

  /** Ends the run, which then throws. */
  #fail(error: unknown): void {
    this.#defect ??= error;
    this.#end({ endedBy: 'signal', message: null });
  }

  #end(ending: Ending): void {
    this.#ending ??= ending;
    this.#stopping.abort();
    this.#wake();
  }

  #state(): RunState {
    const toDate = dateOf(this.#timing) - this.#timing.now();
    const { isDatabaseAway } = this.#results;
    return {
      underWay: this.#slots.taken,
      waiting: this.#slots.waiting.map((one) => ({ ...one, until: one.until + toDate })),
      waitingFor: isDatabaseAway
        ? 'the database, which is unavailable'
        : (this.#waitingFor ?? this.#with.providers.waitingFor),
      closed: this.#closures.closed,
    };
  }

  #report(): void {
    this.#options.onProgress?.(this.#tally.progress(this.#state()));
  }
}
