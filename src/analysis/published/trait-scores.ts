/** Table A4: BFI scale scores, each the mean of its items, Base only. */
import { compensatedMean, standardDeviation } from '../../statistics/describe.ts';
import type { Answered, StudyData, StudyQuestionnaire } from '../data.ts';
import { BASE } from '../models.ts';
import { REFERENCE_ROW } from '../table.ts';
import {
  averagePoints,
  BIGFIVE,
  columnsOf,
  findAnswered,
  listCells,
  type PointTable,
  publishedPoints,
} from './answers.ts';
import { orNull } from './values.ts';

export type TraitScoreRow = {
  readonly model: string;
  /** Null in the row of the reference population. */
  readonly population: string | null;
  readonly scale: string;
  /** Experiments. */
  readonly n: number;
  readonly mean: number;
  readonly sd: number | null;
};

export function tabulateTraitScores(study: StudyData): readonly TraitScoreRow[] {
  const answered = findAnswered(study, BIGFIVE);
  if (answered === null) return [];
  // Whoever has no personality id falls out of the published grouping.
  const models = listCells(
    answered,
    'A4',
    ({ population, personalityId }) =>
      population.condition === BASE && !population.isReference && personalityId !== null,
  );
  const reference = listCells(
    answered,
    'A4',
    ({ population, personalityId }) => population.isReference && personalityId !== null,
  );
  const items = { ...publishedPoints(answered), items: answered.questionnaire.items };
  return [
    ...models.flatMap(({ model, population, positions }) =>
      describeScores(items, model.label, population.display, positions),
    ),
    ...describeScores(
      items,
      REFERENCE_ROW,
      null,
      sortByPersonality(
        answered,
        reference.flatMap((cell) => cell.positions),
      ),
    ),
  ];
}

/** The order in which the published code adds up the scores of the reference population. */
function sortByPersonality(
  { administrations }: Answered,
  positions: readonly number[],
): readonly number[] {
  return positions.toSorted(
    (a, b) => administrations[a]!.personalityId! - administrations[b]!.personalityId! || a - b,
  );
}

function describeScores(
  { items, ...points }: PointTable & Pick<StudyQuestionnaire, 'items'>,
  model: string,
  population: string | null,
  positions: readonly number[],
): readonly TraitScoreRow[] {
  return BIGFIVE.scales.flatMap((scale) => {
    const columns = columnsOf(items, scale);
    const scores = positions.flatMap((position) => averagePoints(points, position, columns) ?? []);
    const mean = orNull(compensatedMean(scores));
    return mean === null
      ? []
      : [
          {
            model,
            population,
            scale,
            n: scores.length,
            mean,
            sd: orNull(standardDeviation(scores)),
          },
        ];
  });
}
