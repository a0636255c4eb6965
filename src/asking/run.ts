/** Carries out tasks: offer, claim, ask, commit, until nothing is left that can be done. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Config, providerSection } from '../config.ts';
import type { Database } from '../database/connect.ts';
import { isCommonToAll, type ProviderErrorKind } from '../errors.ts';
import { createPace, type Pace, systemTiming, type Timing } from '../providers/limits.ts';
import type { ModelEntry } from '../providers/models.ts';
import { openProvider } from '../providers/open.ts';
import type { Provider } from '../providers/provider.ts';
import { providerSettings } from '../providers/settings.ts';
import { ask } from './ask.ts';
import { type Budget, createBudget, requirePrices } from './budget.ts';
import { type Committer, createCommitter } from './committer.ts';
import { openQueue, type TaskQueue } from './queue.ts';
import type { Batch, Claim, Finished, Outcome, Prepared, Task } from './task.ts';

/** A kind of task: where its tasks are kept, and what is to be done with their results. */
export interface Work<V, T extends Task<V>> {
  /** Name of its queue, and what its tasks are called in messages. */
  readonly queue: string;
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
  page(after: Place | null, size: number): Promise<{ readonly tasks: readonly Prepared<T>[]; readonly last: Place | null }>;
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

/** A place in the shuffled (or registered) order. */
export interface Place {
  readonly shuffleKey: string;
  readonly id: number;
}

export interface RunOptions {
  /** Begin at most this many tasks. */
  readonly batchSize?: number;
  /** Calls under way at the same time. Default 8. */
  readonly maxWorkers?: number;
  /** US dollars. */
  readonly maxCost?: number;
  /** Aborted: no further call is begun, those under way are saved. */
  readonly stop?: AbortSignal;
  /** Aborted: calls under way are cut off. */
  readonly abort?: AbortSignal;
  readonly onProgress?: (progress: RunProgress) => void;
  readonly onWarning?: (warning: RunWarning) => void;
  /** In place of the providers that the configuration names. */
  readonly provider?: (name: string) => Provider | Promise<Provider>;
  readonly timing?: Timing;
}

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
  /** Why nothing moves, when nothing does. */
  readonly waitingFor: string | null;
}

/** A task that was left pending because it cannot be run, or trouble that passes by itself. */
export interface RunWarning {
  /** Of the task; null for troubles of no task in particular. */
  readonly id: number | null;
  readonly message: string;
}

export interface RunSummary extends RunProgress {
  /** Number of tasks by outcome and reason, most frequent first. */
  readonly failures: readonly { readonly outcome: Outcome; readonly reason: string; readonly count: number }[];
  /** Tasks left pending because they cannot be run. */
  readonly unrunnable: number;
  /** Tasks that are still pending. */
  readonly remaining: number;
  /** Why the run ended before its work did. */
  readonly endedBy: 'nothing left' | 'batch size' | 'signal' | 'budget' | 'provider';
  /** What the provider said, when `endedBy` is `provider`. */
  readonly message: string | null;
}

const DEFAULT_WORKERS = 8;
/** Tasks offered to everybody at a time. */
const WINDOW = 256;
/** So many failures with the same words and not one success mean that going on is pointless. */
const POINTLESS = 20;
const POLL_MS = 400;
/** The embedded database works in this very process: fewer, larger transactions leave it more time for the calls. */
const GATHER_MS = { postgres: 15, embedded: 60 } as const;

/** @param database opened, its schema current */
export async function carryOut<V, T extends Task<V>>(
  work: Work<V, T>,
  database: Database,
  config: Config,
  options: RunOptions,
): Promise<RunSummary> {
  await using queue = await openQueue(database, work.queue, (error) =>
    options.onWarning?.({ id: null, message: `queue: ${error.message}` }),
  );
  await using providers = new OpenProviders(config, options);
  // Awaited here: what is held by this function must outlive the run.
  return await new Run(work, queue, providers, options, GATHER_MS[database.kind]).carryOut();
}

class OpenProviders implements AsyncDisposable {
  readonly #open = new Map<string, Promise<Provider>>();
  readonly #paces = new Map<string, Pace>();
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

  pace(name: string): Pace {
    let pace = this.#paces.get(name);
    if (pace === undefined) {
      pace = createPace(this.policy(name), this.#options.maxWorkers ?? DEFAULT_WORKERS, this.#options.timing ?? systemTiming);
      this.#paces.set(name, pace);
    }
    return pace;
  }

  get pausedUntil(): number | null {
    const pauses = [...this.#paces.values()].flatMap((pace) => pace.pausedUntil ?? []);
    return pauses.length === 0 ? null : Math.max(...pauses);
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

class Run<V, T extends Task<V>> {
  readonly #work: Work<V, T>;
  readonly #queue: TaskQueue;
  readonly #providers: OpenProviders;
  readonly #options: RunOptions;
  readonly #workers: number;
  readonly #timing: Timing;
  readonly #budget: Budget;
  readonly #committer: Committer<V, T>;
  /** No further call is begun once this is aborted, whoever wanted the end. */
  readonly #stopping = new AbortController();

  #ready: Ready<T>[] = [];
  #underWay = 0;
  #begun = 0;
  #place: Place | null = null;
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
  readonly #failures = new Map<string, { outcome: Outcome; reason: string; count: number }>();
  #lastFailure = '';
  #sameInARow = 0;

  constructor(work: Work<V, T>, queue: TaskQueue, providers: OpenProviders, options: RunOptions, gatherMs: number) {
    this.#work = work;
    this.#queue = queue;
    this.#providers = providers;
    this.#options = options;
    this.#workers = options.maxWorkers ?? DEFAULT_WORKERS;
    this.#timing = options.timing ?? systemTiming;
    this.#budget = createBudget(options.maxCost ?? null);
    this.#committer = createCommitter(
      gatherMs,
      (batch: Batch<V, T>) => work.store(batch, queue.settle),
      (stored) => this.#onStored(stored),
    );
  }

  async carryOut(): Promise<RunSummary> {
    // Before anything is paid for, not when the turn of such a model comes.
    if (this.#options.maxCost !== undefined) requirePrices(await this.#work.models());
    this.#total = Math.min(await this.#work.count(), this.#options.batchSize ?? Number.POSITIVE_INFINITY);
    const stop = this.#options.stop;
    const onStop = () => this.#end({ endedBy: 'signal', message: null });
    if (stop?.aborted) onStop();
    stop?.addEventListener('abort', onStop, { once: true });
    try {
      await this.#loop();
    } finally {
      stop?.removeEventListener('abort', onStop);
    }
    await this.#queue.release(this.#ready.map((one) => one.claim));
    await this.#committer.flush();
    if (this.#defect !== null) throw this.#defect;
    await this.#work.finish();
    this.#report();
    return {
      ...this.#progress(),
      failures: [...this.#failures.values()].sort((a, b) => b.count - a.count),
      unrunnable: this.#unrunnable.size,
      remaining: await this.#work.countPending(),
      ...(this.#ending ?? { endedBy: 'nothing left', message: null }),
    };
  }

  async #loop(): Promise<void> {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      if (this.#ending === null) {
        while (this.#ready.length > 0 && this.#underWay < this.#workers && this.#committer.backlog < this.#workers * 4 + WINDOW) {
          this.#begin(this.#ready.shift()!);
        }
      }
      const busy = this.#underWay > 0 || this.#refilling;
      if (!busy && (this.#ending !== null || this.#idle)) return;
      if (this.#ending === null && !this.#refilling && this.#wanted() > 0 && (this.#underWay === 0 || this.#timing.now() >= this.#pollAt)) {
        void this.#refill();
      }
      await woken;
    }
  }

  /** Claims that would be welcome now: a few beyond the free places, so that no place waits for the database. */
  #wanted(): number {
    const spare = Math.ceil(this.#workers / 2) + 4;
    const left = (this.#options.batchSize ?? Number.POSITIVE_INFINITY) - this.#begun - this.#ready.length;
    const wanted = this.#workers + spare - this.#underWay - this.#ready.length;
    return this.#ready.length > spare / 2 ? 0 : Math.min(wanted, left);
  }

  async #refill(): Promise<void> {
    this.#refilling = true;
    try {
      let claims = await this.#claim();
      if (claims.length === 0 && !this.#passDone) {
        await this.#offerNext();
        claims = await this.#claim();
      }
      if (claims.length > 0) {
        this.#waitingFor = null;
        await this.#load(claims);
      } else if (this.#passDone && this.#underWay === 0 && this.#ready.length === 0) {
        await this.#whenNothingIsFree();
      } else if (this.#passDone) {
        // Somebody else's claims may come free; ours end by themselves and wake the loop.
        this.#pollAt = this.#timing.now() + POLL_MS;
        setTimeout(() => this.#wake(), POLL_MS).unref();
      }
    } catch (error) {
      this.#defect ??= error;
      this.#end({ endedBy: 'signal', message: null });
    } finally {
      this.#refilling = false;
      this.#wake();
    }
  }

  async #claim(): Promise<Claim[]> {
    const count = this.#wanted();
    if (count <= 0) return [];
    return this.#queue.claim(Math.min(count, WINDOW), await this.#work.groupsOutside());
  }

  /** Walks on in the order until something could be offered or the end is reached. */
  async #offerNext(): Promise<void> {
    while (!this.#passDone && this.#ending === null) {
      const size = Math.max(WINDOW, this.#workers * 2);
      const page = await this.#work.page(this.#place, size);
      if (page.last === null) {
        this.#passDone = true;
        return;
      }
      this.#place = page.last;
      const offers = page.tasks.flatMap((one) => {
        if (!one.runnable) {
          this.#warnUnrunnable(one.id, one.reason);
          return [];
        }
        return [{ id: one.task.id, groupId: one.task.groupId }];
      });
      if (offers.length > 0) {
        await this.#queue.offer(offers);
        this.#offeredInPass += offers.length;
        return;
      }
    }
  }

  /** Looks at claimed tasks as they are now: somebody may have finished them since they were offered. */
  async #load(claims: readonly Claim[]): Promise<void> {
    const loaded = await this.#work.load(claims.map((claim) => claim.taskId));
    const prepared = new Map(loaded.map((one) => [one.runnable ? one.task.id : one.id, one]));
    const useless: Claim[] = [];
    for (const claim of claims) {
      const one = prepared.get(claim.taskId);
      if (one?.runnable) this.#ready.push({ claim, task: one.task });
      else {
        useless.push(claim);
        if (one !== undefined) this.#warnUnrunnable(claim.taskId, one.reason);
      }
    }
    await this.#queue.release(useless);
  }

  async #whenNothingIsFree(): Promise<void> {
    await this.#committer.flush();
    const elsewhere = await this.#queue.open(this.#work.groups);
    if (elsewhere > 0) {
      this.#waitingFor = `${elsewhere} ${this.#work.queue} in the hands of other processes`;
      this.#report();
      await pause(POLL_MS, undefined, { signal: this.#stopping.signal }).catch(() => {});
      return;
    }
    // One more walk: what others released or registered since is found, and when there is nothing, all is done.
    if (this.#offeredInPass === 0) this.#idle = true;
    this.#offeredInPass = 0;
    this.#place = null;
    this.#passDone = false;
  }

  #begin(ready: Ready<T>): void {
    this.#underWay++;
    this.#begun++;
    if (this.#begun === this.#options.batchSize) this.#reachedBatchSize = true;
    this.#ask(ready)
      .catch((error: unknown) => {
        this.#defect ??= error;
        this.#end({ endedBy: 'signal', message: null });
      })
      .finally(() => {
        this.#underWay--;
        if (this.#reachedBatchSize && this.#underWay === 0) this.#end({ endedBy: 'batch size', message: null });
        this.#wake();
      });
  }

  async #ask({ claim, task }: Ready<T>): Promise<void> {
    const name = task.model.provider;
    const provider = await this.#providers.get(task.model);
    const result = await ask(task, {
      provider,
      pace: this.#providers.pace(name),
      policy: this.#providers.policy(name),
      timing: this.#timing,
      budget: this.#budget,
      sendSeed: name === 'simulated',
      stop: this.#stopping.signal,
      abort: this.#options.abort ?? NEVER,
      onRetry: (call) => {
        this.#count(call);
        this.#retries++;
        this.#committer.add(call);
        this.#report();
      },
    });
    if (result.call !== null) this.#count(result.call);
    if (result.kind === 'interrupted') {
      if (result.call !== null) this.#committer.add(result.call);
      if (this.#budget.exhausted) this.#end({ endedBy: 'budget', message: null });
      await this.#queue.release([claim]);
      return;
    }
    this.#committer.finish({ claim, task, result });
    if (result.kind === 'answered') {
      this.#sameInARow = 0;
      this.#lastFailure = '';
    } else {
      this.#judgeFailure(result.call.errorKind, result.reason);
    }
  }

  /** A wrong key or a vanished model is said once, not once per task. */
  #judgeFailure(errorKind: ProviderErrorKind | null, reason: string): void {
    if (isCommonToAll(errorKind)) {
      this.#end({ endedBy: 'provider', message: reason });
      return;
    }
    this.#sameInARow = errorKind !== null && reason === this.#lastFailure ? this.#sameInARow + 1 : 1;
    this.#lastFailure = reason;
    if (errorKind === 'bad_request' && this.#sameInARow >= POINTLESS) {
      this.#end({ endedBy: 'provider', message: `${POINTLESS} ${this.#work.queue} in a row failed with the same words: ${reason}` });
    }
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
        const key = `${result.outcome}\n${result.reason}`;
        const known = this.#failures.get(key);
        if (known !== undefined) known.count++;
        else if (this.#failures.size < 1000) this.#failures.set(key, { outcome: result.outcome, reason: result.reason, count: 1 });
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

  #warnUnrunnable(id: number, reason: string): void {
    if (this.#unrunnable.has(id)) return;
    this.#unrunnable.add(id);
    this.#options.onWarning?.({ id, message: reason });
  }

  #progress(): RunProgress {
    const paused = this.#providers.pausedUntil;
    return {
      done: this.#done,
      total: Math.max(this.#total - this.#unrunnable.size, this.#done),
      succeeded: this.#succeeded,
      failed: this.#failed,
      underWay: this.#underWay,
      calls: this.#calls,
      retries: this.#retries,
      inputTokens: this.#inputTokens,
      outputTokens: this.#outputTokens,
      costUsd: this.#costUsd,
      waitingFor:
        this.#waitingFor ??
        (paused === null ? null : `a provider that asked for patience until ${new Date(paused).toISOString().slice(11, 19)} UTC`),
    };
  }

  #report(): void {
    this.#options.onProgress?.(this.#progress());
  }
}

const NEVER = new AbortController().signal;
