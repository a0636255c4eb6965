/**
 * The synthetic reference population: sheets made to the published statistics of the reference,
 * from nobody's answers.
 */
import { findInstrument } from '../../instruments/load.ts';
import { type Chance, createChance, shuffle } from './chance.ts';
import { coupleScores } from './couple.ts';
import { fillTable } from './fill.ts';
import { type ScaleMargins, SYNTHETIC_CORRELATIONS, SYNTHETIC_MARGINS } from './margins.ts';
import { createSheet, type Sheet } from './sheet.ts';

const PURPOSE = 1;

/**
 * The population `synthetic826`: 826 EPQR-A sheets, personality ids 1 to 826. Every seed gives
 * other sheets of the same margins (`margins.ts`), hence of the same means, SDs and alphas; the
 * correlations between scales agree within .01. The same seed gives the same sheets on every
 * machine.
 *
 * @param seed any safe integer
 * @throws UserError when the seed is none
 */
export function createSyntheticSheets(seed: number): Sheet[] {
  const chance = createChance(seed, PURPOSE);
  const { items } = findInstrument('epqra');
  const keys = new Map(items.map(({ number, key }) => [number, key === 1]));
  const scores = coupleScores(
    new Map(
      SYNTHETIC_MARGINS.map(({ scale, personsByScore }) => [
        scale,
        shuffle(expand(personsByScore), chance),
      ]),
    ),
    SYNTHETIC_CORRELATIONS,
    chance,
  );
  const columns = new Map<number, boolean[]>();
  for (const margins of SYNTHETIC_MARGINS) {
    for (const [item, keyed] of keyedAnswers(margins, scores.get(margins.scale)!, chance)) {
      columns.set(
        item,
        keyed.map((isKeyed) => isKeyed === keys.get(item)),
      );
    }
  }
  const persons = scores.get(SYNTHETIC_MARGINS[0]!.scale)!.length;
  return Array.from({ length: persons }, (_, person) =>
    createSheet(
      person + 1,
      items.map(({ number }) => Number(columns.get(number)![person])),
    ),
  );
}

/** Item number to whether each person gives its keyed answer. */
function keyedAnswers(
  { keyedByItem }: ScaleMargins,
  scores: readonly number[],
  chance: Chance,
): [number, boolean[]][] {
  const items = Object.keys(keyedByItem).map(Number);
  const table = fillTable(
    scores,
    items.map((item) => keyedByItem[item]!),
    chance,
  );
  return items.map((item, column) => [item, table.map((row) => row[column]!)]);
}

/** [2, 0, 1] → [0, 0, 2] */
function expand(personsByScore: readonly number[]): number[] {
  return personsByScore.flatMap((persons, score) => Array<number>(persons).fill(score));
}
