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
  study,
} from '../../../test/support/small-study.ts';
import { type CorrelationRow, tabulateCorrelations } from './correlations.ts';

/** Two items of A, then three of O. */
const TRAITS = scaled({ ...MOOD, slug: 'bigfive' }, 'mean', (_, column) =>
  column < 2 ? 'A' : 'O',
);

const E_SCORES = [0, 1, 2, 3, 4, 5, 6, 2];
const A_SUMS = [2, 4, 4, 8, 7, 10, 8, 6];
const EPQRA: readonly Given[] = E_SCORES.map((e, index) => ({
  personality: index + 1,
  points: score(e, 3),
}));
const BIGFIVE: readonly Given[] = A_SUMS.map((sum, index) => ({
  personality: index + 1,
  points: [Math.floor(sum / 2), Math.ceil(sum / 2), 1 + (index % 2), 3, 3],
}));

function tabulate(epqra: readonly Given[], bigfive: readonly Given[]): readonly CorrelationRow[] {
  return tabulateCorrelations(
    study({ answered: [answered(TRAITS, bigfive), answered(KEYED, epqra)] }),
  );
}

function find(
  rows: readonly CorrelationRow[],
  epqraScale: string,
  bigfiveScale: string,
): CorrelationRow {
  return rows.find((row) => row.epqra_scale === epqraScale && row.bigfive_scale === bigfiveScale)!;
}

/** pingouin 0.5.3: corr([0,1,2,3,4,5,6,2], [2,4,4,8,7,10,8,6]) */
const R = 0.8817622567955;
const P = 0.003774664089;

describe('one experiment a personality', () => {
  const rows = tabulate(EPQRA, BIGFIVE);

  test('scores correlate as in pingouin', () => {
    const row = find(rows, 'E', 'A');
    expect(row).toMatchObject({ model: 'GPT-4o', n: 8 });
    expect(row.r).toBeCloseTo(R, 8);
    expect(row.p).toBeCloseTo(P, 8);
  });

  test('a score that does not vary correlates with nothing', () => {
    expect(find(rows, 'N', 'A')).toEqual({
      model: 'GPT-4o',
      epqra_scale: 'N',
      bigfive_scale: 'A',
      n: 8,
      r: null,
      p: null,
    });
  });

  test('scales are in the order of the table', () => {
    expect(rows.map((row) => `${row.epqra_scale} ${row.bigfive_scale}`)).toEqual([
      'E A',
      'E O',
      'N A',
      'N O',
    ]);
  });
});

test('of several experiments the mean counts, also where the model answered as the reference population', () => {
  const doubled = BIGFIVE.flatMap((one, index) => {
    const [first, second, ...rest] = one.points as number[];
    const shift = index % 2;
    const apart = (by: number) => ({ ...one, points: [first! + by, second!, ...rest] });
    return [apart(shift), { ...apart(-shift), population: SPAIN }];
  });
  const row = find(tabulate(EPQRA, doubled), 'E', 'A');
  expect(row.n).toBe(8);
  expect(row.r).toBeCloseTo(R, 8);
});

test('only Base, and only personalities with both scores', () => {
  const elsewhere = EPQRA.map((one) => ({ ...one, population: MAX_N, points: score(0, 0) }));
  const more: Given[] = [
    { personality: 50, points: score(6, 3) },
    { personality: null, points: score(6, 3) },
  ];
  const nobody: Given = { personality: null, points: [1, 1, 1, 1, 1] };
  const row = find(tabulate([...EPQRA, ...elsewhere, ...more], [...BIGFIVE, nobody]), 'E', 'A');
  expect(row.n).toBe(8);
  expect(row.r).toBeCloseTo(R, 8);
  const half = BIGFIVE.map((one, index) =>
    index < 4 ? { ...one, points: [...one.points.slice(0, 2), null, null, null] } : one,
  );
  expect(find(tabulate(EPQRA, half), 'E', 'O')).toMatchObject({ n: 4, r: null, p: null });
  expect(find(tabulate(EPQRA, half), 'E', 'A').n).toBe(8);
});

test('a scale that nobody answered, a model with one questionnaire and fewer than 5 common personalities make no rows', () => {
  const withoutO = BIGFIVE.map((one) => ({
    ...one,
    points: [...one.points.slice(0, 2), null, null, null],
  }));
  expect(tabulate(EPQRA, withoutO).map((row) => row.bigfive_scale)).toEqual(['A', 'A']);
  expect(
    tabulate(
      EPQRA,
      BIGFIVE.map((one) => ({ ...one, model: 'GPT-3.5' })),
    ),
  ).toEqual([]);
  expect(tabulate(EPQRA.slice(0, 4), BIGFIVE)).toEqual([]);
  expect(tabulateCorrelations(study({ answered: [answered(KEYED, EPQRA)] }))).toEqual([]);
});
