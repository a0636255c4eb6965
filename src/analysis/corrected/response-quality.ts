/** Table Q1: how questionnaires were answered, whatever was asked. */
import { spanByInfluence } from '../../statistics/influence.ts';
import type { Interval } from '../../statistics/interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../statistics/not-available.ts';
import { shareOf, spanShare } from '../../statistics/shares.ts';
import { spanConstant } from '../../statistics/unseen.ts';
import type { Answered, Sheets, StudyData, StudyQuestionnaire } from '../data.ts';
import { RANDOM_ROW, REFERENCE_ROW } from '../table.ts';
import { type AnsweredCell, explainUnanswered, isOfSheets, listCells, personOf } from './cells.ts';
import {
  orderItems,
  passingShares,
  planStyles,
  type RawAnswers,
  STYLE_MEASURES,
  type StyleMeasure,
  type StylePlan,
  StyleReader,
  type StyleUnit,
} from './response-styles.ts';
import { Reasons } from './rows.ts';

export type ResponseQualityRow = {
  readonly instrument: string;
  readonly model: string;
  /** Null for sheets. */
  readonly population: string | null;
  readonly measure: StyleMeasure;
  /** Administrations (or sheets) of which the measure exists. */
  readonly n: number;
  /** Personalities that these are of. */
  readonly n_clusters: number;
  /** Administrations that succeeded (or sheets). */
  readonly n_administrations: number;
  /** The mean over administrations, with an interval that takes a personality for a cluster. */
  readonly value: number | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  readonly unit: StyleUnit;
  /** For Guttman errors: what the order of the items comes from. */
  readonly item_order: 'reference sheets' | 'pooled answers' | null;
  readonly reason: string | null;
};

/** Sheets, and what nobody has answered, have their rows too. */
export function tabulateResponseQuality(study: StudyData): readonly ResponseQualityRow[] {
  const rows = study.answered.flatMap((answered) => {
    const plan = planStyles(answered.questionnaire);
    const order = orderFor(study, answered, plan);
    const reader = new StyleReader(plan, order.guttman);
    return listCells(answered, 'Q1').flatMap((cell) => describeCell(cell, reader, plan, order));
  });
  return [
    ...rows,
    ...describeSheets(study.reference, study.reference, REFERENCE_ROW),
    ...describeSheets(study.random, study.reference, RANDOM_ROW),
  ];
}

interface ItemOrder {
  readonly guttman: StylePlan['guttman'];
  readonly from: NonNullable<ResponseQualityRow['item_order']>;
}

/**
 * How hard items are does not come from the model whose answers it judges, where sheets can tell
 * it.
 */
function orderFor(study: StudyData, answered: Answered, plan: StylePlan): ItemOrder {
  const { reference } = study;
  const { questionnaire, administrations, answers } = answered;
  if (isOfSheets(study, questionnaire) && reference.personalityIds.length > 0) {
    const shares = plan.guttman.map((scale) => sharesOfSheets(reference, questionnaire, scale));
    if (shares.every((one) => one !== null))
      return { guttman: orderAll(plan, shares), from: 'reference sheets' };
  }
  const rows = [...administrations.keys()].filter((at) => administrations[at]!.succeeded === true);
  const width = questionnaire.items.length;
  return {
    guttman: orderAll(
      plan,
      plan.guttman.map((scale) => passingShares(scale, answers, width, rows)),
    ),
    from: 'pooled answers',
  };
}

function orderAll({ guttman }: StylePlan, shares: readonly (readonly number[])[]) {
  return guttman.map((scale, at) => orderItems(scale, shares[at]!));
}

/** Null where the sheets do not have the items of the scale as dichotomous ones. */
function sharesOfSheets(
  { questionnaire: own, answers, personalityIds }: Sheets,
  { items }: StudyQuestionnaire,
  scale: StylePlan['guttman'][number],
): readonly number[] | null {
  const plan = planStyles(own).guttman.find(({ id }) => id === scale.id);
  if (plan === undefined) return null;
  const shares = passingShares(plan, answers, own.items.length, personalityIds.keys());
  const byNumber = new Map(plan.items.map(({ column }, at) => [own.items[column]!.number, at]));
  const places = scale.items.map(({ column }) => byNumber.get(items[column]!.number));
  return places.every((place) => place !== undefined)
    ? places.map((place) => shares[place]!)
    : null;
}

function describeCell(
  cell: AnsweredCell,
  reader: StyleReader,
  plan: StylePlan,
  order: ItemOrder,
): readonly ResponseQualityRow[] {
  const { answered, succeeded } = cell;
  const { answers, administrations, questionnaire } = answered;
  const width = questionnaire.items.length;
  const columns = new Map(questionnaire.items.map(({ number }, column) => [number, column]));
  const read = readAll(
    reader,
    answers,
    succeeded.map((position) => ({
      from: position * width,
      cluster: personOf(cell, position),
      order:
        administrations[position]!.itemOrder?.flatMap((number) => columns.get(number) ?? []) ??
        null,
    })),
  );
  const who = {
    instrument: questionnaire.label,
    model: cell.model.label,
    population: cell.label,
  };
  const empty = succeeded.length === 0 ? explainUnanswered(cell) : null;
  return STYLE_MEASURES.map((measure) =>
    describeMeasure(who, measure, read, plan, order.from, empty),
  );
}

function describeSheets(
  { questionnaire, personalityIds, answers }: Sheets,
  reference: Sheets,
  model: string,
): readonly ResponseQualityRow[] {
  if (personalityIds.length === 0) return [];
  const plan = planStyles(questionnaire);
  const width = questionnaire.items.length;
  const [source, from] =
    reference.personalityIds.length > 0
      ? [reference, 'reference sheets' as const]
      : [{ answers, personalityIds }, 'pooled answers' as const];
  const shares = plan.guttman.map((scale) =>
    passingShares(scale, source.answers, width, source.personalityIds.keys()),
  );
  const reader = new StyleReader(plan, orderAll(plan, shares));
  const rows = Array.from(personalityIds, (cluster, row) => ({
    ...{ from: row * width, cluster, order: null },
  }));
  const read = readAll(reader, answers, rows);
  const who = { instrument: questionnaire.label, model, population: null };
  return STYLE_MEASURES.map((measure) => describeMeasure(who, measure, read, plan, from, null));
}

interface ReadStyles {
  readonly administrations: number;
  /** By position of the measure: of each cluster, the sum and number of its values. */
  readonly sums: readonly Float64Array[];
  readonly sizes: readonly Int32Array[];
}

interface Place {
  /** Of the first answer. */
  readonly from: number;
  readonly cluster: number;
  /** Columns in the order asked. */
  readonly order: readonly number[] | null;
}

function readAll(reader: StyleReader, answers: RawAnswers, places: readonly Place[]): ReadStyles {
  const clusters = new Map<number, number>();
  for (const { cluster } of places)
    if (!clusters.has(cluster)) clusters.set(cluster, clusters.size);
  const sums = STYLE_MEASURES.map(() => new Float64Array(clusters.size));
  const sizes = STYLE_MEASURES.map(() => new Int32Array(clusters.size));
  for (const { from, cluster, order } of places) {
    reader.read(answers, from, order);
    const at = clusters.get(cluster)!;
    for (let measure = 0; measure < STYLE_MEASURES.length; measure++) {
      const value = reader.values[measure]!;
      if (Number.isNaN(value)) continue;
      sums[measure]![at]! += value;
      sizes[measure]![at]!++;
    }
  }
  return { administrations: places.length, sums, sizes };
}

function describeMeasure(
  who: Pick<ResponseQualityRow, 'instrument' | 'model' | 'population'>,
  measure: StyleMeasure,
  { administrations, sums, sizes }: ReadStyles,
  plan: StylePlan,
  from: ItemOrder['from'],
  empty: string | null,
): ResponseQualityRow {
  const reasons = new Reasons();
  const place = STYLE_MEASURES.indexOf(measure);
  const { unit, absent } = plan.measures[measure];
  const observed = [...sizes[place]!.keys()].filter((cluster) => sizes[place]![cluster]! > 0);
  const clusters = {
    hits: Float64Array.from(observed, (cluster) => sums[place]![cluster]!),
    sizes: Float64Array.from(observed, (cluster) => sizes[place]![cluster]!),
  };
  const n = clusters.sizes.reduce((sum, size) => sum + size, 0);
  if (absent !== null) reasons.add(absent);
  else if (empty !== null) reasons.add(empty);
  else if (n === 0) reasons.add(UNDEFINED[measure] ?? 'too few items have an answer');
  const found = n === 0 ? null : reasons.take(spanMean(clusters, unit, plan.ranges[measure]));
  const span = found && reasons.take(found.interval, 'interval');
  return {
    ...who,
    measure,
    n,
    n_clusters: observed.length,
    n_administrations: administrations,
    value: found?.value ?? null,
    ci_low: span?.low ?? null,
    ci_high: span?.high ?? null,
    unit,
    item_order: measure === 'Guttman errors' && absent === null ? from : null,
    reason: reasons.toCell(),
  };
}

const UNDEFINED: Readonly<Partial<Record<StyleMeasure, string>>> = {
  acquiescence: 'no pair of a keyed and a reversed item has both answers',
  contradictions: 'no pair of a keyed and a reversed item has both answers',
  'Guttman errors': 'every complete scale is passed as a whole, or not at all',
  'failed attention checks': 'no attention check has an answer',
};

/**
 * The mean of values that come in clusters. Where no cluster departs from it, the interval is what
 * so many clusters leave open.
 */
function spanMean(
  { hits, sizes }: { readonly hits: Float64Array; readonly sizes: Float64Array },
  unit: StyleUnit,
  range: { readonly min: number; readonly max: number } | undefined,
): { readonly value: number; readonly interval: Interval | NotAvailable } | NotAvailable {
  const mean = shareOf({ hits, sizes });
  if (!isAvailable(mean)) return mean;
  const { share: value, influence } = mean;
  if (unit === 'share') return { value, interval: spanShare(mean, 'Wilson') };
  const span = spanByInfluence(value, influence, 'identity');
  if (isAvailable(span) || hits.length < 2) return { value, interval: span };
  return {
    value,
    interval:
      range === undefined
        ? notAvailable('no cluster departs from the mean')
        : spanConstant(value, hits.length, range),
  };
}
