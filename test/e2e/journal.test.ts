import { execFileSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as think } from 'node:timers/promises';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { open, openMigrated } from '../../src/db/connect.ts';
import {
  decodeRecords,
  type IntentRecord,
  type JournalRecord,
} from '../../src/runner/journal/format.ts';
import {
  freshPlace,
  optionsFor,
  type Place,
  runPersonas,
  simulatedAt,
  startPersonas,
} from '../support/cli.ts';
import { DATABASES } from '../support/database.ts';
import { countInstants, seededNumbers } from '../support/instants.ts';
import { MisbehavingServer, type Seen, says } from '../support/misbehaving-server.ts';
import { generationRequest, personaReply, seedFew } from '../support/persona.ts';
import { seedOfTest } from '../support/seed.ts';
import { EPQRA, messagesOf, registerPeople, sheet, startThinker } from '../support/study.ts';

const WORKERS = 4;

function startRun(place: Place, baseUrl: string, env: Readonly<Record<string, string>> = {}) {
  const args = ['run-experiments', ...optionsFor(place), '--max-workers', String(WORKERS)];
  return startPersonas(args, { cwd: place.folder, env: { ...simulatedAt(baseUrl), ...env } });
}

/** Files of all journals of a place. */
function journalsOf({ database, folder }: Place): string[] {
  const root = path.join(
    database.kind === 'embedded' ? database.folder : path.join(folder, '.personas'),
    'journal',
  );
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true })
    .map((name) => path.join(root, String(name)))
    .filter((file) => file.endsWith('.calls'))
    .sort();
}

function recordsOf(place: Place): JournalRecord[] {
  return journalsOf(place).flatMap((file) => [...decodeRecords(readFileSync(file))]);
}

interface Call {
  readonly id: string;
  readonly request: string | null;
  readonly kind: string | null;
  readonly outcome: string;
}

/** Everything has succeeded, each item once. */
async function callsOfComplete(place: Place, experiments: number): Promise<Call[]> {
  await using database = await open(place);
  const { db, t } = database;
  const { rows } = await sql<Record<string, number>>`select
    (select count(*)::int from ${t.experiments_list} where succeeded) as succeeded,
    (select count(*)::int from ${t.eval_questionnaires}) as answers,
    (select count(*)::int from (select distinct experiment_id, question_number from ${t.eval_questionnaires}) as d) as different`.execute(
    db,
  );
  const items = experiments * EPQRA.items.length;
  expect(rows[0]).toEqual({ succeeded: experiments, answers: items, different: items });
  const { rows: calls } =
    await sql<Call>`select request_metadata->>'call_id' as id, request_metadata->>'request_id' as request,
    request_metadata->>'error_kind' as kind, request_metadata->>'outcome' as outcome from ${t.experiment_request_metadata}`.execute(
      db,
    );
  expect(new Set(calls.map((call) => call.id)).size).toBe(calls.length);
  return calls;
}

/** Whose experiment a request was for; experiments are numbered as the people are. */
function personOf(seen: Seen): number {
  return Number(/person (\d+) of/.exec(messagesOf(seen).system)![1]);
}

async function personsById(place: Place): Promise<Map<number, number>> {
  await using database = await open(place);
  const rows = await database.db
    .selectFrom('experiments_list')
    .select(['experiment_id', 'personality_id'])
    .execute();
  return new Map(rows.map((row) => [row.experiment_id, row.personality_id!]));
}

describe.each(DATABASES)('processes that are killed (%s)', (kind) => {
  test('no reply that was written down is asked for again, and the fate of every other call is told', {
    timeout: 300_000,
  }, async () => {
    const seed = seedOfTest('These instants come');
    const random = seededNumbers(seed);
    const experiments = 160;
    const rounds = 4;
    const instants = countInstants();
    await using server = await startThinker(instants.step);
    await using place = freshPlace(kind);
    await registerPeople(place, experiments);
    const persons = await personsById(place);
    const lost = new Set<string>();
    let asked = 0;
    /** The persons whose replies are in a journal, and how many requests there had been. */
    const written: { readonly persons: ReadonlySet<number>; readonly requests: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      const instant = instants.after(3 + random(20));
      const run = startRun(place, server.openaiBaseUrl);
      await Promise.race([instant, run.ended]);
      await think(random(30));
      run.child.kill('SIGKILL');
      expect(await run.ended).toMatchObject({ signal: 'SIGKILL' });
      asked = server.seen.length;
      const records = recordsOf(place);
      const replied = new Set(records.flatMap((one) => (one.kind === 'reply' ? [one.id] : [])));
      for (const { id } of records) if (!replied.has(id)) lost.add(id);
      written.push({
        persons: new Set(
          records.flatMap((one) => (one.kind === 'reply' ? [persons.get(one.taskId)!] : [])),
        ),
        requests: asked,
      });
    }
    expect(await startRun(place, server.openaiBaseUrl).ended).toMatchObject({ code: 0 });
    expect(written.some((one) => one.persons.size > 0)).toBe(true);

    const calls = await callsOfComplete(place, experiments);
    for (const { persons: safe, requests } of written) {
      const again = server.seen.slice(requests).map(personOf);
      expect(again.filter((person) => safe.has(person))).toEqual([]);
    }
    const unknown = calls.filter((call) => call.kind === 'unknown_fate');
    expect(new Set(unknown.map((call) => call.id))).toEqual(lost);
    expect(unknown.every((call) => call.outcome === 'failed' && call.request === null)).toBe(true);
    const answered = calls.filter((call) => call.outcome === 'answered');
    expect(calls).toHaveLength(answered.length + unknown.length);
    // A request is stored, or the fate of its call unknown; some calls of unknown fate never left.
    const stored = new Set(answered.map((call) => call.request));
    expect(stored.size).toBe(answered.length);
    expect(server.seen.filter((one) => !stored.has(`req-${one.index}`)).length).toBeLessThanOrEqual(
      unknown.length,
    );
    expect(journalsOf(place)).toEqual([]);
  });
});

describe('a server that does not store', () => {
  test('all replies of a killed process are brought in; "status" says so before, "recover" does it by hand', async () => {
    const experiments = 24;
    await using server = await startThinker();
    await using place = freshPlace('postgres');
    await registerPeople(place, experiments);
    await using database = await open(place);
    const { promise: release, resolve: unlock } = Promise.withResolvers<void>();
    const { promise: locked, resolve: onLocked } = Promise.withResolvers<void>();
    const holding = database.db.transaction().execute(async (transaction) => {
      await sql`lock table ${database.t.experiment_request_metadata} in share row exclusive mode`.execute(
        transaction,
      );
      onLocked();
      await release;
    });
    await locked;
    const run = startRun(place, server.openaiBaseUrl);
    await server.arrived(experiments);
    await expect
      .poll(() => recordsOf(place).filter((one) => one.kind === 'reply').length, {
        timeout: 20_000,
      })
      .toBe(experiments);
    // Its journal is in use as long as it lives.
    const busy = await runPersonas(['recover', '--json', ...optionsFor(place)], {
      cwd: place.folder,
    });
    expect(JSON.parse(busy.stdout)).toMatchObject({
      recovered: [{ tasks: 'experiments', replies: 0, in_use: 1 }],
    });
    run.child.kill('SIGKILL');
    await run.ended;
    // What waited for the lock on behalf of the dead would otherwise be stored once it is gone.
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()
      and query like ${`%${place.schema}%`}`.execute(database.db);
    unlock();
    await holding;

    await using other = freshPlace('postgres');
    await registerPeople(other, 1);
    expect(
      await startRun({ ...other, folder: place.folder }, server.openaiBaseUrl).ended,
    ).toMatchObject({ code: 0 });
    const status = await runPersonas(['status', ...optionsFor(place)], { cwd: place.folder });
    expect(status.stdout).toMatch(/1 journals from finished processes are waiting/);
    const requests = server.seen.length;

    const recovered = await runPersonas(['recover', '--json', ...optionsFor(place)], {
      cwd: place.folder,
    });
    expect(JSON.parse(recovered.stdout)).toEqual({
      recovered: [
        {
          tasks: 'experiments',
          journals: 1,
          replies: experiments,
          answered: experiments,
          gone: 0,
          in_use: 0,
          unknown_fate: [],
        },
      ],
    });
    const again = await runPersonas(['recover', ...optionsFor(place)], { cwd: place.folder });
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toContain('No journal needs to be recovered.');
    expect(await startRun(place, server.openaiBaseUrl).ended).toMatchObject({ code: 0 });
    expect(server.seen).toHaveLength(requests);
    expect(await callsOfComplete(place, experiments)).toHaveLength(experiments);
  });

  test('personas that were written and not stored are brought in by the next generation', async () => {
    const sheets = 6;
    await using server = await MisbehavingServer.start(({ index }) =>
      says(personaReply(`Reply ${index}`)),
    );
    await using place = freshPlace('postgres');
    await using database = await openMigrated(place);
    await seedFew(database, sheets);
    const { promise: release, resolve: unlock } = Promise.withResolvers<void>();
    const { promise: locked, resolve: onLocked } = Promise.withResolvers<void>();
    const holding = database.db.transaction().execute(async (transaction) => {
      await sql`lock table ${database.t.generation_request_metadata} in share row exclusive mode`.execute(
        transaction,
      );
      onLocked();
      await release;
    });
    await locked;
    const { models } = generationRequest();
    const args = ['generate-personas', '--model', models[0]!, ...optionsFor(place)];
    const start = () =>
      startPersonas(args, { cwd: place.folder, env: simulatedAt(server.openaiBaseUrl) });
    const first = start();
    await server.arrived(sheets);
    await expect
      .poll(() => recordsOf(place).filter((one) => one.kind === 'reply').length, {
        timeout: 20_000,
      })
      .toBe(sheets);
    first.child.kill('SIGKILL');
    await first.ended;
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()
      and query like ${`%${place.schema}%`}`.execute(database.db);
    unlock();
    await holding;
    const second = await start().ended;
    expect(second).toMatchObject({ code: 0 });
    expect(second.stderr).toContain(`${sheets} replies that an earlier process had not stored`);
    expect(server.seen).toHaveLength(sheets);
    const personas = await database.db.selectFrom('personas').select('description').execute();
    expect(personas).toHaveLength(sheets);
    expect(journalsOf(place)).toEqual([]);
  });
});

test('a power cut: the embedded database is as it was, the journal lacks its tail, and only what neither has is asked again', {
  timeout: 300_000,
}, async () => {
  const seed = seedOfTest('This comes');
  const random = seededNumbers(seed);
  const experiments = 80;
  const instants = countInstants();
  await using server = await startThinker(instants.step);
  await using place = freshPlace('embedded');
  await registerPeople(place, experiments);
  const persons = await personsById(place);
  const { folder } = place.database as Extract<Place['database'], { kind: 'embedded' }>;
  const [data, durable] = [path.join(folder, 'pgdata'), path.join(place.folder, 'as-it-was')];
  cpSync(data, durable, { recursive: true });
  for (let cut = 0; cut < 3; cut++) {
    const instant = instants.after(5 + random(20));
    const run = startRun(place, server.openaiBaseUrl);
    await Promise.race([instant, run.ended]);
    run.child.kill('SIGKILL');
    expect(await run.ended).toMatchObject({ signal: 'SIGKILL' });
    rmSync(data, { recursive: true });
    cpSync(durable, data, { recursive: true });
    const newest = journalsOf(place)
      .toSorted((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs)
      .at(-1)!;
    truncateSync(newest, Math.max(0, statSync(newest).size - random(4000)));
  }
  const records = recordsOf(place);
  const safe = new Set(
    records.flatMap((one) => (one.kind === 'reply' ? [persons.get(one.taskId)!] : [])),
  );
  const replied = new Set(records.flatMap((one) => (one.kind === 'reply' ? [one.id] : [])));
  const lost = records.filter(
    (one): one is IntentRecord => one.kind === 'intent' && !replied.has(one.id),
  );
  expect(safe.size).toBeGreaterThan(0);
  const requests = server.seen.length;

  const recovered = await runPersonas(['recover', '--json', ...optionsFor(place)], {
    cwd: place.folder,
  });
  const { recovered: told } = JSON.parse(recovered.stdout) as {
    recovered: { unknown_fate: { call_id: string }[] }[];
  };
  expect(told[0]).toMatchObject({ tasks: 'experiments', journals: 3, answered: safe.size });
  expect(new Set(told[0]!.unknown_fate.map((one) => one.call_id))).toEqual(
    new Set(lost.map((one) => one.id)),
  );
  expect(journalsOf(place)).toEqual([]);

  expect(await startRun(place, server.openaiBaseUrl).ended).toMatchObject({ code: 0 });
  expect(
    server.seen
      .slice(requests)
      .map(personOf)
      .filter((person) => safe.has(person)),
  ).toEqual([]);
  expect(server.seen).toHaveLength(requests + experiments - safe.size);
  await callsOfComplete(place, experiments);
});

test.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
  'a full disk: no call leaves unwritten, and nothing that arrived is lost',
  async () => {
    const experiments = 40;
    await using place = freshPlace('postgres');
    await registerPeople(place, experiments);
    using mounted = smallDisk();
    const disk = mounted.path;
    const filler = path.join(disk, 'filler');
    let full = false;
    await using server = await MisbehavingServer.start(async (_, index) => {
      if (index === 10 && !full) {
        full = true;
        fillUp(filler);
      }
      await think(20);
      return says(sheet());
    });
    const env = { PERSONAS_JOURNAL__FOLDER: path.join(disk, 'journal') };
    const first = await startRun(place, server.openaiBaseUrl, env).ended;
    expect(first).toMatchObject({ code: 1 });
    expect(first.stderr).toContain('cannot be written');
    const requests = server.seen.length;
    expect(requests).toBeLessThan(experiments);
    rmSync(filler);
    expect(await startRun(place, server.openaiBaseUrl, env).ended).toMatchObject({ code: 0 });
    expect(server.seen).toHaveLength(experiments);
    expect(await callsOfComplete(place, experiments)).toHaveLength(experiments);
    expect(readdirSync(disk)).toEqual([]);
  },
);

/** A disk of a few megabytes. */
function smallDisk(): Disposable & { readonly path: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'personas-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]);
  return {
    path: folder,
    [Symbol.dispose]() {
      execFileSync('umount', ['--lazy', folder]);
      rmdirSync(folder);
    },
  };
}

/** Takes whatever room there is. */
function fillUp(file: string): void {
  const handle = openSync(file, 'w');
  try {
    for (let size = 2 ** 20; size >= 1; size = Math.floor(size / 2)) {
      try {
        for (;;) if (writeSync(handle, Buffer.alloc(size)) < size) break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  } finally {
    closeSync(handle);
  }
}
