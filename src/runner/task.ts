/**
 * What is asked of models, whatever it is about: a task is one thing that is wanted of one model, an administration or a persona to be
 * written, and is done when one reply can be read as its value.
 */
import type { ProviderErrorKind } from '../errors.ts';
import type { ModelEntry } from '../models/catalogue.ts';
import type { Completion, CompletionRequest, Exchange, Usage } from '../providers/provider.ts';
import type { FailureKind, Scope } from './retry-policy.ts';

/** What became of a call: an answer that can be read as what was wanted, or why not. */
export type Outcome = 'answered' | 'refused' | 'truncated' | 'unparseable' | 'invalid' | 'failed';

/** What a run can be limited to: last outcomes, or kinds of failure, e.g. `failed`, or of those only `timeout`. */
export type RetryReason = Exclude<Outcome, 'answered'> | FailureKind;

/** What a completion was found to be. */
export type Verdict<V> =
  | { readonly outcome: 'answered'; readonly value: V }
  | {
      readonly outcome: Exclude<Outcome, 'answered'>;
      readonly reason: string;
      /** What is wrong with the reply, in one word of a fixed set; by it failures are counted. */
      readonly code?: string;
    };

/** A task that can be asked: nothing of it is missing. */
export interface Task<V> {
  /** Unique among the tasks of its kind. */
  readonly id: number;
  /** The tasks registered together with it. */
  readonly groupId: number;
  /** What is asked for, where a model may be fit for one and not for another: the instrument. */
  readonly subject: string;
  readonly model: ModelEntry;
  /** Without seed, which differs by attempt. */
  readonly request: Omit<CompletionRequest, 'seed'>;
  /** Tokens of a usual reply. */
  readonly replyTokens: number;
  readonly seedOf: (attempt: number) => number;
  /** Whether a completion that ended at the token limit is whole all the same, and can be read. Default: none is. */
  readonly isWhole?: (text: string) => boolean;
  /** Reads a completion that is whole. */
  readonly read: (completion: Completion) => Verdict<V>;
}

export type Prepared<T> =
  | { readonly runnable: true; readonly task: T }
  | { readonly runnable: false; readonly id: number; readonly reason: string };

/** One request to a provider and what became of it. */
export interface CallRecord {
  /** Of the call, unique among all calls; what the journal and the database both know it by. */
  readonly id: string;
  readonly taskId: number;
  /** From 1. A throttled call carries the number of the attempt it could not make. */
  readonly attempt: number;
  readonly outcome: Outcome;
  /** Why it was not `answered`, in one line; null when it was. */
  readonly reason: string | null;
  /** Null when a completion came back. */
  readonly errorKind: ProviderErrorKind | null;
  /** What was wrong with it in the words of the retry policy; null when nothing was, or when it was cut off. */
  readonly failure: FailureKind | null;
  /** What was wrong with the reply, more closely, where that is known. */
  readonly code?: string | null;
  readonly exchange: Exchange;
  readonly stopReason: string | null;
  readonly modelServed: string | null;
  readonly usage: Usage | null;
  /** By the list price of the catalogue. */
  readonly costUsd: number | null;
  /** What the provider or a gateway said that the call cost; null or absent where none did. */
  readonly providerCostUsd?: number | null;
  readonly seed: number | null;
  /** Why the database is to hold no readable copy of what travelled, where it has refused one. */
  readonly note?: string;
  /** The most that it can have cost, in US dollars, where nobody knows whether the provider worked for it. */
  readonly reservedUsd?: number;
}

/** A call on its way into the database; one whose reply was lost with its process is told apart. */
export interface StoredCall extends Omit<CallRecord, 'errorKind'> {
  readonly errorKind: CallRecord['errorKind'] | 'unknown_fate';
}

/** What became of a task in this run, with the call that decided it. */
export type Result<V> = Answered<V> | Unanswered | Interrupted;

interface Answered<V> {
  readonly kind: 'answered';
  readonly value: V;
  /** Answered by the simulated respondent, whatever it was asked as. */
  readonly simulated: boolean;
  readonly attempts: number;
  readonly call: CallRecord;
}

export interface Unanswered {
  readonly kind: 'unanswered';
  /** Whose other tasks would all fare the same; null where this says nothing about others. */
  readonly closes: Scope | null;
  /** It was put off until its patience was over, and the last call was no attempt of its own. */
  readonly putOff: boolean;
  readonly outcome: Exclude<Outcome, 'answered'>;
  readonly reason: string;
  readonly attempts: number;
  readonly call: CallRecord;
}

/** Ended by the user or the budget; the task stays as it was. */
interface Interrupted {
  readonly kind: 'interrupted';
  /** The call that was cut off, when one had left. */
  readonly call: CallRecord | null;
}

/** A holder of claims that has been silent for so long has lost them. pg-boss's minimum. */
export const LEASE_SECONDS = 10;

/** The right to work on one task, which nobody else has at the same time. */
export interface Claim {
  readonly taskId: number;
  readonly id: string;
  readonly retryCount: number;
}

/** One finished task on its way into the database. */
export interface Finished<V, T extends Task<V> = Task<V>> {
  readonly claim: Claim;
  readonly task: T;
  readonly result: Answered<V> | Unanswered;
}

/** What one transaction stores: calls that brought nothing final, and tasks that are finished, each with its last call. */
export interface Batch<V, T extends Task<V> = Task<V>> {
  readonly calls: readonly StoredCall[];
  readonly finished: readonly Finished<V, T>[];
}
