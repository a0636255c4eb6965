/**
 * The random baseline: sheets with the same proportion of Yes for each item, and otherwise random.
 */
import { UserError } from '../../errors.ts';
import { createChance } from './chance.ts';
import { createSheet, type Sheet } from './sheet.ts';

const PURPOSE = 2;

/**
 * As many sheets as `reference` has, personality ids from 1. Every answer is drawn on its own: Yes
 * with the share of Yes that the item has in the reference, so that all that ties the items of a
 * person together is gone (the random baseline of arXiv 2602.03334). The same reference and seed
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
      'There are no reference sheets from which to compute the proportions of Yes',
      {
        code: 'reference-population-missing',
        hint: 'Create the reference population first: personas seed-ref-pop.',
      },
    );
  }
  const yes = first.answers.map(
    (_, item) => reference.filter(({ answers }) => answers[item]).length,
  );
  return reference.map((_, person) =>
    createSheet(
      person + 1,
      yes.map((count) => chance.below(reference.length) < count),
    ),
  );
}
