/** Tables 1 to 3: who the personas are, condition by condition, and what a condition changes. */
import { compareClusteredMeans } from '../../statistics/clusters.ts';
import { isRoundingNoise } from '../../statistics/describe.ts';
import { tQuantile } from '../../statistics/distributions.ts';
import { DEFAULT_LEVEL, type Interval, tailOf } from '../../statistics/interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../statistics/not-available.ts';
import { wilsonInterval } from '../../statistics/proportions.ts';
import { DEMOGRAPHIC_FIELDS, type DemographicField, NO_DRAW, type Personas, type StudyPopulation } from '../study.ts';
import { compareCells, conditionOf, labelPopulations } from './cells.ts';
import { categorise, metricsOf, PARTITIONS } from './partition.ts';
import { type Adjusted, adjustRows, NOT_ADJUSTED, Reasons } from './rows.ts';

export type DemographicRow = Adjusted & {
  readonly model: string;
  readonly condition: string;
  /** The shares of a field sum to 1. */
  readonly field: DemographicField;
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
  readonly test: 'cluster-robust t' | null;
  /** Reference sheets that the personas of the row were written from, or of both where there is a test. */
  readonly n_clusters: number;
  /** Draws 1 to this one count: as many as every condition of the model has. */
  readonly draws: number;
  readonly reason: string | null;
};

type ShareMethod = 'cluster-robust logit' | 'Wilson over sheets';

/** Personas of one model and population. */
interface Group {
  readonly model: string;
  readonly population: StudyPopulation;
  readonly label: string;
  readonly condition: ReturnType<typeof conditionOf>;
  /** Positions among the personas. */
  readonly members: readonly number[];
}

/** A group without the draws that do not count, and the cluster of each member as a number from 0. */
interface Sample extends Group {
  readonly draws: number;
  readonly clusters: Int32Array;
  readonly sizes: Float64Array;
}

/** @param family names the table among the tests that are corrected together */
export function tabulateDemographics(personas: Personas, models: ReadonlySet<string>, family: string): readonly DemographicRow[] {
  const groups = groupPersonas(personas, models);
  const metrics = Object.fromEntries(DEMOGRAPHIC_FIELDS.map((field) => [field, categoriseAll(personas, field)])) as Readonly<
    Record<DemographicField, Int8Array>
  >;
  const rows = [...Map.groupBy(groups, ({ model }) => model).values()].flatMap((ofModel) => {
    const draws = countDraws(personas, ofModel);
    const samples = ofModel.map((group) => takeSample(personas, group, draws));
    return samples.flatMap((sample) => describeSample(sample, samples, metrics));
  });
  return adjustRows(rows, family);
}

function groupPersonas({ group, groups, hasWordCount }: Personas, models: ReadonlySet<string>): readonly Group[] {
  const members = groups.map((): number[] => []);
  for (let position = 0; position < group.length; position++) {
    if (hasWordCount[position] === 1) members[group[position]!]!.push(position);
  }
  const labels = labelPopulations(groups);
  return groups
    .map((one, at) => ({ ...one, label: labels[at]!, condition: conditionOf(one.population), members: members[at]! }))
    .filter(({ model }) => models.has(model))
    .sort(compareCells);
}

/** The metric of each persona, by position among the field's metrics. Values repeat: each is looked at once. */
function categoriseAll({ fields, count }: Personas, field: DemographicField): Int8Array {
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

/** The largest draw that every condition has; the reference population, of which there are no draws, aside. */
function countDraws(personas: Personas, groups: readonly Group[]): number {
  const drawn = groups.filter(({ population, members }) => !population.isReference && members.length > 0);
  const largest = drawn.map(({ members }) => members.reduce((most, position) => Math.max(most, drawOf(personas, position)), 1));
  return largest.length === 0 ? 1 : Math.min(...largest);
}

function takeSample(personas: Personas, group: Group, draws: number): Sample {
  const members = group.members.filter((position) => drawOf(personas, position) <= draws);
  const numbers = new Map<number, number>();
  const clusters = Int32Array.from(members, (position) => {
    const personality = personas.personalityIds[position]!;
    const number = numbers.get(personality) ?? numbers.size;
    numbers.set(personality, number);
    return number;
  });
  const sizes = new Float64Array(numbers.size);
  for (const cluster of clusters) sizes[cluster]!++;
  return { ...group, members, draws, clusters, sizes };
}
