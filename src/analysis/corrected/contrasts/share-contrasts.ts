/** Table C2: yes/no outcomes of levels of a factor beside that of a reference level. */
import { compareIndependentClusters } from '../../../statistics/clusters.ts';
import { subtract, summarise } from '../../../statistics/describe.ts';
import { testFisherExact, testSignFlips } from '../../../statistics/exact-tests.ts';
import type { Interval } from '../../../statistics/interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../../statistics/not-available.ts';
import { wilsonInterval } from '../../../statistics/proportions.ts';
import { oddsOf, spanRatio, testMcNemar } from '../../../statistics/ratios.ts';
import {
  correlateInfluence,
  type Estimated,
  shareOf,
  spanDifference,
  spanShare,
} from '../../../statistics/shares.ts';
import { testPairedMeans } from '../../../statistics/t-tests.ts';
import type { StudyData } from '../../data.ts';
import type { AnalysisPlan } from '../../plan.ts';
import { Reasons } from '../rows.ts';
import { chooseFactors, type Pair, positionsByModel } from './chosen.ts';
import { type Comparison, compareLevels, explainMissing, namePair } from './comparison.ts';
import { adjustFamilies, type Corrected, NOT_CORRECTED } from './families.ts';
import { type CaseMeans, type CellSums, type Pool, poolCells, sumLevels } from './matching.ts';
import { binaryOutcomes, type Factor, type Outcome, observe } from './observations.ts';

export type ShareContrastRow = Corrected & {
  readonly instrument: string;
  /** Null where models are compared. */
  readonly model: string | null;
  /** `refused`, `no usable reply`, `declined an item`, or an item with the answer that counts. */
  readonly outcome: string;
  readonly factor: string;
  readonly level: string;
  readonly reference: string;
  readonly method: 'McNemar exact' | 'paired t' | 'exact sign-flip' | 'Fisher exact' | 'CR2 t';
  readonly unit: 'case' | 'repetition';
  /** Cases with this level, with the reference, and with both and everything else equal. */
  readonly n: number;
  readonly n_reference: number;
  readonly n_both: number;
  /** Mean over cases of the share of their administrations. */
  readonly share: number | null;
  readonly ref_share: number | null;
  readonly risk_diff: number | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  /**
   * Share by that of the reference; with a lower limit, the upper one is null where it is not
   * bounded.
   */
  readonly risk_ratio: number | null;
  readonly risk_ratio_ci_low: number | null;
  readonly risk_ratio_ci_high: number | null;
  /** Whether one share is less than four fifths of the other. */
  readonly beyond_four_fifths: boolean | null;
  readonly odds_ratio: number | null;
  readonly odds_ratio_ci_low: number | null;
  readonly odds_ratio_ci_high: number | null;
  readonly p: number | null;
  readonly reason: string | null;
};

const EMPTY = {
  share: null,
  ref_share: null,
  risk_diff: null,
  ci_low: null,
  ci_high: null,
  risk_ratio: null,
  risk_ratio_ci_low: null,
  risk_ratio_ci_high: null,
  beyond_four_fifths: null,
  odds_ratio: null,
  odds_ratio_ci_low: null,
  odds_ratio_ci_high: null,
  p: null,
  ...NOT_CORRECTED,
} satisfies Partial<ShareContrastRow>;

const FOUR_FIFTHS = 0.8;

export function tabulateShareContrasts(
  study: StudyData,
  plan: Pick<AnalysisPlan, 'compare' | 'screen'>,
): readonly ShareContrastRow[] {
  const rows = observe(study).flatMap((observed) => {
    const outcomes = binaryOutcomes(observed);
    if (outcomes.length === 0) return [];
    return chooseFactors(observed, plan).flatMap((chosen) =>
      positionsByModel(observed, chosen).flatMap(({ model, positions }) => {
        const { factor, held, pairs, isScreened } = chosen;
        const pool = poolCells(observed, positions, held);
        return outcomes.flatMap((outcome) => {
          const levels = sumLevels(pool, factor, outcome.values);
          return pairs.map((pair) => ({
            ...{ instrument: observed.instrument, model, outcome: outcome.name },
            ...contrastPair(pool, factor, levels, pair, outcome),
            isScreened,
          }));
        });
      }),
    );
  });
  return adjustFamilies(rows, 'C2');
}

function contrastPair(
  pool: Pool,
  factor: Factor,
  levels: readonly CellSums[],
  pair: Pair,
  outcome: Outcome,
) {
  const reasons = new Reasons();
  const compared = compareLevels(pool, factor, levels, pair, outcome.values);
  const { first, second, nFirst, nSecond, nBoth, unit } = compared;
  const who = {
    ...namePair(factor, pair),
    method: methodOf(compared),
    ...{ unit, n: nFirst, n_reference: nSecond, n_both: nBoth },
  };
  explainMissing(pool, factor, pair, compared, reasons);
  if (first.values.length === 0 || second.values.length === 0)
    return { ...who, ...EMPTY, reason: reasons.toCell() };
  const [share, ref_share] = [summarise(first.values).mean, summarise(second.values).mean];
  const shares = { share, ref_share, beyond_four_fifths: isBeyondFourFifths(share, ref_share) };
  const one = reasons.take(estimate(first), 'interval');
  const two = reasons.take(estimate(second), 'interval');
  const p = reasons.take(testShares(compared), 'test');
  if (one === null || two === null)
    return { ...who, ...EMPTY, ...shares, p, reason: reasons.toCell() };
  const correlation = correlationOf(compared);
  const isSpanned = who.method !== 'exact sign-flip';
  if (!isSpanned) reasons.add(NO_INTERVAL);
  const span = isSpanned ? spanDifference(one, two, correlation) : NO_LIMITS;
  const ratio = reasons.take(ratioOf(one, two, correlation), 'risk ratio');
  const odds = reasons.take(oddsRatioOf(one, two, correlation), 'odds ratio');
  const [ratioSpan, oddsSpan] = isSpanned ? [ratio, odds] : [NO_LIMITS, NO_LIMITS];
  return {
    ...who,
    ...EMPTY,
    ...shares,
    risk_diff: one.value - two.value,
    ci_low: span.low,
    ci_high: span.high,
    risk_ratio: ratio?.value ?? null,
    risk_ratio_ci_low: ratioSpan?.low ?? null,
    risk_ratio_ci_high: ratioSpan?.high ?? null,
    odds_ratio: odds?.value ?? null,
    odds_ratio_ci_low: oddsSpan?.low ?? null,
    odds_ratio_ci_high: oddsSpan?.high ?? null,
    p,
    reason: reasons.toCell(),
  };
}

/** Also where one of them is 0, and their ratio is none; not where both are. */
function isBeyondFourFifths(one: number, other: number): boolean {
  return Math.min(one, other) < FOUR_FIFTHS * Math.max(one, other);
}

const NO_LIMITS = { low: null, high: null };

/** Those of the shares do not know that each case differs by as much, and would be far too wide. */
const NO_INTERVAL = 'interval: the differences are constant';

const isYesNo = ({ values }: CaseMeans) => values.every((share) => share === 0 || share === 1);

function methodOf(compared: Comparison): ShareContrastRow['method'] {
  const { method, first, second } = compared;
  const isBinary = isYesNo(first) && isYesNo(second);
  if (method === 'paired') {
    if (isBinary) return 'McNemar exact';
    return isConstantShift(compared) ? 'exact sign-flip' : 'paired t';
  }
  // The few cases that two arms may share do not bring their shares nearer to each other.
  return isBinary ? 'Fisher exact' : 'CR2 t';
}

/** Whether all pairs differ, and all by as much: a t test has no variance then, and signs have. */
function isConstantShift({ first, second }: Comparison): boolean {
  const differences = subtract(first.values, second.values);
  const { mean } = summarise(differences);
  return (
    Math.abs(mean) > ROUNDING &&
    differences.every((difference) => Math.abs(difference - mean) <= ROUNDING)
  );
}

/** Of shares, which lie between 0 and 1. */
const ROUNDING = 1e-12;

/** Wilson's interval where each case has one outcome or the other, Student's on log odds elsewhere. */
function estimate({ values }: CaseMeans): Estimated | NotAvailable {
  const value = summarise(values).mean;
  const interval: Interval | NotAvailable = values.every((share) => share === 0 || share === 1)
    ? wilsonInterval({ successes: countYes(values), n: values.length })
    : spanMeanShare(values);
  return isAvailable(interval) ? { value, interval } : interval;
}

function spanMeanShare(values: Float64Array): Interval | NotAvailable {
  const share = shareOf({ hits: values, sizes: new Uint8Array(values.length).fill(1) });
  return isAvailable(share) ? spanShare(share, 'Wilson') : share;
}

const countYes = (values: Float64Array) => values.filter((share) => share === 1).length;

/** Of the two shares: 0 where they have no case in common. */
function correlationOf({ method, first, second }: Comparison): number {
  if (method === 'independent') return 0;
  const cases = [...new Set([...first.cases, ...second.cases])];
  const influence = ({ cases: own, values }: CaseMeans) => {
    const { mean, n } = summarise(values);
    const of = new Map(Array.from(own, (one, at) => [one, (values[at]! - mean) / n]));
    return Float64Array.from(cases, (one) => of.get(one) ?? 0);
  };
  return correlateInfluence(influence(first), influence(second));
}

interface Ratio {
  readonly value: number;
  readonly low: number;
  readonly high: number | null;
}

function ratioOf(one: Estimated, two: Estimated, correlation: number): Ratio | NotAvailable {
  const span = spanRatio(one, two, correlation);
  return isAvailable(span) ? { value: one.value / two.value, ...span } : span;
}

function oddsRatioOf(one: Estimated, two: Estimated, correlation: number): Ratio | NotAvailable {
  const [first, second] = [oddsOf(one), oddsOf(two)];
  if (first === null || second === null) return notAvailable('a share may be 1');
  return ratioOf(first, second, correlation);
}

function testShares(compared: Comparison): number | NotAvailable {
  const { first, second } = compared;
  switch (methodOf(compared)) {
    case 'McNemar exact': {
      const only = (one: CaseMeans, other: CaseMeans) =>
        one.values.filter((share, at) => share > other.values[at]!).length;
      return testMcNemar(only(first, second), only(second, first));
    }
    case 'exact sign-flip': {
      // All are of one size, whichever it is.
      const signs = Array.from(subtract(first.values, second.values), Math.sign);
      return testSignFlips(signs).p;
    }
    case 'paired t':
      return takeP(testPairedMeans(first.values, second.values));
    case 'Fisher exact':
      return testFisherExact({
        first: { successes: countYes(first.values), n: first.values.length },
        second: { successes: countYes(second.values), n: second.values.length },
      });
    case 'CR2 t':
      return takeP(compareIndependentClusters(asClusters(first), asClusters(second)));
  }
}

function asClusters({ values, cases }: CaseMeans) {
  return { values, clusters: cases };
}

function takeP(test: { readonly p: number } | NotAvailable): number | NotAvailable {
  return isAvailable(test) ? test.p : test;
}
