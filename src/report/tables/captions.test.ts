import { expect, test } from 'vitest';
import { answered, MOOD, study } from '../../../test/support/small-study.ts';
import { scaleNamesOf, unitsOf } from './captions.ts';

const NAMED = { ...MOOD, scales: MOOD.scales.map((scale) => ({ ...scale, name: 'Affect' })) };

test('scales are named and numbers have their unit, whether rows are of one form or of all', () => {
  const salary = { ...NAMED.items[0]!, id: 'salary', unit: 'EUR' };
  const forms = ['mood (answer_as: label)', 'mood (answer_as: value)'].map((label) =>
    answered({ ...NAMED, items: [salary, ...NAMED.items.slice(1)], label }, []),
  );
  const ofAll = [{ instrument: 'mood' }];
  expect(
    scaleNamesOf(study({ answered: forms }), ofAll)
      .get('mood')
      ?.get('A'),
  ).toBe('Affect');
  expect(
    unitsOf(study({ answered: forms }), ofAll)
      .get('mood')
      ?.get('salary'),
  ).toBe('(EUR)');
  const ofOne = [{ instrument: 'mood (answer_as: value)' }];
  expect([...unitsOf(study({ answered: forms }), ofOne).keys()]).toEqual([ofOne[0]!.instrument]);
  expect(unitsOf(study({ answered: [answered(NAMED, [])] }), ofAll).get('mood')?.size).toBe(0);
});
