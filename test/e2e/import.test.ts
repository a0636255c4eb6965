import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { readProvenance } from '../../src/analysis/provenance-store.ts';
import { loadConfig } from '../../src/config/load.ts';
import { csvLine } from '../../src/dataset/csv/csv.ts';
import { splitRecords } from '../../src/dataset/csv/csv-scan.ts';
import { exportDataset } from '../../src/dataset/export/export.ts';
import {
  type ImportOptions,
  type ImportResult,
  importDataset,
} from '../../src/dataset/import/load.ts';
import { importPersonas } from '../../src/dataset/import/personas.ts';
import { STUDY_TABLES, type StudyTable } from '../../src/dataset/tables.ts';
import type { Database } from '../../src/db/connect.ts';
import { UserError } from '../../src/errors.ts';
import { planRun } from '../../src/experiments/plan.ts';
import { runPendingExperiments } from '../../src/experiments/run.ts';
import { dossierOf } from '../../src/experiments/status/one-experiment-store.ts';
import { createCatalogue } from '../../src/models/catalogue.ts';
import { generatePersonas } from '../../src/personas/generation/generate.ts';
import { freshPlace, optionsFor, runPersonas, startPersonas } from '../support/cli.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import { generationRequest, seedFew } from '../support/persona.ts';
import { EPQRA, register, temporaryFolder } from '../support/study.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

const GPT4O = 'gpt-4o-2024-11-20';
const ANSWERS = 'id,experiment_id,question_number,answer\n';

/** A folder of files, imported. */
async function importFiles(
  database: Database,
  files: Files,
  options: ImportOptions = {},
): Promise<ImportResult> {
  using folder = temporaryFolder();
  for (const [name, content] of Object.entries(files))
    writeFileSync(path.join(folder.path, name), content);
  const names = Object.keys(files);
  const source =
    names.length === 1 && /\.sql/.test(names[0]!) ? path.join(folder.path, names[0]!) : folder.path;
  return await importDataset(database, source, createCatalogue(), options);
}

async function refusal(work: Promise<unknown>): Promise<UserError> {
  const error = await work.then(
    () => expect.fail('it was imported'),
    (caught: unknown) => caught,
  );
  if (!(error instanceof UserError)) throw error;
  return error;
}

async function rowsIn(database: Database): Promise<Record<string, number>> {
  const counts = await Promise.all(
    STUDY_TABLES.map(async (table) => {
      const { rows } = await sql<{
        count: number;
      }>`select count(*)::int as count from ${database.t[table]}`.execute(database.db);
      return [table, rows[0]!.count] as const;
    }),
  );
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

const HEADERS = {
  groups: ['experiments_group_id', 'description', 'concluded', 'temperature'],
  list: [
    'experiment_id',
    'experiments_group_id',
    'questionnaire',
    'language_questionnaire',
    'model_provider',
    'model',
    'population',
    'personality_id',
    'succeeded',
  ],
};

/** Experiments 1 to 5 of group 7: 4 is pending, 5 has not succeeded. */
function smallDataset(): Record<string, string> {
  const experiment = (id: number, succeeded: string | null, model = GPT4O) =>
    [id, 7, 'bigfive', 'en', 'openai', model, 'generated_gpt4o_spain826', id, succeeded] as const;
  const sheets = [1, 2].flatMap((personality) =>
    EPQRA.items.map((item) => [
      personality,
      item.number,
      item.text,
      item.scale,
      item.key === 1 ? 't' : 'f',
      personality === 1 ? 't' : 'f',
    ]),
  );
  const sheetFile = [
    ['personality_id', 'question_number', 'question', 'category', 'key', 'answer'],
    ...sheets,
  ]
    .map(csvLine)
    .join('');
  return {
    'experiments_groups.csv': [HEADERS.groups, [7, 'a "group",\nof two lines', 't', 0.5]]
      .map(csvLine)
      .join(''),
    'experiments_list.csv': [
      HEADERS.list,
      experiment(1, 't'),
      experiment(2, 't', 'gpt-9'),
      experiment(3, 't'),
      experiment(4, null),
      experiment(5, 'f'),
    ]
      .map(csvLine)
      .join(''),
    'eval_questionnaires.csv': `${ANSWERS}1,1,1,4\n2,1,2,4\n3,1,2,4\n4,2,1,3\n5,2,1,5\n6,99,1,1\n7,5,1,2\n`,
    'questionnaire.csv':
      'id,language_questionnaire,question_number,questionnaire,category,key,question,reverse\n1,en,1,bigfive,E,,Is talkative,f\n2,en,2,bigfive,A,,Finds fault,t\n3,en,1,homemade,X,,Is odd,t\n',
    'personas.csv':
      'id,population,model,word_count_description\n1,generated_gpt4o_spain826,gpt4o,\n2,generated_gpt4o_spain826,sim-gpt4o,5\n',
    'reference_questionnaires.csv': sheetFile,
    'random_questionnaires.csv': sheetFile,
  };
}

describe.each(DATABASES)('a dataset imported into the %s database', (kind) => {
  test('comes with what the program needs to work with it, and says what is odd about it', async () => {
    await using database = await testDatabase(kind);
    const { db, t } = database;
    const result = await importFiles(database, {
      ...smallDataset(),
      'persona.csv': 'a\n1\n',
      'alembic_version.csv': 'version_num\n1\n',
    });
    expect(Object.fromEntries(result.tables.map(({ table, rows }) => [table, rows]))).toEqual({
      reference_questionnaires: 48,
      random_questionnaires: 48,
      personas: 2,
      experiments_groups: 1,
      experiments_list: 5,
      eval_questionnaires: 7,
      questionnaire: 3,
    });
    expect(result.findings.map(({ finding, count, example }) => [finding, count, example])).toEqual(
      [
        ['duplicate answers', 2, 'experiment 1, question 2'],
        ['conflicting duplicate answers', 1, 'experiment 2, question 1'],
        ['experiments without answers', 2, 'experiment 3'],
        ['answers without experiment', 1, 'answer 6 of experiment 99'],
        ['experiments with answers that have not succeeded', 1, 'experiment 5'],
        ['personas without word count', 1, 'persona 1'],
        ['personas whose description is missing or damaged', 2, 'persona 1'],
        ['experiments of a model that is not in the catalogue', 1, '"gpt-9", experiment 2'],
        ['questionnaire with reversed items and unknown bounds', 1, 'homemade'],
        [
          'table that does not belong to the study, not loaded',
          1,
          'persona.csv (did you mean "personas"?)',
        ],
      ],
    );

    const { rows: group } = await sql`select * from ${t.experiments_groups}`.execute(db);
    expect(group).toMatchObject([
      {
        description: 'a "group",\nof two lines',
        concluded: true,
        processed: null,
        temperature: 0.5,
      },
    ]);
    const { rows: scores } =
      await sql`select experiment_id, question_number, eval, model_clean, population_display
      from ${t.experiments_evals} where experiment_id = 1 order by 2`.execute(db);
    expect(scores).toEqual([
      {
        experiment_id: 1,
        question_number: 1,
        eval: 4,
        model_clean: 'GPT-4o',
        population_display: 'Base',
      },
      {
        experiment_id: 1,
        question_number: 2,
        eval: 2,
        model_clean: 'GPT-4o',
        population_display: 'Base',
      },
    ]);
    const { rows: reference } =
      await sql`select name, origin, sheets, instrument, seed from ${t.reference_population}`.execute(
        db,
      );
    expect(reference).toEqual([
      { name: 'spain826', origin: 'imported', sheets: 2, instrument: 'epqra', seed: null },
    ]);
    const { rows: marked } =
      await sql`select experiment_id as id, origin from ${t.experiment_details}
      union all select persona_id, origin from ${t.persona_details} order by 1 desc`.execute(db);
    expect(marked).toEqual([
      { id: 4, origin: 'imported' },
      { id: 2, origin: 'simulated' },
    ]);
    const { rows: next } =
      await sql`insert into ${t.eval_questionnaires} (answer) values (1) returning id`.execute(db);
    expect(next).toEqual([{ id: 8 }]);

    const config = loadConfig({}, {}, '/');
    expect((await planRun(database, config, {})).experiments).toBe(0);
    const named = await planRun(database, config, { groups: [7] });
    expect(named.experiments + named.unrunnable.length).toBeGreaterThan(0);
  });

  test('indexes and keys are there afterwards as they were before', async () => {
    await using database = await testDatabase(kind);
    const keys = async () =>
      (
        await sql<{
          key: string;
        }>`select pg_get_indexdef(indexrelid) as key from pg_index i join pg_class c on c.oid = i.indrelid
          where c.relnamespace = ${database.schema}::regnamespace
          union all select format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) from pg_constraint
          where connamespace = ${database.schema}::regnamespace order by 1`.execute(database.db)
      ).rows;
    const before = await keys();
    await importFiles(database, smallDataset());
    expect(await keys()).toEqual(before);
  });

  test('columns stand in any order, some are missing, texts hold anything', async () => {
    await using database = await testDatabase(kind);
    const { db, t } = database;
    const header = 'description,"population",name,model,repetitions';
    const lines = [
      '"a ""b"", c\r\nd",p1,,m,',
      '"",p2,"",m,2',
      '\\.,"p3",José 東京 🙂,m,3',
      '"\\.\n\\.",p4,\\N,m,4',
    ];
    await importFiles(database, {
      'personas.csv.gz': gzipSync(`\uFEFF${[header, ...lines].join('\r\n')}`),
    });
    const { rows } =
      await sql`select id, population, description, name, repetitions from ${t.personas} order by id`.execute(
        db,
      );
    expect(rows).toEqual([
      { id: 1, population: 'p1', description: 'a "b", c\r\nd', name: null, repetitions: null },
      { id: 2, population: 'p2', description: '', name: '', repetitions: 2 },
      { id: 3, population: 'p3', description: '\\.', name: 'José 東京 🙂', repetitions: 3 },
      { id: 4, population: 'p4', description: '\\.\n\\.', name: '\\N', repetitions: 4 },
    ]);
    await importFiles(
      database,
      { 'experiments_groups.csv': 'description\nmine\n' },
      { mode: 'append' },
    );
    const { rows: groups } =
      await sql`select experiments_group_id as id, created is not null as dated from ${t.experiments_groups}`.execute(
        db,
      );
    expect(groups).toEqual([{ id: 1, dated: true }]);
  });

  test('rows that are there are refused, added to or replaced', async () => {
    await using database = await testDatabase(kind);
    const answers = (ids: readonly number[]) => ({
      'eval_questionnaires.csv': ANSWERS + ids.map((id) => `${id},1,1,1\n`).join(''),
    });
    await importFiles(database, answers([1, 2, 3]));
    const error = await refusal(importFiles(database, answers([4])));
    expect(error.message).toMatch(
      /is not empty \(rows: eval_questionnaires 3\)\. Nothing was imported/,
    );
    expect(error.hint).toMatch(/--append.*--replace/);

    await importFiles(database, answers([4]), { mode: 'append' });
    expect((await rowsIn(database)).eval_questionnaires).toBe(4);
    const twice = await refusal(importFiles(database, answers([5, 6, 2]), { mode: 'append' }));
    expect(twice.message).toMatch(
      /eval_questionnaires\.csv, line 4: id 2 of table eval_questionnaires already exists\. Nothing was imported/,
    );
    expect((await rowsIn(database)).eval_questionnaires).toBe(4);

    const replaced = await importFiles(database, answers([7]), { mode: 'replace' });
    expect(replaced.removed).toBe(4);
    expect(await rowsIn(database)).toEqual({ eval_questionnaires: 1 });
  });

  const wide = `1,1,1,"${'x'.repeat(60)}"\n`;
  test.each<[what: string, files: Files, message: RegExp]>([
    [
      'no file of the dataset',
      { 'notes.txt': 'x', 'data.csv': 'a\n' },
      /contains no file of the dataset/,
    ],
    ['an empty file', { 'eval_questionnaires.csv': '' }, /eval_questionnaires\.csv is empty/],
    ['nothing but a byte order mark', { 'eval_questionnaires.csv': '\uFEFF' }, /is empty/],
    [
      'an unknown column',
      { 'eval_questionnaires.csv': 'id,experimentid\n1,1\n' },
      /line 1: unknown column "experimentid"/,
    ],
    [
      'a column named twice',
      { 'eval_questionnaires.csv': 'id,answer,id\n1,1,1\n' },
      /"id" occurs twice/,
    ],
    [
      'a column that is needed',
      { 'questionnaire.csv': 'id,question\n1,a\n' },
      /"questionnaire" of table questionnaire is missing/,
    ],
    [
      'a table twice',
      { 'personas.csv': 'id\n1\n', 'personas.csv.gz': gzipSync('id\n1\n') },
      /"personas" twice/,
    ],
    [
      'a quote that is not closed',
      { 'eval_questionnaires.csv': `${ANSWERS}1,1,1,1\n2,1,"2,1\n3,1,3,1\n` },
      /line 3, column "question_number": the quote that opens here/,
    ],
    [
      'a field too many',
      { 'eval_questionnaires.csv': `${ANSWERS}1,1,1,1\n2,1,2,1,9\n` },
      /line 3: 5 fields where the header has 4/,
    ],
    [
      'a NUL character',
      { 'eval_questionnaires.csv': `${ANSWERS}1,1,1,1\n2,1,\0,1\n` },
      /line 3: contains a NUL character/,
    ],
    [
      'bytes that are no text',
      { 'personas.csv': Buffer.from('id,name\n1,a\n2,"b\nJos\xe9"\n', 'latin1') },
      /line 4: is not UTF-8 text/,
    ],
    ['UTF-16', { 'personas.csv': Buffer.from('\uFEFFid,name\n1,a\n', 'utf16le') }, /UTF-16/],
    [
      'a word for a number',
      { 'eval_questionnaires.csv': `${ANSWERS}1,1,1,1\n2,1,2,yes\n` },
      /line 3, column "answer": .*"yes"/,
    ],
    [
      'a number too large',
      { 'eval_questionnaires.csv': `${ANSWERS}1,1,1,99999999999\n` },
      /line 2, column "answer": .*99999999999/,
    ],
    [
      'a text too long',
      { 'questionnaire.csv': `id,question_number,questionnaire,category\n${wide}` },
      /line 2, column "category": .*50/,
    ],
    [
      'an id twice',
      { 'eval_questionnaires.csv': `${ANSWERS}1,1,1,1\n1,1,2,1\n` },
      /line 3: id 1 of table eval_questionnaires already exists/,
    ],
    ['a missing id', { 'eval_questionnaires.csv': `${ANSWERS}1,1,1,1\n,1,2,1\n` }, /line 3.*null/],
    [
      'JSON that is none',
      { 'experiment_request_metadata.csv': 'id,request_json\n1,"{""a"": 1}"\n2,{a}\n' },
      /line 3, column "request_json"/,
    ],
    [
      'a row without the one it refers to',
      { 'experiment_details.csv': 'experiment_id,shuffle_key,origin\n5,1,imported\n' },
      /experiment_details.*\(experiment_id\)=\(5\)/,
    ],
    [
      'a gzip file cut off',
      { 'personas.csv.gz': gzipSync('id,name\n1,a\n').subarray(0, 25) },
      /is incomplete/,
    ],
    [
      'a gzip file damaged',
      {
        'personas.csv.gz': Buffer.concat([
          gzipSync('id\n1\n').subarray(0, 12),
          Buffer.alloc(40, 7),
        ]),
      },
      /is damaged|is incomplete/,
    ],
    ['a zip archive', { 'personas.csv': Buffer.from('PK\x03\x04rest') }, /is a zip archive/],
  ])('%s is refused, named, and nothing is imported', async (_, files, message) => {
    await using database = await testDatabase(kind);
    // Read before the bad file, unless that is all there is to say.
    const before =
      'notes.txt' in files ? {} : { 'reference_questionnaires.csv': 'id,answer\n1,t\n' };
    const error = await refusal(importFiles(database, { ...before, ...files }));
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/Nothing was imported\.$/);
    expect(error.hint).not.toBe('');
    expect(await rowsIn(database)).toEqual({});
    await importFiles(database, { 'eval_questionnaires.csv': ANSWERS });
  });

  test('the line of a bad value is found whatever line breaks stand in quotes before it', async () => {
    await using database = await testDatabase(kind);
    for (const [lineEnd, inside] of [
      ['\n', '\n'],
      ['\r\n', '\n'],
      ['\r\n', '\r\n'],
      ['\n', '\r'],
    ] as const) {
      // Two chunks and a half of either database; the first record holds a line break, which
      // servers count in a way of their own.
      const rows = Array.from(
        { length: 9000 },
        (_, index) => `${index + 1},"${`a${inside}`.repeat(1 + (index % 3))}${'x'.repeat(1000)}",1`,
      );
      const bad = 8500;
      rows[bad] = rows[bad]!.replace(/1$/, 'old');
      const text = ['id,description,age', ...rows, ''].join(lineEnd);
      const line = text.slice(0, text.indexOf(rows[bad]!)).split('\n').length;
      const error = await refusal(importFiles(database, { 'personas.csv': text }));
      expect(error.message).toMatch(new RegExp(`line ${line}, column "age": .*"old"`));
    }
  });

  test('a quote in the middle of many lines is named where it opens', async () => {
    await using database = await testDatabase(kind);
    const rows = Array.from({ length: 300_000 }, (_, index) => `${index + 1},1,1,1`);
    rows[149_998] = '149999,1,"1,1';
    const error = await refusal(
      importFiles(database, { 'eval_questionnaires.csv': `${ANSWERS}${rows.join('\n')}\n` }),
    );
    expect(error.message).toMatch(
      /line 150000, column "question_number": the quote that opens here is not closed before the end of the file/,
    );
    rows[149_998] = '149999,1,1,1,1';
    const wider = await refusal(
      importFiles(database, { 'eval_questionnaires.csv': `${ANSWERS}${rows.join('\n')}\n` }),
    );
    expect(wider.message).toMatch(/line 150000: 5 fields where the header has 4/);
    expect(await rowsIn(database)).toEqual({});
  });

  test('an interrupted import leaves nothing', async () => {
    await using database = await testDatabase(kind);
    const stop = new AbortController();
    const rows = Array.from({ length: 700_000 }, (_, index) => `${index + 1},1,1,1`).join('\n');
    const error = await refusal(
      importFiles(
        database,
        { 'eval_questionnaires.csv': ANSWERS + rows },
        { signal: stop.signal, onProgress: () => stop.abort() },
      ),
    );
    expect(error).toMatchObject({ message: 'Interrupted. Nothing was imported.', exitCode: 130 });
    expect(await rowsIn(database)).toEqual({});
    await importFiles(database, { 'eval_questionnaires.csv': `${ANSWERS}1,1,1,1\n` });
  });
});

const DUMP_END = '--\n-- PostgreSQL database dump complete\n--\n';
const DUMP = String.raw`--
-- PostgreSQL database dump
--

\restrict abc;'def

SET client_encoding = 'UTF8';
SELECT pg_catalog.set_config('search_path', '', false);
CREATE FUNCTION "Old".f() RETURNS text LANGUAGE sql AS $_$ select 'COPY "Old".personas (id) FROM stdin;' -- $_$;
COMMENT ON SCHEMA "Old" IS 'it''s
COPY "Old".personas (id) FROM stdin;
1
\.
';
ALTER TABLE "Old".personas OWNER TO "a;b";
/* COPY x FROM stdin; */
COPY "Old".alembic_version (version_num) FROM stdin;
001_initial_schema
\.


COPY "Old".eval_questionnaires (id, experiment_id, question_number, answer) FROM stdin;
1	1	1	4
2	1	2	\N
\.


COPY "Old".notes (text) FROM stdin;
\\.
\.


COPY "Old".personas (id, name, description) FROM stdin;
1	José 🙂	two\nlines\tand \\.
2	\N	
\.


COPY old__jobs.personas (id) FROM stdin;
5
\.


COPY "Old".experiments_groups (experiments_group_id) FROM stdin;
\.

SELECT pg_catalog.setval('"Old".personas_id_seq', 900, true);
INSERT INTO public.diary VALUES (1, 'x');
${DUMP_END}
\unrestrict abc
`;

/** Line of the dump on which this stands. */
function lineOf(text: string): number {
  return DUMP.slice(0, DUMP.indexOf(text)).split('\n').length;
}

describe.each(DATABASES)('a dump imported into the %s database', (kind) => {
  test('gives its COPY blocks and nothing else, plain, compressed and with Windows line ends', async () => {
    await using database = await testDatabase(kind);
    for (const files of [
      { 'd.sql': DUMP },
      { 'd.sql.gz': gzipSync(DUMP) },
      { 'd.sql': DUMP.replaceAll('\n', '\r\n') },
    ]) {
      const result = await importFiles(database, files, { mode: 'replace' });
      expect(result.tables.map(({ table, rows }) => [table, rows])).toEqual([
        ['eval_questionnaires', 2],
        ['personas', 2],
        ['experiments_groups', 0],
      ]);
      expect(
        result.findings
          .filter(({ finding }) => /does not belong to the study/.test(finding))
          .map((one) => one.example),
      ).toEqual(['Old.notes', 'old__jobs.personas']);
      const { rows } =
        await sql`select id, name, description from ${database.t.personas} order by id`.execute(
          database.db,
        );
      expect(rows).toEqual([
        { id: 1, name: 'José 🙂', description: 'two\nlines\tand \\.' },
        { id: 2, name: null, description: '' },
      ]);
    }
  });

  test.each<[what: string, files: Files, message: RegExp]>([
    [
      'cut off in its rows',
      { 'd.sql': DUMP.slice(0, DUMP.indexOf('2\t1\t2') + 3) },
      /incomplete: the rows that end on line \d+ are not followed/,
    ],
    [
      'cut off between its blocks',
      { 'd.sql': DUMP.slice(0, DUMP.indexOf('COPY "Old".notes')) },
      /incomplete, or was not created by pg_dump/,
    ],
    [
      'cut off in its compressed data',
      { 'd.sql.gz': gzipSync(DUMP).subarray(0, 300) },
      /is incomplete: its gzip data end too early/,
    ],
    [
      'with INSERT',
      { 'd.sql': `INSERT INTO x.personas VALUES (1);\n${DUMP_END}` },
      /line 1: the dump fills "personas" with INSERT statements/,
    ],
    ['in the custom format', { 'd.sql': 'PGDMP\x01\x0e' }, /custom format/],
    [
      'in another encoding',
      { 'd.sql': DUMP.replace("'UTF8'", "'LATIN1'") },
      /is encoded in LATIN1/,
    ],
    [
      'of two schemas',
      { 'd.sql': DUMP.replace('"Old".personas (id, n', 'other.personas (id, n') },
      /two schemas, "Old" and "other"/,
    ],
    [
      'without rows',
      { 'd.sql': `CREATE TABLE x (a int);\n${DUMP_END}` },
      /contains no rows of the study's tables.*/,
    ],
    [
      'with a bad value',
      { 'd.sql': DUMP.replace('1\t1\t1\t4', '1\tone\t1\t4') },
      new RegExp(`line ${lineOf('1\t1\t1\t4')}, column "experiment_id": .*"one"`),
    ],
    [
      'with an unknown column',
      { 'd.sql': DUMP.replace('(id, name, d', '(id, nome, d') },
      new RegExp(`line ${lineOf('COPY "Old".personas (id, n')}: unknown column "nome"`),
    ],
    [
      'with bytes that are no text',
      { 'd.sql': Buffer.from(DUMP, 'latin1') },
      new RegExp(`line ${lineOf('1\tJosé')}: is not UTF-8 text`),
    ],
  ])('%s is refused, and nothing is imported', async (_, files, message) => {
    await using database = await testDatabase(kind);
    const error = await refusal(importFiles(database, files));
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/Nothing was imported\.$/);
    expect(await rowsIn(database)).toEqual({});
  });
});

describe('calls that are imported', () => {
  const original = temporaryFolder();
  afterAll(() => original[Symbol.dispose]());
  /** A study of one persona that the simulated model wrote and answered for. */
  beforeAll(async () => {
    await using database = await testDatabase('embedded');
    const config = loadConfig({}, {}, original.path);
    await seedFew(database, 1);
    await generatePersonas(database, config, generationRequest());
    await register(database, ['generated_sim-gpt4o_few']);
    await runPendingExperiments(database, config);
    await exportDataset(database, original.path, { program: 'test', now: new Date(0) });
  });
  const copyWith = (folder: string, table: StudyTable, alter: (rows: Row[]) => void) => {
    cpSync(original.path, folder, { recursive: true });
    const file = path.join(folder, `${table}.csv`);
    const [header, ...records] = [...splitRecords(readFileSync(file, 'utf8'), 1)];
    const names = header!.fields.map(String);
    const rows = records.map(
      ({ fields }): Row =>
        Object.fromEntries(names.map((name, index) => [name, fields[index] ?? null])),
    );
    alter(rows);
    writeFileSync(
      file,
      [names, ...rows.map((row) => names.map((name) => row[name] ?? null))].map(csvLine).join(''),
    );
  };
  const falsify = (column: 'request_gzip' | 'response_gzip') => (rows: Row[]) => {
    const text = gunzipSync(Buffer.from(rows[0]![column]!.slice(2), 'hex')).toString();
    const other = text.replace(/True|False/, (word) => (word === 'True' ? 'False' : 'True'));
    rows[0]![column] = `\\x${gzipSync(other).toString('hex')}`;
  };
  const replace = (column: string, pattern: RegExp, by: string) => (rows: Row[]) => {
    rows[0]![column] = rows[0]![column]!.replace(pattern, by);
  };
  const METADATA = 'experiment_request_metadata';
  const ALTERED: readonly (readonly [
    table: StudyTable,
    alter: (rows: Row[]) => void,
    named: RegExp,
    answersDiffer: number,
  ])[] = [
    [
      'call_bytes',
      falsify('response_gzip'),
      /call_bytes\.csv: .*: reply of call 1 \(table call_bytes, experiment 1\)/,
      1,
    ],
    ['call_bytes', falsify('request_gzip'), /: request of call 1 \(table call_bytes/, 0],
    [
      'call_bytes',
      replace('response_gzip', /.*/, '\\x00ff'),
      /: reply of call 1 \(table call_bytes/,
      0,
    ],
    [
      METADATA,
      replace('request_metadata', /("response_sha256": ")./, '$1x'),
      /: reply of call 1 \(table call_bytes/,
      0,
    ],
    [
      METADATA,
      replace('request_metadata', /sha256/g, 'sha'),
      /: request and reply of call 1 \(table call_bytes/,
      0,
    ],
    [
      'generation_call_bytes',
      falsify('request_gzip'),
      /generation_call_bytes\.csv: .*: request of call 1 \(.*, generation 1\)/,
      0,
    ],
  ];

  test.each(DATABASES)(
    'into the %s database are refused by name where bytes and hashes differ, or taken and marked',
    async (kind) => {
      await using database = await testDatabase(kind);
      for (const [table, alter, named, answersDiffer] of ALTERED) {
        using folder = temporaryFolder();
        copyWith(folder.path, table, alter);
        const error = await refusal(importDataset(database, folder.path, createCatalogue()));
        expect(error.message).toMatch(
          /stored bytes do not match their recorded SHA-256: .*Nothing was imported\.$/,
        );
        expect(error.message).toMatch(named);
        expect(error.hint).toContain('--accept-unverified');
        expect(await rowsIn(database)).toEqual({});

        const { findings } = await importDataset(database, folder.path, createCatalogue(), {
          acceptUnverified: true,
        });
        expect(findings.map((one) => [one.finding, one.count])).toContainEqual([
          'calls whose bytes do not match their SHA-256, accepted as unverified',
          1,
        ]);
        const dossier = (await dossierOf(database, 1))!;
        const [answering, writing] = [dossier.calls[0]!, dossier.generation!.calls[0]!];
        const [altered, whole] = table.startsWith('generation')
          ? [writing, answering]
          : [answering, writing];
        expect([altered.request_verification, altered.response_verification]).toContain('differs');
        expect(altered.request_metadata).toHaveProperty('unverified');
        expect(whole).toMatchObject({
          request_verification: 'verified',
          response_verification: 'verified',
        });
        expect(whole.request_metadata).not.toHaveProperty('unverified');
        expect(dossier.deviations.filter(({ check }) => check.startsWith('answers'))).toHaveLength(
          answersDiffer,
        );
        expect(await readProvenance(database, { programVersion: '1' })).toMatchObject({
          unverifiedCalls: 1,
        });
        await importDataset(database, original.path, createCatalogue(), { mode: 'replace' });
        expect(await readProvenance(database, { programVersion: '1' })).toMatchObject({
          unverifiedCalls: 0,
        });
        await importFiles(database, { 'eval_questionnaires.csv': ANSWERS }, { mode: 'replace' });
      }
    },
  );

  test('without bytes are called not verifiable', async () => {
    await using database = await testDatabase('embedded');
    using folder = temporaryFolder();
    copyWith(folder.path, 'call_bytes', (rows) => rows.pop());
    const { findings } = await importDataset(database, folder.path, createCatalogue());
    expect(findings.filter(({ finding }) => /verif/.test(finding))).toEqual([
      {
        finding: 'calls without stored bytes, which cannot be verified',
        count: 1,
        example: 'call of experiment 1',
      },
    ]);
    const dossier = (await dossierOf(database, 1))!;
    expect(dossier.calls[0]).toMatchObject({
      request_verification: 'unverifiable',
      response_verification: 'unverifiable',
    });
    expect(dossier.deviations).toEqual([]);
  });

  test('and falsified are shown as such', async () => {
    await using place = freshPlace('embedded');
    const folder = path.join(place.folder, 'dataset');
    copyWith(folder, 'call_bytes', falsify('response_gzip'));
    expect(await runPersonas(['import', folder, ...optionsFor(place)])).toMatchObject({
      code: 2,
      stdout: '',
    });
    expect(
      await runPersonas(['import', folder, '--accept-unverified', ...optionsFor(place)]),
    ).toMatchObject({ code: 0 });
    const { stdout } = await runPersonas(['show', '1', '--raw', ...optionsFor(place)]);
    expect(stdout).toMatch(/THE STORED BYTES OF THE REPLY DO NOT MATCH THE RECORDED SHA-256/);
    expect(stdout).toMatch(/imported with --accept-unverified/);
    expect(stdout).toMatch(
      /^administration 1, call 1: answer to item \d+.*: stored [01], but [01] in the reply/m,
    );
    expect(stdout.match(/reply as received/g)).toHaveLength(1);
  });
});

type Row = Record<string, string | null>;

describe('personas of your own', () => {
  const HEADER = 'model,population,name,age,description';
  const importOwn = async (database: Database, content: string | Uint8Array) => {
    using folder = temporaryFolder();
    writeFileSync(path.join(folder.path, 'p.csv'), content);
    return await importPersonas(database, path.join(folder.path, 'p.csv'));
  };
  const described = (...texts: string[]) =>
    `${HEADER}\n${texts.map((text) => `m,p,n,1,${text}\n`).join('')}`;

  test('come in as they were written', async () => {
    await using database = await testDatabase('embedded');
    const rows =
      'm,p,NA,34.0,"Ich bin José, 34.\nNone of my friends smoke."\r\nm,p,None,,東京 🙂\r\n';
    expect(await importOwn(database, `\uFEFF${HEADER}\r\n${rows}`)).toMatchObject({
      personas: 2,
      cut: 0,
    });
    const { rows: stored } =
      await sql`select name, age, description from ${database.t.personas} order by id`.execute(
        database.db,
      );
    expect(stored).toEqual([
      { name: 'NA', age: 34, description: 'Ich bin José, 34.\nNone of my friends smoke.' },
      { name: 'None', age: null, description: '東京 🙂' },
    ]);
  });

  test('in a whole dataset are pointed out where their descriptions are missing or damaged', async () => {
    await using database = await testDatabase('embedded');
    const texts = [
      'NA',
      ' - ',
      'I am Jos\uFFFD.',
      '""',
      '東京の人です',
      'Ω',
      'None of us smokes.',
      '',
    ];
    const personas = `id,description\n${texts.map((text, index) => `${index + 1},${text}\n`).join('')}`;
    const { findings } = await importFiles(database, { 'personas.csv': personas });
    expect(findings).toContainEqual({
      finding: 'personas whose description is missing or damaged',
      count: 5,
      example: 'persona 1',
    });
  });

  test('of a control, and of rows that only a questionnaire tells of, are meant to have no description', async () => {
    await using database = await testDatabase('embedded');
    const { findings } = await importFiles(database, {
      'personas.csv': 'id,population,description\n1,control,\n2,nurse,\n3,nurse,\n',
      'persona_columns.csv': 'persona_id,name,value\n2,job,nurse\n',
    });
    expect(findings).toContainEqual({
      finding: 'personas whose description is missing or damaged',
      count: 1,
      example: 'persona 3',
    });
  });

  test('are refused by row where a text is damaged or missing, before any of them is stored', async () => {
    await using database = await testDatabase('embedded');
    const missing = [
      'NA',
      'nan',
      'NaN',
      'NULL',
      'null',
      'None',
      'N/A',
      '#N/A',
      '#REF!',
      '<NA>',
      '-',
      '—',
      '…',
      '\\N',
      ' n.a. ',
      '???',
    ];
    const cases: readonly (readonly [string | Uint8Array, RegExp])[] = [
      ...missing.map(
        (word) =>
          [
            described('I am whole.', word),
            /line 3, column "description": ".*" means a missing value/,
          ] as const,
      ),
      ...['', '""', '"  \n"'].map(
        (word) =>
          [
            described('I am whole.', word),
            /line 3, column "description": must not be empty/,
          ] as const,
      ),
      [`${HEADER}\nm,NULL,n,1,d\n`, /line 2, column "population": "NULL" means a missing value/],
      [`${HEADER}\nnan,p,n,1,d\n`, /line 2, column "model": "nan" means a missing value/],
      [`${HEADER}\nm,p,n,"34,5",d\n`, /line 2, column "age": "34,5" is not a whole number/],
      [`${HEADER}\nm,p,n,"3\r4",d\n`, /line 2, column "age": "3\\r4" is not a whole number/],
      [
        described('I am whole.', 'I am Jos\uFFFD.', 'Me too.', '"\uFFFD\n\uFFFD"'),
        /p\.csv: characters of lines 3, 5 were lost .*U\+FFFD/,
      ],
      [
        Buffer.from(described('I am whole.', 'I am Jos\xe9.'), 'latin1'),
        /line 3: is not UTF-8 text \(byte 0xE9 at position 17/,
      ],
      [
        described('I am whole.', 'I am JosÃ©.'),
        /line 3, column "description": reads "JosÃ©", which is UTF-8 that was taken/,
      ],
      ['model;population;description\nm;p;"a, b"\n', /separated by semicolons/],
    ];
    for (const [content, message] of cases) {
      const error = await refusal(importOwn(database, content));
      expect(error.message).toMatch(message);
      expect(error.message).toMatch(/Nothing was imported\.$/);
      expect(error.message + error.hint).not.toMatch(/\p{Cc}/u);
    }
    const list = importPersonas(database, [
      { model: 'm', population: 'p', description: 'half \uD800' },
    ]);
    expect((await refusal(list)).message).toMatch(
      /the list of personas: characters of persona 1 were lost/,
    );
    expect(await rowsIn(database)).toEqual({});
  });
});

test('two imports at once do not mix', async () => {
  await using database = await testDatabase('postgres');
  const rows = Array.from({ length: 100_000 }, (_, index) => `${index + 1},1,1,1`).join('\n');
  const outcomes = await Promise.allSettled(
    [1, 2].map(() => importFiles(database, { 'eval_questionnaires.csv': ANSWERS + rows })),
  );
  const refused = outcomes
    .filter((one) => one.status === 'rejected')
    .map((one) => String(one.reason));
  expect(refused).toEqual([
    expect.stringMatching(/Another import into schema .* is in progress|is not empty/),
  ]);
  expect(await rowsIn(database)).toEqual({ eval_questionnaires: 100_000 });
});

const PG_DUMP = '/usr/bin/pg_dump';

test.skipIf(!existsSync(PG_DUMP))(
  'what pg_dump makes of a schema is imported into another',
  async () => {
    await using from = await testDatabase('postgres');
    await importFiles(from, smallDataset());
    const dump = execFileSync(PG_DUMP, ['--schema', from.schema, inject('postgres')], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await using to = await testDatabase('postgres');
    await importFiles(to, { 'd.sql': dump });
    expect(await rowsIn(to)).toEqual(await rowsIn(from));
  },
);

describe('personas import', () => {
  test('makes the schema, shows the rows of each file and what was found', async () => {
    await using place = freshPlace('embedded');
    const folder = path.join(place.folder, 'dataset');
    mkdirSync(folder);
    for (const [name, content] of Object.entries(smallDataset()))
      writeFileSync(path.join(folder, name), content);
    const first = await runPersonas(['import', folder, ...optionsFor(place)]);
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toMatch(
      /114 rows imported[\s\S]*personas +2 [\s\S]*conflicting duplicate answers/,
    );
    expect(first.stderr).toMatch(/personas\.csv: 2 rows of personas/);
    const again = await runPersonas(['import', folder, ...optionsFor(place)]);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toMatch(/is not empty/);
    const replaced = await runPersonas([
      'import',
      folder,
      '--replace',
      '--json',
      ...optionsFor(place),
    ]);
    expect(JSON.parse(replaced.stdout)).toMatchObject({
      removed: 215,
      tables: expect.arrayContaining([
        { table: 'personas', rows: 2, file: path.join(folder, 'personas.csv') },
      ]),
    });
  });

  test('Ctrl-C takes back what was read', async () => {
    await using place = freshPlace('postgres');
    const folder = path.join(place.folder, 'dataset');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'experiments_groups.csv'), 'experiments_group_id\n1\n');
    const rows = Array.from({ length: 1_000_000 }, (_, index) => `${index + 1},1,1,1`).join('\n');
    writeFileSync(path.join(folder, 'eval_questionnaires.csv'), ANSWERS + rows);
    const started = startPersonas(['import', folder, ...optionsFor(place)]);
    await started.says(/experiments_groups\.csv: 1 rows/);
    started.child.kill('SIGINT');
    const ended = await started.ended;
    expect(ended).toMatchObject({ code: 130, stdout: '' });
    expect(ended.stderr).toMatch(/Interrupted\. Nothing was imported/);
    const status = await runPersonas(['schemas', 'list', '--json', ...optionsFor(place)]);
    expect(JSON.parse(status.stdout)).toContainEqual(
      expect.objectContaining({ schema: place.schema, experiments: 0 }),
    );
    expect(readFileSync(path.join(folder, 'experiments_groups.csv'), 'utf8')).toBe(
      'experiments_group_id\n1\n',
    );
  });
});
