import { expect, test } from 'vitest';
import { keep } from './kept.ts';

test('what was read is read again when its name is another one, and only then', async () => {
  let name = 'first';
  let reads = 0;
  const kept = keep(
    async () => name,
    async () => {
      reads += 1;
      return `${name}, read ${reads}`;
    },
  );
  expect(await Promise.all([kept(null), kept(null)])).toEqual(['first, read 1', 'first, read 1']);
  name = 'second';
  expect(await kept(null)).toBe('second, read 2');
  expect(await kept(null)).toBe('second, read 2');
});

test('a failure is not kept', async () => {
  let isDown = true;
  const kept = keep(
    async () => 'same',
    async () => {
      if (isDown) throw new Error('the server is away');
      return 'there';
    },
  );
  await expect(kept(null)).rejects.toThrow('the server is away');
  isDown = false;
  expect(await kept(null)).toBe('there');
});
