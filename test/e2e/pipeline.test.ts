import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { open, openMigrated } from '../../src/db/connect.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { freshPlace, optionsFor, type Place, runPersonas, simulatedAt } from '../support/cli.ts';
import { DATABASES } from '../support/database.ts';

const SHEETS = 5;
const DRAWS = 2;

const STUDY = `
name: tiny
seed: 5
models: [sim-gpt4o, sim-gpt35]
conditions: [Base, max_N]
draws: ${DRAWS}
max_personas: ${SHEETS}
questionnaires:
  - epqra
  - questionnaire: bigfive
    conditions: [Base]
`;
const PERSONAS = 2 * 2 * SHEETS * DRAWS;
const EXPERIMENTS = { epqra: PERSONAS, bigfive: PERSONAS / 2 };

/** Nothing listens on the discard port. */
const DEAD = simulatedAt('http://127.0.0.1:9/v1');

function write(place: Place, text: string, name = 'study.yaml'): string {
  const file = path.join(place.folder, name);
  writeFileSync(file, text);
  return file;
}

function pipeline(
  place: Place,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  return runPersonas(['pipeline', ...args, ...optionsFor(place)], { cwd: place.folder, env });
}

/** Every row of every table of the study's schema, as text. */
async function everything(place: Place): Promise<Record<string, string[]>> {
  await using database = await open(place);
  const { rows: tables } = await sql<{
    name: string;
  }>`select table_name as name from information_schema.tables
    where table_schema = ${place.schema} and table_type = 'BASE TABLE' order by 1`.execute(
    database.db,
  );
  const contents: Record<string, string[]> = {};
  for (const { name } of tables) {
    const { rows } = await sql<{
      row: string;
    }>`select x::text as row from ${sql.id(place.schema, name)} x`.execute(database.db);
    contents[name] = rows.map((one) => one.row).sort();
  }
  return contents;
}

async function countsOf(place: Place): Promise<unknown> {
  await using database = await open(place);
  const { db, t } = database;
  const { rows } = await sql`select
    (select count(*)::int from (select distinct personality_id from ${t.reference_questionnaires}) as s) as sheets,
    (select count(*)::int from ${t.personas}) as personas,
    (select count(*)::int from (select distinct population, model, ref_personality_id, repetitions from ${t.personas}) as d) as "differentPersonas",
    (select count(*)::int from ${t.generations} where succeeded) as written,
    (select count(*)::int from ${t.generation_groups}) as "generationGroups",
    (select count(*)::int from ${t.experiments_groups} where processed and concluded) as groups,
    (select count(*)::int from ${t.experiments_list} where questionnaire = 'epqra' and succeeded) as epqra,
    (select count(*)::int from ${t.experiments_list} where questionnaire = 'bigfive' and succeeded) as bigfive,
    (select count(*)::int from ${t.experiments_list} where questionnaire = 'bigfive' and population not like 'generated%') as stray,
    (select count(*)::int from ${t.experiments_list}) as experiments,
    (select count(*)::int from ${t.eval_questionnaires}) as answers`.execute(db);
  return rows[0];
}

const COMPLETE = {
  sheets: 826,
  personas: PERSONAS,
  differentPersonas: PERSONAS,
  written: PERSONAS,
  generationGroups: 4,
  groups: 4,
  ...EXPERIMENTS,
  stray: 0,
  experiments: EXPERIMENTS.epqra + EXPERIMENTS.bigfive,
  answers: EXPERIMENTS.epqra * 24 + EXPERIMENTS.bigfive * 44,
};

describe.each(DATABASES)('a pipeline (%s)', (kind) => {
  test('comes to the whole study once, changes nothing when run again, and refuses a changed file', async () => {
    await using place = freshPlace(kind);
    const file = write(place, STUDY);
    const first = await pipeline(place, [file, '--json']);
    expect(first, first.stderr).toMatchObject({ code: 0 });
    // Each step ends with its own last word, on a line of its own.
    expect(first.stderr).toMatch(
      new RegExp(
        `"done":${PERSONAS},[^\\n]*"total":${PERSONAS},[^\\n]+\\nRegistering the questionnaires\\.\\nAdministering the questionnaires\\.$`,
        'm',
      ),
    );
    expect(await countsOf(place)).toEqual(COMPLETE);
    const printed = JSON.parse(first.stdout) as {
      results: string;
      tables: { table: string; rows: { model: string; population: string | null; n: number }[] }[];
    };
    expect(printed).toMatchObject({
      study: 'tiny',
      schema: place.schema,
      data_origin: 'simulated',
      rows: { personas: PERSONAS },
    });
    const rowsOf = (table: string) =>
      printed.tables
        .find((one) => one.table === table)!
        .rows.filter((row) => row.population !== null);
    // Four scales for each model and condition, and five for each model under Base.
    expect(rowsOf('4')).toHaveLength(2 * 2 * 4);
    expect(rowsOf('4').every((row) => row.n === SHEETS * DRAWS)).toBe(true);
    expect(rowsOf('A4')).toHaveLength(2 * 5);
    expect(rowsOf('A4').every((row) => row.population === 'Base')).toBe(true);
    expect(printed.results).toBe(path.join(place.folder, 'results', place.schema));
    expect(readFileSync(path.join(printed.results, 'report.html'), 'utf8')).toContain('SIMULATED');
    expect(readdirSync(path.join(printed.results, 'tables', 'corrected'))).toContain('tableA7.md');

    const before = await everything(place);
    const again = await pipeline(place, [file, '--json']);
    expect(again, again.stderr).toMatchObject({ code: 0, stdout: first.stdout });
    expect(await everything(place)).toEqual(before);

    const changed = await pipeline(place, [
      write(place, STUDY.replace('seed: 5', 'seed: 6').replace('max_N]', 'max_P]')),
    ]);
    expect(changed).toMatchObject({ code: 2, stdout: '' });
    expect(changed.stderr).toMatch(
      /contains the study "tiny".*seed was 5 and is now 6; conditions was \["Base","max_N"\] and is now \["Base","max_P"\]/,
    );
    expect(changed.stderr).toMatch(/Undo the change.*another schema/);
    const other = await pipeline(place, [
      write(place, STUDY.replace('name: tiny', 'name: other'), 'other.yaml'),
    ]);
    expect(other).toMatchObject({ code: 2, stdout: '' });
    expect(other.stderr).toMatch(/contains the study "tiny".*name was "tiny" and is now "other"/);
    expect(await everything(place)).toEqual(before);

    const limits = write(
      place,
      `# Slower, and with its results elsewhere.\n${STUDY}limits: { max_workers: 1 }\noutput: here\n`,
    );
    const limited = await pipeline(place, [limits]);
    expect(limited, limited.stderr).toMatchObject({ code: 0 });
    expect(existsSync(path.join(place.folder, 'here', 'report.html'))).toBe(true);
    expect(await everything(place)).toEqual(before);
  });

  test('ends while the provider is down, and goes on when it is up', async () => {
    await using place = freshPlace(kind);
    const file = write(place, STUDY);
    const failed = await pipeline(place, [file], DEAD);
    expect(failed.code, failed.stderr).toBe(1);
    expect(failed.stderr).toMatch(
      /Stopped: 20 in a row failed alike.*127\.0\.0\.1:9.*ECONNREFUSED.*personas failed\. Run the same command again/s,
    );
    expect(failed.stderr).not.toMatch(/\n {4}at /);
    expect(await countsOf(place)).toMatchObject({
      sheets: 826,
      personas: 0,
      written: 0,
      experiments: 0,
    });

    await using simulator = await startSimulator();
    const later = await pipeline(place, [file], simulatedAt(simulator.openaiBaseUrl));
    expect(later, later.stderr).toMatchObject({ code: 0 });
    expect(await countsOf(place)).toEqual(COMPLETE);
  });

  test.each<[string, string, string, RegExp]>([
    ['of an unknown model', 'sim-gpt35]', 'sim-gpt36]', /"sim-gpt36"/],
    ['with an unknown questionnaire', 'questionnaire: bigfive', 'questionnaire: bigsix', /bigsix/],
    ['of an experimental condition', 'max_N]', 'min_L]', /condition min_L as experimental/],
  ])('%s is refused before any call, and may be corrected', async (_, right, wrong, message) => {
    await using place = freshPlace(kind);
    {
      // So that the schema is there to be looked at, whenever the study was refused.
      await using _database = await openMigrated(place);
    }
    const refused = await pipeline(place, [write(place, STUDY.replace(right, wrong))], DEAD);
    expect(refused.stderr).toMatch(message);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(await everything(place)).toMatchObject({
      pipeline_file: [],
      generation_groups: [],
      experiments_groups: [],
    });
  });

  test('is refused before any call in a schema whose sheets are of another seed', async () => {
    await using place = freshPlace(kind);
    {
      await using database = await openMigrated(place);
      const { seedReference } = await import('../../src/personas/sheets/reference.ts');
      await seedReference(database, 4, null);
    }
    const refused = await pipeline(place, [write(place, STUDY)], DEAD);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(
      /already has the reference population "synthetic826" \(seed 4\)/,
    );
  });
});

test('a dry run says how large the study is, makes no call and stores nothing', async () => {
  await using place = freshPlace('embedded');
  const file = write(place, STUDY);
  const run = (...args: string[]) =>
    runPersonas(['pipeline', file, '--dry-run', ...args], { cwd: place.folder, env: DEAD });
  const { code, stdout, stderr } = await run('--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const plan = JSON.parse(stdout) as {
    steps: { step: string; model: string; calls: number; input_tokens: number; cost_usd: number }[];
  };
  expect(plan).toMatchObject({ dry_run: true, study: 'tiny' });
  const each = (model: string) => [
    ['personas', model, 2 * SHEETS * DRAWS],
    ['epqra', model, 2 * SHEETS * DRAWS],
    ['bigfive', model, SHEETS * DRAWS],
  ];
  expect(plan.steps.map((one) => [one.step, one.model, one.calls])).toEqual([
    ...each('sim-gpt4o'),
    ...each('sim-gpt35'),
  ]);
  expect(plan.steps.every((one) => one.input_tokens > one.calls * 500 && one.cost_usd === 0)).toBe(
    true,
  );

  const told = await run();
  expect(told).toMatchObject({ code: 0, stderr: '' });
  expect(told.stdout).toMatch(/100 calls, about \$0\.00/);
  expect(existsSync(path.join(place.folder, '.personas'))).toBe(false);
});
