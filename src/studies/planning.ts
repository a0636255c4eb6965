/**
 * Plans a study before it is carried out: how many draws, administrations and ways of asking a
 * reliability needs and what they cost, how wide intervals will be, and what tests will find.
 */
import type { ComponentRow } from '../analysis/corrected/variance-components.ts';
import { type AnalysisPlan, boundFor, DEFAULT_MEAN_BOUND, storedPlan } from '../analysis/plan.ts';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/connect.ts';
import { UserError } from '../errors.ts';
import { rangeOfScale } from '../instruments/score.ts';
import { CONTROL, type OwnPersona } from '../personas/own/own.ts';
import { meanContrasts } from '../report/tables/families/mean-contrasts.ts';
import { scaleScores } from '../report/tables/families/scale-scores.ts';
import { varianceComponents } from '../report/tables/families/variance-components.ts';
import { rowsOf } from '../report/tables/tables.ts';
import {
  errorOfShare,
  fewestFor,
  halfWidth,
  powerOfEquivalence,
  powerOfT,
} from '../statistics/power.ts';
import { leastEquivalenceP } from '../statistics/unseen.ts';
import { computeTables } from './analyze.ts';
import { differencesOfContrasts } from './pilot-contrasts.ts';
import { planStudy } from './pipeline.ts';
import type { StudySpec } from './study-spec.ts';

/** Variances, or shares of one, by what they are left over after averaging. */
export interface StatedComponents {
  readonly person: number;
  readonly draw: number;
  /** Persons by way of asking. */
  readonly way: number;
  readonly administration: number;
}

const NO_COMPONENTS: StatedComponents = { person: 0, draw: 0, way: 0, administration: 0 };

/** One scale as one model answers it in one condition. */
interface ScaleToPlan {
  readonly instrument: string | null;
  readonly model: string | null;
  readonly population: string | null;
  readonly scale: string | null;
  readonly components: StatedComponents;
  /** What the pilot did not tell from administrations, and counts as what only more of it lowers. */
  readonly includes: string | null;
}

/** A mean difference between personas and their sheets, or within own cases between two levels. */
export interface DifferenceToPlan {
  readonly model: string | null;
  /** The condition; of own cases the factor. */
  readonly population: string | null;
  readonly scale: string | null;
  /**
   * Of the differences of persons, in points, in a study in which each is the mean of `means`; 1
   * where nothing is known of it.
   */
  readonly sd: number;
  /** Of the sheets' scores; null where it is not known. */
  readonly sheetSd: number | null;
  /** Null where it does not depend on how often persons are asked, as far as is known. */
  readonly means: { readonly components: StatedComponents; readonly sizes: Sizes } | null;
}

/** What is known before the study. */
export interface Known {
  readonly source: 'pilot' | 'stated' | 'nothing';
  readonly scales: readonly ScaleToPlan[];
  readonly differences: readonly DifferenceToPlan[];
}

export interface PlanningOptions {
  /** Of the mean of all that is collected of a person. */
  readonly reliability: number;
  readonly power: number;
  /** Level of the tests; that of the strictest of several that are corrected together. */
  readonly alpha: number;
  /** Two shares of personas between which a difference is to be found. */
  readonly shares: readonly [number, number];
  /** How much the draws of one sheet resemble each other in that. */
  readonly icc: number;
}

/** How often each person is asked. */
export interface Sizes {
  readonly draws: number;
  readonly ways: number;
  readonly administrations: number;
}

/** A way to carry the study out, with what it takes. */
export interface PlannedDesign extends Sizes {
  /** Lowest over the scales that can reach the target. */
  readonly reliability: number;
  readonly calls: number;
  /** US dollars; null where a price is not known. */
  readonly costUsd: number | null;
}

interface PlannedScale extends ScaleToPlan {
  readonly single: number;
  /** Of the study as its file has it. */
  readonly planned: number;
  /** The cheapest that reaches the target on this scale; null where none does. */
  readonly cheapest: PlannedDesign | null;
}

interface PlannedTest {
  readonly difference: number;
  readonly power: number;
  /** Persons for the power that is wanted; null where a million are too few. */
  readonly needed: number | null;
}

interface PlannedDifference extends Omit<DifferenceToPlan, 'means' | 'sheetSd'> {
  readonly bound: number;
  /** Half of the 95 % interval of the mean difference. */
  readonly halfWidth: number;
  /** Paired t test of a difference as large as the bound. */
  readonly paired: PlannedTest;
  /** That a difference of 0 is within the bound. */
  readonly equivalence: PlannedTest;
}

interface Precision {
  readonly n: number;
  /** Half 95 % intervals: of a mean difference, in its SDs; of the first share; of the difference. */
  readonly difference: number;
  readonly share: number;
  readonly shareDifference: number;
}

export interface StudyDesign {
  readonly source: Known['source'];
  /** `cases`: personas or stimuli of the study's own, which have no sheets and no draws. */
  readonly units: 'persons' | 'cases';
  /** Of each model and condition, as the study file has them; the control is none. */
  readonly n: number;
  readonly sizes: Sizes;
  /** Of the study as its file has it. */
  readonly bill: Pick<PlannedDesign, 'calls' | 'costUsd'>;
  readonly scales: readonly PlannedScale[];
  /** For all scales that can reach the target, the cheapest first. */
  readonly designs: readonly PlannedDesign[];
  readonly precision: readonly Precision[];
  /** Of bounds and differences: SDs of the differences where no SD is known. */
  readonly unit: 'points' | 'SDs of the differences';
  readonly differences: readonly PlannedDifference[];
  readonly shares: PlannedTest;
}

const FEWEST_PERSONS = 3;
/** More than these no design is tried with. */
const MOST_DRAWS = 50;
const MOST_ADMINISTRATIONS = 50;
/** Of these, the cheapest are shown. */
const MOST_DESIGNS = 8;
/** Persons for which precision is shown. */
const SIZES = [20, 50, 100, 200, 500, 826];
const SIZES_OF_OWN = [20, 50, 100, 200, 500, 1000];
/** Where no SD is known, the bound is half of one. */
const BOUND_IN_SD = 0.5;

/** @throws UserError for a study of fewer than 3 persons or cases */
export async function planDesign(
  study: StudySpec,
  config: Config,
  known: Known,
  options: PlanningOptions,
): Promise<StudyDesign> {
  const priced = await priceStudy(study, config);
  const possible = sizesOf(study);
  const sizes: Sizes = {
    draws: study.personas === null ? study.draws.count : 1,
    ways: study.cells.length,
    administrations: Math.max(...study.questionnaires.map(({ repetitions }) => repetitions)),
  };
  const { n } = priced;
  const units = study.personas === null ? 'persons' : 'cases';
  if (n < FEWEST_PERSONS)
    throw new UserError(`The study has ${n} ${units}, too few for any interval`, {
      code: 'persons-too-few',
      hint: `Give it ${FEWEST_PERSONS} ${units} or more.`,
    });
  const scales = known.scales.map((scale): PlannedScale => {
    const { components } = scale;
    return {
      ...scale,
      single: reliabilityOf(components, { draws: 1, ways: 1, administrations: 1 }),
      planned: reliabilityOf(components, {
        ...sizes,
        administrations: repetitionsOf(study, scale) ?? sizes.administrations,
      }),
      cheapest: designsFor([components], possible, priced.bill, options.reliability)[0] ?? null,
    };
  });
  const reachable = scales.filter(({ cheapest }) => cheapest !== null);
  const hasSd = known.differences.length > 0;
  const plan = planOf(study);
  const differences = hasSd
    ? known.differences
    : [{ model: null, population: null, scale: null, sd: 1, sheetSd: null, means: null }];
  return {
    source: known.source,
    units,
    n,
    sizes,
    bill: sumOf(await planStudy(study, config)),
    scales,
    designs: designsFor(
      reachable.map(({ components }) => components),
      possible,
      priced.bill,
      options.reliability,
    ).slice(0, MOST_DESIGNS),
    precision: [...new Set([n, ...(units === 'cases' ? SIZES_OF_OWN : SIZES)])]
      .sort((first, second) => first - second)
      .map((size) => precisionOf(size, sizes, options)),
    unit: hasSd ? 'points' : 'SDs of the differences',
    differences: differences.map((one) => {
      const bound = hasSd ? pointsOfBound(plan, one) : BOUND_IN_SD;
      const length = lengthOfScale(study, one.scale);
      return planDifference({ ...one, sd: sdOf(one, sizes) }, n, { bound, length }, options);
    }),
    shares: planShares(n, sizes, options),
  };
}

/** In SDs of the sheets, as far as their SD is known; else in those of the differences. */
function pointsOfBound(plan: AnalysisPlan, { scale, sd, sheetSd }: DifferenceToPlan): number {
  const planned = boundFor(plan.equivalence_bound, scale ?? '') ?? DEFAULT_MEAN_BOUND;
  if (typeof planned === 'number') return planned;
  return 'points' in planned ? planned.points : planned.sd * (sheetSd ?? sd);
}

function lengthOfScale(study: StudySpec, id: string | null): number | null {
  const instruments =
    study.personas === null
      ? [study.sheetInstrument]
      : study.questionnaires.map(({ instrument }) => instrument);
  const [length] = instruments.flatMap((instrument) =>
    instrument.scales
      .filter((scale) => scale.id === id)
      .map((scale) => {
        const { low, high } = rangeOfScale(instrument, scale);
        return high - low;
      }),
  );
  return length ?? null;
}

function planOf({ content }: StudySpec): AnalysisPlan {
  return storedPlan((JSON.parse(content) as { readonly analysis?: unknown }).analysis);
}

/** The bill of other sizes than those of the file, from the estimates of a dry run. */
async function priceStudy(study: StudySpec, config: Config) {
  const one = {
    ...study,
    draws: { ...study.draws, count: 1 },
    questionnaires: study.questionnaires.map((asked) => ({ ...asked, repetitions: 1 })),
  };
  const steps = await planStudy(one, config);
  const writing = sumOf(steps.filter(({ step }) => step === 'personas'));
  const asking = sumOf(steps.filter(({ step }) => step !== 'personas'));
  const persons =
    study.personas === null ? writing.calls / perPerson(study) : casesOf(study.personas.rows);
  return {
    n: persons,
    bill: ({ draws, ways, administrations }: Sizes): Pick<PlannedDesign, 'calls' | 'costUsd'> => {
      const times = (draws * administrations * ways) / study.cells.length;
      return {
        calls: Math.round(draws * writing.calls + times * asking.calls),
        costUsd:
          writing.costUsd === null || asking.costUsd === null
            ? null
            : draws * writing.costUsd + times * asking.costUsd,
      };
    },
  };
}

/** Cases in the condition that has most; a control is compared with them and is no case. */
function casesOf(rows: readonly OwnPersona[]): number {
  const byCondition = Map.groupBy(rows, ({ condition }) => condition);
  byCondition.delete(CONTROL);
  return Math.max(
    0,
    ...[...byCondition.values()].map((own) => new Set(own.map((row) => row.case)).size),
  );
}

type Steps = Awaited<ReturnType<typeof planStudy>>;

function sumOf(steps: Steps): Pick<PlannedDesign, 'calls' | 'costUsd'> {
  return {
    calls: steps.reduce((total, { calls }) => total + calls, 0),
    costUsd: steps.some(({ costUsd }) => costUsd === null)
      ? null
      : steps.reduce((total, { costUsd }) => total + costUsd!, 0),
  };
}

/** How often the study gives the questionnaire of a scale; null where it does not have it. */
function repetitionsOf({ questionnaires }: StudySpec, { instrument }: ScaleToPlan): number | null {
  const slug = instrument?.split(' ')[0];
  const found = questionnaires.find((one) => one.instrument.slug === slug);
  return found?.repetitions ?? null;
}

function perPerson({ models, conditions }: StudySpec): number {
  return models.length * conditions.length;
}

interface Possible {
  readonly draws: number;
  readonly ways: number;
}

/** Personas of one's own have no draws, and ways of asking are those that the file has. */
function sizesOf({ personas, cells }: StudySpec): Possible {
  return { draws: personas === null ? MOST_DRAWS : 1, ways: cells.length };
}

/** Generalizability of the mean of all that is collected of a person. */
export function reliabilityOf(components: StatedComponents, sizes: Sizes): number {
  const { person } = components;
  return person <= 0 ? 0 : person / (person + errorOf(components, sizes));
}

/** Variance of what such a mean errs by. */
function errorOf(
  { draw, way, administration }: StatedComponents,
  { draws, ways, administrations }: Sizes,
): number {
  return draw / draws + way / ways + administration / (draws * ways * administrations);
}

/**
 * For each number of draws and ways the fewest administrations that do, unless another design asks
 * less often in every respect; the cheapest first.
 */
function designsFor(
  scales: readonly StatedComponents[],
  possible: Possible,
  bill: (sizes: Sizes) => Pick<PlannedDesign, 'calls' | 'costUsd'>,
  target: number,
): readonly PlannedDesign[] {
  if (scales.length === 0) return [];
  const lowest = (sizes: Sizes) => Math.min(...scales.map((one) => reliabilityOf(one, sizes)));
  const found: PlannedDesign[] = [];
  for (let draws = 1; draws <= possible.draws; draws++) {
    for (let ways = 1; ways <= possible.ways; ways++) {
      for (let administrations = 1; administrations <= MOST_ADMINISTRATIONS; administrations++) {
        const sizes = { draws, ways, administrations };
        const reliability = lowest(sizes);
        if (reliability < target) continue;
        found.push({ ...sizes, reliability, ...bill(sizes) });
        break;
      }
    }
  }
  const isLess = (one: PlannedDesign, other: PlannedDesign) =>
    one !== other &&
    one.draws <= other.draws &&
    one.ways <= other.ways &&
    one.administrations <= other.administrations;
  const needed = found.filter((design) => !found.some((other) => isLess(other, design)));
  return needed.sort(
    (first, second) =>
      (first.costUsd ?? 0) - (second.costUsd ?? 0) ||
      first.calls - second.calls ||
      second.reliability - first.reliability,
  );
}

/**
 * Of differences in a study of these sizes: its square without the error of the means that it was
 * computed from, and with that of the means to come.
 */
function sdOf({ sd, means }: DifferenceToPlan, { draws, administrations }: Sizes): number {
  if (means === null) return sd;
  const before = errorOf(means.components, means.sizes);
  const after = errorOf(means.components, { draws, ways: 1, administrations });
  return Math.sqrt(Math.max(0, sd ** 2 - before) + after);
}

/** @param length of the scale, in points; null where it is not known */
function planDifference(
  { means: _, sheetSd: __, ...one }: DifferenceToPlan,
  n: number,
  { bound, length }: { readonly bound: number; readonly length: number | null },
  { power, alpha }: PlanningOptions,
): PlannedDifference {
  const inErrors = (persons: number) => (bound / one.sd) * Math.sqrt(persons);
  const paired = (persons: number) => powerOfT(inErrors(persons), persons - 1, alpha);
  // The test never calls few persons equivalent, since those who differ may not be among them.
  const equivalent = (persons: number) =>
    length !== null && leastEquivalenceP(persons, bound, length) >= alpha
      ? 0
      : powerOfEquivalence(inErrors(persons), persons - 1, alpha);
  return {
    ...one,
    bound,
    halfWidth: halfWidth(one.sd / Math.sqrt(n), n - 1),
    paired: { difference: bound, power: paired(n), needed: fewestFor(power, paired) },
    equivalence: { difference: 0, power: equivalent(n), needed: fewestFor(power, equivalent) },
  };
}

function planShares(
  n: number,
  { draws }: Sizes,
  { shares, icc, alpha, power }: PlanningOptions,
): PlannedTest {
  const at = (persons: number) =>
    powerOfT(
      Math.abs(shares[1] - shares[0]) / errorOfDifference(shares, { n: persons, draws, icc }),
      persons - 1,
      alpha,
    );
  return { difference: shares[1] - shares[0], power: at(n), needed: fewestFor(power, at) };
}

/** As if both conditions had other persons: what persons have in common makes it smaller. */
function errorOfDifference(
  shares: readonly [number, number],
  of: Parameters<typeof errorOfShare>[1],
): number {
  return Math.hypot(errorOfShare(shares[0], of), errorOfShare(shares[1], of));
}

function precisionOf(n: number, { draws }: Sizes, { shares, icc }: PlanningOptions): Precision {
  const of = { n, draws, icc };
  return {
    n,
    difference: halfWidth(1 / Math.sqrt(n), n - 1),
    share: halfWidth(errorOfShare(shares[0], of), n - 1),
    shareDifference: halfWidth(errorOfDifference(shares, of), n - 1),
  };
}

/** What the answers in a schema say of variances. */
export async function readPilot(database: Database, config: Config): Promise<Known> {
  const { corrected } = await computeTables(database, config, {
    mode: 'corrected',
    tables: ['R1', '4', 'C1'],
  });
  const rows = rowsOf(corrected, varianceComponents.corrected);
  const scales = Map.groupBy(rows, ({ instrument, model, population, scale }) =>
    JSON.stringify([instrument, model, population, scale]),
  );
  const known = [...scales.values()].flatMap((components) => scaleOfPilot(components) ?? []);
  const fromSheets = rowsOf(corrected, scaleScores.corrected).flatMap(
    ({ test, model, population, scale, diff_sd: sd, ref_sd: sheetSd }) => {
      if (test !== 'fidelity' || sd === null || sd === 0) return [];
      const own = known.find(
        (one) => one.model === model && one.population === population && one.scale === scale,
      );
      const row = rows.find(
        (one) => one.model === model && one.population === population && one.scale === scale,
      );
      const means =
        own === undefined || row === undefined
          ? null
          : {
              components: own.components,
              sizes: { draws: row.draws, ways: 1, administrations: row.repetitions },
            };
      return [{ model, population, scale, sd, sheetSd, means }];
    },
  );
  return {
    source: 'pilot',
    scales: known,
    differences:
      fromSheets.length > 0
        ? fromSheets
        : differencesOfContrasts(rowsOf(corrected, meanContrasts.corrected)),
  };
}

/** Null where nothing was repeated. */
function scaleOfPilot(rows: readonly ComponentRow[]): ScaleToPlan | null {
  const { instrument, model, population, scale } = rows[0]!;
  const of = (wanted: (row: ComponentRow) => boolean) =>
    rows.filter(wanted).reduce((sum, { variance }) => sum + (variance ?? 0), 0);
  const rest = rows.find(({ component }) => component === 'administration');
  if (rest === undefined) return null;
  const includes = rest.includes ?? '';
  // What administrations were not told from goes down with the number of that alone, to be safe.
  const kind = includes.includes('draw') ? 'draw' : includes === '' ? 'administration' : 'way';
  const known = {
    ...NO_COMPONENTS,
    person: of(({ component }) => component === 'person'),
    draw: of(({ component }) => component === 'draw'),
    way: of(({ component }) => component.startsWith('person × ')),
  };
  return {
    ...{ instrument, model, population, scale },
    components: { ...known, [kind]: known[kind] + (rest.variance ?? 0) },
    includes: rest.includes,
  };
}

/**
 * `person=0.6,draw=0.1,administration=0.3`: variances, or shares of one.
 * @throws UserError for another text
 */
export function readComponents(text: string): StatedComponents {
  const pairs = text.split(',').map((part) => part.split('=').map((word) => word.trim()));
  const known = Object.keys(NO_COMPONENTS);
  const wrong = pairs.find(
    ([name, value, ...rest]) =>
      !known.includes(name!) || rest.length > 0 || value === '' || !(Number(value) >= 0),
  );
  if (wrong !== undefined || !pairs.some(([name]) => name === 'person'))
    throw new UserError(
      wrong === undefined
        ? '--components names no variance between persons'
        : `--components does not know "${wrong.join('=')}"`,
      {
        code: 'components-invalid',
        hint: `Pass variances, or shares of one, such as person=0.6,draw=0.1,administration=0.3. Names: ${known.join(', ')}.`,
      },
    );
  return {
    ...NO_COMPONENTS,
    ...Object.fromEntries(pairs.map(([name, value]) => [name, Number(value)])),
  };
}
