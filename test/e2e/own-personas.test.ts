import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { loadStudy } from '../../src/analysis/data-store.ts';
import { open } from '../../src/db/connect.ts';
import { freshPlace, optionsFor, type Place, runPersonas } from '../support/cli.ts';
import { DATABASES } from '../support/database.ts';

const ROWS = `case;name;religion;text;age;weight;post;people
a;José;Muslim;"I am José; a Muslim.";34;1,5;04109;1,250
a;José;Christian;"I am José; a Christian.";34;1,5;04109;1,250
b;Éva;Muslim;"I am Éva; a Muslim.";41;1;10115;1,100
b;Éva;Christian;"I am Éva; a Christian.";41;1;10115;1,100
`;
const STUDY = `
name: faith
question: Do models answer differently as Muslims and as Christians?
models: [sim-gpt4o, sim-gpt35]
personas: { file: rows.csv, description: text, vignette: case, condition: religion, control: true }
questionnaires: [miniipip]
repetitions: 2
`;
/** Two cases in two conditions and a control, for two models. */
const PERSONAS = 5 * 2;

function pipeline(place: Place, study = STUDY) {
  writeFileSync(path.join(place.folder, 'rows.csv'), Buffer.from(ROWS, 'latin1'));
  writeFileSync(path.join(place.folder, 'study.yaml'), study);
  return runPersonas(['pipeline', 'study.yaml', '--json', ...optionsFor(place)], {
    cwd: place.folder,
  });
}

describe.each(DATABASES)('a study with personas of its own (%s)', (kind) => {
  test('administers each row as every model, keeps its columns, and adds nothing when run again', async () => {
    await using place = freshPlace(kind);
    const first = await pipeline(place);
    expect(first, first.stderr).toMatchObject({ code: 0 });
    expect(first.stderr).toContain(`Stored ${PERSONAS} personas from rows.csv.`);
    expect(first.stderr).toContain(
      'rows.csv is not UTF-8 and was read as windows-1252, with words such as "José", "Éva".',
    );
    const again = await pipeline(place);
    expect(again.stderr).toContain('Found the personas of rows.csv.');

    await using database = await open(place);
    const { db, t } = database;
    const { rows } = await sql`
      select e.population, g.system_role is null as "withoutRole", count(*)::int as n,
        count(distinct e.personality_id)::int as cases, bool_and(e.succeeded) as succeeded
      from ${t.experiments_list} e join ${t.experiments_groups} g using (experiments_group_id)
      group by 1, 2 order by 1`.execute(db);
    expect(rows).toEqual([
      { population: 'Christian', withoutRole: false, n: 8, cases: 2, succeeded: true },
      { population: 'Muslim', withoutRole: false, n: 8, cases: 2, succeeded: true },
      { population: 'control', withoutRole: true, n: 4, cases: 1, succeeded: true },
    ]);
    const { rows: columns } = await sql<{ value: string }>`
      select distinct value from ${t.persona_columns} where name = 'name' order by 1`.execute(db);
    expect(columns.map(({ value }) => value)).toEqual(['José', 'Éva']);
  });

  test('exports the columns of its personas beside the scores, numbers as numbers', async () => {
    await using place = freshPlace(kind);
    expect((await pipeline(place)).code).toBe(0);
    const exported = await runPersonas(
      ['export', 'out', 'study.yaml', '--answers-wide', ...optionsFor(place)],
      { cwd: place.folder },
    );
    expect(exported, exported.stderr).toMatchObject({ code: 0 });
    const file = (name: string) => readFileSync(path.join(place.folder, 'out', name), 'utf8');
    const [header, first] = file('answers_wide_miniipip.csv').split('\n');
    const cells = (line: string) => line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/);
    const cell = (name: string) => cells(first!)[cells(header!).indexOf(name)];
    expect([cell('persona_name'), cell('persona_religion')]).toEqual(['José', 'Muslim']);
    expect([cell('persona_age'), cell('persona_weight')]).toEqual(['34', '1.5']);
    const codebook = JSON.parse(file('answers_wide_miniipip_codebook.json')) as {
      columns: readonly { column: string; type: string }[];
    };
    const types = new Map(codebook.columns.map(({ column, type }) => [column, type]));
    // A postcode, and what may group thousands, stay as they are written.
    expect(
      ['age', 'weight', 'post', 'people', 'name'].map((name) => types.get(`persona_${name}`)),
    ).toEqual(['integer', 'double', 'string', 'string', 'string']);
  });

  test('is reported without its simulated model, and without tables of who the personas are', async () => {
    await using place = freshPlace(kind);
    await pipeline(place);
    {
      // As if one of the two had been a real model.
      await using database = await open(place);
      const { db, t } = database;
      await sql`update ${t.experiment_details} d set origin = 'model' from ${t.experiments_list} e
        where e.experiment_id = d.experiment_id and e.model like '%gpt-3.5%'`.execute(db);
      await sql`update ${t.experiments_list} set model = replace(model, 'simulated/', ''), model_provider = 'openai'
        where model like '%gpt-3.5%'`.execute(db);
      const study = await loadStudy(database, {});
      expect(study.dataOrigin).toBe('model');
      const labels = study.personas.groups.map(({ model }) => model.label);
      const asked = study.answered.flatMap(({ administrations }) =>
        administrations.map(({ model }) => model.label),
      );
      expect(new Set(labels)).toEqual(new Set(asked));
      expect(new Set(asked).size).toBe(1);
      const simulated = await loadStudy(database, { rows: 'simulated' });
      expect(simulated.answered[0]!.administrations).toHaveLength(10);
    }
    const made = await runPersonas(
      ['analyze', 'study.yaml', '--out', 'out', ...optionsFor(place)],
      {
        cwd: place.folder,
      },
    );
    expect(made.code, made.stderr).toBe(0);
    const report = readFileSync(path.join(place.folder, 'out', 'report.html'), 'utf8');
    expect(report).not.toContain('id="table-1"');
    expect(report).not.toContain('Who the personas are');
    expect(report).not.toContain('GPT-4o (simulated)');
  });

  test('can be rehearsed with refusals, a whole condition of them included', async () => {
    await using place = freshPlace(kind);
    writeFileSync(
      path.join(place.folder, 'personas.yaml'),
      'providers: { simulated: { refuse: [{ text: Muslim, model: gpt-4o }] } }\n',
    );
    const run = await pipeline(place);
    expect(run.code, run.stderr).toBe(1);
    expect(run.stderr).toContain(
      '4 experiments were refused by the model. The same command does not ask them again:',
    );
    const status = await runPersonas(['status', ...optionsFor(place)], { cwd: place.folder });
    expect(status.stdout).toContain(
      'Refused ones stay pending, and no run asks them again without "--retry refused".',
    );
    const again = await pipeline(place);
    expect(again.code, again.stderr).toBe(0);
    const refused = await runPersonas(
      ['list', '--outcome', 'refused', '--json', ...optionsFor(place)],
      { cwd: place.folder },
    );
    const rows = JSON.parse(refused.stdout) as { model: string; condition: string }[];
    expect(rows.map(({ model, condition }) => [model, condition])).toEqual(
      Array.from({ length: 4 }, () => ['sim-gpt4o', 'Muslim']),
    );
    const shown = await runPersonas(
      ['show', '1', '--next', '--outcome', 'refused', ...optionsFor(place)],
      {
        cwd: place.folder,
      },
    );
    expect(shown.stdout).toMatch(/^Experiment \d+ of group \d+: refused$/m);
  });

  test('is refused in a schema that has answer sheets', async () => {
    await using place = freshPlace(kind);
    for (const command of ['init-db', 'seed-ref-pop'])
      expect(await runPersonas([command, ...optionsFor(place)])).toMatchObject({ code: 0 });
    const refused = await pipeline(place);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('has a reference population of answer sheets');
  });
});
