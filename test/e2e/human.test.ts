/** Answers of people beside those of models: imported, compared, exported, imported again. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { open } from '../../src/db/connect.ts';
import { freshPlace, optionsFor, runPersonas } from '../support/cli.ts';
import { DATABASES } from '../support/database.ts';
import { temporaryFolder } from '../support/study.ts';

const STUDY = `
name: mood
models: [sim-gpt4o]
conditions: [Base]
max_personas: 6
questionnaires: [miniipip]
`;
const HEADER = ['group', ...Array.from({ length: 20 }, (_, index) => String(index + 1))];
/** As a spreadsheet of many countries saves it. */
const PEOPLE = [
  HEADER,
  ...Array.from({ length: 12 }, (_, person) => [
    person % 2 === 0 ? 'Männer' : 'Frauen',
    ...Array.from({ length: 20 }, (__, item) =>
      person === 3 && item === 4
        ? 'NA'
        : person === 5 && item === 6
          ? '-9'
          : String(1 + ((person * 7 + item * 3 + person * item) % 5)),
    ),
  ]),
];

describe.each(DATABASES)('personas import --human (%s)', (kind) => {
  test('stores people apart, shows them in H1 and H2, and travels with the study', async () => {
    await using place = freshPlace(kind);
    const personas = (...args: string[]) =>
      runPersonas([...args, ...optionsFor(place)], { cwd: place.folder });
    writeFileSync(path.join(place.folder, 'study.yaml'), STUDY);
    const text = PEOPLE.map((row) => row.join(';')).join('\r\n');
    writeFileSync(path.join(place.folder, 'people.csv'), Buffer.from(text, 'latin1'));
    expect(await personas('pipeline', 'study.yaml')).toMatchObject({ code: 0 });
    const counts = async () => {
      await using database = await open(place);
      const { t, db } = database;
      const { rows } =
        await sql`select (select count(*)::int from ${t.eval_questionnaires}) as answers,
        (select count(*)::int from ${t.personas}) as personas,
        (select count(*)::int from ${t.human_answers}) as human`.execute(db);
      return rows[0] as { answers: number; personas: number; human: number };
    };
    const before = await counts();

    const human = ['import', '--human', 'people.csv', '--instrument', 'miniipip'];
    expect((await personas(...human)).stderr).toContain('"-9" is not an answer to item');
    const imported = await personas(...human, '--missing', '-9, 99');
    expect(imported, imported.stderr).toMatchObject({ code: 0 });
    expect(imported.stdout).toContain(
      '238 answers of 12 people to miniipip imported from people.csv as "people".',
    );
    expect(await counts()).toEqual({ ...before, human: 238 });
    const again = await personas(...human, '--missing', '-9');
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('a sample of people called "people" already');

    const tables = await personas(
      ...['analyze', '--rows', 'simulated', '--mode', 'corrected', '--table', 'H1'],
      ...['--table', 'H2', '--json'],
    );
    expect(tables, tables.stderr).toMatchObject({ code: 0 });
    expect(tables.stdout).toContain('people: Frauen');
    expect(tables.stdout).toContain('"variance_ratio"');
    expect(tables.stdout).toContain('"rmsr"');

    expect(await personas('export', 'out')).toMatchObject({ code: 0 });
    const back = await personas('import', 'out', '--replace');
    expect(back, back.stderr).toMatchObject({ code: 0 });
    expect(await counts()).toEqual({ ...before, human: 238 });
  });
});

test('personas import says which option is missing or contradicts another', async () => {
  using folder = temporaryFolder();
  const refused = async (...args: string[]) =>
    (await runPersonas(['import', ...args], { cwd: folder.path, env: { HOME: folder.path } }))
      .stderr;
  expect(await refused()).toContain('Nothing to import was named');
  expect(await refused('--human', 'x.csv')).toContain('--human needs the instrument');
  expect(await refused('x', '--name', 'y')).toContain('apply only to --human');
  expect(await refused('x', '--human', 'y.csv', '--instrument', 'miniipip')).toContain(
    'nothing else',
  );
});
