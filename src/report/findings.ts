/**
 * What a study found, in sentences: first whether it is finished, then what was planned, what else
 * its tables show, and how many administrations that rests on.
 */
import { sayRobustness } from '../analysis/corrected/contrasts/robustness.ts';
import type { GeneralizabilityRow } from '../analysis/corrected/variance-components.ts';
import { formatCount } from '../numbers.ts';
import type { Analysis } from './analysis.ts';
import { summariseContrasts } from './contrast-summary.ts';
import { flowOf, sayFlow, sayInterim } from './flow.ts';
import { sayLeftOut } from './left-out.ts';
import { primaryAnalyses } from './primary.ts';
import { summariseScores } from './summary.ts';
import { meanContrasts } from './tables/families/mean-contrasts.ts';
import { robustness } from './tables/families/robustness.ts';
import { scaleScores } from './tables/families/scale-scores.ts';
import { generalizability } from './tables/families/variance-components.ts';
import { formatNumber } from './tables/format.ts';
import { rowsOf } from './tables/tables.ts';

/** @returns a sentence or two each */
export function sayFindings(analysis: Analysis): readonly string[] {
  const { corrected, quality, study } = analysis;
  const { sentences } = summariseScores(rowsOf(corrected, scaleScores.corrected));
  const flow = flowOf(quality.administrations);
  const interim = sayInterim(flow);
  const robust = sayRobustness(rowsOf(corrected, robustness.corrected));
  return [
    ...(interim === null ? [] : [interim]),
    ...primaryAnalyses(analysis).map(({ words }) => words),
    ...sentences,
    ...summariseContrasts(rowsOf(corrected, meanContrasts.corrected)),
    ...(robust === null ? [] : [robust]),
    ...sayRetest(rowsOf(corrected, generalizability.corrected)),
    sayFlow(flow),
    ...sayLeftOut(study),
  ];
}

/** How well scores repeat, where personas were asked again in the same way. */
function sayRetest(
  rows: readonly Pick<
    GeneralizabilityRow,
    'instrument' | 'model' | 'population' | 'scale' | 'icc_administrations'
  >[],
): readonly string[] {
  const known = rows.filter(({ icc_administrations: icc }) => icc !== null);
  if (known.length === 0) return [];
  const sorted = known.toSorted((a, b) => a.icc_administrations! - b.icc_administrations!);
  const [low, high] = [sorted[0]!, sorted.at(-1)!];
  const write = ({ icc_administrations: icc }: typeof low) => formatNumber(icc!, 2);
  const where = ({ scale, model, population }: typeof low) => `${scale}, ${model}, ${population}`;
  return [
    known.length === 1
      ? `Two administrations of the same persona correlate by ${write(low)} (ICC; ${where(low)}; Table R1G).`
      : `Two administrations of the same persona correlate by ${write(low)} (${where(low)}) to ${write(high)} (${where(high)}): retest correlations (ICC) of ${formatCount(known.length)} scores, in Table R1G.`,
  ];
}
