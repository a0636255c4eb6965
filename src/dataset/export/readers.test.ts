import { expect, test } from 'vitest';
import type { DescribedFile } from './export.ts';
import { readersOf } from './readers.ts';

const FILES: readonly DescribedFile[] = [
  {
    ...{ file: 'scores.csv', table: 'scores', kind: 'table', slug: null },
    columns: [
      { name: 'scale', type: 'string' },
      { name: 'shuffle_key', type: 'bigint' },
    ],
  },
  {
    ...{ file: 'answers_wide_x.csv', table: 'answers_wide_x', kind: 'wide', slug: 'x' },
    columns: [{ name: 'called_on', type: 'date' }],
  },
];

test('the files that read an export name every column and its type, and the codebooks', async () => {
  const readers = readersOf('csv', 'personality-trap test', new Date(0));
  expect(readers.map(({ name }) => name)).toEqual(['read_study.R', 'read_study.py']);
  const [r, python] = await Promise.all(readers.map(({ write }) => write(FILES)));
  expect(r).toContain(
    '  "scores" = c(\n    "scale" = "string",\n    "shuffle_key" = "bigint"\n  ),',
  );
  expect(r).toContain('  "answers_wide_x" = c(\n    "called_on" = "date"\n  ),');
  expect(python).toContain('    "scores": {\n        "scale": "string",\n');
  for (const text of [r, python]) {
    expect(text).toContain('Made by personality-trap test on 1970-01-01.');
    expect(text).toMatch(/"answers_wide_x_codebook"[^)}]*"reversed"[ :=]+"boolean"/);
    expect(text).not.toContain('"scores_codebook"');
  }
});

test('formats that know their types need none', () => {
  for (const format of ['jsonl', 'parquet', 'sav', 'dta'] as const)
    expect(readersOf(format, 'personality-trap test', new Date(0))).toEqual([]);
});
