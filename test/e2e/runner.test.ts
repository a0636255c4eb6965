import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/connect.ts';
import { type ExperimentRunOptions, runPendingExperiments } from '../../src/experiments/run.ts';
import type { RunSummary, RunWarning } from '../../src/runner/tally.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import {
  type Behaviour,
  breaksDown,
  MisbehavingServer,
  type Respond,
  refuses,
  rejectsKey,
  type Seen,
  says,
  throttles,
} from '../support/misbehaving-server.ts';
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
const THREE_ATTEMPTS = 3;

describe.each(DATABASES)('a run (%s)', (kind) => {
  let database: Database;
  let server: MisbehavingServer;
  /** What the server does; tests put their own here. */
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

  const run = (
    options: ExperimentRunOptions = {},
    environment: Record<string, string> = {},
  ): Promise<RunSummary> =>
    runPendingExperiments(database, configFor(server.openaiBaseUrl, environment), options);
  const only = (behaviour: Behaviour) => {
    respond = () => behaviour;
  };
  const experiments = () =>
    database.db.selectFrom('experiments_list').selectAll().orderBy('experiment_id').execute();
  const details = () =>
    database.db.selectFrom('experiment_details').selectAll().orderBy('experiment_id').execute();
  const groups = () =>
    database.db
      .selectFrom('experiments_groups')
      .selectAll()
      .orderBy('experiments_group_id')
      .execute();
  const answersOf = async (id: number) => {
    const rows = await database.db
      .selectFrom('eval_questionnaires')
      .selectAll()
      .where('experiment_id', '=', id)
      .orderBy('question_number')
      .execute();
    return rows.map((row) => [row.question_number, row.answer]);
  };
  const calls = async () => {
    const { t, db } = database;
    const { rows } = await sql<{
      experiment_id: number;
      request_json: { messages: unknown };
      response_json: unknown;
      request_metadata: Record<string, unknown>;
      request_gzip: Uint8Array;
      response_gzip: Uint8Array | null;
    }>`select m.experiment_id, m.request_json, m.response_json, m.request_metadata, b.request_gzip, b.response_gzip
      from ${t.experiment_request_metadata} m left join ${t.call_bytes} b on b.request_metadata_id = m.id order by m.id`.execute(
      db,
    );
    return rows;
  };
  /**
   * Every experiment that succeeded has each item once, no other has any, and every call has a row.
   */
  const expectWhole = async () => {
    const expected = EPQRA.items.map((item) => item.number);
    for (const row of await experiments()) {
      const numbers = (await answersOf(row.experiment_id)).map(([number]) => number);
      expect(numbers).toEqual(row.succeeded === true ? expected : []);
    }
    expect(await calls()).toHaveLength(server.seen.length);
  };
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  const byBytes = (seen: readonly Seen[]) =>
    seen.map((one) => `${sha256(one.body)} ${sha256(one.sent)}`).sort();

  test('of a whole study stores each item once and every byte, sets the flags, and repeats no call', async () => {
    respond = ({ index }) =>
      says(
        sheet((number) => (number + index) % 3 === 0, `Explanation ${index}: José Núñez 東京 😀`),
      );
    await importLines(database, [...people('spain', 6, { repetitions: 2 }), ...people('peru', 3)]);
    await register(database, ['spain', 'peru']);
    expect(await groups()).toMatchObject([{ processed: false, concluded: false }]);
    const summary = await run();
    expect(summary).toMatchObject({
      succeeded: 15,
      failed: 0,
      remaining: 0,
      unrunnable: 0,
      calls: 15,
      retries: 0,
      endedBy: 'nothing left',
    });
    await expectWhole();
    const rows = await calls();
    for (const row of rows) {
      expect(row.request_metadata).toMatchObject({
        attempt: 1,
        outcome: 'answered',
        status: 200,
        error: null,
      });
      expect(row.request_metadata.request_sha256).toBe(sha256(gunzipSync(row.request_gzip)));
      expect(row.request_metadata.response_sha256).toBe(sha256(gunzipSync(row.response_gzip!)));
      expect(row.request_json).toEqual(JSON.parse(gunzipSync(row.request_gzip).toString()));
    }
    expect(
      rows
        .map(
          (row) => `${row.request_metadata.request_sha256} ${row.request_metadata.response_sha256}`,
        )
        .sort(),
    ).toEqual(byBytes(server.seen));
    for (const row of await experiments()) {
      expect(row.succeeded).toBe(true);
      const mine = rows.filter((one) => one.experiment_id === row.experiment_id);
      expect(mine).toHaveLength(1);
      const seen = server.seen.find(
        (one) => sha256(one.body) === mine[0]!.request_metadata.request_sha256,
      )!;
      expect(messagesOf(seen).system).toContain(
        `I am person ${row.personality_id} of ${row.population}.`,
      );
      expect(messagesOf(seen).user).toBe(EPQRA.prompt);
      // The answers are those of the very reply that this experiment's request got.
      const index = Number(/Explanation (\d+)/.exec(row.llm_explanation ?? '')?.[1]);
      expect(row.llm_explanation).toBe(`Explanation ${index}: José Núñez 東京 😀`);
      expect(gunzipSync(mine[0]!.response_gzip!).toString()).toContain(`Explanation ${index}:`);
      expect(await answersOf(row.experiment_id)).toEqual(
        EPQRA.items.map(({ number }) => [number, (number + index) % 3 === 0 ? 1 : 0]),
      );
    }
    expect(await groups()).toMatchObject([{ processed: true, concluded: true }]);
    expect(await run()).toMatchObject({ succeeded: 0, failed: 0, calls: 0, total: 0 });
    expect(server.seen).toHaveLength(15);
  });

  test('gives each experiment to its own persona where ids collide with references, and in one population of two models', async () => {
    await importLines(database, [
      { id: 5001, ref: null, population: 'one', description: 'AAA' },
      { id: 5002, ref: 5001, population: 'one', description: 'BBB' },
      { id: 5003, ref: 7, population: 'two', description: 'written by gpt4o' },
      { id: 5004, ref: 7, population: 'two', model: 'sim-gpt35', description: 'written by gpt35' },
    ]);
    await register(database, ['one', 'two'], { models: ['sim-gpt4o', 'sim-gpt35'] });
    expect(await run()).toMatchObject({ succeeded: 4, failed: 0, unrunnable: 0 });
    expect(
      server.seen.map((one) => [one.model, messagesOf(one).system.split('\n').at(-1)]).sort(),
    ).toEqual([
      ['simulated/gpt-3.5-turbo-0125', 'written by gpt35'],
      ['simulated/gpt-4o-2024-11-20', 'AAA'],
      ['simulated/gpt-4o-2024-11-20', 'BBB'],
      ['simulated/gpt-4o-2024-11-20', 'written by gpt4o'],
    ]);
    const described = new Map(
      (await database.db.selectFrom('personas').select(['id', 'description']).execute()).map(
        (row) => [row.id, row.description],
      ),
    );
    const personaOf = new Map((await details()).map((row) => [row.experiment_id, row.persona_id]));
    for (const row of await calls())
      expect(JSON.stringify(row.request_json)).toContain(
        described.get(personaOf.get(row.experiment_id)!)!,
      );
    await expectWhole();
  });

  test('records a failure after its attempts, goes on with the others, and a later run tries it again', async () => {
    await importLines(database, people('p', 5));
    await register(database, ['p']);
    respond = (request) =>
      messagesOf(request).system.includes('person 3 ') ? breaksDown() : says(sheet());
    const first = await run();
    expect(first).toMatchObject({
      succeeded: 4,
      failed: 1,
      remaining: 1,
      calls: 4 + THREE_ATTEMPTS,
      retries: THREE_ATTEMPTS - 1,
    });
    expect(first.failures).toMatchObject([{ outcome: 'failed', count: 1 }]);
    await expectWhole();
    const failed = (await experiments()).find((row) => row.personality_id === 3)!;
    expect(failed).toMatchObject({ succeeded: null, llm_explanation: null });
    const detail = (await details()).find((row) => row.experiment_id === failed.experiment_id)!;
    expect(detail).toMatchObject({ last_outcome: 'failed', attempts: THREE_ATTEMPTS });
    expect(detail.last_reason).toContain('The server had an error');
    expect(
      (await calls())
        .filter((row) => row.experiment_id === failed.experiment_id)
        .map((row) => row.request_metadata.attempt),
    ).toEqual([1, 2, 3]);
    expect(await groups()).toMatchObject([{ processed: false, concluded: false }]);

    only(says(sheet()));
    expect(await run()).toMatchObject({ succeeded: 1, failed: 0, remaining: 0, calls: 1 });
    expect(await groups()).toMatchObject([{ processed: true, concluded: true }]);
    await expectWhole();
  });

  test('tries a refusal once, and again only on request', async () => {
    await importLines(database, people('p', 3));
    await register(database, ['p']);
    only(refuses());
    expect(await run()).toMatchObject({ succeeded: 0, failed: 3, calls: 3, remaining: 3 });
    expect(await details()).toMatchObject(
      Array.from({ length: 3 }, () => ({ last_outcome: 'refused', attempts: 1 })),
    );
    only(says(sheet()));
    expect(await run()).toMatchObject({ calls: 0, remaining: 3 });
    expect(await run({ retry: ['failed'] })).toMatchObject({ calls: 0 });
    expect(await run({ retry: ['refused'] })).toMatchObject({
      succeeded: 3,
      calls: 3,
      remaining: 0,
    });
    await expectWhole();
  });

  test('retries invalid answers, which leave no trace among the answers', async () => {
    await importLines(database, people('p', 2));
    await register(database, ['p']);
    const incomplete = JSON.stringify({ 1: 'True', explanation: 'The rest is silence.' });
    const asked = new Map<string, number>();
    respond = (request) => {
      const { system } = messagesOf(request);
      asked.set(system, (asked.get(system) ?? 0) + 1);
      return says(asked.get(system)! < THREE_ATTEMPTS ? incomplete : sheet(() => true, null));
    };
    expect(await run()).toMatchObject({ succeeded: 2, failed: 0, calls: 6, retries: 4 });
    await expectWhole();
    expect((await experiments()).map((row) => row.llm_explanation)).toEqual([null, null]);
    expect(await details()).toMatchObject(
      Array.from({ length: 2 }, () => ({ uniform: true, attempts: 3, last_outcome: 'answered' })),
    );
    expect((await calls()).map((row) => row.request_metadata.outcome).sort()).toEqual([
      'answered',
      'answered',
      'invalid',
      'invalid',
      'invalid',
      'invalid',
    ]);
  });

  test('charges no attempt for throttling', async () => {
    await importLines(database, people('p', 1));
    await register(database, ['p']);
    respond = (_, index) => (index < 7 ? throttles('0') : says(sheet()));
    expect(await run()).toMatchObject({ succeeded: 1, failed: 0, calls: 8, retries: 7 });
    expect(await details()).toMatchObject([{ attempts: 1 }]);
    await expectWhole();
  });

  test('repeats no call when the clock is set back meanwhile', async () => {
    await importLines(database, people('p', 4));
    await register(database, ['p']);
    const { t, db } = database;
    // Attempts are noted with a time before the run began.
    await sql`create function ${sql.id(database.schema, 'set_clock_back')}() returns trigger language plpgsql as
      'begin new.last_attempt_at := ''2000-01-01''; return new; end'`.execute(db);
    await sql`create trigger back before update on ${t.experiment_details}
      for each row execute function ${sql.id(database.schema, 'set_clock_back')}()`.execute(db);
    only(breaksDown());
    expect(await run()).toMatchObject({ succeeded: 0, failed: 4, calls: 4 * THREE_ATTEMPTS });
    only(says(sheet()));
    expect(await run()).toMatchObject({ succeeded: 4, calls: 4 });
    expect(await run({ rerun: true })).toMatchObject({ succeeded: 4, calls: 4 });
  });

  test('leaves nothing out when the clock was set back since the last one', async () => {
    await importLines(database, people('p', 2));
    await register(database, ['p']);
    only(breaksDown());
    await run();
    await sql`update ${database.t.experiment_details} set last_attempt_at = now() + interval '3 hours'`.execute(
      database.db,
    );
    only(says(sheet()));
    expect(await run()).toMatchObject({ succeeded: 2, remaining: 0 });
  });

  test('reports a wrong key once', async () => {
    await importLines(database, people('p', 40));
    await register(database, ['p']);
    only(rejectsKey());
    const summary = await run({ maxWorkers: 2 });
    expect(summary).toMatchObject({ endedBy: 'provider', succeeded: 0, remaining: 40 });
    expect(summary.message).toContain('Incorrect API key');
    expect(server.seen.length).toBeLessThanOrEqual(4);
    await expectWhole();
  });

  test('stores NUL and half a surrogate pair in an explanation', async () => {
    await importLines(database, people('p', 1));
    await register(database, ['p']);
    only(says(sheet(undefined, 'before\u0000after \ud800 end')));
    expect(await run()).toMatchObject({ succeeded: 1, failed: 0 });
    await expectWhole();
    expect((await experiments())[0]!.llm_explanation).toBe('before␀after � end');
    expect(gunzipSync((await calls())[0]!.response_gzip!).equals(server.seen[0]!.sent)).toBe(true);
  });

  test('sends what the group stores', async () => {
    await importLines(database, people('p', 2));
    await register(database, ['p']);
    await database.db
      .updateTable('experiments_groups')
      .set({
        system_role: 'You are <row.population>: <row.description>',
        base_prompt: `Edited. ${EPQRA.prompt}`,
        temperature: 0.25,
        top_p: 0.5,
      })
      .execute();
    expect(await run()).toMatchObject({ succeeded: 2 });
    for (const seen of server.seen) {
      expect(messagesOf(seen).system).toMatch(/^You are p: I am person \d of p\.$/);
      expect(messagesOf(seen).user).toBe(`Edited. ${EPQRA.prompt}`);
      expect(seen.json).toMatchObject({ temperature: 0.25, top_p: 0.5 });
    }
  });

  test('sends what is stored when an experiment is claimed, not what was when it was offered', async () => {
    // More where no other process waits for claims.
    const claimedAtFirst = kind === 'embedded' ? 7 : 6;
    await importLines(database, people('p', claimedAtFirst + 5));
    await register(database, ['p']);
    const changed = { description: 'I have changed.' };
    respond = async (_, index) => {
      if (index === 0) await database.db.updateTable('personas').set(changed).execute();
      return says(sheet());
    };
    expect(await run({ maxWorkers: 1 })).toMatchObject({ succeeded: claimedAtFirst + 5 });
    const told = server.seen.map((seen) => messagesOf(seen).system.includes(changed.description));
    expect(told).toEqual(told.map((_, index) => index >= claimedAtFirst));
  });

  test('never sends a slot: a row without a description waits, and keeps no other from being run', async () => {
    await importLines(database, [...people('hollow', 30), ...people('p', 3)]);
    await register(database, ['hollow', 'p']);
    await database.db
      .updateTable('personas')
      .set({ description: null })
      .where('population', '=', 'hollow')
      .execute();
    const warnings: RunWarning[] = [];
    const summary = await run({
      batchSize: 2,
      order: 'registered',
      onWarning: (warning) => warnings.push(warning),
    });
    expect(summary).toMatchObject({ succeeded: 2, endedBy: 'batch size' });
    expect(await run({ onWarning: (warning) => warnings.push(warning) })).toMatchObject({
      succeeded: 1,
      unrunnable: 30,
      remaining: 30,
    });
    expect(warnings.at(-1)!.message).toContain('the persona has no value for <row.description>');
    expect(server.seen).toHaveLength(3);
    for (const seen of server.seen) expect(seen.body.toString()).not.toContain('<row.');
  });

  test('sends what a persona says as text, never as a slot', async () => {
    await importLines(database, [{ population: 'p', description: 'My name is <row.model>.' }]);
    await register(database, ['p']);
    expect(await run()).toMatchObject({ succeeded: 1 });
    expect(messagesOf(server.seen[0]!).system).toContain('My name is <row.model>.');
  });

  test('finds the persona of a row of another program by population, personality and model, or lets the row wait', async () => {
    await importLines(database, [
      { ref: 1, population: 'old', description: 'of gpt4o' },
      { ref: 1, population: 'old', model: 'sim-gpt35', description: 'of gpt35' },
      { ref: 2, population: 'old', description: 'first draw' },
      { ref: 2, population: 'old', description: 'second draw' },
      { ref: 3, population: 'old', model: 'someone-else', description: 'of another model' },
    ]);
    const { t, db } = database;
    await sql`insert into ${t.experiments_groups} (description, system_role, base_prompt, temperature, top_p)
      values ('old', 'Be: <row.description>', ${EPQRA.prompt}, 1, 1)`.execute(db);
    const add = (
      personality: number,
      model: string,
      provider = 'simulated',
      questionnaire = 'epqra',
    ) =>
      sql`insert into ${t.experiments_list} (experiments_group_id, repeated, questionnaire, model_provider, model, population, personality_id)
        values (1, 1, ${questionnaire}, ${provider}, ${model}, 'old', ${personality})`.execute(db);
    // Two models in one group: each row is asked of its own.
    await add(1, 'simulated/gpt-4o-2024-11-20');
    await add(1, 'simulated/gpt-3.5-turbo-0125');
    await add(2, 'simulated/gpt-4o-2024-11-20');
    await add(3, 'simulated/gpt-4o-2024-11-20');
    await add(99, 'simulated/gpt-4o-2024-11-20');
    await add(1, 'gpt-9');
    await add(1, 'simulated/gpt-4o-2024-11-20', 'simulated', 'no-such-questionnaire');
    const warnings = new Map<number | null, string>();
    const summary = await run({
      groups: [1],
      onWarning: ({ id, message }) => warnings.set(id, message),
    });
    expect(summary).toMatchObject({ succeeded: 3, failed: 0, unrunnable: 4, remaining: 4 });
    expect((await experiments()).map((row) => row.succeeded)).toEqual([
      true,
      true,
      null,
      true,
      null,
      null,
      null,
    ]);
    expect(server.seen.map((seen) => [seen.model, messagesOf(seen).system]).sort()).toEqual([
      ['simulated/gpt-3.5-turbo-0125', 'Be: of gpt35'],
      ['simulated/gpt-4o-2024-11-20', 'Be: of another model'],
      ['simulated/gpt-4o-2024-11-20', 'Be: of gpt4o'],
    ]);
    expect(warnings.get(3)).toMatch(/2 personas match it/);
    expect(warnings.get(5)).toMatch(/no persona of population "old" has personality 99/);
    expect(warnings.get(6)).toMatch(/model "gpt-9".* unknown/);
    expect(warnings.get(7)).toMatch(/"no-such-questionnaire" is unknown/);
    await expectWhole();
  });

  test('replaces the answers once with rerun', async () => {
    await importLines(database, people('p', 3));
    await register(database, ['p']);
    only(says(sheet(() => true, 'old')));
    await run();
    only(breaksDown());
    expect(await run({ rerun: true })).toMatchObject({ succeeded: 0, failed: 3 });
    // A rerun that failed takes nothing away.
    expect((await experiments()).map((row) => [row.succeeded, row.llm_explanation])).toEqual(
      Array.from({ length: 3 }, () => [true, 'old']),
    );
    only(says(sheet((number) => number === 1, 'new')));
    expect(await run({ rerun: true })).toMatchObject({ succeeded: 3, failed: 0, calls: 3 });
    await expectWhole();
    for (const row of await experiments()) {
      expect(row.llm_explanation).toBe('new');
      expect(
        (await answersOf(row.experiment_id)).reduce((sum, [, answer]) => sum + answer!, 0),
      ).toBe(1);
    }
    expect(
      (await calls()).filter((row) => row.request_metadata.outcome === 'answered'),
    ).toHaveLength(6);
  });

  test('lets running calls end on a stop, saves them, and begins no other', async () => {
    await importLines(database, people('p', 30));
    await register(database, ['p']);
    const stop = new AbortController();
    respond = (_, index) => {
      if (index === 5) stop.abort();
      return says(sheet());
    };
    const summary = await run({ maxWorkers: 2, signal: stop.signal });
    expect(summary.endedBy).toBe('signal');
    expect(server.seen.length).toBeLessThanOrEqual(7);
    expect(summary.succeeded).toBe(server.seen.length);
    expect(summary.remaining).toBe(30 - server.seen.length);
    await expectWhole();
    const before = server.seen.length;
    expect(await run()).toMatchObject({
      succeeded: 30 - before,
      remaining: 0,
      endedBy: 'nothing left',
    });
    expect(server.seen).toHaveLength(30);
  });

  test('cuts calls off on an abort, and the next run goes on', async () => {
    await importLines(database, people('p', 2));
    await register(database, ['p']);
    const stop = new AbortController();
    const abort = new AbortController();
    respond = (_, index) => {
      if (index === 1) {
        stop.abort();
        abort.abort();
      }
      return { kind: 'hangs' };
    };
    expect(await run({ signal: stop.signal, abort: abort.signal })).toMatchObject({
      succeeded: 0,
      failed: 0,
      remaining: 2,
      endedBy: 'signal',
    });
    only(says(sheet()));
    expect(await run()).toMatchObject({ succeeded: 2, remaining: 0 });
  });

  test('makes at most as many calls at once as it has workers', async () => {
    await importLines(database, people('p', 20));
    await register(database, ['p']);
    expect(await run({ maxWorkers: 3 })).toMatchObject({ succeeded: 20 });
    expect(server.peak).toBeLessThanOrEqual(3);
    expect(ITEMS * 20).toBe(
      Number(
        (
          await database.db
            .selectFrom('eval_questionnaires')
            .select((eb) => eb.fn.countAll().as('n'))
            .executeTakeFirstOrThrow()
        ).n,
      ),
    );
  });
});
