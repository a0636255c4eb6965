import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/connect.ts';
import { type ExperimentRunOptions, runPendingExperiments } from '../../src/experiments/run.ts';
import { closeGroups } from '../../src/experiments/run-store.ts';
import type { RunSummary } from '../../src/runner/tally.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import { MisbehavingServer, type Respond, refuses, says } from '../support/misbehaving-server.ts';
import {
  configFor,
  EPQRA,
  importLines,
  messagesOf,
  people,
  register,
  sheet,
} from '../support/study.ts';

const ITEMS = EPQRA.items.length;

/** Which experiments a run is about, and what it leaves alone. */
describe.each(DATABASES)('the scope of a run (%s)', (kind) => {
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

  const run = (options: ExperimentRunOptions = {}): Promise<RunSummary> =>
    runPendingExperiments(database, configFor(server.openaiBaseUrl), options);
  /** State of every experiment in order of id. */
  const state = async () => {
    const { t, db } = database;
    const { rows } = await sql<{
      succeeded: boolean | null;
      explanation: string | null;
      outcome: string | null;
      reason: string | null;
      answers: number;
      yes: number;
      calls: number;
    }>`select e.succeeded, e.llm_explanation as explanation, d.last_outcome as outcome, d.last_reason as reason,
        (select count(*)::int from ${t.eval_questionnaires} a where a.experiment_id = e.experiment_id) as answers,
        (select coalesce(sum(answer), 0)::int from ${t.eval_questionnaires} a where a.experiment_id = e.experiment_id) as yes,
        (select count(*)::int from ${t.experiment_request_metadata} m where m.experiment_id = e.experiment_id) as calls
      from ${t.experiments_list} e left join ${t.experiment_details} d using (experiment_id) order by e.experiment_id`.execute(
      db,
    );
    return rows;
  };
  const flags = () =>
    database.db
      .selectFrom('experiments_groups')
      .select(['processed', 'concluded'])
      .orderBy('experiments_group_id')
      .execute();
  const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

  test('imported rows are run only when their group is named', async () => {
    await importLines(database, people('p', 4));
    await register(database, ['p']);
    await register(database, ['p'], { again: true });
    const { t, db } = database;
    await sql`update ${t.experiment_details} set origin = 'imported' where experiments_group_id = 1`.execute(
      db,
    );
    expect(await run()).toMatchObject({ succeeded: 4, calls: 4 });
    expect((await state()).map((row) => row.succeeded)).toEqual([
      ...times(4, null),
      ...times(4, true),
    ]);
    expect(await run()).toMatchObject({ succeeded: 0, calls: 0 });
    expect(await flags()).toEqual([
      { processed: false, concluded: false },
      { processed: true, concluded: true },
    ]);
    expect(await run({ groups: [1] })).toMatchObject({ succeeded: 4, calls: 4, remaining: 0 });
    expect(await state()).toMatchObject(times(8, { succeeded: true, answers: ITEMS, calls: 1 }));
  });

  test('a rerun leaves the old answers in place until the new ones are stored', async () => {
    await importLines(database, people('p', 3));
    await register(database, ['p']);
    respond = () => says(sheet(() => true, 'old'));
    await run();
    const gate = Promise.withResolvers<void>();
    respond = async () => {
      await gate.promise;
      return says(sheet((number) => number === 1, 'new'));
    };
    const rerun = run({ rerun: true });
    await server.arrived(6);
    expect(await state()).toMatchObject(
      times(3, { succeeded: true, explanation: 'old', answers: ITEMS, yes: ITEMS, calls: 1 }),
    );
    expect(await flags()).toEqual([{ processed: true, concluded: true }]);
    gate.resolve();
    expect(await rerun).toMatchObject({ succeeded: 3, failed: 0, calls: 3 });
    // The old replies are still among the calls.
    expect(await state()).toMatchObject(
      times(3, { succeeded: true, explanation: 'new', answers: ITEMS, yes: 1, calls: 2 }),
    );
    expect(await run()).toMatchObject({ calls: 0 });
  });

  test('a closed group is given up with the reason; of what is in hand the calls are kept and the answers are not', async () => {
    await importLines(database, people('p', 40));
    await register(database, ['p']);
    await run({ batchSize: 2 });
    const gate = Promise.withResolvers<void>();
    respond = async () => {
      await gate.promise;
      return says(sheet());
    };
    const running = run({ maxWorkers: 2 });
    await server.arrived(4);
    expect(await closeGroups(database, [1], 'the budget is spent')).toBe(38);
    expect(await flags()).toEqual([{ processed: false, concluded: true }]);
    gate.resolve();
    const summary = await running;
    expect(summary).toMatchObject({ succeeded: 0, failed: 0, remaining: 0 });
    // Those under way and the few that were claimed for the next free place.
    expect(summary.calls).toBeLessThan(16);
    expect(server.seen).toHaveLength(2 + summary.calls);
    const rows = await state();
    expect(rows.filter((row) => row.succeeded === true)).toMatchObject(
      times(2, { answers: ITEMS, calls: 1, reason: null }),
    );
    const closed = rows.filter((row) => row.succeeded === false);
    expect(closed).toMatchObject(
      times(38, { answers: 0, explanation: null, reason: 'the budget is spent' }),
    );
    expect(closed.reduce((sum, row) => sum + row.calls, 0)).toBe(summary.calls);
    expect(await flags()).toEqual([{ processed: false, concluded: true }]);
    expect(await run()).toMatchObject({ calls: 0 });
    expect(await run({ retry: ['failed'] })).toMatchObject({ calls: 0 });
    expect(await run({ rerun: true })).toMatchObject({ calls: 2, succeeded: 2 });
  });

  test('retrying refusals asks nobody else', async () => {
    await importLines(database, people('p', 4));
    await register(database, ['p']);
    respond = (request) =>
      messagesOf(request).system.includes('person 2 ') ? refuses() : says(sheet());
    expect(await run({ batchSize: 4 })).toMatchObject({ succeeded: 3, failed: 1 });
    await importLines(database, people('q', 2));
    await register(database, ['q']);
    respond = () => says(sheet());
    expect(await run({ retry: ['refused'] })).toMatchObject({
      succeeded: 1,
      calls: 1,
      remaining: 2,
    });
    expect(messagesOf(server.seen.at(-1)!).system).toContain('person 2 of p');
    expect((await state()).map((row) => row.succeeded)).toEqual([
      ...times(4, true),
      ...times(2, null),
    ]);
  });
});
