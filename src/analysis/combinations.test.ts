import { expect, it } from 'vitest';
import { combinationsOf, combinationsWithLevels } from './combinations.ts';
import type { Administration } from './data.ts';

const asked = (groupId: number, model: string, population: string) =>
  ({ groupId, model: { key: model }, population: { population } }) as Administration;
const administrations = [
  asked(2, 'm', 'base'),
  asked(2, 'm', 'base'),
  asked(1, 'm', 'base'),
  asked(2, 'n', 'base'),
  asked(2, 'm', 'other'),
  asked(1, 'm', 'base'),
];

it('gives the first administration of each combination, in their order', () => {
  expect(combinationsOf(administrations)).toEqual(
    [0, 2, 3, 4].map((position) => administrations[position]),
  );
});

it('tells levels apart within a combination', () => {
  const codes = Int32Array.of(0, 1, -1, 0, 0, 0);
  expect(combinationsWithLevels(administrations, codes)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(combinationsWithLevels(administrations, new Int32Array(6))).toEqual([0, 2, 3, 4]);
});
