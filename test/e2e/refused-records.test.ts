import { cpSync, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { sql } from 'kysely';
import pg from 'pg';
import { describe, expect, inject, test } from 'vitest';
import { sayJournals } from '../../src/cli/shared/journals.ts';
import { exportDataset } from '../../src/dataset/export/export.ts';
import { importDataset } from '../../src/dataset/import/load.ts';
import { connect, type Database, openIn, openMigrated } from '../../src/db/connect.ts';
import { dropSchema } from '../../src/db/schema/list.ts';
import { UserError } from '../../src/errors.ts';
import { recoverJournals, requireRecovered } from '../../src/experiments/recover.ts';
import { recoverableExperiments, runPendingExperiments } from '../../src/experiments/run.ts';
import { journalStates } from '../../src/experiments/status/study-status.ts';
import { createCatalogue } from '../../src/models/catalogue.ts';
import { createJournal } from '../../src/runner/journal/journal.ts';
import { journalLocation } from '../../src/runner/journal/location-store.ts';
import { freshPlace, type Place } from '../support/cli.ts';
import { DATABASES, freshSchema } from '../support/database.ts';
import {
  type Behaviour,
  MisbehavingServer,
  type Seen,
  says,
} from '../support/misbehaving-server.ts';
import { configFor, importLines, messagesOf, people, register, sheet } from '../support/study.ts';

async function study(place: Place, experiments: number): Promise<Database> {
  const database = await openMigrated(place);
  await importLines(database, people('p', experiments));
  await register(database, ['p']);
  return database;
}

/** The configuration of a run at a server, with journals in the place. */
function settings(place: Place, baseUrl = 'http://127.0.0.1:9/v1') {
  return configFor(baseUrl, { PERSONAS_JOURNAL__FOLDER: path.join(place.folder, 'journals') });
}

function personOf(seen: Seen): number {
  return Number(/person (\d+) of/.exec(messagesOf(seen).system)![1]);
}

interface Stored {
  readonly person: number;
  readonly succeeded: boolean | null;
  readonly outcome: string | null;
  readonly kind: string | null;
  readonly calls: number;
}

async function storedOf({ db, t }: Database): Promise<Map<number, Stored>> {
  const { rows } =
    await sql<Stored>`select e.personality_id as person, e.succeeded, d.last_outcome as outcome, d.last_kind as kind,
      (select count(*)::int from ${t.experiment_request_metadata} m where m.experiment_id = e.experiment_id) as calls
    from ${t.experiments_list} e join ${t.experiment_details} d using (experiment_id) order by 1`.execute(
      db,
    );
  return new Map(rows.map((row) => [row.person, row]));
}

const failsWith = (words: string): Behaviour => ({
  kind: 'sends',
  status: 400,
  body: `{"error":{"message":"${words}"}}`,
});

/** A whole sheet in a completion of which other fields are odd. */
function oddCompletion(fields: string, stop = '"stop"'): Behaviour {
  const message = `{"role":"assistant","content":${JSON.stringify(sheet())}}`;
  return {
    kind: 'sends',
    status: 200,
    body: `{"choices":[{"index":0,"message":${message},"finish_reason":${stop}}],${fields}}`,
  };
}

const DEEP = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
const ODD: readonly {
  readonly reply: Behaviour;
  readonly becomes: readonly [string, string | null];
  readonly noted?: true;
}[] = [
  // Cut at 300 characters, with what stands before them and without.
  ...[230, 240, 250, 260, 298, 299, 300].map((at) => ({
    reply: failsWith(`${'x'.repeat(at)}${'😀'.repeat(40)}`),
    becomes: ['failed', 'bad_request'] as const,
  })),
  { reply: failsWith('a \\u0000 b'), becomes: ['failed', 'bad_request'] },
  { reply: failsWith('half \\ud83d'), becomes: ['failed', 'bad_request'] },
  {
    reply: {
      kind: 'sends',
      status: 400,
      body: `{"error":${DEEP.replaceAll('[', '{"a":').replaceAll(']', '}').replace('{"a":}', '{}')}}`,
    },
    becomes: ['failed', 'bad_request'],
    noted: true,
  },
  { reply: oddCompletion('"model":"gpt\\u0000-4o"'), becomes: ['answered', null] },
  { reply: oddCompletion('"model":"m"', '"\\ud83d"'), becomes: ['answered', null] },
  { reply: oddCompletion(`"model":"m","extra":${DEEP}`), becomes: ['answered', null], noted: true },
  {
    reply: oddCompletion(`"model":"m","extra":[1e999999,${'7'.repeat(200_000)}]`),
    becomes: ['answered', null],
  },
  {
    reply: oddCompletion('"model":"m","usage":{"prompt_tokens":1.7e308,"completion_tokens":1e308}'),
    becomes: ['answered', null],
  },
  {
    reply: { kind: 'sends', status: 200, body: DEEP },
    becomes: ['failed', 'protocol'],
    noted: true,
  },
];

describe.each(DATABASES)('odd replies (%s)', (kind) => {
  test('each is stored as what it is, and none is in the way of another', async () => {
    await using place = freshPlace(kind);
    await using database = await study(place, ODD.length + 6);
    await using server = await MisbehavingServer.start(
      (seen) => ODD[personOf(seen) - 1]?.reply ?? says(sheet()),
    );
    const config = settings(place, server.openaiBaseUrl);
    const warnings: string[] = [];
    const summary = await runPendingExperiments(database, config, {
      maxWorkers: 4,
      // With an id it would be said that the task remains pending.
      onWarning: ({ id, message }) => warnings.push(id === null ? message : `${id} is pending`),
    });
    expect(summary).toMatchObject({ endedBy: 'nothing left', unrunnable: 0 });
    const stored = await storedOf(database);
    const expected = [
      ...ODD.map((one) => one.becomes),
      ...Array.from({ length: 6 }, () => ['answered', null] as const),
    ];
    expect([...stored.values()].map((one) => [one.outcome, one.kind])).toEqual(expected);
    expect(
      warnings.filter((one) => one.includes('bytes with a note')).length,
    ).toBeGreaterThanOrEqual(ODD.filter((one) => one.noted).length);
    const { rows } = await sql<{
      person: number;
      json: { not_readable?: string };
      note: string | null;
      body: Uint8Array;
    }>`
      select e.personality_id as person, m.response_json as json, m.request_metadata->>'not_readable' as note, b.response_gzip as body
      from ${database.t.experiment_request_metadata} m join ${database.t.experiments_list} e using (experiment_id)
      join ${database.t.call_bytes} b on b.request_metadata_id = m.id where e.personality_id <= ${ODD.length}`.execute(
      database.db,
    );
    for (const { person, json, note, body } of rows) {
      const { reply, noted } = ODD[person - 1]!;
      expect(note).toEqual(noted ? expect.stringContaining('nested') : null);
      if (noted) expect(json.not_readable).toBe(note);
      expect(gunzipSync(body).toString()).toBe((reply as { body: string }).body);
    }
    expect(await journalStates(database, config)).toEqual([]);
    const { overviewOfSpending } = await import('../../src/experiments/status/spending-store.ts');
    expect(await overviewOfSpending(database)).toHaveLength(1);
  });

  test('a reply that the database refuses is stored with a note, or kept, named, not paid for again, and brought in when it can be', async () => {
    await using place = freshPlace(kind);
    await using database = await study(place, 8);
    const { db, t, schema } = database;
    await using server = await MisbehavingServer.start(() => says(sheet()));
    const config = settings(place, server.openaiBaseUrl);
    const refusing = sql.id(schema, 'refusing');
    await sql`create function ${refusing}() returns trigger language plpgsql as
      $$ begin
        if new.experiment_id in (3, 6) then raise exception 'no row for %', new.experiment_id; end if;
        if new.experiment_id = 5 and not new.response_json ? 'not_readable' then raise exception 'not so'; end if;
        return new;
      end $$`.execute(db);
    await sql`create trigger refusing before insert on ${t.experiment_request_metadata} for each row execute function ${refusing}()`.execute(
      db,
    );
    const warnings: string[] = [];
    const run = () =>
      runPendingExperiments(database, config, {
        maxWorkers: 4,
        onWarning: ({ message }) => warnings.push(message),
      });
    expect(await run()).toMatchObject({ succeeded: 6, unrunnable: 2, remaining: 2 });
    expect(server.seen).toHaveLength(8);
    expect(
      warnings.filter((one) => /database refuses a reply.*no row for 3/.test(one)),
    ).toHaveLength(1);
    const { rows: noted } =
      await sql`select experiment_id as id, request_metadata->>'outcome' as outcome,
        request_metadata->>'not_readable' as note from ${t.experiment_request_metadata} where request_metadata ? 'not_readable'`.execute(
        db,
      );
    expect(noted).toEqual([
      { id: 5, outcome: 'answered', note: 'the database refuses it: not so' },
    ]);
    const said = async () =>
      sayJournals(await journalStates(database, config)).map((one) => one.fact);
    expect(await said()).toEqual([
      expect.stringContaining('1 journals from finished processes are waiting to be recovered'),
      expect.stringContaining('no row for 3'),
      expect.stringContaining('no row for 6'),
    ]);
    expect((await said())[0]).toContain(
      '2 replies that are not stored, and 0 calls of which it is unknown whether they were answered',
    );
    // Whoever runs again does not ask again.
    expect(await run()).toMatchObject({ succeeded: 0, unrunnable: 2 });
    expect(server.seen).toHaveLength(8);
    await sql`drop trigger refusing on ${t.experiment_request_metadata}`.execute(db);
    const [{ recovered }] = (await recoverJournals(database, config)) as [
      Awaited<ReturnType<typeof recoverJournals>>[number],
    ];
    expect(recovered).toMatchObject({ replies: 2, answered: 2, left: [] });
    expect(await journalStates(database, config)).toEqual([]);
    expect(await run()).toMatchObject({ succeeded: 0, unrunnable: 0, remaining: 0 });
    expect(server.seen).toHaveLength(8);
  });
});

/** The journal of a process that was killed when all its replies were there and none was stored. */
async function leaveJournal(database: Database, place: Place): Promise<string> {
  const config = settings(place);
  const work = await recoverableExperiments(database, config);
  const at = (await journalLocation(database, config))!;
  await using journal = createJournal(at, { kind: 'experiments', now: Date.now });
  const ids = [...(await storedOf(database)).values()].map((_, index) => index + 1);
  for (const one of await work.loadAny(ids)) {
    if (!one.runnable) throw new Error(one.reason);
    const request = { ...one.task.request, seed: null };
    const id = await journal.logRequest({
      taskId: one.task.id,
      model: one.task.model.name,
      attempt: 1,
      request,
      reservedUsd: 0,
    });
    const text = sheet((number) => number % 3 === 0);
    await journal.logReply(id, {
      ok: true,
      completion: {
        text,
        stopReason: 'stop',
        rawStopReason: 'stop',
        usage: null,
        modelServed: 'm',
      },
      exchange: {
        requestBody: Buffer.from('{}'),
        responseBody: Buffer.from(JSON.stringify(text)),
        status: 200,
        requestId: null,
        startedAt: 1,
        latencyMs: 1,
      },
    });
  }
  return at.folder;
}

const answeredIn = async (database: Database) =>
  [...(await storedOf(database)).values()].filter((one) => one.outcome === 'answered').length;

describe.each(DATABASES)('journals and other studies (%s)', (kind) => {
  test('what is left of a study is brought into it before it is replaced, and never into the one that replaces it', async () => {
    await using place = freshPlace(kind);
    await using database = await study(place, 5);
    const { db, t, schema } = database;
    const folder = path.join(place.folder, 'export');
    const source = await openIn(database, freshSchema(), 'migrate');
    await importLines(source, people('q', 5));
    await register(source, ['q']);
    await exportDataset(source, folder, { program: 'test', now: new Date(0) });
    await dropSchema(source);
    const config = settings(place);
    const replace = () =>
      importDataset(database, folder, createCatalogue(), { mode: 'replace' }, () =>
        requireRecovered(database, config),
      );
    const journals = await leaveJournal(database, place);
    const kept = path.join(place.folder, 'kept');
    cpSync(journals, kept, { recursive: true });
    const study1 = await recoverableExperiments(database, config);
    const { rows: before } = await sql<{
      id: string;
    }>`select study_id::text as id from ${t.study_identity}`.execute(db);

    // As long as something of it cannot be brought in, nothing is replaced.
    const refusing = sql.id(schema, 'refusing');
    await sql`create function ${refusing}() returns trigger language plpgsql as
      $$ begin if new.experiment_id = 2 then raise exception 'not now'; end if; return new; end $$`.execute(
      db,
    );
    await sql`create trigger refusing before insert on ${t.experiment_request_metadata} for each row execute function ${refusing}()`.execute(
      db,
    );
    await expect(replace()).rejects.toThrow(
      /cannot be replaced yet: 1 replies cannot be recovered.*not now.*Nothing was imported/,
    );
    expect(await answeredIn(database)).toBe(4);
    await sql`drop trigger refusing on ${t.experiment_request_metadata}`.execute(db);
    await replace();
    expect(existsSync(journals)).toBe(false);
    expect(await answeredIn(database)).toBe(0);

    // The journal comes back, from a backup or another machine.
    cpSync(kept, journals, { recursive: true });
    const [{ recovered }] = (await recoverJournals(database, config)) as [
      Awaited<ReturnType<typeof recoverJournals>>[number],
    ];
    expect(recovered).toMatchObject({ replies: 0, journals: 0, left: [] });
    expect(recovered.otherStudy).toEqual(
      readdirSync(journals).map((name) => path.join(journals, name)),
    );
    expect(sayJournals(await journalStates(database, config)).map((one) => one.fact)).toEqual([
      expect.stringContaining(recovered.otherStudy[0]!),
    ]);
    expect(await answeredIn(database)).toBe(0);

    // The files of the database are set back: the same study by its id, with other personas under
    // the same numbers.
    await sql`update ${t.study_identity} set study_id = ${before[0]!.id}::uuid`.execute(db);
    const [{ recovered: setBack }] = (await recoverJournals(database, config)) as [
      Awaited<ReturnType<typeof recoverJournals>>[number],
    ];
    expect(setBack).toMatchObject({ replies: 0, unknown: [] });
    expect(new Set(setBack.left.map((one) => one.reason))).toEqual(
      new Set(['its request differs from the one that would be sent now']),
    );
    expect(setBack.left).toHaveLength(5);
    expect(await answeredIn(database)).toBe(0);

    // A run that began before the study was replaced, anywhere, stores nothing in the new one.
    await replace().catch((error: unknown) => expect(error).toBeInstanceOf(UserError));
    await sql`update ${t.study_identity} set study_id = gen_random_uuid()`.execute(db);
    const one = (await study1.loadAny([1]))[0]!;
    if (!one.runnable) throw new Error(one.reason);
    await expect(study1.storeRecovered({ calls: [], finished: [] })).rejects.toThrow(
      /was replaced while this process was running/,
    );
  });
});

test('a database that is not in UTF-8 is refused on connecting, with what to do', async () => {
  const url = new URL(inject('postgres'));
  const name = `latin_${freshSchema()}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(
      `create database ${name} encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0`,
    );
    url.pathname = name;
    const said = await connect({
      database: { kind: 'postgres', url: url.href },
      schema: 'study',
    }).catch((error: unknown) => error);
    expect(said).toBeInstanceOf(UserError);
    expect((said as UserError).message).toContain(`The database "${name}" is encoded in LATIN1`);
    expect((said as UserError).hint).toContain("encoding 'UTF8' template template0");
  } finally {
    await client.query(`drop database if exists ${name}`);
    await client.end();
  }
});

test('a server that reads backslashes in texts as escapes is refused on connecting', async () => {
  const url = new URL(inject('postgres'));
  url.searchParams.set('options', '-c standard_conforming_strings=off');
  const database = { kind: 'postgres', url: url.href } as const;
  await expect(connect({ database, schema: 'study' })).rejects.toThrow(
    /standard_conforming_strings is off/,
  );
});
