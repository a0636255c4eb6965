import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { type Database, openMigrated } from '../../src/db/connect.ts';
import { type ExperimentRunOptions, runPendingExperiments } from '../../src/experiments/run.ts';
import { createCatalogue } from '../../src/models/catalogue.ts';
import { NOTHING } from '../../src/runner/budget/amounts.ts';
import { readBudget, recount, setLimits } from '../../src/runner/budget/budget-store.ts';
import type { RunSummary } from '../../src/runner/tally.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import {
  freshPlace,
  optionsFor,
  type Place,
  runPersonas,
  simulatedAt,
  startPersonas,
} from '../support/cli.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import {
  fails,
  MisbehavingServer,
  type Respond,
  says,
  throttles,
} from '../support/misbehaving-server.ts';
import {
  importLines,
  messagesOf,
  people,
  register,
  sheet,
  temporaryFolder,
} from '../support/study.ts';

const PERSONAS = 20;
/** What one reply of the server costs at the list price of gpt4o: 720 tokens in, 240 out. */
const CALL_USD = (720 * 2.5 + 240 * 10) / 1e6;
/**
 * What is set aside for a call is more, since nobody knows before how much a model will say: 1,000
 * tokens at most.
 */
const DEAREST_CALL_USD = (1000 * 2.5 + 1000 * 10) / 1e6;

describe.each(DATABASES)('a budget (%s)', (kind) => {
  let database: Database;
  let server: MisbehavingServer;
  let respond: Respond;
  beforeEach(async () => {
    database = await testDatabase(kind);
    respond = () => says(sheet());
    server = await MisbehavingServer.start((request, index) => respond(request, index));
    await importLines(database, people('p', PERSONAS, { model: 'gpt4o' }));
    await register(database, ['p'], { models: ['gpt4o'] });
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const config = (folder = '/') =>
    loadConfig(
      {},
      {
        OPENAI_API_KEY: 'none',
        OPENAI_BASE_URL: server.openaiBaseUrl,
        PERSONAS_PROVIDERS__OPENAI__RETRY__BASE_DELAY_S: '0',
      },
      folder,
    );
  const run = (options: ExperimentRunOptions): Promise<RunSummary> =>
    runPendingExperiments(database, config(), options);
  /** US dollars, as the rows of the calls say. */
  const spent = async () => {
    const { t, db } = database;
    const { rows } = await sql<{
      usd: number;
    }>`select coalesce(sum((request_metadata->>'cost_usd')::double precision), 0) as usd
      from ${t.experiment_request_metadata}`.execute(db);
    return rows[0]!.usd;
  };

  test.each([1, 8, 64])(
    'is never exceeded by %i workers, and another budget lets the study go on',
    async (maxWorkers) => {
      const limit = 0.05;
      const first = await run({ maxCost: limit, maxWorkers });
      expect(first).toMatchObject({
        endedBy: 'budget',
        failed: 0,
        remaining: PERSONAS - first.succeeded,
      });
      expect(first.calls).toBe(first.succeeded);
      expect(first.costUsd).toBeCloseTo(first.calls * CALL_USD, 10);
      expect(await spent()).toBeCloseTo(first.costUsd, 10);
      expect(first.costUsd).toBeLessThanOrEqual(limit);
      // It ended because as many more calls as there are workers could have passed the limit.
      expect(first.costUsd).toBeGreaterThan(limit - maxWorkers * DEAREST_CALL_USD);
      expect(first.calls).toBeGreaterThan(0);
      expect(await run({ maxCost: 10, maxWorkers })).toMatchObject({
        succeeded: PERSONAS - first.succeeded,
        remaining: 0,
        endedBy: 'nothing left',
      });
      expect(server.seen).toHaveLength(PERSONAS);
    },
  );

  test('is kept for texts in which each letter is a token', async () => {
    await importLines(
      database,
      people('q', PERSONAS, { model: 'gpt4o', description: '私は静かな人間です。'.repeat(200) }),
    );
    await register(database, ['q'], { models: ['gpt4o'] });
    respond = (request) => {
      const { system, user } = messagesOf(request);
      const letters = [...system].filter((letter) => letter > '\u3000').length;
      return says(sheet(), {
        usage: {
          input: Math.round((system.length + user.length - letters) / 4) + letters,
          output: 1000,
        },
      });
    };
    const first = await run({ groups: [2], batchSize: 1 });
    const limit = 2 * first.costUsd - 0.0001;
    const second = await run({ groups: [2], maxCost: limit, maxWorkers: 1 });
    expect(second).toMatchObject({ endedBy: 'budget', succeeded: 1 });
    expect(second.costUsd).toBeLessThanOrEqual(limit);
  });

  test('that is less than one call lets no call begin', async () => {
    expect(await run({ maxCost: 0.001 })).toMatchObject({
      endedBy: 'budget',
      calls: 0,
      remaining: PERSONAS,
    });
    expect(server.seen).toHaveLength(0);
  });

  test('is not charged for throttled calls', async () => {
    respond = (_, index) => (index < 30 ? throttles('0') : says(sheet()));
    // Enough for all the experiments, not for thirty calls more.
    const limit = (PERSONAS + 1) * DEAREST_CALL_USD;
    expect(await run({ maxCost: limit, maxWorkers: 1 })).toMatchObject({
      succeeded: PERSONAS,
      remaining: 0,
      endedBy: 'nothing left',
    });
  });

  test.each([1, 64])(
    'of calls is reached exactly and never exceeded by %i workers',
    async (maxWorkers) => {
      expect(await run({ maxCalls: 7, maxWorkers })).toMatchObject({
        endedBy: 'budget',
        calls: 7,
        succeeded: 7,
        message:
          "the run's --max-calls is 7 calls: 7 calls spent, 0 calls left, and the next call may take 1 call",
      });
      expect(await run({ maxCalls: 1, maxWorkers })).toMatchObject({ endedBy: 'budget', calls: 1 });
      expect(await run({ maxCalls: PERSONAS - 8, maxWorkers })).toMatchObject({
        endedBy: 'nothing left',
        remaining: 0,
      });
      expect(server.seen).toHaveLength(PERSONAS);
    },
  );

  test('of tokens is kept as one of dollars is', async () => {
    const limit = 10_000;
    const first = await run({ maxTokens: limit, maxWorkers: 64 });
    expect(first.endedBy).toBe('budget');
    expect(first.message).toMatch(/--max-tokens is 10,000 tokens: [\d,]+ tokens spent/);
    expect(first.inputTokens + first.outputTokens).toBeLessThanOrEqual(limit);
    // Only the last call is denied for what it might have taken.
    expect(first.inputTokens + first.outputTokens).toBeGreaterThan(limit - 2200);
  });

  test('counts an error of the provider as a call that costs nothing', async () => {
    const failed = new Set<string>();
    respond = (request) => {
      const { system } = messagesOf(request);
      if (failed.size === 5 || failed.has(system)) return says(sheet());
      failed.add(system);
      return fails(500, 'Something broke.');
    };
    const limit = (PERSONAS + 1) * DEAREST_CALL_USD;
    expect(await run({ maxCost: limit, maxCalls: PERSONAS + 5, maxWorkers: 1 })).toMatchObject({
      succeeded: PERSONAS,
      endedBy: 'nothing left',
    });
    expect((await readBudget(database)).spent).toMatchObject({ calls: PERSONAS + 5 });
  });

  test('of the study holds over several runs, says how to go on, and can be raised', async () => {
    await setLimits(database, { calls: 7 });
    expect(await run({ maxCalls: 3 })).toMatchObject({ endedBy: 'budget', calls: 3 });
    expect(await run({})).toMatchObject({
      endedBy: 'budget',
      calls: 4,
      message: expect.stringContaining("the study's budget is 7 calls"),
    });
    expect(await run({})).toMatchObject({ endedBy: 'budget', calls: 0 });
    await setLimits(database, { calls: null });
    expect(await run({})).toMatchObject({ endedBy: 'nothing left', remaining: 0 });
    const { spent, reserved, unconfirmed: doubt } = await readBudget(database);
    expect(spent).toMatchObject({ calls: PERSONAS, tokens: PERSONAS * 960 });
    expect(spent.usd).toBeCloseTo(PERSONAS * CALL_USD, 10);
    expect([reserved, doubt]).toEqual([NOTHING, NOTHING]);
    expect(await recount(database)).toMatchObject({
      spent: { calls: PERSONAS, tokens: PERSONAS * 960 },
    });
  });

  test('of the study counts calls that were stored before it was set', async () => {
    const first = await run({ maxCalls: 5 });
    await sql`update ${database.t.study_budget} set spent_usd = 0, spent_tokens = 0, spent_calls = 0`.execute(
      database.db,
    );
    expect(await setLimits(database, { usd: 1 })).toMatchObject({ spent: { calls: 5 } });
    expect((await readBudget(database)).spent.usd).toBeCloseTo(first.costUsd, 10);
  });

  test('in dollars is refused before any call for a model without a price', async () => {
    using folder = temporaryFolder();
    const priceless = { ...config(folder.path), models: { gpt4o: { price: null } } };
    expect(createCatalogue(priceless.models).find('gpt4o').price).toBeNull();
    await expect(runPendingExperiments(database, priceless, { maxCost: 1 })).rejects.toMatchObject({
      name: 'UserError',
      exitCode: 2,
      message: 'The model gpt4o has no price, so --max-cost cannot be kept',
    });
    await setLimits(database, { usd: 1 });
    await expect(runPendingExperiments(database, priceless, {})).rejects.toMatchObject({
      message: "The model gpt4o has no price, so the study's budget in dollars cannot be kept",
    });
    expect(server.seen).toHaveLength(0);
    expect(await run({ maxCost: 1 })).toMatchObject({ succeeded: PERSONAS });
  });
});

describe('a budget of a study that several processes spend', () => {
  const LIMIT = 37;

  async function placeWith(kind: 'embedded' | 'postgres', personas: number): Promise<Place> {
    const place = freshPlace(kind);
    await using database = await openMigrated(place);
    await importLines(database, people('p', personas));
    await register(database, ['p']);
    return place;
  }

  test('is never exceeded by four at once, and is used to its last call', async () => {
    await using place = await placeWith('postgres', 60);
    await using server = await MisbehavingServer.start(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return says(sheet());
    });
    const cli = (...args: string[]) =>
      runPersonas([...args, ...optionsFor(place), '--json'], {
        cwd: place.folder,
        env: simulatedAt(server.openaiBaseUrl),
      });
    expect(JSON.parse((await cli('budget', '--max-calls', String(LIMIT))).stdout)).toMatchObject({
      calls: { limit: LIMIT, spent: 0, left: LIMIT },
    });
    const ended = await Promise.all(
      Array.from({ length: 4 }, () => cli('run-experiments', '--max-workers', '64')),
    );
    for (const one of ended) {
      expect(one).toMatchObject({ code: 0 });
      expect(JSON.parse(one.stdout)).toMatchObject({ ended_by: 'budget' });
      expect(one.stderr).toMatch(/the study's budget is 37 calls.*personas budget/s);
    }
    expect(server.seen).toHaveLength(LIMIT);
    const status = JSON.parse((await cli('status')).stdout) as { budget: unknown };
    expect(status.budget).toMatchObject({
      calls: { limit: LIMIT, spent: LIMIT, under_way: 0, in_doubt: 0, left: 0 },
    });
  });

  test('counts the calls of a killed process as in doubt', async () => {
    await using place = await placeWith('embedded', 60);
    const HELD = 6;
    await using server = await MisbehavingServer.start((_, index) =>
      index < HELD ? { kind: 'hangs' } : says(sheet()),
    );
    const env = simulatedAt(server.openaiBaseUrl);
    const cli = (...args: string[]) =>
      runPersonas([...args, ...optionsFor(place), '--json'], { cwd: place.folder, env });
    await cli('budget', '--max-calls', '20');
    const killed = startPersonas(
      ['run-experiments', '--max-workers', String(HELD), ...optionsFor(place)],
      { cwd: place.folder, env },
    );
    await server.arrived(HELD);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const next = await cli('run-experiments');
    expect(JSON.parse(next.stdout)).toMatchObject({ ended_by: 'budget', succeeded: 20 - HELD });
    expect(server.seen).toHaveLength(20);
    expect(JSON.parse((await cli('budget')).stdout)).toMatchObject({
      calls: { limit: 20, spent: 20 - HELD, in_doubt: HELD, left: 0 },
    });
  });

  test('is set by the study file for the whole study and by an option for one run', async () => {
    await using place = freshPlace('embedded');
    await using simulator = await startSimulator();
    const file = path.join(place.folder, 'study.yaml');
    const study = (limits: string) =>
      writeFileSync(
        file,
        `name: tiny\nmodels: [sim-gpt4o]\nconditions: [Base]\nmax_personas: 6\nquestionnaires: [epqra]\nlimits: ${limits}\n`,
      );
    const pipeline = (...args: string[]) =>
      runPersonas(['pipeline', file, ...args, ...optionsFor(place)], {
        cwd: place.folder,
        env: simulatedAt(simulator.openaiBaseUrl),
      });
    const spent = async () => {
      await using database = await openMigrated(place);
      return (await readBudget(database)).spent.calls;
    };
    study('{ max_calls: 9 }');
    expect((await pipeline('--max-calls', '8')).stderr).toMatch(
      /the run's --max-calls is 2 calls: 2 calls spent/,
    );
    expect(await spent()).toBe(8);
    expect((await pipeline()).stderr).toMatch(
      /the study's budget is 9 calls: 9 calls spent, 0 calls left/,
    );
    expect(await spent()).toBe(9);
    study('{ max_calls: 100 }');
    expect(await pipeline()).toMatchObject({ code: 0 });
    expect(await spent()).toBe(12);
  });
});
