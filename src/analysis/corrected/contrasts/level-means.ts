/** Table M1: the mean of each level of each factor. */

import { spanBoundedMean } from '../../../statistics/bounded-mean.ts';
import { summarise } from '../../../statistics/describe.ts';
import { isAvailable } from '../../../statistics/not-available.ts';
import { testMean } from '../../../statistics/t-tests.ts';
import { effectiveSize, estimateWeightedMean } from '../../../statistics/weighted.ts';
import type { StudyData } from '../../data.ts';
import type { AnalysisPlan } from '../../plan.ts';
import { Reasons } from '../rows.ts';
import { scoreRange } from '../scale-score-row.ts';
import { chooseFactors, positionsByModel } from './chosen.ts';
import { explainLevel } from './comparison.ts';
import {
  type CaseMeans,
  meansOf,
  type Pool,
  poolCells,
  repetitionMeans,
  sumLevels,
} from './matching.ts';
import { asWeighted } from './mean-contrasts.ts';
import { type Factor, numericOutcomes, type Outcome, observe } from './observations.ts';

export type LevelMeanRow = {
  readonly instrument: string;
  /** Null where the levels are models. */
  readonly model: string | null;
  readonly factor: string;
  readonly level: string;
  /** Id of the scale, or of the item. */
  readonly outcome: string;
  /** What the mean is over. */
  readonly unit: 'case' | 'repetition';
  readonly n: number;
  readonly n_administrations: number;
  readonly mean: number | null;
  readonly sd: number | null;
  /** Student's. */
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  /** Kish's; null without weights, as what follows. */
  readonly n_effective: number | null;
  readonly weighted_mean: number | null;
  readonly weighted_ci_low: number | null;
  readonly weighted_ci_high: number | null;
  readonly reason: string | null;
};

/** A level of one factor, with what was measured there. */
interface Measured {
  readonly instrument: string;
  readonly model: string | null;
  readonly factor: Factor;
  readonly level: number;
  readonly outcome: Outcome;
  readonly means: CaseMeans;
  readonly unit: LevelMeanRow['unit'];
  /** With a value. */
  readonly administrations: number;
  readonly pool: Pool;
}

export function tabulateLevelMeans(
  study: StudyData,
  plan: Pick<AnalysisPlan, 'compare' | 'screen'>,
): readonly LevelMeanRow[] {
  return measure(study, plan).map((one): LevelMeanRow => {
    const { factor, level, means, pool, administrations } = one;
    const reasons = new Reasons();
    const who = {
      ...{ instrument: one.instrument, model: one.model, factor: factor.name },
      ...{ level: factor.levels[level]!.label, outcome: one.outcome.name, unit: one.unit },
      ...{ n: means.values.length, n_administrations: administrations },
    };
    if (means.values.length === 0)
      return { ...who, ...EMPTY, reason: explainLevel(pool, factor, level) };
    const { n, mean, sd } = summarise(means.values);
    const { scale } = one.outcome;
    const span = reasons.take(
      scale === null
        ? spanMean(means.values)
        : spanBoundedMean(
            means.values,
            scoreRange(pool.observed.forms[0]!.questionnaire, scale, means.values),
          ),
    );
    return {
      ...who,
      ...EMPTY,
      ...{ mean, sd: n < 2 ? null : sd },
      ci_low: span?.low ?? null,
      ci_high: span?.high ?? null,
      ...weigh(means, reasons),
      reason: reasons.toCell(),
    };
  });
}

function spanMean(values: Float64Array) {
  const test = testMean(values);
  return isAvailable(test) ? test.interval : test;
}

const EMPTY = {
  mean: null,
  sd: null,
  ci_low: null,
  ci_high: null,
  n_effective: null,
  weighted_mean: null,
  weighted_ci_low: null,
  weighted_ci_high: null,
};

function weigh(means: CaseMeans, reasons: Reasons) {
  if (means.weights === null) return {};
  const weighted = asWeighted(means);
  const found = reasons.take(estimateWeightedMean(weighted), 'weighted');
  return {
    n_effective: effectiveSize(weighted.weights),
    weighted_mean: found?.value ?? null,
    weighted_ci_low: found?.interval.low ?? null,
    weighted_ci_high: found?.interval.high ?? null,
  };
}

function measure(
  study: StudyData,
  plan: Pick<AnalysisPlan, 'compare' | 'screen'>,
): readonly Measured[] {
  return observe(study).flatMap((observed) => {
    const outcomes = numericOutcomes(observed);
    const { instrument } = observed;
    return chooseFactors(observed, plan).flatMap((chosen) => {
      const { factor, held } = chosen;
      return positionsByModel(observed, chosen).flatMap(({ model, positions }) => {
        const pool = poolCells(observed, positions, held);
        return outcomes.flatMap((outcome) => {
          const sums = sumLevels(pool, factor, outcome.values);
          return sums.map((own, level): Measured => {
            const isLevel = (at: number) => factor.codes[at] === level;
            const cases = meansOf(pool, own);
            const isSingle = cases.values.length === 1;
            return {
              ...{ instrument, model, factor, level, outcome, pool },
              unit: isSingle ? 'repetition' : 'case',
              means: isSingle ? repetitionMeans(pool, isLevel, outcome.values, 'first') : cases,
              administrations: own.counts.reduce((sum, count) => sum + count, 0),
            };
          });
        });
      });
    });
  });
}
