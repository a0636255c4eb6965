/** Tables 6 and A5: Cronbach's alpha of each scale, by model and condition, and of the sheets. */
import { isAvailable } from '../../statistics/not-available.ts';
import { cronbachAlphaPairwise } from '../../statistics/reliability.ts';
import { type Sheets, type StudyData, type StudyQuestionnaire, UNANSWERED } from '../data.ts';
import { BASE } from '../models.ts';
import { RANDOM_ROW, REFERENCE_ROW } from '../table.ts';
import {
  type AnsweredCell,
  BIGFIVE,
  columnsOf,
  EPQRA,
  epqraSheets,
  findAnswered,
  listCells,
  type PointTable,
  publishedPoints,
  scoreSheets,
} from './answers.ts';

export type ReliabilityRow = {
  readonly model: string;
  /** Null in the rows of the baselines. */
  readonly population: string | null;
  readonly scale: string;
  /** Experiments, or sheets, with any answer. */
  readonly n: number;
  /** Items, including those on which nobody differs. */
  readonly k: number;
  readonly alpha: number | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
};

/** Table 6: EPQR-A, every condition, with the reference population and its random counterpart. */
export function tabulateEpqraReliability(study: StudyData): readonly ReliabilityRow[] {
  const answered = findAnswered(study, EPQRA);
  const cells = answered === null ? [] : listCells(answered, '6', () => true);
  return [
    ...(answered === null
      ? []
      : measureCells(
          cells.map(show),
          publishedPoints(answered),
          scalesOf(answered.questionnaire, EPQRA.scales),
        )),
    ...measureSheets(REFERENCE_ROW, epqraSheets(study.reference)),
    ...measureSheets(RANDOM_ROW, epqraSheets(study.random)),
  ];
}

/**
 * Table A5: BFI, Base only; the reference is what was answered as the reference population itself.
 */
export function tabulateBigFiveReliability(study: StudyData): readonly ReliabilityRow[] {
  const answered = findAnswered(study, BIGFIVE);
  if (answered === null) return [];
  const points = publishedPoints(answered);
  const scales = scalesOf(answered.questionnaire, BIGFIVE.scales);
  const models = listCells(
    answered,
    'A5',
    ({ population }) => population.condition === BASE && !population.isReference,
  );
  const reference = listCells(answered, 'A5', ({ population }) => population.isReference).flatMap(
    (cell) => cell.positions,
  );
  const baseline =
    reference.length === 0
      ? []
      : [{ model: REFERENCE_ROW, population: null, positions: reference }];
  return [
    ...measureCells(models.map(show), points, scales),
    ...measureCells(baseline, points, scales),
  ];
}

/** As the table shows it. */
interface Cell extends Pick<AnsweredCell, 'positions'> {
  readonly model: string;
  readonly population: string | null;
}

function show({ model, population, positions }: AnsweredCell): Cell {
  return { model: model.label, population: population.display, positions };
}

type Scale = readonly [name: string, columns: readonly number[]];

function scalesOf({ items }: StudyQuestionnaire, names: readonly string[]): readonly Scale[] {
  return names.map((name) => [name, columnsOf(items, name)]);
}

function measureSheets(model: string, sheets: Sheets): readonly ReliabilityRow[] {
  const points = scoreSheets(sheets);
  const positions = Array.from(sheets.personalityIds, (_, row) => row);
  return positions.length === 0
    ? []
    : measureCells(
        [{ model, population: null, positions }],
        points,
        scalesOf(sheets.questionnaire, EPQRA.scales),
      );
}

/** An item counts when anybody in the table answered it. */
function measureCells(
  cells: readonly Cell[],
  points: PointTable,
  scales: readonly Scale[],
): readonly ReliabilityRow[] {
  const answered = findAnsweredColumns(cells, points);
  return cells.flatMap((cell) =>
    scales.flatMap(([scale, columns]) => {
      const items = columns.filter((column) => answered[column] === 1);
      return items.length === 0 ? [] : [measure(cell, points, scale, items)];
    }),
  );
}

function findAnsweredColumns(cells: readonly Cell[], { points, width }: PointTable): Uint8Array {
  const answered = new Uint8Array(width);
  for (const { positions } of cells) {
    for (const position of positions) {
      for (let column = 0; column < width; column++)
        if (points[position * width + column] !== UNANSWERED) answered[column] = 1;
    }
  }
  return answered;
}

function measure(
  { model, population, positions }: Cell,
  { points, width }: PointTable,
  scale: string,
  columns: readonly number[],
): ReliabilityRow {
  // One buffer for all rows: ten thousands of small arrays would cost more than the statistic.
  const matrix = new Float64Array(positions.length * columns.length);
  const persons = positions.map((position, person) => {
    const row = matrix.subarray(person * columns.length, (person + 1) * columns.length);
    for (let item = 0; item < columns.length; item++) {
      const value = points[position * width + columns[item]!]!;
      row[item] = value === UNANSWERED ? Number.NaN : value;
    }
    return row;
  });
  const result = cronbachAlphaPairwise(persons);
  const row = { model, population, scale, n: positions.length, k: columns.length };
  if (!isAvailable(result)) return { ...row, alpha: null, ci_low: null, ci_high: null };
  return {
    ...row,
    alpha: result.alpha,
    ci_low: result.interval.low,
    ci_high: result.interval.high,
  };
}
