/**
 * Exports as the programs of their readers see them: every cell, label and reason, in every format.
 * A reader that is not installed here is skipped by its name.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { AnswersTable } from '../../src/dataset/export/answers-table.ts';
import { type DescribedFile, exportDataset } from '../../src/dataset/export/export.ts';
import { valuesOfTable } from '../../src/dataset/export/export-store.ts';
import {
  ABSENCE_LABELS,
  ABSENCES,
  codeOf,
  fitting,
  type LabelledColumn,
} from '../../src/dataset/export/labelled.ts';
import { namedIn } from '../../src/dataset/export/labelled-file.ts';
import { longTables } from '../../src/dataset/export/long.ts';
import { readersOf } from '../../src/dataset/export/readers.ts';
import { wideTables } from '../../src/dataset/export/wide.ts';
import { floorOf, labelledColumnsOf, labelledRow } from '../../src/dataset/export/wide-labels.ts';
import { shapesOf } from '../../src/dataset/shapes-store.ts';
import { isStudyTable } from '../../src/dataset/tables.ts';
import type { Database } from '../../src/db/connect.ts';
import { runPendingExperiments } from '../../src/experiments/run.ts';
import { findInstrument } from '../../src/instruments/load.ts';
import { generatePersonas } from '../../src/personas/generation/generate.ts';
import { testDatabase } from '../support/database.ts';
import { makeOddStudy } from '../support/odd-study.ts';
import { generationRequest, seedFew } from '../support/persona.ts';
import { loadSelfTest } from '../support/self-test.ts';
import { register, temporaryFolder } from '../support/study.ts';

const SCRIPTS = path.join(import.meta.dirname, '../fixtures/readers');
const FORMATS = ['csv', 'jsonl', 'parquet', 'sav', 'dta'] as const;
const ENGLISH = { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' };

/** The published design in small: simulated personas and answers, with every call. */
async function makeDemo(database: Database): Promise<void> {
  const config = loadConfig({}, {}, tmpdir());
  await seedFew(database, 3);
  await generatePersonas(database, config, generationRequest());
  for (const slug of ['epqra', 'bigfive'])
    await register(database, ['generated_sim-gpt4o_few'], { instrument: findInstrument(slug) });
  await runPendingExperiments(database, config);
}

const STUDIES = { demo: makeDemo, sample: loadSelfTest, odd: makeOddStudy } as const;

async function writeStudy(folder: string, make: (database: Database) => Promise<unknown>) {
  await using database = await testDatabase('embedded');
  await make(database);
  const now = new Date(0);
  let described: readonly DescribedFile[] = [];
  for (const format of FORMATS)
    await exportDataset(database, path.join(folder, format), {
      ...{ format, now, program: 'personality-trap test' },
      ...{ answersLong: true, personaColumns: true },
      companions: [
        ...readersOf(format, 'personality-trap test', now),
        {
          name: 'files.json',
          write(files) {
            if (format === 'csv') described = files;
            return '';
          },
        },
      ],
    });
  writeFileSync(
    path.join(folder, 'truth.json'),
    JSON.stringify(await truthOf(database, described)),
  );
}

/** What the program has, before any format. */
async function truthOf(database: Database, described: readonly DescribedFile[]) {
  const shapes = await shapesOf(database);
  return await database.transact(async (session) => {
    const answers = [
      ...(await wideTables(session, database, true)),
      ...(await longTables(session, database, true)),
    ];
    const tables: Record<string, object> = {};
    for (const { table, kind, columns } of described) {
      const rows: unknown[][] = [];
      const isBytes = columns.map(({ type }) => type === 'bytes');
      const add = (values: readonly unknown[]) =>
        rows.push(
          values.map((value, at) =>
            isBytes[at] === true && value !== null ? `\\x${String(value)}` : value,
          ),
        );
      if (kind === 'table' && isStudyTable(table)) {
        for await (const page of valuesOfTable(session, database, table, shapes.get(table)!))
          page.forEach(add);
      } else {
        for await (const page of answers.find(({ name }) => name === table)!.rows())
          for (const { values } of page) add(values);
      }
      tables[table] = {
        types: Object.fromEntries(columns.map(({ name, type }) => [name, type])),
        rows,
      };
    }
    const labelled = {
      sav: await labelledOf(answers, 'sav'),
      dta: await labelledOf(answers, 'dta'),
    };
    return { tables, labelled };
  });
}

async function labelledOf(answers: readonly AnswersTable[], format: 'sav' | 'dta') {
  const tables: Record<string, object> = {};
  for (const table of answers) {
    const floor = floorOf(table.columns);
    const columns = labelledColumnsOf(namedIn(format, table.columns)).map((column) => ({
      name: column.name,
      level: column.level,
      label:
        format === 'sav'
          ? fitting(column.label, 255)
          : [...column.label].slice(0, 80).join('').trimEnd(),
      labels: Object.fromEntries(
        format === 'sav'
          ? labelsOf(column, (at) => String(codeOf(ABSENCES[at]!, floor))).map(([code, label]) => [
              code,
              fitting(label, 120),
            ])
          : labelsOf(column, (at) => 'abcdefg'[at]!),
      ),
    }));
    const rows: unknown[] = [];
    for await (const page of table.rows())
      for (const row of page)
        rows.push(
          labelledRow(table.columns, row).map((cell) =>
            cell !== null && typeof cell === 'object'
              ? { absent: ABSENCE_LABELS[cell.absent], code: codeOf(cell.absent, floor) }
              : cell,
          ),
        );
    tables[table.name] = { columns, rows };
  }
  return tables;
}

function labelsOf({ kind, labels, hasReasons }: LabelledColumn, codeAt: (at: number) => string) {
  if (kind === 'text') return [];
  return [
    ...[...labels].map(([value, label]) => [String(value), label] as const),
    ...(hasReasons ? ABSENCES.map((one, at) => [codeAt(at), ABSENCE_LABELS[one]] as const) : []),
  ];
}

interface Found {
  readonly cells: number;
  readonly different: readonly unknown[];
}

function run(program: string, args: readonly string[]): Found {
  const { status, stdout, stderr } = spawnSync(program, [...args], {
    encoding: 'utf8',
    env: ENGLISH,
    maxBuffer: 1 << 26,
  });
  expect(status, stderr).toBe(0);
  const { cells, different } = JSON.parse(stdout) as {
    cells: number | [number];
    different: unknown[];
  };
  return { cells: Number(cells), different };
}

const succeeds = (program: string, args: readonly string[]) =>
  spawnSync(program, [...args], { stdio: 'ignore' }).status === 0;

/** Each with the package of Python that it is. */
const IN_PYTHON = [
  ['set-up file in pandas', 'pandas'],
  ['CSV in pyarrow', 'pyarrow'],
  ['CSV in polars', 'polars'],
  ['CSV in DuckDB', 'duckdb'],
  ['JSON lines in Python', 'json'],
  ['JSON lines in pandas', 'pandas'],
  ['JSON lines in polars', 'polars'],
  ['JSON lines in DuckDB', 'duckdb'],
  ['Parquet in pandas', 'pandas, pyarrow'],
  ['Parquet in pyarrow', 'pyarrow'],
  ['Parquet in polars', 'polars'],
  ['Parquet in DuckDB', 'duckdb'],
  ['Parquet in fastparquet', 'fastparquet'],
  ['sav in pyreadstat', 'pyreadstat'],
  ['dta in pyreadstat', 'pyreadstat'],
] as const;
/** Each with the packages of R that it needs; truth is read with jsonlite. */
const IN_R = [
  ['set-up file in R', 'jsonlite'],
  ['CSV in readr', 'jsonlite, readr'],
  ['SPSS files in haven', 'jsonlite, haven'],
  ['Stata files in haven', 'jsonlite, haven'],
] as const;

const hasModules = new Map<string, boolean>();
function hasModule(names: string): boolean {
  const known = hasModules.get(names) ?? succeeds('python3', ['-c', `import ${names}`]);
  hasModules.set(names, known);
  return known;
}
const hasPackages = (names: string) =>
  succeeds('Rscript', ['-e', names.replaceAll(/\w+/g, 'library($&)').replaceAll(', ', '; ')]);
const PSPP = succeeds('pspp', ['--version']);

describe('every cell of three studies is the same', () => {
  const folder = temporaryFolder();
  const folders = Object.keys(STUDIES).map((name) => path.join(folder.path, name));
  beforeAll(async () => {
    for (const [name, make] of Object.entries(STUDIES))
      await writeStudy(path.join(folder.path, name), make);
  }, 300_000);
  afterAll(() => folder[Symbol.dispose]());

  for (const [reader, modules] of IN_PYTHON)
    test.runIf(hasModule(modules))(`${reader} (${modules})`, { timeout: 300_000 }, () => {
      const { cells, different } = run('python3', [
        path.join(SCRIPTS, 'cells.py'),
        reader,
        ...folders,
      ]);
      expect(different).toEqual([]);
      expect(cells).toBeGreaterThan(10_000);
    });

  for (const [reader, packages] of IN_R)
    test.runIf(hasPackages(packages))(`${reader} (${packages})`, { timeout: 300_000 }, () => {
      const { cells, different } = run('Rscript', [
        path.join(SCRIPTS, 'cells.R'),
        reader,
        ...folders,
      ]);
      expect(different).toEqual([]);
      expect(cells).toBeGreaterThan(10_000);
    });

  test.runIf(PSPP)('SPSS files in PSPP', { timeout: 300_000 }, () => {
    let cells = 0;
    for (const study of folders) {
      const truth = JSON.parse(readFileSync(path.join(study, 'truth.json'), 'utf8')) as Truth;
      for (const [name, { columns, rows }] of Object.entries(truth.labelled.sav)) {
        const { names, read } = readInPspp(path.join(study, 'sav', name));
        expect(names).toEqual(columns.map((column) => column.name));
        expect(read).toHaveLength(rows.length);
        for (const [at, row] of rows.entries())
          for (const [place, cell] of row.entries()) {
            const text = read[at]![place]!.trimEnd();
            if (cell !== null && typeof cell === 'object') expect(Number(text)).toBe(cell.code);
            else if (typeof cell === 'number') expect(Number(text)).toBe(cell);
            else expect(text).toBe(typeof cell === 'string' ? cell.trimEnd() : '');
            cells++;
          }
      }
    }
    expect(cells).toBeGreaterThan(10_000);
  });
});

interface Truth {
  readonly labelled: {
    readonly sav: Readonly<
      Record<
        string,
        {
          readonly columns: readonly { readonly name: string }[];
          readonly rows: readonly (readonly (
            | number
            | string
            | null
            | { readonly code: number }
          )[])[];
        }
      >
    >;
  };
}

/** What is declared as missing comes as its code. */
function readInPspp(file: string) {
  const syntax = `GET FILE='${file}.sav'.
SAVE TRANSLATE /OUTFILE='${file}.csv' /TYPE=CSV /FIELDNAMES /REPLACE.
`;
  writeFileSync(`${file}.sps`, syntax);
  const { status, stdout } = spawnSync('pspp', [`${file}.sps`], { encoding: 'utf8', env: ENGLISH });
  expect(status, stdout).toBe(0);
  const [names = [], ...read] = parse(readFileSync(`${file}.csv`, 'utf8')) as string[][];
  return { names, read };
}
