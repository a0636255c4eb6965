/** Tables A6 and A7: sheet against answers, item by item, as keyed points. */

import type { Condition } from '../../personas/sheets/conditions.ts';
import { SHEET_INSTRUMENT } from '../../personas/sheets/sheet.ts';
import { summarise } from '../../statistics/describe.ts';
import type { Interval } from '../../statistics/interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../statistics/not-available.ts';
import { clopperPearsonInterval } from '../../statistics/proportions.ts';
import { testMean } from '../../statistics/t-tests.ts';
import type { StudyData } from '../data.ts';
import { scaleOf } from '../scores.ts';
import { RANDOM_ROW } from '../table.ts';
import {
  type AnsweredCell,
  clusterStarts,
  explainEmpty,
  isSheetInstrument,
  listCells,
  readScale,
  type ScaleItemScores,
} from './cells.ts';
import { Reasons } from './rows.ts';
import {
  haveSameItems,
  manipulateSheets,
  readSheetScores,
  type SheetPoints,
  scalesOf,
} from './sheets.ts';

export type AccuracyRow = {
  readonly instrument: string;
  readonly model: string;
  /**
   * Null for the random sheets, but the condition where these are compared with manipulated sheets.
   */
  readonly population: string | null;
  readonly scale: string;
  /** The sheet of the reference population, or that sheet after the condition. */
  readonly against: 'original' | 'manipulated';
  /** Answers compared with a sheet. */
  readonly n: number;
  /** Personalities with a sheet. Each counts the same, however often it answered. */
  readonly n_clusters: number;
  /** Per cent, as the next five and the interval. Positive is the keyed answer. */
  readonly accuracy: number | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  readonly interval: 'cluster t' | 'Clopper-Pearson over personalities' | null;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly specificity: number | null;
  /** Mean of recall and specificity. */
  readonly balanced_accuracy: number | null;
  /** Of the scale score, as the number of keyed answers: persona minus sheet. */
  readonly mae: number | null;
  readonly rmse: number | null;
  readonly n_administrations: number;
  readonly n_incomplete: number;
  readonly n_without_sheet: number;
  readonly reason: string | null;
};

/** Table A6: populations under no condition, and the random sheets. */
export function tabulateBaseAccuracy(study: StudyData): readonly AccuracyRow[] {
  return [
    ...compareCells(study, 'A6', (cell) => !isManipulated(cell)),
    ...compareRandomSheets(study),
  ];
}

/** Table A7: populations under a condition, and the random sheets against the same sheets. */
export function tabulateManipulatedAccuracy(study: StudyData): readonly AccuracyRow[] {
  const conditions = new Map<string, Condition>();
  for (const answered of study.answered.filter(({ questionnaire }) =>
    isSheetInstrument(questionnaire),
  )) {
    for (const { condition } of listCells(answered, 'A7').filter(isManipulated))
      if (condition !== null) conditions.set(condition.name, condition);
  }
  const rows = compareCells(study, 'A7', isManipulated);
  return rows.length === 0
    ? rows
    : [
        ...rows,
        ...compareRandomSheets(study),
        ...[...conditions.values()].flatMap((condition) => compareRandomSheets(study, condition)),
      ];
}

function isManipulated({ condition }: AnsweredCell): boolean {
  return condition !== null && Object.keys(condition.drive).length > 0;
}

function compareCells(
  study: StudyData,
  table: 'A6' | 'A7',
  isWanted: (cell: AnsweredCell) => boolean,
): readonly AccuracyRow[] {
  return study.answered
    .filter(({ questionnaire }) => isSheetInstrument(questionnaire))
    .flatMap((answered) => {
      const scales = answered.questionnaire.scales.map(({ id }) => id);
      const sheets = new Map(
        scales.map((scale) => [scale, readSheetScores(study.reference, scale, 'reference')]),
      );
      return listCells(answered, table)
        .filter(isWanted)
        .flatMap((cell) =>
          scales.flatMap((scale) => {
            const points = readScale(cell, scale);
            const { items } = answered.questionnaire;
            const { members } = scaleOf(answered.questionnaire, scale);
            const isKeyed = members.every(({ column }) => items[column]!.key !== null);
            const who = {
              instrument: answered.questionnaire.label,
              model: cell.model.label,
              population: cell.label,
              scale,
            };
            const empty = explainEmpty(cell);
            const original = !isKeyed
              ? notAvailable('the items have no key')
              : points.points.every(Number.isInteger)
                ? sheets.get(scale)!
                : notAvailable('the answers are probabilities');
            const direction = cell.condition?.drive[scale];
            const rows = [compare(who, 'original', points, original, empty)];
            if (direction === undefined) return rows;
            const manipulated = isAvailable(original)
              ? manipulateSheets(original, direction)
              : original;
            return [...rows, compare(who, 'manipulated', points, manipulated, empty)];
          }),
        );
    });
}

/**
 * Random sheets against reference sheets of the same number: what agreement the shares of the items
 * alone give.
 */
function compareRandomSheets(
  { reference, random }: StudyData,
  condition?: Condition,
): readonly AccuracyRow[] {
  return scalesOf(random).flatMap((scale) => {
    const direction = condition?.drive[scale];
    if (condition !== undefined && direction === undefined) return [];
    const who = {
      instrument: SHEET_INSTRUMENT,
      model: RANDOM_ROW,
      population: condition?.label ?? null,
      scale,
    };
    const drawn = readSheetScores(random, scale, 'random');
    const sheets = readSheetScores(reference, scale, 'reference');
    const points = isAvailable(drawn)
      ? {
          ...drawn,
          clusterIds: drawn.personalityIds,
          incomplete: random.personalityIds.length - drawn.personalityIds.length,
        }
      : {
          items: [],
          clusterIds: new Int32Array(),
          points: new Int32Array(),
          incomplete: random.personalityIds.length,
        };
    const against =
      isAvailable(sheets) && direction !== undefined ? manipulateSheets(sheets, direction) : sheets;
    const empty = isAvailable(drawn) ? '' : drawn.notAvailable;
    return [
      compare(who, direction === undefined ? 'original' : 'manipulated', points, against, empty),
    ];
  });
}

type Who = Pick<AccuracyRow, 'instrument' | 'model' | 'population' | 'scale'>;

function compare(
  who: Who,
  against: AccuracyRow['against'],
  points: ScaleItemScores,
  sheets: SheetPoints | NotAvailable,
  empty: string,
): AccuracyRow {
  const reasons = new Reasons();
  const answering = clusterStarts(points.clusterIds).length - 1;
  const found = answering === 0 ? notAvailable(empty) : countAgreement(points, sheets);
  const counted = reasons.take(found);
  const clusters = counted?.accuracies.length ?? 0;
  const without = answering - clusters;
  if (counted !== null && without > 0)
    reasons.add(`${without} of ${answering} personalities have no complete sheet`);
  const base = { ...who, against, n: counted?.answers ?? 0, n_clusters: clusters };
  const counts = {
    n_administrations: points.clusterIds.length,
    n_incomplete: points.incomplete,
    n_without_sheet: without,
  };
  if (counted === null || clusters === 0) {
    const nothing = {
      accuracy: null,
      ci_low: null,
      ci_high: null,
      interval: null,
      precision: null,
      recall: null,
      specificity: null,
    };
    return {
      ...base,
      ...nothing,
      balanced_accuracy: null,
      mae: null,
      rmse: null,
      ...counts,
      reason: reasons.toCell(),
    };
  }
  const {
    truePositives,
    trueNegatives,
    falsePositives,
    falseNegatives,
    accuracies,
    absolute,
    squared,
  } = counted;
  const span = reasons.take(spanAccuracy(accuracies), 'interval of the accuracy');
  const recall = reasons.take(
    perCent(truePositives, truePositives + falseNegatives, 'recall: no keyed answer on any sheet'),
  );
  const specificity = reasons.take(
    perCent(
      trueNegatives,
      trueNegatives + falsePositives,
      'specificity: nothing but keyed answers on the sheets',
    ),
  );
  const precision = reasons.take(
    perCent(truePositives, truePositives + falsePositives, 'precision: no keyed answer given'),
  );
  return {
    ...base,
    accuracy: 100 * summarise(accuracies).mean,
    ci_low: span === null ? null : 100 * span.low,
    ci_high: span === null ? null : 100 * span.high,
    interval: span?.method ?? null,
    precision,
    recall,
    specificity,
    balanced_accuracy: recall === null || specificity === null ? null : (recall + specificity) / 2,
    mae: absolute / clusters,
    rmse: Math.sqrt(squared / clusters),
    ...counts,
    reason: reasons.toCell(),
  };
}

interface Agreement {
  /** Answers of personalities with a sheet. */
  readonly answers: number;
  /** Of each personality with a sheet, the share of its answers that are as on the sheet. */
  readonly accuracies: Float64Array;
  /** Sums over personalities of their mean number of answers of this kind. */
  readonly truePositives: number;
  readonly trueNegatives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  /**
   * Sums over personalities of the mean distance, and squared distance, of their scores from the
   * sheet's.
   */
  readonly absolute: number;
  readonly squared: number;
}

function countAgreement(
  { items, clusterIds, points }: ScaleItemScores,
  sheets: SheetPoints | NotAvailable,
): Agreement | NotAvailable {
  if (!isAvailable(sheets)) return sheets;
  if (!haveSameItems(items, sheets.items))
    return notAvailable('the sheets and the questionnaire have different items of this scale');
  const k = items.length;
  const starts = clusterStarts(clusterIds);
  const accuracies: number[] = [];
  // By 2 × sheet + answer.
  const kinds: [number, number, number, number] = [0, 0, 0, 0];
  let absolute = 0;
  let squared = 0;
  let answers = 0;
  for (let person = 0; person + 1 < starts.length; person++) {
    const from = starts[person]!;
    const to = starts[person + 1]!;
    const sheet = sheets.rowOf.get(clusterIds[from]!);
    if (sheet === undefined) continue;
    const own: [number, number, number, number] = [0, 0, 0, 0];
    let ownAbsolute = 0;
    let ownSquared = 0;
    for (let row = from; row < to; row++) {
      let difference = 0;
      for (let item = 0; item < k; item++) {
        const expected = sheets.points[sheet * k + item]!;
        const given = points[row * k + item]!;
        own[2 * expected + given]!++;
        difference += given - expected;
      }
      ownAbsolute += Math.abs(difference);
      ownSquared += difference * difference;
    }
    const times = to - from;
    for (const kind of [0, 1, 2, 3] as const) kinds[kind] += own[kind] / times;
    answers += times * k;
    accuracies.push((own[0] + own[3]) / (times * k));
    absolute += ownAbsolute / times;
    squared += ownSquared / times;
  }
  const [trueNegatives, falsePositives, falseNegatives, truePositives] = kinds;
  return {
    answers,
    accuracies: Float64Array.from(accuracies),
    truePositives,
    trueNegatives,
    falsePositives,
    falseNegatives,
    absolute,
    squared,
  };
}

type AccuracyInterval = Interval & { readonly method: Exclude<AccuracyRow['interval'], null> };

/**
 * Student's interval of the personalities' shares, which is the cluster-robust one as all answer
 * the same items, cut off at 0 and 1. Where all are right, or all wrong, the exact interval of the
 * share of personalities for whom that is so.
 */
function spanAccuracy(accuracies: Float64Array): AccuracyInterval | NotAvailable {
  const n = accuracies.length;
  const right = accuracies.filter((accuracy) => accuracy === 1).length;
  if (right === n || accuracies.every((accuracy) => accuracy === 0)) {
    const exact = clopperPearsonInterval({ successes: right, n });
    return isAvailable(exact) ? { ...exact, method: 'Clopper-Pearson over personalities' } : exact;
  }
  const test = testMean(accuracies);
  if (!isAvailable(test)) return test;
  const { low, high, level } = test.interval;
  return { low: Math.max(0, low), high: Math.min(1, high), level, method: 'cluster t' };
}

function perCent(part: number, whole: number, none: string): number | NotAvailable {
  return whole === 0 ? notAvailable(none) : (100 * part) / whole;
}
