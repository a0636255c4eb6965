/** Table C1: means of levels of a factor beside that of a reference level. */
import { compareClusteredMeans } from '../../../statistics/clusters.ts';
import { standardDeviation, summarise } from '../../../statistics/describe.ts';
import { tQuantile, tSurvival } from '../../../statistics/distributions.ts';
import { cohenDav, cohenDz, type EffectSize, hedgesG } from '../../../statistics/effect-sizes.ts';
import type { Interval } from '../../../statistics/interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../../statistics/not-available.ts';
import {
  testGroupMeans,
  testPairedEquivalence,
  testPairedMeans,
} from '../../../statistics/t-tests.ts';
import { largestUnseenShare, leastEquivalenceP } from '../../../statistics/unseen.ts';
import {
  compareWeightedMeans,
  effectiveSize,
  type WeightedSample,
} from '../../../statistics/weighted.ts';
import type { StudyData } from '../../data.ts';
import { type AnalysisPlan, type Bounds, boundFor, scalesOfBounds } from '../../plan.ts';
import { Reasons } from '../rows.ts';
import { lengthOf, scoreRange } from '../scale-score-row.ts';
import { type ChosenFactor, chooseFactors, type Pair, positionsByModel } from './chosen.ts';
import { type Comparison, compareLevels, explainMissing, namePair } from './comparison.ts';
import { adjustFamilies, type Corrected, NOT_CORRECTED } from './families.ts';
import { type CaseMeans, type CellSums, type Pool, poolCells, sumLevels } from './matching.ts';
import { numericOutcomes, type Observations, type Outcome, observe } from './observations.ts';
import { IDENTICAL_REPETITIONS } from './repetitions.ts';

export type MeanContrastRow = Corrected & {
  readonly instrument: string;
  /** Null where models are compared. */
  readonly model: string | null;
  readonly factor: string;
  readonly level: string;
  readonly reference: string;
  /** Id of the scale, or of the item. */
  readonly outcome: string;
  readonly method: 'paired t' | 'Welch or Student t' | 'Welch, Student or cluster-robust t';
  /** What the compared values are of. */
  readonly unit: 'case' | 'repetition';
  /** Cases with this level, with the reference, and with both and everything else equal. */
  readonly n: number;
  readonly n_reference: number;
  readonly n_both: number;
  /** Of the values that are compared. */
  readonly mean: number | null;
  readonly ref_mean: number | null;
  readonly diff: number | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  readonly t: number | null;
  readonly df: number | null;
  readonly p: number | null;
  readonly d_av: number | null;
  readonly d_av_ci_low: number | null;
  readonly d_av_ci_high: number | null;
  readonly d_z: number | null;
  readonly d_z_ci_low: number | null;
  readonly d_z_ci_high: number | null;
  /** Hedges' g, where the cases differ. */
  readonly g: number | null;
  readonly g_ci_low: number | null;
  readonly g_ci_high: number | null;
  readonly equivalence_bound: number | null;
  readonly equivalence_ci_low: number | null;
  readonly equivalence_ci_high: number | null;
  readonly p_equivalence: number | null;
  readonly p_equivalence_adjusted: number | null;
  readonly equivalence_family: string | null;
  readonly equivalence_family_size: number | null;
  readonly mean_equivalent: boolean | null;
  /** Kish's, of the cases that are compared; null without weights, as what follows. */
  readonly n_effective: number | null;
  readonly weighted_diff: number | null;
  readonly weighted_ci_low: number | null;
  readonly weighted_ci_high: number | null;
  readonly weighted_p: number | null;
  readonly reason: string | null;
};

const EMPTY = {
  mean: null,
  ref_mean: null,
  diff: null,
  ci_low: null,
  ci_high: null,
  t: null,
  df: null,
  p: null,
  ...NOT_CORRECTED,
  d_av: null,
  d_av_ci_low: null,
  d_av_ci_high: null,
  d_z: null,
  d_z_ci_low: null,
  d_z_ci_high: null,
  g: null,
  g_ci_low: null,
  g_ci_high: null,
  equivalence_bound: null,
  equivalence_ci_low: null,
  equivalence_ci_high: null,
  p_equivalence: null,
  p_equivalence_adjusted: null,
  equivalence_family: null,
  equivalence_family_size: null,
  mean_equivalent: null,
  n_effective: null,
  weighted_diff: null,
  weighted_ci_low: null,
  weighted_ci_high: null,
  weighted_p: null,
} satisfies Partial<MeanContrastRow>;

const LEVEL_OF_TESTS = 0.05;

/**
 * @param bounds of equivalence; single items, such as an amount of money, have only those that name
 *   them, since no number of points suits them all
 */
export function tabulateMeanContrasts(
  study: StudyData,
  plan: Pick<AnalysisPlan, 'compare' | 'screen'>,
  bounds: Bounds,
): readonly MeanContrastRow[] {
  const rows = observe(study).flatMap((observed) => {
    const outcomes = numericOutcomes(observed);
    return chooseFactors(observed, plan).flatMap((chosen) =>
      contrastFactor(observed, chosen, outcomes, bounds),
    );
  });
  return decideEquivalence(adjustFamilies(rows, 'C1'));
}

function contrastFactor(
  observed: Observations,
  chosen: ChosenFactor,
  outcomes: readonly Outcome[],
  bounds: Bounds,
): readonly (MeanContrastRow & { readonly isScreened: boolean })[] {
  const { factor, held, pairs, isScreened } = chosen;
  return positionsByModel(observed, chosen).flatMap(({ model, positions }) => {
    const pool = poolCells(observed, positions, held);
    return outcomes.flatMap((outcome) => {
      const levels = sumLevels(pool, factor, outcome.values);
      return pairs.map((pair) => ({
        ...{ instrument: observed.instrument, model, outcome: outcome.name },
        ...contrastPair(pool, chosen, levels, pair, outcome, bounds),
        isScreened,
      }));
    });
  });
}

function contrastPair(
  pool: Pool,
  { factor }: ChosenFactor,
  levels: readonly CellSums[],
  pair: Pair,
  outcome: Outcome,
  bounds: Bounds,
) {
  const reasons = new Reasons();
  const compared = compareLevels(pool, factor, levels, pair, outcome.values);
  const { first, second, nFirst, nSecond, nBoth, unit } = compared;
  const who = {
    ...namePair(factor, pair),
    method: METHODS[compared.method],
    ...{ unit, n: nFirst, n_reference: nSecond, n_both: nBoth },
  };
  explainMissing(pool, factor, pair, compared, reasons);
  if (first.cases.length === 0 || second.cases.length === 0)
    return { ...who, ...EMPTY, reason: reasons.toCell() };
  const mean = summarise(first.values).mean;
  const ref_mean = summarise(second.values).mean;
  const test = reasons.take(testDifference(compared));
  if (isOfSingleValue(compared) || compared.isRepeatedAlike)
    return { ...who, ...EMPTY, mean, ref_mean, diff: mean - ref_mean, reason: reasons.toCell() };
  const span = test?.interval ?? spanEqualPairs(compared);
  const bound = pointsOfBound(bounds, outcome, compared);
  const equivalence =
    bound === null
      ? null
      : reasons.take(
          testEquivalent(compared, bound, reachOf(pool, outcome, compared)),
          'equivalence',
        );
  return {
    ...who,
    ...EMPTY,
    ...{ mean, ref_mean, diff: test?.estimate ?? mean - ref_mean },
    ci_low: span?.low ?? null,
    ci_high: span?.high ?? null,
    t: test?.t ?? null,
    df: test?.df ?? null,
    p: test?.p ?? null,
    ...standardize(compared, reasons),
    equivalence_bound: bound,
    equivalence_ci_low: equivalence?.interval.low ?? null,
    equivalence_ci_high: equivalence?.interval.high ?? null,
    p_equivalence: equivalence?.p ?? null,
    ...weigh(compared, reasons),
    reason: reasons.toCell(),
  };
}

/**
 * Null for an outcome without a bound, and where one in SD meets a level without any: the SD of a
 * single case is that of its repetitions, and not one of cases.
 */
function pointsOfBound(
  bounds: Bounds,
  { name, scale }: Outcome,
  { second, nSecond }: Comparison,
): number | null {
  const bound =
    scale === null && !scalesOfBounds(bounds).includes(name) ? null : boundFor(bounds, name);
  if (bound === null || typeof bound === 'number') return bound;
  if ('points' in bound) return bound.points;
  if (nSecond === 1) return null;
  const sd = standardDeviation(second.values);
  return isAvailable(sd) && sd > 0 ? bound.sd * sd : null;
}

const METHODS = {
  paired: 'paired t',
  independent: 'Welch or Student t',
  clustered: 'Welch, Student or cluster-robust t',
} as const;

interface Difference {
  readonly estimate: number;
  readonly standardError: number;
  readonly t: number;
  readonly df: number;
  readonly p: number;
  readonly interval: Interval;
}

/** Why a case that was asked once is not compared by a test. */
export const SINGLE_ADMINISTRATION =
  'a single administration has no variance of its own; repeat it to test it';

/** Whether an arm is one case that was asked once. */
function isOfSingleValue({ first, second }: Comparison): boolean {
  return Math.min(first.values.length, second.values.length) === 1;
}

/**
 * Of first and second arm. A single value has no variance of its own: to test it with that of the
 * other arm (Crawford & Howell, 1998) would ask whether it is unusual among those values, and not
 * whether the means differ, so that it is not tested. Where the cases differ, the larger p of Welch's and Student's test counts
 * (`testGroupMeans`), since a few cases may be alike by chance; where some are shared, that of the
 * test with cases as clusters too. The interval holds those of all.
 */
export function testDifference(compared: Comparison): Difference | NotAvailable {
  const { method, first, second } = compared;
  if (isOfSingleValue(compared)) return notAvailable(SINGLE_ADMINISTRATION);
  if (compared.isRepeatedAlike) return notAvailable(IDENTICAL_REPETITIONS);
  if (method === 'paired') return testPairedMeans(first.values, second.values);
  const groups = testGroupMeans(first.values, second.values);
  if (method === 'independent' || !isAvailable(groups)) return groups;
  const clustered = compareClusteredMeans(asClusters(first), asClusters(second));
  if (!isAvailable(clustered)) return groups;
  const interval = {
    ...groups.interval,
    low: Math.min(groups.interval.low, clustered.interval.low),
    high: Math.max(groups.interval.high, clustered.interval.high),
  };
  return groups.p >= clustered.p
    ? { ...groups, interval }
    : { ...clustered, estimate: clustered.difference, interval };
}

function asClusters({ values, cases }: CaseMeans) {
  return { values, clusters: cases };
}

/**
 * Of pairs that all differ alike: up to where the mean would be if the largest share of cases that
 * may not have been seen differed by as much more as the values seen lie apart. Of pairs that do not
 * differ at all there is none: it would say nothing but how many there are.
 */
function spanEqualPairs({ method, first, second }: Comparison): Interval | null {
  const n = first.values.length;
  if (method !== 'paired' || n < 2) return null;
  const seen = [...first.values, ...second.values];
  const reach = largestUnseenShare(n) * (Math.max(...seen) - Math.min(...seen));
  const difference = first.values[0]! - second.values[0]!;
  return reach === 0 || difference === 0
    ? null
    : { low: difference - reach, high: difference + reach, level: 0.95 };
}

interface Equivalence {
  readonly p: number;
  readonly interval: Pick<Interval, 'low' | 'high'>;
}

/**
 * Two one-sided tests (`testPairedEquivalence` for pairs), with a p that is not smaller than so many
 * cases can give (`leastEquivalenceP`).
 * @param reach how far two values can lie apart
 */
function testEquivalent(
  compared: Comparison,
  bound: number,
  reach: number,
): Equivalence | NotAvailable {
  const { method, first, second } = compared;
  const found =
    method === 'paired'
      ? testPairedEquivalence(first.values, second.values, bound)
      : testGroupEquivalence(compared, bound);
  if (!isAvailable(found)) return found;
  const n = Math.min(first.values.length, second.values.length);
  return { ...found, p: Math.max(found.p, leastEquivalenceP(n, bound, reach)) };
}

function testGroupEquivalence(compared: Comparison, bound: number): Equivalence | NotAvailable {
  const test = testDifference(compared);
  if (!isAvailable(test)) return test;
  const { estimate, standardError, df } = test;
  const reach = -tQuantile(LEVEL_OF_TESTS, df) * standardError;
  const lower = tSurvival((estimate + bound) / standardError, df);
  const upper = tSurvival((bound - estimate) / standardError, df);
  return {
    p: Math.max(lower, upper),
    interval: { low: estimate - reach, high: estimate + reach },
  };
}

/** Of a scale, its length; of an item, how far the values seen lie apart. */
function reachOf({ observed }: Pool, { scale }: Outcome, { first, second }: Comparison): number {
  const seen = Float64Array.from([...first.values, ...second.values]);
  return scale === null
    ? Math.max(...seen) - Math.min(...seen)
    : lengthOf(scoreRange(observed.forms[0]!.questionnaire, scale, seen));
}

function standardize({ method, first, second }: Comparison, reasons: Reasons) {
  const cells = (name: 'd_av' | 'd_z' | 'g', result: EffectSize | NotAvailable) => {
    const found = reasons.take(result, name);
    const span = found && reasons.take(found.interval, `interval of ${name}`);
    return {
      [name]: found?.value ?? null,
      [`${name}_ci_low`]: span?.low ?? null,
      [`${name}_ci_high`]: span?.high ?? null,
    };
  };
  if (method === 'paired')
    return {
      ...cells('d_av', cohenDav(first.values, second.values)),
      ...cells('d_z', cohenDz(first.values, second.values)),
    };
  return cells('g', hedgesG(first.values, second.values));
}

function weigh({ first, second, method }: Comparison, reasons: Reasons) {
  if (first.weights === null && second.weights === null) return {};
  const [one, two] = [asWeighted(first), asWeighted(second)];
  const found = reasons.take(compareWeightedMeans(one, two), 'weighted');
  return {
    n_effective: effectiveSize(
      method === 'paired' ? one.weights : [...Array.from(one.weights), ...Array.from(two.weights)],
    ),
    weighted_diff: found?.value ?? null,
    weighted_ci_low: found?.interval.low ?? null,
    weighted_ci_high: found?.interval.high ?? null,
    weighted_p: found?.p ?? null,
  };
}

/** Those that have a weight. Repetitions of a single case count alike. */
export function asWeighted({ values, weights, cases }: CaseMeans): WeightedSample {
  if (weights === null) return { values, units: cases, weights: values.map(() => 1) };
  const isKnown = (_: number, at: number) => weights[at]! > 0;
  return {
    values: values.filter(isKnown),
    units: cases.filter(isKnown),
    weights: weights.filter(isKnown),
  };
}

/** Equivalence is another claim than difference, with families of its own. */
function decideEquivalence(rows: readonly MeanContrastRow[]): readonly MeanContrastRow[] {
  const adjusted = adjustFamilies(
    rows.map((row) => ({
      ...NOT_CORRECTED,
      ...{ model: row.model, factor: row.factor, p: row.p_equivalence },
      isScreened: row.correction === 'Benjamini-Hochberg',
    })),
    'C1 equivalence',
  );
  return rows.map((row, at) => {
    const { p_adjusted, family, family_size } = adjusted[at]!;
    return settleContrast({
      ...row,
      p_equivalence_adjusted: p_adjusted,
      equivalence_family: family,
      equivalence_family_size: family_size,
    });
  });
}

/** The row with the verdict that its corrected p gives. */
export function settleContrast(row: MeanContrastRow): MeanContrastRow {
  const { p_equivalence_adjusted: p } = row;
  return { ...row, mean_equivalent: p === null ? null : p < LEVEL_OF_TESTS };
}
