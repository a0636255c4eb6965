/**
 * The seam between the study and whoever serves a model. A provider makes exactly one request per
 * `complete` and never retries, sleeps or repairs: waiting is the business of `limits.ts`, reading
 * the answers that of `instruments/`.
 */
import type { ProviderError } from '../errors.ts';

export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

type JsonSchema = Readonly<Record<string, unknown>>;

/** A token that may begin the reply, and the natural logarithm of its probability. */
export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
}

/** Everything that decides what is sent. Two equal requests are sent as equal bytes. */
export interface CompletionRequest {
  /** The provider's own model id, e.g. `gpt-4o-2024-11-20`. */
  readonly modelId: string;
  /** System role, or null to send none. */
  readonly system: string | null;
  /** Earlier messages, oldest first; none as a rule. */
  readonly turns: readonly Turn[];
  readonly user: string;
  /** Sampling parameters; null means that the field is not sent at all. */
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly maxTokens: number | null;
  /** The name under which an OpenAI-style endpoint takes `maxTokens`. Bedrock has only one. */
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens';
  /**
   * Asks for a JSON object, or for one that follows a JSON Schema, where the protocol knows how to
   * ask (OpenAI `response_format`).
   */
  readonly format: 'text' | 'json' | { readonly schema: JsonSchema };
  /**
   * Asks for the log-probabilities of so many of the most likely tokens; null for none. Bedrock has
   * no field for it.
   */
  readonly logprobs: number | null;
  /** Sent where the protocol has a field for it and the value is not null. */
  readonly seed: number | null;
  /**
   * Further fields, passed through as they are (top level for OpenAI,
   * `additionalModelRequestFields` for Bedrock).
   */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** Why the model stopped, in the words of the house; `raw` keeps the provider's own word. */
export type StopReason = 'stop' | 'length' | 'content_filter' | 'refusal' | 'other';

/** Tokens as the provider counted them. A count that it did not tell is null, never 0. */
export interface Usage {
  readonly inputTokens: number | null;
  /**
   * All that is billed as written, reasoning included, whether or not the provider counts it as
   * part of the reply.
   */
  readonly outputTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly cachedTokens: number | null;
}

/** What a model said. */
export interface Completion {
  /** All text blocks, joined; the empty string when the model said nothing. */
  readonly text: string;
  readonly stopReason: StopReason;
  readonly rawStopReason: string | null;
  readonly usage: Usage | null;
  /** The model id that the reply names, which need not be the one that was asked for. */
  readonly modelServed: string | null;
  /**
   * What the call cost in US dollars by the word of the provider or of a gateway before it; null or
   * absent where none says so.
   */
  readonly providerCostUsd?: number | null;
  /**
   * What came in place of text, in words; null or absent where there is text, or nothing at all.
   */
  readonly insteadOfText?: string | null;
  /** The most likely first tokens; null or absent where the reply does not tell. */
  readonly logprobs?: readonly TokenLogprob[] | null;
}

/** The most that is read of a reply where nothing else is configured. */
export const MAX_REPLY_BYTES = 16e6;

/**
 * One allowance of the account, e.g. its requests, as the headers of a reply tell it; null where
 * they do not.
 */
export interface Allowance {
  /** How much is allowed in one window, which is a minute unless the provider means otherwise. */
  readonly limit: number | null;
  readonly remaining: number | null;
  /** Milliseconds from the reply until the allowance is whole again. */
  readonly resetMs: number | null;
}

/** What a reply tells of the limits that the account has, for `limits.ts` to keep to. */
export interface RateLimit {
  readonly requests: Allowance | null;
  readonly tokens: Allowance | null;
}

/**
 * One request and what came back, byte for byte. Headers, and with them keys, are not part of it.
 */
export interface Exchange {
  readonly requestBody: Uint8Array;
  /** What arrived of the reply's body, complete or not; null when nothing did. */
  readonly responseBody: Uint8Array | null;
  /** How `responseBody` is compressed (`content-encoding`); null or absent where it is not. */
  readonly responseEncoding?: string | null;
  readonly status: number | null;
  /** The provider's own id of the request, from its reply. */
  readonly requestId: string | null;
  /** When the request left, milliseconds since 1970. */
  readonly startedAt: number;
  readonly latencyMs: number;
  /** Null or absent when the reply, if any, does not speak of limits. */
  readonly rateLimit?: RateLimit | null;
}

/**
 * What became of one call. Failures of the provider are values: `complete` rejects only for
 * defects.
 */
export type CallResult =
  | { readonly ok: true; readonly completion: Completion; readonly exchange: Exchange }
  | { readonly ok: false; readonly error: ProviderError; readonly exchange: Exchange };

/** One way to reach models. */
export interface Provider extends AsyncDisposable {
  /** The name under which the configuration and the database know it. */
  readonly name: string;
  /**
   * Sends one request.
   * @param signal ends the call at once (outcome `aborted`)
   */
  complete(request: CompletionRequest, signal: AbortSignal): Promise<CallResult>;
}
