/** Whether a scale that a condition drives arrived at its end: the manipulation checks of Table 4. */
import type { Condition } from '../../personas/sheets/conditions.ts';
import { summarise } from '../../statistics/describe.ts';
import type { Interval } from '../../statistics/interval.ts';
import { isAvailable, type NotAvailable } from '../../statistics/not-available.ts';
import { clopperPearsonInterval } from '../../statistics/proportions.ts';
import { shareOf, spanShare } from '../../statistics/shares.ts';
import {
  type AnsweredCell,
  clusterStarts,
  explainEmpty,
  readScale,
  type ScaleItemScores,
  scoreClusters,
} from './cells.ts';
import { Reasons } from './rows.ts';
import {
  countLeftOut,
  describe,
  EMPTY,
  identify,
  lengthOf,
  rangeOf,
  type ScaleScoreRow,
} from './scale-score-row.ts';
import { keyedScore } from './sheets.ts';

/**
 * There is no test of the difference: at an end of the scale every departure refutes "all are
 * there", and a mean below it says no more than the share does.
 */
export function checkManipulation(
  cell: AnsweredCell,
  scale: string,
  direction: Condition['manipulated'][string],
): ScaleScoreRow {
  const reasons = new Reasons();
  const { questionnaire } = cell.answered;
  const points = readScale(cell, scale);
  const { scores } = scoreClusters(points, questionnaire.scoring);
  const n = scores.length;
  const base = {
    ...identify(cell, scale),
    test: 'manipulation check',
    n,
    ...EMPTY,
    ...countLeftOut(points, null),
  } as const;
  if (n === 0) return { ...base, reason: explainEmpty(cell) };
  if (questionnaire.items.some((item) => item.scale === scale && item.key === null)) {
    return {
      ...base,
      ...describe(scores, reasons),
      reason: 'the items have no key, so the condition has no target',
    };
  }
  const target =
    keyedScore(direction) * (questionnaire.scoring === 'mean' ? 1 : points.items.length);
  const own = describe(scores, reasons);
  const length = lengthOf(rangeOf(questionnaire, points));
  const missed = spanMean(scores.map((score) => Math.abs(score - target) / length));
  const distance = reasons.take(missed, 'interval of the difference');
  const shares = shareAtTarget(points, keyedScore(direction));
  const span = reasons.take(spanMean(shares), 'interval of the share');
  const side = direction === 'keyed' ? -length : length;
  const ends = distance === null ? [] : [side * distance.low, side * distance.high];
  reasons.add('a mean at the end of a scale is not tested; see the share');
  return {
    ...base,
    ...own,
    ref_mean: target,
    ref_sd: 0,
    diff: own.mean - target,
    ci_low: distance === null ? null : Math.min(...ends),
    ci_high: distance === null ? null : Math.max(...ends),
    target,
    share_at_target: summarise(shares).mean,
    share_ci_low: span?.low ?? null,
    share_ci_high: span?.high ?? null,
    share_interval: span?.method ?? null,
    reason: reasons.toCell(),
  };
}

/** Of each personality, the share of its administrations in which every item has this point. */
function shareAtTarget(
  { clusterIds, points, items }: ScaleItemScores,
  point: number,
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
          .every((value) => value === point)
      )
        hits++;
    }
    return hits / (to - from);
  });
}

type ShareInterval = Interval & { readonly method: NonNullable<ScaleScoreRow['share_interval']> };

/**
 * Of one share a personality: exact where each personality is either at the target or not, on log
 * odds elsewhere.
 */
function spanMean(shares: Float64Array): ShareInterval | NotAvailable {
  if (shares.every((share) => share === 0 || share === 1)) {
    const exact = clopperPearsonInterval({
      successes: shares.filter((share) => share === 1).length,
      n: shares.length,
    });
    return isAvailable(exact) ? { ...exact, method: 'Clopper-Pearson' } : exact;
  }
  const share = shareOf({ hits: shares, sizes: new Uint8Array(shares.length).fill(1) });
  const span = isAvailable(share) ? spanShare(share, 'Clopper-Pearson') : share;
  return isAvailable(span) ? { ...span, method: 'cluster-robust logit' } : span;
}
