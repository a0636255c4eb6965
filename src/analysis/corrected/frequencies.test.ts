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
  ]);
  expect(rows[0]).toMatchObject({
    answer: 1,
    n: 2,
    n_clusters: 2,
    share: 0.75,
    interval: 'cluster t',
  });
  expect(rows[0]).toMatchObject({ ci_low: 0, ci_high: 1 });
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
