import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemTiming, type Timing } from '../../src/clock.ts';
import type { Database } from '../../src/db/connect.ts';
import { type ExperimentRunOptions, runPendingExperiments } from '../../src/experiments/run.ts';
import {
  overviewOfAttempts,
  overviewOfFailures,
} from '../../src/experiments/status/failures-store.ts';
import { openProvider } from '../../src/providers/open.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { providerSettings } from '../../src/providers/settings.ts';
import { readBudget, recount } from '../../src/runner/budget/budget-store.ts';
import type { RunProgress, RunSummary } from '../../src/runner/tally.ts';
import type { RetryReason } from '../../src/runner/task.ts';
import { freshPlace, optionsFor, runPersonas, simulatedAt, startPersonas } from '../support/cli.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import {
  type Behaviour,
  breaksDown,
  fails,
  filters,
  hangs,
  MisbehavingServer,
  type Respond,
  refuses,
  rejectsRequest,
  type Seen,
  says,
  throttles,
  truncates,
} from '../support/misbehaving-server.ts';
import {
  configFor,
  importLines,
  messagesOf,
  people,
  register,
  registerPeople,
  sheet,
} from '../support/study.ts';
import { verified } from '../support/verification.ts';

const RETRY = 'PERSONAS_PROVIDERS__SIMULATED__RETRY__';
const personOf = (seen: Seen) => Number(/I am person (\d+) /.exec(messagesOf(seen).system)![1]);

describe.each(DATABASES)('an experiment that fails (%s)', (kind) => {
  let database: Database;
  let server: MisbehavingServer;
  let respond: Respond;
  beforeEach(async () => {
    database = await testDatabase(kind);
    respond = () => says(sheet());
    server = await MisbehavingServer.start((request, index) => respond(request, index));
  });
  afterEach(async () => {
    // Whatever happened, what is stored follows from what it was made of.
    expect((await verified(database)).lines).toEqual([]);
    await server[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  /**
   * Waits for a reply to this person for a second only; no other call times out, however slow the
   * machine is.
   */
  const impatientWith = (person: number) => async (): Promise<Provider> => {
    const waiting = (seconds: string) => {
      const config = configFor(server.openaiBaseUrl, {
        PERSONAS_PROVIDERS__SIMULATED__TIMEOUT_S: seconds,
      });
      return openProvider(providerSettings(config, 'simulated', null, 8));
    };
    const [quick, patient] = await Promise.all([waiting('1'), waiting('600')]);
    return {
      name: patient.name,
      complete: (request, signal) =>
        (request.system?.includes(`I am person ${person} `) ? quick : patient).complete(
          request,
          signal,
        ),
      async [Symbol.asyncDispose]() {
        await Promise.all([quick[Symbol.asyncDispose](), patient[Symbol.asyncDispose]()]);
      },
    };
  };

  const run = (
    options: ExperimentRunOptions = {},
    environment: Record<string, string> = {},
  ): Promise<RunSummary> =>
    runPendingExperiments(database, configFor(server.openaiBaseUrl, environment), options);
  const kinds = async () => {
    const { t, db } = database;
    const { rows } = await sql<{
      kind: string | null;
    }>`select d.last_kind as kind from ${t.experiment_details} d
      join ${t.experiments_list} using (experiment_id) order by personality_id`.execute(db);
    return rows.map((row) => row.kind);
  };
  const study = async (persons: number) => {
    await importLines(database, people('p', persons));
    await register(database, ['p']);
  };

  test('keeps the kind of its failure, and a run can be limited to one kind', async () => {
    const troubles: readonly (readonly [RetryReason | null, Behaviour])[] = [
      [null, truncates(`${sheet()}\n\n`)],
      ['content_filter', filters()],
      ['content_filter', fails(400, 'Filtered.', { openai: 'content_filter' })],
      ['refused', refuses()],
      ['server', breaksDown()],
      ['timeout', hangs()],
      ['unparseable', says('Yes, no, yes.')],
      ['truncated', truncates(`${sheet()}\nI answered`)],
      ['bad_request', rejectsRequest()],
    ];
    await study(troubles.length);
    respond = (request) => troubles[personOf(request) - 1]![1];
    const hanging = troubles.findIndex(([reason]) => reason === 'timeout') + 1;
    const first = await run({ provider: impatientWith(hanging) });
    expect(first).toMatchObject({ succeeded: 1, failed: troubles.length - 1 });
    expect(await kinds()).toEqual(troubles.map(([reason]) => reason));

    respond = () => says(sheet());
    const asked = async (...retry: RetryReason[]) => {
      const before = server.seen.length;
      await run({ retry });
      return server.seen.slice(before).map(personOf).sort();
    };
    expect(await asked('timeout')).toEqual([6]);
    expect(await asked('timeout')).toEqual([]);
    expect(await asked('content_filter')).toEqual([2, 3]);
    expect(await asked('truncated', 'bad_request')).toEqual([8, 9]);
    // An outcome holds all of its kinds.
    expect(await asked('failed', 'refused')).toEqual([4, 5]);
    expect(await kinds()).toEqual([null, null, null, null, null, null, 'unparseable', null, null]);
  });

  test('is counted by model, condition and reason, the first attempt apart from the later ones', async () => {
    await importLines(database, [...people('p', 4), ...people('borderline_maxN_sim_spain826', 3)]);
    await register(database, ['p', 'borderline_maxN_sim_spain826'], { models: ['sim-gpt4o'] });
    const asked = new Map<string, number>();
    respond = (request) => {
      const { system } = messagesOf(request);
      const time = (asked.get(system) ?? 0) + 1;
      asked.set(system, time);
      const person = personOf(request);
      if (system.includes('borderline'))
        return person === 1 ? breaksDown() : refuses(`No ${person}, ${'never '.repeat(person)}`);
      return person === 1 && time === 1 ? says('Let me think.') : says(sheet());
    };
    await run({ batchSize: 7 });
    await importLines(database, [{ population: 'later', ref: 1 }]);
    await register(database, ['later']);
    const attempts = await overviewOfAttempts(database, null);
    // Databases differ in whether capitals come first.
    expect(
      attempts.toSorted((a, b) =>
        a.condition!.toLowerCase().localeCompare(b.condition!.toLowerCase()),
      ),
    ).toEqual([
      {
        model: 'sim-gpt4o',
        condition: 'later',
        experiments: 1,
        firstAttempt: 0,
        laterAttempt: 0,
        brought: 0,
        failed: 0,
        untried: 1,
      },
      {
        model: 'sim-gpt4o',
        condition: 'MaxN',
        experiments: 3,
        firstAttempt: 0,
        laterAttempt: 0,
        brought: 0,
        failed: 3,
        untried: 0,
      },
      {
        model: 'sim-gpt4o',
        condition: 'p',
        experiments: 4,
        firstAttempt: 3,
        laterAttempt: 1,
        brought: 0,
        failed: 0,
        untried: 0,
      },
    ]);
    const failures = await overviewOfFailures(database, null, 10);
    expect(failures).toMatchObject([
      {
        condition: 'MaxN',
        outcome: 'refused',
        kind: 'refused',
        experiments: 2,
        firstAttempt: 2,
        laterAttempt: 0,
        closed: 0,
      },
      {
        condition: 'MaxN',
        outcome: 'failed',
        kind: 'server',
        experiments: 1,
        firstAttempt: 0,
        laterAttempt: 1,
        closed: 0,
      },
    ]);
    expect(failures[0]!.reason).toContain('the model refused: No ');
    const example = await database.db
      .selectFrom('experiment_details')
      .select(['last_outcome', 'last_reason'])
      .where('experiment_id', '=', failures[0]!.example)
      .executeTakeFirst();
    expect(example).toEqual({ last_outcome: 'refused', last_reason: failures[0]!.reason });
    expect(await overviewOfFailures(database, null, 1)).toHaveLength(1);
    expect(await overviewOfFailures(database, [2], 10)).toEqual([]);
  });

  test('and waits for its next attempt holds no other up, and is shown as waiting', async () => {
    await study(5);
    respond = (request, index) =>
      personOf(request) === 3 && !server.seen.slice(0, index).some((one) => personOf(one) === 3)
        ? breaksDown()
        : says(sheet());
    const others = Promise.withResolvers<void>();
    // The wait before the second attempt lasts until everybody else is done; any other one is as
    // long as it says.
    const timing: Timing = {
      ...systemTiming,
      random: () => 0,
      sleep: (ms, signal) =>
        ms === 7000
          ? Promise.race([others.promise, systemTiming.sleep(60_000, signal)])
          : systemTiming.sleep(ms, signal),
    };
    const seen: RunProgress[] = [];
    const summary = await run(
      {
        maxWorkers: 1,
        timing,
        onProgress: (progress) => {
          seen.push(progress);
          if (progress.succeeded === 4) others.resolve();
        },
      },
      { [`${RETRY}BASE_DELAY_S`]: '7' },
    );
    expect(summary).toMatchObject({ succeeded: 5, failed: 0, retries: 1, calls: 6, waiting: [] });
    expect(seen.find((progress) => progress.waiting.length > 0)!.waiting).toMatchObject([
      { reason: 'server', tasks: 1 },
    ]);
    expect(personOf(server.seen.at(-1)!)).toBe(3);
    expect(seen.every((progress) => progress.underWay <= 1)).toBe(true);
  });

  test('by timeout leaves its calls in doubt, in the running budget and in a recount', async () => {
    await study(3);
    respond = (request) =>
      personOf(request) === 2 ? hangs() : personOf(request) === 3 ? breaksDown() : says(sheet());
    expect(await run({ maxWorkers: 1, provider: impatientWith(2) })).toMatchObject({
      succeeded: 1,
      failed: 2,
      calls: 7,
    });
    const kept = await readBudget(database);
    // A provider that answers with an error has not worked for it; of one that was not waited for
    // that is not known.
    expect(kept).toMatchObject({
      spent: { calls: 4 },
      reserved: { calls: 0 },
      unconfirmed: { calls: 3 },
    });
    expect(kept.unconfirmed.tokens).toBeGreaterThan(0);
    expect(await recount(database)).toMatchObject({
      spent: { calls: 4 },
      reserved: { calls: 0 },
      unconfirmed: { calls: 3 },
    });
  });

  test('is left as it was when the run is stopped while all wait', async () => {
    await study(3);
    respond = () => breaksDown();
    const stop = new AbortController();
    const summary = await run(
      {
        signal: stop.signal,
        onProgress: ({ waiting }) => (waiting[0]?.tasks === 3 ? stop.abort() : undefined),
      },
      {
        [`${RETRY}BASE_DELAY_S`]: '3600',
        [`${RETRY}MAX_DELAY_S`]: '3600',
        [`${RETRY}TOTAL_S`]: '100000',
      },
    );
    expect(summary).toMatchObject({
      endedBy: 'signal',
      succeeded: 0,
      failed: 0,
      remaining: 3,
      calls: 3,
    });
    expect(await kinds()).toEqual([null, null, null]);
    respond = () => says(sheet());
    expect(await run()).toMatchObject({ succeeded: 3, remaining: 0 });
  });

  test('because the provider asks for too long a wait ends the run with one message', async () => {
    await study(30);
    respond = () => throttles('86400');
    const summary = await run({ maxWorkers: 2 });
    expect(summary).toMatchObject({ endedBy: 'provider', succeeded: 0, remaining: 30 });
    expect(summary.message).toMatch(
      /throttled: .*asks for a pause of 86400 s; the limit is 3600 s/,
    );
    expect(server.seen.length).toBeLessThanOrEqual(2);
  });

  test('is retried by the settings of its kind', async () => {
    await study(2);
    respond = (request) => (personOf(request) === 1 ? refuses() : says('Hm.'));
    const environment = {
      [`${RETRY}KINDS__REFUSED__ATTEMPTS`]: '4',
      [`${RETRY}KINDS__UNPARSEABLE__SAME_IN_A_ROW`]: '2',
    };
    expect(await run({}, environment)).toMatchObject({ failed: 2, calls: 6 });
    expect(server.seen.filter((one) => personOf(one) === 1)).toHaveLength(4);
    const { rows } = await sql<{
      reason: string;
    }>`select last_reason as reason from ${database.t.experiment_details}
      where last_outcome = 'unparseable'`.execute(database.db);
    expect(rows[0]!.reason).toMatch(/\(the same 2 times in a row\)$/);
  });
});

describe.each(DATABASES)('the command line (%s)', (kind) => {
  test('ends at once on Ctrl-C while all wait, and shows what failed with an example', async () => {
    await using place = freshPlace(kind);
    await registerPeople(place, 6);
    await using server = await MisbehavingServer.start(() => breaksDown());
    const env = {
      ...simulatedAt(server.openaiBaseUrl),
      [`${RETRY}BASE_DELAY_S`]: '3000',
      [`${RETRY}MAX_DELAY_S`]: '3000',
      [`${RETRY}JITTER`]: '0',
    };
    const options = { cwd: place.folder, env };
    const waiting = startPersonas(
      ['run-experiments', ...optionsFor(place), '--max-workers', '2', '--json'],
      options,
    );
    await waiting.says(/"waiting":\[\{"reason":"server","tasks":\d/);
    waiting.child.kill('SIGINT');
    const ended = await Promise.race([waiting.ended, pause(60_000, null, { ref: false })]);
    expect(ended).toMatchObject({ code: 130, signal: null });
    expect(JSON.parse(ended!.stdout)).toMatchObject({
      succeeded: 0,
      failed: 0,
      remaining: 6,
      ended_by: 'signal',
    });

    const quick = { ...options, env: { ...env, [`${RETRY}BASE_DELAY_S`]: '0' } };
    expect(
      await runPersonas(['run-experiments', ...optionsFor(place), '--batch-size', '2'], quick),
    ).toMatchObject({ code: 1 });
    const status = await runPersonas(
      ['status', '--failures', '--json', ...optionsFor(place)],
      quick,
    );
    expect(status.code).toBe(0);
    const { attempts, failures } = JSON.parse(status.stdout);
    expect(attempts).toMatchObject([
      { model: 'sim-gpt4o', condition: 'p', experiments: 6, imported: 0, failed: 2, untried: 4 },
    ]);
    expect(failures).toMatchObject([
      { outcome: 'failed', kind: 'server', experiments: 2, firstAttempt: 0, laterAttempt: 2 },
    ]);
    const shown = await runPersonas(
      ['show', String(failures[0].example), ...optionsFor(place)],
      quick,
    );
    expect(shown.stdout).toContain('The server had an error');
    const text = await runPersonas(['status', '--failures', ...optionsFor(place)], quick);
    expect(text.stdout).toMatch(/server +2 +0 +2 /);
  });
});
