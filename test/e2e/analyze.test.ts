/**
 * `analyze` and `reproduce` as users run them: on the dataset that comes along, and on studies that
 * hold little or something else.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { openMigrated } from '../../src/db/connect.ts';
import { STUDY_TABLE_IDS, TABLE_IDS } from '../../src/report/tables/tables.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import {
  type Ended,
  freshPlace,
  optionsFor,
  type Place,
  runPersonas,
  simulatedAt,
} from '../support/cli.ts';
import { DATABASES } from '../support/database.ts';

const SELF_TEST = fileURLToPath(new URL('../../data/self-test', import.meta.url));
const TABLES = ['1', '2', '3', '4', '5', '6', 'A4', 'A5', 'A6', 'A7'];

function personas(place: Place, ...args: readonly string[]): Promise<Ended> {
  return runPersonas([...args, ...optionsFor(place)], { cwd: place.folder });
}

interface Row {
  readonly model: string;
  readonly population: string | null;
  readonly scale: string;
  readonly n: number;
  readonly marker: string;
  readonly text: string;
}

function readTable(
  folder: string,
  mode: string,
  table: string,
): { data_origin: string; rows: Row[] } {
  return JSON.parse(
    readFileSync(path.join(folder, 'tables', mode, `table${table}.json`), 'utf8'),
  ) as { data_origin: string; rows: Row[] };
}

const SPANISH = {
  slug: 'animo',
  title: 'Escala breve de ánimo',
  citation: 'Escrita para esta prueba.',
  licence: 'Libre.',
  language: 'es',
  scales: [{ id: 'Ánimo', name: 'Ánimo' }],
  answers: {
    min: 1,
    max: 7,
    reply: 'value',
    options: [1, 2, 3, 4, 5, 6, 7].map((value) => ({
      value,
      label: `grado ${'abcdefg'[value - 1]}`,
    })),
  },
  scoring: 'mean',
  instructions: 'Responde con un número del 1 al 7.',
  items: [
    { number: 1, text: 'Suelo estar de buen humor.', scale: 'Ánimo', reverse: false },
    { number: 2, text: 'Me cuesta disfrutar de las cosas.', scale: 'Ánimo', reverse: true },
    { number: 3, text: 'Me río a menudo.', scale: 'Ánimo', reverse: false },
  ],
};

describe.each(DATABASES)('analyze and reproduce (%s)', (kind) => {
  test('reproduce the self-test dataset, and analyze it again with the same result', async () => {
    await using place = freshPlace(kind);
    const reproduced = await personas(
      place,
      'reproduce',
      '--self-test',
      '--out',
      'first',
      '--json',
    );
    expect(reproduced, reproduced.stderr).toMatchObject({ code: 0 });
    const verdict = JSON.parse(reproduced.stdout) as {
      reproduced: boolean;
      tables: { table: string; cells: number; equal: number }[];
    };
    expect(verdict.reproduced).toBe(true);
    expect(verdict.tables.map((one) => one.table).toSorted()).toEqual(TABLES);
    expect(verdict.tables.every((one) => one.cells > 0 && one.equal === one.cells)).toBe(true);

    const analyzed = await personas(place, 'analyze', '--out', 'second');
    expect(analyzed, analyzed.stderr).toMatchObject({ code: 0 });
    expect(analyzed.stdout).toMatch(/report\.html/);
    const [first, second] = ['first', 'second'].map((name) => path.join(place.folder, name));
    for (const mode of ['published', 'corrected']) {
      const names = readdirSync(path.join(first!, 'tables', mode));
      expect(names).toHaveLength((mode === 'corrected' ? TABLE_IDS : STUDY_TABLE_IDS).length * 4);
      for (const name of names) {
        const [a, b] = [first!, second!].map((folder) =>
          readFileSync(path.join(folder, 'tables', mode, name), 'utf8'),
        );
        expect(b, name).toBe(a);
      }
    }
    await using database = await openMigrated(place);
    const { rows } = await sql<{
      view: number;
      materialised: number;
    }>`select (select count(*)::int from ${database.t.scored_answers}) as view,
      (select count(*)::int from ${database.t.experiments_evals}) as materialised`.execute(
      database.db,
    );
    expect(rows[0]).toEqual({ view: 24_614, materialised: 24_614 });
  });

  test('name each cell that differs from the published one, with both values', async () => {
    await using place = freshPlace(kind);
    const other = await personas(place, 'reproduce', SELF_TEST);
    expect(other.code, other.stderr).toBe(1);
    expect(other.stdout).toMatch(/^4 +68 +\d+ +\d+ +0 +NOT reproduced$/m);
    expect(other.stdout).toMatch(/^GPT-4o Base E +text +2\.16 ± 2\.85†¶ +2\.48 ± 2\.89$/m);
    expect(
      readFileSync(path.join(place.folder, 'results', place.schema, 'report.html'), 'utf8'),
    ).toMatch(/<\/html>/);
    const again = await personas(place, 'reproduce', SELF_TEST);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toMatch(/--replace/);
  });

  test('never put published and simulated rows into one table', async () => {
    await using place = freshPlace(kind);
    expect(await personas(place, 'import', SELF_TEST)).toMatchObject({ code: 0 });
    {
      await using database = await openMigrated(place);
      const { db, t } = database;
      await sql`insert into ${t.experiments_list} (experiment_id, experiments_group_id, repeated, questionnaire, language_questionnaire, model_provider, model, population, personality_id, succeeded)
        select experiment_id + 500000, experiments_group_id, 0, questionnaire, language_questionnaire, 'simulated', 'simulated/gpt-4o-2024-11-20', population, personality_id, true
        from ${t.experiments_list} where experiments_group_id = 308`.execute(db);
      await sql`insert into ${t.eval_questionnaires} (experiment_id, question_number, answer)
        select experiment_id + 500000, question_number, 1 - answer from ${t.eval_questionnaires} a join ${t.experiments_list} e using (experiment_id)
        where e.experiments_group_id = 308 and e.model_provider <> 'simulated'`.execute(db);
    }
    const real = await personas(place, 'analyze', '--out', 'real');
    expect(real, real.stderr).toMatchObject({ code: 0 });
    const published = readTable(path.join(place.folder, 'real'), 'published', '4');
    expect(published.data_origin).toBe('imported');
    expect(
      published.rows.find(
        (row) => row.model === 'GPT-4o' && row.population === 'Base' && row.scale === 'N',
      ),
    ).toMatchObject({
      n: 40,
      text: '2.50 ± 2.25',
    });
    expect(published.rows.some((row) => /simulated/.test(row.model))).toBe(false);

    const simulated = await personas(place, 'analyze', '--rows', 'simulated', '--out', 'simulated');
    expect(simulated, simulated.stderr).toMatchObject({ code: 0 });
    expect(simulated.stdout).toMatch(/SIMULATED/);
    const made = readTable(path.join(place.folder, 'simulated'), 'published', '4');
    expect(made.data_origin).toBe('simulated');
    const rows = made.rows.filter((row) => row.population !== null);
    expect([...new Set(rows.map((row) => row.model))]).toEqual(['GPT-4o (simulated)']);
    expect(rows.every((row) => row.marker === '' && !/[*†‡§¶]/.test(row.text))).toBe(true);
    for (const name of ['table4.json', 'table4.csv', 'table4.md', 'table4.tex', 'tableA7.md']) {
      expect(
        readFileSync(path.join(place.folder, 'simulated', 'tables', 'published', name), 'utf8'),
        name,
      ).toMatch(/simulated/i);
    }
  });

  test('work on an empty schema, on one experiment, and with an own instrument in Spanish', async () => {
    await using place = freshPlace(kind);
    expect(await personas(place, 'init-db')).toMatchObject({ code: 0 });
    const empty = await personas(place, 'analyze', '--out', 'empty');
    expect(empty, empty.stderr).toMatchObject({ code: 0 });
    expect(readTable(path.join(place.folder, 'empty'), 'corrected', '4').rows).toEqual([]);
    expect(readFileSync(path.join(place.folder, 'empty', 'report.html'), 'utf8')).toMatch(
      /<\/html>/,
    );

    writeFileSync(path.join(place.folder, 'animo.json'), JSON.stringify(SPANISH));
    writeFileSync(
      path.join(place.folder, 'personas.csv'),
      'model,population,description\nsim-gpt4o,mine,"Soy Ana. I often feel lonely."\nsim-gpt4o,mine,"Soy José. I am the life of the party."\n',
    );
    expect(await personas(place, 'import', '--table', 'personas', 'personas.csv')).toMatchObject({
      code: 0,
    });
    await using simulator = await startSimulator();
    const env = simulatedAt(simulator.openaiBaseUrl);
    const give = async (...args: readonly string[]) => {
      const given = await runPersonas(
        [
          'run-evals',
          '--model',
          'sim-gpt4o',
          '--population',
          'mine',
          ...args,
          ...optionsFor(place),
        ],
        {
          cwd: place.folder,
          env,
        },
      );
      expect(given, given.stderr).toMatchObject({ code: 0 });
    };
    await give('--questionnaire', 'epqra', '--max-personas', '1');
    const one = await personas(place, 'analyze', '--out', 'one');
    expect(one, one.stderr).toMatchObject({ code: 0 });
    expect(
      readTable(path.join(place.folder, 'one'), 'corrected', '6').rows.filter((row) => row.n === 1),
    ).toHaveLength(4);

    await give('--questionnaire', 'animo', '--instrument', 'animo.json');
    const own = await personas(place, 'analyze', '--out', 'own');
    expect(own, own.stderr).toMatchObject({ code: 0 });
    expect(readTable(path.join(place.folder, 'own'), 'corrected', 'A4').rows).toMatchObject([
      {
        instrument: 'animo (es)',
        model: 'GPT-4o (simulated)',
        population: 'mine',
        scale: 'Ánimo',
        n: 2,
      },
    ]);
    // The published study's code would have nothing to say of it.
    expect(existsSync(path.join(place.folder, 'own', 'tables', 'published'))).toBe(false);
    const printed = await personas(place, 'analyze', '--table', 'A4', '--mode', 'corrected');
    expect(printed, printed.stderr).toMatchObject({ code: 0 });
    expect(printed.stdout).toMatch(/animo \(es\)[\s\S]*SIMULATED[\s\S]*Ánimo/);
  });
});

test.each<[string, readonly string[], RegExp]>([
  ['a table that is none', ['analyze', '--table', '7'], /Unknown table "7"[\s\S]*1, 2, 3/],
  [
    'a group that is none',
    ['analyze', '--group-id', '12'],
    /No experiment group 12[\s\S]*personas groups/,
  ],
  ['no dataset', ['reproduce'], /No dataset given[\s\S]*--self-test/],
  ['two datasets', ['reproduce', 'somewhere', '--self-test'], /uses its own dataset/],
  ['a folder that is none', ['reproduce', 'nowhere'], /nowhere/],
])('analyze and reproduce refuse %s', async (_, args, message) => {
  await using place = freshPlace('embedded');
  expect(await personas(place, 'init-db')).toMatchObject({ code: 0 });
  const refused = await personas(place, ...args);
  expect(refused.code, refused.stderr).toBe(2);
  expect(refused.stderr).toMatch(message);
  expect(refused.stderr).not.toMatch(/\n {4}at /);
});

test('analyze reports a folder that cannot be written, and says that nothing is lost', async () => {
  await using place = freshPlace('embedded');
  expect(await personas(place, 'init-db')).toMatchObject({ code: 0 });
  writeFileSync(path.join(place.folder, 'taken'), 'a file');
  const failed = await personas(place, 'analyze', '--out', 'taken');
  expect(failed.code).toBe(1);
  expect(failed.stderr).toMatch(/taken.*cannot be written[\s\S]*Everything is in the database/);
});
