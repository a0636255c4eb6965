/** What a call will cost before it is made: tokens guessed from texts, dollars from tokens. */
import type { ModelEntry } from '../providers/models.ts';

/** English prose has some four characters a token; three leave room for other languages. */
const CHARACTERS_PER_TOKEN = { likely: 4, atMost: 3 } as const;
/** `"12": "True",` and its line break. */
const TOKENS_PER_ANSWER = 8;
const TOKENS_OF_EXPLANATION = 120;

export interface Tokens {
  readonly input: number;
  readonly output: number;
}

/** A likely administration. */
export function likelyTokens(inputCharacters: number, items: number): Tokens {
  return { input: Math.ceil(inputCharacters / CHARACTERS_PER_TOKEN.likely), output: items * TOKENS_PER_ANSWER + TOKENS_OF_EXPLANATION };
}

/** The dearest call that a request can become. */
export function mostTokens(inputCharacters: number, items: number, maxTokens: number | null): Tokens {
  const { output } = likelyTokens(inputCharacters, items);
  return { input: Math.ceil(inputCharacters / CHARACTERS_PER_TOKEN.atMost), output: maxTokens ?? output * 4 };
}

/** @returns US dollars, or null when the model has no price */
export function priceOf(model: ModelEntry, tokens: Tokens): number | null {
  if (model.price === null) return null;
  return (tokens.input * model.price.inputPerMtok + tokens.output * model.price.outputPerMtok) / 1e6;
}
