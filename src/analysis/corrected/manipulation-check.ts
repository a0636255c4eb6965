/** Whether a scale that a condition drives arrived at its end: the manipulation checks of Table 4. */
import type { Condition } from '../../personas/sheets/conditions.ts';
import type { ScoreRange } from '../../statistics/agreement.ts';
import { summarise } from '../../statistics/describe.ts';
import { freedomOf, spanOnScale } from '../../statistics/influence.ts';
import type { Interval } from '../../statistics/interval.ts';
import { isAvailable, type NotAvailable } from '../../statistics/not-available.ts';
import { shareOf } from '../../statistics/shares.ts';
import { testMean } from '../../statistics/t-tests.ts';
import { spanConstant } from '../../statistics/unseen.ts';
import {
  type AnsweredCell,
  clusterStarts,
  explainEmpty,
  readScale,
  readScores,
  type ScaleItemScores,
  scoreClusters,
} from './cells.ts';
import { Reasons } from './rows.ts';
import {
  countLeftOut,
  describeScores,
  EMPTY,
  identify,
  lengthOf,
  type ScaleScoreRow,
  scoreRange,
  spanMean,
} from './scale-score-row.ts';
import { targetOf } from './sheets.ts';

/**
 * There is no test of the difference: at an end of the scale every departure refutes "all are
 * there", and a mean below it says no more than the share does.
 */
export function checkManipulation(
  cell: AnsweredCell,
  scale: string,
  condition: Condition,
): ScaleScoreRow {
  const reasons = new Reasons();
  const { questionnaire } = cell.answered;
  const points = readScale(cell, scale);
  const administrations = readScores(cell, scale);
  const { scores, within } = scoreClusters(administrations);
  const n = scores.length;
  const base = {
    ...identify(cell, scale),
    test: 'manipulation check',
    n,
    ...EMPTY,
    ...countLeftOut(points, null),
  } as const;
  if (n === 0) return { ...base, reason: explainEmpty(cell) };
  const { score: target, points: targets } = targetOf(questionnaire, scale, condition);
  const own = describeScores({ persona: scores, within }, reasons);
  const distance = reasons.take(
    spanDistance(scores, target, scoreRange(questionnaire, scale, scores)),
    'interval of the difference',
  );
  const shares = shareAtTarget(points, targets);
  const span = reasons.take(spanMean(shares), 'interval of the share');
  reasons.add('a mean at the end of a scale is not tested; see the share');
  return {
    ...base,
    ...own,
    m: administrations.clusterIds.length / n,
    ref_mean: target,
    ref_sd: 0,
    diff: own.mean - target,
    ci_low: distance?.low ?? null,
    ci_high: distance?.high ?? null,
    target,
    share_at_target: shares.length === 0 ? null : summarise(shares).mean,
    share_ci_low: span?.low ?? null,
    share_ci_high: span?.high ?? null,
    share_interval: span?.method ?? null,
    reason: reasons.toCell(),
  };
}

/**
 * Of the mean difference from the target. At an end of the scale no score is beyond it, and the mean
 * distance is a share of the length of the scale; Student's interval elsewhere, or, where all scores
 * are equal, what so many persons leave open.
 */
function spanDistance(
  scores: Float64Array,
  target: number,
  range: ScoreRange,
): Interval | NotAvailable {
  const length = lengthOf(range);
  const isAt = (end: number) => Math.abs(target - end) < 1e-9 * length;
  if (isAt(range.min) || isAt(range.max)) {
    const span = spanDistances(scores.map((score) => Math.abs(score - target) / length));
    if (!isAvailable(span)) return span;
    const { low, high, level } = span;
    return isAt(range.min)
      ? { low: length * low, high: length * high, level }
      : { low: -length * high, high: -length * low, level };
  }
  const test = testMean(scores, target);
  if (!isAvailable(test) && scores.length < 2) return test;
  const { low, high, level } = isAvailable(test)
    ? test.interval
    : spanConstant(scores[0]!, scores.length, range);
  return { low: low - target, high: high - target, level };
}

/** Of each personality, the share of its administrations in which the items have these points. */
function shareAtTarget(
  { clusterIds, points, items }: ScaleItemScores,
  targets: readonly number[],
): Float64Array {
  const starts = clusterStarts(clusterIds);
  return Float64Array.from({ length: starts.length - 1 }, (_, person) => {
    const from = starts[person]!;
    const to = starts[person + 1]!;
    let hits = 0;
    for (let row = from; row < to; row++) {
      if (
        points
          .subarray(row * items.length, (row + 1) * items.length)
          .every((value, at) => value === targets[at])
      )
        hits++;
    }
    return hits / (to - from);
  });
}

/**
 * Of the mean of distances over the length of the scale, as a share. Their variance does not follow
 * from their mean, as that of hits does, and the degrees of freedom are those of their kurtosis.
 */
function spanDistances(distances: Float64Array): Interval | NotAvailable {
  const share = shareOf({ hits: distances, sizes: new Uint8Array(distances.length).fill(1) });
  if (!isAvailable(share)) return share;
  const n = distances.length;
  const squares = share.influence.reduce((sum, value) => sum + value * value, 0);
  const areHits = distances.every((distance) => distance === 0 || distance === 1);
  if (n < 2 || squares === 0 || areHits) return spanMean(distances);
  const standardError = Math.sqrt((n / (n - 1)) * squares);
  return spanOnScale(share.share, { standardError, df: freedomOf(share.influence) }, 'logit');
}
