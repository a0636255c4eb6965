/** Tables 6 and A5: how well the items of a scale hang together. */

import type { PointRange } from '../../instruments/structure.ts';
import { spanAlpha } from '../../statistics/alpha-interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../statistics/not-available.ts';
import { FEWEST_PERSONS, MOST_CATEGORIES, type Omega, omegaTotal } from '../../statistics/omega.ts';
import {
  cronbachAlpha,
  cronbachAlphaOfVaryingItems,
  itemTotalCorrelations,
} from '../../statistics/reliability.ts';
import type { AdministeredItem, Points, StudyData, StudyQuestionnaire } from '../data.ts';
import { hasSheets } from '../has-sheets.ts';
import { columnsOfScale, rangeOfTotal, scaleOf } from '../scores.ts';
import { RANDOM_ROW, REFERENCE_ROW } from '../table.ts';
import { clusterStarts, explainEmpty, isOfSheets, listCells, readScale } from './cells.ts';
import { Reasons } from './rows.ts';
import { drivenPart, readSheetPoints, scalesOf } from './sheets.ts';

export type ReliabilityRow = {
  readonly instrument: string;
  readonly model: string;
  /** Null for the reference population and for sheets. */
  readonly population: string | null;
  readonly scale: string;
  /** Administrations, or sheets, with points on every item. */
  readonly n: number;
  /** Items. */
  readonly k: number;
  readonly alpha: number | null;
  /** Distribution-free, with personalities as clusters. */
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  readonly n_clusters: number;
  /** Administrations that succeeded and were left out. */
  readonly n_incomplete: number;
  /** Numbers of the items, in order. */
  readonly item_numbers: readonly number[] | null;
  /** Correlation of each with the total of the others; null where one of both does not vary. */
  readonly item_total_r: readonly (number | null)[] | null;
  /** Numbers of the items on which nobody differs. They count in k. */
  readonly constant_items: readonly number[] | null;
  readonly alpha_without_constant: number | null;
  readonly k_without_constant: number | null;
  /** Omega total of a model of one factor; items on which nobody differs change nothing in it. */
  readonly omega: number | null;
  /** Distribution-free, with personalities as clusters. */
  readonly omega_ci_low: number | null;
  readonly omega_ci_high: number | null;
  /** The correlations that the factor was fitted to: polychoric for items with up to 4 answers. */
  readonly omega_correlations: Omega['correlations'] | null;
  /** Who answered as the reference population; null elsewhere. */
  readonly answered_by: string | null;
  readonly reason: string | null;
};

/** Who a row is about and the points it is computed from, sorted by person. */
export interface Sample
  extends Pick<
    ReliabilityRow,
    'instrument' | 'model' | 'population' | 'scale' | 'n_incomplete' | 'answered_by'
  > {
  readonly items: readonly number[];
  readonly clusterIds: Int32Array;
  readonly points: Points;
  /** Why there are none, if so. */
  readonly empty: string;
  /** Whether a condition sets every answer of the scale, or chance alone gave them. */
  readonly isSet: boolean;
  /** The lowest and highest sum of points; null where the schema does not tell. */
  readonly range: PointRange | null;
  /** The most different points that an item of the scale may have; null likewise. */
  readonly categories: number | null;
}

/** Table 6: the sheets' instrument, answered by personas, and the sheets themselves. */
export function tabulateSheetReliability(study: StudyData): readonly ReliabilityRow[] {
  const fewest = fewestPersons(study);
  return [...sampleAnswers(study, true), ...sampleSheets(study)].map((one) =>
    describe({ ...one, fewest }),
  );
}

/** Table A5: every other instrument. The answers as the reference population come last. */
export function tabulateOtherReliability(study: StudyData): readonly ReliabilityRow[] {
  const fewest = fewestPersons(study);
  return sampleAnswers(study, false).map((one) => describe({ ...one, fewest }));
}

/**
 * Of a handful of cases, alpha may be anything, down to far below −1, and so may the correlations of
 * items: in studies of their own cases, they need as many as omega does. Elsewhere they stay as the
 * published design has them.
 */
function fewestPersons(study: StudyData): number {
  return hasSheets(study) ? 0 : FEWEST_PERSONS;
}

/** Everything that item statistics are made of: the sheets, and who answered what. */
export function itemSamples(study: StudyData): readonly Sample[] {
  return [...sampleSheets(study), ...sampleAnswers(study, true), ...sampleAnswers(study, false)];
}

function sampleAnswers(study: StudyData, ofSheets: boolean): readonly Sample[] {
  return study.answered
    .filter(({ questionnaire }) => isOfSheets(study, questionnaire) === ofSheets)
    .flatMap((answered) => {
      const cells = listCells(answered, ofSheets ? '6' : 'A5');
      // Where no sheet stands beside it, what a model answered as the reference population is the
      // reference.
      const isReference = (cell: (typeof cells)[number]) =>
        !ofSheets && cell.population.isReference;
      return [...cells.filter((cell) => !isReference(cell)), ...cells.filter(isReference)].flatMap(
        (cell) =>
          answered.questionnaire.scales.map(({ id: scale }) => {
            const { incomplete, ...points } = readScale(cell, scale);
            const who = isReference(cell)
              ? { model: REFERENCE_ROW, answered_by: cell.model.label }
              : { model: cell.model.label, answered_by: null };
            const instrument = answered.questionnaire.label;
            const population = isReference(cell) ? null : cell.label;
            const isSet = drivenPart(answered.questionnaire, scale, cell.condition) !== 'none';
            return {
              ...who,
              instrument,
              population,
              scale,
              n_incomplete: incomplete,
              ...points,
              empty: explainEmpty(cell),
              isSet,
              range: rangeIn(answered.questionnaire, scale),
              categories: categoriesIn(answered.questionnaire, scale),
            };
          }),
      );
    });
}

function rangeIn(questionnaire: StudyQuestionnaire, scale: string): PointRange | null {
  return rangeOfTotal(columnsOfScale(questionnaire, scaleOf(questionnaire, scale)));
}

function categoriesIn(questionnaire: StudyQuestionnaire, scale: string): number | null {
  const counts = columnsOfScale(questionnaire, scaleOf(questionnaire, scale)).map(({ column }) =>
    categoriesOf(questionnaire.items[column]!),
  );
  return counts.reduce<number | null>(
    (most, count) => (most === null || count === null ? null : Math.max(most, count)),
    0,
  );
}

function categoriesOf({ key, options, points, range }: AdministeredItem): number | null {
  if (key !== null) return 2;
  const given = options.map(({ value }) => points.get(value) ?? value);
  if (given.length > 0) return new Set(given).size;
  return range === null ? null : range.high - range.low + 1;
}

function isOrdinal(categories: number | null, rows: readonly Points[]): boolean {
  const seen = Array.from(rows[0] ?? [], (_, item) => new Set(rows.map((row) => row[item]!)).size);
  return Math.max(categories ?? 0, ...seen) <= MOST_CATEGORIES;
}

/** With the lowest and the highest point that anybody has on every item. */
function rangeOfSeen(rows: readonly Points[]): PointRange {
  const range = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };
  for (const row of rows) {
    for (const point of row) {
      range.low = Math.min(range.low, point);
      range.high = Math.max(range.high, point);
    }
  }
  const k = rows[0]!.length;
  return { low: k * range.low, high: k * range.high };
}

function sampleSheets({ reference, random }: StudyData): readonly Sample[] {
  const kinds = [
    { sheets: reference, kind: 'reference', model: REFERENCE_ROW },
    { sheets: random, kind: 'random', model: RANDOM_ROW },
  ] as const;
  return kinds.flatMap(({ sheets, kind, model }) =>
    scalesOf(sheets).map((scale) => {
      const read = readSheetPoints(sheets, scale, kind);
      const who = {
        instrument: sheets.questionnaire.label,
        model,
        population: null,
        scale,
        answered_by: null,
        isSet: kind === 'random',
        range: rangeIn(sheets.questionnaire, scale),
        categories: categoriesIn(sheets.questionnaire, scale),
      };
      if (!isAvailable(read)) {
        const none = { items: [], clusterIds: new Int32Array(), points: new Int32Array() };
        return {
          ...who,
          ...none,
          n_incomplete: sheets.personalityIds.length,
          empty: read.notAvailable,
        };
      }
      const { items, personalityIds: clusterIds, points } = read;
      return {
        ...who,
        items,
        clusterIds,
        points,
        n_incomplete: sheets.personalityIds.length - clusterIds.length,
        empty: '',
      };
    }),
  );
}

function describe({
  items,
  clusterIds,
  points,
  empty,
  ...who
}: Sample & { readonly fewest: number }): ReliabilityRow {
  const reasons = new Reasons();
  const n = clusterIds.length;
  const k = items.length;
  const starts = clusterStarts(clusterIds);
  const clusters = starts.length - 1;
  const rows = Array.from({ length: n }, (_, row) => points.subarray(row * k, (row + 1) * k));
  const whole = reasons.take(
    n === 0
      ? notAvailable(empty)
      : clusters < who.fewest
        ? notAvailable(`fewer than ${who.fewest} persons`)
        : cronbachAlpha(rows),
  );
  const trimmed =
    whole && reasons.take(cronbachAlphaOfVaryingItems(rows), 'without constant items');
  const correlations = n === 0 || clusters < who.fewest ? null : itemTotalCorrelations(rows);
  if (whole !== null && correlations !== null) explainCorrelations(items, correlations, reasons);
  const pooled = n === 0 ? null : { k, points, starts, range: who.range ?? rangeOfSeen(rows) };
  const interval = whole && pooled && reasons.take(spanAlpha(pooled), 'interval of alpha');
  const omega =
    whole &&
    pooled &&
    reasons.take(omegaTotal({ ...pooled, isOrdinal: isOrdinal(who.categories, rows) }), 'omega');
  const omegaInterval = omega && reasons.take(omega.interval, 'interval of omega');
  return {
    instrument: who.instrument,
    model: who.model,
    population: who.population,
    scale: who.scale,
    n,
    k,
    alpha: whole?.alpha ?? null,
    ci_low: interval?.low ?? null,
    ci_high: interval?.high ?? null,
    n_clusters: clusters,
    n_incomplete: who.n_incomplete,
    item_numbers: n === 0 ? null : items,
    item_total_r: correlations?.map((r) => (isAvailable(r) ? r : null)) ?? null,
    // Of a single person all are.
    constant_items:
      clusters < 2
        ? null
        : items.filter((_, item) => rows.every((row) => row[item] === rows[0]![item])),
    alpha_without_constant: trimmed?.alpha ?? null,
    k_without_constant: trimmed?.items ?? null,
    omega: omega?.omega ?? null,
    omega_ci_low: omegaInterval?.low ?? null,
    omega_ci_high: omegaInterval?.high ?? null,
    omega_correlations: omega?.correlations ?? null,
    answered_by: who.answered_by,
    reason: reasons.toCell(),
  };
}

/** One reason for all items that have no correlation for it. */
function explainCorrelations(
  items: readonly number[],
  correlations: readonly (number | NotAvailable)[],
  reasons: Reasons,
): void {
  const missing = items.flatMap((item, position) => {
    const r = correlations[position]!;
    return isAvailable(r) ? [] : [{ item, reason: r.notAvailable }];
  });
  for (const [reason, own] of Map.groupBy(missing, (one) => one.reason)) {
    reasons.add(
      `item-total correlation of item${own.length === 1 ? '' : 's'} ${own.map(({ item }) => item).join(', ')}: ${reason}`,
    );
  }
}
