/** Tables of yes and no with given margins. */
import { type Chance, shuffle } from './chance.ts';

/**
 * Trades per row. Measured on the synthetic margins: the likeness to the first table falls up to
 * ten and is steady from there.
 */
const TRADES_PER_ROW = 20;

/**
 * A random table (rows of columns) with exactly these margins. All tables with the margins are
 * equally likely (Carstens 2015), as nearly as the number of trades lets them be; so answers fall
 * where a Rasch model holds, given its sufficient statistics. The margins must be those of some
 * table (Gale-Ryser).
 *
 * @param rowSums number of true per row
 * @param columnSums number of true per column
 */
export function fillTable(
  rowSums: readonly number[],
  columnSums: readonly number[],
  chance: Chance,
): boolean[][] {
  const table = fillGreedily(rowSums, columnSums);
  const tradable = table.filter((row) => row.includes(true) && row.includes(false));
  if (tradable.length < 2) return table;
  for (let trades = TRADES_PER_ROW * tradable.length; trades > 0; trades--) {
    trade(
      tradable[chance.below(tradable.length)]!,
      tradable[chance.below(tradable.length)]!,
      chance,
    );
  }
  return table;
}

/**
 * Each row takes the columns that still need most, which never runs into a dead end (Gale 1957,
 * Ryser 1957).
 */
function fillGreedily(rowSums: readonly number[], columnSums: readonly number[]): boolean[][] {
  const needed = [...columnSums];
  return rowSums.map((sum) => {
    const neediest = needed
      .map((_, column) => column)
      .sort((a, b) => needed[b]! - needed[a]! || a - b);
    const taken = new Set(neediest.slice(0, sum));
    for (const column of taken) needed[column]!--;
    return needed.map((_, column) => taken.has(column));
  });
}

/**
 * Two rows deal out anew what only one of them has, each as much as before (the curveball trade of
 * Strona et al. 2014).
 */
function trade(one: boolean[], other: boolean[], chance: Chance): void {
  const differing = one.flatMap((has, column) => (has === other[column] ? [] : [column]));
  const ofOne = differing.filter((column) => one[column]).length;
  for (const [place, column] of shuffle(differing, chance).entries()) {
    one[column] = place < ofOne;
    other[column] = place >= ofOne;
  }
}
