import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { loadStudy } from '../../src/analysis/data-store.ts';
import { loadConfig } from '../../src/config/load.ts';
import {
  type ExportOptions,
  type ExportResult,
  exportDataset,
} from '../../src/dataset/export/export.ts';
import { TABLE_FORMATS } from '../../src/dataset/export/formats.ts';
import { importDataset } from '../../src/dataset/import/load.ts';
import { BOOKKEEPING, STUDY_TABLES } from '../../src/dataset/tables.ts';
import type { Database } from '../../src/db/connect.ts';
import { storeMissingScores } from '../../src/db/instruments/score-store.ts';
import { runPendingExperiments } from '../../src/experiments/run.ts';
import { findInstrument } from '../../src/instruments/load.ts';
import { scoreAnswers } from '../../src/instruments/score.ts';
import { type Catalogue, createCatalogue } from '../../src/models/catalogue.ts';
import { generatePersonas } from '../../src/personas/generation/generate.ts';
import { freshPlace, optionsFor, runPersonas } from '../support/cli.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import { generationRequest, seedFew } from '../support/persona.ts';
import { importLines, register, temporaryFolder } from '../support/study.ts';

const SHEETS = 3;
const AWKWARD = ' "quoted", comma\ttab\r\nline\n\\.\n\\N NULL José 東京 🙂 \u0001 ';

/** Incompressible, so that what is stored holds all of them. */
const AWKWARD_BYTES = Buffer.from('00ff5c220a', 'hex');

/** A study by the simulated model, in both questionnaires, and rows that are hard to write down. */
async function makeStudy(database: Database): Promise<void> {
  const { db, t } = database;
  const config = loadConfig({}, {}, tmpdir());
  await seedFew(database, SHEETS);
  await generatePersonas(database, config, generationRequest());
  for (const slug of ['epqra', 'bigfive']) {
    await register(database, ['generated_sim-gpt4o_few'], { instrument: findInstrument(slug) });
  }
  await runPendingExperiments(database, config);
  await sql`insert into ${t.personas} (id, population, model, name, age, description, repetitions) values
    (2147483647, '', 'm', null, -2147483648, ${AWKWARD}, 0), (-5, ' ', '', '', null, '', null)`.execute(
    db,
  );
  await sql`insert into ${t.persona_texts} (persona_id, column_name, full_text) values (-5, 'b', ${AWKWARD}), (-5, 'B', ''), (-5, 'é', 'x')`.execute(
    db,
  );
  await sql`insert into ${t.experiments_groups} (experiments_group_id, created, temperature, top_p, concluded) values
    (900, null, 'NaN', '-Infinity', null), (901, '', 0.1, 1e-300, false)`.execute(db);
  await sql`insert into ${t.experiments_list} (experiment_id, experiments_group_id, questionnaire, model, population, succeeded) values
    (900, 900, 'bigfive', 'gpt-4o-2024-11-20', 'nobody', null), (901, null, null, null, null, true)`.execute(
    db,
  );
  await sql`insert into ${t.experiment_request_metadata} (id, created, experiment_id, request_json, response_json, request_metadata) values
    (900, '2025-03-12 10:38:34.814421', 900, '{"n": 12345678901234567890.10, "t": "\\"\\n\\u00e9", "e": [null, true, {}]}', '"text"',
      jsonb_build_object('request_sha256', ${createHash('sha256').update(AWKWARD_BYTES).digest('hex')}::text)),
    (901, '0001-01-01 00:00:00', null, 'null', null, null)`.execute(db);
  await sql`insert into ${t.call_bytes} (request_metadata_id, request_gzip, response_gzip) values (900, ${gzipSync(AWKWARD_BYTES)}, null)`.execute(
    db,
  );
}

/** Every row of every table as text, in order of what it says. */
async function everything({ db, t }: Database): Promise<Record<string, string[]>> {
  const contents: Record<string, string[]> = {};
  for (const table of STUDY_TABLES) {
    const { rows } = await sql<{ row: string }>`select x::text as row from ${t[table]} x`.execute(
      db,
    );
    contents[table] = rows.map((one) => one.row).sort();
  }
  return contents;
}

function exported(
  database: Database,
  folder: string,
  options: Partial<ExportOptions> = {},
): Promise<ExportResult> {
  return exportDataset(database, folder, {
    program: 'personality-trap test',
    now: new Date(0),
    ...options,
  });
}

describe.each(DATABASES)('an export of the %s database', (kind) => {
  test.each(DATABASES)('comes back the same in the %s database', async (other) => {
    await using from = await testDatabase(kind);
    await using to = await testDatabase(other);
    using folder = temporaryFolder();
    await makeStudy(from);
    const { files, dataOrigin, notes } = await exported(from, folder.path);
    const imported = await importDataset(to, folder.path, createCatalogue());
    const before = await everything(from);
    expect(await everything(to)).toEqual(before);
    expect(before.call_bytes!.length).toBeGreaterThan(SHEETS);
    expect(files).toEqual(
      imported.tables.map(({ table, rows }) => ({ file: `${table}.csv`, table, rows })),
    );

    expect(dataOrigin).toBe('mixed');
    expect(notes.join(' ')).toMatch(/SIMULATED model.*not evidence/);
    expect(JSON.parse(readFileSync(path.join(folder.path, 'dataset.json'), 'utf8'))).toMatchObject({
      schema: from.schema,
      exported_at: '1970-01-01T00:00:00.000Z',
      program: 'personality-trap test',
      data_origin: 'mixed',
      files,
    });
    // What is numbered next is another number in both.
    const { rows } = await sql<{
      id: number;
    }>`insert into ${to.t.experiments_list} (population) values ('x') returning experiment_id as id`.execute(
      to.db,
    );
    expect(rows[0]!.id).toBe(902);
  });

  test('JSON lines and Parquet hold the same values with their types', async () => {
    await using database = await testDatabase(kind);
    using folder = temporaryFolder();
    await makeStudy(database);
    for (const format of ['jsonl', 'parquet'] as const) {
      const { files } = await exported(database, path.join(folder.path, format), { format });
      for (const { file, rows } of files) {
        const content = await readRows(path.join(folder.path, format, file));
        expect([file, content.length]).toEqual([file, rows]);
      }
    }
    const read = async (format: string, table: string, column: string, id: number) => {
      const rows = await readRows(path.join(folder.path, format, `${table}.${format}`));
      expect(rows.map((row) => Number(row[column]))).toEqual(
        rows.map((row) => Number(row[column])).toSorted((a, b) => a - b),
      );
      return rows.find((row) => Number(row[column]) === id)!;
    };
    for (const format of ['jsonl', 'parquet']) {
      expect(await read(format, 'personas', 'id', 2147483647)).toMatchObject({
        age: -2147483648,
        name: null,
        population: '',
        description: AWKWARD,
      });
      expect(await read(format, 'experiments_groups', 'experiments_group_id', 901)).toMatchObject({
        temperature: 0.1,
        top_p: 1e-300,
        concluded: false,
        processed: null,
      });
    }
    const metadata = ['experiment_request_metadata', 'id', 900] as const;
    const line = await read('jsonl', ...metadata);
    expect(line).toMatchObject({
      created: '2025-03-12T10:38:34.814421',
      request_json: { t: '"\né', e: [null, true, {}] },
      response_json: 'text',
    });
    expect(
      readFileSync(path.join(folder.path, 'jsonl', 'experiment_request_metadata.jsonl'), 'utf8'),
    ).toContain('12345678901234567890.10');
    const row = await read('parquet', ...metadata);
    expect(row.created).toEqual(new Date('2025-03-12T10:38:34.814Z'));
    expect(row.request_json).toContain('12345678901234567890.10');
    expect(await read('jsonl', 'call_bytes', 'request_metadata_id', 900)).toMatchObject({
      request_gzip: gzipSync(AWKWARD_BYTES).toString('base64'),
      response_gzip: null,
    });
    const bytes = (await read('parquet', 'call_bytes', 'request_metadata_id', 900))
      .request_gzip as Uint8Array;
    expect(gunzipSync(bytes)).toEqual(AWKWARD_BYTES);
    const { rows: keys } = await sql<{
      key: string;
    }>`select shuffle_key::text as key from ${database.t.experiment_details} order by experiment_id`.execute(
      database.db,
    );
    const details = await readRows(path.join(folder.path, 'parquet', 'experiment_details.parquet'));
    expect(details.map((one) => String(one.shuffle_key))).toEqual(keys.map((one) => one.key));
  });

  test.each(TABLE_FORMATS)(
    'wide answers as %s hold every experiment once, with the scores of its answers',
    async (format) => {
      await using database = await testDatabase(kind);
      using folder = temporaryFolder();
      await makeStudy(database);
      const { db, t } = database;
      // Answered twice: the first answer counts.
      await sql`insert into ${t.eval_questionnaires} (experiment_id, question_number, answer)
      select experiment_id, 3, 1 + answer % 2 from ${t.eval_questionnaires} where question_number = 3`.execute(
        db,
      );
      await sql`delete from ${t.eval_questionnaires} where experiment_id = 1 and question_number = 5`.execute(
        db,
      );
      // As if these answers had come in so.
      await sql`delete from ${t.scores}`.execute(db);
      await storeMissingScores(db, t);
      await exported(database, folder.path, { format, answersWide: true });
      for (const slug of ['epqra', 'bigfive']) {
        const instrument = findInstrument(slug);
        const wide = await readRows(path.join(folder.path, `answers_wide_${slug}.${format}`));
        const { rows: experiments } = await sql<{
          id: number;
          persona: number | null;
          succeeded: boolean | null;
          answers: [number, number][] | null;
        }>`
        select e.experiment_id as id, d.persona_id as persona, e.succeeded,
          (select jsonb_agg(jsonb_build_array(a.question_number, a.answer) order by a.id desc) from ${t.eval_questionnaires} a
            where a.experiment_id = e.experiment_id) as answers
        from ${t.experiments_list} e left join ${t.experiment_details} d using (experiment_id) where e.questionnaire = ${slug} order by 1`.execute(
          db,
        );
        expect(wide).toHaveLength(experiments.length);
        for (const [index, { id, persona, succeeded, answers }] of experiments.entries()) {
          const row = wide[index]!;
          const given = new Map(answers ?? []);
          expect(row).toMatchObject(
            id === 900
              ? {
                  experiment_id: id,
                  succeeded: null,
                  data_origin: 'imported',
                  condition: 'nobody',
                  label: 'gpt-4o-2024-11-20',
                  answered: 0,
                }
              : {
                  experiment_id: id,
                  succeeded,
                  persona_id: persona,
                  data_origin: 'simulated',
                  provider: 'simulated',
                  label: 'GPT-4o (simulated)',
                  draw: 1,
                  answered: given.size,
                },
          );
          for (const { number } of instrument.items)
            expect(row[`item_${String(number).padStart(2, '0')}`]).toBe(given.get(number) ?? null);
          const scores = scoreAnswers(instrument, given);
          for (const scale of instrument.scales) {
            const score = row[`score_${scale.id}`];
            if (scores.has(scale.id)) expect(score).toBeCloseTo(scores.get(scale.id)!, 12);
            else expect(score).toBeNull();
          }
        }
        const codebook = await readRows(
          path.join(folder.path, `answers_wide_${slug}_codebook.csv`),
        );
        expect(codebook.map((one) => one.column)).toEqual(Object.keys(wide[0]!));
      }
      const epqra = await readRows(path.join(folder.path, 'answers_wide_epqra_codebook.csv'));
      expect(epqra.find((row) => row.column === 'item_03')).toMatchObject({
        scale: 'P',
        key: 'scores when answered 0',
        values: '{"0":"False","1":"True"}',
      });
      for (const { values } of epqra)
        expect(values === null || typeof JSON.parse(String(values)) === 'object').toBe(true);
      const five = await readRows(path.join(folder.path, 'answers_wide_bigfive_codebook.csv'));
      expect(five.find((row) => row.column === 'item_02')).toMatchObject({
        scale: 'A',
        key: 'reversed',
      });
    },
  );

  test('many rows travel page by page', async () => {
    await using database = await testDatabase(kind);
    using folder = temporaryFolder();
    await sql`insert into ${database.t.personas} (id, description) select n * 3 - 20000, repeat('x', (n * 7919) % 2500) from generate_series(1, 9000) n`.execute(
      database.db,
    );
    for (const format of TABLE_FORMATS) {
      await exported(database, folder.path, { format, overwrite: true });
      const rows = await readRows(path.join(folder.path, `personas.${format}`));
      expect(rows.map((row) => [Number(row.id), String(row.description ?? '').length])).toEqual(
        Array.from({ length: 9000 }, (_, index) => [
          (index + 1) * 3 - 20000,
          ((index + 1) * 7919) % 2500,
        ]),
      );
    }
  });
});

/** Of the version before items, scales and scores had tables: 22 tables, the Big Five, two personas. */
const EARLIER = path.join(import.meta.dirname, '../fixtures/export-before-scores');

test.each(DATABASES)(
  'an export of an earlier version imports into the %s database and gets its scores',
  async (kind) => {
    await using database = await testDatabase(kind);
    await importDataset(database, EARLIER, createCatalogue());
    const { db, t } = database;
    const five = findInstrument('bigfive');
    const { rows } = await sql<{ id: number; scale: string; score: number }>`
    select experiment_id as id, scale, score from ${t.scores} order by 1, 2`.execute(db);
    expect(rows).toHaveLength(2 * five.scales.length);
    for (const id of [1, 2]) {
      const { rows: answers } = await sql<{ number: number; answer: number }>`
      select question_number as number, answer from ${t.eval_questionnaires} where experiment_id = ${id}`.execute(
        db,
      );
      const expected = scoreAnswers(five, new Map(answers.map((one) => [one.number, one.answer])));
      for (const { scale, score } of rows.filter((row) => row.id === id))
        expect(score).toBeCloseTo(expected.get(scale)!, 12);
    }
    const [answered] = (await loadStudy(database, {})).answered;
    expect([answered!.questionnaire.label, answered!.administrations.length]).toEqual([
      'bigfive',
      2,
    ]);
  },
);

test('wide answers tell apart who answered as whom, which draws are known, and why an answer is missing', async () => {
  await using database = await testDatabase('embedded');
  using folder = temporaryFolder();
  const { db, t } = database;
  await seedFew(database, 1);
  await importLines(database, [
    { id: 1, population: 'generated_gpt4o_spain826', repetitions: 5 },
    { id: 2, population: 'few', ref: 10 },
  ]);
  await sql`insert into ${t.experiments_groups} (experiments_group_id) values (1)`.execute(db);
  await sql`insert into ${t.experiments_list} (experiment_id, experiments_group_id, questionnaire, model, population, succeeded)
    select id, 1, 'epqra', 'm', case id when 2 then 'few' else 'generated_gpt4o_spain826' end, case when id <= 3 then true when id = 7 then false end
    from generate_series(1, 8) id`.execute(db);
  await sql`insert into ${t.experiment_details} (experiment_id, experiments_group_id, persona_id, repeated, shuffle_key, origin, last_outcome, attempts) values
    (1, 1, 1, 1, 0, 'model', 'answered', 1), (2, 1, 2, 1, 0, 'model', 'answered', 1), (3, 1, 1, 2, 0, 'model', 'failed', 4),
    (4, 1, 1, 3, 0, 'model', 'refused', 1), (5, 1, 1, 4, 0, 'model', 'truncated', 3), (6, 1, 1, 5, 0, 'model', null, 0),
    (7, 1, 1, 6, 0, 'model', 'invalid', 3), (8, 1, 1, 7, 0, 'model', 'answered', 2)`.execute(db);
  const { dataOrigin } = await exported(database, folder.path, { answersWide: true });
  const rows = await readRows(path.join(folder.path, 'answers_wide_epqra.csv'));
  expect(
    rows.map((row) => [
      row.condition,
      row.answers_as,
      row.draw,
      row.succeeded,
      row.outcome,
      row.attempts,
    ]),
  ).toEqual([
    ['Base', 'persona', null, true, 'answered', '1'],
    [null, 'reference', null, true, 'answered', '1'],
    ['Base', 'persona', null, true, 'answered', '4'],
    ['Base', 'persona', null, null, 'refused', '1'],
    ['Base', 'persona', null, null, 'truncated', '3'],
    ['Base', 'persona', null, null, null, '0'],
    ['Base', 'persona', null, false, 'invalid', '3'],
    ['Base', 'persona', null, null, null, '2'],
  ]);
  // The texts of the personas were brought, the answers were not.
  expect(dataOrigin).toBe('model');
  const study = () => loadStudy(database, {});
  expect((await study()).dataOrigin).toBe('model');
  await sql`update ${t.experiment_details} set origin = 'imported' where experiment_id = 1`.execute(
    db,
  );
  expect((await exported(database, folder.path, { overwrite: true })).dataOrigin).toBe('mixed');
  expect((await study()).dataOrigin).toBe('mixed');

  await exported(database, path.join(folder.path, 'spss'), { format: 'sav' });
  const bytes = readFileSync(path.join(folder.path, 'spss', 'answers_wide_epqra.sav'));
  const cases = Number(bytes.readInt32LE(80));
  const size = 8 * bytes.readInt32LE(68);
  expect(cases).toBe(rows.length);
  // The last column is a score, of which nobody has answered an item.
  const last = Array.from({ length: cases }, (_, at) =>
    bytes.readDoubleLE(bytes.length - (cases - at) * size + size - 8),
  );
  const NOTHING = -Number.MAX_VALUE;
  expect(last).toEqual([NOTHING, NOTHING, NOTHING, -991, -994, -997, -995, -997]);
});

test('models and conditions are called the same in tables of a copy as in those of the original', async () => {
  await using from = await testDatabase('embedded');
  await using to = await testDatabase('embedded');
  using folder = temporaryFolder();
  const own = { provider: 'openai', model_id: 'vendor/model-a-2026', label: 'Model A' };
  const here = createCatalogue({
    'model-a': own,
    gpt4o: { label: 'Our GPT' },
    'sim-gpt4o': { label: 'Ours (simulated)' },
  });
  const lines = ['model-a', 'gpt4o', 'sim-gpt4o', 'nobody'].map((model, index) => ({
    population: 'mine',
    ref: index + 1,
    model,
  }));
  await importLines(from, lines);
  await exported(from, folder.path, { catalogue: here });
  await importDataset(to, folder.path, createCatalogue());
  const shown = async (database: Database, catalogue: Catalogue) => {
    const study = await loadStudy(database, {
      models: catalogue.list().map((entry) => ({ ...entry, isLabelChosen: catalogue === here })),
    });
    return study.personas.groups.map(({ model }) => model.label);
  };
  const labels = await shown(from, here);
  expect(labels).toEqual(['Model A', 'Our GPT', 'Ours (simulated)', 'nobody']);
  expect(await shown(to, createCatalogue())).toEqual(labels);
  // A copy of the copy says so too.
  await exported(to, folder.path, { overwrite: true });
  expect(JSON.parse(readFileSync(path.join(folder.path, 'dataset.json'), 'utf8'))).toMatchObject({
    model_labels: { 'model-a': 'Model A', gpt4o: 'Our GPT', 'sim-gpt4o': 'Ours (simulated)' },
  });
});

test('every table of a schema is a table of the study, but the bookkeeping of migrations', async () => {
  await using database = await testDatabase('embedded');
  const { rows } = await sql<{
    name: string;
  }>`select table_name as name from information_schema.tables
    where table_schema = ${database.schema} and table_type = 'BASE TABLE'`.execute(database.db);
  expect(rows.map((row) => row.name).sort()).toEqual([...STUDY_TABLES, ...BOOKKEEPING].sort());
});

test('an earlier export is left as it is, unless it may be replaced', async () => {
  await using database = await testDatabase('embedded');
  using folder = temporaryFolder();
  writeFileSync(path.join(folder.path, '.DS_Store'), '');
  await exported(database, folder.path);
  const file = path.join(folder.path, 'personas.csv');
  writeFileSync(file, 'mine');
  await expect(exported(database, folder.path)).rejects.toThrow(
    new RegExp(
      `already contains dataset\\.json, .* and ${STUDY_TABLES.length - 2} more\\. Nothing was exported`,
    ),
  );
  expect(readFileSync(file, 'utf8')).toBe('mine');
  expect((await exported(database, folder.path, { overwrite: true })).notes.join()).not.toMatch(
    /also has/,
  );
  expect(readFileSync(file, 'utf8')).toMatch(/^id,ref_personality_id/);
});

test('data of an earlier export that stay beside a new one are named', async () => {
  await using database = await testDatabase('embedded');
  using folder = temporaryFolder();
  await exported(database, folder.path);
  const { notes } = await exported(database, folder.path, { format: 'jsonl', overwrite: true });
  expect(notes.at(-1)).toMatch(/also has .*\.csv, .*\.csv.* and \d+ more, which are not of this/);
});

test("a folder of somebody else's files is not written into", async () => {
  await using database = await testDatabase('embedded');
  for (const files of [
    { 'notes.txt': '' },
    { 'personas.csv': 'mine' },
    { 'dataset.json': '{"name": "ours"}' },
    { 'dataset.json': '[' },
  ]) {
    using folder = temporaryFolder();
    for (const [name, content] of Object.entries(files))
      writeFileSync(path.join(folder.path, name), content);
    for (const overwrite of [false, true]) {
      await expect(exported(database, folder.path, { overwrite })).rejects.toThrow(
        /is not empty.*does not contain an export.*Nothing was exported/,
      );
    }
    expect(readdirSync(folder.path)).toEqual(Object.keys(files));
  }
});

test('an export that fails half-way leaves nothing', async () => {
  await using database = await testDatabase('embedded');
  using folder = temporaryFolder();
  const stop = new AbortController();
  await expect(
    exported(database, folder.path, { signal: stop.signal, onFile: () => stop.abort() }),
  ).rejects.toThrow(/Interrupted\. Nothing was exported/);
  expect(readdirSync(folder.path)).toEqual([]);
});

test('a folder that cannot be made or written is named', async () => {
  await using database = await testDatabase('embedded');
  using folder = temporaryFolder();
  const file = path.join(folder.path, 'file');
  writeFileSync(file, '');
  await expect(exported(database, path.join(file, 'in'))).rejects.toThrow(/cannot be created/);
  if (process.getuid?.() === 0) {
    // Permissions do not hold root back; a device that is always full does.
    if (!existsSync('/proc/tty/ldisc')) return;
    await expect(exported(database, '/proc/tty/ldisc')).rejects.toThrow(
      /cannot be written.*Nothing was exported/,
    );
    return;
  }
  chmodSync(folder.path, 0o555);
  await expect(exported(database, folder.path)).rejects.toThrow(
    /cannot be written.*Nothing was exported/,
  );
  chmodSync(folder.path, 0o755);
});

test('personas export says what it wrote', async () => {
  await using place = freshPlace('embedded');
  await runPersonas(['init-db', ...optionsFor(place)]);
  const target = path.join(place.folder, 'out');
  const json = await runPersonas([
    'export',
    target,
    '--format',
    'parquet',
    '--json',
    ...optionsFor(place),
  ]);
  expect(json).toMatchObject({ code: 0 });
  expect(JSON.parse(json.stdout)).toMatchObject({
    format: 'parquet',
    data_origin: null,
    notes: [],
  });
  const again = await runPersonas(['export', target, '--format', 'parquet', ...optionsFor(place)]);
  expect(again).toMatchObject({ code: 2, stdout: '' });
  const text = await runPersonas([
    'export',
    target,
    '--format',
    'parquet',
    '--overwrite',
    '--answers-wide',
    ...optionsFor(place),
  ]);
  expect(text.stdout).toMatch(
    new RegExp(`personas\\.parquet +0\\n[\\s\\S]*${STUDY_TABLES.length} files are in`),
  );
});

type Row = Record<string, unknown>;

/**
 * A file of any format as objects, numbers and booleans as such where the format says so or the
 * column is known to hold them.
 */
async function readRows(file: string): Promise<Row[]> {
  if (file.endsWith('.parquet')) {
    const content = readFileSync(file);
    if (content.length < 12) throw new Error(`${file} is no Parquet file`);
    return parquetReadObjects({ file: await asyncBufferFromFile(file), utf8: false });
  }
  const text = readFileSync(file, 'utf8');
  if (file.endsWith('.jsonl'))
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Row);
  const { parse } = await import('csv-parse/sync');
  const rows = parse(text, {
    columns: true,
    cast: (value, { quoting, column, header }) => {
      if (header || quoting) return value;
      if (value === '') return null;
      if (column === 'succeeded') return value === 't';
      return /^(item_|score_|answered|draw|.*_id$)/.test(String(column)) ? Number(value) : value;
    },
  });
  return rows as Row[];
}
