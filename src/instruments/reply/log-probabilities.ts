/** Probabilities of the options of one item, from the log-probabilities of a reply's first token. */
import type { Asked } from '../asked/asked.ts';

/** A token that the model could have begun with, as providers list them under `top_logprobs`. */
export interface TokenLogProbability {
  readonly token: string;
  /** Natural logarithm. */
  readonly logprob: number;
}

export interface LetterProbabilities {
  /** Option value → probability. An option whose letter is none of the tokens is absent. */
  readonly probabilities: ReadonlyMap<number, number>;
  /** Probability of everything else, tokens included that the provider did not list. */
  readonly outside: number;
}

/**
 * A token counts for an option when it is the option's letter, white space around it taken off; ` B`
 * and `B` add up, `b` and `B)` do not count. Nothing is normalized.
 * @param asked a call that asks one item, by letters
 * @param tokens of one position: the chosen token and its alternatives, each once
 */
export function probabilitiesOf(
  { items }: Asked,
  tokens: readonly TokenLogProbability[],
): LetterProbabilities {
  const byLetter = new Map(
    (items[0]?.options ?? []).map(({ option, letter }) => [letter, option.value]),
  );
  const probabilities = new Map<number, number>();
  for (const { token, logprob } of tokens) {
    const value = byLetter.get(token.trim());
    if (value !== undefined)
      probabilities.set(value, (probabilities.get(value) ?? 0) + Math.exp(logprob));
  }
  const inside = [...probabilities.values()].reduce((sum, one) => sum + one, 0);
  // Rounded log-probabilities can sum to a little more than 1.
  return { probabilities, outside: Math.max(0, 1 - inside) };
}
