import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as think } from 'node:timers/promises';
import { sql } from 'kysely';
import { describe, expect, test, vi } from 'vitest';
import { type Database, openMigrated } from '../../src/db/connect.ts';
import { UserError } from '../../src/errors.ts';
import { runPendingExperiments } from '../../src/experiments/run.ts';
import { countStates, overviewOfGroups } from '../../src/experiments/status/groups-store.ts';
import { overviewOfOutcomes } from '../../src/experiments/status/outcomes-store.ts';
import { findCondition } from '../../src/personas/sheets/conditions.ts';
import { decodeRecords } from '../../src/runner/journal/format.ts';
import { registerWorker } from '../../src/runner/workers/heartbeat.ts';
import { listWorkers } from '../../src/runner/workers/worker-store.ts';
import { workTogether } from '../../src/studies/worker.ts';
import {
  freshPlace,
  optionsFor,
  type Place,
  runPersonas,
  type Started,
  simulatedAt,
  startPersonas,
} from '../support/cli.ts';
import { DATABASES, testDatabase } from '../support/database.ts';
import { countInstants, seededNumbers } from '../support/instants.ts';
import { MisbehavingServer, refuses, type Seen, says } from '../support/misbehaving-server.ts';
import { BASE, generate, personaReply, seedFew } from '../support/persona.ts';
import { seedOfTest } from '../support/seed.ts';
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

function startWorker(place: Place, baseUrl: string, ...more: string[]): Started {
  const args = ['worker', ...optionsFor(place), '--max-workers', '4', ...more];
  return startPersonas(args, { cwd: place.folder, env: simulatedAt(baseUrl) });
}

function personOf(seen: Seen): number {
  return Number(/person (\d+) of/.exec(messagesOf(seen).system)![1]);
}

async function counts({ db, t }: Database): Promise<Record<string, number>> {
  const { rows } = await sql<Record<string, number>>`select
    (select count(*)::int from ${t.experiments_list} where succeeded) as succeeded,
    (select count(*)::int from ${t.eval_questionnaires}) as answers,
    (select count(*)::int from (select distinct experiment_id, question_number from ${t.eval_questionnaires}) as d) as different,
    (select count(*)::int from ${t.experiments_groups} where processed and concluded) as processed`.execute(
    db,
  );
  return rows[0]!;
}

const WAIT = { timeout: 60_000, interval: 50 };

function repliesInJournals({ folder }: Place): number {
  const root = path.join(folder, '.personas', 'journal');
  return readdirSync(root, { recursive: true })
    .map((name) => path.join(root, String(name)))
    .filter((file) => file.endsWith('.calls'))
    .flatMap((file) => [...decodeRecords(readFileSync(file))])
    .filter((record) => record.kind === 'reply').length;
}

describe('several workers on one server', () => {
  test('of which one is killed now and then: everything is done once', {
    timeout: 120_000,
  }, async () => {
    const seed = seedOfTest('These kills come');
    const [experiments, kills, crew] = [500, 6, 4];
    const random = seededNumbers(seed);
    const instants = countInstants();
    await using server = await MisbehavingServer.start(async () => {
      instants.step();
      await think(40);
      return says(sheet());
    });
    await using place = freshPlace('postgres');
    await using database = await openMigrated(place);
    await importLines(database, people('p', experiments));
    await register(database, ['p']);
    const workers = Array.from({ length: crew }, () => startWorker(place, server.openaiBaseUrl));
    for (let kill = 0; kill < kills; kill++) {
      const instant = instants.after(random(60));
      const chosen = random(crew) - 1;
      await Promise.race([instant, ...workers.map((worker) => worker.ended)]);
      workers[chosen]!.child.kill('SIGKILL');
      const { code, signal, stderr } = await workers[chosen]!.ended;
      expect(signal, `it ended by itself with ${code}: ${stderr}`).toBe('SIGKILL');
      workers[chosen] = startWorker(place, server.openaiBaseUrl);
    }
    for (const { ended } of workers) {
      const { code, stderr } = await ended;
      expect(code, stderr).toBe(0);
    }

    const items = experiments * ITEMS;
    expect(await counts(database)).toEqual({
      succeeded: experiments,
      answers: items,
      different: items,
      processed: 1,
    });
    expect(new Set(server.seen.map(personOf)).size).toBe(experiments);
    // Asked again is what a killed worker had asked and nobody had heard the answer of, and what a
    // busy machine kept a living one from holding.
    expect(server.seen.length).toBeLessThanOrEqual(experiments + kills * 8);
    // The killed ones, as far as they had begun, did not sign off; those that ended did.
    expect((await listWorkers(database)).length).toBeLessThanOrEqual(kills);
  });

  test('one that was killed is shown as lost, and what it had goes to the other', async () => {
    const gate = Promise.withResolvers<void>();
    await using server = await MisbehavingServer.start(async (_, index) => {
      if (index < 4) await gate.promise;
      return says(sheet());
    });
    await using place = freshPlace('postgres');
    await using database = await openMigrated(place);
    await importLines(database, people('p', 20));
    await register(database, ['p']);
    const first = startWorker(place, server.openaiBaseUrl);
    await server.arrived(4);
    first.child.kill('SIGKILL');
    await first.ended;
    expect(await startWorker(place, server.openaiBaseUrl).ended).toMatchObject({ code: 0 });
    gate.resolve();
    expect(await counts(database)).toMatchObject({ succeeded: 20, answers: 20 * ITEMS });
    expect(await listWorkers(database)).toMatchObject([
      { pid: first.child.pid, lost: true, maxWorkers: 4 },
    ]);
    const status = await runPersonas(['status', ...optionsFor(place)], { cwd: place.folder });
    expect(status.stdout).toMatch(
      new RegExp(`:${first.child.pid} .*lost; other workers take over`),
    );
  });

  test('one takes the replies of a killed one on its machine from the journal, before it asks again', async () => {
    const [early, late] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const first = new Set<number>();
    await using server = await MisbehavingServer.start(async (request, index) => {
      // The calls of the one that lives on wait; the other one's are answered once all are made.
      if (index < 4) first.add(personOf(request));
      await (first.has(personOf(request)) ? late : early).promise;
      return says(sheet());
    });
    await using place = freshPlace('postgres');
    await using database = await openMigrated(place);
    await importLines(database, people('p', 20));
    await register(database, ['p']);
    const survivor = startWorker(place, server.openaiBaseUrl);
    await server.arrived(4);
    const killed = startWorker(place, server.openaiBaseUrl);
    await server.arrived(8);
    // Its replies reach its journal, and not the database.
    await database.db.transaction().execute(async (transaction) => {
      await sql`lock table ${database.t.experiments_list} in exclusive mode`.execute(transaction);
      early.resolve();
      await server.arrived(9);
      await vi.waitFor(() => expect(repliesInJournals(place)).toBeGreaterThanOrEqual(4), WAIT);
      killed.child.kill('SIGKILL');
      await killed.ended;
    });
    const replied = repliesInJournals(place);
    const asked = server.seen.length;
    late.resolve();
    const { code, stderr } = await survivor.ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`${replied} replies that an earlier process had not stored`);
    expect(await counts(database)).toMatchObject({ succeeded: 20, answers: 20 * ITEMS });
    // Nobody heard the answers to the calls that were in progress.
    expect(server.seen.length).toBe(20 + asked - 4 - replied);
  });

  test('one that waits for ever takes what is registered later, and tries nothing twice that has failed', async () => {
    await using server = await MisbehavingServer.start((request) =>
      personOf(request) === 1 ? says('no answer') : says(sheet()),
    );
    await using database = await testDatabase('postgres');
    await importLines(database, [
      ...people('first', 2),
      ...people('second', 3, { model: 'sim-gpt4o' }).map((one) => ({ ...one, ref: one.ref! + 10 })),
    ]);
    await register(database, ['first']);
    const stop = new AbortController();
    const rests: number[] = [];
    const summary = await workTogether(database, configFor(server.openaiBaseUrl), {
      forever: true,
      signal: stop.signal,
      onRest() {
        rests.push(server.seen.length);
        if (rests.length === 1) void register(database, ['second']);
        else stop.abort();
      },
    });
    expect(summary).toMatchObject({ endedBy: 'signal', succeeded: 4, failed: 1 });
    const asked = Map.groupBy(server.seen, personOf);
    expect([...asked.keys()].sort((a, b) => a - b)).toEqual([1, 2, 11, 12, 13]);
    expect(asked.get(1)!.length).toBe(rests[0]! - 1);
    expect(await listWorkers(database)).toEqual([]);
  });

  test('write the personas that are planned before they run what is registered', async () => {
    await using database = await testDatabase('postgres');
    let refusing = true;
    await using server = await MisbehavingServer.start((request, index) => {
      if (/person \d+ of/.test(messagesOf(request).system)) return says(sheet());
      return refusing && index === 0 ? refuses() : says(personaReply(`Reply ${index}`));
    });
    await seedFew(database, 4);
    expect(
      await generate(
        database,
        server.openaiBaseUrl,
        { conditions: [BASE, findCondition('max_N')] },
        { batchSize: 1 },
      ),
    ).toMatchObject({
      summary: { failed: 1 },
    });
    refusing = false;
    await importLines(database, people('p', 3));
    await register(database, ['p']);
    const config = configFor(server.openaiBaseUrl);
    // A refusal is not asked for again unless somebody says so.
    expect(await workTogether(database, config)).toMatchObject({
      endedBy: 'nothing left',
      succeeded: 7 + 3,
      failed: 0,
      remaining: 1,
    });
    expect(await workTogether(database, config, { retry: ['refused'] })).toMatchObject({
      succeeded: 1,
      remaining: 0,
    });
  });
});

describe('where only one process can work', () => {
  test('a worker says so, and what to do', async () => {
    await using place = freshPlace('embedded');
    const { code, stderr } = await runPersonas(['worker', ...optionsFor(place)], {
      cwd: place.folder,
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /needs a PostgreSQL server[\s\S]*one process at a time[\s\S]*run-experiments[\s\S]*PostgreSQL/,
    );
    await using database = await testDatabase('embedded');
    await expect(workTogether(database, configFor('http://127.0.0.1:9'))).rejects.toThrow(
      UserError,
    );
  });
});

describe.each(DATABASES)('who works (%s)', (kind) => {
  test('is seen while it works, counted on over several runs, and gone afterwards', async () => {
    await using database = await testDatabase(kind);
    const presence = await registerWorker(database, 7);
    presence.begin('personas')({ done: 5, failed: 1, calls: 9, underWay: 3, waitingFor: null });
    const seen = presence.begin('experiments');
    seen({ done: 10, failed: 0, calls: 11, underWay: 2, waitingFor: 'patience' });
    await presence.flush();
    expect(await listWorkers(database)).toMatchObject([
      {
        pid: process.pid,
        maxWorkers: 7,
        task: 'experiments',
        inHand: 2,
        done: 15,
        failed: 1,
        calls: 20,
        waitingFor: 'patience',
        lost: false,
      },
    ]);
    const { db, t } = database;
    await sql`update ${t.workers} set seen_at = seen_at - interval '30 seconds'`.execute(db);
    expect(await listWorkers(database)).toMatchObject([{ lost: true }]);
    seen({ done: 100, failed: 0, calls: 101, underWay: 0, waitingFor: null });
    await presence.flush();
    const [worker] = await listWorkers(database);
    // 15 tasks told at once, then 90 in a little over 30 seconds.
    expect(worker!.perSecond).toBeGreaterThan(0);
    expect(worker).toMatchObject({ lost: false, done: 105 });
    await presence[Symbol.asyncDispose]();
    expect(await listWorkers(database)).toEqual([]);
  });

  test('a run is seen from elsewhere while it goes on', async () => {
    await using database = await testDatabase(kind);
    await importLines(database, people('p', 6));
    await register(database, ['p']);
    let during: unknown[] = [];
    await using server = await MisbehavingServer.start(async () => {
      during = await listWorkers(database);
      return says(sheet());
    });
    await runPendingExperiments(database, configFor(server.openaiBaseUrl), { maxWorkers: 2 });
    expect(during).toMatchObject([{ pid: process.pid, maxWorkers: 2, lost: false }]);
    expect(await listWorkers(database)).toEqual([]);
  });
});

describe.each(DATABASES)('what is counted without being read (%s)', (kind) => {
  test('agrees with the rows, whatever other programs left in them', async () => {
    await using database = await testDatabase(kind);
    const { db, t } = database;
    await importLines(database, people('p', 12));
    await register(database, ['p']);
    await sql`insert into ${t.experiments_groups} (description) values ('by another program')`.execute(
      db,
    );
    await sql`insert into ${t.experiments_list} (experiments_group_id, questionnaire, model, succeeded)
      values (2, 'big5', 'm', true), (2, 'big5', 'm', null), (null, 'big5', 'm', null), (null, 'big5', 'm', false)`.execute(
      db,
    );
    await sql`update ${t.experiments_list} set succeeded = true where experiment_id <= 3`.execute(
      db,
    );
    await sql`update ${t.experiment_details} set last_outcome = 'answered' where experiment_id <= 4`.execute(
      db,
    );
    await sql`update ${t.experiment_details} set last_outcome = 'refused', last_reason = 'no' where experiment_id in (3, 5, 6)`.execute(
      db,
    );
    const states = await countStates(database, null);
    const groups = await overviewOfGroups(database, null, states);
    expect(groups).toMatchObject([
      {
        groupId: 1,
        questionnaire: 'epqra',
        experiments: 12,
        succeeded: 3,
        pending: 9,
        closed: 0,
        simulated: true,
      },
      {
        groupId: 2,
        questionnaire: 'big5',
        model: 'm',
        experiments: 2,
        succeeded: 1,
        pending: 1,
        closed: 0,
        simulated: false,
      },
    ]);
    expect(await overviewOfGroups(database)).toEqual(groups);
    const outcomes = await overviewOfOutcomes(database, null, states);
    // A rerun that was refused left the old answers in place, so number 3 is answered; number 4 was
    // set back by hand.
    expect(
      outcomes.map(({ outcome, reason, experiments }) => ({ outcome, reason, experiments })),
    ).toEqual([
      { outcome: null, reason: null, experiments: 10 },
      { outcome: 'answered', reason: null, experiments: 4 },
      { outcome: 'refused', reason: 'no', experiments: 2 },
    ]);
    expect(await overviewOfOutcomes(database, [2])).toMatchObject([
      { outcome: 'answered', experiments: 1 },
      { outcome: null, experiments: 1 },
    ]);
  });

  test('what was set back to pending by hand is asked again, after what is still open', async () => {
    await using database = await testDatabase(kind);
    const { db, t } = database;
    await using server = await MisbehavingServer.start(() => says(sheet()));
    await importLines(database, people('p', 5));
    await register(database, ['p']);
    const config = configFor(server.openaiBaseUrl);
    await runPendingExperiments(database, config, { batchSize: 3 });
    const done = server.seen.map(personOf);
    await sql`update ${t.experiments_list} set succeeded = null where personality_id = any(${done.slice(0, 2)}::int[])`.execute(
      db,
    );
    expect(await runPendingExperiments(database, config, { maxWorkers: 1 })).toMatchObject({
      succeeded: 4,
      remaining: 0,
    });
    expect(new Set(server.seen.slice(5).map(personOf))).toEqual(new Set(done.slice(0, 2)));
    expect(await counts(database)).toMatchObject({ succeeded: 5, answers: 5 * ITEMS });
  });
});
