/**
 * Table 4: scale scores of personas beside those of the sheets they were written from. Whether a
 * scale that no condition touches came through (fidelity), and whether a driven scale arrived at
 * its end (manipulation check).
 */

import {
  intraclassCorrelation,
  limitsOfAgreement,
  type ScoreRange,
} from '../../statistics/agreement.ts';
import { cohenDav, cohenDz } from '../../statistics/effect-sizes.ts';
import type { Interval } from '../../statistics/interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../statistics/not-available.ts';
import { testPairedEquivalence, testPairedMeans } from '../../statistics/t-tests.ts';
import { leastEquivalenceP, spanConstant } from '../../statistics/unseen.ts';
import type { Sheets, StudyData } from '../data.ts';
import { columnsOfScale, scaleOf } from '../scores.ts';
import { RANDOM_ROW, REFERENCE_ROW } from '../table.ts';
import {
  type AnsweredCell,
  type ClusterScores,
  explainEmpty,
  isOfSheets,
  listCells,
  readScores,
  scoreClusters,
} from './cells.ts';
import { checkManipulation } from './manipulation-check.ts';
import { adjust, adjustRows, Reasons } from './rows.ts';
import {
  countLeftOut,
  describe,
  EMPTY,
  identify,
  lengthOf,
  type ScaleScoreRow,
  scoreRange,
} from './scale-score-row.ts';
import {
  drivenPart,
  haveSameItems,
  manipulateSheets,
  readSheetScores,
  type SheetScores,
  scalesOf,
} from './sheets.ts';

const DIFFERENCE = 'table 4: difference';
const EQUIVALENCE = 'table 4: equivalence';
const LEVEL_OF_TESTS = 0.05;

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
    ...adjustEquivalence(adjustRows(rows, DIFFERENCE)),
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
  const seen = Float64Array.from([...persona, ...sheet]);
  const range = scoreRange(cell.answered.questionnaire, scale, seen);
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

/** Equivalence is another claim than difference, with families of its own. */
function adjustEquivalence(rows: readonly ScaleScoreRow[]): readonly ScaleScoreRow[] {
  const adjusted = adjust(
    rows.map(({ model, p_equivalence: p }) => ({ model, p })),
    EQUIVALENCE,
  );
  return rows.map((row, position) => {
    const { p_adjusted, family, family_size } = adjusted[position]!;
    return settleEquivalence({
      ...row,
      p_equivalence_adjusted: p_adjusted,
      equivalence_family: family,
      equivalence_family_size: family_size,
    });
  });
}

/** The row with the verdict that its corrected p gives. */
export function settleEquivalence(row: ScaleScoreRow): ScaleScoreRow {
  const { p_equivalence_adjusted: p } = row;
  return { ...row, mean_equivalent: p === null ? null : p < LEVEL_OF_TESTS };
}
