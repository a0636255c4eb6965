/**
 * The answers that count, by instrument, model and population. Only experiments that succeeded
 * count, and of these, scale by scale, only those with points on every item: a sum over fewer items
 * would be another scale.
 */

import { CONDITIONS, type Condition } from '../../personas/sheets/conditions.ts';
import { SHEET_INSTRUMENT } from '../../personas/sheets/sheet.ts';
import {
  type Answered,
  type StudyModel,
  type StudyPopulation,
  type StudyQuestionnaire,
  UNANSWERED,
} from '../data.ts';
import { compareConditions, compareModels, compareText } from '../models.ts';

/** Everything that one model answered as one population to one questionnaire. */
export interface AnsweredCell {
  readonly answered: Answered;
  readonly model: StudyModel;
  /** As tables show it; with the name in brackets where two populations would look the same. */
  readonly label: string;
  readonly population: StudyPopulation;
  /** Null for populations that this program does not know to be written under a condition. */
  readonly condition: Condition | null;
  /** Positions of the administrations that succeeded. */
  readonly succeeded: readonly number[];
}

/** The points of a cell's administrations on one scale, sorted by person. */
export interface ScaleItemScores {
  /** Item numbers, in order. */
  readonly items: readonly number[];
  /**
   * One an administration: who answered, as in `Administration.personId`; where that is not known,
   * a number from `NOBODY` down.
   */
  readonly clusterIds: Int32Array;
  /** Row-major: administration × item. */
  readonly points: Int32Array;
  /** Administrations that succeeded and have no points on some item. */
  readonly incomplete: number;
}

/** One score a person: the mean over all draws and repeated administrations. */
export interface ClusterScores {
  /** Ascending. */
  readonly clusterIds: Int32Array;
  readonly scores: Float64Array;
}

export function isSheetInstrument({ slug }: StudyQuestionnaire): boolean {
  return slug === SHEET_INSTRUMENT;
}

/**
 * In the order of the tables: models, then Base, conditions, other populations, the reference
 * population.
 */
export function listCells(answered: Answered, table: string): readonly AnsweredCell[] {
  const groups = new Map<
    string,
    { model: StudyModel; population: StudyPopulation; succeeded: number[] }
  >();
  answered.administrations.forEach(({ model, population, succeeded }, position) => {
    const key = JSON.stringify([model.key, population.population]);
    const group = groups.get(key) ?? { model, population, succeeded: [] };
    groups.set(key, group);
    if (succeeded === true) group.succeeded.push(position);
  });
  const labels = labelPopulations([...groups.values()]);
  return [...groups.values()]
    .map((group, position) => ({
      ...group,
      answered,
      label: labels[position]!,
      condition: conditionOf(group.population),
    }))
    .sort(compareCells(table));
}

/**
 * How each population of a model is called in tables, so that no two of a model are called the
 * same.
 */
export function labelPopulations(
  groups: readonly { readonly model: StudyModel; readonly population: StudyPopulation }[],
): readonly string[] {
  const plain = groups.map(({ population }) =>
    population.isReference ? population.population : population.display,
  );
  const uses = new Map<string, number>();
  const keyOf = (position: number) =>
    JSON.stringify([groups[position]!.model.key, plain[position]]);
  for (const position of groups.keys())
    uses.set(keyOf(position), (uses.get(keyOf(position)) ?? 0) + 1);
  return plain.map((label, position) =>
    uses.get(keyOf(position)) === 1
      ? label
      : `${label} (${groups[position]!.population.population})`,
  );
}

/**
 * Null for the reference population, which is shown as Base in published tables, and for
 * populations of other origin.
 */
export function conditionOf({ condition, isReference }: StudyPopulation): Condition | null {
  if (isReference) return null;
  return CONDITIONS.find(({ name }) => name === condition) ?? null;
}

type Placed = Pick<AnsweredCell, 'model' | 'label' | 'population'>;

export function compareCells(table: string): (first: Placed, second: Placed) => number {
  const compare = compareModels(table);
  const last = ({ population }: Placed) => (population.isReference ? 1 : 0);
  return (first, second) =>
    compare(first.model, second.model) ||
    last(first) - last(second) ||
    compareConditions(first.population, second.population) ||
    compareText(first.label, second.label);
}

/** From here down, each number stands for one administration of which nobody knows who answered. */
export const FIRST_UNKNOWN_CLUSTER = -(2 ** 30);

export function readScale({ answered, succeeded }: AnsweredCell, scale: string): ScaleItemScores {
  const { items } = answered.questionnaire;
  const width = items.length;
  const columns = [...items.keys()].filter((column) => items[column]!.scale === scale);
  const { administrations, points } = answered;
  const isComplete = (position: number) =>
    columns.length > 0 &&
    columns.every((column) => points[position * width + column] !== UNANSWERED);
  const complete = succeeded.filter(isComplete);
  const personOf = (position: number) =>
    administrations[position]!.clusterId ?? FIRST_UNKNOWN_CLUSTER - position;
  complete.sort((first, second) => personOf(first) - personOf(second));
  const kept = new Int32Array(complete.length * columns.length);
  complete.forEach((position, row) => {
    columns.forEach((column, at) => {
      kept[row * columns.length + at] = points[position * width + column]!;
    });
  });
  return {
    items: columns.map((column) => items[column]!.number),
    clusterIds: Int32Array.from(complete, personOf),
    points: kept,
    incomplete: succeeded.length - complete.length,
  };
}

/** Why a cell has nothing on a scale. */
export function explainEmpty({ succeeded }: AnsweredCell): string {
  return succeeded.length === 0
    ? 'no experiment has succeeded'
    : 'no experiment has points on every item of the scale';
}

/**
 * Runs of equal values in `clusterIds`, which is sorted: position of the first of each, and the
 * length of all at the end.
 */
export function clusterStarts(clusterIds: Int32Array): readonly number[] {
  const starts: number[] = [];
  for (let row = 0; row < clusterIds.length; row++)
    if (row === 0 || clusterIds[row] !== clusterIds[row - 1]) starts.push(row);
  return [...starts, clusterIds.length];
}

export function scoreClusters(
  { clusterIds, points, items }: ScaleItemScores,
  scoring: 'sum' | 'mean',
): ClusterScores {
  const starts = clusterStarts(clusterIds);
  const count = starts.length - 1;
  const scores = new Float64Array(count);
  for (let person = 0; person < count; person++) {
    const from = starts[person]!;
    const to = starts[person + 1]!;
    // Whole numbers until the one division, so that the order of administrations cannot show.
    let sum = 0;
    for (let at = from * items.length; at < to * items.length; at++) sum += points[at]!;
    scores[person] = sum / ((to - from) * (scoring === 'mean' ? items.length : 1));
  }
  return {
    clusterIds: Int32Array.from({ length: count }, (_, person) => clusterIds[starts[person]!]!),
    scores,
  };
}
