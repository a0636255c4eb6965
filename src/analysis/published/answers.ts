/**
 * The rows of the published view `experiments_evals` as the published code groups them: all answers
 * that there are, whether or not their experiment succeeded, by model and by condition as it is
 * shown.
 */

import {
  type Administration,
  type Answered,
  type Points,
  type Sheets,
  type StudyData,
  type StudyItem,
  type StudyModel,
  type StudyPopulation,
  UNANSWERED,
} from '../data.ts';
import { compareConditions, compareModels, SHEET_SCALES } from '../models.ts';
import { countOn } from '../scores.ts';

/** The two questionnaires of the study, with their scales in the order of its tables. */
export const EPQRA = { slug: 'epqra', scales: SHEET_SCALES } as const;
export const BIGFIVE = { slug: 'bigfive', scales: ['E', 'N', 'A', 'C', 'O'] } as const;

/**
 * What was answered to one of them in English, the only language of the published view. Of several
 * forms, the one that was asked as the published study asked it; without one, the first.
 */
export function findAnswered(
  study: StudyData,
  { slug }: { readonly slug: string },
): Answered | null {
  return (
    study.answered.find(
      ({ questionnaire }) => questionnaire.slug === slug && questionnaire.language === 'en',
    ) ?? null
  );
}

/**
 * What the published code groups personas by: all populations under one condition are one, others
 * are each their own.
 */
export function keyOfCondition({ condition, population }: StudyPopulation): string {
  return condition === null ? JSON.stringify(population) : condition;
}

/** All whole administrations of one model under one condition. */
export interface AnsweredCell {
  readonly model: StudyModel;
  /** One of those that are shown alike. */
  readonly population: StudyPopulation;
  /**
   * Positions in `administrations`, in order of experiment id. Those without any answer are not in
   * the view.
   */
  readonly positions: readonly number[];
}

/** The cells of a table in its order. */
export function listCells(
  answered: Answered,
  table: string,
  keep: (administration: Administration) => boolean,
): readonly AnsweredCell[] {
  const cells = new Map<string, AnsweredCell & { readonly positions: number[] }>();
  answered.administrations.forEach((administration, position) => {
    if (!keep(administration) || !counts(answered, position)) return;
    const { model, population } = administration;
    const key = JSON.stringify([model.key, keyOfCondition(population)]);
    let cell = cells.get(key);
    if (cell === undefined) {
      cell = { model, population, positions: [] };
      cells.set(key, cell);
    }
    cell.positions.push(position);
  });
  const byModel = compareModels(table);
  return [...cells.values()].sort(
    (a, b) => byModel(a.model, b.model) || compareConditions(a.population, b.population),
  );
}

/**
 * Whether an administration has answers, and is none that this program knows to be answered in
 * part: flagged so, or refused by one of its calls, which leaves the answers of the others.
 */
function counts({ administrations, answers, questionnaire }: Answered, position: number): boolean {
  const { isPartial, origin, succeeded } = administrations[position]!;
  const width = questionnaire.items.length;
  let found = 0;
  for (let place = position * width; place < (position + 1) * width; place++)
    if (answers[place] !== UNANSWERED) found++;
  const mayLack = origin === 'imported' || succeeded === true;
  return !isPartial && (mayLack ? found > 0 : found === width);
}

/** Positions of a scale's items. */
export function columnsOf(items: readonly StudyItem[], scale: string): readonly number[] {
  return items.flatMap((item, column) => (item.scale === scale ? [column] : []));
}

/** Points of some rows on some items, row-major; missing points are `UNANSWERED`. */
export interface PointTable {
  readonly points: Points;
  readonly width: number;
}

/** The points of a questionnaire's administrations, turned round as the published view has them. */
export function publishedPoints({ points, questionnaire: { items } }: Answered): PointTable {
  const width = items.length;
  const turned = items.map(({ reverse, range }) => ({ weight: reverse ? -1 : 1, range }));
  return {
    points: items.some(({ reverse }) => reverse)
      ? points.map((own, place) => countOn(own, turned[place % width]!))
      : points,
    width,
  };
}

/** The sheets, where they are those that the published code knows; else none. */
export function epqraSheets(sheets: Sheets): Sheets {
  if (sheets.questionnaire.slug === EPQRA.slug) return sheets;
  const none = new Int32Array();
  return { ...sheets, personalityIds: none, answers: none, points: none };
}

/** The points of sheets: 1 for each answer that agrees with the key. */
export function scoreSheets({ answers, questionnaire: { items } }: Sheets): PointTable {
  const points = answers.map((answer, place) => {
    if (answer === UNANSWERED) return UNANSWERED;
    return answer === items[place % items.length]!.key ? 1 : 0;
  });
  return { points, width: items.length };
}

/**
 * The sum of what points there are, or null where there are none: a missing answer lowers the sum,
 * as published.
 */
export function sumPoints(
  { points, width }: PointTable,
  row: number,
  columns: readonly number[],
): number | null {
  let sum = 0;
  let found = 0;
  for (const column of columns) {
    const value = points[row * width + column]!;
    if (value === UNANSWERED) continue;
    sum += value;
    found++;
  }
  return found === 0 ? null : sum;
}

/** The mean of what points there are, or null where there are none. */
export function averagePoints(
  { points, width }: PointTable,
  row: number,
  columns: readonly number[],
): number | null {
  const sum = sumPoints({ points, width }, row, columns);
  if (sum === null) return null;
  let found = 0;
  for (const column of columns) if (points[row * width + column] !== UNANSWERED) found++;
  return sum / found;
}
