/**
 * The random baseline: sheets with the same proportions of answers to each item, and otherwise
 * random.
 */
import { UserError } from '../../errors.ts';
import { createChance } from './chance.ts';
import { createSheet, type Sheet } from './sheet.ts';

const PURPOSE = 2;

/**
 * As many sheets as `reference` has, personality ids from 1. Every answer is drawn on its own,
 * with the share that it has among the answers to its item in the reference, so that all that ties
 * the items of a person together is gone (the random baseline of arXiv 2602.03334). The same reference and seed
 * give the same sheets on every machine.
 *
 * @param seed any safe integer
 * @throws UserError when the reference is empty, or the seed is no whole number
 */
export function createRandomSheets(reference: readonly Sheet[], seed: number): Sheet[] {
  const chance = createChance(seed, PURPOSE);
  const first = reference[0];
  if (first === undefined) {
    throw new UserError(
      'There are no reference sheets from which to compute the proportions of answers',
      {
        code: 'reference-population-missing',
        hint: 'Create the reference population first: personas seed-ref-pop.',
      },
    );
  }
  // From the highest down, so that the draws of Yes/No sheets are those that the study's shares
  // of Yes give.
  const sorted = first.answers.map((_, item) =>
    reference.map(({ answers }) => answers[item]!).toSorted(descending),
  );
  return reference.map((_, person) =>
    createSheet(
      person + 1,
      sorted.map((answers) => answers[chance.below(reference.length)]!),
    ),
  );
}

/** Missing answers come last. */
function descending(one: number | null, other: number | null): number {
  const lowest = Number.NEGATIVE_INFINITY;
  return (other ?? lowest) - (one ?? lowest) || 0;
}
