import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { type Database, openMigrated } from '../../src/db/connect.ts';
import { runPendingExperiments } from '../../src/experiments/run.ts';
import { setLimits } from '../../src/runner/budget/budget-store.ts';
import { runPilot } from '../../src/studies/pilot.ts';
import { freshPlace, optionsFor, runPersonas, simulatedAt } from '../support/cli.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import { MisbehavingServer, says } from '../support/misbehaving-server.ts';
import { importLines, people, register, sheet } from '../support/study.ts';

const PERSONAS = 20;
const MODELS = ['gpt35', 'gpt4o'];

describe.each(DATABASES)('a pilot (%s)', (kind) => {
  let database: Database;
  let server: MisbehavingServer;
  beforeEach(async () => {
    database = await testDatabase(kind);
    // Lengths differ by a pattern, every ninth reply is unusable.
    server = await MisbehavingServer.start((_, index) =>
      says(index % 9 === 8 ? sheet().slice(0, 40) : sheet(), {
        usage: { input: 700 + (index % 7) * 10, output: 200 + (index % 5) * 20 },
      }),
    );
    await importLines(
      database,
      MODELS.flatMap((model) =>
        ['calm', 'wild'].flatMap((population) => people(population, PERSONAS, { model })),
      ),
    );
    await register(database, ['calm', 'wild'], { models: MODELS });
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });
  const config = () =>
    loadConfig(
      {},
      {
        OPENAI_API_KEY: 'none',
        OPENAI_BASE_URL: server.openaiBaseUrl,
        PERSONAS_PROVIDERS__OPENAI__RETRY__BASE_DELAY_S: '0',
      },
      '/',
    );

  test('runs so many of each model, condition and questionnaire, and its forecast holds the bill of the rest', async () => {
    const pilot = await runPilot(database, config(), 6, 8, {});
    expect(pilot.summary).toMatchObject({ succeeded: 24, failed: 0 });
    expect(
      pilot.cells.map(({ model, population, questionnaire, tried, experiments }) => [
        model,
        population,
        questionnaire,
        tried,
        experiments,
      ]),
    ).toEqual(
      MODELS.flatMap((model) =>
        ['calm', 'wild'].map((population) => [
          model,
          population,
          expect.any(String),
          6,
          PERSONAS - 6,
        ]),
      ),
    );
    expect(pilot.all.experiments).toBe(4 * (PERSONAS - 6));
    const rest = await runPendingExperiments(database, config(), {});
    const actual = {
      costUsd: rest.costUsd,
      tokens: rest.inputTokens + rest.outputTokens,
      calls: rest.calls,
    };
    for (const measure of ['costUsd', 'tokens', 'calls'] as const) {
      const { expected, interval } = pilot.all[measure]!;
      expect(actual[measure]).toBeGreaterThan(interval.low);
      expect(actual[measure]).toBeLessThan(interval.high);
      expect(interval.low).toBeGreaterThan(expected / 2);
    }
    expect(pilot.models.map((one) => one.model)).toEqual(MODELS);
    const sum = pilot.models.reduce((total, one) => total + one.costUsd!.expected, 0);
    expect(pilot.all.costUsd!.expected).toBeCloseTo(sum, 10);
  });

  test('keeps to a budget, and says of what was not tried that nothing is known', async () => {
    const pilot = await runPilot(database, config(), 5, 8, { maxCalls: 3, maxWorkers: 1 });
    expect(pilot.summary).toMatchObject({ endedBy: 'budget', calls: 3 });
    expect(pilot.all).toMatchObject({
      experiments: 4 * PERSONAS - pilot.summary.succeeded,
      costUsd: null,
    });
  });

  test('of a model without a price tells everything but dollars', async () => {
    const priceless = { ...config(), models: { gpt4o: { price: null } } };
    const { all, models } = await runPilot(database, priceless, 5, 8, {});
    expect(all).toMatchObject({ costUsd: null, tokens: { expected: expect.any(Number) } });
    expect(models.find((one) => one.model === 'gpt35')!.costUsd).not.toBeNull();
  });

  test('too small a pilot, and one that is told which experiments to take, are refused before anything is asked', async () => {
    await expect(runPilot(database, config(), 4, 8, {})).rejects.toMatchObject({
      name: 'UserError',
      hint: 'Pass --pilot 5 or more.',
    });
    await expect(runPilot(database, config(), 5, 8, { batchSize: 3 })).rejects.toMatchObject({
      name: 'UserError',
    });
    expect(server.seen).toHaveLength(0);
  });
});

test('a pilot on the command line prints a table or one JSON document, and warns when the budget is too small', async () => {
  await using place = freshPlace('embedded');
  {
    await using database = await openMigrated(place);
    await importLines(database, people('p', 30, { model: 'gpt4o' }));
    await register(database, ['p'], { models: ['gpt4o'] });
    await setLimits(database, { usd: 0.05 });
  }
  await using server = await MisbehavingServer.start(() => says(sheet()));
  const env = {
    ...simulatedAt(server.openaiBaseUrl),
    OPENAI_API_KEY: 'none',
    OPENAI_BASE_URL: server.openaiBaseUrl,
  };
  const cli = (...args: string[]) =>
    runPersonas([...args, ...optionsFor(place)], { cwd: place.folder, env });
  const first = await cli('run-experiments', '--pilot', '5');
  expect(first).toMatchObject({ code: 0 });
  expect(first.stdout).toMatch(/gpt4o +25 +\$0\.10 +\$0\.\d+ to \$0\.\d+ +24,000/);
  expect(first.stderr).toMatch(/the study's budget has \$0\.0\d+ left, which may not be enough/);
  const second = await cli('run-evals', '--skip-registration', '-g', '1', '--pilot', '5', '--json');
  expect(JSON.parse(second.stdout)).toMatchObject({
    pilot: { succeeded: 5, calls: 5 },
    remaining: { experiments: 20, level: 0.95, calls: { expected: 20 } },
    models: [{ model: 'gpt4o', experiments: 20 }],
    cells: [{ model: 'gpt4o', population: 'p', tried: 5 }],
  });
  expect(await cli('run-experiments', '--pilot', '4')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Pass --pilot 5 or more.'),
  });
});
