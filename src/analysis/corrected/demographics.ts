/** Tables 1 to 3: who the personas are, condition by condition, and what a condition changes. */
import { compareClusteredMeans, compareIndependentClusters } from '../../statistics/clusters.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../statistics/not-available.ts';
import {
  correlateInfluence,
  type Estimated,
  type Share,
  shareOf,
  spanDifference,
  spanShare,
} from '../../statistics/shares.ts';
import {
  NO_DRAW,
  type Personas,
  type StudyModel,
  type StudyPopulation,
  TABULATED_FIELDS,
  type TabulatedField,
} from '../data.ts';
import { type DemographicTable, demographicTableOf } from '../models.ts';
import { clusterStarts, compareCells, conditionOf, labelPopulations } from './cells.ts';
import { categorise, metricsOf, PARTITIONS } from './demographic-categories.ts';
import { type Adjusted, adjustRows, NOT_ADJUSTED, Reasons } from './rows.ts';

export type DemographicRow = Adjusted & {
  readonly model: string;
  readonly condition: string;
  /** The shares of a field sum to 1. */
  readonly field: TabulatedField;
  readonly metric: string;
  /** Personas that have a description, of the draws that count. */
  readonly n: number;
  readonly count: number;
  readonly share: number | null;
  readonly share_ci_low: number | null;
  readonly share_ci_high: number | null;
  readonly interval: ShareMethod | null;
  /**
   * Share minus that of Base, both of the sheets that are compared, with its interval from those of
   * the two shares.
   */
  readonly diff: number | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  readonly t: number | null;
  readonly df: number | null;
  readonly p: number | null;
  readonly test: 'cluster-robust t' | 'CR2 t' | 'exact sign test' | null;
  /** Reference sheets that the personas of the row were written from. */
  readonly n_clusters: number;
  /** Those that the personas of Base were written from; null where Base is not compared with. */
  readonly n_base_clusters: number | null;
  /** Those of both, which alone are compared if they are at least half of one side's. */
  readonly n_shared: number | null;
  /** Draws 1 to this one count: as many as every condition of the model has. */
  readonly draws: number;
  readonly reason: string | null;
};

type ShareMethod = 'cluster-robust logit' | 'Wilson over sheets';

/** Personas of one model and population. */
interface Group {
  readonly model: StudyModel;
  readonly population: StudyPopulation;
  readonly label: string;
  readonly condition: ReturnType<typeof conditionOf>;
  /** Positions among the personas. */
  readonly members: readonly number[];
}

/** A group without the draws that do not count. */
interface Sample extends Group {
  readonly draws: number;
  /** Of each member; sorted. */
  readonly sheets: Int32Array;
  /** Of each sheet, how many of the members were written from it. */
  readonly sizes: Int32Array;
}

/** The models that belong to this table, and no other. */
export function tabulateDemographics(
  personas: Personas,
  table: DemographicTable,
): readonly DemographicRow[] {
  const groups = groupPersonas(personas, table);
  const metrics = Object.fromEntries(
    TABULATED_FIELDS.map((field) => [field, categoriseAll(personas, field)]),
  ) as Readonly<Record<TabulatedField, Int8Array>>;
  const rows = [...Map.groupBy(groups, ({ model }) => model.key).values()].flatMap((ofModel) => {
    const draws = countDraws(personas, ofModel);
    const samples = ofModel.map((group) => takeSample(personas, group, draws));
    return samples.flatMap((sample) => describeSample(sample, samples, metrics, personas));
  });
  return adjustRows(rows, `table ${table}: difference`);
}

function groupPersonas(
  { group, groups, hasWordCount }: Personas,
  table: DemographicTable,
): readonly Group[] {
  const merged = new Map<
    string,
    { model: StudyModel; population: StudyPopulation; members: number[] }
  >();
  const places = groups.map(({ model, population }) => {
    if (demographicTableOf(model) !== table) return null;
    const key = JSON.stringify([model.key, population.population]);
    const place = merged.get(key) ?? { model, population, members: [] };
    merged.set(key, place);
    return place;
  });
  for (let position = 0; position < group.length; position++) {
    if (hasWordCount[position] === 1) places[group[position]!]?.members.push(position);
  }
  const all = [...merged.values()];
  const labels = labelPopulations(all);
  return all
    .map((one, at) => ({ ...one, label: labels[at]!, condition: conditionOf(one.population) }))
    .sort(compareCells(table));
}

/**
 * The metric of each persona, by position among the field's metrics. Values repeat: each is looked
 * at once.
 */
function categoriseAll({ fields, count }: Personas, field: TabulatedField): Int8Array {
  const partition = PARTITIONS.find((one) => one.field === field)!;
  const metrics = metricsOf(partition);
  const { codes, values } = fields[field];
  const ofValue = values.map((value) => metrics.indexOf(categorise(partition, value)));
  const ofNull = metrics.indexOf(categorise(partition, null));
  const coded = new Int8Array(count);
  for (let at = 0; at < count; at++) coded[at] = ofValue[codes[at]!] ?? ofNull;
  return coded;
}

/** A persona without a number of its draw is taken for the first. */
function drawOf({ draws }: Personas, position: number): number {
  return draws[position] === NO_DRAW ? 1 : draws[position]!;
}

/**
 * The largest draw that every condition has; the reference population, of which there are no draws,
 * aside.
 */
function countDraws(personas: Personas, groups: readonly Group[]): number {
  const drawn = groups.filter(
    ({ population, members }) => !population.isReference && members.length > 0,
  );
  const largest = drawn.map(({ members }) =>
    members.reduce((most, position) => Math.max(most, drawOf(personas, position)), 1),
  );
  return largest.length === 0 ? 1 : Math.min(...largest);
}

function takeSample(personas: Personas, group: Group, draws: number): Sample {
  const { personalityIds } = personas;
  const members = group.members.filter((position) => drawOf(personas, position) <= draws);
  members.sort((first, second) => personalityIds[first]! - personalityIds[second]!);
  return { ...group, draws, ...onSheets(members, personalityIds) };
}

/** @param members sorted by sheet */
function onSheets(members: readonly number[], personalityIds: Int32Array): Members {
  const sheets = new Int32Array(members.length);
  for (let at = 0; at < members.length; at++) sheets[at] = personalityIds[members[at]!]!;
  const starts = clusterStarts(sheets);
  const sizes = new Int32Array(starts.length - 1);
  for (let at = 0; at < sizes.length; at++) sizes[at] = starts[at + 1]! - starts[at]!;
  return { members, sheets, sizes };
}

function describeSample(
  sample: Sample,
  samples: readonly Sample[],
  metrics: Readonly<Record<TabulatedField, Int8Array>>,
  { personalityIds }: Personas,
): readonly DemographicRow[] {
  const base = findBase(sample, samples);
  const comparison = isAvailable(base) ? pairWithBase(sample, base, personalityIds) : base;
  return PARTITIONS.flatMap((partition) =>
    metricsOf(partition).map((metric, code) =>
      describeMetric(sample, comparison, {
        metric,
        code,
        field: partition.field,
        coded: metrics[partition.field],
      }),
    ),
  );
}

function findBase(sample: Sample, samples: readonly Sample[]): Sample | NotAvailable {
  if (sample.condition?.name === 'Base')
    return notAvailable('Base is what conditions are compared with');
  if (sample.population.isReference)
    return notAvailable('the reference population is no condition');
  const bases = samples.filter(({ condition }) => condition?.name === 'Base');
  if (bases.length > 1) return notAvailable('there are several Base populations');
  return bases[0] ?? notAvailable('there is no Base population');
}

/** Personas of some sheets, sorted by sheet. */
type Members = Pick<Sample, 'members' | 'sheets' | 'sizes'>;

interface Comparison {
  readonly own: Members;
  readonly base: Members;
  readonly baseClusters: number;
  readonly sharedClusters: number;
  /** Whether only what both have is compared; else the sides are taken for independent. */
  readonly isShared: boolean;
}

/**
 * Sheets that only one side has tell nothing about what a condition changes in them, and where one
 * side has few of the other's sheets they make the cluster-robust variance too small. They count
 * where the sides have next to nothing in common.
 */
function pairWithBase(sample: Sample, base: Sample, personalityIds: Int32Array): Comparison {
  const own = new Set(sample.sheets);
  const others = new Set(base.sheets);
  const shared = new Set([...own].filter((sheet) => others.has(sheet)));
  const isShared = shared.size >= 2 && 2 * shared.size >= Math.min(own.size, others.size);
  const keep = ({ members, sheets }: Members): Members =>
    onSheets(
      members.filter((_, at) => shared.has(sheets[at]!)),
      personalityIds,
    );
  return {
    own: isShared ? keep(sample) : sample,
    base: isShared ? keep(base) : base,
    baseClusters: others.size,
    sharedClusters: shared.size,
    isShared,
  };
}

interface Metric {
  readonly metric: string;
  readonly field: TabulatedField;
  /** Which of the codes of the personas stands for this metric. */
  readonly code: number;
  readonly coded: Int8Array;
}

function describeMetric(
  sample: Sample,
  comparison: Comparison | NotAvailable,
  metric: Metric,
): DemographicRow {
  const reasons = new Reasons();
  const hits = indicate(sample, metric);
  const n = hits.length;
  const count = sum(hits);
  const whole = reasons.take(
    n === 0 ? notAvailable('there are no personas') : countHits(sample, hits),
  );
  const span = whole && reasons.take(spanShare(whole, 'Wilson'), 'interval of the share');
  const sides = reasons.take(comparison);
  if (sides?.base.members.length === 0)
    reasons.add('the Base population has no personas of these draws');
  const compared = sides && compareShares(sides, metric, reasons);
  return {
    model: sample.model.label,
    condition: sample.label,
    field: metric.field,
    metric: metric.metric,
    n,
    count,
    share: whole?.share ?? null,
    share_ci_low: span?.low ?? null,
    share_ci_high: span?.high ?? null,
    interval: span && (span.isRobust ? 'cluster-robust logit' : 'Wilson over sheets'),
    diff: compared?.diff ?? null,
    ci_low: compared?.ci_low ?? null,
    ci_high: compared?.ci_high ?? null,
    t: compared?.t ?? null,
    df: compared?.df ?? null,
    p: compared?.p ?? null,
    ...NOT_ADJUSTED,
    test: compared?.test ?? null,
    n_clusters: sample.sizes.length,
    n_base_clusters: sides?.baseClusters ?? null,
    n_shared: sides?.sharedClusters ?? null,
    draws: sample.draws,
    reason: reasons.toCell(),
  };
}

function indicate({ members }: Members, { coded, code }: Metric): Uint8Array {
  // A loop: the mapping of a typed array's `from` takes twenty times as long.
  const indicated = new Uint8Array(members.length);
  for (let at = 0; at < members.length; at++) indicated[at] = coded[members[at]!] === code ? 1 : 0;
  return indicated;
}

function countHits({ sizes }: Members, indicated: Uint8Array): Share | NotAvailable {
  const hits = new Int32Array(sizes.length);
  let member = 0;
  for (let sheet = 0; sheet < sizes.length; sheet++)
    for (const end = member + sizes[sheet]!; member < end; member++)
      hits[sheet]! += indicated[member]!;
  return shareOf({ hits, sizes });
}

type Compared = Pick<DemographicRow, 'diff' | 'ci_low' | 'ci_high' | 't' | 'df' | 'p' | 'test'>;

function compareShares(
  { own, base, sharedClusters, isShared }: Comparison,
  metric: Metric,
  reasons: Reasons,
): Compared | null {
  const [hits, baseHits] = [indicate(own, metric), indicate(base, metric)];
  const [first, second] = [countHits(own, hits), countHits(base, baseHits)];
  if (!isAvailable(first) || !isAvailable(second)) return null;
  const [here, there] = [estimateShare(first, reasons), estimateShare(second, reasons)];
  // The sheets are the same ones then, in the same order.
  const correlation = isShared ? correlateInfluence(first.influence, second.influence) : 0;
  const interval = here && there && spanDifference(here, there, correlation);
  return {
    diff: first.share - second.share,
    ci_low: interval?.low ?? null,
    ci_high: interval?.high ?? null,
    ...testShares(
      { values: hits, clusters: own.sheets, share: first.share },
      { values: baseHits, clusters: base.sheets, share: second.share },
      { sharedClusters, isShared },
      reasons,
    ),
  };
}

function estimateShare(share: Share, reasons: Reasons): Estimated | null {
  const interval = reasons.take(spanShare(share, 'Wilson'), 'interval of the difference');
  return interval && { value: share.share, interval };
}

interface Side {
  readonly values: Uint8Array;
  readonly clusters: Int32Array;
  readonly share: number;
}

const UNTESTED = { t: null, df: null, p: null, test: null } as const;

/**
 * The cluster-robust test. It has no variance to go by where all of one group are in the category
 * and none of the other: then every sheet that both have changed the same way, which a sign test of
 * the sheets finds with 2 · ½^sheets.
 */
function testShares(
  first: Side,
  second: Side,
  { sharedClusters, isShared }: Pick<Comparison, 'sharedClusters' | 'isShared'>,
  reasons: Reasons,
): Pick<DemographicRow, 't' | 'df' | 'p' | 'test'> {
  const none = (reason: string) => {
    reasons.add(reason);
    return UNTESTED;
  };
  const [here, there] = [first.share, second.share];
  if (here === 0 && there === 0) return none('nobody is in this category, here or in Base');
  if (here === 1 && there === 1) return none('everybody is in this category, here and in Base');
  if (Math.abs(here - there) === 1) {
    if (!isShared)
      return none(
        'all of one group are in this category and none of the other, and they share too few sheets',
      );
    return { t: null, df: null, p: 2 * 0.5 ** sharedClusters, test: 'exact sign test' };
  }
  if (isShared) {
    const result = reasons.take(compareClusteredMeans(first, second), 'test');
    return result === null
      ? UNTESTED
      : { t: result.t, df: result.df, p: result.p, test: 'cluster-robust t' };
  }
  const result = reasons.take(compareIndependentClusters(first, second), 'test');
  return result === null ? UNTESTED : { t: result.t, df: result.df, p: result.p, test: 'CR2 t' };
}

function sum(values: Uint8Array): number {
  let total = 0;
  for (let at = 0; at < values.length; at++) total += values[at]!;
  return total;
}
