/** The same study makes the same bundle, whatever computer, folder or database it is made in. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { expect, inject, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { importDataset } from '../../src/dataset/import/load.ts';
import { connect, openMigrated } from '../../src/db/connect.ts';
import { writeBundle } from '../../src/evidence/bundle.ts';
import { configWith } from '../../src/evidence/configuration.ts';
import { openBundle, unpackBundle } from '../../src/evidence/open-bundle.ts';
import { createCatalogue } from '../../src/models/catalogue.ts';
import { runStudy } from '../../src/studies/pipeline.ts';
import { readStudy } from '../../src/studies/study-file.ts';
import { freshPlace, optionsFor, runPersonas } from '../support/cli.ts';
import { freshSchema } from '../support/database.ts';
import { temporaryFolder } from '../support/study.ts';

/** Two names of one id: their labels are in the configuration alone. */
const MODELS = {
  'qwen2.5-sim': 'Qwen2.5 (simulated)',
  'sim-4.1': 'S-4.1 (simulated)',
  'never.asked': 'Never (simulated)',
};
const PARAMETERS = '{temperature: 1, top_p: 1, max_tokens: 1000, extra: {}}';
const CONFIGURATION = `
providers:
  simulated: {reliability: 0.7, timeout_s: 100, headers: {x-key: secret-header}}
openai: {base_url: https://api.openai.com/v1}
models:
${Object.entries(MODELS)
  .map(
    ([name, label]) =>
      `  ${name}: {provider: simulated, model_id: simulated/gpt-4o, label: ${label}, parameters: ${PARAMETERS}}`,
  )
  .join('\n')}
`;

const STUDY = `
name: Elsewhere
models: [qwen2.5-sim, sim-4.1]
personas: {file: mine.csv, condition: role}
questionnaires: [gad7]
`;

/** Names that languages and bytes order differently. */
const PERSONAS = `role,Zeal,apt_ness,_x,description
Émigré,b,z,Z,I left.
pilot,B,a,a,I fly.
Zookeeper,A,Z,-a,I keep.
`;

function writeStudyFiles(folder: string): string {
  writeFileSync(path.join(folder, 'personas.yaml'), CONFIGURATION);
  writeFileSync(path.join(folder, 'mine.csv'), PERSONAS);
  const file = path.join(folder, 'study.yaml');
  writeFileSync(file, STUDY);
  return file;
}

test('environment, folder, language and time zone do not change a byte of a bundle', async () => {
  await using place = freshPlace('postgres');
  const file = writeStudyFiles(place.folder);
  const options = optionsFor(place);
  const config = { ...loadConfig({}, {}, place.folder), ...place };
  {
    await using database = await openMigrated(place);
    await runStudy(database, config, readStudy(file), {});
  }
  const elsewhere = path.join(place.folder, 'else where');
  mkdirSync(elsewhere);
  copyFileSync(path.join(place.folder, 'personas.yaml'), path.join(elsewhere, 'other.yaml'));
  const bundled = async (cwd: string, args: readonly string[], env: Record<string, string>) => {
    const { code, stderr } = await runPersonas(['bundle', 'a.zip', ...args, ...options], {
      cwd,
      env,
    });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return readFileSync(path.join(cwd, 'a.zip'));
  };
  const first = await bundled(place.folder, [], { TZ: 'UTC', LANG: 'C' });
  const second = await bundled(elsewhere, ['--config', 'other.yaml'], {
    TZ: 'Pacific/Kiritimati',
    LANG: 'tr_TR.UTF-8',
    LC_ALL: 'tr_TR.UTF-8',
    HOME: elsewhere,
    OPENAI_BASE_URL: 'https://elsewhere.example/v1',
    AWS_REGION: 'eu-central-1',
    PERSONAS_PROVIDERS__SIMULATED__RELIABILITY: '0.5',
    PERSONAS_MODELS__SIM_4_1__LABEL: 'Other (simulated)',
  });
  expect(second.equals(first)).toBe(true);

  using bundle = openBundle(path.join(place.folder, 'a.zip'));
  const text = (name: string) => bundle.zip.bytes(name, 1 << 24).toString('utf8');
  const model = {
    provider: 'simulated',
    model_id: 'simulated/gpt-4o',
    parameters: { temperature: 1, top_p: 1, max_tokens: 1000, extra: {} },
  };
  expect(JSON.parse(text('study/configuration.json'))).toEqual({
    models: {
      'qwen2.5-sim': { ...model, label: 'Qwen2.5 (simulated)' },
      'sim-4.1': { ...model, label: 'S-4.1 (simulated)' },
    },
    providers: { simulated: { reliability: 0.7 } },
  });
  expect(text('results/report.html')).toContain('S-4.1 (simulated)');
  const replayed = await runPersonas(['replay', 'a.zip', '--json'], { cwd: place.folder });
  expect(JSON.parse(replayed.stdout)).toMatchObject({ deviations: [] });
  expect(replayed.code).toBe(0);
});

const POSTGRES = {
  database: { kind: 'postgres', url: inject('postgres') },
  schema: 'none',
} as const;

async function hasLanguages(): Promise<boolean> {
  await using server = await connect(POSTGRES);
  const { rows } = await sql<{ has: boolean }>`
    select current_setting('server_version_num')::int >= 150000
      and exists (select from pg_collation where collprovider = 'i') as has`.execute(server.db);
  return rows[0]!.has;
}

/** A database whose texts are in the order of a language, not of their bytes. */
async function orderedByLanguage(): Promise<AsyncDisposable & { readonly url: string }> {
  const name = freshSchema();
  const run = async (statement: string) => {
    await using server = await connect(POSTGRES);
    await sql.raw(statement).execute(server.db);
  };
  await run(
    `create database ${name} template template0 encoding 'UTF8' locale_provider icu icu_locale 'en-US'`,
  );
  const own = new URL(POSTGRES.database.url);
  own.pathname = `/${name}`;
  return {
    url: own.href,
    [Symbol.asyncDispose]: () => run(`drop database ${name} with (force)`),
  };
}

test('a study that was imported from its bundle makes the same bundle, in a database of another language', async ({
  skip,
}) => {
  skip(!(await hasLanguages()), 'the server is older than 15 or was built without ICU');
  using folder = temporaryFolder();
  await using server = await orderedByLanguage();
  const file = writeStudyFiles(folder.path);
  const config = loadConfig({ database: 'memory' }, {}, folder.path);
  const one = path.join(folder.path, 'one.zip');
  {
    await using database = await openMigrated(config);
    await runStudy(database, config, readStudy(file), {});
    await writeBundle(database, config, one);
  }
  const unpacked = path.join(folder.path, 'unpacked');
  {
    using bundle = openBundle(one);
    unpackBundle(bundle, unpacked);
  }
  const again = configWith(path.join(unpacked, 'study', 'configuration.json'));
  await using copy = await openMigrated({
    database: { kind: 'postgres', url: server.url },
    schema: config.schema,
  });
  await importDataset(copy, path.join(unpacked, 'data'), createCatalogue(again.models));
  const other = path.join(folder.path, 'other.zip');
  await writeBundle(copy, again, other);
  using first = openBundle(one);
  using second = openBundle(other);
  const differing = Object.entries(first.manifest.files).flatMap(([name, { sha256 }]) =>
    second.manifest.files[name]?.sha256 === sha256 ? [] : [name],
  );
  expect(differing).toEqual([]);
  expect(readFileSync(other).equals(readFileSync(one))).toBe(true);
});
