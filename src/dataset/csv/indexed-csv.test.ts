import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/study.ts';
import { drawBelow, randomWords } from '../../statistics/random.ts';
import { csvLine } from './csv.ts';
import { IndexedCsv } from './indexed-csv.ts';

const TEXTS = ['', 'plain', 'a "quote"', '"', 'a, comma', 'two\nlines', '\r\n', 'Zoë 🙂', null];

test('the rows of a key are found wherever they are in a file of several chunks', async () => {
  using folder = temporaryFolder();
  const words = randomWords(7);
  const draw = () => TEXTS[drawBelow(TEXTS.length, words)]!;
  const rows = Array.from({ length: 40_000 }, (_, at) => {
    // Most keys come in stretches, some again later; negative ones too.
    const key = drawBelow(10, words) === 0 ? drawBelow(5000, words) : Math.floor(at / 8) - 100;
    return [draw(), at, draw(), key, `${draw()}${'x'.repeat(drawBelow(60, words))}`] as const;
  });
  const file = path.join(folder.path, 'rows.csv');
  writeFileSync(file, `first,id,second,key,last\n${rows.map((row) => csvLine(row)).join('')}`);
  const ids: number[] = [];
  using index = await IndexedCsv.open(file, 'key', 'id', (id) => ids.push(id));
  expect(ids).toEqual(rows.map(([, id]) => id));
  const byKey = Map.groupBy(rows, (row) => row[3]);
  expect([...new Set(index.keys)]).toEqual([...byKey.keys()].sort((a, b) => a - b));
  for (const [key, own] of byKey)
    expect(index.rowsOf(key)).toEqual(
      own.map((row) => row.map((field) => (field === null ? null : String(field)))),
    );
  expect(index.rowsOf(-101)).toEqual([]);
  expect(index.bytesOf(-100)).toBe(
    Buffer.byteLength(
      byKey
        .get(-100)!
        .map((row) => csvLine(row))
        .join(''),
    ),
  );
});

test('a key that several rows have is told, side by side or apart', async () => {
  using folder = temporaryFolder();
  const repeatedIn = async (...keys: readonly number[]) => {
    const file = path.join(folder.path, 'keys.csv');
    writeFileSync(file, `key\r\n${keys.join('\r\n')}`);
    using index = await IndexedCsv.open(file, 'key');
    return index.repeatedKey;
  };
  expect(await repeatedIn(3, 1, 2)).toBeNull();
  expect(await repeatedIn(1, 1, 2)).toBe(1);
  expect(await repeatedIn(2, 1, 3, 2)).toBe(2);
});

test.each([
  ['key\n1\n\n', /the line is empty/],
  ['other\n1\n', /the column "key" is missing/],
  ['key,other\n1,2\n,2\n', /column "key": row 2 has no whole number/],
  ['key,other\n1.5,2\n', /row 1 has no whole number/],
  ['key,other\n1,2\n9007199254740993,2\n', /row 2 has no whole number/],
])('%j is refused', async (text, message) => {
  using folder = temporaryFolder();
  const file = path.join(folder.path, 'wrong.csv');
  writeFileSync(file, text);
  await expect(IndexedCsv.open(file, 'key')).rejects.toThrow(message);
});
