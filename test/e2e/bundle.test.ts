/** A bundle is whole, comes out the same twice, can be read again, and tells nothing of its maker. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir, hostname, tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { exportDataset } from '../../src/dataset/export/export.ts';
import { importDataset } from '../../src/dataset/import/load.ts';
import { STUDY_TABLES } from '../../src/dataset/tables.ts';
import type { Database } from '../../src/db/connect.ts';
import { writeBundle } from '../../src/evidence/bundle.ts';
import { openBundle, unpackBundle } from '../../src/evidence/open-bundle.ts';
import { registerQuestionnaireExperiments } from '../../src/experiments/registration/register.ts';
import { createCatalogue } from '../../src/models/catalogue.ts';
import { freezeStudy } from '../../src/studies/freeze.ts';
import { runStudy } from '../../src/studies/pipeline.ts';
import { readStudy } from '../../src/studies/study-file.ts';
import { freshPlace, optionsFor, runPersonas } from '../support/cli.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import { importLines, requestFor, temporaryFolder } from '../support/study.ts';

/** Addresses stay in a bundle, what opens doors at them does not. */
const CONFIGURATION = `
providers:
  simulated:
    retest: 0.8
  elsewhere:
    type: openai
    base_url: https://key-user:key-password@models.example/v1?api_key=key-parameter
    api_key: key-alone
models:
  other:
    provider: elsewhere
    model_id: other-1
    label: Other
    parameters: {temperature: 1, top_p: 1, max_tokens: 100, max_tokens_field: max_tokens, extra: {}}
`;

const STUDY = `
name: Café study
models: [sim-gpt4o]
personas: {file: FOLDER/mine.csv, condition: role}
questionnaires: [epqra]
`;

const PERSONAS = 'role,description\nnurse,I am a nurse.\npilot,"I fly, and I like it."\n';

/** A study of own personas, answered, and one administration by a model that asks for a key. */
async function makeStudy(database: Database, folder: string) {
  writeFileSync(path.join(folder, 'personas.yaml'), CONFIGURATION);
  writeFileSync(path.join(folder, 'mine.csv'), PERSONAS);
  const file = path.join(folder, 'study.yaml');
  // Where a file is on this computer is no part of a study.
  writeFileSync(file, STUDY.replace('FOLDER', folder));
  const config = loadConfig({}, {}, folder);
  await freezeStudy(database, config, readStudy(file));
  await runStudy(database, config, readStudy(file), {});
  await importLines(database, [{ population: 'later', model: 'other', ref: 3 }]);
  const request = requestFor(['later'], { models: ['other'] });
  await registerQuestionnaireExperiments(database, createCatalogue(config.models), request);
  return config;
}

async function everything({ db, t }: Database): Promise<Record<string, string[]>> {
  const contents: Record<string, string[]> = {};
  for (const table of STUDY_TABLES) {
    const { rows } = await sql<{ row: string }>`select x::text as row from ${t[table]} x`.execute(
      db,
    );
    contents[table] = rows.map(({ row }) => row).sort();
  }
  return contents;
}

describe.each(DATABASES)('a bundle of the %s database', (kind) => {
  test('is the same twice, and its data are an export that can be imported again', async () => {
    await using database = await testDatabase(kind);
    await using copy = await testDatabase(kind);
    using folder = temporaryFolder();
    const config = await makeStudy(database, folder.path);
    const [one, other] = ['a.zip', 'b/b.zip'].map((name) => path.join(folder.path, name)) as [
      string,
      string,
    ];
    const first = await writeBundle(database, config, one);
    // What is set for a connection is not part of a study.
    await sql`set timezone = 'Asia/Tokyo'`.execute(database.db);
    await sql`set datestyle = 'German'`.execute(database.db);
    const second = await writeBundle(database, config, other);
    await sql`reset timezone`.execute(database.db);
    await sql`reset datestyle`.execute(database.db);
    expect(second).toEqual(first);
    expect(readFileSync(other).equals(readFileSync(one))).toBe(true);
    expect(createHash('sha256').update(readFileSync(one)).digest('hex')).toBe(first.sha256);

    using bundle = openBundle(one);
    const unpacked = path.join(folder.path, 'unpacked');
    expect(unpackBundle(bundle, unpacked)).toEqual([]);
    const exported = path.join(folder.path, 'exported');
    await exportDataset(database, exported, {
      answersWide: true,
      catalogue: createCatalogue(config.models),
      program: bundle.about.program,
      now: new Date(bundle.about.as_of),
    });
    for (const name of readdirSync(exported))
      expect(readFileSync(path.join(unpacked, 'data', name), 'utf8'), name).toBe(
        readFileSync(path.join(exported, name), 'utf8'),
      );
    await importDataset(copy, path.join(unpacked, 'data'), createCatalogue(config.models));
    expect(await everything(copy)).toEqual(await everything(database));
    expect(bundle.about).toMatchObject({
      format: 1,
      schema: database.schema,
      study: 'Café study',
      design_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const text = (name: string) => readFileSync(path.join(unpacked, name), 'utf8');
    expect(JSON.parse(text('study/configuration.json'))).toMatchObject({
      models: { other: { model_id: 'other-1' } },
      providers: {
        elsewhere: { base_url: 'https://***@models.example/v1?api_key=***' },
        simulated: { retest: 0.8 },
      },
    });
    expect(JSON.parse(text('study/study.json'))).toMatchObject({ name: 'Café study' });
    expect(text('study/plan.md')).toContain(bundle.about.design_sha256);
    expect(text('README.md')).toMatch(/^# Café study\n[\s\S]*EPQR-A[\s\S]*real people/);
    expect(text('prompts/index.csv').split('\n')[1]).toMatch(
      /^administration,1,system-[0-9a-f]{12}.txt,prompt-[0-9a-f]{12}.txt$/,
    );
    expect(readdirSync(path.join(unpacked, 'instruments'))).toEqual([
      expect.stringMatching(/^epqra-en-[0-9a-f]{12}\.json$/),
    ]);
    expect(existsSync(path.join(unpacked, 'results', 'report.html'))).toBe(true);
  });

  test('has no name, folder or key of the computer that it was made on', async () => {
    await using database = await testDatabase(kind);
    using folder = temporaryFolder();
    const config = await makeStudy(database, folder.path);
    const file = path.join(folder.path, 'study.zip');
    await writeBundle(database, config, file);
    using bundle = openBundle(file);
    // The rest of the archive is numbers, in which any two letters may stand by chance.
    const names = [...bundle.zip.entries.keys()];
    const text = names
      .map((name) => `${name}\n${bundle.zip.bytes(name, 1 << 26).toString('utf8')}`)
      .join('\n');
    // The name of a user such as "root" is also a word of the language.
    const { username } = userInfo();
    const words = [
      ...[hostname(), homedir(), process.cwd(), folder.path, tmpdir()],
      ...[`/${username}/`, `\\${username}\\`, `${username}@`],
      ...['key-user', 'key-password', 'key-parameter', 'key-alone'],
    ].filter((word) => word.length > 1);
    const told = (word: string) =>
      new RegExp(`(?<![A-Za-z0-9])${word.replaceAll(/[^\w]/g, '\\$&')}(?![A-Za-z0-9])`).test(text);
    expect(words.filter(told)).toEqual([]);
  });
});

test('texts of a study that name a folder of this computer are told', async () => {
  await using place = freshPlace('embedded');
  const run = (...args: readonly string[]) =>
    runPersonas([...args, ...optionsFor(place)], { cwd: place.folder });
  writeFileSync(
    path.join(place.folder, 'mine.csv'),
    `population,model,description\np,sim-gpt4o,I wrote ${path.join(place.folder, 'mine.txt')}.\n`,
  );
  expect(await run('init-db')).toMatchObject({ code: 0 });
  expect(await run('import', '--table', 'personas', 'mine.csv')).toMatchObject({ code: 0 });
  const { code, stderr } = await run('bundle', 'a.zip');
  expect(code).toBe(0);
  expect(stderr).toMatch(/mention a folder .* of this computer: data\/personas\.csv\. Look at/);
});

test('a study in which nothing was asked yet has a bundle without results', async () => {
  await using database = await testDatabase('embedded');
  using folder = temporaryFolder();
  const file = path.join(folder.path, 'empty.zip');
  await writeBundle(database, loadConfig({}, {}, folder.path), file);
  using bundle = openBundle(file);
  expect(bundle.about).toMatchObject({ study: null, as_of: '1970-01-01T00:00:00.000Z' });
  const names = Object.keys(bundle.manifest.files);
  expect(names).toContain('data/experiments_list.csv');
  expect(names.filter((name) => name.startsWith('results/'))).toEqual([]);
});

test('the data package names every CSV file with a type for each column', async () => {
  await using database = await testDatabase('embedded');
  using folder = temporaryFolder();
  const config = await makeStudy(database, folder.path);
  const file = path.join(folder.path, 'study.zip');
  await writeBundle(database, config, file);
  using bundle = openBundle(file);
  const read = (name: string) => bundle.zip.bytes(name, 1 << 24).toString('utf8');
  const { resources } = JSON.parse(read('datapackage.json')) as {
    resources: {
      path: string;
      hash: string;
      schema: { fields: { name: string; type: string }[] };
    }[];
  };
  const csv = Object.keys(bundle.manifest.files).filter((name) => name.endsWith('.csv'));
  expect(resources.map((one) => one.path)).toEqual(csv);
  for (const { path: name, hash, schema } of resources) {
    expect(hash).toBe(`sha256:${bundle.manifest.files[name]!.sha256}`);
    expect(schema.fields.map((field) => field.name).join(',')).toBe(
      read(name).split('\n')[0]!.replaceAll('"', ''),
    );
  }
  const wide = resources.find((one) => one.path === 'data/answers_wide_epqra.csv')!;
  expect(wide.schema.fields.find(({ name }) => name === 'succeeded')).toMatchObject({
    type: 'boolean',
    trueValues: ['t'],
    falseValues: ['f'],
  });
  expect(wide.schema.fields.find(({ name }) => name === 'item_01')).toMatchObject({
    type: 'integer',
    categories: [
      { value: 0, label: 'False' },
      { value: 1, label: 'True' },
    ],
  });
});

test('the command prints the hash, and does not replace a file unasked', async () => {
  await using place = freshPlace('embedded');
  const run = (...args: readonly string[]) =>
    runPersonas([...args, ...optionsFor(place)], { cwd: place.folder });
  expect(await run('init-db')).toMatchObject({ code: 0 });
  const { stdout, code } = await run('bundle', 'out/study.zip');
  expect(code).toBe(0);
  const bytes = readFileSync(path.join(place.folder, 'out', 'study.zip'));
  expect(stdout).toContain(`SHA-256: ${createHash('sha256').update(bytes).digest('hex')}\n`);
  const again = await run('bundle', 'out/study.zip');
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('--overwrite') });
  expect(readdirSync(path.join(place.folder, 'out'))).toEqual(['study.zip']);
  expect(await run('bundle', 'out/study.zip', '--overwrite', '--json')).toMatchObject({ code: 0 });
});
