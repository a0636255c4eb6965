/** Carries out tasks: offer, claim, ask, commit, until nothing is left that can be done. */
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { dateOf, systemTiming, type Timing } from '../clock.ts';
import { type Config, providerSection } from '../config/config.ts';
import type { Database } from '../db/connect.ts';
import { messageOf } from '../errors.ts';
import type { ModelEntry } from '../models/catalogue.ts';
import { openProvider } from '../providers/open.ts';
import type { Provider } from '../providers/provider.ts';
import { providerNotices, providerSettings } from '../providers/settings.ts';
import { type Budget, createBudget, limitsOf, requirePrices } from './budget/run-budget.ts';
import { type BudgetLease, openBudgetLease } from './budget/study-budget.ts';
import { type Closed, type Closures, createClosures, describeClosed, type Unit } from './closures.ts';
import { noteOf } from './commit/call-store.ts';
import { type Committer, createCommitter } from './commit/committer.ts';
import { isTransient, retryTransient } from './db-retry.ts';
import { createJournal, type Journal } from './journal/journal.ts';
import { journalLocation } from './journal/location-store.ts';
import { describeRecovered, type RecoverableSource, type Recovered, recoverKind } from './journal/recovery.ts';
import { openQueue, type TaskQueue } from './queue.ts';
import type { CircuitBreaker } from './rate/circuit-breaker.ts';
import { ConcurrencyLimit } from './rate/in-flight.ts';
import { createBreaker, createRateLimiter, type RateLimiter } from './rate/rate-limiter.ts';
import type { Scope } from './retry-policy.ts';
import { runTask } from './run-task.ts';
import { createSlotPool, DEFAULT_WORKERS, type Slot, type SlotPool, type Waiting } from './slots.ts';
import { createFailureMonitor, DEFAULT_STOP_AFTER, type FailureMonitor, kindOf } from './stop-rules.ts';
import type { Batch, Claim, Finished, Outcome, Prepared, StoredCall, Task, Unanswered } from './task.ts';
import { type Heartbeat, registerWorker } from './workers/heartbeat.ts';

/** A kind of task: where its tasks are kept, and what is to be done with their results. */
export interface TaskSource<V, T extends Task<V>> extends RecoverableSource<V, T> {
  /** The groups that this run is about, or null for all. */
  readonly groups: readonly number[] | null;
  /** How many tasks there are to do, runnable or not. */
  count(): Promise<number>;
  /** Tasks of these groups that are not done, whatever became of their attempts. */
  countPending(): Promise<number>;
  /** The models that are to be asked, as far as they are known. */
  models(): Promise<ModelEntry[]>;
  /** Groups whose tasks a claim must leave alone. */
  groupsOutside(): Promise<number[]>;
  /** The next tasks in order; `last` is the place of the last of them, null at the end. */
  page(after: Position | null, size: number): Promise<{ readonly tasks: readonly Prepared<T>[]; readonly last: Position | null }>;
  /** Those of the given tasks that are still to do, as they are now. */
  load(ids: readonly number[]): Promise<readonly Prepared<T>[]>;
  /**
   * Stores a batch in one transaction, in which `settle` ends the claims. A task that somebody else has finished in the meantime keeps
   * what it has; the calls are kept all the same.
   * @returns ids of the tasks whose results were stored
   */
  store(batch: Batch<V, T>, settle: TaskQueue['settle']): Promise<Set<number>>;
  /** Once, after everything is stored. */
  finish(): Promise<void>;
}

/** Where one is in the shuffled (or registered) order. */
export interface Position {
  readonly shuffleKey: string;
  readonly id: number;
  /** Among the tasks that somebody has set back to pending by hand, which follow all others. */
  readonly setBack?: boolean;
}

export interface RunOptions {
  /** Begin at most this many tasks. */
  readonly batchSize?: number;
  /** Calls under way at the same time. Default 8. */
  readonly maxWorkers?: number;
  /** What the run may spend: US dollars, tokens read and written, calls. */
  readonly maxCost?: number;
  readonly maxTokens?: number;
  readonly maxCalls?: number;
  /** Tasks of one model and instrument that fail alike, while none is answered, before no more of them are asked. Default 10. */
  readonly stopAfter?: number;
  /** What earlier runs of this process have closed, and this one is to leave alone; `stopAfter` is theirs. */
  readonly closures?: Closures;
  /** Aborted: no further call is begun, those under way are saved. */
  readonly stop?: AbortSignal;
  /** Aborted: calls under way are cut off. */
  readonly abort?: AbortSignal;
  readonly onProgress?: (progress: RunProgress) => void;
  readonly onWarning?: (warning: RunWarning) => void;
  /** In place of the providers that the configuration names. */
  readonly provider?: (name: string) => Provider | Promise<Provider>;
  readonly timing?: Timing;
  /** How this process is seen by others, where it is more than one run; else the run enters itself. */
  readonly heartbeat?: Heartbeat;
}

/** How far a run is. */
export interface RunProgress {
  readonly done: number;
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly underWay: number;
  readonly calls: number;
  readonly retries: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars, as far as prices are known. */
  readonly costUsd: number;
  /** Tasks that wait for their next attempt, by kind of failure. */
  readonly waiting: readonly Waiting[];
  /** Why nothing moves, when nothing does. */
  readonly waitingFor: string | null;
  /** Providers, models and instruments of a model that nothing more is asked of, in the order in which they were closed. */
  readonly closed: readonly Closed[];
}

/** A task that was left pending because it cannot be run, or trouble that passes by itself. */
export interface RunWarning {
  /** Of the task; null for troubles of no task in particular. */
  readonly id: number | null;
  readonly message: string;
}

/** What a run came to. */
export interface RunSummary extends RunProgress {
  /** Number of tasks by outcome and kind, most frequent first, each with the reason of one of them. */
  readonly failures: readonly FailureCount[];
  /** Tasks left pending because they cannot be run. */
  readonly unrunnable: number;
  /** Tasks that are still pending. */
  readonly remaining: number;
  /** Why the run ended before its work did; `provider` when everything that is left is closed. */
  readonly endedBy: 'nothing left' | 'batch size' | 'signal' | 'budget' | 'provider';
  /** Which limit was passed all the same, by calls that took more than their requests allow, or before this run; null for none. */
  readonly limitPassed: string | null;
  /** Why something was closed, where something was; which limit would have been passed, when `endedBy` is `budget`. */
  readonly message: string | null;
}

/** Tasks that failed in the same way. */
export interface FailureCount {
  readonly outcome: Outcome;
  /** Of the failure, and of what is wrong with the reply where that is known. */
  readonly kind: string;
  readonly reason: string;
  readonly count: number;
}

/** Tasks offered to everybody at a time. */
const WINDOW = 256;
const POLL_MS = 400;
/** No further call is begun while replies of so many bytes wait for the database. */
const LARGEST_BACKLOG_BYTES = 64 * 2 ** 20;
/** The embedded database works in this very process: fewer, larger transactions leave it more time for the calls. */
const GATHER_MS = { postgres: 15, embedded: 60 } as const;

/** @param database opened, its schema current */
export async function runTasks<V, T extends Task<V>>(
  work: TaskSource<V, T>,
  database: Database,
  config: Config,
  options: RunOptions,
): Promise<RunSummary> {
  await using queue = await openQueue(database, work.queue, (error) =>
    options.onWarning?.({ id: null, message: `the queue of tasks has trouble, which it tries to mend: ${error.message}` }),
  );
  await using own = options.heartbeat === undefined ? await registerWorker(database, options.maxWorkers ?? DEFAULT_WORKERS) : null;
  const seen = (options.heartbeat ?? own)?.begin(work.queue);
  const place = await journalLocation(database, config);
  await using journal = createJournal(place, { kind: work.queue, now: () => dateOf(options.timing ?? systemTiming) });
  const recovered = await recoverKind(place, work, journal);
  const found = describeRecovered(recovered, work.queue);
  if (found !== null) options.onWarning?.({ id: null, message: found });
  // After what was brought in, which counts as spent.
  await using ledger = await openBudgetLease(database, (error) =>
    options.onWarning?.({ id: null, message: `the study's budget could not be brought up to date, and is tried again: ${error.message}` }),
  );
  await using providers = new OpenProviders(config, options);
  const watched: RunOptions = {
    ...options,
    onProgress(progress) {
      seen?.(progress);
      options.onProgress?.(progress);
    },
  };
  // Awaited here: what is held by this function must outlive the run.
  return await new Run(work, queue, ledger, journal, providers, watched, GATHER_MS[database.kind], recovered).execute();
}

const BECAUSE = {
  quota: 'whose quota is used up until',
  patience: 'which asked for patience until',
  absence: 'which does not answer and is tried again at',
} as const;

class OpenProviders implements AsyncDisposable {
  readonly #open = new Map<string, Promise<Provider>>();
  /** Providers of which everything has been said that their user should know. */
  readonly #noticed = new Set<string>();
  readonly #paces = new Map<string, { readonly pace: RateLimiter; readonly of: string }>();
  readonly #breakers = new Map<string, CircuitBreaker>();
  readonly #underWay = new Map<string, ConcurrencyLimit>();
  readonly #config: Config;
  readonly #options: RunOptions;

  constructor(config: Config, options: RunOptions) {
    this.#config = config;
    this.#options = options;
  }

  /** Regions are reached by clients of their own. */
  get({ provider: name, region }: ModelEntry): Promise<Provider> {
    const key = `${name} ${region ?? ''}`;
    let provider = this.#open.get(key);
    if (provider === undefined) {
      const given = this.#options.provider;
      if (given === undefined && !this.#noticed.has(name)) {
        this.#noticed.add(name);
        for (const message of providerNotices(this.#config, name)) this.#options.onWarning?.({ id: null, message });
      }
      provider =
        given === undefined
          ? openProvider(providerSettings(this.#config, name, region, this.#options.maxWorkers ?? DEFAULT_WORKERS))
          : Promise.resolve(given(name));
      this.#open.set(key, provider);
    }
    return provider;
  }

  policy(name: string) {
    return providerSection(this.#config, name).retry;
  }

  /** Whether all models of the account share its quotas. */
  hasOneQuota(name: string): boolean {
    return providerSection(this.#config, name).limits.per === 'account';
  }

  /** Quotas are those of a model in a region, unless the whole account has them together. */
  pace({ provider: name, region, modelId }: ModelEntry): RateLimiter {
    const { limits, retry, max_workers: most } = providerSection(this.#config, name);
    const key = limits.per === 'account' ? name : [name, region ?? '', modelId].join(' ');
    let paced = this.#paces.get(key);
    if (paced === undefined) {
      const { timing = systemTiming, maxWorkers = DEFAULT_WORKERS } = this.#options;
      const place = `${name} ${region ?? ''}`;
      const breaker = this.#breakers.get(place) ?? createBreaker(retry, timing);
      this.#breakers.set(place, breaker);
      const underWay = this.#underWay.get(name) ?? new ConcurrencyLimit(most ?? Number.POSITIVE_INFINITY);
      this.#underWay.set(name, underWay);
      const pace = createRateLimiter({
        waits: retry,
        ceiling: Math.min(maxWorkers, most ?? maxWorkers),
        timing,
        requestsPerMinute: limits.requests_per_minute ?? null,
        tokensPerMinute: limits.tokens_per_minute ?? null,
        share: limits.share,
        breaker,
        underWay,
      });
      paced = { pace, of: limits.per === 'account' ? name : `${modelId} of ${name}` };
      this.#paces.set(key, paced);
    }
    return paced.pace;
  }

  /** What calls wait for, how many and until when, in words; null when none has to. */
  get waitingFor(): string | null {
    const timing = this.#options.timing ?? systemTiming;
    const parts = [...this.#paces.values()].flatMap(({ pace, of }) => {
      const { waiting } = pace;
      if (waiting === null) return [];
      const calls = waiting.calls === 1 ? '1 call' : `${waiting.calls} calls`;
      return [
        `${calls} for ${of}, ${BECAUSE[waiting.why]} ${new Date(waiting.until + dateOf(timing) - timing.now()).toISOString().slice(11, 19)} UTC`,
      ];
    });
    return parts.length === 0 ? null : parts.join('; ');
  }

  async [Symbol.asyncDispose]() {
    if (this.#options.provider !== undefined) return;
    const opened = await Promise.allSettled(this.#open.values());
    await Promise.all(opened.map((one) => (one.status === 'fulfilled' ? one.value[Symbol.asyncDispose]() : undefined)));
  }
}

interface Ready<T> {
  readonly claim: Claim;
  readonly task: T;
}

type Ending = Pick<RunSummary, 'endedBy' | 'message'>;

function endingOf(closed: readonly Closed[], all: boolean): Ending {
  if (closed.length === 0) return { endedBy: 'nothing left', message: null };
  const [only] = closed;
  const message = all && closed.length === 1 ? only!.reason : closed.map((one) => `${describeClosed(one)}: ${one.reason}`).join('\n');
  return { endedBy: all ? 'provider' : 'nothing left', message };
}

class Run<V, T extends Task<V>> {
  readonly #work: TaskSource<V, T>;
  readonly #queue: TaskQueue;
  readonly #providers: OpenProviders;
  readonly #options: RunOptions;
  readonly #workers: number;
  readonly #timing: Timing;
  readonly #ledger: BudgetLease;
  readonly #journal: Journal;
  readonly #budget: Budget;
  readonly #committer: Committer<V, T>;
  /** No further call is begun once this is aborted, whoever wanted the end. */
  readonly #stopping = new AbortController();
  readonly #places: SlotPool;

  /** Not looked at yet. */
  #claimed: readonly Claim[] = [];
  #ready: Ready<T>[] = [];
  #begun = 0;
  #position: Position | null = null;
  /** The order has been walked to its end in this pass, and what was offered on the way. */
  #passDone = false;
  #offeredInPass = 0;
  #refilling = false;
  #reachedBatchSize = false;
  #idle = false;
  /** Not before then is the queue asked again, unless nothing is under way. */
  #pollAt = 0;
  #ending: Ending | null = null;
  #defect: unknown = null;
  #wake: () => void = () => {};
  readonly #unrunnable = new Set<number>();
  /** Tasks whose replies are paid for and kept in a journal, as the database refuses them, and why: nobody pays for them again. */
  readonly #refused = new Map<number, string>();

  #total = 0;
  #done = 0;
  #succeeded = 0;
  #failed = 0;
  #calls = 0;
  #retries = 0;
  #inputTokens = 0;
  #outputTokens = 0;
  #costUsd = 0;
  #waitingFor: string | null = null;
  #databaseAway: string | null = null;
  readonly #failures = new Map<string, FailureCount>();
  readonly #closures: Closures;
  /** By unit, what ends its waiting: the run's end or its own. */
  readonly #stops = new WeakMap<Unit, AbortSignal>();
  /** Claims to tasks of what has been closed since. */
  #useless: Claim[] = [];
  /** By provider. */
  readonly #outlooks = new Map<string, FailureMonitor>();

  constructor(
    work: TaskSource<V, T>,
    queue: TaskQueue,
    ledger: BudgetLease,
    journal: Journal,
    providers: OpenProviders,
    options: RunOptions,
    gatherMs: number,
    recovered: Recovered,
  ) {
    for (const { taskId, reason, decides } of recovered.left) if (decides) this.#refused.set(taskId, reason);
    this.#work = work;
    this.#queue = queue;
    this.#providers = providers;
    this.#options = options;
    this.#workers = options.maxWorkers ?? DEFAULT_WORKERS;
    this.#timing = options.timing ?? systemTiming;
    this.#closures = options.closures ?? createClosures(options.stopAfter ?? DEFAULT_STOP_AFTER);
    this.#places = createSlotPool(this.#workers, this.#timing, this.#stopping.signal, () => this.#wake());
    this.#ledger = ledger;
    this.#journal = journal;
    this.#budget = createBudget(limitsOf(options), ledger);
    this.#committer = createCommitter<V, T>(
      {
        store: (batch) => work.store(batch, queue.settle),
        storedCalls: (tasks) => work.storedCalls(tasks),
      },
      {
        gatherMs,
        timing: this.#timing,
        onStored: ({ calls, finished }, stored) => {
          this.#databaseAway = null;
          journal.markStored([...calls, ...finished.map((one) => one.result.call)].map((call) => call.id));
          queue.settled(finished.map((one) => one.claim));
          this.#onStored(finished.filter((one) => stored.has(one.task.id)));
          this.#warnOfNotes([...calls, ...finished.map((one) => one.result.call)]);
        },
        onRefused: ({ call, reason }, one) => {
          journal.setAside({ callId: call.id, taskId: call.taskId, reason });
          const message = `the database refuses a reply, which is kept in the journal: ${reason}`;
          if (one === null) options.onWarning?.({ id: call.taskId, message });
          else this.#leaveOut(one.claim, message);
        },
        onWait: (error) => this.#waitForDatabase(error),
        // Whatever is asked now would wait in the journal for somebody to mend the database.
        onFailure: (error) => this.#fail(error),
      },
    );
  }

  async execute(): Promise<RunSummary> {
    // Before anything is paid for, not when the turn of such a model comes.
    await requirePrices(limitsOf(this.#options), false, this.#work.models);
    await requirePrices(this.#ledger.limits, true, this.#work.models);
    // Asked first, so that nothing is done yet, but not waited for: counting a million tasks takes longer than beginning with the first.
    const counting = this.#work.count().then(
      (count) => {
        this.#total = Math.min(count, this.#options.batchSize ?? Number.POSITIVE_INFINITY);
      },
      (error: unknown) => this.#fail(error),
    );
    const stop = this.#options.stop;
    const onStop = () => this.#end({ endedBy: 'signal', message: null });
    if (stop?.aborted) onStop();
    stop?.addEventListener('abort', onStop, { once: true });
    try {
      await this.#loop();
    } finally {
      stop?.removeEventListener('abort', onStop);
    }
    await counting;
    await this.#committer.flush();
    if (this.#defect !== null) throw this.#defect;
    await this.#patiently(() => this.#queue.release([...this.#useless, ...this.#claimed, ...this.#ready.map((one) => one.claim)]));
    await this.#patiently(() => this.#work.finish());
    const remaining = await this.#patiently(() => this.#work.countPending());
    this.#report();
    return {
      ...this.#progress(),
      failures: [...this.#failures.values()].sort((a, b) => b.count - a.count),
      unrunnable: this.#unrunnable.size,
      remaining,
      limitPassed: this.#budget.passed,
      ...(this.#ending ?? endingOf(this.#closures.closed, this.#closures.allOf(this.#work.queue))),
    };
  }

  async #loop(): Promise<void> {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      if (this.#ending === null) {
        while (this.#ready.length > 0 && this.#mayBegin()) {
          const place = this.#places.take();
          if (place === null) break;
          this.#begin(this.#ready.shift()!, place);
        }
      }
      const busy = this.#places.inHand > 0 || this.#refilling;
      if (!busy && (this.#ending !== null || this.#idle)) return;
      if (
        this.#ending === null &&
        !this.#refilling &&
        this.#wanted() > 0 &&
        (this.#places.inHand === 0 || this.#timing.now() >= this.#pollAt)
      ) {
        void this.#refill();
      }
      await woken;
    }
  }

  #mayBegin(): boolean {
    const { backlog, backlogBytes } = this.#committer;
    return backlog < this.#workers * 4 + WINDOW && backlogBytes < LARGEST_BACKLOG_BYTES;
  }

  /** Claims that would be welcome now: a few beyond the free places, so that no place waits for the database. */
  #wanted(): number {
    const spare = Math.ceil(this.#workers / 2) + 4;
    const left = (this.#options.batchSize ?? Number.POSITIVE_INFINITY) - this.#begun - this.#ready.length;
    const wanted = this.#workers + spare - this.#places.taken - this.#ready.length;
    return this.#ready.length > spare / 2 ? 0 : Math.min(wanted, left);
  }

  async #refill(): Promise<void> {
    this.#refilling = true;
    try {
      await this.#patiently(() => this.#claimMore(), this.#stopping.signal);
    } catch (error) {
      // Whoever ends does not wait for more to do.
      if (this.#ending === null || !isTransient(error)) this.#fail(error);
    } finally {
      this.#refilling = false;
      this.#wake();
    }
  }

  async #claimMore(): Promise<void> {
    const useless = this.#useless;
    await this.#queue.release(useless);
    this.#useless = this.#useless.filter((claim) => !useless.includes(claim));
    if (this.#claimed.length === 0) this.#claimed = await this.#claim();
    if (this.#claimed.length === 0 && !this.#passDone) {
      await this.#offerNext();
      this.#claimed = await this.#claim();
    }
    if (this.#claimed.length > 0) {
      this.#waitingFor = null;
      await this.#load(this.#claimed);
      this.#claimed = [];
    } else if (this.#passDone && this.#places.inHand === 0 && this.#ready.length === 0) {
      await this.#whenNothingIsFree();
    } else if (this.#passDone) {
      // Somebody else's claims may come free; ours end by themselves and wake the loop.
      this.#pollAt = this.#timing.now() + POLL_MS;
      setTimeout(() => this.#wake(), POLL_MS).unref();
    }
  }

  /** A database that is away for a while is waited for. */
  async #patiently<R>(action: () => Promise<R>, stop?: AbortSignal): Promise<R> {
    const result = await retryTransient(action, {
      timing: this.#timing,
      consequence: () => `nothing more of ${this.#work.queue} can be done`,
      onWait: (error) => this.#waitForDatabase(error),
      stop,
    });
    this.#databaseAway = null;
    return result;
  }

  #waitForDatabase(error: unknown): void {
    if (this.#databaseAway === null) {
      this.#options.onWarning?.({ id: null, message: `the database does not answer, and is waited for: ${messageOf(error)}` });
    }
    this.#databaseAway = 'the database, which does not answer';
    this.#report();
  }

  async #claim(): Promise<Claim[]> {
    const count = this.#wanted();
    if (count <= 0) return [];
    const excluded = [...(await this.#work.groupsOutside()), ...this.#closures.closedGroups(this.#work.queue)];
    return this.#queue.claim(Math.min(count, WINDOW), excluded);
  }

  /** Walks on in the order until something could be offered or the end is reached. */
  async #offerNext(): Promise<void> {
    while (!this.#passDone && this.#ending === null) {
      const size = Math.max(WINDOW, this.#workers * 2);
      const page = await this.#work.page(this.#position, size);
      if (page.last === null) {
        this.#passDone = true;
        return;
      }
      const offers = page.tasks.flatMap((one) => {
        if (!one.runnable) {
          this.#warnUnrunnable(one.id, one.reason);
          return [];
        }
        const refused = this.#refused.get(one.task.id);
        if (refused !== undefined) {
          this.#warnUnrunnable(one.task.id, refused);
          return [];
        }
        if (!this.#isWanted(one.task)) return [];
        return [{ id: one.task.id, groupId: one.task.groupId }];
      });
      await this.#queue.offer(offers);
      // Only now: a page whose offer failed is read again.
      this.#position = page.last;
      this.#offeredInPass += offers.length;
      if (offers.length > 0) return;
    }
  }

  /** Looks at claimed tasks as they are now: somebody may have finished them since they were offered. */
  async #load(claims: readonly Claim[]): Promise<void> {
    const loaded = await this.#work.load(claims.map((claim) => claim.taskId));
    const prepared = new Map(loaded.map((one) => [one.runnable ? one.task.id : one.id, one]));
    const ready: Ready<T>[] = [];
    const useless: Claim[] = [];
    for (const claim of claims) {
      const one = prepared.get(claim.taskId);
      const refused = this.#refused.get(claim.taskId);
      if (one?.runnable && refused === undefined && this.#isWanted(one.task)) ready.push({ claim, task: one.task });
      else {
        useless.push(claim);
        const reason = refused ?? (one?.runnable === false ? one.reason : undefined);
        if (reason !== undefined) this.#warnUnrunnable(claim.taskId, reason);
      }
    }
    await this.#queue.release(useless);
    this.#ready.push(...ready);
  }

  async #whenNothingIsFree(): Promise<void> {
    await this.#committer.flush();
    const elsewhere = await this.#queue.open(this.#work.groups, this.#closures.closedGroups(this.#work.queue));
    if (elsewhere > 0) {
      this.#waitingFor = `${elsewhere} ${this.#work.queue} in the hands of other processes`;
      this.#report();
      await pause(POLL_MS, undefined, { signal: this.#stopping.signal }).catch(() => {});
      return;
    }
    // One more walk: what others released or registered since is found, and when there is nothing, all is done.
    if (this.#offeredInPass === 0) this.#idle = true;
    this.#offeredInPass = 0;
    this.#position = null;
    this.#passDone = false;
  }

  #begin(ready: Ready<T>, place: Slot): void {
    this.#begun++;
    if (this.#begun === this.#options.batchSize) this.#reachedBatchSize = true;
    this.#ask(ready, place)
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        place.done();
        if (this.#reachedBatchSize && this.#places.inHand === 0) this.#end({ endedBy: 'batch size', message: null });
        this.#wake();
      });
  }

  async #ask({ claim, task }: Ready<T>, place: Slot): Promise<void> {
    const name = task.model.provider;
    const provider = await this.#providers.get(task.model);
    const outlook = this.#outlook(name);
    const unit = this.#unitOf(task);
    const stop = this.#stopOf(unit);
    const result = await runTask(task, {
      provider,
      pace: this.#providers.pace(task.model),
      policy: this.#providers.policy(name),
      timing: this.#timing,
      budget: this.#budget,
      journal: this.#journal,
      sendSeed: name === 'simulated',
      stop,
      abort: this.#options.abort ?? NEVER,
      releaseSlot: place.release,
      backOff: async (why, ms) => {
        const rested = place.backOff(why, ms, stop);
        this.#report();
        await rested;
      },
      onRetry: (call) => {
        this.#count(call);
        const why = outlook.note(call, this.#timing.now());
        if (why !== null) this.#close('provider', task, why);
        this.#retries++;
        this.#committer.add(call);
        this.#report();
      },
    });
    if (result.call !== null) this.#count(result.call);
    if (result.kind === 'interrupted') {
      if (result.call !== null) this.#committer.add(result.call);
      if (this.#budget.exhausted !== null) this.#end({ endedBy: 'budget', message: this.#budget.exhausted });
      await this.#queue.release([claim]);
      return;
    }
    this.#closures.finish(this.#work.queue, task.id);
    this.#committer.finish({ claim, task, result });
    const dead = outlook.note(result.call, this.#timing.now());
    if (dead !== null) this.#close('provider', task, dead);
    if (result.kind === 'answered') unit.trial.answered();
    else this.#judge(task, result, unit, outlook);
  }

  /** What a task that was given up says about the others. */
  #judge(task: T, result: Unanswered, unit: Unit, outlook: FailureMonitor): void {
    const { call, closes, putOff, reason } = result;
    if (closes !== null) {
      const ofAccount = call.failure === 'throttled' && this.#providers.hasOneQuota(task.model.provider);
      this.#close(ofAccount ? 'provider' : closes, task, reason);
      return;
    }
    const hopeless = putOff && call.failure !== 'throttled' ? null : outlook.failed(call, reason);
    if (hopeless !== null) this.#close('provider', task, hopeless);
    const unfit = unit.trial.failed(result, outlook.heard);
    if (unfit !== null) this.#close('subject', task, unfit);
  }

  #isWanted(task: T): boolean {
    return this.#unitOf(task).open && !this.#closures.isFinished(this.#work.queue, task.id);
  }

  #unitOf(task: T): Unit {
    return this.#closures.unitOf(this.#work.queue, task);
  }

  #stopOf(unit: Unit): AbortSignal {
    let stop = this.#stops.get(unit);
    if (stop === undefined) {
      stop = AbortSignal.any([this.#stopping.signal, unit.closing]);
      setMaxListeners(0, stop);
      this.#stops.set(unit, stop);
    }
    return stop;
  }

  #close(scope: Scope, task: T, reason: string): void {
    this.#closures.close(scope, task, reason);
    const isOpen = (one: Ready<T>) => this.#unitOf(one.task).open;
    this.#useless.push(...this.#ready.filter((one) => !isOpen(one)).map((one) => one.claim));
    this.#ready = this.#ready.filter(isOpen);
    if (scope !== 'subject') this.#endWhenAllIsClosed().catch((error: unknown) => this.#fail(error));
    this.#report();
    this.#wake();
  }

  /** Without looking through all the tasks that are left. */
  async #endWhenAllIsClosed(): Promise<void> {
    if (this.#ending !== null) return;
    const models = await this.#patiently(() => this.#work.models(), this.#stopping.signal);
    if (this.#closures.covers(models)) this.#end(endingOf(this.#closures.closed, true));
  }

  #outlook(provider: string): FailureMonitor {
    let outlook = this.#outlooks.get(provider);
    if (outlook === undefined) {
      outlook = createFailureMonitor(this.#providers.policy(provider));
      this.#outlooks.set(provider, outlook);
    }
    return outlook;
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

  #onStored(stored: readonly Finished<V, T>[]): void {
    for (const { result } of stored) {
      this.#done++;
      if (result.kind === 'answered') this.#succeeded++;
      else {
        this.#failed++;
        const { outcome, reason } = result;
        const kind = kindOf(result.call);
        const key = `${outcome} ${kind}`;
        const known = this.#failures.get(key) ?? { outcome, kind, reason, count: 0 };
        this.#failures.set(key, { ...known, count: known.count + 1 });
      }
    }
    this.#wake();
    this.#report();
  }

  #count(call: { usage: { inputTokens: number | null; outputTokens: number | null } | null; costUsd: number | null }): void {
    this.#calls++;
    this.#inputTokens += call.usage?.inputTokens ?? 0;
    this.#outputTokens += call.usage?.outputTokens ?? 0;
    this.#costUsd += call.costUsd ?? 0;
  }

  /** Its reply cannot be stored: it is not asked again, and whoever is at work elsewhere may look at it. */
  #leaveOut(claim: Claim, reason: string): void {
    this.#refused.set(claim.taskId, reason);
    this.#warnUnrunnable(claim.taskId, reason);
    this.#patiently(() => this.#queue.release([claim])).catch((error: unknown) => this.#fail(error));
  }

  #warnOfNotes(calls: readonly StoredCall[]): void {
    for (const call of calls) {
      const note = noteOf(call);
      if (note === null) continue;
      const message = `a reply is stored as bytes and a note, as the database cannot hold a readable copy: ${note}`;
      this.#options.onWarning?.({ id: call.taskId, message });
    }
  }

  #warnUnrunnable(id: number, reason: string): void {
    if (this.#unrunnable.has(id)) return;
    this.#unrunnable.add(id);
    this.#options.onWarning?.({ id, message: reason });
  }

  #progress(): RunProgress {
    return {
      done: this.#done,
      total: Math.max(this.#total - this.#unrunnable.size, this.#done),
      succeeded: this.#succeeded,
      failed: this.#failed,
      underWay: this.#places.taken,
      waiting: this.#waiting(),
      calls: this.#calls,
      retries: this.#retries,
      inputTokens: this.#inputTokens,
      outputTokens: this.#outputTokens,
      costUsd: this.#costUsd,
      waitingFor: this.#databaseAway ?? this.#waitingFor ?? this.#providers.waitingFor,
      closed: this.#closures.closed,
    };
  }

  #waiting(): readonly Waiting[] {
    const toDate = dateOf(this.#timing) - this.#timing.now();
    return this.#places.waiting.map((one) => ({ ...one, until: one.until + toDate }));
  }

  #report(): void {
    this.#options.onProgress?.(this.#progress());
  }
}

const NEVER = new AbortController().signal;
