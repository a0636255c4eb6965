import { describe, expect, test } from 'vitest';
import {
  answered,
  type Given,
  KEYED,
  MAX_N,
  MOOD,
  SPAIN,
  scaled,
  score,
  sheets,
  study,
} from '../../../test/support/small-study.ts';
import {
  type ReliabilityRow,
  tabulateBigFiveReliability,
  tabulateEpqraReliability,
} from './reliability.ts';

/** Four items of E, six of N. */
const EPQRA = scaled(
  { ...KEYED, items: KEYED.items.filter((item) => item.number !== 5 && item.number !== 6) },
  'sum',
  ({ scale }) => scale,
);

const POINTS: readonly (readonly (number | null)[])[] = [
  [1, 1, 0, 1],
  [0, null, 0, 0],
  [1, 1, 1, 1],
  [0, 0, null, 1],
  [1, 0, 1, 1],
  [0, 0, 0, 0],
  [1, 1, 1, null],
  [null, null, null, null],
];
/**
 * R 4.2.2: C <- cov(M, use = "pairwise"); 4/3 * (1 - sum(diag(C)) / sum(C)); pingouin 0.5.3 agrees;
 * n is 8
 */
const ALPHA = 0.82995319812792512;
const LOW = 0.4951939055910064;
const HIGH = 0.96180476605155141;

const N_POINTS = score(0, 3).slice(6);
const GIVEN: readonly Given[] = POINTS.map((points, index) => ({
  personality: index + 1,
  points: [...points, ...N_POINTS],
}));

function expectPublished(row: ReliabilityRow): void {
  expect(row).toMatchObject({ n: 8, k: 4 });
  expect(row.alpha).toBeCloseTo(ALPHA, 13);
  expect(row.ci_low).toBeCloseTo(LOW, 12);
  expect(row.ci_high).toBeCloseTo(HIGH, 12);
}

describe('EPQR-A', () => {
  const tabulate = (given: readonly Given[]) =>
    tabulateEpqraReliability(study({ answered: [answered(EPQRA, given)] }));

  test('covariances are pairwise, and every experiment with any answer counts in n', () => {
    const [e] = tabulate(GIVEN);
    expect(e).toMatchObject({ model: 'GPT-4o', population: 'Base', scale: 'E' });
    expectPublished(e!);
  });

  test('experiments without any answer are not there', () => {
    const silent: Given = { personality: 9, points: EPQRA.items.map(() => null) };
    expectPublished(tabulate([...GIVEN, silent])[0]!);
  });

  test('a scale on which nobody differs has no alpha', () => {
    expect(tabulate(GIVEN)[1]).toEqual({
      model: 'GPT-4o',
      population: 'Base',
      scale: 'N',
      n: 8,
      k: 6,
      alpha: null,
      ci_low: null,
      ci_high: null,
    });
  });

  test('an item that only others answered counts in k, one that nobody answered does not', () => {
    const without = (given: readonly Given[], model: string) =>
      given.map((one) => ({
        ...one,
        model,
        points: one.points.map((point, item) => (item === 0 ? null : point)),
      }));
    const both = tabulate([...GIVEN, ...without(GIVEN, 'GPT-3.5')]);
    expect(both.find((row) => row.model === 'GPT-3.5' && row.scale === 'E')).toMatchObject({
      k: 4,
      alpha: null,
    });
    expectPublished(both.find((row) => row.model === 'GPT-4o' && row.scale === 'E')!);
    expect(tabulate(without(GIVEN, 'GPT-3.5'))[0]).toMatchObject({
      k: 3,
      alpha: expect.any(Number),
    });
  });

  test('single experiments have no alpha, conditions are apart', () => {
    const rows = tabulate([...GIVEN, { ...GIVEN[0]!, population: MAX_N }]);
    expect(rows.map((row) => `${row.population} ${row.scale} ${row.n}`)).toEqual([
      'Base E 8',
      'Base N 8',
      'MaxN E 1',
      'MaxN N 1',
    ]);
    expect(rows[2]!.alpha).toBeNull();
  });

  test('sheets are the last rows', () => {
    const reference = sheets({ 1: score(6, 0), 2: score(0, 3), 3: score(0, 6) });
    const rows = tabulateEpqraReliability(study({ reference, random: sheets({ 1: score(1, 1) }) }));
    expect(rows.map((row) => [row.model, row.population, row.scale, row.n, row.k])).toEqual([
      ['Reference', null, 'E', 3, 6],
      ['Reference', null, 'N', 3, 6],
      ['Random', null, 'E', 1, 6],
      ['Random', null, 'N', 1, 6],
    ]);
    // Items that all agree.
    expect(rows[0]!.alpha).toBeCloseTo(1, 14);
    expect(rows[2]!.alpha).toBeNull();
  });
});

describe('BFI', () => {
  const TRAITS = scaled(
    { ...MOOD, slug: 'bigfive', items: MOOD.items.slice(0, 4) },
    'mean',
    () => 'O',
  );
  const given = (more: Partial<Given>): Given[] =>
    POINTS.slice(0, 7).map((points, index) => ({ personality: index + 1, points, ...more }));
  const tabulate = (all: readonly Given[]) =>
    tabulateBigFiveReliability(study({ answered: [answered(TRAITS, all)] }));

  test('the reference population is a row of its own and no part of its model', () => {
    const rows = tabulate([
      ...given({}),
      ...given({ population: SPAIN }),
      ...given({ population: MAX_N }),
    ]);
    expect(rows.map((row) => [row.model, row.population, row.scale, row.n])).toEqual([
      ['GPT-4o', 'Base', 'O', 7],
      ['Reference', null, 'O', 7],
    ]);
    expect(rows[0]!.alpha).toBe(rows[1]!.alpha);
  });

  test('without it there is no such row', () => {
    expect(tabulate(given({ model: 'Mistral' })).map((row) => row.model)).toEqual(['Mistral']);
    expect(tabulateBigFiveReliability(study())).toEqual([]);
  });
});
