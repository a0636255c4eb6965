/**
 * Tasks and where they come from. A task is one thing that one model is to do: answer a
 * questionnaire, or write a persona. It is done when one reply can be read as its value.
 */
import type { fromKysely } from 'pg-boss';
import type { ProviderErrorKind } from '../errors.ts';
import type { ModelEntry } from '../models/catalogue.ts';
import type { SimulatedInstrument } from '../providers/open.ts';
import type { Completion, CompletionRequest, Exchange, Usage } from '../providers/provider.ts';
import type { FailureKind, Scope } from './retry-policy.ts';

/** The outcome of a call: an answer, or why there is none. */
export type Outcome = 'answered' | 'refused' | 'truncated' | 'unparseable' | 'invalid' | 'failed';

/**
 * What a run can be limited to: last outcomes, or kinds of failure, e.g. `failed`, or of those only
 * `timeout`.
 */
export type RetryReason = Exclude<Outcome, 'answered'> | FailureKind;

/** Which of the calls of its task a call was. */
export interface Part {
  /** From 1. */
  readonly call: number;
  /** What it asked, by number. */
  readonly items: readonly number[];
}

/** How a completion was classified. */
export type Verdict<V, T = Task<V>> = Decided<V> | Continued<T> | Failed;

interface Decided<V> extends Remarks {
  readonly outcome: 'answered';
  readonly value: V;
  /** Absent where the task takes one call. */
  readonly part?: Part;
}

/** The call is answered, and the task takes another one. */
interface Continued<T> extends Remarks {
  readonly outcome: 'continued';
  /** The same task with its next request. */
  readonly next: T;
  readonly part: Part;
}

interface Remarks {
  /** Stored with the call. */
  readonly remarks?: Readonly<Record<string, unknown>>;
}

export interface Failed {
  readonly outcome: Exclude<Outcome, 'answered'>;
  readonly reason: string;
  /** What is wrong with the reply, in one word of a fixed set. Failures are counted by it. */
  readonly code?: string;
  /** Every other task of the model with this subject would fail in the same way. */
  readonly isHopeless?: boolean;
}

/**
 * A task that can be sent: it is complete. It never changes; one that takes several calls is
 * followed by another one with the next request.
 */
export interface Task<V> {
  /** Unique among the tasks of its kind. */
  readonly id: number;
  /** The tasks registered together with it. */
  readonly groupId: number;
  /** The instrument, or what else is wanted: a model may manage one and fail at another. */
  readonly subject: string;
  readonly model: ModelEntry;
  /** Without seed, which differs by attempt. */
  readonly request: Omit<CompletionRequest, 'seed'>;
  /** Tokens of a typical reply. */
  readonly replyTokens: number;
  readonly seedOf: (attempt: number) => number;
  /**
   * Whether a completion that ended at the token limit is complete and can be read. Default: none
   * is.
   */
  readonly isWhole?: (text: string) => boolean;
  /** Reads a complete completion. */
  readonly read: (completion: Completion) => Verdict<V>;
  /** Which of its calls is next, from 1; absent where it takes one. */
  readonly call?: number;
  /** The task as it was before the call that preceded this one. */
  readonly previous?: Task<V>;
  /**
   * What follows when the call is given up; null where its failure is that of the task, as it is
   * where this is absent.
   */
  readonly otherwise?: (failure: Failed) => Verdict<V> | null;
  /** What earlier calls have brought, which is kept where the task is refused. */
  readonly kept?: () => V;
}

export type Prepared<T> =
  | { readonly runnable: true; readonly task: T }
  | { readonly runnable: false; readonly id: number; readonly reason: string };

/** One request to a provider and its result. */
export interface CallRecord {
  /** Unique among all calls; the journal and the database both use it. */
  readonly id: string;
  readonly taskId: number;
  /** From 1. A throttled call carries the number of the attempt it could not make. */
  readonly attempt: number;
  readonly outcome: Outcome;
  /** Why it was not `answered`, in one line; null when it was. */
  readonly reason: string | null;
  /** Null when a completion came back. */
  readonly errorKind: ProviderErrorKind | null;
  /**
   * The kind of failure, for the retry policy; null without a failure, or when the call was
   * aborted.
   */
  readonly failure: FailureKind | null;
  /** More exactly what is wrong with the reply, where that is known. */
  readonly code?: string | null;
  /** Absent where the task takes one call, or goes on without this one. */
  readonly part?: Part;
  /** What the model said; null or absent when nothing came back. */
  readonly reply?: string | null;
  /** What it told of its first token. */
  readonly logprobs?: Completion['logprobs'];
  readonly remarks?: Readonly<Record<string, unknown>>;
  readonly exchange: Exchange;
  readonly stopReason: string | null;
  readonly modelServed: string | null;
  readonly usage: Usage | null;
  /** By the list price of the catalogue. */
  readonly costUsd: number | null;
  /** The cost that the provider or a gateway reported; null or absent where neither did. */
  readonly providerCostUsd?: number | null;
  readonly seed: number | null;
  /** Why the database holds no readable copy of the call, where it refused one. */
  readonly note?: string;
  /**
   * The most that the call can have cost, in US dollars, where nobody knows whether the provider
   * charges for it.
   */
  readonly reservedUsd?: number;
}

/** A call to be stored. One whose reply was lost with its process has an error kind of its own. */
export interface StoredCall extends Omit<CallRecord, 'errorKind'> {
  readonly errorKind: CallRecord['errorKind'] | 'unknown_fate';
}

/** The result of a task in this run, with the call that decided it. */
export type Result<V> = Answered<V> | Unanswered<V> | Interrupted;

interface Answered<V> {
  readonly kind: 'answered';
  readonly value: V;
  /** The simulator answered one of its calls, whatever model was requested. */
  readonly simulated: boolean;
  readonly attempts: number;
  readonly call: CallRecord;
}

export interface Unanswered<V = unknown> {
  readonly kind: 'unanswered';
  /**
   * The scope whose other tasks would fail in the same way; null where this says nothing about
   * other tasks.
   */
  readonly closes: Scope | null;
  /** The task was deferred until its time limit, and the last call does not count as an attempt. */
  readonly deferred: boolean;
  readonly outcome: Exclude<Outcome, 'answered'>;
  readonly reason: string;
  /** What earlier calls of a refused task have brought; null or absent where there is nothing. */
  readonly kept?: V | null;
  /** Of all calls of the task in this run. */
  readonly attempts: number;
  readonly call: CallRecord;
}

/** Stopped by the user or the budget; the task stays as it was. */
interface Interrupted {
  readonly kind: 'interrupted';
  /** The call that was aborted, when one had been sent. */
  readonly call: CallRecord | null;
}

/** A process without a heartbeat for this long loses its claims. pg-boss's minimum. */
export const LEASE_SECONDS = 10;

/** The exclusive right to work on one task. */
export interface Claim {
  readonly taskId: number;
  readonly id: string;
  readonly retryCount: number;
}

/** A finished task to be stored. */
export interface Finished<V, T extends Task<V> = Task<V>> {
  readonly claim: Claim;
  readonly task: T;
  readonly result: Answered<V> | Unanswered<V>;
}

/**
 * What one transaction stores: calls that decided nothing, and finished tasks, each with its last
 * call.
 */
export interface Batch<V, T extends Task<V> = Task<V>> {
  readonly calls: readonly StoredCall[];
  readonly finished: readonly Finished<V, T>[];
}

/** Ends claims inside the transaction that stores the results of their tasks. */
export type SettleClaims = (
  claims: readonly Claim[],
  transaction: Parameters<typeof fromKysely>[0],
) => Promise<void>;

/** A position in the shuffled (or registered) order. */
export interface Position {
  readonly shuffleKey: string;
  readonly id: number;
  /** Among the tasks that somebody has reset to pending by hand. They follow all other tasks. */
  readonly setBack?: boolean;
}

/** A kind of task, as far as recovering its journals needs it. It covers all tasks of its kind. */
export interface RecoverableSource<V, T extends Task<V>> {
  /** Name of the kind, e.g. `experiments`. */
  readonly queue: string;
  /** The given tasks as they are now, done or not. Tasks that no longer exist are missing. */
  loadAny(ids: readonly number[]): Promise<readonly Prepared<T>[]>;
  /** Ids of the stored calls of these tasks. */
  storedCalls(ids: readonly number[]): Promise<Set<string>>;
  /** Stores recovered calls. A task that is done keeps its result. */
  storeRecovered(batch: Batch<V, T>): Promise<Set<number>>;
}

/** A kind of task: where its tasks are kept, and how their results are stored. */
export interface TaskSource<V, T extends Task<V>> extends RecoverableSource<V, T> {
  /** The questionnaires that a simulated model is to know; read when one is asked. */
  readonly instruments?: () => readonly SimulatedInstrument[];
  /** The groups of this run, or null for all. */
  readonly groups: readonly number[] | null;
  /** How many tasks there are to do, runnable or not. */
  count(): Promise<number>;
  /** Tasks of these groups that are not done, whether or not they were attempted. */
  countPending(): Promise<number>;
  /** The models of the tasks to do, as far as they are known. */
  models(): Promise<ModelEntry[]>;
  /** Groups from which no task may be claimed. */
  groupsOutside(): Promise<number[]>;
  /** The next tasks in order; `last` is the position of the last of them, null at the end. */
  page(
    after: Position | null,
    size: number,
  ): Promise<{ readonly tasks: readonly Prepared<T>[]; readonly last: Position | null }>;
  /** Those of the given tasks that are still to do, as they are now. */
  load(ids: readonly number[]): Promise<readonly Prepared<T>[]>;
  /**
   * Stores a batch in one transaction, in which `settle` ends the claims. A task that another
   * process has finished in the meantime keeps its result; all calls are stored.
   * @returns ids of the tasks whose results were stored
   */
  store(batch: Batch<V, T>, settle: SettleClaims): Promise<Set<number>>;
  /** Called once, after everything is stored. */
  finish(): Promise<void>;
}
