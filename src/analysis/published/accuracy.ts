/**
 * Tables A6 (Base) and A7 (the other conditions): how far the raw EPQR-A answers agree with the
 * sheet that the persona was written from, whatever its condition made of that sheet.
 */

import {
  type Answered,
  type Sheets,
  type StudyData,
  type StudyPopulation,
  UNANSWERED,
} from '../data.ts';
import { BASE } from '../models.ts';
import {
  type AnsweredCell,
  columnsOf,
  EPQRA,
  epqraSheets,
  findAnswered,
  listCells,
} from './answers.ts';

export type AccuracyRow = {
  readonly model: string;
  readonly population: string;
  readonly scale: string;
  /** Answers. */
  readonly n: number;
  /** Percent; a ratio that has nothing to divide by is 0, as published. */
  readonly accuracy: number;
  readonly precision: number;
  readonly recall: number;
  readonly specificity: number;
  /** Of the sums of raw answers, not of scores; null where no answer has a personality. */
  readonly mae: number | null;
  readonly rmse: number | null;
};

const YES = 1;
const NO = 0;

export function tabulateBaseAccuracy(study: StudyData): readonly AccuracyRow[] {
  return tabulateAccuracy(study, 'A6', (condition) => condition === BASE);
}

export function tabulateConditionAccuracy(study: StudyData): readonly AccuracyRow[] {
  return tabulateAccuracy(study, 'A7', (condition) => condition !== BASE);
}

function tabulateAccuracy(
  study: StudyData,
  table: 'A6' | 'A7',
  keep: (condition: StudyPopulation['condition']) => boolean,
): readonly AccuracyRow[] {
  const answered = findAnswered(study, EPQRA);
  if (answered === null) return [];
  const sheets = new SheetAnswers(epqraSheets(study.reference));
  const cells = listCells(answered, table, ({ population }) => keep(population.condition));
  return cells.flatMap((cell) =>
    EPQRA.scales.flatMap((scale) => compareAnswers(answered, cell, scale, sheets) ?? []),
  );
}

/** Answers of sheets, by personality and number of the item. */
class SheetAnswers {
  readonly #sheets: Sheets;
  readonly #rows: ReadonlyMap<number, number>;
  readonly #columns: ReadonlyMap<number, number>;

  constructor(sheets: Sheets) {
    this.#sheets = sheets;
    this.#rows = new Map(
      Array.from(sheets.personalityIds, (personality, row) => [personality, row]),
    );
    this.#columns = new Map(
      sheets.questionnaire.items.map((item, column) => [item.number, column]),
    );
  }

  rowOf(personality: number | null): number | undefined {
    return personality === null ? undefined : this.#rows.get(personality);
  }

  columnOf(number: number): number | undefined {
    return this.#columns.get(number);
  }

  /** `UNANSWERED` where there is no such sheet, item or answer. */
  answerAt(row: number | undefined, column: number | undefined): number {
    if (row === undefined || column === undefined) return UNANSWERED;
    return this.#sheets.answers[row * this.#sheets.questionnaire.items.length + column]!;
  }
}

function compareAnswers(
  answered: Answered,
  cell: AnsweredCell,
  scale: string,
  sheets: SheetAnswers,
): AccuracyRow | null {
  const { items } = answered.questionnaire;
  const columns = columnsOf(items, scale);
  const sheetColumns = columns.map((column) => sheets.columnOf(items[column]!.number));
  const counts = { n: 0, equal: 0, saidYes: 0, wasYes: 0, wasNo: 0, yesRight: 0, noRight: 0 };
  // Of each personality over all of its experiments, so that repetitions add to the error.
  const errors = new Map<number, number>();
  for (const position of cell.positions) {
    const { personalityId } = answered.administrations[position]!;
    const sheet = sheets.rowOf(personalityId);
    let found = 0;
    let error = 0;
    columns.forEach((column, index) => {
      const answer = answered.answers[position * items.length + column]!;
      if (answer === UNANSWERED) return;
      const expected = sheets.answerAt(sheet, sheetColumns[index]);
      found++;
      // An answer that the sheet does not have counts as wrong, and as nothing in the sum.
      error += answer - (expected === UNANSWERED ? 0 : expected);
      if (answer === expected) counts.equal++;
      if (answer === YES) counts.saidYes++;
      if (expected === YES) counts.wasYes++;
      if (expected === NO) counts.wasNo++;
      if (answer === YES && expected === YES) counts.yesRight++;
      if (answer === NO && expected === NO) counts.noRight++;
    });
    counts.n += found;
    if (found > 0 && personalityId !== null)
      errors.set(personalityId, (errors.get(personalityId) ?? 0) + error);
  }
  if (counts.n === 0) return null;
  let absolute = 0;
  let squared = 0;
  for (const error of errors.values()) {
    absolute += Math.abs(error);
    squared += error * error;
  }
  return {
    model: cell.model.label,
    population: cell.population.display,
    scale,
    n: counts.n,
    accuracy: 100 * (counts.equal / counts.n),
    precision: percentOf(counts.yesRight, counts.saidYes),
    recall: percentOf(counts.yesRight, counts.wasYes),
    specificity: percentOf(counts.noRight, counts.wasNo),
    mae: errors.size === 0 ? null : absolute / errors.size,
    rmse: errors.size === 0 ? null : Math.sqrt(squared / errors.size),
  };
}

function percentOf(part: number, whole: number): number {
  return whole === 0 ? 0 : (100 * part) / whole;
}
