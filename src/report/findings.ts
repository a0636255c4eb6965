/**
 * What a study found, in sentences: first what was planned, then what else its tables show, at last
 * how many administrations that rests on.
 */
import { sayRobustness } from '../analysis/corrected/contrasts/robustness.ts';
import type { Analysis } from './analysis.ts';
import { summariseContrasts } from './contrast-summary.ts';
import { flowOf, sayFlow } from './flow.ts';
import { primaryAnalyses } from './primary.ts';
import { summariseScores } from './summary.ts';
import { meanContrasts } from './tables/families/mean-contrasts.ts';
import { robustness } from './tables/families/robustness.ts';
import { scaleScores } from './tables/families/scale-scores.ts';
import { rowsOf } from './tables/tables.ts';

/** @returns a sentence or two each */
export function sayFindings(analysis: Analysis): readonly string[] {
  const { corrected, quality } = analysis;
  const { sentences } = summariseScores(rowsOf(corrected, scaleScores.corrected));
  const robust = sayRobustness(rowsOf(corrected, robustness.corrected));
  return [
    ...primaryAnalyses(analysis).map(({ words }) => words),
    ...sentences,
    ...summariseContrasts(rowsOf(corrected, meanContrasts.corrected)),
    ...(robust === null ? [] : [robust]),
    sayFlow(flowOf(quality.administrations)),
  ];
}
