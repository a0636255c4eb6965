/** Tables A6 and A7: sheet against answers, item by item, as points on the scale. */

import type { PointRange } from '../../instruments/structure.ts';
import type { Condition } from '../../personas/sheets/conditions.ts';
import { spanByInfluence } from '../../statistics/influence.ts';
import type { Interval } from '../../statistics/interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../statistics/not-available.ts';
import {
  correlateInfluence,
  type Estimated,
  type Share,
  shareOf,
  spanDifference,
  spanShare,
} from '../../statistics/shares.ts';
import type { StudyData, StudyQuestionnaire } from '../data.ts';
import { columnsOfScale, rangeOfTotal, scaleOf } from '../scores.ts';
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
   * Per cent, as the next five and their intervals: answers that count the same as on the sheet.
   * Positive is the keyed answer; without keys there is accuracy alone.
   */
  readonly accuracy: number | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  readonly interval: 'cluster-robust logit' | 'Clopper-Pearson over personalities' | null;
  readonly precision: number | null;
  readonly precision_ci_low: number | null;
  readonly precision_ci_high: number | null;
  readonly recall: number | null;
  readonly recall_ci_low: number | null;
  readonly recall_ci_high: number | null;
  readonly specificity: number | null;
  readonly specificity_ci_low: number | null;
  readonly specificity_ci_high: number | null;
  /** Mean of recall and specificity. */
  readonly balanced_accuracy: number | null;
  readonly balanced_accuracy_ci_low: number | null;
  readonly balanced_accuracy_ci_high: number | null;
  /** Of the sum of the items' points, with keys the number of keyed answers: persona minus sheet. */
  readonly mae: number | null;
  readonly mae_ci_low: number | null;
  readonly mae_ci_high: number | null;
  readonly rmse: number | null;
  readonly rmse_ci_low: number | null;
  readonly rmse_ci_high: number | null;
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
                describeScale(questionnaire, scale),
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

interface ScaleForm {
  /** Whether every item has a key, so that an answer is right or wrong by itself. */
  readonly hasKeys: boolean;
  /** Of the sums of points; null where the schema does not tell. */
  readonly range: PointRange | null;
}

function describeScale(questionnaire: StudyQuestionnaire, scale: string): ScaleForm {
  const columns = columnsOfScale(questionnaire, scaleOf(questionnaire, scale));
  const hasKeys = columns.every(
    ({ column, weight }) => questionnaire.items[column]!.key !== null && weight === 1,
  );
  return { hasKeys, range: rangeOfTotal(columns) };
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
    return [compare(who, against, points, sheets, describeScale(questionnaire, scale), empty)];
  });
}

type Who = Pick<AccuracyRow, 'instrument' | 'model' | 'population' | 'scale'>;

function compare(
  who: Who,
  against: AccuracyRow['against'],
  points: ScaleItemScores,
  sheets: SheetPoints | NotAvailable,
  scale: ScaleForm,
  empty: string,
): AccuracyRow {
  const reasons = new Reasons();
  const answering = clusterStarts(points.clusterIds).length - 1;
  const found = answering === 0 ? notAvailable(empty) : countAgreement(points, sheets, scale);
  const counted = reasons.take(found);
  const clusters = counted?.right.length ?? 0;
  const without = answering - clusters;
  if (counted !== null && without > 0)
    reasons.add(`${without} of ${answering} personalities have no complete sheet`);
  const measures = counted === null || clusters === 0 ? NOTHING : measure(counted, reasons);
  return {
    ...who,
    against,
    n: counted?.answers ?? 0,
    n_clusters: clusters,
    ...measures,
    n_administrations: points.clusterIds.length,
    n_incomplete: points.incomplete,
    n_without_sheet: without,
    reason: reasons.toCell(),
  };
}

type Measures = Omit<
  AccuracyRow,
  | keyof Who
  | 'against'
  | 'n'
  | 'n_clusters'
  | 'n_administrations'
  | 'n_incomplete'
  | 'n_without_sheet'
  | 'reason'
>;

const NOTHING: Measures = {
  accuracy: null,
  ci_low: null,
  ci_high: null,
  interval: null,
  precision: null,
  precision_ci_low: null,
  precision_ci_high: null,
  recall: null,
  recall_ci_low: null,
  recall_ci_high: null,
  specificity: null,
  specificity_ci_low: null,
  specificity_ci_high: null,
  balanced_accuracy: null,
  balanced_accuracy_ci_low: null,
  balanced_accuracy_ci_high: null,
  mae: null,
  mae_ci_low: null,
  mae_ci_high: null,
  rmse: null,
  rmse_ci_low: null,
  rmse_ci_high: null,
};

/** All of them are shares: of answers, of one kind of answers, or of the length of the scale. */
function measure(counted: Agreement, reasons: Reasons): Measures {
  const { length, kinds, right, absolute, squared } = counted;
  const each = new Uint8Array(right.length).fill(1);
  if (kinds === null) reasons.add('no precision, recall and specificity, as the items have no key');
  const add = (first: Float64Array, second: Float64Array) =>
    first.map((value, person) => value + second[person]!);
  const shareAmong = (hits: Kind, others: Kind, none: string) => {
    if (kinds === null) return null;
    const share = shareOf({ hits: kinds[hits], sizes: add(kinds[hits], kinds[others]) });
    return reasons.take(isAvailable(share) ? share : notAvailable(none));
  };
  const take = (share: Share | null, name: string) =>
    share && reasons.take(spanShare(share, 'Clopper-Pearson'), `interval of the ${name}`);
  const accuracy = reasons.take(shareOf({ hits: right, sizes: each }));
  const recall = shareAmong(TRUE_POSITIVE, FALSE_NEGATIVE, 'recall: no keyed answer on any sheet');
  const specificity = shareAmong(
    TRUE_NEGATIVE,
    FALSE_POSITIVE,
    'specificity: nothing but keyed answers on the sheets',
  );
  const precision = shareAmong(TRUE_POSITIVE, FALSE_POSITIVE, 'precision: no keyed answer given');
  const distance = reasons.take(
    shareOf({ hits: absolute.map((one) => one / length), sizes: each }),
  );
  const square = reasons.take(
    shareOf({ hits: squared.map((one) => one / length ** 2), sizes: each }),
  );
  const span = take(accuracy, 'accuracy');
  const spans = {
    precision: take(precision, 'precision'),
    recall: take(recall, 'recall'),
    specificity: take(specificity, 'specificity'),
    mae: distance && reasons.take(spanError(distance), 'interval of the MAE'),
    rmse: square && reasons.take(spanError(square), 'interval of the RMSE'),
  };
  const balanced = recall && specificity && (recall.share + specificity.share) / 2;
  const balancedSpan =
    recall &&
    specificity &&
    spans.recall &&
    spans.specificity &&
    spanMiddle(
      { value: recall.share, interval: spans.recall },
      { value: specificity.share, interval: spans.specificity },
      correlateInfluence(recall.influence, specificity.influence),
    );
  const perCent = (share: number | null | undefined) => (share == null ? null : 100 * share);
  const root = (share: number | undefined) =>
    share === undefined ? null : length * Math.sqrt(share);
  const points = (share: number | undefined) => (share === undefined ? null : length * share);
  return {
    accuracy: perCent(accuracy?.share),
    ci_low: perCent(span?.low),
    ci_high: perCent(span?.high),
    interval:
      span && (span.isRobust ? 'cluster-robust logit' : 'Clopper-Pearson over personalities'),
    precision: perCent(precision?.share),
    precision_ci_low: perCent(spans.precision?.low),
    precision_ci_high: perCent(spans.precision?.high),
    recall: perCent(recall?.share),
    recall_ci_low: perCent(spans.recall?.low),
    recall_ci_high: perCent(spans.recall?.high),
    specificity: perCent(specificity?.share),
    specificity_ci_low: perCent(spans.specificity?.low),
    specificity_ci_high: perCent(spans.specificity?.high),
    balanced_accuracy: perCent(balanced),
    balanced_accuracy_ci_low: perCent(balancedSpan?.low),
    balanced_accuracy_ci_high: perCent(balancedSpan?.high),
    mae: points(distance?.share),
    mae_ci_low: points(spans.mae?.low),
    mae_ci_high: points(spans.mae?.high),
    rmse: root(square?.share),
    rmse_ci_low: root(spans.rmse?.low),
    rmse_ci_high: root(spans.rmse?.high),
  };
}

/**
 * Of a mean of errors from 0 to 1, most of which may be 0: on the scale of the logarithm, which is
 * closest to normal for rare and large ones.
 */
function spanError(error: Share): Interval | NotAvailable {
  if (error.share === 0) return spanShare(error, 'Clopper-Pearson');
  const span = spanByInfluence(error.share, error.influence, 'log');
  return isAvailable(span) ? { ...span, high: Math.min(1, span.high) } : span;
}

/** Of the mean of two shares: half of the first minus the second taken negatively. */
function spanMiddle(first: Estimated, second: Estimated, correlation: number): Interval {
  const { low, high, level } = second.interval;
  const opposite = { value: -second.value, interval: { low: -high, high: -low, level } };
  const sum = spanDifference(first, opposite, -correlation);
  return { low: sum.low / 2, high: sum.high / 2, level };
}

/** Kinds of answers: 2 × sheet + answer. */
const [TRUE_NEGATIVE, FALSE_POSITIVE, FALSE_NEGATIVE, TRUE_POSITIVE] = [0, 1, 2, 3] as const;
type Kind = 0 | 1 | 2 | 3;

/** One entry a personality with a sheet, each the mean over its administrations. */
interface Agreement {
  /** The largest distance that two scores can have, or did where the schema does not tell. */
  readonly length: number;
  /** Answers of all of them. */
  readonly answers: number;
  /** The share of answers that are as on the sheet. */
  readonly right: Float64Array;
  /** Number of answers by kind; null for items without a key. */
  readonly kinds: readonly [Float64Array, Float64Array, Float64Array, Float64Array] | null;
  /** Distance, and squared distance, of the score from the sheet's. */
  readonly absolute: Float64Array;
  readonly squared: Float64Array;
}

function countAgreement(
  { items, clusterIds, points }: ScaleItemScores,
  sheets: SheetPoints | NotAvailable,
  { hasKeys, range }: ScaleForm,
): Agreement | NotAvailable {
  if (!isAvailable(sheets)) return sheets;
  if (!haveSameItems(items, sheets.items))
    return notAvailable('the sheets and the questionnaire have different items of this scale');
  const k = items.length;
  const starts = clusterStarts(clusterIds);
  const persons = [...starts.slice(0, -1).keys()].filter((person) =>
    sheets.rowOf.has(clusterIds[starts[person]!]!),
  );
  const perPerson = () => new Float64Array(persons.length);
  const kinds = [perPerson(), perPerson(), perPerson(), perPerson()] as const;
  const [right, absolute, squared] = [perPerson(), perPerson(), perPerson()];
  let answers = 0;
  let farthest = 0;
  persons.forEach((person, at) => {
    const from = starts[person]!;
    const to = starts[person + 1]!;
    const times = to - from;
    const sheet = sheets.rowOf.get(clusterIds[from]!)!;
    const own: [number, number, number, number] = [0, 0, 0, 0];
    let equal = 0;
    for (let row = from; row < to; row++) {
      let difference = 0;
      for (let item = 0; item < k; item++) {
        const expected = sheets.points[sheet * k + item]!;
        const given = points[row * k + item]!;
        if (hasKeys) own[2 * expected + given]!++;
        if (given === expected) equal++;
        difference += given - expected;
      }
      farthest = Math.max(farthest, Math.abs(difference));
      absolute[at]! += Math.abs(difference);
      squared[at]! += difference * difference;
    }
    for (const kind of [0, 1, 2, 3] as const) kinds[kind][at] = own[kind] / times;
    absolute[at]! /= times;
    squared[at]! /= times;
    right[at] = equal / (times * k);
    answers += times * k;
  });
  const length = range === null ? Math.max(1, farthest) : range.high - range.low;
  return { length, answers, right, kinds: hasKeys ? kinds : null, absolute, squared };
}
