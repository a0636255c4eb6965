/**
 * The answers that count, by form of an instrument, model and population. Only experiments that
 * succeeded count, and of these, scale by scale, for scores those that have one by the scale's own
 * rule, and for statistics of items those with points on every item.
 */

import { CONDITIONS, type Condition } from '../../personas/sheets/conditions.ts';
import {
  type Answered,
  type Points,
  type StudyData,
  type StudyModel,
  type StudyPopulation,
  type StudyQuestionnaire,
  UNANSWERED,
} from '../data.ts';
import { sayEndings } from '../endings.ts';
import { compareConditions, compareModels, compareText } from '../models.ts';
import { onceFor, onceForEach } from '../once.ts';
import { columnsOfScale, countOn, scaleOf, scoreScale, type WeightedColumn } from '../scores.ts';

/** Everything that one model answered as one population to one form of a questionnaire. */
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
  /** Of those that have not, whatever became of them. */
  readonly unanswered: readonly number[];
}

/** The points of a cell's administrations on some items, sorted by person. */
export interface ScaleItemScores {
  /** Item numbers, in order. */
  readonly items: readonly number[];
  /**
   * One an administration: who answered, as in `Administration.personId`; where that is not known,
   * a number from `NOBODY` down.
   */
  readonly clusterIds: Int32Array;
  /** Turned round and weighted as the scale says; row-major: administration × item. */
  readonly points: Points;
  /** Administrations that succeeded and have no points on some item. */
  readonly incomplete: number;
}

/** The scores of a cell's administrations on one scale, sorted by person. */
export interface AdministrationScores {
  /** As those of `ScaleItemScores`. */
  readonly clusterIds: Int32Array;
  /** In the cell's administrations. */
  readonly positions: Int32Array;
  /** A score is its total by its divisor. */
  readonly totals: Float64Array;
  readonly divisors: Float64Array;
  /** Administrations that succeeded and have no score, as too many items have no points. */
  readonly incomplete: number;
}

/** One score a person: the mean over all draws and repeated administrations. */
export interface ClusterScores {
  /** Ascending. */
  readonly clusterIds: Int32Array;
  readonly scores: Float64Array;
  /** Of each person, how many scores its mean is of. */
  readonly sizes: Int32Array;
  /** Of each person, the mean squared distance of these from their mean. */
  readonly within: Float64Array;
}

/** More ways of asking one questionnaire than these are not correlated with each other. */
const MOST_FORMS_CORRELATED = 4;

/**
 * Whether correlations of two forms say something: of many ways of asking one questionnaire the
 * tables of components and of robustness do.
 */
export function areCorrelated(
  { answered }: Pick<StudyData, 'answered'>,
  first: StudyQuestionnaire,
  second: StudyQuestionnaire,
): boolean {
  if (first === second || first.slug !== second.slug) return true;
  const forms = answered.filter(({ questionnaire }) => questionnaire.slug === first.slug);
  return forms.length <= MOST_FORMS_CORRELATED;
}

/** Whether it is what the sheets are answers to. */
export function isOfSheets(
  { reference }: Pick<StudyData, 'reference'>,
  { slug }: StudyQuestionnaire,
): boolean {
  return slug === reference.questionnaire.slug;
}

interface Administered {
  readonly model: StudyModel;
  readonly population: StudyPopulation;
  readonly succeeded: number[];
  readonly unanswered: number[];
}

/**
 * In the order of the tables: models, then Base, conditions, other populations, the reference
 * population.
 */
export function listCells(answered: Answered, table: string): readonly AnsweredCell[] {
  return cellsOf(answered).toSorted(compareCells(table));
}

const cellsOf = onceFor((answered: Answered): readonly AnsweredCell[] => {
  const byModel = new Map<string, Map<string, Administered>>();
  const groups: Administered[] = [];
  answered.administrations.forEach(({ model, population, succeeded }, position) => {
    let ofModel = byModel.get(model.key);
    if (ofModel === undefined) {
      ofModel = new Map();
      byModel.set(model.key, ofModel);
    }
    let group = ofModel.get(population.population);
    if (group === undefined) {
      group = { model, population, succeeded: [], unanswered: [] };
      ofModel.set(population.population, group);
      groups.push(group);
    }
    (succeeded === true ? group.succeeded : group.unanswered).push(position);
  });
  const labels = labelPopulations(groups);
  return groups.map((group, position) => ({
    ...group,
    answered,
    label: labels[position]!,
    condition: conditionOf(group.population),
  }));
});

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
export function conditionOf({
  condition,
  ownCondition,
  isReference,
}: StudyPopulation): Condition | null {
  if (isReference) return null;
  return ownCondition ?? CONDITIONS.find(({ name }) => name === condition) ?? null;
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

export const readScale = onceForEach((cell: AnsweredCell, scale: string): ScaleItemScores => {
  const { questionnaire } = cell.answered;
  return readItems(cell, columnsOfScale(questionnaire, scaleOf(questionnaire, scale)));
});

/** The points on some items, whichever scales they are on. */
export function readItems(cell: AnsweredCell, members: readonly WeightedColumn[]): ScaleItemScores {
  const { answered, succeeded } = cell;
  const { questionnaire, points } = answered;
  const width = questionnaire.items.length;
  const complete = succeededByPerson(cell).filter(
    (position) =>
      members.length > 0 &&
      members.every(
        (member) => countOn(points[position * width + member.column]!, member) !== UNANSWERED,
      ),
  );
  const size = complete.length * members.length;
  const kept =
    points instanceof Float64Array || !members.every(isWhole)
      ? new Float64Array(size)
      : new Int32Array(size);
  complete.forEach((position, row) => {
    members.forEach((member, at) => {
      kept[row * members.length + at] = countOn(points[position * width + member.column]!, member);
    });
  });
  return {
    items: members.map(({ column }) => questionnaire.items[column]!.number),
    clusterIds: personsOf(cell, complete),
    points: kept,
    incomplete: succeeded.length - complete.length,
  };
}

/** Whether whole points count a whole number. */
function isWhole({ weight, range }: WeightedColumn): boolean {
  return (
    Number.isInteger(weight) &&
    (weight > 0 || range === null || Number.isInteger(range.low + range.high))
  );
}

/** By the scale's own rule, which may allow missing items. */
export const readScores = onceForEach((cell: AnsweredCell, scale: string): AdministrationScores => {
  const { answered, succeeded } = cell;
  const rule = scaleOf(answered.questionnaire, scale);
  const positions = succeededByPerson(cell);
  const { totals, divisors } = scoreScale(answered, rule, positions);
  const scored: number[] = [];
  for (let row = 0; row < positions.length; row++)
    if (!Number.isNaN(totals[row]!)) scored.push(row);
  const kept = scored.map((row) => positions[row]!);
  return {
    clusterIds: personsOf(cell, kept),
    positions: Int32Array.from(kept),
    totals: pick(totals, scored),
    divisors: pick(divisors, scored),
    incomplete: succeeded.length - scored.length,
  };
});

function pick(values: Float64Array, rows: readonly number[]): Float64Array {
  // A loop: the mapping of a typed array's `from` takes many times as long.
  const picked = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at++) picked[at] = values[rows[at]!]!;
  return picked;
}

/** Who answered, as in `Administration.clusterId`, or a number that stands for nobody known. */
export function personOf({ answered }: AnsweredCell, position: number): number {
  return answered.administrations[position]!.clusterId ?? FIRST_UNKNOWN_CLUSTER - position;
}

function personsOf(cell: AnsweredCell, positions: readonly number[]): Int32Array {
  const persons = new Int32Array(positions.length);
  for (let at = 0; at < positions.length; at++) persons[at] = personOf(cell, positions[at]!);
  return persons;
}

const succeededByPerson = onceFor((cell: AnsweredCell): readonly number[] =>
  cell.succeeded.toSorted((first, second) => personOf(cell, first) - personOf(cell, second)),
);

/** Why a cell has nothing on a scale. */
export function explainEmpty(cell: AnsweredCell): string {
  return cell.succeeded.length === 0
    ? explainUnanswered(cell)
    : 'no experiment has points on enough items of the scale';
}

/** Why nothing of a cell has succeeded: "no experiment has succeeded (12 refused, 1 failed)". */
export function explainUnanswered({ answered, unanswered }: AnsweredCell): string {
  const told = sayEndings(
    unanswered.flatMap((at) => {
      const { ending } = answered.administrations[at]!;
      return ending === 'pending' ? [] : [ending];
    }),
  );
  return `no experiment has succeeded${told === '' ? '' : ` (${told})`}`;
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

type Scored = Pick<AdministrationScores, 'clusterIds' | 'totals' | 'divisors'>;

export const scoreClusters = onceFor(({ clusterIds, totals, divisors }: Scored): ClusterScores => {
  const starts = clusterStarts(clusterIds);
  const count = starts.length - 1;
  const scores = new Float64Array(count);
  const sizes = new Int32Array(count);
  const within = new Float64Array(count);
  for (let person = 0; person < count; person++) {
    const from = starts[person]!;
    const to = starts[person + 1]!;
    const divisor = divisors[from]!;
    // Whole numbers until the one division, so that the order of administrations cannot show; with
    // items missing, each has a division of its own.
    let isOne = true;
    for (let at = from + 1; at < to; at++) isOne &&= divisors[at] === divisor;
    const size = to - from;
    let sum = 0;
    let squares = 0;
    for (let at = from; at < to; at++) {
      const score = isOne ? totals[at]! : totals[at]! / divisors[at]!;
      sum += score;
      squares += score * score;
    }
    const whole = size * (isOne ? divisor : 1);
    scores[person] = sum / whole;
    sizes[person] = size;
    const spread = size * squares - sum * sum;
    // Scores that are equal on paper differ by what rounding leaves.
    within[person] = spread <= 1e-12 * size * squares ? 0 : spread / (whole * whole);
  }
  return {
    clusterIds: Int32Array.from({ length: count }, (_, person) => clusterIds[starts[person]!]!),
    scores,
    sizes,
    within,
  };
});
