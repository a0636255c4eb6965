import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunSummary } from '../../src/asking/run.ts';
import { loadConfig } from '../../src/config.ts';
import type { Database } from '../../src/database/connect.ts';
import { type RunOptions, runPendingExperiments } from '../../src/experiments/run.ts';
import { createCatalogue } from '../../src/providers/models.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import { MisbehavingServer, type Respond, says, throttles } from '../support/misbehaving-server.ts';
import { importLines, messagesOf, people, register, sheet, temporaryFolder } from '../support/study.ts';

const PERSONAS = 20;
/** What one reply of the server costs at the list price of gpt4o: 720 tokens in, 240 out. */
const CALL_USD = (720 * 2.5 + 240 * 10) / 1e6;
/** What is set aside for a call is more, since nobody knows before how much a model will say: 1,000 tokens at most. */
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
      { OPENAI_API_KEY: 'none', OPENAI_BASE_URL: server.openaiBaseUrl, PERSONAS_PROVIDERS__OPENAI__RETRY__BASE_DELAY_S: '0' },
      folder,
    );
  const run = (options: RunOptions): Promise<RunSummary> => runPendingExperiments(database, config(), options);
  /** US dollars, as the rows of the calls say. */
  const spent = async () => {
    const { t, db } = database;
    const { rows } = await sql<{ usd: number }>`select coalesce(sum((request_metadata->>'cost_usd')::double precision), 0) as usd
      from ${t.experiment_request_metadata}`.execute(db);
    return rows[0]!.usd;
  };

  test.each([1, 8])('with %i workers: is never passed, and another one goes on', async (maxWorkers) => {
    const limit = 0.05;
    const first = await run({ maxCost: limit, maxWorkers });
    expect(first).toMatchObject({ endedBy: 'budget', failed: 0, remaining: PERSONAS - first.succeeded });
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
  });

  test('is kept where a letter is a token: the dearest call is not guessed from English', async () => {
    await importLines(database, people('q', PERSONAS, { model: 'gpt4o', description: '私は静かな人間です。'.repeat(200) }));
    await register(database, ['q'], { models: ['gpt4o'] });
    respond = (request) => {
      const { system, user } = messagesOf(request);
      const letters = [...system].filter((letter) => letter > '\u3000').length;
      return says(sheet(), { usage: { input: Math.round((system.length + user.length - letters) / 4) + letters, output: 1000 } });
    };
    const first = await run({ groups: [2], batchSize: 1 });
    const limit = 2 * first.costUsd - 0.0001;
    const second = await run({ groups: [2], maxCost: limit, maxWorkers: 1 });
    expect(second).toMatchObject({ endedBy: 'budget', succeeded: 1 });
    expect(second.costUsd).toBeLessThanOrEqual(limit);
  });

  test('less than one call: nothing is asked', async () => {
    expect(await run({ maxCost: 0.001 })).toMatchObject({ endedBy: 'budget', calls: 0, remaining: PERSONAS });
    expect(server.seen).toHaveLength(0);
  });

  test('calls that were put off cost nothing', async () => {
    respond = (_, index) => (index < 30 ? throttles('0') : says(sheet()));
    // Enough for all the experiments, not for thirty calls more.
    const limit = (PERSONAS + 1) * DEAREST_CALL_USD;
    expect(await run({ maxCost: limit, maxWorkers: 1 })).toMatchObject({ succeeded: PERSONAS, remaining: 0, endedBy: 'nothing left' });
  });

  test('cannot be kept for a model without a price, which is said before anybody is asked', async () => {
    using folder = temporaryFolder();
    const priceless = { ...config(folder.path), models: { gpt4o: { price: null } } };
    expect(createCatalogue(priceless.models).find('gpt4o').price).toBeNull();
    await expect(runPendingExperiments(database, priceless, { maxCost: 1 })).rejects.toMatchObject({
      name: 'UserError',
      exitCode: 2,
      message: 'The model gpt4o has no price, so --max-cost cannot be kept',
    });
    expect(server.seen).toHaveLength(0);
    expect(await run({ maxCost: 1 })).toMatchObject({ succeeded: PERSONAS });
  });
});
