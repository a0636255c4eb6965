/** What a study found, in sentences: first what was planned, then what else its tables show. */
import type { Analysis } from './analysis.ts';
import { flowOf, sayFlow } from './flow.ts';
import { summariseScores } from './summary.ts';
import { scaleScores } from './tables/families/scale-scores.ts';
import { rowsOf } from './tables/tables.ts';

/** @returns a sentence or two each; the first says how many administrations there are */
export function sayFindings({ corrected, quality }: Analysis): readonly string[] {
  const { sentences } = summariseScores(rowsOf(corrected, scaleScores.corrected));
  return [sayFlow(flowOf(quality.administrations)), ...sentences];
}
