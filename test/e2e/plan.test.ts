/** `plan`, and the tables of variance components, from answers that were repeated. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { ComponentRow } from '../../src/analysis/corrected/variance-components.ts';
import { loadConfig } from '../../src/config/load.ts';
import { open } from '../../src/db/connect.ts';
import { behindOf } from '../../src/report/tables/tables.ts';
import { computeTables } from '../../src/studies/analyze.ts';
import { freshPlace, optionsFor, type Place, runPersonas } from '../support/cli.ts';

const SHEETS = 8;
const STUDY = (more: string) => `
name: repeated
models: [sim-gpt35]
conditions: [Base]
max_personas: ${SHEETS}
questionnaires: [epqra]
${more}
`;

function plan(place: Place, file: string, ...args: readonly string[]) {
  return runPersonas(['plan', file, ...args, ...optionsFor(place)], { cwd: place.folder });
}

test('a pilot tells how often to ask, and each component which scores it comes from', async () => {
  await using place = freshPlace('embedded');
  const pilot = path.join(place.folder, 'pilot.yaml');
  const study = path.join(place.folder, 'study.yaml');
  writeFileSync(
    pilot,
    STUDY('draws: 2\nrepetitions: 2\nadministration: { option_order: [published, reversed] }'),
  );
  writeFileSync(study, STUDY('draws: 1'));

  const before = await plan(place, study);
  expect(before.code, before.stderr).toBe(0);
  expect(before.stdout).toContain('There are no answers to tell it from');
  expect(before.stdout).toContain('SDs of the differences');

  const run = await runPersonas(['pipeline', pilot, ...optionsFor(place)], { cwd: place.folder });
  expect(run.code, run.stderr).toBe(0);
  const after = await plan(place, study, '--json');
  expect(after.code, after.stderr).toBe(0);
  const planned = JSON.parse(after.stdout) as {
    source: string;
    persons: number;
    unit: string;
    scales: { scale: string; person: number; draw: number; way: number }[];
    differences: unknown[];
  };
  expect(planned).toMatchObject({ source: 'pilot', persons: SHEETS, unit: 'points' });
  expect(planned.differences.length).toBeGreaterThan(0);

  await using database = await open(place);
  const { study: data, corrected } = await computeTables(database, loadConfig({}, {}, '/'), {
    mode: 'corrected',
    tables: ['R1', 'R1G', 'R1I'],
  });
  const [components] = corrected;
  const rows = components!.rows as readonly object[] as readonly ComponentRow[];
  const person = rows.filter((row) => row.component === 'person' && row.variance !== null);
  expect(person.length).toBeGreaterThan(0);
  for (const row of person) {
    expect(row).toMatchObject({ n: SHEETS, draws: 2, ways: 2, repetitions: 2 });
    expect(planned.scales.find(({ scale }) => scale === row.scale)!.person).toBeCloseTo(
      row.variance!,
      9,
    );
  }
  expect(new Set(rows.map(({ component }) => component))).toContain('person × option_order');
  // Every row of the tables leads to what it was computed from.
  for (const table of corrected)
    for (const row of table.rows) {
      const found = await sql.raw(behindOf(table, row, data).sql).execute(database.db);
      const expected = table.table === 'R1I' ? 1 : Number(row.n_administrations);
      if (table.table === 'R1I') expect(found.rows.length).toBeGreaterThanOrEqual(expected);
      else expect(found.rows).toHaveLength(expected);
    }
});

test('components that are stated need no database, and wrong ones are refused', async () => {
  await using place = freshPlace('embedded');
  const file = path.join(place.folder, 'study.yaml');
  writeFileSync(file, STUDY('draws: 1'));
  const stated = await plan(place, file, '--components', 'person=0.5,draw=0.2,administration=0.3');
  expect(stated.code, stated.stderr).toBe(0);
  expect(stated.stdout).toContain('as stated');
  const wrong = await plan(place, file, '--components', 'sheet=0.5');
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('--components does not know "sheet=0.5"');
  expect((await plan(place, file, '--shares', '0.5')).code).toBe(2);
});

test('the plan of own personas speaks of cases, before a pilot and after it', async () => {
  await using place = freshPlace('embedded');
  const study = path.join(place.folder, 'own.yaml');
  const names = ['Ann', 'Bea', 'Cem', 'Dan', 'Eve', 'Flo'];
  writeFileSync(
    path.join(place.folder, 'own.csv'),
    `description\n${names.map((name) => `I am ${name}.`).join('\n')}\n`,
  );
  writeFileSync(
    study,
    'name: own\nmodels: [sim-gpt4o]\npersonas: { file: own.csv }\nquestionnaires: [miniipip]\nrepetitions: 2\n',
  );
  const before = await plan(place, study);
  expect(before.code, before.stderr).toBe(0);
  expect(before.stdout).toContain(
    'has 6 cases for each model and condition, 2 administrations of each: 12 calls',
  );
  expect(before.stdout).toContain('some 50 cases with "repetitions: 2" or more');
  const run = await runPersonas(['pipeline', study, ...optionsFor(place)], { cwd: place.folder });
  expect(run.code, run.stderr).toBe(0);
  const after = await plan(place, study);
  expect(after.stdout).toContain('Designs with 0.80 or more on every scale');
  for (const { stdout } of [before, after])
    expect(stdout).not.toMatch(/\b(?:sheets?|draws?|persons?)\b/);
});

test('the SD of differences between levels is that of the cases of a pilot of own personas', async () => {
  await using place = freshPlace('embedded');
  const study = path.join(place.folder, 'own.yaml');
  const names = ['Ann', 'Bea', 'Cem', 'Dan', 'Eve', 'Flo', 'Gil', 'Hal'];
  writeFileSync(path.join(place.folder, 'own.csv'), `name\n${names.join('\n')}\n`);
  writeFileSync(
    study,
    [
      'name: own\nmodels: [sim-gpt4o]\nquestionnaires: [miniipip]',
      'personas:\n  file: own.csv\n  vignette: name',
      '  text: "I am <row.name>. My faith: <row.faith>."\n  cross: { faith: [none, old, new] }\n',
    ].join('\n'),
  );
  const run = await runPersonas(['pipeline', study, ...optionsFor(place)], { cwd: place.folder });
  expect(run.code, run.stderr).toBe(0);
  const planned = await plan(place, study, '--json');
  const { differences, unit } = JSON.parse(planned.stdout) as {
    unit: string;
    differences: { population: string; scale: string; sd: number; bound: number }[];
  };
  expect(unit).toBe('points');
  const listed = await runPersonas(['list', '--json', '--limit', '100', ...optionsFor(place)]);
  const rows = JSON.parse(listed.stdout) as {
    personalityId: number;
    condition: string;
    scores: Readonly<Record<string, number>>;
  }[];
  const scoresOf = (faith: string, scale: string) =>
    rows
      .filter(({ condition }) => condition === faith)
      .toSorted((a, b) => a.personalityId - b.personalityId)
      .map(({ scores }) => scores[scale]!);
  const sdOf = (values: readonly number[]) => {
    const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
    const squares = values.reduce((sum, one) => sum + (one - mean) ** 2, 0);
    return Math.sqrt(squares / (values.length - 1));
  };
  for (const scale of ['E', 'A', 'C', 'N', 'O']) {
    const reference = scoresOf('none', scale);
    const sds = ['old', 'new'].map((faith) =>
      sdOf(scoresOf(faith, scale).map((score, at) => score - reference[at]!)),
    );
    const own = differences.filter((one) => one.scale === scale && one.population === 'condition');
    expect(own).toHaveLength(1);
    expect(own[0]!.sd).toBeCloseTo(Math.max(...sds), 9);
  }
  const { stdout } = await plan(place, study);
  expect(stdout).toMatch(/^paired t +GPT-4o \(simulated\) +condition +E /m);
  expect(stdout).not.toMatch(/\b(?:sheets?|draws?|persons?)\b/);
});
