/** What a pilot with cases of its own says of differences between two levels of a factor. */
import type { MeanContrastRow } from '../analysis/corrected/contrasts/mean-contrasts.ts';
import { tQuantile } from '../statistics/distributions.ts';
import type { DifferenceToPlan } from './planning.ts';

/** Probability below the upper end of a 95 % interval. */
const UPPER = 0.975;

/**
 * The SD of the differences within cases, for each model, factor and scale the largest over the
 * pairs of levels, to be safe. Single items without a bound of equivalence are left out, since no
 * number of points suits them all.
 * @param rows of Table C1
 */
export function differencesOfContrasts(rows: readonly MeanContrastRow[]): DifferenceToPlan[] {
  const known = rows.flatMap((row) => {
    const sd = row.equivalence_bound === null ? null : sdOfDifferences(row);
    return sd === null ? [] : [{ row, sd }];
  });
  const alike = Map.groupBy(known, ({ row: { instrument, model, factor, outcome } }) =>
    JSON.stringify([instrument, model, factor, outcome]),
  );
  return [...alike.values()].map((some) => {
    const { model, factor, outcome } = some[0]!.row;
    return {
      ...{ model, population: factor, scale: outcome },
      sd: Math.max(...some.map(({ sd }) => sd)),
      ...{ sheetSd: null, means: null },
    };
  });
}

/** From the 95 % interval of a paired t test; null for another test, and for constant differences. */
function sdOfDifferences(row: MeanContrastRow): number | null {
  const { method, unit, ci_low: low, ci_high: high, df, p } = row;
  if (method !== 'paired t' || unit !== 'case' || p === null) return null;
  if (low === null || high === null || df === null || low === high) return null;
  return ((high - low) / 2 / tQuantile(UPPER, df)) * Math.sqrt(df + 1);
}
