/** A bundle alone shows whether its answers and tables follow from its replies. */
import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Database } from '../../src/db/connect.ts';
import { writeBundle } from '../../src/evidence/bundle.ts';
import { MANIFEST_FILE, type Manifest } from '../../src/evidence/manifest.ts';
import { openBundle, unpackBundle } from '../../src/evidence/open-bundle.ts';
import { replayTables } from '../../src/evidence/replay.ts';
import { Checked, type Deviation } from '../../src/experiments/verification/deviation.ts';
import { runStudy } from '../../src/studies/pipeline.ts';
import { readStudy } from '../../src/studies/study-file.ts';
import { runPersonas } from '../support/cli.ts';
import { testDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/study.ts';

const STUDY = `
name: Two roles
models: [sim-gpt4o]
personas: {file: mine.csv, condition: role}
questionnaires: [epqra]
`;
const PERSONAS = 'role,description\nnurse,I am a nurse.\npilot,I fly.\n';

/** What somebody does who changes a file and knows of the manifest. */
function forge(folder: string, name: string, change: (text: string) => string) {
  const file = path.join(folder, name);
  const text = change(readFileSync(file, 'utf8'));
  writeFileSync(file, text);
  const manifest = path.join(folder, MANIFEST_FILE);
  const { files } = JSON.parse(readFileSync(manifest, 'utf8')) as Manifest;
  const sha256 = createHash('sha256').update(text).digest('hex');
  const altered = { ...files, [name]: { sha256, bytes: Buffer.byteLength(text) } };
  writeFileSync(manifest, JSON.stringify({ files: altered }));
}

/** A study of two answers to one questionnaire, with its bundle packed and unpacked. */
async function makeBundle(database: Database, folder: string) {
  writeFileSync(path.join(folder, 'mine.csv'), PERSONAS);
  writeFileSync(path.join(folder, 'study.yaml'), STUDY);
  const config = loadConfig(
    { config: { providers: { simulated: { reliability: 0.7 } }, models: {} } },
    {},
    folder,
  );
  await runStudy(database, config, readStudy(path.join(folder, 'study.yaml')), {});
  const zip = path.join(folder, 'study.zip');
  await writeBundle(database, config, zip);
  const unpacked = path.join(folder, 'unpacked');
  using bundle = openBundle(zip);
  unpackBundle(bundle, unpacked);
  writeFileSync(path.join(unpacked, MANIFEST_FILE), bundle.zip.bytes(MANIFEST_FILE, 1 << 24));
  return { config, unpacked };
}

test('a bundle is verified and replayed without a database, and what was changed in it is named', async () => {
  await using database = await testDatabase('embedded');
  using folder = temporaryFolder();
  const { unpacked } = await makeBundle(database, folder.path);
  const run = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await runPersonas([...args, '--json'], { cwd: folder.path });
    expect(stderr).not.toMatch(/error/i);
    const { checked, deviating, deviations } = JSON.parse(stdout) as {
      checked: Record<string, number>;
      deviating: Record<string, number>;
      deviations: { check: string; subject: string; what: string }[];
    };
    return { code, checked, deviating, deviations };
  };

  const replayed = await run('replay', 'study.zip');
  expect(replayed).toMatchObject({ code: 0, deviations: [] });
  expect(replayed.checked).toMatchObject({ 'reply bytes': 2, requests: 2, answers: 48 });
  expect(replayed.checked.tables).toBeGreaterThan(5);
  expect(await run('replay', 'unpacked')).toEqual(replayed);
  const { tables: number, ...others } = replayed.checked;
  expect(await run('verify', 'study.zip')).toMatchObject({
    ...{ code: 0, checked: others, deviations: [] },
    deviating: { answers: 0, scores: 0 },
  });

  appendFileSync(path.join(unpacked, 'README.md'), 'More.\n');
  expect((await run('verify', 'unpacked')).deviations).toMatchObject([
    { check: 'files', subject: 'file README.md' },
  ]);
  forge(unpacked, 'README.md', (text) => text);
  forge(unpacked, 'data/eval_questionnaires.csv', (text) =>
    text.replace(
      /,([01])(\n[^\n]*)$/,
      (_all, answer: string, rest: string) => `,${1 - Number(answer)}${rest}`,
    ),
  );
  const forged = await run('verify', 'unpacked');
  expect(forged).toMatchObject({ code: 1 });
  expect(forged.deviations).toContainEqual(
    expect.objectContaining({
      check: 'answers',
      subject: expect.stringMatching(/^administration/),
    }),
  );
  const both = await run('replay', 'unpacked');
  expect(both).toMatchObject({ code: 1, deviating: { answers: 1 } });
  expect(both.deviating.tables).toBeGreaterThan(1);
  expect(both.deviating.tables).toBeLessThanOrEqual(number!);
});

test('a table counts once, however many of its cells deviate and in whichever of its files', async () => {
  await using database = await testDatabase('embedded');
  using folder = temporaryFolder();
  const { config, unpacked } = await makeBundle(database, folder.path);
  const replay = async () => {
    const checked = new Checked();
    const found = replayTables({ database, config, folder: unpacked }, checked);
    const deviations: Deviation[] = [];
    for await (const deviation of found) deviations.push(deviation);
    return { number: checked.get('tables'), deviations };
  };
  const untouched = await replay();
  expect(untouched.deviations).toEqual([]);
  const tables = path.join(unpacked, 'results', 'tables', 'corrected');
  const names = readdirSync(tables).filter((name) => /\.(?:csv|json)$/.test(name));
  expect(untouched.number).toBe(names.length / 2);
  const [one, other, third] = names
    .filter((name) => /\n./.test(readFileSync(path.join(tables, name), 'utf8')))
    .filter((name) => name.endsWith('.csv'))
    .map((name) => path.join(tables, name.slice(0, -'.csv'.length))) as [string, string, string];
  writeFileSync(`${one}.csv`, readFileSync(`${one}.csv`, 'utf8').replaceAll(/\n"?./g, '$&9'));
  writeFileSync(`${other}.json`, '{}');
  rmSync(`${third}.csv`);
  const { number, deviations } = await replay();
  expect(number).toBe(untouched.number);
  const subjects = new Set(deviations.map(({ subject }) => subject));
  expect([...subjects]).toEqual(
    [one, other, third].map((file) => `table corrected/${path.basename(file)}`),
  );
  expect(deviations.length).toBeGreaterThan(subjects.size);
});
