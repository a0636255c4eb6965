import { readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { sql } from 'kysely';
import { describe, expect, inject, test } from 'vitest';
import { connect, openMigrated } from '../../src/db/connect.ts';
import { prepareQueue } from '../../src/runner/workers/queue.ts';
import { freshPlace, optionsFor, runPersonas, type StartOptions } from '../support/cli.ts';
import { DATABASES } from '../support/database.ts';
import { startHolder } from '../support/holder.ts';
import { importLines, people, register, temporaryFolder } from '../support/study.ts';

interface Finding {
  readonly check: string;
  readonly level: 'ok' | 'warn' | 'fail';
  readonly fact: string;
  readonly advice: string | null;
}

async function doctor(args: readonly string[], options: StartOptions) {
  const result = await runPersonas(['doctor', '--json', ...args], options);
  expect(result.stderr).toBe('');
  const { ok, checks } = JSON.parse(result.stdout) as { ok: boolean; checks: Finding[] };
  expect(result.code).toBe(ok ? 0 : 1);
  expect(ok).toBe(checks.every((one) => one.level !== 'fail'));
  for (const one of checks) expect(one.advice === null).toBe(one.level === 'ok');
  const of = (check: string) => checks.filter((one) => one.check === check);
  return { ok, checks, of, one: (check: string) => of(check)[0] };
}

describe('doctor, before anything is there,', () => {
  test('finds no failure and makes nothing', async () => {
    using folder = temporaryFolder();
    const { ok, one } = await doctor([], { cwd: folder.path });
    expect(ok).toBe(true);
    expect(one('Node.js')).toMatchObject({ level: 'ok', fact: process.versions.node });
    expect(one('configuration')).toMatchObject({
      level: 'ok',
      fact: expect.stringContaining('no file'),
    });
    expect(one('database')).toMatchObject({
      level: 'warn',
      advice: expect.stringContaining('personas init-db'),
    });
    expect(one('disk')!.fact).toMatch(/free for/);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test('stops at a wrong configuration', async () => {
    using folder = temporaryFolder();
    writeFileSync(path.join(folder.path, '.yaml'), 'openai:\n  api_kee: x\n');
    const { checks } = await doctor([], { cwd: folder.path });
    expect(checks.at(-1)).toMatchObject({
      check: 'configuration',
      level: 'fail',
      advice: expect.stringContaining('openai.api_key'),
    });
  });

  test('reports a server that is not there', async () => {
    using folder = temporaryFolder();
    const { one, checks } = await doctor(['--database', 'postgres://me:secret@127.0.0.1:9/x'], {
      cwd: folder.path,
    });
    expect(one('database')).toMatchObject({
      level: 'fail',
      fact: expect.stringContaining('does not answer'),
    });
    expect(JSON.stringify(checks)).not.toContain('secret');
  });

  test('prints a line for each check, what to do below it, and the sum', async () => {
    using folder = temporaryFolder();
    const { code, stdout } = await runPersonas(['doctor', '--offline'], { cwd: folder.path });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok {4}Node\.js +\d+/m);
    expect(stdout).toMatch(
      /^warn {2}database +no database in .* yet\n +→ Create one with: personas init-db/m,
    );
    expect(stdout).toMatch(/\nNothing failed; 1 warning\.\n$/);
  });
});

describe.each(DATABASES)('doctor on a study (%s)', (kind) => {
  test('finds everything in order', async () => {
    await using place = freshPlace(kind);
    await (await openMigrated(place))[Symbol.asyncDispose]();
    const { ok, one } = await doctor(optionsFor(place), { cwd: place.folder });
    expect(ok).toBe(true);
    for (const check of ['database', 'schema', 'journal', 'providers'])
      expect(one(check)).toMatchObject({ level: 'ok' });
    if (kind === 'postgres') {
      expect(one('rights')).toMatchObject({ level: 'ok' });
      expect(one('clock')).toMatchObject({ level: 'ok' });
      expect(one('database')!.fact).toMatch(/PostgreSQL \d+.* ms away/);
    }
  });

  test('reports a schema that is not set up, and one of another version', async () => {
    await using place = freshPlace(kind);
    await (await openMigrated(place))[Symbol.asyncDispose]();
    const near = `${place.schema}x`;
    const absent = await doctor(optionsFor({ ...place, schema: near }), { cwd: place.folder });
    expect(absent.ok).toBe(true);
    expect(absent.one('schema')).toMatchObject({
      level: 'warn',
      advice: expect.stringContaining(`Did you mean "${place.schema}"`),
    });

    const name = '005-under-fire';
    const rename = async (from: string, to: string) => {
      await using database = await connect(place);
      await sql`update ${sql.id(place.schema, 'personas_migration')} set name = ${to} where name = ${from}`.execute(
        database.db,
      );
    };
    await rename(name, '999-of-tomorrow');
    expect((await doctor(optionsFor(place), { cwd: place.folder })).one('schema')).toMatchObject({
      level: 'fail',
      fact: expect.stringContaining('newer version'),
    });
    await rename('999-of-tomorrow', name);
  });
});

test('doctor tells a user who may only read which grants are missing', async () => {
  await using place = freshPlace('postgres');
  const user = `${place.schema}_reader`;
  {
    await using database = await openMigrated(place);
    await prepareQueue(database);
    await sql`create role ${sql.id(user)} login`.execute(database.db);
    await sql`grant usage on schema ${sql.id(place.schema)} to ${sql.id(user)}`.execute(
      database.db,
    );
    await sql`grant select on all tables in schema ${sql.id(place.schema)} to ${sql.id(user)}`.execute(
      database.db,
    );
  }
  const url = new URL(inject('postgres'));
  url.username = user;
  const { one } = await doctor(
    optionsFor({ database: { kind: 'postgres', url: url.href }, schema: place.schema }),
    { cwd: place.folder },
  );
  expect(one('rights')).toMatchObject({
    level: 'fail',
    fact: expect.stringContaining('may not use'),
    advice: expect.stringContaining('grant'),
  });
  await using database = await connect(place);
  await sql`drop owned by ${sql.id(user)}`.execute(database.db);
  await sql`drop role ${sql.id(user)}`.execute(database.db);
});

test.skipIf(process.platform === 'win32')(
  'doctor looks at an embedded database that is in use through the process that uses it',
  async () => {
    await using place = freshPlace('embedded');
    await (await openMigrated(place))[Symbol.asyncDispose]();
    const holder = await startHolder((place.database as { folder: string }).folder);
    const { ok, one } = await doctor(optionsFor(place), { cwd: place.folder });
    expect(ok).toBe(true);
    expect(one('database')).toMatchObject({
      level: 'warn',
      fact: expect.stringContaining(`process ${holder.child.pid}`),
    });
    expect(one('schema')).toMatchObject({ level: 'ok' });
  },
);

describe('doctor on providers', () => {
  const KEY = 'sk-very-secret-0123456789';

  /**
   * A study whose pending experiments need gpt-4o, and an endpoint of the test's own that is taken
   * for OpenAI.
   */
  async function waiting(reply: { status: number; body: string }) {
    const place = freshPlace('embedded');
    {
      await using database = await openMigrated(place);
      await importLines(database, people('p', 1, { model: 'gpt4o' }));
      await register(database, ['p'], { models: ['gpt4o'] });
    }
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    return {
      seen,
      look: async (
        args: readonly string[] = [],
        env: Readonly<Record<string, string>> = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: base },
      ) => {
        const result = await doctor([...args, ...optionsFor(place)], { cwd: place.folder, env });
        expect(JSON.stringify(result.checks)).not.toContain(KEY);
        return result.one('openai');
      },
      async [Symbol.asyncDispose]() {
        server.close();
        await place[Symbol.asyncDispose]();
      },
    };
  }

  const listing = (...ids: string[]) => ({
    status: 200,
    body: JSON.stringify({ data: ids.map((id) => ({ id })) }),
  });

  test.each<[string, { status: number; body: string }, Finding['level'], RegExp]>([
    ['accepts the key', listing('gpt-4o-2024-11-20', 'another'), 'ok', /accepts the key/],
    ['does not offer the model', listing('another'), 'warn', /does not list gpt-4o-2024-11-20/],
    ['does not list its models', { status: 200, body: '[]' }, 'ok', /accepts the key/],
    [
      'rejects the key',
      { status: 401, body: `{"error":"${KEY}"}` },
      'fail',
      /does not accept a key \(GET \/models: 401/,
    ],
    [
      'knows no such call',
      { status: 404, body: '' },
      'warn',
      /does not say whether it accepts the key/,
    ],
  ])('one that %s', async (_, reply, level, fact) => {
    await using study = await waiting(reply);
    expect(await study.look()).toMatchObject({ level, fact: expect.stringMatching(fact) });
    expect(study.seen).toEqual([`GET /v1/models Bearer ${KEY}`]);
  });

  test('reports one that is not called, one without a key, and one that is not there', async () => {
    await using study = await waiting(listing());
    expect(await study.look(['--offline'])).toMatchObject({
      level: 'ok',
      fact: expect.stringContaining('not called'),
    });
    expect(study.seen).toEqual([]);
    expect(await study.look([], {})).toMatchObject({
      level: 'fail',
      fact: expect.stringContaining('no key'),
    });
    const nowhere = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: 'http://127.0.0.1:2/v1' };
    expect(await study.look([], nowhere)).toMatchObject({
      level: 'fail',
      fact: expect.stringContaining('does not answer'),
    });
  });

  test('says of Bedrock what was checked and what was not', async () => {
    using folder = temporaryFolder();
    const env = {
      AWS_ACCESS_KEY_ID: 'AKIA0123456789ABCDEF',
      AWS_SECRET_ACCESS_KEY: KEY,
      AWS_REGION: 'eu-west-1',
    };
    const { one, checks } = await doctor([], { cwd: folder.path, env });
    expect(one('aws-bedrock')).toMatchObject({
      level: 'ok',
      fact: expect.stringMatching(/region eu-west-1.*Not checked whether AWS accepts/),
    });
    expect(JSON.stringify(checks)).not.toMatch(/AKIA|very-secret/);
  });
});
