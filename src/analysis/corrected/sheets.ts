/** Answer sheets scale by scale, as keyed points. */

import type { ScoreRule } from '../../instruments/instrument.ts';
import type { Aim } from '../../personas/sheets/conditions.ts';
import { type NotAvailable, notAvailable } from '../../statistics/not-available.ts';
import { type Sheets, UNANSWERED } from '../data.ts';
import { SHEET_SCALES } from '../models.ts';

/** The sheets with an answer to every item of a scale. */
export interface SheetPoints {
  /** Item numbers, in order. */
  readonly items: readonly number[];
  /** Ascending. */
  readonly personalityIds: Int32Array;
  /** 1 for the keyed answer, else 0; row-major: sheet × item. */
  readonly points: Int32Array;
  /** Row of a personality. */
  readonly rowOf: ReadonlyMap<number, number>;
}

/**
 * Not available when there are no sheets, no items of the scale, items without a key, or no
 * complete sheet.
 */
export function readSheetScores(
  sheets: Sheets,
  scale: string,
  kind: 'reference' | 'random',
): SheetPoints | NotAvailable {
  if (sheets.personalityIds.length === 0) return notAvailable(`there are no ${kind} sheets`);
  const width = sheets.items.length;
  const columns = [...sheets.items.keys()].filter(
    (column) => sheets.items[column]!.scale === scale,
  );
  if (columns.length === 0) return notAvailable(`the ${kind} sheets have no such scale`);
  if (columns.some((column) => sheets.items[column]!.key === null))
    return notAvailable(`the ${kind} sheets have items without a key`);
  const kept: number[] = [];
  const points: number[] = [];
  for (let row = 0; row < sheets.personalityIds.length; row++) {
    const answers = columns.map((column) => sheets.answers[row * width + column]!);
    if (answers.includes(UNANSWERED)) continue;
    kept.push(sheets.personalityIds[row]!);
    columns.forEach((column, at) => {
      points.push(answers[at] === sheets.items[column]!.key ? 1 : 0);
    });
  }
  if (kept.length === 0)
    return notAvailable(`no ${kind} sheet has an answer to every item of the scale`);
  return {
    items: columns.map((column) => sheets.items[column]!.number),
    personalityIds: Int32Array.from(kept),
    points: Int32Array.from(points),
    rowOf: new Map(kept.map((id, row) => [id, row])),
  };
}

/** The same sheets after `condition`: all items of a driven scale answered alike. */
export function manipulateSheets(
  sheets: SheetPoints,
  direction: Aim,
): SheetPoints {
  return { ...sheets, points: new Int32Array(sheets.points.length).fill(keyedScore(direction)) };
}

/** What every item of a scale counts that is driven this way. */
export function keyedScore(direction: Aim): 0 | 1 {
  return direction === 'max' || direction === 'keyed' ? 1 : 0;
}

/** Scale scores of the sheets, in their order. */
export function scoreSheets(
  { points, items, personalityIds }: SheetPoints,
  scoring: ScoreRule,
): Float64Array {
  return Float64Array.from(personalityIds, (_, row) => {
    let sum = 0;
    for (let at = row * items.length; at < (row + 1) * items.length; at++) sum += points[at]!;
    return scoring === 'mean' ? sum / items.length : sum;
  });
}

/** The scales that the sheets have items of, in the order of the study's tables; others follow. */
export function scalesOf({ items }: Sheets): readonly string[] {
  const there = new Set(items.flatMap(({ scale }) => scale ?? []));
  const known = SHEET_SCALES.filter((scale) => there.delete(scale));
  return [...known, ...there];
}

export function haveSameItems(first: readonly number[], second: readonly number[]): boolean {
  return (
    first.length === second.length && first.every((item, position) => item === second[position])
  );
}
