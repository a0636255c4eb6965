import { expect, test } from 'vitest';
import { answered, type Given, MOOD, scaled, study } from '../../../test/support/small-study.ts';
import { ITEM_STATES } from '../data.ts';
import { tabulateFrequencies } from './frequencies.ts';

/** One item on a scale, one on none. */
const OPINION = scaled({ ...MOOD, items: MOOD.items.slice(0, 2) }, 'sum', (_, column) =>
  column === 0 ? 'A' : null,
);

const tabulate = (given: readonly Given[], states: Uint8Array | null = null) =>
  tabulateFrequencies(study({ answered: [{ ...answered(OPINION, given), states }] }));

test('items on no scale are counted, with Wilson’s interval over persons', () => {
  const given = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1].map((answer, index) => ({
    personality: index + 1,
    points: [2, answer],
  }));
  const rows = tabulate(given);
  expect(rows.map(({ item, answer, n, share }) => [item, answer, n, share])).toEqual([
    ['2', 0, 3, 0.3],
    ['2', 1, 7, 0.7],
  ]);
  // Wilson (1927): (7 + z²/2) / (10 + z²) ± z √(7 · 3 / 10 + z²/4) / (10 + z²), z = 1.959964.
  expect(rows[1]).toMatchObject({
    ...{ n_administrations: 10, n_clusters: 10, interval: 'Wilson over personalities' },
    ...{ ci_low: expect.closeTo(0.39677815, 7), ci_high: expect.closeTo(0.89220873, 7) },
  });
});

test('who answered now so, now otherwise counts with the share', () => {
  const rows = tabulate([
    { personality: 1, points: [0, 1] },
    { personality: 1, points: [0, 2] },
    { personality: 2, points: [0, 1] },
    { personality: 3, points: [0, 1] },
    { personality: 3, points: [0, 2] },
  ]);
  expect(rows[0]).toMatchObject({
    answer: 1,
    n: 3,
    n_clusters: 3,
    interval: 'cluster-robust logit',
  });
  expect(rows[0]!.share).toBeCloseTo(2 / 3, 12);
  // R 4.2.2: plogis(qlogis(2/3) + c(-1, 1) * qt(.975, 2) * (1/6)/(2/9))
  expect(rows[0]!.ci_low).toBeCloseTo(0.0735194969025482, 9);
  expect(rows[0]!.ci_high).toBeCloseTo(0.980547523563524, 9);
});

test('what became of an item instead of an answer is counted too', () => {
  const declined = ITEM_STATES.indexOf('declined');
  const rows = tabulate(
    [
      { personality: 1, points: [0, null] },
      { personality: 2, points: [0, 1] },
      { personality: 3, points: [0, null] },
    ],
    Uint8Array.from([0, declined, 0, 0, 0, 0]),
  );
  expect(rows.map(({ answer, label, n }) => [answer, label, n])).toEqual([
    [1, '1', 1],
    [null, 'declined', 1],
    [null, 'no answer', 1],
  ]);
  expect(tabulate([{ personality: 1, points: [0, null], succeeded: null }])).toEqual([]);
});

test('bounds: the share if nothing that is missing were this answer, and if all were', () => {
  const rows = tabulate([
    { personality: 1, points: [0, 1] },
    { personality: 1, points: [0, 2], ending: 'refused' },
    { personality: 2, points: [0, 2], ending: 'invalid' },
    { personality: 3, points: [0, 2] },
    { personality: 4, points: [0, 2], succeeded: null },
  ]);
  // Persons 1, 2 and 3: ½, 0 and 0 at least, 1, 1 and 0 at most. The fourth is pending.
  expect(rows[0]).toMatchObject({
    ...{ answer: 1, share: 0.5, n_clusters: 2, n_missing: 2 },
    ...{ bound_low: 0.5 / 3, bound_high: 2 / 3 },
  });
});
