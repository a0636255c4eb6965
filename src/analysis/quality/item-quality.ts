/**
 * Items that correlate negatively with the rest of their scale. A wrong key shows itself so: in
 * sheets and in answers of people, which do not depend on any model, and in what personas answer.
 */
import { isAvailable } from '../../statistics/not-available.ts';
import { itemTotalCorrelations } from '../../statistics/reliability.ts';
import { clusterStarts } from '../corrected/cells.ts';
import { listHumanItems } from '../corrected/human.ts';
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
  const ofModels = itemSamples(study)
    .filter(
      ({ isSet, clusterIds }) => !isSet && clusterStarts(clusterIds).length - 1 >= FEWEST_PERSONS,
    )
    .flatMap(({ instrument, model, population, scale, items, points, clusterIds }) =>
      negativeOf(
        { instrument, model, condition: population, scale },
        items,
        Array.from(clusterIds, (_, row) =>
          points.subarray(row * items.length, (row + 1) * items.length),
        ),
      ),
    );
  const ofPeople = listHumanItems(study)
    .filter(({ rows }) => rows.length >= FEWEST_PERSONS)
    .flatMap(({ people, instrument, scale, items, rows }) =>
      negativeOf({ instrument, model: `people: ${people}`, condition: null, scale }, items, rows),
    );
  return [...ofModels, ...ofPeople].sort((a, b) => a.r - b.r);
}

function negativeOf(
  of: Pick<ItemQualityRow, 'instrument' | 'model' | 'condition' | 'scale'>,
  items: readonly number[],
  rows: readonly ArrayLike<number>[],
): ItemQualityRow[] {
  return itemTotalCorrelations(rows).flatMap((r, position) =>
    isAvailable(r) && r < 0 ? [{ ...of, item: items[position]!, r, n: rows.length }] : [],
  );
}
