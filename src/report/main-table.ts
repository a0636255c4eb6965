/** Which corrected table answers a study's question, of those that have rows. */
import type { Table } from '../analysis/table.ts';

/** Scores beside their sheets; contrasts between levels of factors; means. */
const OF_PUBLISHED_DESIGN = ['4', 'C1', 'A4', 'B1'];
const OF_OWN_DESIGN = ['C1', '4', 'A4', 'B1'];

/** @returns null where no table has rows */
export function mainTable(corrected: readonly Table[], hasPublishedDesign: boolean): Table | null {
  const order = hasPublishedDesign ? OF_PUBLISHED_DESIGN : OF_OWN_DESIGN;
  const found = order.map((id) => corrected.find(({ table }) => table === id));
  return found.find((one) => one !== undefined && one.rows.length > 0) ?? null;
}
