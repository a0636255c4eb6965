/** What a study found, in sentences: first what was planned, then what else its tables show. */
import type { Analysis } from './analysis.ts';
import { flowOf, sayFlow } from './flow.ts';
import { primaryAnalyses } from './primary.ts';
import { summariseScores } from './summary.ts';
import { scaleScores } from './tables/families/scale-scores.ts';
import { rowsOf } from './tables/tables.ts';

/** @returns a sentence or two each; the first says how many administrations there are */
export function sayFindings(analysis: Analysis): readonly string[] {
  const { corrected, quality } = analysis;
  const { sentences } = summariseScores(rowsOf(corrected, scaleScores.corrected));
  return [
    sayFlow(flowOf(quality.administrations)),
    ...primaryAnalyses(analysis).map(({ words }) => words),
    ...sentences,
  ];
}
