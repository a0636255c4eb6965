/**
 * Table 4: scale scores of personas beside those of the sheets they were written from. Whether a
 * scale that no condition touches came through (fidelity), and whether a driven scale arrived at
 * its end (manipulation check).
 */

import { nameForm } from '../../instruments/form.ts';
import type { Condition } from '../../personas/sheets/conditions.ts';
import { SHEET_INSTRUMENT } from '../../personas/sheets/sheet.ts';
import {
  intraclassCorrelation,
  limitsOfAgreement,
  type ScoreRange,
} from '../../statistics/agreement.ts';
import { standardDeviation, summarise } from '../../statistics/describe.ts';
import { cohenDav, cohenDz } from '../../statistics/effect-sizes.ts';
import type { Interval } from '../../statistics/interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../statistics/not-available.ts';
import { clopperPearsonInterval } from '../../statistics/proportions.ts';
import { shareOf, spanShare } from '../../statistics/shares.ts';
import { testPairedEquivalence, testPairedMeans } from '../../statistics/t-tests.ts';
import { leastEquivalenceP, spanConstant } from '../../statistics/unseen.ts';
import type { Sheets, StudyData, StudyQuestionnaire } from '../data.ts';
import { RANDOM_ROW, REFERENCE_ROW } from '../table.ts';
import {
  type AnsweredCell,
  type ClusterScores,
  clusterStarts,
  explainEmpty,
  isSheetInstrument,
  listCells,
  readScale,
  type ScaleItemScores,
  scoreClusters,
} from './cells.ts';
import { type Adjusted, adjust, adjustRows, NOT_ADJUSTED, Reasons } from './rows.ts';
import {
  haveSameItems,
  keyedScore,
  readSheetScores,
  type SheetPoints,
  scalesOf,
  scoreSheets,
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
   * Of the sheets of the same personalities; for a manipulation check of the manipulated sheets,
   * which all have the target.
   */
  readonly ref_mean: number | null;
  readonly ref_sd: number | null;
  /**
   * Mean minus that of the sheets, with Student's interval of the paired differences; where these
   * are all equal, with what so many persons leave open. For a manipulation check the interval is
   * that of a share: the distance to the target over the length of the scale.
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
  /** Paired t test of the difference, for fidelity. */
  readonly t: number | null;
  readonly df: number | null;
  readonly p: number | null;
  /** Difference over the standard deviation of the differences. */
  readonly d_z: number | null;
  /** Difference over the average of both standard deviations. */
  readonly d_av: number | null;
  /**
   * Two one-sided tests that the mean difference lies within ± bound, with a p that is not smaller
   * than so many persons can give; the interval is that of 90 %.
   */
  readonly equivalence_bound: number | null;
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

const FAMILY = 'table 4: difference';
const EQUIVALENCE_FAMILY = 'table 4: equivalence';
const LEVEL_OF_TESTS = 0.05;

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
  mean_equivalent: null,
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
    .filter(({ questionnaire }) => isSheetInstrument(questionnaire))
    .flatMap((answered) => {
      const { scales } = answered.questionnaire;
      const sheets = new Map(
        scales.map((scale) => [scale, readSheetScores(study.reference, scale, 'reference')]),
      );
      return listCells(answered, '4').flatMap((cell) =>
        scales.map((scale) => {
          const direction = cell.condition?.manipulated[scale];
          return direction === undefined
            ? compareWithSheets(cell, scale, sheets.get(scale)!, equivalenceBound)
            : checkManipulation(cell, scale, direction);
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
  sheets: SheetPoints | NotAvailable,
  bound: number,
): ScaleScoreRow {
  const reasons = new Reasons();
  const points = readScale(cell, scale);
  const all = scoreClusters(points, cell.answered.questionnaire.scoring);
  const pairs = pairWithSheets(all, points.items, sheets, cell);
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
    ...countLeftOut(points, without),
  } as const;
  if (n === 0) return { ...base, reason: reasons.toCell() };
  const own = describe(persona, reasons);
  const other = describe(sheet, reasons);
  const range = rangeOf(cell.answered.questionnaire, points);
  const limits = reasons.take(limitsOfAgreement(persona, sheet));
  const test = reasons.take(testPairedMeans(persona, sheet));
  const span = test?.interval ?? spanEqual(persona, sheet, range);
  const equivalence = testMeans(persona, sheet, bound, range);
  const agreement = reasons.take(intraclassCorrelation(sheet, persona, range), 'ICC');
  const agreementSpan = agreement && reasons.take(agreement.interval, 'interval of the ICC');
  return {
    ...base,
    ...own,
    ref_mean: other.mean,
    ref_sd: other.sd,
    diff: own.mean - other.mean,
    ci_low: span?.low ?? null,
    ci_high: span?.high ?? null,
    diff_sd: limits?.sd ?? null,
    limits_low: limits?.lower.value ?? null,
    limits_high: limits?.upper.value ?? null,
    t: test?.t ?? null,
    df: test?.df ?? null,
    p: test?.p ?? null,
    d_z: reasons.take(cohenDz(persona, sheet)),
    d_av: reasons.take(cohenDav(persona, sheet), 'd_av'),
    equivalence_bound: bound,
    equivalence_ci_low: equivalence?.low ?? null,
    equivalence_ci_high: equivalence?.high ?? null,
    p_equivalence: equivalence?.p ?? null,
    icc: agreement?.icc ?? null,
    icc_ci_low: agreementSpan?.low ?? null,
    icc_ci_high: agreementSpan?.high ?? null,
    reason: reasons.toCell(),
  };
}

/** Of scores of items that count 1 for the keyed answer, else 0. */
function rangeOf({ scoring }: StudyQuestionnaire, { items }: ScaleItemScores): ScoreRange {
  return scoring === 'mean'
    ? { min: 0, max: 1, step: 1 / items.length }
    : { min: 0, max: items.length, step: 1 };
}

const lengthOf = ({ min, max }: ScoreRange) => max - min;

/**
 * The interval of differences that are all equal, as wide as they might be if a person who was not
 * seen departs from them as far as the scores of those who were seen lie apart, at least by one
 * item; null below 2 persons.
 */
function spanEqual(
  persona: Float64Array,
  sheet: Float64Array,
  { step }: ScoreRange,
  level?: number,
): Interval | null {
  if (persona.length < 2) return null;
  const seen = [...persona, ...sheet];
  const reach = Math.max(step, Math.max(...seen) - Math.min(...seen));
  const difference = persona[0]! - sheet[0]!;
  const range = { min: difference - reach, max: difference + reach };
  return spanConstant(difference, persona.length, range, level);
}

/** Whether the means are equivalent; null below 2 persons. */
function testMeans(
  persona: Float64Array,
  sheet: Float64Array,
  bound: number,
  range: ScoreRange,
): { readonly p: number; readonly low: number; readonly high: number } | null {
  const n = persona.length;
  const reach = lengthOf(range);
  const test = testPairedEquivalence(persona, sheet, bound, LEVEL_OF_TESTS);
  if (isAvailable(test)) {
    const { low, high } = test.interval;
    return { p: Math.max(test.p, leastEquivalenceP(n, bound, reach)), low, high };
  }
  const span = spanEqual(persona, sheet, range, 1 - 2 * LEVEL_OF_TESTS);
  if (span === null) return null;
  const p = leastEquivalenceP(n, bound, reach, persona[0]! - sheet[0]!);
  return { p, low: span.low, high: span.high };
}

interface Pairs {
  readonly persona: Float64Array;
  readonly sheet: Float64Array;
}

function pairWithSheets(
  { clusterIds, scores }: ClusterScores,
  items: readonly number[],
  sheets: SheetPoints | NotAvailable,
  { answered }: AnsweredCell,
): Pairs | NotAvailable {
  if (!isAvailable(sheets)) return sheets;
  if (!haveSameItems(items, sheets.items))
    return notAvailable('the sheets and the questionnaire have different items of this scale');
  const scored = scoreSheets(sheets, answered.questionnaire.scoring);
  const paired = [...clusterIds.keys()].filter((person) => sheets.rowOf.has(clusterIds[person]!));
  return {
    persona: Float64Array.from(paired, (person) => scores[person]!),
    sheet: Float64Array.from(paired, (person) => scored[sheets.rowOf.get(clusterIds[person]!)!]!),
  };
}

/**
 * There is no test of the difference: at an end of the scale every departure refutes "all are
 * there", and a mean below it says no more than the share does.
 */
function checkManipulation(
  cell: AnsweredCell,
  scale: string,
  direction: Condition['manipulated'][string],
): ScaleScoreRow {
  const reasons = new Reasons();
  const { questionnaire } = cell.answered;
  const points = readScale(cell, scale);
  const { scores } = scoreClusters(points, questionnaire.scoring);
  const n = scores.length;
  const base = {
    ...identify(cell, scale),
    test: 'manipulation check',
    n,
    ...EMPTY,
    ...countLeftOut(points, null),
  } as const;
  if (n === 0) return { ...base, reason: explainEmpty(cell) };
  if (questionnaire.items.some((item) => item.scale === scale && item.key === null)) {
    return {
      ...base,
      ...describe(scores, reasons),
      reason: 'the items have no key, so the condition has no target',
    };
  }
  const target =
    keyedScore(direction) * (questionnaire.scoring === 'mean' ? 1 : points.items.length);
  const own = describe(scores, reasons);
  const length = lengthOf(rangeOf(questionnaire, points));
  const missed = spanMean(scores.map((score) => Math.abs(score - target) / length));
  const distance = reasons.take(missed, 'interval of the difference');
  const shares = shareAtTarget(points, keyedScore(direction));
  const span = reasons.take(spanMean(shares), 'interval of the share');
  const side = direction === 'keyed' ? -length : length;
  const ends = distance === null ? [] : [side * distance.low, side * distance.high];
  reasons.add('a mean at the end of a scale is not tested; see the share');
  return {
    ...base,
    ...own,
    ref_mean: target,
    ref_sd: 0,
    diff: own.mean - target,
    ci_low: distance === null ? null : Math.min(...ends),
    ci_high: distance === null ? null : Math.max(...ends),
    target,
    share_at_target: summarise(shares).mean,
    share_ci_low: span?.low ?? null,
    share_ci_high: span?.high ?? null,
    share_interval: span?.method ?? null,
    reason: reasons.toCell(),
  };
}

/** Of each personality, the share of its administrations in which every item has this point. */
function shareAtTarget(
  { clusterIds, points, items }: ScaleItemScores,
  point: number,
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
          .every((value) => value === point)
      )
        hits++;
    }
    return hits / (to - from);
  });
}

type ShareInterval = Interval & { readonly method: NonNullable<ScaleScoreRow['share_interval']> };

/**
 * Of one share a personality: exact where each personality is either at the target or not, on log
 * odds elsewhere.
 */
function spanMean(shares: Float64Array): ShareInterval | NotAvailable {
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

function identify(cell: AnsweredCell, scale: string) {
  return {
    instrument: nameForm(cell.answered.questionnaire),
    model: cell.model.label,
    population: cell.label,
    scale,
  };
}

function countLeftOut({ clusterIds, incomplete }: ScaleItemScores, withoutSheet: number | null) {
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
      instrument: SHEET_INSTRUMENT,
      model,
      population: null,
      scale,
      test: 'baseline',
    } as const;
    const counts = { n_administrations: null, n_incomplete: null, n_without_sheet: null };
    if (read === null) return { ...who, n: 0, ...EMPTY, ...counts, reason: reasons.toCell() };
    const own = describe(scoreSheets(read, 'sum'), reasons);
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
      mean_equivalent: p_adjusted === null ? null : p_adjusted < LEVEL_OF_TESTS,
    };
  });
}
