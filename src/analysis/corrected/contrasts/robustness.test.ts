import { expect, test } from 'vitest';
import {
  answered,
  type Given,
  MOOD,
  population,
  scaled,
  study,
} from '../../../../test/support/small-study.ts';
import { analysisPlan } from '../../plan.ts';
import { tabulateRobustness } from './robustness.ts';

const SCALE = scaled({ ...MOOD, items: MOOD.items.slice(0, 3) }, 'mean', () => 'A');
const CASES = [0, 1, 2, 3, 4, 5];

/** Cases whose scores as Muslims differ from those as Christians by these numbers. */
function form(label: string, differences: readonly number[]) {
  const asked = (personality: number, value: number, name: string): Given => ({
    ...{ personality, points: [value, value, value] },
    population: population(name, { population: name }),
  });
  return answered({ ...SCALE, label }, [
    ...CASES.map((own) => asked(own, own, 'Christian')),
    ...CASES.map((own) => asked(own, own + differences[own]!, 'Muslim')),
  ]);
}

const tabulate = (forms: readonly ReturnType<typeof form>[]) =>
  tabulateRobustness(study({ answered: forms }), analysisPlan.parse({}));

const CLEAR = [1, 1.1, 0.9, 1, 1.2, 0.8];
const UNCLEAR = [3, -2, 1, -1, 2, 0.6];
const TURNED = [-0.5, -0.4, -0.6, -0.5, -0.3, -0.7];

test('each mean and difference is estimated once for each way of asking', () => {
  const rows = tabulate([form('a', CLEAR), form('b', UNCLEAR), form('c', TURNED)]);
  expect(rows.map(({ of, level, reference }) => [of, level, reference])).toEqual([
    ['mean', 'Christian', null],
    ['mean', 'Muslim', null],
    ['difference', 'Muslim', 'Christian'],
  ]);
  expect(rows[0]).toMatchObject({ min: 2.5, median: 2.5, max: 2.5, sd: 0, n_sign_differs: null });
  // The items go from −2 to 2, and so does their mean.
  expect(rows[1]!.sd_relative).toBeCloseTo(rows[1]!.sd! / 4, 12);
  expect(rows[2]).toMatchObject({
    ...{ n_cells: 3, min: -0.5, max: 1, cells: ['a', 'b', 'c'] },
    median: expect.closeTo(0.6, 12),
    pooled: expect.closeTo((1 + 0.6 - 0.5) / 3, 12),
    // Over all ways the difference is not significant; in the first and the last it is.
    ...{ n_sign_differs: 1, n_marker_differs: 2, cells_that_differ: ['a', 'c'] },
    estimates: [1, 0.6, -0.5].map((value) => expect.closeTo(value, 12)),
  });
});

test('one way of asking has no robustness, and a way without an answer no estimate', () => {
  expect(tabulate([form('a', CLEAR)])).toEqual([]);
  const nobody = form('b', CLEAR);
  const [row] = tabulate([
    form('a', CLEAR),
    {
      ...nobody,
      administrations: nobody.administrations.map((one) => ({ ...one, succeeded: false })),
    },
  ]);
  expect(row).toMatchObject({
    ...{ n_cells: 1, sd: null, estimates: [2.5, null] },
    reason: 'fewer than 2 ways of asking have a value',
  });
});

test('a control that the plan does not name is left to the contrasts', () => {
  const control = (label: string) =>
    answered({ ...SCALE, label }, [
      ...CASES.flatMap((own) =>
        ['Christian', 'Muslim'].map((religion) => ({
          ...{ personality: own, points: [own, own, own], columns: { religion } },
          population: population(religion, { population: religion }),
        })),
      ),
      ...[1, 2].map((repeated) => ({
        ...{ personality: 99, repeated, points: [repeated, 1, 1] },
        population: population('control', { population: 'control' }),
      })),
    ]);
  const own = study({ answered: [control('a'), control('b')] });
  const factorsOf = (plan: Parameters<typeof tabulateRobustness>[1]) => [
    ...new Set(tabulateRobustness(own, plan).map(({ factor }) => factor)),
  ];
  expect(factorsOf(analysisPlan.parse({ compare: ['religion'] }))).toEqual(['religion']);
  expect(factorsOf(analysisPlan.parse({ compare: ['religion', 'condition'] }))).toEqual([
    'religion',
    'condition',
  ]);
});
