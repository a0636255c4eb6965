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
  /**
   * SD as a share of the possible range of the outcome; of one without, of the SD of cases. Null
   * where neither is known.
   */
  readonly sd_relative: number | null;
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
      const unit = unitOf(whole, outcome);
      const read = [whole, ...parts].map((pool) => ({
        pool,
        levels: sumLevels(pool, factor, outcome.values),
      }));
      const means = [...factor.levels.keys()].map((level): RobustnessRow => {
        const [pooled, ...each] = read.map(({ pool, levels }) => meanOf(pool, levels[level]!));
        const names = { factor: factor.name, level: factor.levels[level]!.label, reference: null };
        return {
          ...who,
          of: 'mean',
          ...names,
          ...spread(cells, pooled ?? null, each, unit, false),
        };
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
        return {
          ...who,
          of: 'difference',
          ...names,
          ...spread(cells, pooled ?? null, each, unit, true),
        };
      });
      return [...means, ...differences];
    });
  });
}

/** What makes the outcomes of a study comparable: points and euros have not the same size. */
function unitOf(pool: Pool, { values, range }: Outcome): number | null {
  if (range !== null) return range.high - range.low;
  const everything = { codes: new Int32Array(values.length), levels: [{ key: '', label: '' }] };
  const cases = meansOf(pool, sumLevels(pool, everything, values)[0]!).values;
  const sd = cases.length < 2 ? 0 : summarise(cases).sd;
  return sd > 0 ? sd : null;
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
  unit: number | null,
  isTested: boolean,
) {
  const found = each.flatMap((one) => one?.value ?? []).toSorted((a, b) => a - b);
  const middle = median(found);
  const sd = found.length < 2 ? null : summarise(found).sd;
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
    sd,
    sd_relative: sd === null || unit === null ? null : sd / unit,
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
