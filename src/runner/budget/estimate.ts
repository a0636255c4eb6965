/** Estimates what a call will cost: tokens from texts, dollars from tokens. */
import type { Task } from '../task.ts';

/** English prose has some four characters a token. */
const CHARACTERS_PER_TOKEN = 4;
/** In UTF-8, which has three bytes where a letter is often a token of its own. */
const FEWEST_BYTES_PER_TOKEN = 3;
/** An unlimited reply is assumed to be at most this many times as long as the usual one. */
const LONGEST_REPLY = 4;

/**
 * In compact JSON an item takes its number, what stands before and after it, and its answer: `,"`
 * `12` `":` `4`.
 */
const FEWEST_TOKENS_PER_ANSWER = 4;
/** `"12": "True",` and its line break. */
const TOKENS_PER_ANSWER = 8;
/** Of a line of indented JSON without its answer. */
const TOKENS_AROUND_ANSWER = 7;
const TOKENS_OF_EXPLANATION = 120;
/** Braces. */
const TOKENS_AROUND_REPLY = 2;

/** Of a probability for one option: its key, the number and what stands around them. */
const TOKENS_PER_PROBABILITY = 8;

/** What a call asks, as far as it decides how long its reply is. */
export interface Questions {
  readonly elicit: 'answer' | 'reasoned' | 'distribution' | 'logprobs';
  readonly items: readonly {
    readonly item: { readonly openCharacters: number | null };
    readonly options: readonly { readonly option: { readonly label: string } }[];
  }[];
}

/** Tokens of a reply to a questionnaire. */
export interface ReplyTokens {
  /**
   * The shortest reply that answers everything: numbers for answers, no white space, no
   * explanation.
   */
  readonly compact: number;
  readonly usual: number;
  /**
   * Indented, with the longest label for every answer, and explained. Reasoning and text around it
   * are not counted.
   */
  readonly longest: number;
}

/** What asking a model would take. */
export interface ModelEstimate {
  /** Short name of the model. */
  readonly model: string;
  /** Personas to write, or experiments to run. */
  readonly tasks: number;
  /** One for each task, or several where a questionnaire is asked in parts. */
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars, null when the model has no price. */
  readonly costUsd: number | null;
}

export interface Tokens {
  readonly input: number;
  readonly output: number;
}

/** Estimated tokens of a text with this many characters. */
export function tokensOfText(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

/** How long the reply to a call may be. */
export function tokensOfReply({ elicit, items }: Questions): ReplyTokens {
  if (elicit === 'logprobs') return { compact: 1, usual: 1, longest: TOKENS_PER_ANSWER };
  const count = items.length;
  const longestAnswers = items.map(({ item, options }) =>
    tokensOfText(
      item.openCharacters ?? Math.max(0, ...options.map(({ option }) => option.label.length)),
    ),
  );
  const probabilities =
    elicit === 'distribution'
      ? TOKENS_PER_PROBABILITY * items.reduce((sum, { options }) => sum + options.length, 0)
      : 0;
  const usual = probabilities + count * TOKENS_PER_ANSWER + TOKENS_OF_EXPLANATION;
  const longest =
    probabilities +
    longestAnswers.reduce((sum, tokens) => sum + TOKENS_AROUND_ANSWER + tokens, 0) +
    TOKENS_OF_EXPLANATION +
    TOKENS_AROUND_REPLY;
  return {
    compact: probabilities + count * FEWEST_TOKENS_PER_ANSWER + TOKENS_AROUND_REPLY,
    usual,
    longest: Math.max(usual, longest),
  };
}

/** The most likely size of a call. */
export function estimateTokens(task: Pick<Task<unknown>, 'request' | 'replyTokens'>): Tokens {
  return { input: tokensOfText(sumOf(task, ({ length }) => length)), output: task.replyTokens };
}

/** The largest call that a request can become. */
export function worstCaseTokens(task: Pick<Task<unknown>, 'request' | 'replyTokens'>): Tokens {
  return {
    input: Math.ceil(sumOf(task, Buffer.byteLength) / FEWEST_BYTES_PER_TOKEN),
    output: task.request.maxTokens ?? task.replyTokens * LONGEST_REPLY,
  };
}

/** Of the texts of a request, without joining them. */
function sumOf(
  { request: { system, turns, user } }: Pick<Task<unknown>, 'request'>,
  lengthOf: (text: string) => number,
): number {
  return turns.reduce(
    (sum, { content }) => sum + lengthOf(content),
    lengthOf(system ?? '') + lengthOf(user),
  );
}
