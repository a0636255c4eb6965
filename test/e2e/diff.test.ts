/** Two studies are compared wherever they are: as bundles, folders and schemas. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { importDataset } from '../../src/dataset/import/load.ts';
import type { Database } from '../../src/db/connect.ts';
import { writeBundle } from '../../src/evidence/bundle.ts';
import { compareStudies, type Difference } from '../../src/evidence/diff/compare.ts';
import { openStudy } from '../../src/evidence/diff/sources.ts';
import { openBundle, unpackBundle } from '../../src/evidence/open-bundle.ts';
import { createCatalogue } from '../../src/models/catalogue.ts';
import { runStudy } from '../../src/studies/pipeline.ts';
import { readStudy } from '../../src/studies/study-file.ts';
import { freshPlace, optionsFor, runPersonas } from '../support/cli.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/study.ts';

const STUDY = `
name: roles
models: [sim-gpt4o, {model: sim-gpt35, temperature: 0.5}]
personas: {file: mine.csv, condition: role}
questionnaires: [epqra]
repetitions: 2
`;
const PERSONAS = 'role,description\nnurse,I am a nurse.\npilot,I fly.\n';
const EPQRA_ITEMS = 24;

function configIn(folder: string): Config {
  return loadConfig({}, {}, folder);
}

async function carryOut(database: Database, folder: string, study = STUDY) {
  writeFileSync(path.join(folder, 'mine.csv'), PERSONAS);
  const file = path.join(folder, 'study.yaml');
  writeFileSync(file, study);
  await runStudy(database, configIn(folder), readStudy(file), {});
}

/** A bundle of what is in the database now. */
async function bundled(database: Database, folder: string, name: string): Promise<string> {
  const file = path.join(folder, name);
  await writeBundle(database, configIn(folder), file);
  return file;
}

async function compared(a: string, b: string, folder: string) {
  const config = configIn(folder);
  using one = await openStudy(a, config);
  using other = await openStudy(b, config);
  return await compareStudies(one, other);
}

const of = (differences: readonly Difference[], section: string) =>
  differences.filter((one) => one.section === section);

describe.each(DATABASES)('studies of the %s database', (kind) => {
  test('are the same as themselves, in a bundle, unpacked, and imported again', async () => {
    await using database = await testDatabase(kind);
    await using copy = await testDatabase(kind);
    using folder = temporaryFolder();
    await carryOut(database, folder.path);
    const one = await bundled(database, folder.path, 'one.zip');
    const unpacked = path.join(folder.path, 'unpacked');
    {
      using bundle = openBundle(one);
      unpackBundle(bundle, unpacked);
    }
    const { sections, differences } = await compared(one, unpacked, folder.path);
    expect(differences).toEqual([]);
    // 2 personas for each of 2 models, twice.
    expect(sections.find(({ section }) => section === 'answers')).toMatchObject({
      ...{ compared: true, same: 8, different: 0, onlyInA: 0, onlyInB: 0 },
    });
    expect(sections.every(({ same }) => same > 0)).toBe(true);
    await importDataset(copy, path.join(unpacked, 'data'), createCatalogue());
    const other = await bundled(copy, folder.path, 'other.zip');
    expect((await compared(one, other, folder.path)).differences).toEqual([]);
  });

  test('differ in what was changed, and only there', async () => {
    await using database = await testDatabase(kind);
    using folder = temporaryFolder();
    await carryOut(database, folder.path);
    const before = await bundled(database, folder.path, 'before.zip');
    const { db, t } = database;
    await sql`update ${t.eval_questionnaires} set answer = 1 - answer where id = (
      select max(id) from ${t.eval_questionnaires} where question_number = 7)`.execute(db);
    await sql`update ${t.experiments_groups} set temperature = 0.25 where temperature = 0.5`.execute(
      db,
    );
    await sql`update ${t.personas} set description = 'I sail.' where description = 'I fly.' and model = 'sim-gpt35'`.execute(
      db,
    );
    const after = await bundled(database, folder.path, 'after.zip');
    const { sections, differences } = await compared(before, after, folder.path);
    expect(of(differences, 'design')).toEqual([]);
    expect(of(differences, 'answers')).toEqual([
      expect.objectContaining({
        name: 'item 7',
        key: expect.stringMatching(/^epqra · english .*repetition \d$/),
      }),
    ]);
    expect(of(differences, 'parameters')).toMatchObject([
      { key: expect.stringContaining('sim-gpt35'), name: 'temperature', a: '0.5', b: '0.25' },
    ]);
    expect(of(differences, 'personas')).toMatchObject([
      { key: 'pilot · sim-gpt35 · 2', name: 'description', a: 'I fly.', b: 'I sail.' },
    ]);
    expect(of(differences, 'tables').length).toBeGreaterThan(0);
    expect(sections.find(({ section }) => section === 'answers')).toMatchObject({
      ...{ same: 7, different: 1 },
    });
  });

  test('of other designs are told apart, with what only one of them has', async () => {
    await using one = await testDatabase(kind);
    await using other = await testDatabase(kind);
    using folder = temporaryFolder();
    await carryOut(one, folder.path);
    const a = await bundled(one, folder.path, 'a.zip');
    await carryOut(other, folder.path, STUDY.replace('repetitions: 2', 'repetitions: 1\nseed: 2'));
    const b = await bundled(other, folder.path, 'b.zip');
    const { sections, differences } = await compared(a, b, folder.path);
    expect(of(differences, 'design')).toEqual(
      expect.arrayContaining([
        { section: 'design', key: 'study file, seed', name: 'value', a: '1', b: '2' },
        { section: 'design', key: 'study file, repetitions', name: 'value', a: '2', b: '1' },
      ]),
    );
    const answers = sections.find(({ section }) => section === 'answers')!;
    expect(answers).toMatchObject({ onlyInA: 4, onlyInB: 0 });
    expect(answers.same + answers.different).toBe(4);
    const onlyInA = of(differences, 'answers').filter(
      ({ b: inB, name }) => inB === null && name === '',
    );
    expect(onlyInA).toHaveLength(4);
  });
});

test('a folder of an export has no tables, which is said', async () => {
  await using place = freshPlace('embedded');
  const run = (...args: readonly string[]) =>
    runPersonas([...args, ...optionsFor(place)], { cwd: place.folder });
  writeFileSync(path.join(place.folder, 'mine.csv'), PERSONAS);
  writeFileSync(path.join(place.folder, 'study.yaml'), STUDY);
  expect(await run('pipeline', 'study.yaml')).toMatchObject({ code: 0 });
  expect(await run('export', 'exported')).toMatchObject({ code: 0 });
  const where = optionsFor(place).slice(0, 2);
  const diff = (...args: readonly string[]) =>
    runPersonas(['diff', ...args, ...where], { cwd: place.folder });
  const same = await diff('exported', place.schema);
  expect(same.stderr).toBe('');
  expect(same).toMatchObject({ code: 0 });
  expect(same.stdout).toMatch(/answers +8 +0 +0 +0/);
  expect(same.stdout).toMatch(
    /One of the two has no tables: they were not compared\.\nNo differences\./,
  );

  const file = path.join(place.folder, 'exported', 'eval_questionnaires.csv');
  const [header = '', ...rows] = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(rows).toHaveLength(8 * EPQRA_ITEMS);
  const flipped = rows.map((row, at) =>
    at < 3 ? row.replace(/[01]$/, (answer) => String(1 - Number(answer))) : row,
  );
  writeFileSync(file, `${[header, ...flipped].join('\n')}\n`);
  const short = await diff('exported', place.schema, '--limit', '2');
  expect(short).toMatchObject({ code: 1 });
  expect(
    short.stdout.match(/^answers: epqra · .*: item \d+: "[01]" in A, "[01]" in B$/gm),
  ).toHaveLength(2);
  expect(short.stdout).toContain('1 more (--limit shows more).');
  const { code, stdout } = await diff('exported', place.schema, '--json');
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ same: false, differences: [{}, {}, {}] });
  expect(await diff('exported', 'nowhere')).toMatchObject({ code: 2 });
  expect(await diff('exported', '.')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no CSV files'),
  });
});

test('texts with any characters are compared as they are', async () => {
  using folder = temporaryFolder();
  const write = (name: string, description: string) => {
    mkdirSync(path.join(folder.path, name));
    writeFileSync(path.join(folder.path, name, 'experiments_list.csv'), 'experiment_id\n');
    writeFileSync(
      path.join(folder.path, name, 'personas.csv'),
      `id,population,model,ref_personality_id,description\n1,"a, b",m,1,${description}\n2,"a, b",m,1,\n`,
    );
    return path.join(folder.path, name);
  };
  const one = write('one', '"x ""y""\n· ü"');
  const other = write('other', '"x ""y""\n· u"');
  const none = write('none', '');
  const personasOf = async (a: string, b: string) => {
    const { sections, differences } = await compared(a, b, folder.path);
    return [sections.find(({ section }) => section === 'personas'), differences];
  };
  const key = 'a, b · m · 1';
  const summary = { section: 'personas', compared: true, onlyInA: 0, onlyInB: 0 };
  // The second persona of the key is the same in both.
  expect(await personasOf(one, other)).toEqual([
    { ...summary, same: 1, different: 1 },
    [{ section: 'personas', key, name: 'description', a: 'x "y"\n· ü', b: 'x "y"\n· u' }],
  ]);
  expect(await personasOf(one, none)).toMatchObject([
    { ...summary, same: 1, different: 1 },
    [{ key, name: 'description', a: 'x "y"\n· ü', b: null }],
  ]);
  expect(await personasOf(one, one)).toEqual([{ ...summary, same: 2, different: 0 }, []]);
});

test('of several answers to one item each counts, in its order', async () => {
  using folder = temporaryFolder();
  const write = (name: string, ...answers: readonly number[]) => {
    const place = path.join(folder.path, name);
    mkdirSync(place);
    writeFileSync(
      path.join(place, 'experiments_list.csv'),
      'experiment_id,questionnaire,succeeded\n1,q,t\n',
    );
    const rows = answers.map((answer, at) => `${at},1,5,${answer}\n`).join('');
    writeFileSync(
      path.join(place, 'eval_questionnaires.csv'),
      `id,experiment_id,question_number,answer\n${rows}`,
    );
    return place;
  };
  const one = write('one', 0, 1, 1);
  const differing = async (other: string) =>
    (await compared(one, other, folder.path)).differences.map(({ name, a, b }) => [name, a, b]);
  expect(await differing(one)).toEqual([]);
  expect(await differing(write('first', 1, 1, 1))).toEqual([['item 5', '0', '1']]);
  expect(await differing(write('swapped', 1, 0, 1))).toEqual([
    ['item 5', '0', '1'],
    ['item 5 (2)', '1', '0'],
  ]);
  expect(await differing(write('less', 0, 1))).toEqual([['item 5 (3)', '1', null]]);
});
