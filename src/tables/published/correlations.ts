/** Table 5: Pearson correlations of the EPQR-A with the BFI scale scores of the same personality and model, Base only. */
import { correlate } from '../../statistics/correlation.ts';
import { compensatedMean } from '../../statistics/describe.ts';
import { isAvailable } from '../../statistics/not-available.ts';
import { BASE } from '../models.ts';
import type { Answered, Study } from '../study.ts';
import { BIGFIVE, columnsOf, EPQRA, findAnswered, listCells, pointsOf, sumPoints } from './answers.ts';
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

/** The mean score of each personality over its experiments. */
type Scores = ReadonlyMap<number, number>;

/** One model's scores, by scale; scales of which nothing was answered are left out. */
interface ModelScores {
  /** Everybody with an answer to the questionnaire, on whatever scale. */
  readonly personalities: ReadonlySet<number>;
  readonly scales: ReadonlyMap<string, Scores>;
}

export function tabulateCorrelations(study: Study): readonly CorrelationRow[] {
  const epqra = scoreModels(findAnswered(study, EPQRA), EPQRA.scales);
  const bigfive = scoreModels(findAnswered(study, BIGFIVE), BIGFIVE.scales);
  return [...epqra].flatMap(([model, first]) => {
    const second = bigfive.get(model);
    if (second === undefined || countCommon(first.personalities, second.personalities) < FEWEST_PAIRS) return [];
    return [...first.scales].flatMap(([epqraScale, rows]) =>
      [...second.scales].map(([bigfiveScale, columns]) => ({
        model,
        epqra_scale: epqraScale,
        bigfive_scale: bigfiveScale,
        ...correlateScores(rows, columns),
      })),
    );
  });
}

/**
 * The answers of the reference population are shown as Base too: where a model gave both, its scores are the mean of what
 * its persona and the sheet itself answered. A flaw of the published table, kept here.
 */
function scoreModels(answered: Answered | null, scales: readonly string[]): ReadonlyMap<string, ModelScores> {
  if (answered === null) return new Map();
  const points = pointsOf(answered);
  const isNamed = ({ personalityId }: { readonly personalityId: number | null }) => personalityId !== null;
  const cells = listCells(answered, '5', (one) => one.population.display === BASE && isNamed(one));
  return new Map(
    cells.map(({ model, positions }) => {
      const found = new Map<string, Scores>();
      const personalities = new Set<number>();
      for (const scale of scales) {
        const columns = columnsOf(answered.questionnaire.items, scale);
        const scores = new Map<number, number[]>();
        for (const position of positions) {
          const personality = answered.administrations[position]!.personalityId!;
          personalities.add(personality);
          const score = sumPoints(points, position, columns);
          if (score === null) continue;
          const before = scores.get(personality);
          if (before === undefined) scores.set(personality, [score]);
          else before.push(score);
        }
        if (scores.size > 0) found.set(scale, new Map([...scores].map(([id, values]) => [id, orNull(compensatedMean(values))!])));
      }
      return [model, { personalities, scales: found }];
    }),
  );
}

function countCommon(first: ReadonlySet<number>, second: ReadonlySet<number>): number {
  let common = 0;
  for (const one of first) if (second.has(one)) common++;
  return common;
}

function correlateScores(first: Scores, second: Scores): { n: number; r: number | null; p: number | null } {
  const a: number[] = [];
  const b: number[] = [];
  for (const [personality, score] of first) {
    const other = second.get(personality);
    if (other === undefined) continue;
    a.push(score);
    b.push(other);
  }
  const n = a.length;
  if (n < FEWEST_PAIRS) return { n, r: null, p: null };
  const correlation = correlate(a, b);
  return isAvailable(correlation) ? { n, r: correlation.r, p: correlation.p } : { n, r: null, p: null };
}
