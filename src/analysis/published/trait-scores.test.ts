import { expect, test } from 'vitest';
import {
  answered,
  type Given,
  MAX_N,
  MOOD,
  SPAIN,
  scaled,
  study,
} from '../../../test/support/small-study.ts';
import { tabulateTraitScores } from './trait-scores.ts';

/** Two items of E, three of O. */
const TRAITS = scaled({ ...MOOD, slug: 'bigfive' }, 'mean', (_, column) =>
  column < 2 ? 'E' : 'O',
);

/** Means of E: 3, 2.5, 4, 4.5, and 1 of the one answer that there is. */
const GIVEN: readonly Given[] = [
  [3, 3],
  [2, 3],
  [4, 4],
  [5, 4],
  [null, 1],
].map((points, index) => ({ personality: index + 1, points: [...points, null, null, null] }));

const tabulate = (given: readonly Given[]) =>
  tabulateTraitScores(study({ answered: [answered(TRAITS, given)] }));

test('the mean of each experiment, then mean and SD over experiments', () => {
  const [row, ...others] = tabulate(GIVEN);
  expect(others).toEqual([]);
  expect(row).toEqual({
    model: 'GPT-4o',
    population: 'Base',
    scale: 'E',
    n: 5,
    mean: 3,
    sd: row!.sd,
  });
  // numpy 1.24: np.std([3, 2.5, 4, 4.5, 1], ddof=1)
  expect(row!.sd).toBeCloseTo(1.3693063937629153, 14);
});

test('each experiment of a personality counts; none of other conditions, and none without personality', () => {
  const more: Given[] = [
    GIVEN[0]!,
    { ...GIVEN[4]!, population: MAX_N },
    { ...GIVEN[4]!, personality: null },
  ];
  expect(tabulate([...GIVEN, ...more])[0]).toMatchObject({ n: 6, mean: 3 });
});

test('an administration that is answered in part is left out', () => {
  const rows = tabulate(GIVEN.map((one, index) => ({ ...one, isPartial: index === 4 })));
  expect(rows[0]).toMatchObject({ n: 4, mean: 3.5 });
  // Of one whose call was refused, what the other calls brought.
  expect(tabulate([...GIVEN, { ...GIVEN[0]!, succeeded: false }])[0]).toMatchObject({ n: 5 });
});

test('what was answered as the reference population is the last row', () => {
  const spain = GIVEN.map((one) => ({
    ...one,
    model: 'GPT-3.5',
    population: SPAIN,
    points: [1, 1, 2, 3, null],
  }));
  const rows = tabulate([...spain, GIVEN[0]!]);
  expect(rows).toEqual([
    { model: 'GPT-4o', population: 'Base', scale: 'E', n: 1, mean: 3, sd: null },
    { model: 'Reference', population: null, scale: 'E', n: 5, mean: 1, sd: 0 },
    { model: 'Reference', population: null, scale: 'O', n: 5, mean: 2.5, sd: 0 },
  ]);
});
