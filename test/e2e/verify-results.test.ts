/** The files of an analysis show whether they are what the data give. */
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Database } from '../../src/db/connect.ts';
import { writeBundle } from '../../src/evidence/bundle.ts';
import { verifyResults } from '../../src/evidence/results-folder.ts';
import {
  Checked,
  type Deviation,
  describeDeviation,
} from '../../src/experiments/verification/deviation.ts';
import { analyzeStudy, writeAnalysis } from '../../src/studies/analyze.ts';
import { runStudy } from '../../src/studies/pipeline.ts';
import { readStudy } from '../../src/studies/study-file.ts';
import { runPersonas } from '../support/cli.ts';
import { testDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/study.ts';

const folder = temporaryFolder();
const results = path.join(folder.path, 'results');
const config = loadConfig(
  { config: { providers: { simulated: { reliability: 0.7 } }, models: {} } },
  {},
  folder.path,
);
let database: Database;

beforeAll(async () => {
  database = await testDatabase('embedded');
  writeFileSync(
    path.join(folder.path, 'mine.csv'),
    'role,description\nnurse,I am a nurse.\npilot,I fly.\ncook,I cook.\n',
  );
  writeFileSync(
    path.join(folder.path, 'study.yaml'),
    'name: Roles\nmodels: [sim-gpt4o]\npersonas: {file: mine.csv, condition: role}\nquestionnaires: [epqra]\n',
  );
  await runStudy(database, config, readStudy(path.join(folder.path, 'study.yaml')), {});
  writeAnalysis(results, await analyzeStudy(database, config), new Date('2026-03-04T05:06:07Z'));
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function verify() {
  const checked = new Checked();
  const found: Deviation[] = [];
  for await (const one of verifyResults(results, database, config, checked)) found.push(one);
  return {
    lines: found.map(describeDeviation),
    checked: Object.fromEntries(checked),
    unchecked: Object.fromEntries(checked.unchecked),
  };
}

/** Changes a file for as long as it is looked at. */
async function whileChanged(name: string, change: (text: string) => string) {
  const file = path.join(results, name);
  const text = readFileSync(file, 'utf8');
  const changed = change(text);
  expect(changed, name).not.toBe(text);
  writeFileSync(file, changed);
  const found = await verify();
  writeFileSync(file, text);
  return found;
}

const tables = () => readdirSync(path.join(results, 'tables/corrected'));

test('the files of an untouched analysis are all found to be what the data give', async () => {
  const { lines, checked, unchecked } = await verify();
  expect({ lines, unchecked }).toEqual({ lines: [], unchecked: {} });
  expect(checked.tables).toBe(tables().length);
  expect(checked['figures and report']).toBe(readdirSync(path.join(results, 'figures')).length + 1);
});

test('a changed cell of each table is named with its table, row, column and both values', async () => {
  const names = tables().filter((name) => name.endsWith('.csv'));
  let changed = 0;
  for (const name of names) {
    const file = `tables/corrected/${name}`;
    const [header, ...rows] = readFileSync(path.join(results, file), 'utf8').split('\n');
    const at = rows[0]!.split(',').findIndex((cell) => /^-?\d+(?:\.\d+)?$/.test(cell));
    if (at < 0 || /"/.test(rows[0]!)) continue;
    const cells = rows[0]!.split(',');
    const was = cells[at]!;
    cells[at] = '77.5';
    const altered = [header, cells.join(','), ...rows.slice(1)].join('\n');
    const column = header!.split(',')[at]!;
    const { lines } = await whileChanged(file, () => altered);
    expect(lines).toEqual([
      expect.stringMatching(
        new RegExp(
          `^file ${file}: ${column} of row 1 \\(.*\\): stored 77\\.5, but ${was} from the data$`,
        ),
      ),
    ]);
    changed++;
  }
  expect(changed).toBeGreaterThan(3);
});

test('a changed number in the other files is found as well', async () => {
  const later = (text: string) => text.replace(/(\d)\.(\d)/, (_, a, b) => `${a}.${(+b + 1) % 10}`);
  const [json] = tables().filter((name) => name.endsWith('.json'));
  const table = (extension: string) =>
    tables().find(
      (name) =>
        name.endsWith(extension) &&
        /\d\.\d/.test(readFileSync(path.join(results, 'tables/corrected', name), 'utf8')),
    )!;
  const [figure] = readdirSync(path.join(results, 'figures'));
  for (const name of [`tables/corrected/${table('.md')}`, `tables/corrected/${table('.tex')}`])
    expect((await whileChanged(name, later)).lines, name).toEqual([
      expect.stringMatching(new RegExp(`^file ${name}: line \\d+: stored `)),
    ]);
  expect((await whileChanged(`figures/${figure}`, later)).lines).toHaveLength(1);
  const inReport = (text: string) => text.replace(/<td([^>]*)>(\d+)\.(\d+)/, '<td$1>$2.9$3');
  expect((await whileChanged('report.html', inReport)).lines).toEqual([
    expect.stringMatching(/^file report\.html: line \d+: stored /),
  ]);
  const origin = (text: string) => text.replace('"rows": [', '"rows": [{},');
  expect((await whileChanged(`tables/corrected/${json}`, origin)).lines).toHaveLength(1);
});

test('missing and further files are named, and a report of another version is not taken for a changed one', async () => {
  const further = path.join(results, 'tables/corrected/tableZ.csv');
  writeFileSync(further, 'model\n');
  const [gone] = tables().filter((name) => name.endsWith('.tex'));
  const file = path.join(results, 'tables/corrected', gone!);
  const text = readFileSync(file);
  rmSync(file);
  expect((await verify()).lines).toEqual([
    `file tables/corrected/${gone}: it is missing`,
    'file tables/corrected/tableZ.csv: the data give no such file',
  ]);
  rmSync(further);
  writeFileSync(file, text);
  const other = await whileChanged('report.html', (html) =>
    html.replace(/(UTC, personality-trap )[^<]+\.</, '$10.0.1.<'),
  );
  expect(other).toMatchObject({
    lines: [],
    unchecked: {
      'reports of other versions': { number: 1, example: 'report.html: made by version 0.0.1' },
    },
  });
});

test('the command compares a folder with the data of a bundle, and exits with 1 when something differs', async () => {
  const zip = path.join(folder.path, 'study.zip');
  await writeBundle(database, config, zip);
  const run = (...args: readonly string[]) =>
    runPersonas(['verify', ...args], { cwd: folder.path });
  expect(await run('results', 'study.zip')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^tables +\d+ +0$/m),
  });
  appendFileSync(
    path.join(results, 'figures', readdirSync(path.join(results, 'figures'))[0]!),
    'x',
  );
  expect(await run('results', 'study.zip')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^file figures\//m),
  });
  expect(await run('.', 'study.zip')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('has no tables, figures or report'),
  });
  expect(await run('study.zip', 'study.zip')).toMatchObject({ code: 2 });
});
