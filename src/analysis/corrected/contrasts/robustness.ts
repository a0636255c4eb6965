/**
 * Table S1: how each mean, and each difference of Table C1, spreads over the ways of asking: a
 * multiverse of one cell for each form (Steegen et al. 2016; Simonsohn, Simmons & Nelson 2020).
 */
import { median, summarise } from '../../../statistics/describe.ts';
import { isAvailable } from '../../../statistics/not-available.ts';
import type { StudyData } from '../../data.ts';
import type { AnalysisPlan } from '../../plan.ts';
import { type ChosenFactor, chooseFactors, positionsByModel } from './chosen.ts';
import { compareLevels, namePair } from './comparison.ts';
import { meansOf, type Pool, poolCells, sumLevels } from './matching.ts';
import { testDifference } from './mean-contrasts.ts';
import { numericOutcomes, type Observations, type Outcome, observe } from './observations.ts';

export type RobustnessRow = {
  readonly instrument: string;
  /** Null where models are compared. */
  readonly model: string | null;
  readonly outcome: string;
  readonly of: 'mean' | 'difference';
  readonly factor: string;
  readonly level: string;
  /** Null for a mean. */
  readonly reference: string | null;
  /** Over all ways of asking. */
  readonly pooled: number | null;
  /** Ways of asking with an estimate. */
  readonly n_cells: number;
  readonly min: number | null;
  readonly median: number | null;
  readonly max: number | null;
  readonly sd: number | null;
  /** Ways in which the difference has the other sign; null for a mean. */
  readonly n_sign_differs: number | null;
  /** Ways in which it is significant at .05 where the pooled one is not, or the other way round. */
  readonly n_marker_differs: number | null;
  /** Which these are, as their forms are called. */
  readonly cells_that_differ: readonly string[];
  /** The ways of asking, and what is estimated in each. */
  readonly cells: readonly string[];
  readonly estimates: readonly (number | null)[];
  readonly estimates_low: readonly (number | null)[];
  readonly estimates_high: readonly (number | null)[];
  readonly reason: string | null;
};

const LEVEL_OF_TESTS = 0.05;

/** Of instruments that were asked in several ways. */
export function tabulateRobustness(
  study: StudyData,
  plan: Pick<AnalysisPlan, 'compare' | 'screen'>,
): readonly RobustnessRow[] {
  return observe(study)
    .filter(({ forms }) => forms.length > 1)
    .flatMap((observed) => {
      const outcomes = numericOutcomes(observed);
      return chooseFactors(observed, plan)
        .filter(({ factor: { kind }, isAdded }) => kind !== 'asking' && kind !== 'call' && !isAdded)
        .flatMap((chosen) => spreadFactor(observed, chosen, outcomes));
    });
}

interface Estimate {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly p: number | null;
}

function spreadFactor(
  observed: Observations,
  chosen: ChosenFactor,
  outcomes: readonly Outcome[],
): readonly RobustnessRow[] {
  const { factor, pairs, held } = chosen;
  const cells = observed.forms.map(({ questionnaire }) => questionnaire.label);
  return positionsByModel(observed, chosen).flatMap(({ model, positions }) => {
    const whole = poolCells(observed, positions, held);
    const parts = observed.forms.map((_, form) =>
      poolCells(
        observed,
        positions.filter((at) => observed.formOf[at] === form),
        held,
      ),
    );
    return outcomes.flatMap((outcome) => {
      const who = { instrument: observed.instrument, model, outcome: outcome.name };
      const read = [whole, ...parts].map((pool) => ({
        pool,
        levels: sumLevels(pool, factor, outcome.values),
      }));
      const means = [...factor.levels.keys()].map((level): RobustnessRow => {
        const [pooled, ...each] = read.map(({ pool, levels }) => meanOf(pool, levels[level]!));
        const names = { factor: factor.name, level: factor.levels[level]!.label, reference: null };
        return { ...who, of: 'mean', ...names, ...spread(cells, pooled ?? null, each, false) };
      });
      const differences = pairs.map((pair): RobustnessRow => {
        const [pooled, ...each] = read.map(({ pool, levels }) => {
          const compared = compareLevels(pool, factor, levels, pair, outcome.values);
          if (Math.min(compared.first.values.length, compared.second.values.length) === 0)
            return null;
          const test = testDifference(compared);
          if (isAvailable(test)) return { value: test.estimate, ...test.interval, p: test.p };
          const [one, two] = [summarise(compared.first.values), summarise(compared.second.values)];
          return { value: one.mean - two.mean, low: null, high: null, p: null };
        });
        const names = namePair(factor, pair);
        return { ...who, of: 'difference', ...names, ...spread(cells, pooled ?? null, each, true) };
      });
      return [...means, ...differences];
    });
  });
}

function meanOf(pool: Pool, sums: Parameters<typeof meansOf>[1]): Estimate | null {
  const { values } = meansOf(pool, sums);
  return values.length === 0 ? null : { value: summarise(values).mean, ...NO_TEST };
}

const NO_TEST = { low: null, high: null, p: null };

function spread(
  cells: readonly string[],
  pooled: Estimate | null,
  each: readonly (Estimate | null)[],
  isTested: boolean,
) {
  const found = each.flatMap((one) => one?.value ?? []).toSorted((a, b) => a - b);
  const middle = median(found);
  const isMarked = (one: Estimate) => one.p !== null && one.p < LEVEL_OF_TESTS;
  const differs = (test: (one: Estimate, whole: Estimate) => boolean) =>
    each.map((one) => one !== null && pooled !== null && test(one, pooled));
  const signs = differs((one, whole) => one.value * whole.value < 0);
  const markers = differs((one, whole) => isMarked(one) !== isMarked(whole));
  const count = (all: readonly boolean[]) => (isTested ? all.filter(Boolean).length : null);
  return {
    pooled: pooled?.value ?? null,
    n_cells: found.length,
    min: found[0] ?? null,
    median: isAvailable(middle) ? middle : null,
    max: found.at(-1) ?? null,
    sd: found.length < 2 ? null : summarise(found).sd,
    n_sign_differs: count(signs),
    n_marker_differs: count(markers),
    cells_that_differ: isTested ? cells.filter((_, at) => signs[at]! || markers[at]!) : [],
    cells,
    estimates: each.map((one) => one?.value ?? null),
    estimates_low: each.map((one) => one?.low ?? null),
    estimates_high: each.map((one) => one?.high ?? null),
    reason: found.length < 2 ? 'fewer than 2 ways of asking have a value' : null,
  };
}

/** The table in one sentence; null where nothing was asked in several ways. */
export function sayRobustness(
  rows: readonly Pick<
    RobustnessRow,
    | 'of'
    | 'outcome'
    | 'factor'
    | 'level'
    | 'n_cells'
    | 'n_sign_differs'
    | 'n_marker_differs'
    | 'min'
    | 'max'
  >[],
): string | null {
  const differences = rows.filter((row) => row.of === 'difference' && row.n_cells > 1);
  // Outcomes have units of their own: how far a mean moves counts as a share of its size.
  const moves = ({ min, max }: { readonly min: number | null; readonly max: number | null }) =>
    (max! - min!) / (Math.max(Math.abs(min!), Math.abs(max!)) || 1);
  const widest = rows
    .filter(({ of, n_cells }) => of === 'mean' && n_cells > 1)
    .toSorted((one, other) => moves(other) - moves(one))[0];
  const ways = rows.reduce((most, { n_cells }) => Math.max(most, n_cells), 0);
  if (ways < 2) return null;
  const moved =
    widest === undefined || moves(widest) === 0
      ? 'no mean depends on the way of asking'
      : `the mean that depends most on the way of asking, that of ${widest.outcome}${widest.level === null ? '' : ` at ${widest.factor} ${widest.level}`}, lies between ${widest.min!.toFixed(2)} and ${widest.max!.toFixed(2)}`;
  if (differences.length === 0) return `Over ${ways} ways of asking, ${moved}.`;
  const count = (of: 'n_sign_differs' | 'n_marker_differs') =>
    differences.filter((row) => row[of]! > 0).length;
  const [sign, marker] = [count('n_sign_differs'), count('n_marker_differs')];
  const kept = sign === 0 && marker === 0;
  const all = `${differences.length} ${differences.length === 1 ? 'difference' : 'differences'}`;
  const changes = kept
    ? `none of ${all} changes its sign or its significance`
    : `of ${all}, ${sign} ${sign === 1 ? 'changes its' : 'change their'} sign and ${marker} ${marker === 1 ? 'changes its' : 'change their'} significance in at least one way`;
  return `Over ${ways} ways of asking, ${changes}, and ${moved}.`;
}
