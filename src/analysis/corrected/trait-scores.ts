/** Table A4: scores on every instrument that no sheet was filled in for. */
import type { ScoreRule } from '../../instruments/structure.ts';
import { spanBoundedMean } from '../../statistics/bounded-mean.ts';
import { notAvailable } from '../../statistics/not-available.ts';
import { spanSdRatio } from '../../statistics/sd-ratio.ts';
import type { StudyData, StudyQuestionnaire, StudyScale } from '../data.ts';
import { REFERENCE_ROW } from '../table.ts';
import {
  type AnsweredCell,
  explainEmpty,
  isOfSheets,
  listCells,
  readScores,
  scoreClusters,
} from './cells.ts';
import { Reasons } from './rows.ts';
import { describeScores, scoreRange } from './scale-score-row.ts';

export type TraitScoreRow = {
  readonly instrument: string;
  readonly model: string;
  /** Null for the reference population. */
  readonly population: string | null;
  readonly scale: string;
  /** Personalities. */
  readonly n: number;
  /** Administrations that a personality's score is the mean of, on average. */
  readonly m: number | null;
  /**
   * Of one score a personality, the mean over draws and repeated administrations, with Student's
   * interval; near an end of the scale, on log odds (`spanBoundedMean`).
   */
  readonly mean: number | null;
  readonly sd: number | null;
  /** Of scores of one administration each, which vary more than means of m. */
  readonly sd_single: number | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  /** How a score comes from the points of its items. */
  readonly scoring: ScoreRule;
  /** Mean minus that of the norm, in points, and in standard deviations of the norm. */
  readonly norm_diff: number | null;
  readonly norm_d: number | null;
  readonly norm_mean: number | null;
  readonly norm_sd: number | null;
  /** SD of scores of one administration each by that of the norm; robust interval (Bonett 2006). */
  readonly norm_sd_ratio: number | null;
  readonly norm_sd_ratio_ci_low: number | null;
  readonly norm_sd_ratio_ci_high: number | null;
  /** Whose norm it is, and where it stands; null for a scale without a norm of mean and SD. */
  readonly norm_group: string | null;
  readonly norm_source: string | null;
  readonly n_administrations: number;
  /** Administrations that succeeded and have no score. */
  readonly n_incomplete: number;
  /** Who answered as the reference population; null elsewhere. */
  readonly answered_by: string | null;
  readonly reason: string | null;
};

/** The answers as the reference population come last, instrument by instrument. */
export function tabulateTraitScores(study: StudyData): readonly TraitScoreRow[] {
  return study.answered
    .filter(({ questionnaire }) => !isOfSheets(study, questionnaire))
    .flatMap((one) => {
      const cells = listCells(one, 'A4');
      const references = cells.filter(({ population }) => population.isReference);
      const others = cells.filter(({ population }) => !population.isReference);
      return [...others, ...references].flatMap((cell) =>
        one.questionnaire.scales.map((scale) => describeScale(cell, scale)),
      );
    });
}

function describeScale(cell: AnsweredCell, scale: StudyScale): TraitScoreRow {
  const reasons = new Reasons();
  const { questionnaire } = cell.answered;
  const administrations = readScores(cell, scale.id);
  const { scores, within } = scoreClusters(administrations);
  const n = scores.length;
  if (n === 0) reasons.add(explainEmpty(cell));
  const own = n === 0 ? null : describeScores({ persona: scores, within }, reasons);
  const mean = own?.mean ?? null;
  const interval =
    n === 0
      ? null
      : reasons.take(spanBoundedMean(scores, scoreRange(questionnaire, scale.id, scores)));
  return {
    instrument: questionnaire.label,
    ...(cell.population.isReference
      ? { model: REFERENCE_ROW, population: null, answered_by: cell.model.label }
      : { model: cell.model.label, population: cell.label, answered_by: null }),
    scale: scale.id,
    n,
    m: n === 0 ? null : administrations.clusterIds.length / n,
    mean,
    sd: own?.sd ?? null,
    sd_single: own?.sd_single ?? null,
    ci_low: interval?.low ?? null,
    ci_high: interval?.high ?? null,
    scoring: scale.score,
    ...compareWithNorm(
      questionnaire,
      scale,
      {
        mean,
        sd: own?.sd_single ?? own?.sd ?? null,
        scores,
        areSingle: administrations.clusterIds.length === n,
      },
      reasons,
    ),
    n_administrations: administrations.clusterIds.length,
    n_incomplete: administrations.incomplete,
    reason: reasons.toCell(),
  };
}

/** Scores of one scale, as far as a norm is compared with them. */
interface Described {
  readonly mean: number | null;
  /** Of one administration each. */
  readonly sd: number | null;
  readonly scores: Float64Array;
  /** Whether no score is a mean of several administrations. */
  readonly areSingle: boolean;
}

/** With the first norm of the scale that has a mean and a standard deviation. */
function compareWithNorm(
  { norms }: StudyQuestionnaire,
  { id }: StudyScale,
  { mean, sd, scores, areSingle }: Described,
  reasons: Reasons,
) {
  const norm = norms.find(
    ({ scale, sd, ...one }) => scale === id && one.mean !== null && sd !== null,
  );
  const diff = norm === undefined || mean === null ? null : mean - norm.mean!;
  const compareSpread = () => {
    const none = { norm_sd_ratio: null, norm_sd_ratio_ci_low: null, norm_sd_ratio_ci_high: null };
    if (norm === undefined || sd === null || !(norm.sd! > 0)) return none;
    const span = reasons.take(
      areSingle
        ? spanSdRatio(scores, { sd: norm.sd!, n: norm.n })
        : notAvailable('scores are means of several administrations'),
      'interval of the ratio of SDs',
    );
    return {
      norm_sd_ratio: sd / norm.sd!,
      norm_sd_ratio_ci_low: span?.low ?? null,
      norm_sd_ratio_ci_high: span?.high ?? null,
    };
  };
  return {
    norm_diff: diff,
    norm_d: diff === null || !(norm!.sd! > 0) ? null : diff / norm!.sd!,
    norm_mean: norm?.mean ?? null,
    norm_sd: norm?.sd ?? null,
    ...compareSpread(),
    norm_group: norm?.group ?? null,
    norm_source: norm?.source ?? null,
  };
}
