/** What the corrected Table 4 says differently from the published one. */
import type { ScaleScoreRow as Corrected } from '../../../analysis/corrected/scale-score-row.ts';
import type { ScaleScoreRow as Published } from '../../../analysis/published/scale-scores.ts';
import { formatCount } from '../../../numbers.ts';
import type { Difference } from '../../analysis.ts';
import type { ComparisonContext } from '../definition.ts';
import { formatDifference, formatInterval, formatNumber, NOT_AVAILABLE } from '../format.ts';
import {
  compareCounts,
  compareValue,
  levelOf,
  orUnavailable,
  type Pairs,
  withAdjustedP,
  withP,
} from '../pairs.ts';
import { formatPoints, isOfModel } from './scale-score-methods.ts';

/** A row with the text that the study printed. */
export type Printed = Published & { readonly marker: string; readonly text: string };

type ScorePairs = Pairs<Printed, Corrected>;

export function compareScores(pairs: ScorePairs, context: ComparisonContext): Difference[] {
  return pairs.published.flatMap((row): Difference[] => {
    const [after] = pairs.of(row);
    if (after === undefined || !isOfModel(after)) return [];
    const administrations = after.n_administrations ?? 0;
    const people = after.n + (after.n_without_sheet ?? 0);
    return [
      ...compareCounts(pairs, row, {
        counted: administrations,
        incomplete: after.n_incomplete ?? 0,
      }),
      ...(administrations > people
        ? [
            pairs.tell(
              'repeated',
              row,
              `n = ${formatCount(row.n)}`,
              `n = ${formatCount(after.n)}`,
              'Several administrations of one person are not independent; each person counts once, with the mean.',
            ),
          ]
        : []),
      ...compareValue(pairs, row, row.mean, after.mean),
      ...(after.test === 'manipulation check'
        ? [describeManipulation(pairs, row, after)]
        : compareFidelity(pairs, row, after, context)),
    ];
  });
}

function describeManipulation(pairs: ScorePairs, row: Printed, after: Corrected): Difference {
  const { share_at_target: share, share_ci_low: low, share_ci_high: high, target } = after;
  const interval =
    low === null || high === null ? '' : ` ${formatInterval(low * 100, high * 100, 1)}`;
  return pairs.tell(
    'manipulation',
    row,
    row.text,
    share === null
      ? NOT_AVAILABLE
      : `${formatNumber(share * 100, 1)} %${interval} at the target of ${orUnavailable(target, 0)}`,
    'The condition drives this scale to an end, so that a difference from the unmanipulated sheet is what was asked for; whether the target was reached is the question.',
  );
}

function compareFidelity(
  pairs: ScorePairs,
  row: Printed,
  after: Corrected,
  { isSimulated }: ComparisonContext,
): Difference[] {
  const now = after.p_adjusted;
  const found: Difference[] = [];
  const shown =
    after.diff === null ? NOT_AVAILABLE : `difference ${formatDifference(after.diff, 2)}`;
  // The published table has no mark below .001.
  const [mark, markNow] = [Math.min(2, levelOf(row.p)), Math.min(2, levelOf(now))];
  if (mark !== markNow) {
    found.push(
      pairs.tell(
        'level',
        row,
        withP(row.text, row.p),
        now === null ? `${shown}; ${NOT_AVAILABLE}` : withAdjustedP(shown, now),
        now === null
          ? `There is no test: ${after.reason ?? 'it is not defined for these data'}.`
          : 'The p-values of a model are corrected by Holm, and each person counts once.',
      ),
    );
  } else if (mark > 0 && !isSimulated) {
    found.push(
      pairs.tell(
        'twoNames',
        row,
        row.text,
        withAdjustedP(shown, now),
        'The paired test and the one-sample test of the differences are the same test; two marks tell one result.',
      ),
    );
  }
  if (after.mean_equivalent !== null && after.mean_equivalent === levelOf(row.p) > 0) {
    const bound =
      after.equivalence_bound === null ? NOT_AVAILABLE : formatPoints(after.equivalence_bound);
    found.push(
      pairs.tell(
        'equivalence',
        row,
        withP(row.text, row.p),
        withAdjustedP(
          `mean ${after.mean_equivalent ? 'equivalent' : 'not shown to be equivalent'} within ± ${bound}`,
          after.p_equivalence_adjusted,
        ),
        after.mean_equivalent
          ? 'The difference of means is there, and too small to matter by the bound that was set.'
          : 'That no difference was found does not show that there is none: the interval reaches beyond the bound that was set.',
      ),
    );
  }
  return found;
}
