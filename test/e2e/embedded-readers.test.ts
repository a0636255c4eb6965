import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { connect as knock, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { open, openMigrated } from '../../src/db/connect.ts';
import { openEmbedded } from '../../src/db/embedded/embedded.ts';
import {
  FrameReader,
  frame,
  type ReadRequest,
  type ReadResponse,
} from '../../src/db/embedded/reader-protocol.ts';
import { openReadServer } from '../../src/db/embedded/reader-server.ts';
import {
  freshPlace,
  optionsFor,
  type Place,
  runPersonas,
  type Started,
  simulatedAt,
  startPersonas,
} from '../support/cli.ts';
import { startHolder } from '../support/holder.ts';
import { MisbehavingServer, says } from '../support/misbehaving-server.ts';
import {
  EPQRA,
  importLines,
  people,
  registerPeople,
  sheet,
  temporaryFolder,
} from '../support/study.ts';

const EXPERIMENTS = 60;
/** Of them, what the model answers before it waits to be told to go on. */
const ANSWERED = 40;

/** A model that answers some experiments, and the others when it is told to. */
async function hesitant(
  answered: number,
): Promise<MisbehavingServer & { goOn(): void; hesitates: Promise<void> }> {
  const go = Promise.withResolvers<void>();
  const hesitates = Promise.withResolvers<void>();
  let asked = 0;
  const server = await MisbehavingServer.start(async () => {
    if (++asked > answered) {
      hesitates.resolve();
      await go.promise;
    }
    return says(sheet());
  });
  return Object.assign(server, { goOn: () => go.resolve(), hesitates: hesitates.promise });
}

/** A run that ends before it should says why. */
async function fails({ ended }: Started): Promise<never> {
  throw new Error(`The run ended: ${JSON.stringify(await ended)}`);
}

const folderOf = (place: Pick<Place, 'database'>) => (place.database as { folder: string }).folder;
const countLines = (file: string) => readFileSync(file, 'utf8').split('\n').length - 2;

/** Rows of a CSV without quoted line breaks: how many have this value in that column. */
function countValues(file: string, column: string, value: string): number {
  const [header, ...rows] = readFileSync(file, 'utf8').trimEnd().split('\n');
  const at = header!.split(',').indexOf(column);
  return rows.filter((row) => row.split(',')[at] === value).length;
}

describe.skipIf(process.platform === 'win32')(
  'looking into an embedded database while another process is at work',
  () => {
    test('a run goes on while others look, analyze and export; nobody else writes', {
      timeout: 300_000,
    }, async () => {
      await using server = await hesitant(ANSWERED);
      await using place = freshPlace('embedded');
      await registerPeople(place, EXPERIMENTS);
      const where = optionsFor(place);
      const personas = (...args: string[]) =>
        runPersonas([...args, ...where], { cwd: place.folder });
      const run = startPersonas(['run-experiments', ...where, '--max-workers', '4'], {
        cwd: place.folder,
        env: simulatedAt(server.openaiBaseUrl),
      });
      await Promise.race([server.hesitates, fails(run)]);

      const status = await personas('status', '--json');
      expect(status).toMatchObject({ code: 0, stderr: '' });
      const [group] = (
        JSON.parse(status.stdout) as {
          groups: { experiments: number; succeeded: number; pending: number }[];
        }
      ).groups;
      expect(group!.experiments).toBe(EXPERIMENTS);
      expect(group!.succeeded + group!.pending).toBe(EXPERIMENTS);

      const asked = [['groups'], ['schemas', 'list'], ['demographics'], ['show', '1']];
      const answers = await Promise.all(asked.map((args) => personas(...args)));
      for (const answer of answers) expect(answer).toMatchObject({ code: 0, stderr: '' });
      expect(answers[1]!.stdout).toMatch(
        new RegExp(`${place.schema} +current +${EXPERIMENTS} +${EXPERIMENTS}`),
      );

      const exported = path.join(place.folder, 'exported');
      const [analysis, exporting] = await Promise.all([
        personas('analyze', '--table', '4', '--rows', 'simulated'),
        personas('export', exported),
      ]);
      expect(analysis).toMatchObject({ code: 0, stderr: '' });
      expect(exporting).toMatchObject({ code: 0 });
      const succeeded = countValues(path.join(exported, 'experiments_list.csv'), 'succeeded', 't');
      expect(countLines(path.join(exported, 'eval_questionnaires.csv'))).toBe(
        succeeded * EPQRA.items.length,
      );

      const whole = await personas('analyze', '--rows', 'simulated');
      expect(whole).toMatchObject({ code: 0 });
      expect(whole.stderr).toContain(
        `may be stale: process ${run.child.pid} is using the database`,
      );

      for (const args of [
        ['groups', 'close', '1', '--yes'],
        ['demographics', '--reclean'],
        ['run-experiments'],
        ['init-db'],
      ]) {
        const refused = await personas(...args);
        expect(refused).toMatchObject({ code: 2, stdout: '' });
        expect(refused.stderr).toMatch(
          new RegExp(`in use by process ${run.child.pid} .*status, show`, 's'),
        );
      }

      server.goOn();
      expect(await run.ended).toMatchObject({ code: 0 });
      const left = await personas('status', '--json');
      expect(JSON.parse(left.stdout)).toMatchObject({
        groups: [{ succeeded: EXPERIMENTS, pending: 0 }],
      });
      expect(
        readdirSync(folderOf(place)).filter((name) => /^(visit|door|lock)/.test(name)),
      ).toEqual([]);
    });

    test('an export of what changes all the time is of one moment', {
      timeout: 300_000,
    }, async () => {
      await using place = freshPlace('embedded');
      await registerPeople(place, 400);
      await using server = await hesitant(399);
      const run = startPersonas(['run-experiments', ...optionsFor(place), '--max-workers', '4'], {
        cwd: place.folder,
        env: simulatedAt(server.openaiBaseUrl),
      });
      await run.says(/./);
      let most = 0;
      for (let round = 0; round < 3; round++) {
        const folder = path.join(place.folder, `exported-${round}`);
        expect(
          await runPersonas(['export', folder, ...optionsFor(place)], { cwd: place.folder }),
        ).toMatchObject({ code: 0 });
        const succeeded = countValues(path.join(folder, 'experiments_list.csv'), 'succeeded', 't');
        expect(succeeded).toBeGreaterThanOrEqual(most);
        expect(countLines(path.join(folder, 'eval_questionnaires.csv'))).toBe(
          succeeded * EPQRA.items.length,
        );
        most = succeeded;
      }
      server.goOn();
      expect(await run.ended).toMatchObject({ code: 0 });
    });

    test('a reader goes on when the process that it asks is killed', async () => {
      await using place = freshPlace('embedded');
      await registerPeople(place, 1);
      const holder = await startHolder(
        folderOf(place),
        `server.pglite.transaction = () => { console.log('asked'); return new Promise(() => {}); };`,
      );
      const visitor = startPersonas(['status', ...optionsFor(place)], { cwd: place.folder });
      await holder.says(/^asked$/);
      await holder.kill();
      const ended = await visitor.ended;
      expect(ended).toMatchObject({ code: 1, stdout: '' });
      expect(ended.stderr).toMatch(
        new RegExp(
          `open, process ${holder.child.pid}, ended during this query.*same command again`,
          's',
        ),
      );
      expect(
        await runPersonas(['status', ...optionsFor(place)], { cwd: place.folder }),
      ).toMatchObject({ code: 0 });
    });

    test('what a killed holder leaves is removed by the next, which opens a door of its own', async () => {
      await using place = freshPlace('embedded');
      await registerPeople(place, 1);
      const folder = folderOf(place);
      const killed = await startHolder(folder);
      mkdirSync(path.join(folder, 'visit.of-somebody-killed'));
      await killed.kill();
      expect(existsSync(path.join(folder, 'door.sock'))).toBe(true);
      const holder = await startHolder(folder);
      expect(existsSync(path.join(folder, 'visit.of-somebody-killed'))).toBe(false);
      await using visitor = await open(place, { readVia: 'live' });
      expect(visitor.visiting).toBe(`process ${holder.child.pid}`);
      expect((await sql`select 1 as one`.execute(visitor.db)).rows).toEqual([{ one: 1 }]);
    });

    test('a folder whose name is too long for a socket can be read all the same', async () => {
      await using place = freshPlace('embedded');
      const folder = path.join(place.folder, 'a'.repeat(60), 'b'.repeat(60));
      const far = { database: { kind: 'embedded', folder } as const, schema: place.schema };
      await (await openMigrated(far))[Symbol.asyncDispose]();
      const holder = await startHolder(folder);
      const { door } = JSON.parse(readFileSync(path.join(folder, 'lock.json'), 'utf8')) as {
        door: string;
      };
      expect(path.dirname(door)).toBe(tmpdir());
      expect(
        await runPersonas(['status', ...optionsFor(far)], { cwd: place.folder }),
      ).toMatchObject({ code: 0, stderr: '' });
      await holder.kill();
      expect(existsSync(door)).toBe(true);
      expect(
        await runPersonas(['status', ...optionsFor(far)], { cwd: place.folder }),
      ).toMatchObject({ code: 0 });
      expect(existsSync(door)).toBe(false);
    });
  },
);

describe.skipIf(process.platform === 'win32')('the door', () => {
  const doorOf = (folder: string) => path.join(folder, 'door.sock');

  test('is for this user only, and gone when the holder is', async () => {
    using folder = temporaryFolder();
    {
      await using _server = await openEmbedded(folder.path);
      expect(statSync(doorOf(folder.path)).mode & 0o777).toBe(0o600);
    }
    expect(existsSync(doorOf(folder.path))).toBe(false);
  });

  test('brings values and errors as they are, and nothing that writes in', async () => {
    await using place = freshPlace('embedded');
    await using own = await openMigrated(place);
    await using visitor = await open(place, { readVia: 'live' });
    const query = sql`select '2020-02-03T04:05:06Z'::timestamptz as at, 9007199254740991::int8 as big, '\\x00ff'::bytea as bytes,
      '{"a":[1,null]}'::jsonb as json, null as nothing, array['ä','b'] as texts, ${'Ω'}::text as parameter, ${[1, 2]}::int[] as numbers`;
    const seen = (await query.execute(visitor.db)).rows;
    expect(seen).toEqual((await query.execute(own.db)).rows);
    expect(seen).toMatchObject([
      { big: 9007199254740991, json: { a: [1, null] }, parameter: 'Ω', numbers: [1, 2] },
    ]);
    const many = await sql<{
      i: number;
    }>`select i, repeat('x', 500) as text from generate_series(1, 20000) as i`.execute(visitor.db);
    expect(many.rows.map((row) => row.i)).toEqual(
      Array.from({ length: 20_000 }, (_, index) => index + 1),
    );

    await expect(sql`select * from nothing_of_this_name`.execute(visitor.db)).rejects.toMatchObject(
      { code: '42P01' },
    );
    const writing = sql`with added as (insert into ${own.t.personas} (name) values ('x') returning 1) select * from added`;
    await expect(writing.execute(visitor.db)).rejects.toMatchObject({ code: '42501' });
    const sequence = `${place.schema}.personas_id_seq`;
    for (const call of [
      `nextval('${sequence}')`,
      `setval('${sequence}', 5)`,
      "set_config('timezone', 'Asia/Tokyo', false)",
      "set_config('default_transaction_read_only', 'on', false)",
      "query_to_xml('select 1', true, false, '')",
      'pg_advisory_lock(1)',
      'pg_sleep(0)',
      'setseed(0.5)',
      "pg_notify('a', 'b')",
      'pg_reload_conf()',
      "pg_read_file('PG_VERSION')",
      "pg_ls_dir('.')",
      'lo_create(0)',
      "lo_import('nowhere')",
      "lo_export(1, 'nowhere')",
      "pg_logical_emit_message(false, 'a', 'b')",
      'pg_current_xact_id()',
    ]) {
      await expect(
        sql.raw(`with called as (select ${call}) select * from called`).execute(visitor.db),
        call,
      ).rejects.toMatchObject({
        code: '42501',
      });
    }
    for (const endless of [
      'select count(*) from generate_series(1, 1000000000000)',
      'with recursive t as (select 1 as n union all select n + 1 from t) select count(*) from t',
      'select count(*) from generate_series(1, 1000000) as a, generate_series(1, 1000000) as b',
      'select count(*) from generate_series(1, (select 1000000000000))',
      'select count(*) from (select generate_series(1, n) from (select 1000000000000 as n offset 0) as t) as t',
      "select count(*) from generate_series('2020-01-01', 'infinity'::timestamptz, '1 second')",
      'select count(*) from generate_series(1::numeric, 1e15)',
    ])
      await expect(sql.raw(endless).execute(visitor.db)).rejects.toThrow(
        /too long while another process is at work/,
      );
    for (const text of [
      'commit',
      'delete from personas',
      "copy (select 1) to '/dev/blob'",
      'set default_transaction_read_only = off',
    ])
      await expect(sql.raw(text).execute(visitor.db)).rejects.toThrow(/Only queries/);
    await expect(visitor.db.transaction().execute(async () => {})).rejects.toThrow(
      /single queries only/,
    );
    expect((await sql`select 1 as one`.execute(visitor.db)).rows).toEqual([{ one: 1 }]);
    expect(
      (
        await sql`select current_setting('timezone') as zone, current_user::text as user`.execute(
          own.db,
        )
      ).rows,
    ).toEqual([{ zone: 'UTC', user: 'postgres' }]);
  });

  test('a copy is of its own moment, cannot be written, and goes with its visitor', async () => {
    await using place = freshPlace('embedded');
    await using own = await openMigrated(place);
    const copies = () => readdirSync(folderOf(place)).filter((name) => name.startsWith('visit.'));
    await importLines(own, people('before', 2));
    {
      await using visitor = await open(place, { readVia: 'snapshot' });
      await importLines(own, people('after', 3));
      const { rows } = await sql`select distinct population from ${visitor.t.personas}`.execute(
        visitor.db,
      );
      expect(rows).toEqual([{ population: 'before' }]);
      await expect(importLines(visitor, people('never', 1))).rejects.toMatchObject({
        code: '25006',
      });
      expect(copies()).toHaveLength(1);
    }
    expect(copies()).toEqual([]);
  });

  test('a copy outlasts the holder', async () => {
    await using place = freshPlace('embedded');
    await registerPeople(place, 2);
    const holder = await startHolder(folderOf(place));
    await using visitor = await open(place, { readVia: 'snapshot' });
    await holder.kill();
    await using next = await open(place);
    expect(next.visiting).toBe(null);
    const { rows } = await sql`select count(*)::int as personas from ${visitor.t.personas}`.execute(
      visitor.db,
    );
    expect(rows).toEqual([{ personas: 2 }]);
  });

  /** A visitor that speaks for itself. */
  async function stranger(
    folder: string,
  ): Promise<{ socket: Socket; ask(request: ReadRequest): void; next(): Promise<ReadResponse> }> {
    const socket = knock(doorOf(folder));
    socket.on('error', () => {});
    await once(socket, 'connect');
    const reader = new FrameReader<ReadResponse>(1 << 28);
    const answers: ReadResponse[] = [];
    const next = async () => {
      while (answers.length === 0)
        answers.push(...reader.take((await once(socket, 'data'))[0] as Buffer));
      return answers.shift()!;
    };
    expect(await next()).toMatchObject({ kind: 'welcome', pid: process.pid });
    return { socket, ask: (request) => socket.write(frame(request)), next };
  }

  test('visitors that take nothing, talk nonsense or vanish hold nobody up', async () => {
    using folder = temporaryFolder();
    const server = await openEmbedded(folder.path);
    const select = (id: number, text: string): ReadRequest => ({
      kind: 'query',
      id,
      text,
      parameters: [],
    });

    const hanging = await stranger(folder.path);
    hanging.socket.pause();
    hanging.ask(select(1, "select repeat('x', 1000) as x from generate_series(1, 50000)"));

    const nonsense = await stranger(folder.path);
    const cut = once(nonsense.socket, 'close');
    nonsense.socket.write('GET / HTTP/1.1\r\n\r\n');
    await cut;

    const vanishing = await stranger(folder.path);
    vanishing.ask({ kind: 'snapshot', id: 1 });
    const copied = await vanishing.next();
    expect(copied).toMatchObject({ kind: 'copied', id: 1 });
    vanishing.socket.destroy();

    const polite = await stranger(folder.path);
    polite.ask(select(7, 'select 1 as one'));
    expect(await polite.next()).toEqual({ kind: 'rows', id: 7, rows: [{ one: 1 }] });
    expect(await polite.next()).toEqual({ kind: 'done', id: 7 });
    expect((await server.pglite.query('select 2 as two')).rows).toEqual([{ two: 2 }]);
    const left = once(polite.socket, 'close');
    await server[Symbol.asyncDispose]();
    await left;
    expect(readdirSync(folder.path)).toEqual(['pgdata']);
  });

  test('a statement of the holder waits for one of the visitors and not for all', async () => {
    using folder = temporaryFolder();
    await using server = await openEmbedded(folder.path);
    const visits = 40;
    let begun = 0;
    const transaction = server.pglite.transaction.bind(server.pglite);
    server.pglite.transaction = (work) => {
      begun++;
      return transaction(work);
    };
    const visitor = await stranger(folder.path);
    for (let id = 1; id <= visits; id++)
      visitor.ask({ kind: 'query', id, text: 'select 1 as one', parameters: [] });
    await visitor.next();
    const before = begun;
    await server.pglite.query('select 2');
    expect(begun - before).toBeLessThanOrEqual(2);
    expect(begun).toBeLessThan(visits);
    visitor.socket.destroy();
  });

  test('where no place can be listened on, the holder works without a door', async () => {
    using folder = temporaryFolder();
    mkdirSync(doorOf(folder.path));
    await using server = await openEmbedded(folder.path, false);
    expect(
      await openReadServer(server.pglite, folder.path, [
        doorOf(folder.path),
        path.join(folder.path, 'nowhere', 'door'),
      ]),
    ).toBe(null);
  });
});
