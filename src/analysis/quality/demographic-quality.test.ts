import { expect, test } from 'vitest';
import { BASE, MAX_N, personas } from '../../../test/support/small-study.ts';
import { describeDemographics } from './demographic-quality.ts';

test('missing and unknown values by model, condition and field, the most frequent first', () => {
  const rows = describeDemographics(
    personas([
      { sheet: 1, population: MAX_N, race: 'White', gender: 'female' },
      { sheet: 1, race: 'zorblax', gender: '' },
      { sheet: 2, race: 'quux', gender: 'female' },
      { sheet: 3, race: 'quux', gender: null },
      // Draws that no table counts are looked at all the same.
      { sheet: 3, race: 'unmapped', gender: 'male', draw: 9, hasWordCount: false },
    ]),
  );
  expect(rows).toHaveLength(10);
  expect(rows.map(({ condition }) => condition)).toEqual([
    ...Array<string>(5).fill(BASE.display),
    ...Array<string>(5).fill(MAX_N.display),
  ]);
  const of = (condition: string, field: string) =>
    rows.find((row) => row.condition === condition && row.field === field);
  expect(of('Base', 'race')).toEqual({
    model: 'GPT-4o',
    condition: 'Base',
    field: 'race',
    personas: 4,
    missing: 0,
    unmapped: 4,
    examples: ['quux', 'unmapped', 'zorblax'],
  });
  expect(of('Base', 'gender')).toMatchObject({
    personas: 4,
    missing: 2,
    unmapped: 0,
    examples: [],
  });
  expect(of('MaxN', 'race')).toMatchObject({ personas: 1, missing: 0, unmapped: 0 });
});

test('no personas, no rows', () => {
  expect(describeDemographics(personas([]))).toEqual([]);
});
