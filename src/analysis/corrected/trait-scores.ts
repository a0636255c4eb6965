/** Table A4: scores on every instrument that no sheet was filled in for. */
import { nameForm } from '../../instruments/form.ts';
import { standardDeviation, summarise } from '../../statistics/describe.ts';
import { testMean } from '../../statistics/t-tests.ts';
import type { StudyData } from '../data.ts';
import { REFERENCE_ROW } from '../table.ts';
import {
  type AnsweredCell,
  explainEmpty,
  isSheetInstrument,
  listCells,
  readScale,
  scoreClusters,
} from './cells.ts';
import { Reasons } from './rows.ts';

export type TraitScoreRow = {
  readonly instrument: string;
  readonly model: string;
  /** Null for the reference population. */
  readonly population: string | null;
  readonly scale: string;
  /** Personalities. */
  readonly n: number;
  /**
   * Of one score a personality, the mean over draws and repeated administrations, with Student's
   * interval.
   */
  readonly mean: number | null;
  readonly sd: number | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  /** How a score comes from the points of its items. */
  readonly scoring: 'sum' | 'mean';
  readonly n_administrations: number;
  readonly n_incomplete: number;
  /** Who answered as the reference population; null elsewhere. */
  readonly answered_by: string | null;
  readonly reason: string | null;
};

/** The answers as the reference population come last, instrument by instrument. */
export function tabulateTraitScores({ answered }: StudyData): readonly TraitScoreRow[] {
  return answered
    .filter(({ questionnaire }) => !isSheetInstrument(questionnaire))
    .flatMap((one) => {
      const cells = listCells(one, 'A4');
      const references = cells.filter(({ population }) => population.isReference);
      const others = cells.filter(({ population }) => !population.isReference);
      return [...others, ...references].flatMap((cell) =>
        one.questionnaire.scales.map((scale) => describeScale(cell, scale)),
      );
    });
}

function describeScale(cell: AnsweredCell, scale: string): TraitScoreRow {
  const reasons = new Reasons();
  const { questionnaire } = cell.answered;
  const points = readScale(cell, scale);
  const { scores } = scoreClusters(points, questionnaire.scoring);
  const n = scores.length;
  if (n === 0) reasons.add(explainEmpty(cell));
  const sd = n === 0 ? null : reasons.take(standardDeviation(scores));
  const interval = n === 0 ? undefined : reasons.take(testMean(scores))?.interval;
  return {
    instrument: nameForm(questionnaire),
    ...(cell.population.isReference
      ? { model: REFERENCE_ROW, population: null, answered_by: cell.model.label }
      : { model: cell.model.label, population: cell.label, answered_by: null }),
    scale,
    n,
    mean: n === 0 ? null : summarise(scores).mean,
    sd,
    ci_low: interval?.low ?? null,
    ci_high: interval?.high ?? null,
    scoring: questionnaire.scoring,
    n_administrations: points.clusterIds.length,
    n_incomplete: points.incomplete,
    reason: reasons.toCell(),
  };
}
