/** Probabilities of the options of one item, from the log-probabilities of the reply's first token. */
import type { Asked } from '../asked/asked.ts';

/**
 * A token counts for an option only when it is the option's letter, white space around it aside.
 * Nothing is normalized: what is missing to 1 is probability outside the options.
 * @param asked one item, its options as letters
 * @returns by the value of the option; of every option shown
 */
export function probabilitiesOf(
  { items: [item] }: Asked,
  tokens: readonly { readonly token: string; readonly logprob: number }[],
): ReadonlyMap<number, number> {
  return new Map(
    (item?.options ?? []).map(({ option, letter }) => [
      option.value,
      tokens
        .filter(({ token }) => token.trim() === letter)
        .reduce((sum, { logprob }) => sum + Math.exp(logprob), 0),
    ]),
  );
}
