/** Answer sheets scale by scale, as they were or as a condition sets them. */

import type { Condition } from '../../personas/sheets/conditions.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../statistics/not-available.ts';
import {
  type AdministeredItem,
  type Points,
  type Sheets,
  type StudyData,
  type StudyQuestionnaire,
  UNANSWERED,
} from '../data.ts';
import { columnsOfScale, countOn, scaleOf, scoreScale, type WeightedColumn } from '../scores.ts';

interface SheetRows {
  /** Item numbers, in order. */
  readonly items: readonly number[];
  /** Ascending. */
  readonly personalityIds: Int32Array;
  /** Row of a personality. */
  readonly rowOf: ReadonlyMap<number, number>;
}

/** The sheets with an answer to every item of a scale. */
export interface SheetPoints extends SheetRows {
  /** Turned round and weighted as the scale says; row-major: sheet × item. */
  readonly points: Points;
}

/** The sheets with a score on a scale, by its own rule. */
export interface SheetScores extends SheetRows {
  readonly scores: Float64Array;
}

type Kind = 'reference' | 'random';

/** Not available when there are no sheets, no such scale, or no complete sheet. */
export function readSheetPoints(
  sheets: Sheets,
  scale: string,
  kind: Kind,
): SheetPoints | NotAvailable {
  const columns = columnsIn(sheets, scale, kind);
  return isAvailable(columns) ? readSheetItems(sheets, columns, kind) : columns;
}

/** The same of some items, whichever scales they are on. */
export function readSheetItems(
  sheets: Sheets,
  columns: readonly WeightedColumn[],
  kind: Kind,
): SheetPoints | NotAvailable {
  const width = sheets.questionnaire.items.length;
  const rows = [...sheets.personalityIds.keys()]
    .map((row) => ({
      row,
      counts: columns.map((one) => countOn(sheets.points[row * width + one.column]!, one)),
    }))
    .filter(({ counts }) => !counts.includes(UNANSWERED));
  if (rows.length === 0)
    return notAvailable(`no ${kind} sheet has an answer to every item of the scale`);
  const points = rows.flatMap(({ counts }) => counts);
  return {
    ...describeRows(
      sheets,
      columns,
      rows.map(({ row }) => row),
    ),
    points: points.every(Number.isInteger) ? Int32Array.from(points) : Float64Array.from(points),
  };
}

/** Not available when there are no sheets, no such scale, or no sheet with a score on it. */
export function readSheetScores(
  sheets: Sheets,
  scale: string,
  kind: Kind,
): SheetScores | NotAvailable {
  const columns = columnsIn(sheets, scale, kind);
  if (!isAvailable(columns)) return columns;
  const all = [...sheets.personalityIds.keys()];
  const { totals, divisors } = scoreScale(sheets, scaleOf(sheets.questionnaire, scale), all);
  const rows = all.filter((row) => !Number.isNaN(totals[row]!));
  if (rows.length === 0)
    return notAvailable(`no ${kind} sheet has an answer to every item of the scale`);
  return {
    ...describeRows(sheets, columns, rows),
    scores: Float64Array.from(rows, (row) => totals[row]! / divisors[row]!),
  };
}

function columnsIn(
  { personalityIds, questionnaire }: Sheets,
  id: string,
  kind: Kind,
): readonly WeightedColumn[] | NotAvailable {
  if (personalityIds.length === 0) return notAvailable(`there are no ${kind} sheets`);
  const scale = questionnaire.scales.find((one) => one.id === id);
  return scale === undefined
    ? notAvailable(`the ${kind} sheets have no such scale`)
    : columnsOfScale(questionnaire, scale);
}

function describeRows(
  { personalityIds, questionnaire }: Sheets,
  columns: readonly WeightedColumn[],
  rows: readonly number[],
): SheetRows {
  const kept = Int32Array.from(rows, (row) => personalityIds[row]!);
  return {
    items: columns.map(({ column }) => questionnaire.items[column]!.number),
    personalityIds: kept,
    rowOf: new Map(Array.from(kept, (id, at) => [id, at])),
  };
}

/**
 * What a condition sets: the points of items before a scale turns them round, by column. Empty for
 * what the questionnaire does not have.
 */
export function drivenPoints(
  questionnaire: StudyQuestionnaire,
  condition: Condition | null,
): ReadonlyMap<number, number> {
  const { items, scales } = questionnaire;
  const driven = new Map<number, number>();
  for (const [id, aim] of Object.entries(condition?.drive ?? {})) {
    const scale = scales.find((one) => one.id === id);
    const column = items.findIndex((one) => one.id === id);
    const members =
      scale === undefined
        ? [{ column, weight: 1 }].filter((member) => member.column !== -1)
        : columnsOfScale(questionnaire, scale);
    for (const { column: at, weight } of members) {
      const points = pointsFor(aim, items[at]!, weight < 0, scale === undefined);
      if (points !== null) driven.set(at, points);
    }
  }
  return driven;
}

function pointsFor(
  aim: Condition['drive'][string],
  { key, points, range }: AdministeredItem,
  isReversed: boolean,
  isAnswer: boolean,
): number | null {
  if (aim === 'keyed') return 1;
  if (aim === 'unkeyed') return 0;
  if (typeof aim === 'number' && isAnswer) {
    if (key !== null) return aim === key ? 1 : 0;
    return points.has(aim) ? points.get(aim)! : aim;
  }
  if (range === null) return null;
  const { low, high } = range;
  if (typeof aim === 'number') return isReversed ? low + high - aim : aim;
  return (aim === 'max') !== isReversed ? high : low;
}

/** The same sheets as a condition sets them. */
export function manipulateSheets(sheets: Sheets, condition: Condition): Sheets {
  const driven = drivenPoints(sheets.questionnaire, condition);
  const width = sheets.questionnaire.items.length;
  const points = Float64Array.from(sheets.points, (own, at) => driven.get(at % width) ?? own);
  return { ...sheets, points };
}

/** How much of a scale a condition sets. */
export function drivenPart(
  questionnaire: StudyQuestionnaire,
  scale: string,
  condition: Condition | null,
): 'none' | 'some' | 'all' {
  const driven = drivenPoints(questionnaire, condition);
  const columns = columnsOfScale(questionnaire, scaleOf(questionnaire, scale));
  if (columns.every(({ column }) => driven.has(column))) return columns.length > 0 ? 'all' : 'none';
  return columns.some(({ column }) => driven.has(column)) ? 'some' : 'none';
}

/** Where a condition drives a scale all of whose items it sets. */
export interface Target {
  readonly score: number;
  /** What each item of the scale counts then, in order. */
  readonly points: readonly number[];
}

export function targetOf(
  questionnaire: StudyQuestionnaire,
  scale: string,
  condition: Condition,
): Target {
  const driven = drivenPoints(questionnaire, condition);
  const points = Float64Array.from(
    questionnaire.items.keys(),
    (column) => driven.get(column) ?? UNANSWERED,
  );
  const rule = scaleOf(questionnaire, scale);
  const { totals, divisors } = scoreScale({ questionnaire, points }, rule, [0]);
  return {
    score: totals[0]! / divisors[0]!,
    points: columnsOfScale(questionnaire, rule).map((one) => countOn(points[one.column]!, one)),
  };
}

/** The scales of the sheets; none where there are no sheets. */
export function scalesOf({ personalityIds, questionnaire }: Sheets): readonly string[] {
  return personalityIds.length === 0 ? [] : questionnaire.scales.map(({ id }) => id);
}

export function haveSameItems(first: readonly number[], second: readonly number[]): boolean {
  return (
    first.length === second.length && first.every((item, position) => item === second[position])
  );
}

/** Scores of the reference sheets as each condition sets them; each is computed once. */
export class SheetScoresByScale {
  readonly #reference: Sheets;
  readonly #scores = new Map<string, SheetScores | NotAvailable>();

  constructor({ reference }: Pick<StudyData, 'reference'>) {
    this.#reference = reference;
  }

  /** Scales that a condition does not set as a whole. */
  scalesWithout(condition: Condition | null): readonly string[] {
    const { questionnaire } = this.#reference;
    return scalesOf(this.#reference).filter(
      (scale) => drivenPart(questionnaire, scale, condition) !== 'all',
    );
  }

  /** The sheets as they were where the condition does not touch the scale. */
  read(scale: string, condition: Condition | null): SheetScores | NotAvailable {
    const reference = this.#reference;
    const isTouched =
      condition !== null &&
      reference.questionnaire.scales.some(({ id }) => id === scale) &&
      drivenPart(reference.questionnaire, scale, condition) !== 'none';
    const key = JSON.stringify([scale, isTouched ? condition.name : null]);
    const known = this.#scores.get(key);
    if (known !== undefined) return known;
    const sheets = isTouched ? manipulateSheets(reference, condition) : reference;
    const scores = readSheetScores(sheets, scale, 'reference');
    this.#scores.set(key, scores);
    return scores;
  }
}
