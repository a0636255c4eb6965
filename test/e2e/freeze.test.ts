/** A frozen design is kept with its date, and nothing else is asked in its schema. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { PUBLISHED_SETTINGS } from '../../src/administration/settings.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Database } from '../../src/db/connect.ts';
import { beyondFreeze, findFreeze } from '../../src/experiments/frozen-store.ts';
import type { RegistrationRequest } from '../../src/experiments/registration/new-group.ts';
import { registerQuestionnaireExperiments } from '../../src/experiments/registration/register.ts';
import { runPendingExperiments } from '../../src/experiments/run.ts';
import { findInstrument } from '../../src/instruments/load.ts';
import { type Catalogue, createCatalogue } from '../../src/models/catalogue.ts';
import { sayDesignHash } from '../../src/report/methods.ts';
import { analyzeStudy } from '../../src/studies/analyze.ts';
import { designHash } from '../../src/studies/design.ts';
import { freezeStudy } from '../../src/studies/freeze.ts';
import { runStudy } from '../../src/studies/pipeline.ts';
import { readStudy } from '../../src/studies/study-file.ts';
import { freshPlace, optionsFor, runPersonas } from '../support/cli.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import { importLines, requestFor, temporaryFolder } from '../support/study.ts';

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
    await refuse(/does not cover the text of persona \d+\./);
    await sql`update ${t.personas} set description = 'I am a nurse.' where description = 'I am a nurse!'`.execute(
      db,
    );
    expect(await runPendingExperiments(database, config)).toMatchObject({ failed: 0 });
    await registerQuestionnaireExperiments(
      database,
      createCatalogue(),
      requestFor(['nurse'], { systemRole: 'Be brief.', again: true }),
    );
    await refuse(
      /was frozen on .* it does not cover group \d+ \(sim-gpt4o\), whose model, parameters/,
    );
  });
});

interface Registered {
  readonly database: Database;
  readonly catalogue: Catalogue;
  readonly folder: string;
}

const inOwnWay = (more: Partial<RegistrationRequest> = {}, populations = ['nurse']) =>
  requestFor(populations, {
    administration: { ...PUBLISHED_SETTINGS },
    again: true,
    ...more,
  });

/** What nobody can see in the study file. */
test.each<[string, RegExp, (place: Registered) => Promise<unknown>]>([
  [
    'a population',
    /the population "cook" of group \d+ \(sim-gpt4o\)/,
    async ({ database, catalogue }) => {
      await importLines(database, [{ population: 'cook', ref: 9 }]);
      await registerQuestionnaireExperiments(database, catalogue, inOwnWay({}, ['cook']));
    },
  ],
  [
    'what is asked already, once more',
    /2 administrations to the population "nurse" in groups \d+, \d+ \(sim-gpt4o\), where it has 1/,
    ({ database, catalogue }) => registerQuestionnaireExperiments(database, catalogue, inOwnWay()),
  ],
  [
    'an instrument',
    /group \d+ \(sim-gpt4o\), whose model, parameters, instrument/,
    ({ database, catalogue }) =>
      registerQuestionnaireExperiments(
        database,
        catalogue,
        inOwnWay({ instrument: findInstrument('phq9') }),
      ),
  ],
  [
    'a parameter of the model',
    /group \d+ \(sim-gpt4o\), whose model, parameters/,
    ({ database }) =>
      registerQuestionnaireExperiments(
        database,
        createCatalogue({ 'sim-gpt4o': { parameters: { top_p: 0.4 } } }),
        inOwnWay(),
      ),
  ],
])(
  'runs refuse %s registered beyond a frozen design, and the report names it',
  async (_, words, change) => {
    await using database = await testDatabase('embedded');
    using folder = temporaryFolder();
    const { file, config } = studyIn(folder.path, OWN);
    const freeze = await freezeStudy(database, config, readStudy(file));
    await runStudy(database, config, readStudy(file), {});
    expect(await beyondFreeze(database, freeze)).toEqual([]);
    const before = await answered(database);
    const catalogue = createCatalogue(config.models);
    await change({ database, catalogue, folder: folder.path });
    await expect(runPendingExperiments(database, config)).rejects.toMatchObject({
      code: 'design-frozen',
      message: expect.stringMatching(words),
      hint: expect.stringContaining('give the changed study another schema'),
    });
    expect(await answered(database)).toBe(before);
    // The study itself goes on.
    expect(await runStudy(database, config, readStudy(file), {})).toMatchObject({
      last: { endedBy: 'nothing left' },
    });
    const { provenance } = await analyzeStudy(database, config);
    expect(sayDesignHash(provenance.studyFile!)).toMatch(words);
    expect(await beyondFreeze(database, freeze)).toEqual([expect.stringMatching(words)]);
  },
);

test('personas that were written otherwise than the frozen design has it are not asked', async () => {
  await using database = await testDatabase('embedded');
  using folder = temporaryFolder();
  const { file, config } = studyIn(folder.path, WRITTEN);
  const study = readStudy(file);
  await freezeStudy(database, config, study);
  const { db, t } = database;
  await runStudy(database, config, study, {});
  await sql`update ${t.generation_groups} set temperature = 0.1`.execute(db);
  await expect(runPendingExperiments(database, config)).rejects.toThrow(
    /the population "[\w-]+", whose personas were written with another model/,
  );
});

const MOOD = {
  format: 2,
  slug: 'mood',
  title: 'Mood',
  citation: 'Nobody (2026)',
  licence: 'Public domain',
  language: 'en',
  instructions: 'Answer every item.',
  answers: [
    {
      id: 'agree',
      options: [
        { value: 1, label: 'Disagree' },
        { value: 2, label: 'Agree' },
      ],
    },
  ],
  blocks: [
    {
      answers: 'agree',
      items: [
        { id: 'm1', text: 'I am glad.' },
        { id: 'm2', text: 'I am merry.' },
      ],
    },
  ],
  scales: [{ id: 'glad', name: 'Gladness', score: 'sum', items: { m1: 1, m2: 1 } }],
};
const FORM = `${OWN.replace('[epqra, bigfive]', '[{instrument: mood.json}]')}analysis: {equivalence_bound: 0.1}\n`;

/** A file of the study with another text in place of one that it has. */
function edit(name: string, from: string, to: string) {
  return (folder: string) => {
    const file = path.join(folder, name);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(from);
    writeFileSync(file, text.replace(from, to));
  };
}

test.each<[string, (folder: string) => void, string]>([
  ['a text of an item', edit('mood.json', 'I am glad.', 'I am sad.'), 'wordings'],
  ['a label of an option', edit('mood.json', 'Disagree', 'No'), 'wordings'],
  ['the instructions', edit('mood.json', 'every item', 'all items'), 'wordings'],
  ['a key', edit('mood.json', '"m2":1', '"m2":-1'), 'instruments'],
  [
    'an instrument more',
    edit('study.yaml', '[{instrument: mood.json}]', '[{instrument: mood.json}, epqra]'),
    'instruments',
  ],
  ['a seed', edit('study.yaml', 'name: roles', 'name: roles\nseed: 2'), 'study file'],
  ['repetitions', edit('study.yaml', 'name: roles', 'name: roles\nrepetitions: 2'), 'study file'],
  ['a text of a persona', edit('mine.csv', 'I fly.', 'I sail.'), 'persona texts'],
  ['a persona more', edit('mine.csv', 'nurse,', 'cook,I cook.\nnurse,'), 'persona texts'],
  ['a condition', edit('mine.csv', 'pilot,', 'sailor,'), 'persona texts'],
  ['no control', edit('study.yaml', ', control: true', ''), 'persona texts'],
  ['a way of asking', edit('study.yaml', '[published, reversed]', '[published]'), 'prompts'],
  ['a model more', edit('study.yaml', '[sim-gpt4o,', '[sim-gpt4o, sim-llama323B,'), 'models and'],
  ['a parameter', edit('study.yaml', '0.5', '0.6'), 'models and their parameters'],
  [
    'a parameter in the configuration',
    (folder) =>
      writeFileSync(
        path.join(folder, 'personas.yaml'),
        'models: {sim-gpt4o: {parameters: {top_p: 0.5}}}',
      ),
    'models and their parameters',
  ],
  [
    'a system message',
    edit('study.yaml', 'name: roles', 'name: roles\nsystem_role: "Be <row.description>"'),
    'prompts',
  ],
  ['the plan of the analysis', edit('study.yaml', '0.1', '0.2'), 'analysis plan'],
])(
  'a run is refused after a change of %s, and the message names the part',
  async (_, change, part) => {
    await using database = await testDatabase('embedded');
    using folder = temporaryFolder();
    writeFileSync(path.join(folder.path, 'mood.json'), JSON.stringify(MOOD));
    const { file, config } = studyIn(folder.path, FORM);
    await freezeStudy(database, config, readStudy(file));
    change(folder.path);
    const now = loadConfig({}, {}, folder.path);
    const refused = runStudy(database, now, readStudy(file), {});
    await expect(refused).rejects.toMatchObject({
      code: 'design-frozen',
      message: expect.stringMatching(
        new RegExp(`differs from it now in: .*${part}.*\\(SHA-256 was`),
      ),
      hint: expect.stringContaining('Undo the change'),
    });
    await expect(freezeStudy(database, now, readStudy(file))).rejects.toThrow(part);
    expect(await answered(database)).toBe(0);
  },
);

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
    stderr: expect.stringMatching(
      /was frozen on [\d-]+, and .*study file .*In the study file, question was .* and is now "Another\?"/s,
    ),
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
