/** What a call will cost before it is made: tokens guessed from texts, dollars from tokens. */
import type { ModelEntry } from '../providers/models.ts';
import type { Task } from './task.ts';

/** English prose has some four characters a token. */
const CHARACTERS_PER_TOKEN = 4;
/** In UTF-8, which has three bytes where a letter is often a token of its own. */
const FEWEST_BYTES_PER_TOKEN = 3;
/** Where nothing limits a reply, it is taken to be at most so many times the usual one. */
const LONGEST_REPLY = 4;

/** What asking a model would take. */
export interface ModelEstimate {
  /** Short name of the model. */
  readonly model: string;
  readonly tasks: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars, null when the model has no price. */
  readonly costUsd: number | null;
}

export interface Tokens {
  readonly input: number;
  readonly output: number;
}

/** Tokens of a text of so many characters, most likely. */
export function likelyTokens(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

/** A call as it will most likely be. */
export function likelyCall(task: Pick<Task<unknown>, 'request' | 'replyTokens'>): Tokens {
  return { input: likelyTokens(textOf(task).length), output: task.replyTokens };
}

/** The dearest call that a request can become. */
export function dearestCall(task: Pick<Task<unknown>, 'request' | 'replyTokens'>): Tokens {
  return {
    input: Math.ceil(Buffer.byteLength(textOf(task)) / FEWEST_BYTES_PER_TOKEN),
    output: task.request.maxTokens ?? task.replyTokens * LONGEST_REPLY,
  };
}

/** @returns US dollars, or null when the model has no price */
export function priceOf(model: ModelEntry, tokens: Tokens): number | null {
  if (model.price === null) return null;
  return (tokens.input * model.price.inputPerMtok + tokens.output * model.price.outputPerMtok) / 1e6;
}

function textOf({ request }: Pick<Task<unknown>, 'request'>): string {
  return `${request.system ?? ''}${request.user}`;
}
