import { expect, test } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { computation } from './computation.ts';

test('what failed is said, and can be tried again', async () => {
  await using database = await testDatabase('embedded');
  let tried = 0;
  const own = computation(database, async (say) => {
    say(`try ${++tried}`);
    if (tried === 1) throw new Error('out of memory');
    return 'done';
  });
  expect(own.state()).toEqual({ kind: 'computing', step: 'reading the answers' });
  await own.settled();
  expect(own.state()).toEqual({ kind: 'failed', problem: 'out of memory' });
  own.again();
  own.again();
  await own.settled();
  expect(own.state()).toMatchObject({ kind: 'computed', value: 'done' });
  expect(tried).toBe(2);
});
