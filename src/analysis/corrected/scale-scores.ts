/**
 * Table 4: scale scores of personas beside those of the sheets they were written from. Whether a
 * scale that no condition touches came through (fidelity), and whether a driven scale arrived at
 * its end (manipulation check).
 */

import type { Condition } from '../../personas/sheets/conditions.ts';
import { intraclassCorrelation, limitsOfAgreement } from '../../statistics/agreement.ts';
import { standardDeviation, summarise } from '../../statistics/describe.ts';
import { cohenDav, cohenDz } from '../../statistics/effect-sizes.ts';
import type { Interval } from '../../statistics/interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../statistics/not-available.ts';
import { clopperPearsonInterval } from '../../statistics/proportions.ts';
import { testMean, testPairedEquivalence, testPairedMeans } from '../../statistics/t-tests.ts';
import type { Sheets, StudyData } from '../data.ts';
import { columnsOfScale, scaleOf } from '../scores.ts';
import { RANDOM_ROW, REFERENCE_ROW } from '../table.ts';
import {
  type AdministrationScores,
  type AnsweredCell,
  type ClusterScores,
  clusterStarts,
  explainEmpty,
  isOfSheets,
  listCells,
  readScale,
  readScores,
  type ScaleItemScores,
  scoreClusters,
} from './cells.ts';
import { type Adjusted, adjust, adjustRows, NOT_ADJUSTED, Reasons } from './rows.ts';
import {
  drivenPart,
  haveSameItems,
  manipulateSheets,
  readSheetScores,
  type SheetScores,
  scalesOf,
  targetOf,
} from './sheets.ts';

export type ScaleScoreRow = Adjusted & {
  readonly instrument: string;
  readonly model: string;
  /** Null for sheets. */
  readonly population: string | null;
  readonly scale: string;
  /** What the row is about. */
  readonly test: 'fidelity' | 'manipulation check' | 'baseline';
  /** Personalities: those with a sheet, or all for a manipulation check; sheets for a baseline. */
  readonly n: number;
  /** Of one score a personality, the mean over draws and repeated administrations. */
  readonly mean: number | null;
  readonly sd: number | null;
  /**
   * Of the sheets of the same personalities; of the manipulated ones where the condition sets some
   * items of the scale, or all: then these all have the target.
   */
  readonly ref_mean: number | null;
  readonly ref_sd: number | null;
  /** Mean minus that of the sheets, with Student's interval of the paired differences. */
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
  /** Paired t test of the difference, for fidelity. */
  readonly t: number | null;
  readonly df: number | null;
  readonly p: number | null;
  /** Difference over the standard deviation of the differences. */
  readonly d_z: number | null;
  /** Difference over the average of both standard deviations. */
  readonly d_av: number | null;
  /**
   * Two one-sided tests that the mean difference lies within ± bound; the interval is that of 90 %.
   */
  readonly equivalence_bound: number | null;
  readonly equivalence_ci_low: number | null;
  readonly equivalence_ci_high: number | null;
  readonly p_equivalence: number | null;
  readonly p_equivalence_adjusted: number | null;
  readonly equivalence_family: string | null;
  readonly equivalence_family_size: number | null;
  /** Whether the adjusted p is below .05; true without a p where every difference is 0. */
  readonly equivalent: boolean | null;
  /** ICC(A,1) of sheet and persona. */
  readonly icc: number | null;
  readonly icc_ci_low: number | null;
  readonly icc_ci_high: number | null;
  /** The score that the condition drives the scale to. */
  readonly target: number | null;
  /** Share of answers at the target: the mean of the personalities' shares. */
  readonly share_at_target: number | null;
  readonly share_ci_low: number | null;
  readonly share_ci_high: number | null;
  readonly share_interval: 'Clopper-Pearson' | 'cluster t' | null;
  /** Administrations that the scores are means of. */
  readonly n_administrations: number | null;
  readonly n_incomplete: number | null;
  /** Personalities that answered and have no complete sheet. */
  readonly n_without_sheet: number | null;
  readonly reason: string | null;
};

const FAMILY = 'table 4: difference';
const EQUIVALENCE_FAMILY = 'table 4: equivalence';
const LEVEL_OF_TESTS = 0.05;
/** No variance, so no test; and yet nothing could be more equivalent. */
const SAME = 'every difference is 0, which is called equivalent without a test';

const EMPTY = {
  mean: null,
  sd: null,
  ref_mean: null,
  ref_sd: null,
  diff: null,
  ci_low: null,
  ci_high: null,
  diff_sd: null,
  limits_low: null,
  limits_high: null,
  t: null,
  df: null,
  p: null,
  ...NOT_ADJUSTED,
  d_z: null,
  d_av: null,
  equivalence_bound: null,
  equivalence_ci_low: null,
  equivalence_ci_high: null,
  p_equivalence: null,
  p_equivalence_adjusted: null,
  equivalence_family: null,
  equivalence_family_size: null,
  equivalent: null,
  icc: null,
  icc_ci_low: null,
  icc_ci_high: null,
  target: null,
  share_at_target: null,
  share_ci_low: null,
  share_ci_high: null,
  share_interval: null,
} satisfies Partial<ScaleScoreRow>;

/** @param equivalenceBound in points of the scale, positive */
export function tabulateScaleScores(
  study: StudyData,
  equivalenceBound: number,
): readonly ScaleScoreRow[] {
  const rows = study.answered
    .filter(({ questionnaire }) => isOfSheets(study, questionnaire))
    .flatMap((answered) => {
      const scales = answered.questionnaire.scales.map(({ id }) => id);
      const sheets = new Map(
        scales.map((scale) => [scale, readSheetScores(study.reference, scale, 'reference')]),
      );
      return listCells(answered, '4').flatMap((cell) =>
        scales.map((scale) => {
          const { condition } = cell;
          const part = drivenPart(answered.questionnaire, scale, condition);
          if (condition === null || part === 'none')
            return compareWithSheets(cell, scale, sheets.get(scale)!, equivalenceBound);
          if (part === 'all') return checkManipulation(cell, scale, condition);
          const manipulated = manipulateSheets(study.reference, condition);
          const scores = readSheetScores(manipulated, scale, 'reference');
          return compareWithSheets(cell, scale, scores, equivalenceBound);
        }),
      );
    });
  return [
    ...adjustEquivalence(adjustRows(rows, FAMILY)),
    ...describeSheets(study.reference, 'reference', REFERENCE_ROW),
    ...describeSheets(study.random, 'random', RANDOM_ROW),
  ];
}

function compareWithSheets(
  cell: AnsweredCell,
  scale: string,
  sheets: SheetScores | NotAvailable,
  bound: number,
): ScaleScoreRow {
  const reasons = new Reasons();
  const administrations = readScores(cell, scale);
  const all = scoreClusters(administrations);
  const pairs = pairWithSheets(all, scale, sheets, cell);
  const { persona, sheet } = reasons.take(pairs) ?? {
    persona: new Float64Array(),
    sheet: new Float64Array(),
  };
  const n = persona.length;
  const without = all.clusterIds.length - n;
  if (n === 0 && all.clusterIds.length === 0) reasons.add(explainEmpty(cell));
  else if (without > 0 && isAvailable(pairs))
    reasons.add(`${without} of ${all.clusterIds.length} personalities have no complete sheet`);
  const base = {
    ...identify(cell, scale),
    test: 'fidelity',
    n,
    ...EMPTY,
    ...countLeftOut(administrations, without),
  } as const;
  if (n === 0) return { ...base, reason: reasons.toCell() };
  const own = describe(persona, reasons);
  const other = describe(sheet, reasons);
  const isSame = n > 1 && persona.every((score, person) => score === sheet[person]);
  if (isSame) reasons.add(SAME);
  const limits = reasons.take(limitsOfAgreement(persona, sheet));
  const test = reasons.take(testPairedMeans(persona, sheet));
  const equivalence = reasons.take(testPairedEquivalence(persona, sheet, bound, LEVEL_OF_TESTS));
  const agreement = reasons.take(
    intraclassCorrelation(Array.from(persona, (score, person) => [sheet[person]!, score])),
    'ICC',
  );
  const span = agreement && reasons.take(agreement.interval, 'interval of the ICC');
  return {
    ...base,
    ...own,
    ref_mean: other.mean,
    ref_sd: other.sd,
    diff: own.mean - other.mean,
    ci_low: test?.interval.low ?? null,
    ci_high: test?.interval.high ?? null,
    diff_sd: limits?.sd ?? null,
    limits_low: limits?.lower.value ?? null,
    limits_high: limits?.upper.value ?? null,
    t: test?.t ?? null,
    df: test?.df ?? null,
    p: test?.p ?? null,
    d_z: reasons.take(cohenDz(persona, sheet)),
    d_av: reasons.take(cohenDav(persona, sheet), 'd_av'),
    equivalence_bound: bound,
    equivalence_ci_low: equivalence?.interval.low ?? null,
    equivalence_ci_high: equivalence?.interval.high ?? null,
    p_equivalence: equivalence?.p ?? null,
    equivalent: isSame ? true : null,
    icc: agreement?.icc ?? null,
    icc_ci_low: span?.low ?? null,
    icc_ci_high: span?.high ?? null,
    reason: reasons.toCell(),
  };
}

interface Pairs {
  readonly persona: Float64Array;
  readonly sheet: Float64Array;
}

function pairWithSheets(
  { clusterIds, scores }: ClusterScores,
  scale: string,
  sheets: SheetScores | NotAvailable,
  { answered: { questionnaire } }: AnsweredCell,
): Pairs | NotAvailable {
  if (!isAvailable(sheets)) return sheets;
  const rule = scaleOf(questionnaire, scale);
  const items = columnsOfScale(questionnaire, rule).map(
    ({ column }) => questionnaire.items[column]!.number,
  );
  if (!haveSameItems(items, sheets.items))
    return notAvailable('the sheets and the questionnaire have different items of this scale');
  const paired = [...clusterIds.keys()].filter((person) => sheets.rowOf.has(clusterIds[person]!));
  return {
    persona: Float64Array.from(paired, (person) => scores[person]!),
    sheet: Float64Array.from(
      paired,
      (person) => sheets.scores[sheets.rowOf.get(clusterIds[person]!)!]!,
    ),
  };
}

/**
 * There is no test of the difference: at an end of the scale every departure refutes "all are
 * there", and a mean below it says no more than the share does.
 */
function checkManipulation(cell: AnsweredCell, scale: string, condition: Condition): ScaleScoreRow {
  const reasons = new Reasons();
  const { questionnaire } = cell.answered;
  const points = readScale(cell, scale);
  const { scores } = scoreClusters(readScores(cell, scale));
  const n = scores.length;
  const base = {
    ...identify(cell, scale),
    test: 'manipulation check',
    n,
    ...EMPTY,
    ...countLeftOut(points, null),
  } as const;
  if (n === 0) return { ...base, reason: explainEmpty(cell) };
  const { score: target, points: targets } = targetOf(questionnaire, scale, condition);
  const own = describe(scores, reasons);
  const test = reasons.take(testMean(scores, target));
  const shares = shareAtTarget(points, targets);
  const span = reasons.take(spanShares(shares), 'interval of the share');
  reasons.add('a mean at the end of a scale is not tested; see the share');
  return {
    ...base,
    ...own,
    ref_mean: target,
    ref_sd: 0,
    diff: own.mean - target,
    ci_low: test?.interval === undefined ? null : test.interval.low - target,
    ci_high: test?.interval === undefined ? null : test.interval.high - target,
    target,
    share_at_target: summarise(shares).mean,
    share_ci_low: span?.low ?? null,
    share_ci_high: span?.high ?? null,
    share_interval: span?.method ?? null,
    reason: reasons.toCell(),
  };
}

/** Of each personality, the share of its administrations in which the items have these points. */
function shareAtTarget(
  { clusterIds, points, items }: ScaleItemScores,
  targets: readonly number[],
): Float64Array {
  const starts = clusterStarts(clusterIds);
  return Float64Array.from({ length: starts.length - 1 }, (_, person) => {
    const from = starts[person]!;
    const to = starts[person + 1]!;
    let hits = 0;
    for (let row = from; row < to; row++) {
      if (
        points
          .subarray(row * items.length, (row + 1) * items.length)
          .every((value, at) => value === targets[at])
      )
        hits++;
    }
    return hits / (to - from);
  });
}

type ShareInterval = Interval & { readonly method: 'Clopper-Pearson' | 'cluster t' };

/**
 * Exact where each personality is either at the target or not; Student's interval of the
 * personalities' shares elsewhere.
 */
function spanShares(shares: Float64Array): ShareInterval | NotAvailable {
  if (shares.every((share) => share === 0 || share === 1)) {
    const exact = clopperPearsonInterval({
      successes: shares.filter((share) => share === 1).length,
      n: shares.length,
    });
    return isAvailable(exact) ? { ...exact, method: 'Clopper-Pearson' } : exact;
  }
  const test = testMean(shares);
  if (!isAvailable(test)) return test;
  const { low, high, level } = test.interval;
  return { low: Math.max(0, low), high: Math.min(1, high), level, method: 'cluster t' };
}

function identify(cell: AnsweredCell, scale: string) {
  return {
    instrument: cell.answered.questionnaire.label,
    model: cell.model.label,
    population: cell.label,
    scale,
  };
}

function countLeftOut(
  { clusterIds, incomplete }: Pick<AdministrationScores, 'clusterIds' | 'incomplete'>,
  withoutSheet: number | null,
) {
  return {
    n_administrations: clusterIds.length,
    n_incomplete: incomplete,
    n_without_sheet: withoutSheet,
  };
}

/** Of at least one value. */
function describe(
  values: Float64Array,
  reasons: Reasons,
): { readonly mean: number; readonly sd: number | null } {
  return { mean: summarise(values).mean, sd: reasons.take(standardDeviation(values)) };
}

function describeSheets(
  sheets: Sheets,
  kind: 'reference' | 'random',
  model: string,
): readonly ScaleScoreRow[] {
  return scalesOf(sheets).map((scale) => {
    const reasons = new Reasons();
    const read = reasons.take(readSheetScores(sheets, scale, kind));
    const who = {
      instrument: sheets.questionnaire.label,
      model,
      population: null,
      scale,
      test: 'baseline',
    } as const;
    const counts = { n_administrations: null, n_incomplete: null, n_without_sheet: null };
    if (read === null) return { ...who, n: 0, ...EMPTY, ...counts, reason: reasons.toCell() };
    const own = describe(read.scores, reasons);
    reasons.add('sheets are what personas are compared with');
    return {
      ...who,
      n: read.personalityIds.length,
      ...EMPTY,
      ...own,
      ...counts,
      reason: reasons.toCell(),
    };
  });
}

/** Equivalence is another claim than difference, with a family of its own. */
function adjustEquivalence(rows: readonly ScaleScoreRow[]): readonly ScaleScoreRow[] {
  const adjusted = adjust(
    rows.map(({ p_equivalence }) => p_equivalence),
    EQUIVALENCE_FAMILY,
  );
  return rows.map((row, position) => {
    const { p_adjusted, family, family_size } = adjusted[position]!;
    return {
      ...row,
      p_equivalence_adjusted: p_adjusted,
      equivalence_family: family,
      equivalence_family_size: family_size,
      equivalent: p_adjusted === null ? row.equivalent : p_adjusted < LEVEL_OF_TESTS,
    };
  });
}
