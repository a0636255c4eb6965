/** What calls cost by list prices. */
import type { Usage } from '../providers/provider.ts';
import type { ModelEntry, Price } from './catalogue.ts';

/**
 * What a call cost by the list price, or null when the price or a count is not known: an unknown
 * cost is never 0. Cached input is charged in full, as discounts differ by contract, so this errs
 * on the dear side.
 */
export function costUsd(
  price: Price | null,
  usage: Pick<Usage, 'inputTokens' | 'outputTokens'> | null,
): number | null {
  if (price === null || usage === null || usage.inputTokens === null || usage.outputTokens === null)
    return null;
  return (
    (usage.inputTokens * price.inputPerMtok + usage.outputTokens * price.outputPerMtok) / 1_000_000
  );
}

/** The same for expected tokens of calls to a model. */
export function costOf(
  { price }: Pick<ModelEntry, 'price'>,
  { input, output }: { readonly input: number; readonly output: number },
): number | null {
  return costUsd(price, { inputTokens: input, outputTokens: output });
}
