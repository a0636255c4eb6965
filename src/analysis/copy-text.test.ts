import { expect, test } from 'vitest';
import { Texts, visitRows } from './copy-text.ts';

const ABSENT = -99;

async function read(bytes: Uint8Array, size: number) {
  const texts = new Texts();
  const rows: number[][] = [];
  async function* chunks() {
    for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
  }
  await visitRows(chunks(), [null, texts, null], ABSENT, (row) => {
    rows.push([...row]);
  });
  return { rows, values: texts.values };
}

test('reads whole numbers, and texts as codes of those that differ, wherever chunks are cut', async () => {
  const long = 'ñ🙂'.repeat(200);
  const lines = [
    '1\tSí\t-20',
    '\\N\t\\N\t0',
    '3\ta\\tb\\\\N\t\\N',
    '4\tSí\t7',
    `5\t${long}\t8`,
    '6\t\t9',
  ];
  const bytes = new TextEncoder().encode(`${lines.join('\n')}\n`);
  const expected = {
    rows: [
      [1, 0, -20],
      [ABSENT, -1, 0],
      [3, 1, ABSENT],
      [4, 0, 7],
      [5, 2, 8],
      [6, 3, 9],
    ],
    values: ['Sí', 'a\tb\\N', long, ''],
  };
  for (const size of [1, 2, 7, 64, bytes.length]) expect(await read(bytes, size)).toEqual(expected);
});

test('tells texts apart that have one hash', async () => {
  // 31 · 65 + 98 = 31 · 66 + 67.
  const { rows, values } = await read(
    new TextEncoder().encode('1\tAb\t1\n2\tBC\t2\n3\tAb\t3\n'),
    5,
  );
  expect(rows.map(([, code]) => code)).toEqual([0, 1, 0]);
  expect(values).toEqual(['Ab', 'BC']);
});
