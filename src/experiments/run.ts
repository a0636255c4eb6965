/** Runs pending experiments: offer, claim, administer, commit, until nothing is left that can be done. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Config, providerSection } from '../config.ts';
import type { Database } from '../database/connect.ts';
import { isCommonToAll, type ProviderErrorKind, UserError } from '../errors.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { knownInstrument, parseInstrument } from '../instruments/load.ts';
import { createPace, type Pace, systemTiming, type Timing } from '../providers/limits.ts';
import { type Catalogue, createCatalogue, type ModelEntry } from '../providers/models.ts';
import { openProvider } from '../providers/open.ts';
import type { Provider } from '../providers/provider.ts';
import { providerSettings } from '../providers/settings.ts';
import { administer } from './administer.ts';
import { type Budget, createBudget } from './budget.ts';
import { type Committer, createCommitter } from './committer.ts';
import type { Outcome, RegisteredExperiment, RunnableExperiment } from './experiment.ts';
import { type PreparationTools, type Prepared, prepareExperiment } from './prepare.ts';
import { type Claim, type ExperimentQueue, openQueue } from './queue.ts';
import * as store from './run-store.ts';
import type { PersonaFields } from './template.ts';

export interface RunOptions {
  /** Groups by id; all groups when absent. */
  readonly groups?: readonly number[];
  /** Begin at most this many experiments. */
  readonly batchSize?: number;
  /** Calls under way at the same time. Default 8. */
  readonly maxWorkers?: number;
  readonly order?: 'shuffled' | 'registered';
  /** Run what has succeeded once more; the old answers stay until the new ones are committed. */
  readonly rerun?: boolean;
  /** Run only experiments whose last outcome is one of these, refusals included. */
  readonly retry?: readonly Outcome[];
  readonly rejectUniform?: boolean;
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

/** An experiment that was left pending because it cannot be run, or trouble that passes by itself. */
export interface RunWarning {
  readonly experimentId: number | null;
  readonly message: string;
}

export interface RunSummary extends RunProgress {
  /** Number of experiments by outcome and reason, most frequent first. */
  readonly failures: readonly { readonly outcome: Outcome; readonly reason: string; readonly count: number }[];
  /** Experiments left pending because they cannot be run. */
  readonly unrunnable: number;
  /** Experiments of the scope that are still pending. */
  readonly remaining: number;
  /** Why the run ended before its work did. */
  readonly endedBy: 'nothing left' | 'batch size' | 'signal' | 'budget' | 'provider';
  /** What the provider said, when `endedBy` is `provider`. */
  readonly message: string | null;
}

const DEFAULT_WORKERS = 8;
/** Experiments offered to everybody at a time. */
const WINDOW = 256;
/** So many failures with the same words and not one success mean that going on is pointless. */
const POINTLESS = 20;
const POLL_MS = 400;
/** The embedded database works in this very process: fewer, larger transactions leave it more time for the calls. */
const GATHER_MS = { postgres: 15, embedded: 60 } as const;

/**
 * @param database opened, its schema current
 * @throws UserError for a group that does not exist or a limit that makes no sense
 */
export async function runPendingExperiments(database: Database, config: Config, options: RunOptions = {}): Promise<RunSummary> {
  const scope = await scopeOf(database, options);
  await store.adoptUnregistered(database);
  await using queue = await openQueue(database, (error) => options.onWarning?.({ experimentId: null, message: `queue: ${error.message}` }));
  await using providers = new OpenProviders(config, options);
  const run = new Run(database, queue, providers, scope, options, await readingTools(database, config));
  // Awaited here: what is held by this function must outlive the run.
  return await run.carryOut();
}

/** @throws UserError naming the groups that do not exist */
export async function scopeOf(database: Database, options: RunOptions): Promise<store.RunScope> {
  const groups = options.groups === undefined ? null : [...new Set(options.groups)];
  await requireGroups(database, groups);
  return { groups, rerun: options.rerun ?? false, retry: options.retry ?? [], startedAt: await store.serverNow(database) };
}

/** @throws UserError naming the groups that do not exist */
export async function requireGroups(database: Database, groups: readonly number[] | null): Promise<void> {
  if (groups === null) return;
  const missing = await store.missingGroups(database, groups);
  if (missing.length > 0) {
    throw new UserError(`No experiment group ${missing.join(', ')} in schema "${database.schema}"`, {
      hint: 'See "personas groups" for those there are.',
    });
  }
}

/** The catalogue and the instruments that stored experiments refer to. */
export async function readingTools(database: Database, config: Pick<Config, 'models'>): Promise<PreparationTools> {
  const stored = await store.storedInstruments(database);
  const read = new Map<string, Instrument>();
  const instrumentOf = (row: RegisteredExperiment): Instrument | null => {
    if (row.details === null) return row.questionnaire === null ? null : knownInstrument(row.questionnaire);
    const { instrumentSha256: key } = row.details;
    let instrument = read.get(key);
    if (instrument === undefined) {
      instrument = parseInstrument(stored.get(key) ?? '', `the stored instrument ${key.slice(0, 8)}`);
      read.set(key, instrument);
    }
    return instrument;
  };
  return { catalogue: createCatalogue(config.models), instrumentOf };
}

/** Experiments with their personas, each turned into what can be sent or the reason why not. */
export async function prepareAll(
  database: Database,
  experiments: readonly RegisteredExperiment[],
  tools: PreparationTools,
): Promise<Prepared[]> {
  const ids = experiments.flatMap((row) => (row.personaId === null ? [] : [row.personaId]));
  const registered = await store.personasById(database, [...new Set(ids)]);
  return Promise.all(
    experiments.map(async (row) => {
      const candidates =
        row.personaId === null
          ? await store.matchingPersonas(database, row, namesOf(row, tools.catalogue))
          : present(registered.get(row.personaId));
      return prepareExperiment(row, candidates, tools);
    }),
  );
}

function present(persona: PersonaFields | undefined): PersonaFields[] {
  return persona === undefined ? [] : [persona];
}

function namesOf(row: RegisteredExperiment, catalogue: Catalogue): string[] {
  const entries = catalogue.list().filter((entry) => entry.provider === row.provider && entry.modelId === row.modelId);
  return [...entries.map((entry) => entry.name), ...(row.modelId === null ? [] : [row.modelId])];
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

interface Ready {
  readonly claim: Claim;
  readonly experiment: RunnableExperiment;
}

type Ending = Pick<RunSummary, 'endedBy' | 'message'>;

class Run {
  readonly #database: Database;
  readonly #queue: ExperimentQueue;
  readonly #providers: OpenProviders;
  readonly #scope: store.RunScope;
  readonly #options: RunOptions;
  readonly #tools: PreparationTools;
  readonly #workers: number;
  readonly #timing: Timing;
  readonly #budget: Budget;
  readonly #committer: Committer;
  /** No further call is begun once this is aborted, whoever wanted the end. */
  readonly #stopping = new AbortController();

  #ready: Ready[] = [];
  #underWay = 0;
  #begun = 0;
  #cursor: store.Cursor | null = null;
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

  constructor(
    database: Database,
    queue: ExperimentQueue,
    providers: OpenProviders,
    scope: store.RunScope,
    options: RunOptions,
    tools: PreparationTools,
  ) {
    this.#database = database;
    this.#queue = queue;
    this.#providers = providers;
    this.#scope = scope;
    this.#options = options;
    this.#tools = tools;
    this.#workers = options.maxWorkers ?? DEFAULT_WORKERS;
    this.#timing = options.timing ?? systemTiming;
    this.#budget = createBudget(options.maxCost ?? null);
    this.#committer = createCommitter(
      GATHER_MS[database.kind],
      (batch) => store.storeBatch(database, queue, batch, scope.rerun),
      (stored) => this.#onStored(stored),
    );
  }

  async carryOut(): Promise<RunSummary> {
    const inScope = await store.countInScope(this.#database, this.#scope);
    this.#total = Math.min(inScope, this.#options.batchSize ?? Number.POSITIVE_INFINITY);
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
    await store.refreshGroupFlags(this.#database, this.#scope.groups);
    this.#report();
    return {
      ...this.#progress(),
      failures: [...this.#failures.values()].sort((a, b) => b.count - a.count),
      unrunnable: this.#unrunnable.size,
      remaining: await store.countPending(this.#database, this.#scope),
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
    return this.#queue.claim(Math.min(count, WINDOW), await store.groupsOutside(this.#database, this.#scope.groups));
  }

  /** Walks on in the order until something could be offered or the end is reached. */
  async #offerNext(): Promise<void> {
    while (!this.#passDone && this.#ending === null) {
      const size = Math.max(WINDOW, this.#workers * 2);
      const page = await store.pageOfScope(this.#database, this.#scope, this.#options.order ?? 'shuffled', this.#cursor, size);
      if (page.last === null) {
        this.#passDone = true;
        return;
      }
      this.#cursor = page.last;
      const prepared = await prepareAll(this.#database, page.experiments, this.#tools);
      const offers = prepared.flatMap((one) => {
        if (!one.runnable) {
          this.#warnUnrunnable(one.experimentId, one.reason);
          return [];
        }
        return [{ experimentId: one.experiment.experimentId, groupId: one.experiment.groupId }];
      });
      if (offers.length > 0) {
        await this.#queue.offer(offers);
        this.#offeredInPass += offers.length;
        return;
      }
    }
  }

  /** Looks at claimed experiments as they are now: somebody may have finished them since they were offered. */
  async #load(claims: readonly Claim[]): Promise<void> {
    const rows = await store.loadExperiments(
      this.#database,
      this.#scope,
      claims.map((claim) => claim.experimentId),
    );
    const prepared = new Map(
      (await prepareAll(this.#database, rows, this.#tools)).map((one) => [
        one.runnable ? one.experiment.experimentId : one.experimentId,
        one,
      ]),
    );
    const useless: Claim[] = [];
    for (const claim of claims) {
      const one = prepared.get(claim.experimentId);
      if (one?.runnable) this.#ready.push({ claim, experiment: one.experiment });
      else {
        useless.push(claim);
        if (one !== undefined) this.#warnUnrunnable(claim.experimentId, one.reason);
      }
    }
    await this.#queue.release(useless);
  }

  async #whenNothingIsFree(): Promise<void> {
    await this.#committer.flush();
    const elsewhere = await this.#queue.open(this.#scope.groups);
    if (elsewhere > 0) {
      this.#waitingFor = `${elsewhere} experiments in the hands of other processes`;
      this.#report();
      await pause(POLL_MS, undefined, { signal: this.#stopping.signal }).catch(() => {});
      return;
    }
    // One more walk: what others released or registered since is found, and when there is nothing, all is done.
    if (this.#offeredInPass === 0) this.#idle = true;
    this.#offeredInPass = 0;
    this.#cursor = null;
    this.#passDone = false;
  }

  #begin(ready: Ready): void {
    this.#underWay++;
    this.#begun++;
    if (this.#begun === this.#options.batchSize) this.#reachedBatchSize = true;
    this.#administer(ready)
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

  async #administer({ claim, experiment }: Ready): Promise<void> {
    const name = experiment.model.provider;
    const provider = await this.#providers.get(experiment.model);
    const result = await administer(experiment, {
      provider,
      pace: this.#providers.pace(name),
      policy: this.#providers.policy(name),
      timing: this.#timing,
      budget: this.#budget,
      sendSeed: name === 'simulated',
      rejectUniform: this.#options.rejectUniform ?? false,
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
    this.#committer.finish({ claim, groupId: experiment.groupId, personaId: experiment.personaId, administration: result });
    if (result.kind === 'answered') {
      this.#sameInARow = 0;
      this.#lastFailure = '';
    } else {
      this.#judgeFailure(result.call.errorKind, result.reason);
    }
  }

  /** A wrong key or a vanished model is said once, not once per experiment. */
  #judgeFailure(errorKind: ProviderErrorKind | null, reason: string): void {
    if (isCommonToAll(errorKind)) {
      this.#end({ endedBy: 'provider', message: reason });
      return;
    }
    this.#sameInARow = errorKind !== null && reason === this.#lastFailure ? this.#sameInARow + 1 : 1;
    this.#lastFailure = reason;
    if (errorKind === 'bad_request' && this.#sameInARow >= POINTLESS) {
      this.#end({ endedBy: 'provider', message: `${POINTLESS} experiments in a row failed with the same words: ${reason}` });
    }
  }

  #end(ending: Ending): void {
    this.#ending ??= ending;
    this.#stopping.abort();
    this.#wake();
  }

  #onStored(stored: readonly store.Finished[]): void {
    for (const { administration } of stored) {
      this.#done++;
      if (administration.kind === 'answered') this.#succeeded++;
      else {
        this.#failed++;
        const key = `${administration.outcome}\n${administration.reason}`;
        const known = this.#failures.get(key);
        if (known !== undefined) known.count++;
        else if (this.#failures.size < 1000)
          this.#failures.set(key, { outcome: administration.outcome, reason: administration.reason, count: 1 });
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

  #warnUnrunnable(experimentId: number, reason: string): void {
    if (this.#unrunnable.has(experimentId)) return;
    this.#unrunnable.add(experimentId);
    this.#options.onWarning?.({ experimentId, message: reason });
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
