/**
 * Runs over several providers and models, of which some are of no use: those are closed, and the
 * others go on.
 */
import { tmpdir } from 'node:os';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { type ConfigValues, loadConfig } from '../../src/config/load.ts';
import type { Database } from '../../src/db/connect.ts';
import { openMigrated } from '../../src/db/connect.ts';
import { registerQuestionnaireExperiments } from '../../src/experiments/registration/register.ts';
import { type ExperimentRunOptions, runPendingExperiments } from '../../src/experiments/run.ts';
import { overviewOfFailures } from '../../src/experiments/status/failures-store.ts';
import { overviewOfOutcomes } from '../../src/experiments/status/outcomes-store.ts';
import { createCatalogue } from '../../src/models/catalogue.ts';
import type { RunProgress, RunSummary } from '../../src/runner/tally.ts';
import { freshPlace, optionsFor, runPersonas, simulatedAt } from '../support/cli.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import {
  type Behaviour,
  breaksDown,
  fails,
  MisbehavingServer,
  type Respond,
  refuses,
  rejectsKey,
  says,
  spendsQuota,
  throttles,
  truncates,
} from '../support/misbehaving-server.ts';
import { importLines, people, register, requestFor, sheet } from '../support/study.ts';

const UNKNOWN: Behaviour = fails(404, 'The model does not exist', { openai: 'model_not_found' });

describe.each(DATABASES)('what is of no use is closed, and the rest goes on (%s)', (kind) => {
  let database: Database;
  let server: MisbehavingServer;
  let respond: Respond;
  beforeEach(async () => {
    database = await testDatabase(kind);
    respond = () => says(sheet());
    server = await MisbehavingServer.start((request, index) => respond(request, index));
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  /** Models named `PROVIDER-MODEL`, each of a provider of its own name. */
  const configOf = (
    models: readonly string[],
    more: Readonly<Record<string, unknown>> = {},
  ): Config => {
    const values: ConfigValues = {
      models: Object.fromEntries(
        models.map((name) => [name, { provider: providerOf(name), model_id: name }]),
      ),
      providers: Object.fromEntries(
        models.map((name) => [
          providerOf(name),
          { base_url: server.openaiBaseUrl, retry: { base_delay_s: 0 }, ...more },
        ]),
      ),
    };
    return loadConfig({ config: values }, {}, tmpdir());
  };
  const providerOf = (name: string) => name.split('-')[0]!;
  const study = async (
    models: readonly string[],
    each: number,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<Config> => {
    const config = configOf(models, more);
    await importLines(
      database,
      models.flatMap((model) => people('p', each, { model })),
    );
    await registerQuestionnaireExperiments(
      database,
      createCatalogue(config.models),
      requestFor(['p'], { models }),
    );
    return config;
  };
  const run = (config: Config, options: ExperimentRunOptions = {}): Promise<RunSummary> =>
    runPendingExperiments(database, config, options);
  const succeeded = async () => {
    const { rows } = await sql<{
      model: string;
      count: number;
    }>`select model, count(*)::int as count
      from ${database.t.experiments_list} where succeeded group by 1 order by 1`.execute(
      database.db,
    );
    return Object.fromEntries(rows.map((row) => [row.model, row.count]));
  };
  const asked = (model: string) => server.seen.filter((one) => one.model === model).length;

  test.each<[string, Behaviour, string[]]>([
    ['a wrong key closes its provider', rejectsKey(), ['bad-one', 'bad-two']],
    ['an empty account closes its provider', spendsQuota(), ['bad-one', 'bad-two']],
    ['an unknown model closes that model only', UNKNOWN, ['bad-one']],
    ['a quota of days closes its model only', throttles('86400'), ['bad-one']],
  ])('%s', async (_, trouble, closed) => {
    const models = ['bad-one', 'bad-two', 'good-one'];
    const config = await study(models, 12);
    respond = ({ model }) => (closed.includes(model) ? trouble : says(sheet()));
    const seen: RunProgress[] = [];
    const summary = await run(config, {
      maxWorkers: 2,
      onProgress: (progress) => seen.push(progress),
    });
    const open = models.filter((model) => !closed.includes(model));
    expect(await succeeded()).toEqual(Object.fromEntries(open.map((model) => [model, 12])));
    const [only] = summary.closed;
    expect(summary.closed).toHaveLength(1);
    expect(only).toMatchObject({
      provider: 'bad',
      model: closed.length === 1 ? 'bad-one' : null,
      subject: null,
    });
    expect(summary).toMatchObject({
      endedBy: 'nothing left',
      remaining: 12 * closed.length,
      message: expect.stringContaining('bad'),
    });
    // No more than what was under way when it was told.
    expect(closed.reduce((sum, model) => sum + asked(model), 0)).toBeLessThanOrEqual(4);
    expect(seen.at(-1)!.closed).toEqual(summary.closed);

    respond = () => says(sheet());
    expect(await run(config)).toMatchObject({
      succeeded: 12 * closed.length,
      remaining: 0,
      closed: [],
    });
  });

  test('when all are closed the run ends, and says each', async () => {
    const config = await study(['one-a', 'two-a', 'three-a'], 40);
    respond = ({ model }) =>
      model === 'three-a' ? UNKNOWN : model === 'two-a' ? spendsQuota() : rejectsKey();
    const summary = await run(config, { maxWorkers: 2 });
    expect(summary).toMatchObject({ endedBy: 'provider', succeeded: 0, remaining: 120 });
    expect(summary.message).toMatch(/^provider one: authentication: .*$/m);
    expect(summary.message).toMatch(/^provider two: quota: .*$/m);
    expect(summary.message).toMatch(/^model three-a of three: unknown_model: .*$/m);
    expect(server.seen.length).toBeLessThanOrEqual(12);
  });

  test('a provider that nobody reaches is closed after twenty failures, and the others go on', async () => {
    const config = await study(['gone-a', 'good-a'], 60);
    respond = ({ model }) => (model === 'gone-a' ? breaksDown() : says(sheet()));
    const summary = await run(config);
    expect(await succeeded()).toEqual({ 'good-a': 60 });
    expect(summary.closed).toMatchObject([
      {
        scope: 'provider',
        provider: 'gone',
        reason: expect.stringContaining('20 in a row failed alike'),
      },
    ]);
  });

  test.each<[string, string, (index: number) => Behaviour, number]>([
    [
      'of 96 replies of no use not a third is paid for',
      'unparseable',
      (index) => says(`Reply ${index}: I would rather talk.`),
      3,
    ],
    [
      'replies that are cut off are asked for once each',
      'truncated',
      () => truncates('{"1": "True", "2"'),
      1,
    ],
    [
      'requests that are turned down in other words each time',
      'bad_request',
      (index) => fails(400, `Request ${index} is bad.`),
      1,
    ],
  ])(
    '%s, and the model that is up to it is heard to the end',
    async (_, kindOfFailure, trouble, attempts) => {
      const config = await study(['x-weak', 'x-strong'], 96);
      respond = ({ model }, index) => (model === 'x-weak' ? trouble(index) : says(sheet()));
      const summary = await run(config, { maxWorkers: 8 });
      expect(await succeeded()).toEqual({ 'x-strong': 96 });
      expect(summary.closed).toMatchObject([
        { scope: 'subject', provider: 'x', model: 'x-weak', subject: 'epqra' },
      ]);
      expect(summary.message).toContain(
        `x-weak with epqra: none was answered, and 10 failed alike (${kindOfFailure}`,
      );
      // Ten tasks, and those that were at work beside them.
      expect(asked('x-weak')).toBeLessThanOrEqual((10 + 8) * attempts);
      expect(summary.failures).toHaveLength(1);
      expect(summary.failures[0]).toMatchObject({
        kind: expect.stringMatching(kindOfFailure),
        count: summary.failed,
      });
      // By kind, whatever the words.
      expect(await overviewOfFailures(database, null, 10)).toMatchObject([
        { model: 'x-weak', kind: kindOfFailure, experiments: summary.failed },
      ]);
      const outcomes = await overviewOfOutcomes(database);
      expect(outcomes.filter((one) => one.kind === kindOfFailure)).toMatchObject([
        { experiments: summary.failed },
      ]);
    },
  );

  test('how many are enough can be said', async () => {
    const config = await study(['x-weak'], 40);
    respond = () => says('Hm.');
    const summary = await run(config, { maxWorkers: 1, stopAfter: 3 });
    expect(summary).toMatchObject({
      endedBy: 'provider',
      remaining: 40,
      message: expect.stringContaining('3 failed alike (unparseable'),
    });
    // The fourth may have begun before the third was read.
    expect(summary.calls).toBeLessThanOrEqual(4 * 3);
    expect(await run(config, { maxWorkers: 1, stopAfter: 100 })).toMatchObject({
      failed: 40,
      closed: [],
    });
  });

  test('refusals are findings, and all of them are wanted', async () => {
    const config = await study(['x-shy'], 30);
    respond = () => refuses();
    expect(await run(config)).toMatchObject({
      failed: 30,
      calls: 30,
      closed: [],
      endedBy: 'nothing left',
    });
  });

  test('max_workers of a provider holds for all its models together, and for no other provider', async () => {
    const config = await study(['slow-a', 'slow-b', 'quick-a'], 6);
    const limited = {
      ...config,
      providers: { ...config.providers, slow: { ...config.providers.slow!, max_workers: 1 } },
    };
    let atOnce = 0;
    let most = 0;
    respond = async ({ model }) => {
      if (providerOf(model) !== 'slow') return says(sheet());
      most = Math.max(most, ++atOnce);
      // Long enough for another call to arrive, if there were one.
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      atOnce--;
      return says(sheet());
    };
    expect(await run(limited)).toMatchObject({ succeeded: 18, calls: 18 });
    expect(most).toBe(1);
  });
});

test('the end of a run says what was closed, why, what is pending and what to do, and the exit code is 1', async () => {
  await using place = freshPlace('embedded');
  {
    await using database = await openMigrated(place);
    await importLines(database, [...people('p', 4), ...people('p', 4, { model: 'sim-gpt35' })]);
    await register(database, ['p'], { models: ['sim-gpt4o', 'sim-gpt35'] });
  }
  await using server = await MisbehavingServer.start(({ model }) =>
    model.includes('gpt-3.5') ? UNKNOWN : says(sheet()),
  );
  const options = { cwd: place.folder, env: simulatedAt(server.openaiBaseUrl) };
  const ended = await runPersonas(
    ['run-experiments', ...optionsFor(place), '--max-workers', '1'],
    options,
  );
  expect(ended.code).toBe(1);
  expect(ended.stderr).toMatch(
    /Stopped in part, while the rest continued:\nmodel sim-gpt35 of simulated: unknown_model: .*\n4 experiments remain pending\.\nCorrect this and run the same command again/,
  );
  expect(ended.stdout).toMatch(/4 succeeded, [12] failed, 4 pending/);
  expect(ended.stdout).toMatch(/failed +unknown_model +unknown_model: /);
});
