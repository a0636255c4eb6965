import { expect, test } from 'vitest';
import { foreseeOrigins } from './foreseen-origin.ts';

const answered = { groupId: 1, succeeded: true, origin: 'simulated' } as const;
const pending = { groupId: 1, succeeded: null, origin: 'model' } as const;

test('what has no answer is simulated where all answers of its group are', () => {
  const origins = (rows: Parameters<typeof foreseeOrigins>[0]) =>
    foreseeOrigins(rows).map(({ origin }) => origin);
  expect(origins([pending, answered, { ...pending, succeeded: false }])).toEqual([
    'simulated',
    'simulated',
    'simulated',
  ]);
  const real = { ...answered, origin: 'model' } as const;
  expect(origins([pending, answered, real])).toEqual(['model', 'simulated', 'model']);
  expect(origins([{ ...pending, groupId: 2 }, answered])).toEqual(['model', 'simulated']);
  expect(origins([{ ...pending, origin: 'imported' }, answered])).toEqual([
    'imported',
    'simulated',
  ]);
});
