import { describe, expect, test } from 'vitest';
import {
  answered,
  type Given,
  KEYED,
  MOOD,
  population,
  scaled,
  sheets,
  study,
} from '../../../test/support/small-study.ts';
import { type DimensionalityRow, tabulateDimensionality } from './dimensionality.ts';

/** A value of an item that goes with a trait of the person, by a rule of whole numbers. */
const levelOf = (person: number, item: number, trait: number) =>
  ((trait * person) % 101) * 2 + 3 * ((53 * person * (item + 1) + 29 * item) % 61);

/** Three items of one trait and three of another. */
const SIX = scaled(
  {
    ...MOOD,
    items: [1, 2, 3, 4, 5, 6].map((number) => ({
      ...MOOD.items[0]!,
      number,
      id: String(number),
      range: { low: 0, high: 400 },
    })),
  },
  'sum',
  (_, column) => (column < 3 ? 'A' : 'B'),
);
const pointsOf = (person: number) =>
  [0, 1, 2, 3, 4, 5].map((item) => levelOf(person, item, item < 3 ? 37 : 61));
const GIVEN: readonly Given[] = Array.from({ length: 90 }, (_, person) => ({
  personality: person + 1,
  points: pointsOf(person),
}));
const OTHERS = GIVEN.map((one, person) => ({
  ...one,
  model: 'GPT-3.5',
  points: one.points.map((own, item) => own! + (item === 2 ? 4 * ((person * 31) % 83) : 0)),
}));

function tabulate(given: readonly Given[], questionnaire = SIX): readonly DimensionalityRow[] {
  return tabulateDimensionality(study({ answered: [answered(questionnaire, given)] }));
}

const EIGENVALUES = [
  2.5036023578932, 1.5724157292441, 0.7383834723924, 0.4521577751575, 0.4285209862327,
  0.3049196790801,
];
const LOADINGS = [0.8395924539337, 0.514609169432, 0.5320589522969];
const PHI = 0.982182289;

/**
 * R 4.2.2, psych 2.2.9: eigen(cor(x))$values; fa(cor(x[, 1:3]), 1, fm = "minres")$loadings and
 * factor.congruence of both models'.
 */
describe('as in R', () => {
  const rows = tabulate([...GIVEN, ...OTHERS]);

  test('eigenvalues of each scale and of all items', () => {
    expect(rows.map(({ model, scale, k, n_factors }) => [model, scale, k, n_factors])).toEqual([
      ['GPT-4o', 'A', 3, 1],
      ['GPT-4o', 'B', 3, 1],
      ['GPT-4o', null, 6, 2],
      ['GPT-3.5', 'A', 3, 1],
      ['GPT-3.5', 'B', 3, 1],
      ['GPT-3.5', null, 6, 2],
    ]);
    EIGENVALUES.forEach((value, at) => {
      expect(rows[2]!.eigenvalues![at]).toBeCloseTo(value, 9);
    });
    expect(rows[2]!.eigenvalue_ratio).toBeCloseTo(EIGENVALUES[0]! / EIGENVALUES[1]!, 9);
  });

  test('loadings, and their congruence with those of the others', () => {
    const own = rows.find(({ model, scale }) => model === 'GPT-3.5' && scale === 'A')!;
    LOADINGS.forEach((value, at) => {
      expect(own.loadings![at]).toBeCloseTo(value, 5);
    });
    expect(own).toMatchObject({ compared_with: 'others', phi_items: 3, reason: null });
    expect(own.phi).toBeCloseTo(PHI, 5);
    expect(rows[5]).toMatchObject({ phi: null, loadings: null, reason: null });
  });
});
test('sheets are compared with where they are of the instrument, and not with themselves', () => {
  const bits = (person: number, high: number) =>
    KEYED.items.map((_, item) => Number(levelOf(person, item, item < 6 ? 37 : 61) > high));
  const people = Array.from({ length: 90 }, (_, person) => person);
  const of = (high: number) =>
    sheets(Object.fromEntries(people.map((person) => [person + 1, bits(person, high)])));
  const rows = tabulateDimensionality(
    study({
      reference: of(190),
      random: of(120),
      answered: [
        answered(
          KEYED,
          people.map((person) => ({ personality: person + 1, points: bits(person, 160) })),
        ),
      ],
    }),
  );
  expect(rows.map(({ model, scale, compared_with: by }) => [model, scale, by])).toEqual([
    ['Reference', 'E', null],
    ['Reference', 'N', null],
    ['Reference', null, null],
    ['Random', 'E', 'Reference'],
    ['Random', 'N', 'Reference'],
    ['Random', null, null],
    ['GPT-4o', 'E', 'Reference'],
    ['GPT-4o', 'N', 'Reference'],
    ['GPT-4o', null, null],
  ]);
  for (const { phi, compared_with: by } of rows) if (by !== null) expect(phi).toBeGreaterThan(0.9);
});

describe('not available', () => {
  test.each([
    [
      'A alone has no other row to be compared with',
      GIVEN,
      'there are no sheets and no other rows',
    ],
    [
      'items that do not vary',
      GIVEN.map((one) => ({ ...one, points: one.points.map((own, item) => (item < 2 ? 3 : own)) })),
      'fewer than 2 items vary',
    ],
    ['few persons', GIVEN.slice(0, 3), 'number of factors: not more persons than items that vary'],
  ])('%s', (_, given, reason) => {
    expect(tabulate(given)[0]!.reason).toContain(reason);
  });

  test('nobody succeeded', () => {
    const [first] = tabulate(GIVEN.map((one) => ({ ...one, succeeded: false })));
    expect(first).toMatchObject({
      n: 0,
      eigenvalues: null,
      phi: null,
      reason: 'no experiment has succeeded (90 failed)',
    });
  });
});

test('scales that a condition sets are no measure for others', () => {
  const driven = population('Set', {
    condition: null,
    ownCondition: {
      name: 'set',
      label: 'Set',
      drive: { A: 'max' },
    } as never,
  });
  const rows = tabulate([...GIVEN, ...OTHERS.map((one) => ({ ...one, population: driven }))]);
  const own = rows.find(({ model, scale }) => model === 'GPT-4o' && scale === 'A')!;
  expect(own.reason).toContain('no other rows');
});
