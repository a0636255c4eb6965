/** What one administration is made of, from the row in the database to the outcome that goes back there. */
import type { ProviderErrorKind } from '../errors.ts';
import type { Answers, Instrument } from '../instruments/instrument.ts';
import type { ModelEntry } from '../providers/models.ts';
import type { CompletionRequest, Exchange, Usage } from '../providers/provider.ts';

/** A registered experiment with all that decides what is sent for it. */
export interface RegisteredExperiment {
  readonly experimentId: number;
  readonly groupId: number | null;
  readonly repeated: number;
  readonly questionnaire: string | null;
  readonly provider: string | null;
  readonly modelId: string | null;
  readonly population: string | null;
  readonly personalityId: number | null;
  readonly succeeded: boolean | null;
  readonly lastOutcome: Outcome | null;
  /** Null for rows that this program did not register. */
  readonly personaId: number | null;
  readonly group: {
    readonly systemRole: string | null;
    readonly prompt: string | null;
    readonly temperature: number | null;
    readonly topP: number | null;
  } | null;
  /** Null for groups that this program did not register. */
  readonly details: {
    readonly instrumentSha256: string;
    readonly modelName: string;
    readonly parameters: StoredParameters;
    readonly seed: number;
  } | null;
}

/** What is sent besides the two parameters that the published group table holds. */
export interface StoredParameters {
  readonly max_tokens: number | null;
  readonly max_tokens_field: 'max_tokens' | 'max_completion_tokens';
  readonly extra: Readonly<Record<string, unknown>>;
}

/** An experiment that can be run: exactly one persona, one model, one instrument, and no hole in the prompt. */
export interface RunnableExperiment {
  readonly experimentId: number;
  readonly groupId: number;
  readonly personaId: number;
  readonly instrument: Instrument;
  readonly model: ModelEntry;
  /** Without seed, which differs by attempt. */
  readonly request: Omit<CompletionRequest, 'seed'>;
  /** What the seed of an attempt is derived from. */
  readonly seedOf: (attempt: number) => number;
}

export type Outcome = 'answered' | 'refused' | 'truncated' | 'unparseable' | 'invalid' | 'failed';

/** One request to a provider and what became of it. */
export interface CallRecord {
  readonly experimentId: number;
  /** From 1. A throttled call carries the number of the attempt it could not make. */
  readonly attempt: number;
  readonly outcome: Outcome;
  /** Why it was not `answered`, in one line; null when it was. */
  readonly reason: string | null;
  /** Null when a completion came back. */
  readonly errorKind: ProviderErrorKind | null;
  readonly exchange: Exchange;
  readonly stopReason: string | null;
  readonly modelServed: string | null;
  readonly usage: Usage | null;
  readonly costUsd: number | null;
  readonly seed: number | null;
}

/** What became of one experiment in this run, with the call that decided it. */
export type Administration = Answered | Unanswered | Interrupted;

export interface Answered {
  readonly kind: 'answered';
  readonly answers: Answers;
  readonly explanation: string | null;
  /** All answers equal: valid, but worth a look. */
  readonly uniform: boolean;
  /** Answered by the simulated respondent, whatever it was asked as. */
  readonly simulated: boolean;
  readonly attempts: number;
  readonly call: CallRecord;
}

export interface Unanswered {
  readonly kind: 'unanswered';
  readonly outcome: Exclude<Outcome, 'answered'>;
  readonly reason: string;
  readonly attempts: number;
  readonly call: CallRecord;
}

/** Ended by the user or the budget; the experiment stays as it was. */
interface Interrupted {
  readonly kind: 'interrupted';
  /** The call that was cut off, when one had left. */
  readonly call: CallRecord | null;
}
