/**
 * Table 5: Pearson correlations of the EPQR-A with the BFI scale scores of the same personality and
 * model, Base only.
 */
import { correlate } from '../../statistics/correlation.ts';
import { compensatedMean } from '../../statistics/describe.ts';
import { isAvailable } from '../../statistics/not-available.ts';
import type { Answered, StudyData, StudyModel } from '../data.ts';
import { BASE } from '../models.ts';
import {
  BIGFIVE,
  columnsOf,
  EPQRA,
  findAnswered,
  listCells,
  type PointTable,
  publishedPoints,
  sumPoints,
} from './answers.ts';
import { orNull } from './values.ts';

export type CorrelationRow = {
  readonly model: string;
  readonly epqra_scale: string;
  readonly bigfive_scale: string;
  /** Personalities with both scores. */
  readonly n: number;
  /** Null below 5 pairs and where one of the scores does not vary. */
  readonly r: number | null;
  readonly p: number | null;
};

/** Below this many personalities nothing is correlated. */
export const FEWEST_PAIRS = 5;

/** One model's scores on one questionnaire. */
interface ModelScores {
  readonly model: StudyModel;
  /**
   * Everybody with an answer to the questionnaire, on whatever scale, with a place in the scores.
   */
  readonly places: ReadonlyMap<number, number>;
  /**
   * By scale, the mean over a personality's experiments; NaN where there is none. Scales without
   * any score are left out.
   */
  readonly scales: ReadonlyMap<string, Float64Array>;
}

export function tabulateCorrelations(study: StudyData): readonly CorrelationRow[] {
  const epqra = scoreModels(findAnswered(study, EPQRA), EPQRA.scales);
  const bigfive = scoreModels(findAnswered(study, BIGFIVE), BIGFIVE.scales);
  return [...epqra].flatMap(([key, first]) => {
    const second = bigfive.get(key);
    if (second === undefined) return [];
    const common = [...first.places].flatMap(([personality, place]) => {
      const other = second.places.get(personality);
      return other === undefined ? [] : [[place, other] as const];
    });
    if (common.length < FEWEST_PAIRS) return [];
    return [...first.scales].flatMap(([epqraScale, rows]) =>
      [...second.scales].map(([bigfiveScale, columns]) => ({
        model: first.model.label,
        epqra_scale: epqraScale,
        bigfive_scale: bigfiveScale,
        ...correlateScores(rows, columns, common),
      })),
    );
  });
}

/**
 * The answers of the reference population are shown as Base too: where a model gave both, its
 * scores are the mean of what its persona and the sheet itself answered. A flaw of the published
 * table, kept here.
 */
function scoreModels(
  answered: Answered | null,
  scales: readonly string[],
): ReadonlyMap<string, ModelScores> {
  if (answered === null) return new Map();
  const cells = listCells(
    answered,
    '5',
    ({ population, personalityId }) => population.condition === BASE && personalityId !== null,
  );
  const points = publishedPoints(answered);
  return new Map(
    cells.map(({ model, positions }) => [
      model.key,
      { model, ...scorePersonalities(answered, points, positions, scales) },
    ]),
  );
}

function scorePersonalities(
  answered: Answered,
  points: PointTable,
  positions: readonly number[],
  scales: readonly string[],
): Omit<ModelScores, 'model'> {
  const experiments = new Map<number, number[]>();
  for (const position of positions) {
    const personality = answered.administrations[position]!.personalityId!;
    const before = experiments.get(personality);
    if (before === undefined) experiments.set(personality, [position]);
    else before.push(position);
  }
  const found = new Map<string, Float64Array>();
  for (const scale of scales) {
    const columns = columnsOf(answered.questionnaire.items, scale);
    const scores = Float64Array.from(experiments.values(), (own) => {
      const sums = own.flatMap((position) => sumPoints(points, position, columns) ?? []);
      return orNull(compensatedMean(sums)) ?? Number.NaN;
    });
    if (scores.some((score) => !Number.isNaN(score))) found.set(scale, scores);
  }
  return {
    places: new Map([...experiments.keys()].map((personality, place) => [personality, place])),
    scales: found,
  };
}

function correlateScores(
  first: Float64Array,
  second: Float64Array,
  common: readonly (readonly [number, number])[],
): Pick<CorrelationRow, 'n' | 'r' | 'p'> {
  const pairs = common.filter(([a, b]) => !Number.isNaN(first[a]!) && !Number.isNaN(second[b]!));
  const n = pairs.length;
  if (n < FEWEST_PAIRS) return { n, r: null, p: null };
  const correlation = correlate(
    Float64Array.from(pairs, ([a]) => first[a]!),
    Float64Array.from(pairs, ([, b]) => second[b]!),
  );
  return isAvailable(correlation)
    ? { n, r: correlation.r, p: correlation.p }
    : { n, r: null, p: null };
}
