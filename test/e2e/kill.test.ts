import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as think } from 'node:timers/promises';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { administration } from '../../src/administration/settings.ts';
import { open, openMigrated } from '../../src/db/connect.ts';
import { freshPlace, optionsFor, type Place, simulatedAt, startPersonas } from '../support/cli.ts';
import { DATABASES } from '../support/database.ts';
import { countInstants, seededNumbers, watchDatabase } from '../support/instants.ts';
import { MisbehavingServer, type Seen, says } from '../support/misbehaving-server.ts';
import { itemsAsked, replyTo } from '../support/questionnaire.ts';
import { seedOfTest } from '../support/seed.ts';
import {
  EPQRA,
  importLines,
  messagesOf,
  people,
  register,
  registerPeople,
  startThinker,
} from '../support/study.ts';

const KILLS = 20;
/**
 * Experiments, and steps of a run (requests and database traffic together) among which an instant
 * is chosen. Twenty such runs must not suffice for the study; and on a server, a killed process
 * takes its claims along for ten seconds, so that there must be enough for those that come after
 * it.
 */
const STUDY = {
  embedded: { experiments: 600, steps: 80 },
  postgres: { experiments: 260, steps: 100 },
} as const;
const WORKERS = 4;

function startRun(
  at: Pick<Place, 'database' | 'schema'>,
  folder: string,
  baseUrl: string,
  ...more: string[]
) {
  const args = ['run-experiments', ...optionsFor(at), '--max-workers', String(WORKERS), ...more];
  return startPersonas(args, { cwd: folder, env: simulatedAt(baseUrl) });
}

/** Whose experiment a request was for. */
function personalityOf(seen: Seen): number {
  return Number(/person (\d+) of/.exec(messagesOf(seen).system)![1]);
}

/** The round that a request was sent in: each has a path of its own. */
function roundOf(seen: Seen): number {
  return Number(/round-(\d+)/.exec(seen.path)![1]);
}

/**
 * Everything has succeeded, with each item once and each call's row and bytes kept. Calls that were
 * under way when their process was killed have rows of their own, which say that their fate is
 * unknown; `journal.test.ts` is about them.
 * @returns for each personality, the request whose reply was stored
 */
async function expectComplete(place: Place, experiments: number): Promise<Map<number, number>> {
  await using database = await open(place);
  const { db, t } = database;
  const known = sql`request_metadata->>'error_kind' is distinct from 'unknown_fate'`;
  const { rows } = await sql<Record<string, number>>`select
    (select count(*)::int from ${t.experiments_list} where succeeded) as succeeded,
    (select count(*)::int from ${t.eval_questionnaires}) as answers,
    (select count(*)::int from (select distinct experiment_id, question_number from ${t.eval_questionnaires}) as d) as different,
    (select count(*)::int from ${t.experiment_request_metadata} where ${known}) as calls,
    (select count(*)::int from ${t.call_bytes} b join ${t.experiment_request_metadata} m on m.id = b.request_metadata_id where ${known}) as bytes,
    (select count(*)::int from ${t.experiments_groups} where processed and concluded) as processed`.execute(
    db,
  );
  const items = experiments * EPQRA.items.length;
  expect(rows[0]).toEqual({
    succeeded: experiments,
    answers: items,
    different: items,
    calls: experiments,
    bytes: experiments,
    processed: 1,
  });
  const { rows: calls } = await sql<{ personality: number; request: string }>`
    select e.personality_id as personality, m.request_metadata->>'request_id' as request
    from ${t.experiment_request_metadata} m join ${t.experiments_list} e using (experiment_id) where ${known}`.execute(
    db,
  );
  const stored = new Map(
    calls.map((call) => [call.personality, Number(call.request.slice('req-'.length))]),
  );
  expect(stored.size).toBe(experiments);
  return stored;
}

describe.each(DATABASES)('a run whose process is killed (%s)', (kind) => {
  test('twenty times at any instant leaves nothing half done, missing or done twice', {
    timeout: 300_000,
  }, async () => {
    const seed = seedOfTest('These instants come');
    const { experiments, steps } = STUDY[kind];
    const random = seededNumbers(seed);
    const instants = countInstants();
    await using server = await startThinker(instants.step);
    await using place = freshPlace(kind);
    await registerPeople(place, experiments);
    await using watched = await watchDatabase(place.database, instants.step);
    const at = { database: watched.database, schema: place.schema };
    for (let round = 0; round < KILLS; round++) {
      const instant = instants.after(random(steps));
      const run = startRun(at, place.folder, `${server.openaiBaseUrl}/round-${round}`);
      await Promise.race([instant, run.ended]);
      run.child.kill('SIGKILL');
      const { signal, stdout, stderr } = await run.ended;
      expect(signal, `round ${round} ended by itself: ${stdout}${stderr}`).toBe('SIGKILL');
    }
    expect(
      await startRun(at, place.folder, `${server.openaiBaseUrl}/round-${KILLS}`).ended,
    ).toMatchObject({ code: 0 });

    const stored = await expectComplete(place, experiments);
    const asked = Map.groupBy(server.seen, personalityOf);
    expect(asked.size).toBe(experiments);
    for (const [personality, requests] of asked) {
      const rounds = requests.map(roundOf);
      // Never twice by one process, and never again once an answer had arrived: what was asked
      // before was lost in a kill.
      expect(new Set(rounds).size, `person ${personality}`).toBe(rounds.length);
      expect(roundOf(server.seen[stored.get(personality)!]!), `person ${personality}`).toBe(
        Math.max(...rounds),
      );
    }
    // Kills that met a run at work saved what it had done until then.
    const roundsThatStored = new Set(
      [...stored.values()].map((index) => roundOf(server.seen[index]!)),
    );
    expect(roundsThatStored.size).toBeGreaterThan(1);
  });
});

const PARTS = 4;
const IN_PARTS = administration.parse({ items_per_call: EPQRA.items.length / PARTS });
const ADMINISTRATIONS = { embedded: 170, postgres: 90 } as const;

/** Which call of which experiment a request was for. */
function callOf(seen: Seen): string {
  return `${personalityOf(seen)}: ${itemsAsked(seen).join()}`;
}

/** Whatever is stored of an administration is all of it, or nothing but calls. */
async function expectWhole(place: Place): Promise<number> {
  await using database = await open(place);
  const { db, t } = database;
  const { rows } = await sql<{ succeeded: boolean; answers: number; scores: number }>`
    select coalesce(e.succeeded, false) as succeeded,
      (select count(*)::int from ${t.eval_questionnaires} a where a.experiment_id = e.experiment_id) as answers,
      (select count(*)::int from ${t.scores} s where s.experiment_id = e.experiment_id) as scores
    from ${t.experiments_list} e`.execute(db);
  const items = EPQRA.items.length;
  for (const { succeeded, answers, scores } of rows)
    expect([answers, scores]).toEqual(succeeded ? [items, EPQRA.scales.length] : [0, 0]);
  return rows.filter(({ succeeded }) => succeeded).length;
}

describe.each(DATABASES)(
  'administrations in several calls whose process is killed (%s)',
  (kind) => {
    test('twenty times are whole or not at all, and go on from the calls that were answered', {
      timeout: 400_000,
    }, async () => {
      const seed = seedOfTest('These instants come');
      const experiments = ADMINISTRATIONS[kind];
      const random = seededNumbers(seed);
      const instants = countInstants();
      await using server = await MisbehavingServer.start(async (request) => {
        instants.step();
        await think(20);
        return says(
          replyTo(itemsAsked(request), (id) => (Number(id) % 2 === 0 ? 'True' : 'False')),
        );
      });
      await using place = freshPlace(kind);
      {
        await using database = await openMigrated(place);
        await importLines(database, people('p', experiments));
        await register(database, ['p'], { administration: IN_PARTS });
      }
      await using watched = await watchDatabase(place.database, instants.step);
      const at = { database: watched.database, schema: place.schema };
      for (let round = 0; round < KILLS; round++) {
        const instant = instants.after(random(STUDY[kind].steps));
        const run = startRun(at, place.folder, `${server.openaiBaseUrl}/round-${round}`);
        await Promise.race([instant, run.ended]);
        run.child.kill('SIGKILL');
        const { signal, stdout, stderr } = await run.ended;
        expect(signal, `round ${round} ended by itself: ${stdout}${stderr}`).toBe('SIGKILL');
        if (round === KILLS / 2) await expectWhole(place);
      }
      expect(
        await startRun(at, place.folder, `${server.openaiBaseUrl}/round-${KILLS}`).ended,
      ).toMatchObject({ code: 0 });

      expect(await expectWhole(place)).toBe(experiments);
      const asked = Map.groupBy(server.seen, callOf);
      expect(asked.size).toBe(experiments * PARTS);
      // At most the calls under way in each kill.
      expect(server.seen.length - asked.size).toBeLessThanOrEqual(KILLS * WORKERS);
      const stored = await storedRequests(place);
      expect(stored.size).toBe(experiments * PARTS);
      for (const [call, requests] of asked) {
        const rounds = requests.map(roundOf);
        expect(new Set(rounds).size, call).toBe(rounds.length);
        // Never again once an answer had arrived: what was asked before was lost in a kill.
        const kept = requests.filter(({ index }) => stored.has(index));
        expect(kept.map(roundOf), call).toEqual([Math.max(...rounds)]);
      }
      expect(
        new Set([...stored].map((index) => roundOf(server.seen[index]!))).size,
      ).toBeGreaterThan(1);
    });
  },
);

/** The requests whose replies are calls of administrations. */
async function storedRequests(place: Place): Promise<Set<number>> {
  await using database = await open(place);
  const { db, t } = database;
  const { rows } = await sql<{ request: string }>`
    select m.request_metadata->>'request_id' as request from ${t.administration_calls} c
    join ${t.experiment_request_metadata} m on m.id = c.request_metadata_id`.execute(db);
  return new Set(rows.map(({ request }) => Number(request.slice('req-'.length))));
}

test('a folder opens again after a kill while the server wrote its own lock file', async () => {
  await using place = freshPlace('embedded');
  await registerPeople(place, 1);
  const { folder } = place.database as Extract<Place['database'], { kind: 'embedded' }>;
  writeFileSync(path.join(folder, 'pgdata', 'postmaster.pid'), '');
  await using database = await open(place);
  expect(database.kind).toBe('embedded');
});

describe('two processes on one server', () => {
  test('share one group and run each experiment once', async () => {
    await using server = await startThinker();
    await using place = freshPlace('postgres');
    await registerPeople(place, 60);
    const runs = [1, 2].map((round) =>
      startRun(place, place.folder, `${server.openaiBaseUrl}/round-${round}`, '--group-id', '1'),
    );
    for (const run of runs) expect(await run.ended).toMatchObject({ code: 0 });
    await expectComplete(place, 60);
    expect(server.seen).toHaveLength(60);
    expect(new Set(server.seen.map(roundOf)).size).toBe(2);
  });
});
