import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/study.ts';
import type { Table } from '../../analysis/table.ts';
import { UserError } from '../../errors.ts';
import { renderCsv, renderJson, writeTableFiles } from './files.ts';

const SCORES: Table = {
  table: '4',
  mode: 'published',
  data_origin: 'model',
  rows: [
    {
      model: 'GPT-4o',
      population: 'Base',
      scale: 'E',
      n: 40,
      mean: 1 / 3,
      sd: 0.1,
      ref_mean: 0.5,
      diff: -1 / 6,
      t: -1e-12,
      p: 1e-200,
      d: null,
    },
    {
      model: 'Reference',
      population: null,
      scale: 'E',
      n: 40,
      mean: 0.5,
      sd: 0.1,
      ref_mean: null,
      diff: null,
      t: null,
      p: null,
      d: null,
    },
  ],
};

const RELIABILITY: Table = {
  table: '6',
  mode: 'corrected',
  data_origin: 'simulated',
  rows: [
    {
      model: 'A, "B"',
      population: 'Base',
      scale: 'E',
      alpha: null,
      constant_items: [1, 2],
      reason: 'the total does not vary',
    },
  ],
};

test('JSON has four keys, every digit, and markers and texts as printed', () => {
  const json = JSON.parse(renderJson(SCORES));
  expect(Object.keys(json)).toEqual(['table', 'mode', 'data_origin', 'rows']);
  expect(json.rows).toEqual([
    { ...SCORES.rows[0], marker: '†¶', text: '0.33 ± 0.10†¶' },
    { ...SCORES.rows[1], marker: '', text: '0.5 ± 0.1' },
  ]);
});

test('JSON of simulated rows keeps p and has no markers', () => {
  const json = JSON.parse(renderJson({ ...SCORES, data_origin: 'simulated' }));
  expect(json.data_origin).toBe('simulated');
  expect(json.rows[0]).toMatchObject({ marker: '', text: '0.33 ± 0.10', p: 1e-200 });
});

test('CSV has the rows of the JSON, NULL for what is not there, and says of simulated rows that they are', () => {
  expect(renderCsv(SCORES).split('\n')[1]).toBe(
    'GPT-4o,Base,E,40,0.3333333333333333,0.1,0.5,-0.16666666666666666,-1e-12,1e-200,,†¶,0.33 ± 0.10†¶',
  );
  expect(renderCsv(RELIABILITY)).toBe(
    'model,population,scale,alpha,constant_items,reason,data_origin\n"A, ""B""",Base,E,,"[1,2]",the total does not vary,simulated\n',
  );
});

test('a table without rows is a file with a header', () => {
  expect(JSON.parse(renderJson({ ...SCORES, rows: [] })).rows).toEqual([]);
  expect(renderCsv({ ...RELIABILITY, rows: [] })).toBe('model,population,scale,data_origin\n');
});

test('files written again replace those before, and nothing else is left', () => {
  using folder = temporaryFolder();
  const first = writeTableFiles(folder.path, { published: [SCORES], corrected: [] });
  const second = writeTableFiles(folder.path, {
    published: [{ ...SCORES, rows: [] }],
    corrected: [],
  });
  expect(second).toEqual(first);
  expect(readdirSync(path.join(folder.path, 'tables/published')).toSorted()).toEqual([
    'table4.csv',
    'table4.json',
    'table4.md',
    'table4.tex',
  ]);
  expect(JSON.parse(readFileSync(path.join(folder.path, first[0]!), 'utf8')).rows).toEqual([]);
});

test('a place that cannot be written is named, and what stood there stays', () => {
  using folder = temporaryFolder();
  writeFileSync(path.join(folder.path, 'tables'), 'a file');
  const failure = failureOf(() =>
    writeTableFiles(folder.path, { published: [SCORES], corrected: [] }),
  );
  expect(failure).toMatchObject({ exitCode: 1, hint: expect.stringContaining('--out') });
  expect(failure.message).toContain(path.join(folder.path, 'tables'));
  expect(readFileSync(path.join(folder.path, 'tables'), 'utf8')).toBe('a file');
});

test('no draft stays where a file could not be put in its place', () => {
  using folder = temporaryFolder();
  const published = path.join(folder.path, 'tables/published');
  // A folder that bears the name of the file cannot be replaced by it.
  mkdirSync(path.join(published, 'table4.json', 'full'), { recursive: true });
  const failure = failureOf(() =>
    writeTableFiles(folder.path, { published: [SCORES], corrected: [] }),
  );
  expect(failure.message).toContain('table4.json');
  expect(readdirSync(published)).toEqual(['table4.json']);
});

function failureOf(work: () => unknown): UserError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  }
  throw new Error('nothing was thrown');
}
