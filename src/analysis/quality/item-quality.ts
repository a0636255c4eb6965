/**
 * Items that correlate negatively with the rest of their scale. A wrong key shows itself so: in
 * sheets, which do not depend on any model, and in what personas answer.
 */
import { isAvailable } from '../../statistics/not-available.ts';
import { itemTotalCorrelations } from '../../statistics/reliability.ts';
import { clusterStarts } from '../corrected/cells.ts';
import { itemSamples } from '../corrected/reliability.ts';
import type { StudyData } from '../data.ts';
import type { ItemQualityRow } from './quality.ts';

/** With fewer persons a correlation around 0 is negative half of the time. */
export const FEWEST_PERSONS = 20;

/**
 * The lowest correlation first. Left out are random sheets, whose items are independent on purpose,
 * and scales that a condition sets, on which personas differ by mistakes alone.
 */
export function findNegativeItems(study: StudyData): readonly ItemQualityRow[] {
  return itemSamples(study)
    .filter(
      ({ isSet, clusterIds }) => !isSet && clusterStarts(clusterIds).length - 1 >= FEWEST_PERSONS,
    )
    .flatMap(({ instrument, model, population, scale, items, points, clusterIds }) => {
      const rows = Array.from(clusterIds, (_, row) =>
        points.subarray(row * items.length, (row + 1) * items.length),
      );
      return itemTotalCorrelations(rows).flatMap((r, position): ItemQualityRow[] =>
        isAvailable(r) && r < 0
          ? [
              {
                instrument,
                model,
                condition: population,
                scale,
                item: items[position]!,
                r,
                n: clusterIds.length,
              },
            ]
          : [],
      );
    })
    .sort((a, b) => a.r - b.r);
}
