/** Tables 1 to 3: who the personas are, condition by condition, and what a condition changes. */
import { type ClusteredSample, compareClusteredMeans } from '../../statistics/clusters.ts';
import { isRoundingNoise } from '../../statistics/describe.ts';
import { tQuantile } from '../../statistics/distributions.ts';
import { DEFAULT_LEVEL, type Interval, tailOf } from '../../statistics/interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../statistics/not-available.ts';
import { wilsonInterval } from '../../statistics/proportions.ts';
import {
  NO_DRAW,
  type Personas,
  type StudyModel,
  type StudyPopulation,
  TABULATED_FIELDS,
  type TabulatedField,
} from '../data.ts';
import { type DemographicTable, demographicTableOf } from '../models.ts';
import { compareCells, conditionOf, labelPopulations } from './cells.ts';
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
  /** Share minus that of Base, with its cluster-robust interval. */
  readonly diff: number | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  readonly t: number | null;
  readonly df: number | null;
  readonly p: number | null;
  readonly test: 'cluster-robust t' | 'exact sign test' | null;
  /**
   * Reference sheets that the personas of the row were written from, or of both where there is a
   * test.
   */
  readonly n_clusters: number;
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
    return samples.flatMap((sample) => describeSample(sample, samples, metrics));
  });
  return adjustRows(rows, `table ${table}`);
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
  return Int8Array.from({ length: count }, (_, position) => ofValue[codes[position]!] ?? ofNull);
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
  return {
    ...group,
    members,
    draws,
    sheets: Int32Array.from(members, (position) => personalityIds[position]!),
  };
}

function describeSample(
  sample: Sample,
  samples: readonly Sample[],
  metrics: Readonly<Record<TabulatedField, Int8Array>>,
): readonly DemographicRow[] {
  const base = findBase(sample, samples);
  return PARTITIONS.flatMap((partition) =>
    metricsOf(partition).map((metric, code) =>
      describeMetric(sample, base, {
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

interface Metric {
  readonly metric: string;
  readonly field: TabulatedField;
  /** Which of the codes of the personas stands for this metric. */
  readonly code: number;
  readonly coded: Int8Array;
}

function describeMetric(
  sample: Sample,
  base: Sample | NotAvailable,
  { metric, field, code, coded }: Metric,
): DemographicRow {
  const reasons = new Reasons();
  const indicate = ({ members }: Sample) =>
    Uint8Array.from(members, (position) => (coded[position] === code ? 1 : 0));
  const hits = indicate(sample);
  const n = hits.length;
  const count = sum(hits);
  const span = reasons.take(
    spanShare(hits, sample.sheets),
    n === 0 ? undefined : 'interval of the share',
  );
  const other = reasons.take(base);
  const otherHits = other && indicate(other);
  const isComparable = otherHits !== null && otherHits.length > 0 && n > 0;
  const test = isComparable
    ? compareShares(
        { values: hits, clusters: sample.sheets },
        { values: otherHits, clusters: other!.sheets },
        reasons,
      )
    : null;
  if (other !== null && otherHits?.length === 0)
    reasons.add('the Base population has no personas of these draws');
  return {
    model: sample.model.label,
    condition: sample.label,
    field,
    metric,
    n,
    count,
    share: n === 0 ? null : count / n,
    share_ci_low: span?.low ?? null,
    share_ci_high: span?.high ?? null,
    interval: span?.method ?? null,
    diff: isComparable ? count / n - sum(otherHits) / otherHits.length : null,
    ci_low: test?.ci_low ?? null,
    ci_high: test?.ci_high ?? null,
    t: test?.t ?? null,
    df: test?.df ?? null,
    p: test?.p ?? null,
    ...NOT_ADJUSTED,
    test: test?.test ?? null,
    n_clusters: test?.n_clusters ?? new Set(sample.sheets).size,
    draws: sample.draws,
    reason: reasons.toCell(),
  };
}

interface Indicated extends ClusteredSample {
  readonly values: Uint8Array;
  readonly clusters: Int32Array;
}

type Comparison = Pick<
  DemographicRow,
  't' | 'df' | 'p' | 'test' | 'n_clusters' | 'ci_low' | 'ci_high'
>;

/**
 * The cluster-robust test. It has no variance to go by where all of one group are in the category
 * and none of the other: then every sheet that both have changed the same way, which a sign test of
 * the sheets finds with 2 · ½^sheets.
 */
function compareShares(first: Indicated, second: Indicated, reasons: Reasons): Comparison | null {
  const none = (reason: string) => {
    reasons.add(reason);
    return null;
  };
  const [here, there] = [sum(first.values), sum(second.values)];
  const [allHere, allThere] = [here === first.values.length, there === second.values.length];
  if (here === 0 && there === 0) return none('nobody is in this category, here or in Base');
  if (allHere && allThere) return none('everybody is in this category, here and in Base');
  if ((allHere && there === 0) || (here === 0 && allThere)) {
    const own = new Set(first.clusters);
    const shared = [...new Set(second.clusters)].filter((sheet) => own.has(sheet)).length;
    if (shared === 0)
      return none(
        'all of one group are in this category and none of the other, and they share no sheet',
      );
    reasons.add(
      'interval of the difference: all of one group are in this category and none of the other',
    );
    return {
      t: null,
      df: null,
      p: 2 * 0.5 ** shared,
      test: 'exact sign test',
      n_clusters: shared,
      ci_low: null,
      ci_high: null,
    };
  }
  const result = reasons.take(compareClusteredMeans(first, second));
  if (result === null) return null;
  const { t, df, p, clusters, interval } = result;
  return {
    t,
    df,
    p,
    test: 'cluster-robust t',
    n_clusters: clusters,
    ci_low: interval.low,
    ci_high: interval.high,
  };
}

type ShareInterval = Interval & { readonly method: ShareMethod };

/**
 * Interval of a share of personas that come in sheets: Student's, with the cluster-robust standard
 * error, on the logit (as `svyciprop` of R's survey does), so that it stays between 0 and 1. For a
 * share of 0 or 1, which has no standard error, that of Wilson with as many observations as there
 * are sheets: how alike the personas of one are cannot be seen.
 *
 * @param sheets sorted
 */
function spanShare(
  hits: Uint8Array,
  sheets: Int32Array,
  level = DEFAULT_LEVEL,
): ShareInterval | NotAvailable {
  const n = hits.length;
  if (n === 0) return notAvailable('there are no personas');
  const share = sum(hits) / n;
  let clusters = 0;
  let squares = 0;
  for (let from = 0, to = 0; from < n; from = to) {
    let residual = 0;
    while (to < n && sheets[to] === sheets[from]) residual += hits[to++]! - share;
    squares += residual * residual;
    clusters++;
  }
  if (share === 0 || share === 1) {
    const wilson = wilsonInterval({ successes: share * clusters, n: clusters }, level);
    return isAvailable(wilson) ? { ...wilson, method: 'Wilson over sheets' } : wilson;
  }
  if (clusters < 2) return notAvailable('fewer than 2 sheets');
  const standardError = Math.sqrt((clusters / (clusters - 1)) * squares) / n;
  if (isRoundingNoise(standardError, share)) return notAvailable('all sheets have the same share');
  const centre = Math.log(share / (1 - share));
  const reach = (-tQuantile(tailOf(level), clusters - 1) * standardError) / (share * (1 - share));
  return {
    low: expit(centre - reach),
    high: expit(centre + reach),
    level,
    method: 'cluster-robust logit',
  };
}

function expit(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

function sum(values: Uint8Array): number {
  return values.reduce((total, value) => total + value, 0);
}
