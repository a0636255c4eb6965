/** The script in R that an export writes: run where R is there. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { openMigrated } from '../../src/db/connect.ts';
import { runPendingExperiments } from '../../src/experiments/run.ts';
import { findInstrument } from '../../src/instruments/load.ts';
import { generatePersonas } from '../../src/personas/generation/generate.ts';
import { findCondition } from '../../src/personas/sheets/conditions.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { freshPlace, optionsFor, type Place, runPersonas } from '../support/cli.ts';
import { BASE, generationRequest, seedFew } from '../support/persona.ts';
import { register } from '../support/study.ts';

const hasR = spawnSync('Rscript', ['--version']).status === 0;
const hasLme4 = spawnSync('Rscript', ['-e', 'loadNamespace("lme4")']).status === 0;

async function scriptOf(place: Place, ...more: readonly string[]) {
  const exported = await runPersonas(
    ['export', 'out', ...more, '--r-script', ...optionsFor(place)],
    { cwd: place.folder },
  );
  expect(exported, exported.stderr).toMatchObject({ code: 0 });
  return readFileSync(path.join(place.folder, 'out', 'analysis.R'), 'utf8');
}

/** @param withPackages whether R finds more than its own packages */
function runScript(place: Place, withPackages: boolean) {
  const without = { R_LIBS_SITE: '/nowhere', R_LIBS_USER: '/nowhere', R_LIBS: '/nowhere' };
  const { status, stdout, stderr } = spawnSync('Rscript', ['out/analysis.R'], {
    cwd: place.folder,
    encoding: 'utf8',
    env: { ...process.env, ...(withPackages ? {} : without) },
  });
  return { status, stdout, stderr };
}

const equal = (stdout: string) => stdout.match(/^ {2}equal /gm)?.length ?? 0;

describe('a study with sheets', () => {
  test('the script finds the numbers of the report, and fails where one differs', async () => {
    await using place = freshPlace('embedded');
    {
      await using database = await openMigrated(place);
      const config = loadConfig({}, {}, tmpdir());
      await seedFew(database, 12);
      const conditions = [BASE, findCondition('MaxN')];
      await generatePersonas(database, config, generationRequest({ conditions }));
      for (const slug of ['epqra', 'bigfive'])
        await register(database, ['generated_sim-gpt4o_few'], { instrument: findInstrument(slug) });
      await runPendingExperiments(database, config);
    }
    const script = await scriptOf(place);
    expect(script).toContain('mixed("epqra", "GPT-4o (simulated)", "E")');
    if (!hasR) return;
    const { status, stdout, stderr } = runScript(place, false);
    expect(status, stderr).toBe(0);
    expect(equal(stdout)).toBeGreaterThanOrEqual(12);
    expect(stdout).not.toContain('DIFFERENT');
    for (const found of ['difference =', 'ICC(A,1)', 'alpha of', 'r of', 'SD of'])
      expect(stdout).toContain(found);
    expect(stdout).toContain('install.packages("lme4")');

    const wrong = script.replace(/^(check\(.*), (-?[\d.]+)\)$/m, '$1, $2 + 1)');
    expect(wrong).not.toBe(script);
    writeFileSync(path.join(place.folder, 'out', 'analysis.R'), wrong);
    const failed = runScript(place, false);
    expect(failed.status).toBe(1);
    expect(failed.stdout).toContain('DIFFERENT');
    expect(failed.stderr).toContain('some numbers differ from the report');
  });
});

const INSTRUMENT = {
  format: 2,
  slug: 'crossed',
  title: 'Items on two scales',
  citation: 'Written for a test.',
  licence: 'Public domain.',
  language: 'en',
  instructions: 'How well do these sentences describe you?',
  answers: [
    {
      id: 'five',
      options: [1, 2, 3, 4, 5].map((value) => ({ value, label: `level ${value}` })),
    },
  ],
  blocks: [
    {
      answers: 'five',
      items: [
        'I like company.',
        'I worry a lot.',
        'I am at ease alone.',
        'I talk much.',
        'I sleep badly.',
        'I am calm.',
      ].map((text, at) => ({ id: `q${at + 1}`, text })),
    },
  ],
  scales: [
    {
      id: 'out',
      name: 'Outgoing',
      score: 'mean',
      items: { q1: 1, q3: -2, q4: 1, q6: 0.5 },
    },
    { id: 'calm', name: 'Calm', score: 'sum', items: ['-q2', '-q5', 'q6', 'q3'] },
  ],
};

test('own personas, and items on two scales with weights', async () => {
  await using place = freshPlace('embedded');
  const people = Array.from(
    { length: 14 },
    (_, at) =>
      `p${at};${at % 2 === 0 ? 'town' : 'land'};"I am person ${at}. I ${at % 3 === 0 ? 'love' : 'avoid'} company and I am ${at % 5 < 2 ? 'calm' : 'nervous'}."`,
  );
  writeFileSync(path.join(place.folder, 'rows.csv'), `case;place;text\n${people.join('\n')}\n`);
  writeFileSync(path.join(place.folder, 'crossed.json'), JSON.stringify(INSTRUMENT));
  writeFileSync(
    path.join(place.folder, 'study.yaml'),
    `name: crossed
models: [sim-gpt4o]
personas: { file: rows.csv, description: text, vignette: case, condition: place }
questionnaires: [{ instrument: crossed.json }, gad7]
repetitions: 2
`,
  );
  const made = await runPersonas(['pipeline', 'study.yaml', ...optionsFor(place)], {
    cwd: place.folder,
  });
  expect(made, made.stderr).toMatchObject({ code: 0 });
  const script = await scriptOf(place, 'study.yaml');
  expect(script).toContain('weight = c(1, -2, 1, 0.5)');
  if (!hasR) return;
  for (const withPackages of [false, true]) {
    const { status, stdout, stderr } = runScript(place, withPackages);
    expect(status, stderr).toBe(0);
    expect(equal(stdout)).toBeGreaterThanOrEqual(10);
    expect(stdout).not.toContain('DIFFERENT');
  }
});

test('mixed models of a model that repeats itself are of one row for each persona', async () => {
  await using simulator = await startSimulator();
  await using place = freshPlace('embedded');
  const people = Array.from({ length: 30 }, (_, at) => {
    const description = `I am person ${at}. I ${at % 3 === 0 ? 'love' : 'avoid'} company and I am ${at % 5 < 2 ? 'calm' : 'nervous'}.`;
    return `p${at};${at % 2 === 0 ? 'town' : 'land'};"${description}"`;
  });
  writeFileSync(path.join(place.folder, 'rows.csv'), `case;place;text\n${people.join('\n')}\n`);
  // Asked as any endpoint, the simulator gives the same reply to the same request.
  writeFileSync(
    path.join(place.folder, '.yaml'),
    `providers:
  local: { type: openai-compatible, base_url: "${simulator.openaiBaseUrl}" }
models:
  same: { provider: local, model_id: simulated/gpt-4o-2024-11-20, label: Same }
`,
  );
  writeFileSync(
    path.join(place.folder, 'study.yaml'),
    `name: same
models: [same]
personas: { file: rows.csv, description: text, vignette: case, condition: place }
questionnaires: [epqra]
repetitions: 2
`,
  );
  const made = await runPersonas(['pipeline', 'study.yaml', ...optionsFor(place)], {
    cwd: place.folder,
  });
  expect(made, made.stderr).toMatchObject({ code: 0 });
  await scriptOf(place, 'study.yaml');
  if (!hasLme4) return;
  const { status, stdout, stderr } = runScript(place, true);
  expect(status, stderr).toBe(0);
  const difference = /N Neuroticism +land − town .*? ([+−][\d.]+) \[/.exec(made.stdout)![1]!;
  const model = stdout.slice(stdout.indexOf('\nN of epqra, Same\n'));
  expect(model).toContain('everybody had the same score each time: one row for each persona');
  const estimate = Number(/^conditionland +(-?[\d.]+)/m.exec(model)![1]);
  expect(estimate).toBeCloseTo(Number(difference.replace('−', '-').replace('+', '')), 2);
});

test('mixed models know what draws of a sheet and administrations of a persona have in common', async () => {
  await using place = freshPlace('embedded');
  writeFileSync(
    path.join(place.folder, 'study.yaml'),
    `name: drawn
models: [sim-gpt4o]
conditions: [Base, MaxN]
max_personas: 8
draws: 2
questionnaires: [epqra]
repetitions: 2
`,
  );
  const made = await runPersonas(['pipeline', 'study.yaml', ...optionsFor(place)], {
    cwd: place.folder,
  });
  expect(made, made.stderr).toMatchObject({ code: 0 });
  const script = await scriptOf(place, 'study.yaml');
  if (!hasR) return;
  if (hasLme4)
    expect(runScript(place, true).stdout).toContain(
      '\n  score ~ 1 + condition + (1 | sheet) + (1 | sheet:condition) + (1 | sheet:persona)\n',
    );

  // Two levels of a factor, by draws of a sheet and by times that a persona was asked at a level.
  const crossed = `
for (draws in 1:2) for (times in 1:2) {
  rows <- expand.grid(time = seq_len(times), factor_order = c("a", "b"), draw = seq_len(draws), sheet = 1:3)
  data <- data.frame(score = 1, sheet = rows$sheet, persona = interaction(rows$sheet, rows$draw),
                     condition = "x", factor_order = rows$factor_order)
  cat("crossed:", deparse(model_formula(data)$formula, width.cutoff = 500), "\\n")
}
`;
  writeFileSync(path.join(place.folder, 'out', 'analysis.R'), script + crossed);
  const { status, stdout, stderr } = runScript(place, false);
  expect(status, stderr).toBe(0);
  expect(stdout.match(/(?<=^crossed: score ~ 1 \+ factor_order \+ ).*\S/gm)).toEqual([
    '(1 | sheet)',
    '(1 | sheet) + (1 | sheet:persona:factor_order)',
    '(1 | sheet) + (1 | sheet:factor_order) + (1 | sheet:persona)',
    '(1 | sheet) + (1 | sheet:factor_order) + (1 | sheet:persona) + (1 | sheet:persona:factor_order)',
  ]);
});

test('other formats than CSV are refused', async () => {
  const refused = await runPersonas(['export', 'out', '--r-script', '--format', 'parquet']);
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toContain('--r-script reads CSV files, not parquet');
});
