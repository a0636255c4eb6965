/** Tables A6 and A7: sheet against answers, item by item, as points on the scale. */

import type { Condition } from '../../personas/sheets/conditions.ts';
import { summarise } from '../../statistics/describe.ts';
import type { Interval } from '../../statistics/interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../statistics/not-available.ts';
import { clopperPearsonInterval } from '../../statistics/proportions.ts';
import { testMean } from '../../statistics/t-tests.ts';
import type { StudyData, StudyQuestionnaire } from '../data.ts';
import { columnsOfScale, scaleOf } from '../scores.ts';
import { RANDOM_ROW } from '../table.ts';
import {
  type AnsweredCell,
  clusterStarts,
  explainEmpty,
  isOfSheets,
  listCells,
  readScale,
  type ScaleItemScores,
} from './cells.ts';
import { Reasons } from './rows.ts';
import {
  drivenPart,
  haveSameItems,
  manipulateSheets,
  readSheetPoints,
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
  /**
   * Per cent, as the next five and the interval: answers that count the same as on the sheet.
   * Positive is the keyed answer; without keys there is accuracy alone.
   */
  readonly accuracy: number | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  readonly interval: 'cluster t' | 'Clopper-Pearson over personalities' | null;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly specificity: number | null;
  /** Mean of recall and specificity. */
  readonly balanced_accuracy: number | null;
  /** Of the sum of the items' points, with keys the number of keyed answers: persona minus sheet. */
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
    isOfSheets(study, questionnaire),
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
    .filter(({ questionnaire }) => isOfSheets(study, questionnaire))
    .flatMap((answered) => {
      const { questionnaire } = answered;
      const scales = questionnaire.scales.map(({ id }) => id);
      const original = new Map(
        scales.map((scale) => [scale, readSheetPoints(study.reference, scale, 'reference')]),
      );
      return listCells(answered, table)
        .filter(isWanted)
        .flatMap((cell) => {
          const driven =
            cell.condition === null ? null : manipulateSheets(study.reference, cell.condition);
          return scales.flatMap((scale) => {
            const points = readScale(cell, scale);
            const who = {
              instrument: questionnaire.label,
              model: cell.model.label,
              population: cell.label,
              scale,
            };
            const empty = explainEmpty(cell);
            const compareWith = (
              against: AccuracyRow['against'],
              sheets: SheetPoints | NotAvailable,
            ) => {
              const comparable = points.points.every(Number.isInteger)
                ? sheets
                : notAvailable('the answers are probabilities');
              return compare(
                who,
                against,
                points,
                comparable,
                isKeyed(questionnaire, scale),
                empty,
              );
            };
            const rows = [compareWith('original', original.get(scale)!)];
            if (driven === null || drivenPart(questionnaire, scale, cell.condition) === 'none')
              return rows;
            const manipulated = readSheetPoints(driven, scale, 'reference');
            return [...rows, compareWith('manipulated', manipulated)];
          });
        });
    });
}

/** Whether every item of a scale has a key, so that an answer is right or wrong by itself. */
function isKeyed(questionnaire: StudyQuestionnaire, scale: string): boolean {
  return columnsOfScale(questionnaire, scaleOf(questionnaire, scale)).every(
    ({ column, weight }) => questionnaire.items[column]!.key !== null && weight === 1,
  );
}

/**
 * Random sheets against reference sheets of the same number: what agreement the shares of the items
 * alone give.
 */
function compareRandomSheets(
  { reference, random }: StudyData,
  condition?: Condition,
): readonly AccuracyRow[] {
  const { questionnaire } = reference;
  const compared = condition === undefined ? reference : manipulateSheets(reference, condition);
  return scalesOf(random).flatMap((scale) => {
    if (condition !== undefined && drivenPart(questionnaire, scale, condition) === 'none')
      return [];
    const who = {
      instrument: questionnaire.label,
      model: RANDOM_ROW,
      population: condition?.label ?? null,
      scale,
    };
    const drawn = readSheetPoints(random, scale, 'random');
    const sheets = readSheetPoints(compared, scale, 'reference');
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
    const empty = isAvailable(drawn) ? '' : drawn.notAvailable;
    const against = condition === undefined ? 'original' : 'manipulated';
    return [compare(who, against, points, sheets, isKeyed(questionnaire, scale), empty)];
  });
}

type Who = Pick<AccuracyRow, 'instrument' | 'model' | 'population' | 'scale'>;

function compare(
  who: Who,
  against: AccuracyRow['against'],
  points: ScaleItemScores,
  sheets: SheetPoints | NotAvailable,
  hasKeys: boolean,
  empty: string,
): AccuracyRow {
  const reasons = new Reasons();
  const answering = clusterStarts(points.clusterIds).length - 1;
  const found = answering === 0 ? notAvailable(empty) : countAgreement(points, sheets, hasKeys);
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
  const { kinds, accuracies, absolute, squared } = counted;
  const span = reasons.take(spanAccuracy(accuracies), 'interval of the accuracy');
  if (kinds === null) reasons.add('no precision, recall and specificity, as the items have no key');
  const [trueNegatives, falsePositives, falseNegatives, truePositives] = kinds ?? [0, 0, 0, 0];
  const shareOf = (part: number, other: number, none: string) =>
    kinds === null ? null : reasons.take(perCent(part, part + other, none));
  const recall = shareOf(truePositives, falseNegatives, 'recall: no keyed answer on any sheet');
  const specificity = shareOf(
    trueNegatives,
    falsePositives,
    'specificity: nothing but keyed answers on the sheets',
  );
  const precision = shareOf(truePositives, falsePositives, 'precision: no keyed answer given');
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
  /**
   * Sums over personalities of their mean number of answers, by 2 × sheet + answer; null for items
   * without a key.
   */
  readonly kinds: readonly [number, number, number, number] | null;
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
  hasKeys: boolean,
): Agreement | NotAvailable {
  if (!isAvailable(sheets)) return sheets;
  if (!haveSameItems(items, sheets.items))
    return notAvailable('the sheets and the questionnaire have different items of this scale');
  const k = items.length;
  const starts = clusterStarts(clusterIds);
  const accuracies: number[] = [];
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
    let equal = 0;
    let ownAbsolute = 0;
    let ownSquared = 0;
    for (let row = from; row < to; row++) {
      let difference = 0;
      for (let item = 0; item < k; item++) {
        const expected = sheets.points[sheet * k + item]!;
        const given = points[row * k + item]!;
        if (hasKeys) own[2 * expected + given]!++;
        if (given === expected) equal++;
        difference += given - expected;
      }
      ownAbsolute += Math.abs(difference);
      ownSquared += difference * difference;
    }
    const times = to - from;
    for (const kind of [0, 1, 2, 3] as const) kinds[kind] += own[kind] / times;
    answers += times * k;
    accuracies.push(equal / (times * k));
    absolute += ownAbsolute / times;
    squared += ownSquared / times;
  }
  return {
    answers,
    accuracies: Float64Array.from(accuracies),
    kinds: hasKeys ? kinds : null,
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
