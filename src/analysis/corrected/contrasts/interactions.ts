/** Table C3: whether the difference between two levels depends on the level of another factor. */
import { isRoundingNoise, summarise } from '../../../statistics/describe.ts';
import { tQuantile, tTwoSided } from '../../../statistics/distributions.ts';
import {
  DEFAULT_LEVEL,
  type Interval,
  intervalAround,
  tailOf,
} from '../../../statistics/interval.ts';
import { type NotAvailable, notAvailable } from '../../../statistics/not-available.ts';
import { testMean } from '../../../statistics/t-tests.ts';
import type { StudyData } from '../../data.ts';
import type { AnalysisPlan } from '../../plan.ts';
import { Reasons } from '../rows.ts';
import {
  type ChosenFactor,
  chooseFactors,
  determines,
  heldTogether,
  isAgainstControl,
  positionsByModel,
} from './chosen.ts';
import { adjustFamilies, type Corrected, NOT_CORRECTED } from './families.ts';
import {
  type CellSums,
  meanByCase,
  type Pool,
  poolCells,
  stratumFilter,
  sumLevels,
} from './matching.ts';
import {
  type Factor,
  numericOutcomes,
  type Observations,
  type Outcome,
  observe,
} from './observations.ts';

export type InteractionRow = Corrected & {
  readonly instrument: string;
  /** Null where one of the factors is the model. */
  readonly model: string | null;
  readonly outcome: string;
  readonly factor: string;
  readonly level: string;
  readonly reference: string;
  readonly by_factor: string;
  readonly by_level: string;
  readonly by_reference: string;
  /**
   * `within`: every case was asked under all four combinations. `mixed`: under both levels of the one
   * factor, other cases for each of the other. `between`: other cases for each combination.
   */
  readonly design: 'within' | 'mixed' | 'between';
  /** Cases that count. */
  readonly n: number;
  /** Difference between the levels at `by_level`, and at `by_reference`. */
  readonly diff_at_level: number | null;
  readonly diff_at_reference: number | null;
  /** The one minus the other. */
  readonly interaction: number | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  readonly t: number | null;
  readonly df: number | null;
  readonly p: number | null;
  readonly reason: string | null;
};

const EMPTY = {
  diff_at_level: null,
  diff_at_reference: null,
  interaction: null,
  ci_low: null,
  ci_high: null,
  t: null,
  df: null,
  p: null,
  ...NOT_CORRECTED,
};

/** Of more levels there are too many pairs of differences to be read. */
const MOST_LEVELS = 6;

/** For every two factors that neither determines the other, levels beside both references. */
export function tabulateInteractions(
  study: StudyData,
  plan: Pick<AnalysisPlan, 'compare' | 'screen'>,
): readonly InteractionRow[] {
  const rows = observe(study).flatMap((observed) => {
    const outcomes = numericOutcomes(observed);
    const chosen = chooseFactors(observed, plan).filter(
      (one) =>
        one.factor.levels.length <= MOST_LEVELS &&
        one.factor.kind !== 'call' &&
        !one.isScreened &&
        !isAgainstControl(one),
    );
    return chosen.flatMap((one, place) =>
      chosen
        .slice(place + 1)
        .filter(({ factor }) => !determines(one.factor, factor) && !determines(factor, one.factor))
        .flatMap((other) => crossFactors(observed, [one, other], outcomes)),
    );
  });
  return adjustFamilies(
    rows.map((row) => ({ ...row, isScreened: false })),
    'C3',
  );
}

function crossFactors(
  observed: Observations,
  factors: readonly [ChosenFactor, ChosenFactor],
  outcomes: readonly Outcome[],
): readonly InteractionRow[] {
  const [one, other] = factors;
  const held = heldTogether(one, other);
  const pooled = factors.find(({ factor }) => factor.kind === 'model') ?? one;
  const joint = joinFactors(one.factor, other.factor);
  const place = (level: number, by: number) => level * other.factor.levels.length + by;
  return positionsByModel(observed, pooled).flatMap(({ model, positions }) => {
    const pool = poolCells(observed, positions, held);
    return outcomes.flatMap((outcome) => {
      const sums = sumLevels(pool, joint, outcome.values);
      return othersOf(one).flatMap((level) =>
        othersOf(other).map((byLevel): InteractionRow => {
          const corners = [level, one.reference].flatMap((own) =>
            [byLevel, other.reference].map((by) => sums[place(own, by)]!),
          );
          return {
            ...{ instrument: observed.instrument, model, outcome: outcome.name },
            ...{ factor: one.factor.name, level: labelOf(one.factor, level) },
            ...{ reference: labelOf(one.factor, one.reference), by_factor: other.factor.name },
            by_level: labelOf(other.factor, byLevel),
            by_reference: labelOf(other.factor, other.reference),
            ...compareCorners((groups) => byCase(pool, corners, groups)),
          };
        }),
      );
    });
  });
}

/** Every combination of their levels as a level. */
function joinFactors(one: Factor, other: Factor): Pick<Factor, 'codes' | 'levels'> {
  const width = other.levels.length;
  return {
    levels: one.levels.flatMap((level) => other.levels.map(() => level)),
    codes: one.codes.map((level, at) => {
      const by = other.codes[at]!;
      return level === -1 || by === -1 ? -1 : level * width + by;
    }),
  };
}

const othersOf = ({ factor, reference }: ChosenFactor) =>
  [...factor.levels.keys()].filter((level) => level !== reference);

const labelOf = ({ levels }: Factor, at: number) => levels[at]!.label;

/** By case; NaN where it has none. */
type Corners = readonly [Float64Array, Float64Array, Float64Array, Float64Array];

/** Places of the corners that are subtracted from each other within a case. */
type Groups = readonly (readonly number[])[];

const ALL: Groups = [[0, 1, 2, 3]];
const BY_FACTOR: Groups = [
  [0, 2],
  [1, 3],
];
const BY_BY_FACTOR: Groups = [
  [0, 1],
  [2, 3],
];
const EACH: Groups = [[0], [1], [2], [3]];

/**
 * Over the combinations of all else that occur in every corner. Of these a case counts with those
 * under which it has a value in every corner of a group, so that a value that is missing in one
 * corner leaves no other combinations in the corners beside it.
 */
function byCase(pool: Pool, corners: readonly CellSums[], groups: Groups): Corners {
  const isCommon = stratumFilter(pool, corners);
  const [a, b, c, d] = corners.map((corner, place) => {
    const group = groups.find((own) => own.includes(place))!;
    return meanByCase(
      pool,
      corner,
      (cell) => isCommon(cell) && group.every((own) => corners[own]!.counts[cell]! > 0),
    );
  });
  return [a!, b!, c!, d!];
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * @param over level and by-level, level and by-reference, reference and by-level, both references
 */
function compareCorners(over: (groups: Groups) => Corners): Omit<InteractionRow, WhoKey> {
  const reasons = new Reasons();
  const corners = over(EACH);
  const least = Math.min(...corners.map((corner) => casesIn([corner]).length));
  const within = over(ALL);
  const everywhere = casesIn(within);
  if (everywhere.length >= 2 && 2 * everywhere.length >= least) {
    const [atLevel, atReference, refAtLevel, refAtReference] = within;
    const at = subtract(everywhere, atLevel, refAtLevel);
    const ref = subtract(everywhere, atReference, refAtReference);
    const test = reasons.take(testMean(at.map((own, index) => own - ref[index]!)));
    return rowOf('within', everywhere.length, [meanOf(at), meanOf(ref)], test, reasons);
  }
  const [atLevel, atReference, refAtLevel, refAtReference] = over(BY_FACTOR);
  const first = { at: casesIn([atLevel, refAtLevel]), ref: casesIn([atReference, refAtReference]) };
  if (isSplit(first)) {
    const at = subtract(first.at, atLevel, refAtLevel);
    const ref = subtract(first.ref, atReference, refAtReference);
    const test = reasons.take(sumMeans([at, ref], [1, -1]));
    return rowOf('mixed', at.length + ref.length, [meanOf(at), meanOf(ref)], test, reasons);
  }
  const [level, levelBy, reference, referenceBy] = over(BY_BY_FACTOR);
  const second = { at: casesIn([level, levelBy]), ref: casesIn([reference, referenceBy]) };
  if (isSplit(second)) {
    const at = subtract(second.at, level, levelBy);
    const ref = subtract(second.ref, reference, referenceBy);
    const test = reasons.take(sumMeans([at, ref], [1, -1]));
    const mean = (cases: readonly number[], corner: Float64Array) =>
      meanOf(cases.map((own) => corner[own]!));
    const differences = [
      mean(second.at, level) - mean(second.ref, reference),
      mean(second.at, levelBy) - mean(second.ref, referenceBy),
    ] as const;
    return rowOf('mixed', at.length + ref.length, differences, test, reasons);
  }
  const values = corners.map((corner) => [...corner.filter((value) => !Number.isNaN(value))]);
  const n = corners[0].filter((_, own) => corners.some((one) => !Number.isNaN(one[own]!))).length;
  if (least < 2 || n < values.reduce((sum, own) => sum + own.length, 0)) {
    reasons.add(
      least === 0
        ? 'a combination of the levels has no value with everything else equal'
        : 'too few cases have values under the combinations of the levels',
    );
    return { design: 'between', n, ...EMPTY, reason: reasons.toCell() };
  }
  const [a, b, c, d] = values.map(meanOf) as [number, number, number, number];
  const test = reasons.take(sumMeans(values, [1, -1, -1, 1]));
  return rowOf('between', n, [a - c, b - d], test, reasons);
}

function subtract(
  cases: readonly number[],
  one: Float64Array,
  two: Float64Array,
): readonly number[] {
  return cases.map((own) => one[own]! - two[own]!);
}

type WhoKey =
  | 'instrument'
  | 'model'
  | 'outcome'
  | 'factor'
  | 'level'
  | 'reference'
  | 'by_factor'
  | 'by_level'
  | 'by_reference';

interface Tested {
  readonly t: number;
  readonly df: number;
  readonly p: number;
  readonly interval: Interval;
}

function rowOf(
  design: InteractionRow['design'],
  n: number,
  [at, ref]: readonly [number, number],
  test: Tested | null,
  reasons: Reasons,
): Omit<InteractionRow, WhoKey> {
  return {
    ...{ design, n },
    ...EMPTY,
    ...{ diff_at_level: at, diff_at_reference: ref, interaction: at - ref },
    ci_low: test?.interval.low ?? null,
    ci_high: test?.interval.high ?? null,
    t: test?.t ?? null,
    df: test?.df ?? null,
    p: test?.p ?? null,
    reason: reasons.toCell(),
  };
}

function casesIn(corners: readonly Float64Array[]): readonly number[] {
  const found: number[] = [];
  for (let own = 0; own < corners[0]!.length; own++)
    if (corners.every((corner) => !Number.isNaN(corner[own]!))) found.push(own);
  return found;
}

/** Whether two groups of cases, two in each at least, have none in common. */
function isSplit({ at, ref }: Readonly<Record<'at' | 'ref', readonly number[]>>): boolean {
  const known = new Set(at);
  return Math.min(at.length, ref.length) >= 2 && !ref.some((own) => known.has(own));
}

/**
 * A weighted sum of means of independent groups with unequal variances, df by Welch and
 * Satterthwaite. Not available where all groups are constant.
 */
function sumMeans(
  groups: readonly (readonly number[])[],
  weights: readonly number[],
): Tested | NotAvailable {
  const parts = groups.map((values, at) => {
    const { n, mean, sd } = summarise(values);
    return { mean: weights[at]! * mean, variance: (weights[at]! ** 2 * sd ** 2) / n, n };
  });
  const estimate = parts.reduce((sum, { mean }) => sum + mean, 0);
  const variance = parts.reduce((sum, own) => sum + own.variance, 0);
  const size = Math.max(...parts.map(({ mean }) => Math.abs(mean)));
  if (isRoundingNoise(Math.sqrt(variance), size)) return notAvailable('all values are constant');
  const df = variance ** 2 / parts.reduce((sum, own) => sum + own.variance ** 2 / (own.n - 1), 0);
  const t = estimate / Math.sqrt(variance);
  const reach = -tQuantile(tailOf(DEFAULT_LEVEL), df) * Math.sqrt(variance);
  return { t, df, p: tTwoSided(t, df), interval: intervalAround(estimate, reach, DEFAULT_LEVEL) };
}
