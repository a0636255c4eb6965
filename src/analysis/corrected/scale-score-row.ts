/** What the rows of Table 4 share, of whichever kind they are. */
import type { ScoreRange } from '../../statistics/agreement.ts';
import { standardDeviation, summarise } from '../../statistics/describe.ts';
import type { Interval } from '../../statistics/interval.ts';
import { isAvailable, type NotAvailable } from '../../statistics/not-available.ts';
import { clopperPearsonInterval } from '../../statistics/proportions.ts';
import { shareOf, spanShare } from '../../statistics/shares.ts';
import type { StudyQuestionnaire } from '../data.ts';
import { columnsOfScale, rangeOfScores, scaleOf } from '../scores.ts';
import type { BoundOrigin } from './bounds.ts';
import type { AdministrationScores, AnsweredCell } from './cells.ts';
import { type Adjusted, NOT_ADJUSTED, type Reasons } from './rows.ts';

export type ScaleScoreRow = Adjusted & {
  readonly instrument: string;
  readonly model: string;
  /** Null for sheets. */
  readonly population: string | null;
  readonly scale: string;
  /** What the row is about. */
  readonly test: 'fidelity' | 'manipulation check' | 'baseline' | 'chance';
  /** Personalities: those with a sheet, or all for a manipulation check; sheets for a baseline. */
  readonly n: number;
  /** Administrations that a personality's score is the mean of, on average; 1 for sheets. */
  readonly m: number | null;
  /** Of one score a personality, the mean over draws and repeated administrations. */
  readonly mean: number | null;
  readonly sd: number | null;
  /** Of scores of one administration each, which vary more than means of m. */
  readonly sd_single: number | null;
  /**
   * Of the sheets of the same personalities; of the manipulated ones where the condition sets some
   * items of the scale, or all: then these all have the target.
   */
  readonly ref_mean: number | null;
  readonly ref_sd: number | null;
  /**
   * Mean minus that of the sheets, with Student's interval of the paired differences; where these
   * are all equal, with what so many persons leave open. For a manipulation check with a target at
   * an end of the scale the interval is that of a share: the distance to the target over the length
   * of the scale.
   */
  readonly diff: number | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  /**
   * Of the paired differences, for fidelity; the limits are those of Bland & Altman, between which
   * 95 % of them lie if they are normal.
   */
  readonly diff_sd: number | null;
  readonly limits_low: number | null;
  readonly limits_high: number | null;
  /** The same of one administration each, with the outer ends of the limits' intervals. */
  readonly diff_sd_single: number | null;
  readonly limits_single_low: number | null;
  readonly limits_single_high: number | null;
  readonly limits_single_ci_low: number | null;
  readonly limits_single_ci_high: number | null;
  /** Paired t test of the difference, for fidelity. */
  readonly t: number | null;
  readonly df: number | null;
  readonly p: number | null;
  /** Difference over the standard deviation of the differences. */
  readonly d_z: number | null;
  readonly d_z_ci_low: number | null;
  readonly d_z_ci_high: number | null;
  /** Difference over the average of both standard deviations. */
  readonly d_av: number | null;
  readonly d_av_ci_low: number | null;
  readonly d_av_ci_high: number | null;
  /**
   * Two one-sided tests that the mean difference lies within ± bound, with a p that is not smaller
   * than so many persons can give; the interval is that of 90 %. The bound in points, and in
   * standard deviations of the sheets' scores.
   */
  readonly equivalence_bound: number | null;
  readonly equivalence_bound_sd: number | null;
  readonly equivalence_bound_origin: BoundOrigin | null;
  readonly equivalence_bound_reason: string | null;
  readonly equivalence_ci_low: number | null;
  readonly equivalence_ci_high: number | null;
  readonly p_equivalence: number | null;
  readonly p_equivalence_adjusted: number | null;
  readonly equivalence_family: string | null;
  readonly equivalence_family_size: number | null;
  /** Whether the adjusted p is below .05: a statement about the mean, not about persons. */
  readonly mean_equivalent: boolean | null;
  /** ICC(A,1) of sheet and persona, with a distribution-free interval. */
  readonly icc: number | null;
  readonly icc_ci_low: number | null;
  readonly icc_ci_high: number | null;
  /** That of a single administration. */
  readonly icc_single: number | null;
  readonly icc_single_ci_low: number | null;
  readonly icc_single_ci_high: number | null;
  /** Largest distance of one administration from the sheet, as `equivalence_bound`. */
  readonly person_bound: number | null;
  readonly person_bound_sd: number | null;
  readonly person_bound_origin: BoundOrigin | null;
  readonly person_bound_reason: string | null;
  /** Share of personalities that must be within it. */
  readonly person_share: number | null;
  /** Share of personalities that are, in one administration each. */
  readonly share_within: number | null;
  readonly share_within_ci_low: number | null;
  readonly share_within_ci_high: number | null;
  /** Whether the personas are like their sheets: see `judge` in fidelity.ts. */
  readonly persons: PersonVerdict | null;
  /** The score that the condition drives the scale to. */
  readonly target: number | null;
  /** Share of answers at the target: the mean of the personalities' shares. */
  readonly share_at_target: number | null;
  readonly share_ci_low: number | null;
  readonly share_ci_high: number | null;
  readonly share_interval: 'Clopper-Pearson' | 'cluster-robust logit' | null;
  /** Administrations that the scores are means of. */
  readonly n_administrations: number | null;
  readonly n_incomplete: number | null;
  /** Personalities that answered and have no complete sheet. */
  readonly n_without_sheet: number | null;
  readonly reason: string | null;
};

export type PersonVerdict = 'agrees' | 'does not agree' | 'undecided';

export const EMPTY = {
  m: null,
  mean: null,
  sd: null,
  sd_single: null,
  ref_mean: null,
  ref_sd: null,
  diff: null,
  ci_low: null,
  ci_high: null,
  diff_sd: null,
  limits_low: null,
  limits_high: null,
  diff_sd_single: null,
  limits_single_low: null,
  limits_single_high: null,
  limits_single_ci_low: null,
  limits_single_ci_high: null,
  t: null,
  df: null,
  p: null,
  ...NOT_ADJUSTED,
  d_z: null,
  d_z_ci_low: null,
  d_z_ci_high: null,
  d_av: null,
  d_av_ci_low: null,
  d_av_ci_high: null,
  equivalence_bound: null,
  equivalence_bound_sd: null,
  equivalence_bound_origin: null,
  equivalence_bound_reason: null,
  equivalence_ci_low: null,
  equivalence_ci_high: null,
  p_equivalence: null,
  p_equivalence_adjusted: null,
  equivalence_family: null,
  equivalence_family_size: null,
  mean_equivalent: null,
  icc: null,
  icc_ci_low: null,
  icc_ci_high: null,
  icc_single: null,
  icc_single_ci_low: null,
  icc_single_ci_high: null,
  person_bound: null,
  person_bound_sd: null,
  person_bound_origin: null,
  person_bound_reason: null,
  person_share: null,
  share_within: null,
  share_within_ci_low: null,
  share_within_ci_high: null,
  persons: null,
  target: null,
  share_at_target: null,
  share_ci_low: null,
  share_ci_high: null,
  share_interval: null,
} satisfies Partial<ScaleScoreRow>;

/**
 * Of the scores that a scale can have; where the schema does not tell, of those that were seen.
 * @param seen at least one
 */
export function scoreRange(
  questionnaire: StudyQuestionnaire,
  id: string,
  seen: Float64Array,
): ScoreRange {
  const scale = scaleOf(questionnaire, id);
  const weights = columnsOfScale(questionnaire, scale).map(({ weight }) => Math.abs(weight));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const least = scale.score === 'count' ? 1 : Math.min(...weights);
  const step = scale.score === 'mean' ? least / whole : least;
  const range = rangeOfScores(questionnaire, scale);
  if (range !== null) return { min: range.low, max: range.high, step };
  const [min, max] = seen.reduce(
    ([low, high], score) => [Math.min(low, score), Math.max(high, score)],
    [seen[0]!, seen[0]!],
  );
  return { min, max: Math.max(max, min + step), step };
}

export const lengthOf = ({ min, max }: ScoreRange) => max - min;

export function identify(cell: AnsweredCell, scale: string) {
  return {
    instrument: cell.answered.questionnaire.label,
    model: cell.model.label,
    population: cell.label,
    scale,
  };
}

export function countLeftOut(
  { clusterIds, incomplete }: Pick<AdministrationScores, 'clusterIds' | 'incomplete'>,
  withoutSheet: number | null,
) {
  return {
    n_administrations: clusterIds.length,
    n_incomplete: incomplete,
    n_without_sheet: withoutSheet,
  };
}

/** Of at least one person. */
export function describeScores(
  { persona, within }: { readonly persona: Float64Array; readonly within: Float64Array },
  reasons: Reasons,
): { readonly mean: number; readonly sd: number | null; readonly sd_single: number | null } {
  const sd = reasons.take(standardDeviation(persona));
  const single = sd === null ? null : Math.sqrt(sd * sd + summarise(within).mean);
  return { mean: summarise(persona).mean, sd, sd_single: single };
}

type ShareInterval = Interval & { readonly method: NonNullable<ScaleScoreRow['share_interval']> };

/**
 * Of one share a personality: exact where each is 0 or 1, on log odds elsewhere.
 */
export function spanMean(shares: Float64Array): ShareInterval | NotAvailable {
  if (shares.every((share) => share === 0 || share === 1)) {
    const exact = clopperPearsonInterval({
      successes: shares.filter((share) => share === 1).length,
      n: shares.length,
    });
    return isAvailable(exact) ? { ...exact, method: 'Clopper-Pearson' } : exact;
  }
  const share = shareOf({ hits: shares, sizes: new Uint8Array(shares.length).fill(1) });
  const span = isAvailable(share) ? spanShare(share, 'Clopper-Pearson') : share;
  return isAvailable(span) ? { ...span, method: 'cluster-robust logit' } : span;
}
