import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { hostname } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { connect, type Database, open, openMigrated } from '../../src/db/connect.ts';
import { lockFolder } from '../../src/db/embedded/lock.ts';
import { dropSchema } from '../../src/db/schema/list.ts';
import { migrate, requireCurrent, schemaState } from '../../src/db/schema/migrate.ts';
import { checkSchemaName, publishedIndexName, queueSchemaOf } from '../../src/db/schema/name.ts';
import { UserError } from '../../src/errors.ts';
import { openQueue } from '../../src/runner/workers/queue.ts';
import { DATABASES, freshSchema, locationOf, testDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/study.ts';

const GOLDEN = fileURLToPath(new URL('../golden/schema.txt', import.meta.url));
const MIGRATIONS = fileURLToPath(new URL('../../src/db/schema/migrations', import.meta.url));
const SOURCE = new URL('../../src/', import.meta.url);

describe.each(DATABASES)('the schema (%s)', (kind) => {
  let database: Database;
  beforeAll(async () => {
    database = await testDatabase(kind);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test('stays as it is when it is migrated twice', async () => {
    const before = await catalogue(database);
    expect(await migrate(database.db, database.schema)).toEqual([]);
    expect(await catalogue(database)).toBe(before);
    expect(await schemaState(database.db, database.schema)).toBe('current');
  });

  test('has the catalogue that is checked in', async () => {
    const live = await catalogue(database);
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(GOLDEN, live);
    expect(live).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  test('holds nothing of the queue', async () => {
    await using _queue = await openQueue(database, 'experiments', () => {});
    expect(await catalogue(database)).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  test('of a newer version is left alone', async () => {
    const { db, schema } = database;
    await sql`insert into ${sql.id(schema, 'personas_migration')} (name, timestamp) values ('999-future', 'then')`.execute(
      db,
    );
    try {
      const before = await catalogue(database);
      for (const attempt of [() => migrate(db, schema), () => requireCurrent(db, schema)]) {
        const error = await attempt().catch((caught: unknown) => caught);
        expect(error).toBeInstanceOf(UserError);
        expect((error as UserError).message).toMatch(
          /newer version of this program \(it has 999-future\)/,
        );
      }
      expect(await catalogue(database)).toBe(before);
    } finally {
      await sql`delete from ${sql.id(schema, 'personas_migration')} where name = '999-future'`.execute(
        db,
      );
    }
  });

  test('that lacks a migration is older, and the message names init-db', async () => {
    const { db, schema } = database;
    const other = checkSchemaName(freshSchema());
    await expect(requireCurrent(db, other)).rejects.toMatchObject({
      hint: `Run: personas init-db --schema ${other}`,
    });
    expect(await schemaState(db, other)).toBe('absent');
    expect(await schemaState(db, schema)).toBe('current');
  });

  test('somebody’s table without a column is named, and nothing is half made', async () => {
    await using other = await connect({ database: locationOf(kind), schema: freshSchema() });
    const { db, schema } = other;
    await sql`create schema ${sql.id(schema)}`.execute(db);
    await sql`create table ${sql.id(schema, 'experiments_list')} (experiment_id serial primary key, mine text)`.execute(
      db,
    );
    try {
      await expect(migrate(db, schema)).rejects.toThrow(
        /experiments_list lacks the columns experiments_group_id, repeated/,
      );
      const { rows } =
        await sql`select relname from pg_class where relnamespace = ${schema}::regnamespace and relkind = 'r'`.execute(
          db,
        );
      expect(rows).toEqual([{ relname: 'experiments_list' }]);
    } finally {
      await sql`drop schema ${sql.id(schema)} cascade`.execute(db);
    }
  });

  test('has a queue with one job for each experiment and one holder for each job', async () => {
    await using queue = await openQueue(database, 'experiments', () => {});
    const offers = Array.from({ length: 10 }, (_, index) => ({
      id: index + 1,
      groupId: index < 5 ? 1 : 2,
    }));
    await queue.offer(offers);
    await queue.offer(offers);
    expect(await queue.open(null)).toBe(10);
    expect(await queue.open([2])).toBe(5);
    const first = await queue.claim(3, [2]);
    expect(first.every((claim) => claim.taskId <= 5)).toBe(true);
    // Claimed is not to be offered anew.
    await queue.offer(offers);
    const rest = await queue.claim(100, []);
    expect([...first, ...rest].map((claim) => claim.taskId).sort((a, b) => a - b)).toEqual(
      offers.map((offer) => offer.id),
    );
    expect(await queue.claim(1, [])).toEqual([]);
    expect(await queue.open(null)).toBe(10);
    // Settled inside a transaction: what is rolled back is still held.
    await expect(
      database.db.transaction().execute(async (transaction) => {
        await queue.settle(first, transaction);
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    expect(await queue.open(null)).toBe(10);
    await database.db.transaction().execute((transaction) => queue.settle(first, transaction));
    queue.settled(first);
    expect(await queue.open(null)).toBe(7);
    await queue.release(rest);
    expect(await queue.open(null)).toBe(0);
    await queue.offer(offers);
    expect(await queue.claim(100, [])).toHaveLength(10);
  });
});

describe('a server that many processes use', () => {
  test('eight set up one schema at once', async () => {
    const location = {
      database: { kind: 'postgres', url: inject('postgres') },
      schema: freshSchema(),
    } as const;
    const opened = await Promise.all(
      Array.from({ length: 8 }, () => openMigrated(location, { maxConnections: 2 })),
    );
    try {
      expect(await catalogue(opened[0]!)).toBe(readFileSync(GOLDEN, 'utf8'));
      const { rows } =
        await sql`select name from ${sql.id(location.schema, 'personas_migration')}`.execute(
          opened[7]!.db,
        );
      expect(rows).toHaveLength(readdirSync(MIGRATIONS).length);
    } finally {
      await dropSchema(opened[0]!);
      await Promise.all(opened.map((one) => one[Symbol.asyncDispose]()));
    }
  });

  test('eight set up one queue at once, each with a single connection', async () => {
    const location = {
      database: { kind: 'postgres', url: inject('postgres') },
      schema: freshSchema(),
    } as const;
    await using owner = await openMigrated(location);
    const opened = await Promise.all(
      Array.from({ length: 8 }, () => open(location, { maxConnections: 1 })),
    );
    try {
      const queues = await Promise.all(
        opened.map((one) => openQueue(one, 'experiments', () => {})),
      );
      await queues[0]!.offer([{ id: 1, groupId: 1 }]);
      const claims = await Promise.all(queues.map((queue) => queue.claim(1, [])));
      expect(claims.flat().map((claim) => claim.taskId)).toEqual([1]);
      await Promise.all(queues.map((queue) => queue[Symbol.asyncDispose]()));
      // No connection was left in a transaction that failed.
      for (const one of opened)
        expect((await sql`select 1 as one`.execute(one.db)).rows).toEqual([{ one: 1 }]);
    } finally {
      await Promise.all(opened.map((one) => one[Symbol.asyncDispose]()));
      await dropSchema(owner);
    }
  });

  test('one that has no TLS, asked for it, says what to leave out', async () => {
    const server = createServer((socket) => socket.once('data', () => socket.end('N')));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const database = {
      kind: 'postgres',
      url: `postgres://me@127.0.0.1:${port}/studies?sslmode=require`,
    } as const;
    await expect(connect({ database, schema: 'any' })).rejects.toMatchObject({
      message: expect.stringContaining('does not support SSL'),
      hint: expect.stringContaining('omit sslmode'),
    });
    server.close();
  });

  test('claims jobs after its clock was set back', async () => {
    await using database = await testDatabase('postgres');
    await using queue = await openQueue(database, 'experiments', () => {});
    await queue.offer([{ id: 1, groupId: 1 }]);
    await sql`update ${sql.id(queueSchemaOf(database.schema), 'job')} set start_after = now() + interval '3 hours'`.execute(
      database.db,
    );
    expect(await queue.claim(1, [])).toMatchObject([{ taskId: 1 }]);
  });

  test('what is in hand is not taken up a second time, though its lease has run out while the server was away', async () => {
    await using database = await testDatabase('postgres');
    await using queue = await openQueue(database, 'experiments', () => {});
    await queue.offer([{ id: 1, groupId: 1 }]);
    const [claim] = await queue.claim(1, []);
    // As pg-boss does it with a claim that has been silent for too long.
    const lapse = () =>
      sql`update ${sql.id(queueSchemaOf(database.schema), 'job')} set state = 'retry', retry_count = retry_count + 1, start_after = now()`.execute(
        database.db,
      );
    await lapse();
    expect(await queue.claim(1, [])).toEqual([]);
    await database.db.transaction().execute((transaction) => queue.settle([claim!], transaction));
    queue.settled([claim!]);
    expect(await queue.open(null)).toBe(0);

    await using other = await openQueue(database, 'experiments', () => {});
    await queue.offer([{ id: 2, groupId: 1 }]);
    await queue.claim(1, []);
    await lapse();
    expect((await other.claim(1, [])).map((one) => one.taskId)).toEqual([2]);
  });
});

describe('the queue of runs', () => {
  test.each(DATABASES)('two queues never hold one experiment both (%s)', async (kind) => {
    await using database = await testDatabase(kind);
    await using one = await openQueue(database, 'experiments', () => {});
    await using other = await openQueue(database, 'experiments', () => {});
    const offers = Array.from({ length: 60 }, (_, index) => ({ id: index + 1, groupId: 1 }));
    await Promise.all([one.offer(offers), other.offer(offers)]);
    const claims = (
      await Promise.all([
        one.claim(40, []),
        other.claim(40, []),
        one.claim(40, []),
        other.claim(40, []),
      ])
    ).flat();
    expect(claims.map((claim) => claim.taskId).sort((a, b) => a - b)).toEqual(
      offers.map((offer) => offer.id),
    );
  });

  test('what a run of the embedded database had in hand is free when it ends, and what it settled is done', async () => {
    await using database = await testDatabase('embedded');
    await using other = await openQueue(database, 'experiments', () => {});
    const queue = await openQueue(database, 'experiments', () => {});
    const offers = [1, 2, 3].map((id) => ({ id, groupId: 1 }));
    await queue.offer(offers);
    const [first] = await queue.claim(2, []);
    queue.settled([first!]);
    await queue[Symbol.asyncDispose]();
    expect(await other.open(null)).toBe(1);
    await other.offer(offers.slice(1));
    expect((await other.claim(5, [])).map(({ taskId }) => taskId).sort()).toEqual([2, 3]);
  });
});

describe('the name of a schema', () => {
  test.each([
    '',
    'A',
    'Study',
    '1a',
    'a b',
    'a"',
    'a;b',
    'a.b',
    'ä',
    'a\n',
    'pg_x',
    'information_schema',
    'x__jobs',
    'a'.repeat(45),
    "a'; drop table x; --",
  ])('schema %j is refused', (name) => {
    expect(() => checkSchemaName(name)).toThrow(UserError);
  });
  test.each(['a', '_a', 'my_study_2', 'a'.repeat(44), 'select'])('schema %j is taken', (name) => {
    expect(checkSchemaName(name)).toBe(name);
  });
  test('leads to index names that fit and differ', () => {
    const schema = 'a'.repeat(44);
    const names = ['population', 'population_print', 'personality_id'].map((column) =>
      publishedIndexName(schema, `personas_${column}`),
    );
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name.length).toBeLessThanOrEqual(63);
    expect(publishedIndexName('s', 'personas_model')).toBe('ix_s_personas_model');
  });
});

describe('the lock of an embedded folder', () => {
  const lockInAnotherProcess = async (folder: string) => {
    const script = `import { lockFolder } from ${JSON.stringify(new URL('db/embedded/lock.ts', SOURCE).href)};
      try { await lockFolder(${JSON.stringify(folder)}); console.log('taken'); process.exit(); }
      catch (error) { console.log(error.name + ': ' + error.message); }`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '-e',
      script,
    ]);
    return stdout.trim();
  };

  test('tells a second process who has the folder', async () => {
    using folder = temporaryFolder();
    {
      using _lock = await lockFolder(folder.path);
      expect(await lockInAnotherProcess(folder.path)).toContain(
        `UserError: The database in ${folder.path} is in use by process ${process.pid} on ${hostname()}`,
      );
      await expect(lockFolder(folder.path)).rejects.toThrow(/in use by process/);
    }
    expect(existsSync(path.join(folder.path, 'lock.json'))).toBe(false);
  });

  test('is taken over when its holder is gone', async () => {
    using folder = temporaryFolder();
    // That process ends without giving its lock back.
    expect(await lockInAnotherProcess(folder.path)).toBe('taken');
    const left = JSON.parse(readFileSync(path.join(folder.path, 'lock.json'), 'utf8')) as {
      pid: number;
    };
    expect(left.pid).not.toBe(process.pid);
    using _lock = await lockFolder(folder.path);
    expect(JSON.parse(readFileSync(path.join(folder.path, 'lock.json'), 'utf8'))).toMatchObject({
      pid: process.pid,
    });
  });

  test('is not held by another process that has got the same number since', async () => {
    using folder = temporaryFolder();
    const file = path.join(folder.path, 'lock.json');
    {
      using _lock = await lockFolder(folder.path);
      writeFileSync(`${file}.copy`, readFileSync(file));
    }
    const mine = JSON.parse(readFileSync(`${file}.copy`, 'utf8')) as Record<string, unknown>;
    if (mine.started === null) return;
    writeFileSync(file, JSON.stringify({ ...mine, started: 'another time', token: 'theirs' }));
    (await lockFolder(folder.path))[Symbol.dispose]();
    writeFileSync(
      file,
      JSON.stringify({
        ...mine,
        boot: 'before the restart',
        host: 'renamed since',
        token: 'theirs',
      }),
    );
    (await lockFolder(folder.path))[Symbol.dispose]();
    writeFileSync(file, 'half a lo');
    (await lockFolder(folder.path))[Symbol.dispose]();
    writeFileSync(file, 'null');
    (await lockFolder(folder.path))[Symbol.dispose]();
  });

  test('a database outlives its process, and one that is not there is not made by looking', async () => {
    using folder = temporaryFolder();
    const place = {
      database: { kind: 'embedded', folder: path.join(folder.path, 'db') },
      schema: 'outlived',
    } as const;
    await expect(open(place)).rejects.toThrow(/No database in/);
    expect(existsSync(place.database.folder)).toBe(false);
    await (await openMigrated(place))[Symbol.asyncDispose]();
    await using again = await open(place);
    expect(await catalogue(again)).toBe(readFileSync(GOLDEN, 'utf8'));
    const second = spawnSync(
      process.execPath,
      [
        fileURLToPath(new URL('cli/main.ts', SOURCE)),
        'run-experiments',
        '--database',
        place.database.folder,
        '--schema',
        'outlived',
      ],
      {
        cwd: folder.path,
        encoding: 'utf8',
      },
    );
    expect(second.status).toBe(2);
    expect(second.stderr).toContain(`is in use by process ${process.pid}`);
  });
});

/**
 * Columns, constraints, indexes and views of the schema, in a form that does not depend on its
 * name.
 */
async function catalogue({ db, schema }: Database): Promise<string> {
  const { rows } = await sql<{ line: string }>`
    select line from (
      select c.relname as relation, 1 as part, a.attnum as place,
        case c.relkind when 'v' then 'view ' else 'table ' end || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
          || case when a.attnotnull then ' not null' else '' end || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') as line
      from pg_class c join pg_attribute a on a.attrelid = c.oid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
      where c.relnamespace = ${schema}::regnamespace and c.relkind in ('r', 'v') and a.attnum > 0 and not a.attisdropped
      union all
      select c.relname, 2, row_number() over (partition by c.relname order by pg_get_constraintdef(k.oid)),
        'constraint ' || c.relname || ' ' || pg_get_constraintdef(k.oid)
      from pg_constraint k join pg_class c on c.oid = k.conrelid where k.connamespace = ${schema}::regnamespace and k.contype <> 'n'
      union all
      select tablename, 3, row_number() over (partition by tablename order by indexdef), indexdef from pg_indexes where schemaname = ${schema}
    ) as lines order by relation collate "C", part, place, line collate "C"`.execute(db);
  return rows.map((row) => `${row.line.replaceAll(schema, 'schema')}\n`).join('');
}
