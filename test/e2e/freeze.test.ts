/** A frozen design is kept with its date, and nothing else is asked in its schema. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Database } from '../../src/db/connect.ts';
import { findFreeze } from '../../src/experiments/frozen-store.ts';
import { registerQuestionnaireExperiments } from '../../src/experiments/registration/register.ts';
import { runPendingExperiments } from '../../src/experiments/run.ts';
import { createCatalogue } from '../../src/models/catalogue.ts';
import { sayDesignHash } from '../../src/report/methods.ts';
import { analyzeStudy } from '../../src/studies/analyze.ts';
import { designHash } from '../../src/studies/design.ts';
import { freezeStudy } from '../../src/studies/freeze.ts';
import { runStudy } from '../../src/studies/pipeline.ts';
import { readStudy } from '../../src/studies/study-file.ts';
import { freshPlace, optionsFor, runPersonas } from '../support/cli.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import { requestFor, temporaryFolder } from '../support/study.ts';

const OWN = `
name: roles
models: [sim-gpt4o, {model: sim-gpt35, temperature: 0.5}]
personas: {file: mine.csv, condition: role, control: true}
questionnaires: [epqra, bigfive]
administration: {option_order: [published, reversed]}
`;
const WRITTEN = `
name: written
models: [sim-gpt4o]
conditions: [base]
max_personas: 2
questionnaires: [epqra]
`;
const PERSONAS = 'role,description\nnurse,I am a nurse.\npilot,I fly.\n';

function studyIn(folder: string, text: string, config = '') {
  writeFileSync(path.join(folder, 'mine.csv'), PERSONAS);
  writeFileSync(path.join(folder, 'personas.yaml'), config);
  const file = path.join(folder, 'study.yaml');
  writeFileSync(file, text);
  return { file, config: loadConfig({}, {}, folder) };
}

async function answered({ db, t }: Database): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from ${t.experiments_list} where succeeded`.execute(db);
  return rows[0]!.n;
}

describe.each(DATABASES)('a frozen study in the %s database', (kind) => {
  test.each([
    ['own personas', OWN],
    ['personas written from sheets', WRITTEN],
  ])('with %s runs to its end, and its report says when it was frozen', async (_, text) => {
    await using database = await testDatabase(kind);
    using folder = temporaryFolder();
    const { file, config } = studyIn(folder.path, text);
    const study = readStudy(file);
    const freeze = await freezeStudy(database, config, study);
    expect(freeze).toMatchObject({
      designSha256: designHash(study, createCatalogue(config.models)),
      callsBefore: 0,
      plan: expect.stringContaining(freeze.designSha256),
    });
    const { last } = await runStudy(database, config, study, {});
    expect(last).toMatchObject({ endedBy: 'nothing left', failed: 0 });
    // What the freeze allows is what was registered, group by group.
    expect(await runPendingExperiments(database, config)).toMatchObject({ failed: 0 });
    const { provenance } = await analyzeStudy(database, config);
    expect(sayDesignHash(provenance.studyFile!)).toContain(
      `frozen on ${freeze.frozenAt.slice(0, 10)} (SHA-256 ${freeze.designSha256}), before the first call.`,
    );
    // Freezing again changes nothing.
    expect(await freezeStudy(database, config, study)).toEqual(freeze);
  });

  test('is asked nothing that is not in its design, wherever it comes from', async () => {
    await using database = await testDatabase(kind);
    using folder = temporaryFolder();
    const { file, config } = studyIn(folder.path, OWN);
    const { db, t } = database;
    await freezeStudy(database, config, readStudy(file));
    await runStudy(database, config, readStudy(file), {});
    const before = await answered(database);
    const refuse = async (words: RegExp) => {
      await expect(runPendingExperiments(database, config)).rejects.toThrow(words);
      expect(await answered(database)).toBe(before);
    };
    await sql`update ${t.personas} set description = 'I am a nurse!' where description = 'I am a nurse.'`.execute(
      db,
    );
    await refuse(/persona \d+ has a text that it does not have/);
    await sql`update ${t.personas} set description = 'I am a nurse.' where description = 'I am a nurse!'`.execute(
      db,
    );
    expect(await runPendingExperiments(database, config)).toMatchObject({ failed: 0 });
    await registerQuestionnaireExperiments(
      database,
      createCatalogue(),
      requestFor(['nurse'], { systemRole: 'Be brief.', again: true }),
    );
    await refuse(/was frozen on .* and group \d+ \(sim-gpt4o\) has a model, parameters/);
  });
});

test.each<[string, string, (folder: string) => void]>([
  ['study file', OWN.replace('name: roles', 'name: roles\nseed: 2'), () => {}],
  [
    'persona texts',
    OWN,
    (folder) => appendFileSync(path.join(folder, 'mine.csv'), 'cook,I cook.\n'),
  ],
  ['analysis plan', `${OWN}analysis: {equivalence_bound: 0.2}\n`, () => {}],
  ['models and their parameters', OWN.replace('0.5', '0.6'), () => {}],
  [
    'prompts',
    OWN.replace('name: roles', 'name: roles\nsystem_role: "Be <row.description>"'),
    () => {},
  ],
])(
  'a run is refused when the %s has changed, and the message names it',
  async (part, text, change) => {
    await using database = await testDatabase('embedded');
    using folder = temporaryFolder();
    const { file, config } = studyIn(folder.path, OWN);
    await freezeStudy(database, config, readStudy(file));
    writeFileSync(file, text);
    change(folder.path);
    const refused = runStudy(database, config, readStudy(file), {});
    await expect(refused).rejects.toMatchObject({
      code: 'design-frozen',
      message: expect.stringMatching(
        new RegExp(`differs from it now in: .*${part} \\(SHA-256 was`),
      ),
    });
    await expect(freezeStudy(database, config, readStudy(file))).rejects.toThrow(part);
    expect(await answered(database)).toBe(0);
  },
);

test('parameters that the configuration changes are noticed too', async () => {
  await using database = await testDatabase('embedded');
  using folder = temporaryFolder();
  const { file, config } = studyIn(folder.path, WRITTEN);
  await freezeStudy(database, config, readStudy(file));
  const changed = studyIn(
    folder.path,
    WRITTEN,
    'models:\n  sim-gpt4o:\n    parameters: {top_p: 0.5}\n',
  );
  await expect(runStudy(database, changed.config, readStudy(file), {})).rejects.toThrow(
    /models and their parameters \(SHA-256 was [0-9a-f]{12}…, is [0-9a-f]{12}…\)/,
  );
});

test('the command prints the hashes that "preregister" has, and tells of earlier calls', async () => {
  await using place = freshPlace('embedded');
  const { file } = studyIn(place.folder, OWN);
  const run = (...args: readonly string[]) =>
    runPersonas([...args, ...optionsFor(place)], { cwd: place.folder });
  const plan = await runPersonas(['preregister', file, '--json'], { cwd: place.folder });
  const { design_sha256: sha256 } = JSON.parse(plan.stdout) as { design_sha256: string };
  await run('pipeline', file);
  const { code, stdout, stderr } = await run('freeze', file);
  expect(code).toBe(0);
  expect(stdout).toContain(`SHA-256 of the design: ${sha256}`);
  expect(stdout).toMatch(/persona texts: [0-9a-f]{64}/);
  expect(stderr).toMatch(/\d+ calls had been made before the design was frozen/);
  writeFileSync(file, `${readFileSync(file, 'utf8')}question: Another?\n`);
  expect(await run('pipeline', file)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/was frozen on [\d-]+, and .*study file/s),
  });
});

test('a freeze travels with an export', async () => {
  await using database = await testDatabase('embedded');
  await using copy = await testDatabase('embedded');
  using folder = temporaryFolder();
  const { file, config } = studyIn(folder.path, OWN);
  const freeze = await freezeStudy(database, config, readStudy(file));
  const { exportDataset } = await import('../../src/dataset/export/export.ts');
  const { importDataset } = await import('../../src/dataset/import/load.ts');
  const target = path.join(folder.path, 'exported');
  await exportDataset(database, target, { program: 'test', now: new Date(0) });
  await importDataset(copy, target, createCatalogue());
  expect(await findFreeze(copy)).toEqual(freeze);
});
