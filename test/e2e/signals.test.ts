import { sql } from 'kysely';
import { describe, expect, test, vi } from 'vitest';
import { type Database, open } from '../../src/db/connect.ts';
import { queueSchemaOf } from '../../src/db/schema/name.ts';
import { freshPlace, optionsFor, runPersonas, simulatedAt, startPersonas } from '../support/cli.ts';
import { DATABASES } from '../support/database.ts';
import { MisbehavingServer, says } from '../support/misbehaving-server.ts';
import { EPQRA, messagesOf, registerPeople, sheet } from '../support/study.ts';

const ITEMS = EPQRA.items.length;
const HANGS = { kind: 'hangs' } as const;

interface Row {
  readonly personality: number;
  readonly succeeded: boolean | null;
  readonly explanation: string | null;
  readonly answers: number;
  readonly different: number;
  /** Those of which it is known what became of them, and the others. */
  readonly calls: number;
  readonly unknown: number;
}

/** Every experiment in order of personality. */
async function stateOf({ db, t }: Database): Promise<Row[]> {
  const { rows } =
    await sql<Row>`select e.personality_id as personality, e.succeeded, e.llm_explanation as explanation,
      (select count(*)::int from ${t.eval_questionnaires} a where a.experiment_id = e.experiment_id) as answers,
      (select count(distinct question_number)::int from ${t.eval_questionnaires} a where a.experiment_id = e.experiment_id) as different,
      (select count(*)::int from ${t.experiment_request_metadata} m where m.experiment_id = e.experiment_id
        and request_metadata->>'error_kind' is distinct from 'unknown_fate') as calls,
      (select count(*)::int from ${t.experiment_request_metadata} m where m.experiment_id = e.experiment_id
        and request_metadata->>'error_kind' = 'unknown_fate') as unknown
    from ${t.experiments_list} e order by 1`.execute(db);
  return rows;
}

/**
 * Claims whose process sends no heartbeats any more expire now, as they would after ten seconds
 * (`kill.test.ts` waits for that).
 */
async function letClaimsExpire({ db, schema }: Database, claims: number): Promise<void> {
  const job = sql.table(`${queueSchemaOf(schema)}.job`);
  const { numAffectedRows } =
    await sql`update ${job} set heartbeat_on = heartbeat_on - interval '1 hour' where state = 'active'`.execute(
      db,
    );
  expect(numAffectedRows).toBe(BigInt(claims));
}

describe.each(DATABASES)('Ctrl-C (%s)', (kind) => {
  test('lets running calls end the first time, ends at once the second time, and the next run goes on', async () => {
    await using place = freshPlace(kind);
    await registerPeople(place, 12);
    let hanging = true;
    await using server = await MisbehavingServer.start((_, index) =>
      hanging && index >= 3 ? HANGS : says(sheet()),
    );
    const args = ['run-experiments', ...optionsFor(place), '--max-workers', '3'];
    const options = { cwd: place.folder, env: simulatedAt(server.openaiBaseUrl) };
    const run = startPersonas(args, options);
    await server.arrived(6);
    run.child.kill('SIGINT');
    await run.says(
      /Ending: calls in progress will finish and be saved\. Press Ctrl-C again to end at once\./,
    );
    expect(run.child.exitCode).toBeNull();
    run.child.kill('SIGINT');
    const ended = await run.ended;
    expect(ended).toMatchObject({ code: 130, signal: null });
    expect(ended.stderr).not.toMatch(/\n {4}at /);
    // Nothing was begun after the first Ctrl-C.
    expect(server.seen).toHaveLength(6);

    hanging = false;
    expect(await runPersonas(args, options)).toMatchObject({ code: 0 });
    await using database = await open(place);
    const rows = await stateOf(database);
    expect(rows).toMatchObject(
      Array.from({ length: 12 }, () => ({
        succeeded: true,
        answers: ITEMS,
        different: ITEMS,
        calls: 1,
      })),
    );
    // The three that were cut off by the second are not forgotten.
    expect(rows.reduce((sum, row) => sum + row.unknown, 0)).toBe(3);
  });

  test('saves what is under way, and exits with a code that says there is more to do', async () => {
    await using place = freshPlace(kind);
    await registerPeople(place, 12);
    const gate = Promise.withResolvers<void>();
    await using server = await MisbehavingServer.start(async () => {
      await gate.promise;
      return says(sheet());
    });
    const options = { cwd: place.folder, env: simulatedAt(server.openaiBaseUrl) };
    const run = startPersonas(
      ['run-experiments', ...optionsFor(place), '--max-workers', '3', '--json'],
      options,
    );
    await server.arrived(3);
    run.child.kill('SIGINT');
    await run.says(/Ending/);
    gate.resolve();
    const ended = await run.ended;
    expect(ended.code).toBe(130);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      succeeded: 3,
      failed: 0,
      remaining: 9,
      ended_by: 'signal',
    });
    expect(server.seen).toHaveLength(3);
  });
});

describe.each(DATABASES)('a process that was stopped for longer than its timeout (%s)', (kind) => {
  test('reads the replies that came meanwhile, and repeats no call', async () => {
    const TIMEOUT_S = 4;
    await using place = freshPlace(kind);
    await registerPeople(place, 3);
    const gate = Promise.withResolvers<void>();
    await using server = await MisbehavingServer.start(async () => {
      await gate.promise;
      return says(sheet());
    });
    await using silent = await MisbehavingServer.start(() => HANGS);
    const env = {
      ...simulatedAt(server.openaiBaseUrl),
      PERSONAS_PROVIDERS__SIMULATED__TIMEOUT_S: String(TIMEOUT_S),
    };
    const run = startPersonas(
      ['run-experiments', ...optionsFor(place), '--max-workers', '3', '--json'],
      { cwd: place.folder, env },
    );
    await server.arrived(3);
    run.child.kill('SIGSTOP');
    gate.resolve();
    expect(await Promise.all(server.seen.map((one) => one.ended))).toEqual([
      'answered',
      'answered',
      'answered',
    ]);
    // Somebody who was not stopped has given up by now.
    const other = { method: 'POST', body: '{}', signal: AbortSignal.timeout(TIMEOUT_S * 1000) };
    await expect(fetch(`${silent.openaiBaseUrl}/chat/completions`, other)).rejects.toThrow(
      /timeout/,
    );
    run.child.kill('SIGCONT');
    const ended = await run.ended;
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(ended.stdout)).toMatchObject({
      succeeded: 3,
      failed: 0,
      calls: 3,
      retries: 0,
    });
    expect(server.seen).toHaveLength(3);
  });
});

describe('a process that was paused until others had taken over its work', () => {
  /** Replies say who asked; what `held` waits for is decided per request. */
  const startServer = (held: (who: string, personality: number) => Promise<void>) =>
    MisbehavingServer.start(async (request) => {
      const who = /\/(early|late)\//.exec(request.path)![1]!;
      const personality = Number(/person (\d+) of/.exec(messagesOf(request).system)![1]);
      await held(who, personality);
      return says(sheet((number) => number % 2 === (who === 'early' ? 0 : 1), who));
    });

  test.each([
    ['a first run', []],
    ['a rerun', ['--rerun']],
  ])('%s: comes late, and neither overwrites nor doubles anything', async (_, flags) => {
    await using place = freshPlace('postgres');
    await registerPeople(place, 4);
    const early = Promise.withResolvers<void>();
    const late = Promise.withResolvers<void>();
    await using server = await startServer((who, personality) =>
      who === 'early' ? early.promise : personality <= 2 ? Promise.resolve() : late.promise,
    );
    await using database = await open(place);
    const start = (who: string) => {
      const options = { cwd: place.folder, env: simulatedAt(`${server.url}/${who}/v1`) };
      return startPersonas(
        ['run-experiments', ...optionsFor(place), '--max-workers', '4', ...flags],
        options,
      );
    };
    const untilExplained = (...expected: (string | null)[]) =>
      vi.waitFor(
        async () =>
          expect((await stateOf(database)).map((row) => row.explanation)).toEqual(expected),
        {
          timeout: 30_000,
          interval: 50,
        },
      );
    if (flags.length > 0) {
      const { t, db } = database;
      await sql`update ${t.experiments_list} set succeeded = true, llm_explanation = 'before'`.execute(
        db,
      );
    }
    const before = flags.length > 0 ? 'before' : null;

    const first = start('early');
    await server.arrived(4);
    first.child.kill('SIGSTOP');
    // Its replies are there, but it does not see them.
    early.resolve();
    await Promise.all(server.seen.slice(0, 4).map((seen) => seen.ended));
    await letClaimsExpire(database, 4);
    const second = start('late');
    // The other one takes them all and finishes two.
    await server.arrived(8);
    await untilExplained('late', 'late', before, before);
    first.child.kill('SIGCONT');
    // What it brings for the other two comes before anybody else's: that counts.
    await untilExplained('late', 'late', 'early', 'early');
    late.resolve();
    expect(await second.ended).toMatchObject({ code: 0 });
    expect(await first.ended).toMatchObject({ code: 0 });

    const rows = await stateOf(database);
    expect(rows.map((row) => row.explanation)).toEqual(['late', 'late', 'early', 'early']);
    expect(rows).toMatchObject(
      Array.from({ length: 4 }, () => ({
        succeeded: true,
        answers: ITEMS,
        different: ITEMS,
        calls: 2,
      })),
    );
    expect(server.seen).toHaveLength(8);
  });
});
