/**
 * The command line as users run it: a process of its own, in a folder of its own, with nothing of
 * this environment.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject, onTestFinished } from 'vitest';
import type { DatabaseLocation } from '../../src/config/location.ts';
import { open } from '../../src/db/connect.ts';
import { dropSchema } from '../../src/db/schema/list.ts';
import { runCommand } from './command-client.ts';
import { type DatabaseKind, freshSchema } from './database.ts';
import { temporaryFolder } from './study.ts';

/**
 * The embedded database is WebAssembly. Optimizing its code takes longer than running it in a
 * process that lives for seconds, which needs half the CPU time and a third of the memory without
 * the optimizing compiler.
 */
export const QUICK_START = ['--liftoff-only'];

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** The program as a shell calls it. */
export const PROGRAM_IN_SHELL = [process.execPath, ...QUICK_START, MAIN]
  .map((word) => `'${word}'`)
  .join(' ');

/** Where a study lives that several processes work on. */
export interface Place extends AsyncDisposable {
  readonly database: DatabaseLocation;
  readonly schema: string;
  /** Working folder of the processes; the embedded database is in it. */
  readonly folder: string;
}

/**
 * A place in which nothing is yet, gone when disposed. The embedded server finds its data folder
 * ready, which takes it most of a second to make.
 */
export function freshPlace(kind: DatabaseKind): Place {
  const folder = temporaryFolder();
  const database: DatabaseLocation =
    kind === 'postgres'
      ? { kind, url: inject('postgres') }
      : { kind, folder: path.join(folder.path, 'database') };
  const cluster = inject('emptyCluster');
  if (database.kind === 'embedded' && cluster !== null)
    cpSync(cluster, path.join(database.folder, 'pgdata'), { recursive: true });
  const place = { database, schema: freshSchema(), folder: folder.path };
  return {
    ...place,
    async [Symbol.asyncDispose]() {
      if (kind === 'postgres') {
        await using opened = await open(place);
        await dropSchema(opened);
      }
      folder[Symbol.dispose]();
    },
  };
}

/** Options that lead a command to a place. */
export function optionsFor({ database, schema }: Pick<Place, 'database' | 'schema'>): string[] {
  const where =
    database.kind === 'postgres'
      ? database.url
      : database.kind === 'embedded'
        ? database.folder
        : 'memory';
  return ['--database', where, '--schema', schema];
}

export interface Ended {
  /** Exit code, or null for a process that a signal ended. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when standard error matches; rejects when the process ends without having said it. */
  says(words: RegExp): Promise<void>;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** User and group to run as. */
  readonly as?: { readonly uid: number; readonly gid: number } | null;
}

/**
 * Starts `personas` with these arguments; whatever becomes of the test, the process does not
 * outlive it.
 */
export function startPersonas(args: readonly string[], options: StartOptions = {}): Started {
  const started = spawnPersonas(args, options);
  onTestFinished(() => {
    started.child.kill('SIGKILL');
  });
  return started;
}

/**
 * Runs `personas` with these arguments to its end, in a process that earlier commands ran in
 * already unless the user or the environment is one that a process begins with.
 */
export async function runPersonas(
  args: readonly string[],
  options: StartOptions = {},
): Promise<Ended> {
  const { as = null, cwd = null, env = {} } = options;
  if (as !== null || Object.keys(env).some((name) => READ_AT_START.test(name)))
    return spawnPersonas(args, options).ended;
  return { ...(await runCommand({ main: MAIN, args, cwd, env: environment(env) })), signal: null };
}

/** Variables that Node reads once, when a process begins. */
const READ_AT_START = /^(?:NODE_|TZ$|LC_|LANG|SSL_)/;

function environment(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { PATH } = process.env;
  return {
    ...(PATH === undefined ? {} : { PATH }),
    NODE_COMPILE_CACHE: inject('compileCache'),
    ...env,
  };
}

function spawnPersonas(args: readonly string[], options: StartOptions): Started {
  const child = spawn(process.execPath, [...QUICK_START, MAIN, ...args], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.as ?? {}),
    env: environment(options.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = once(child, 'close').then(() => ({
    code: child.exitCode,
    signal: child.signalCode,
    stdout,
    stderr,
  }));
  return {
    child,
    ended,
    says: (words) =>
      new Promise((resolve, reject) => {
        const look = () => words.test(stderr) && resolve();
        look();
        child.stderr.on('data', look);
        child.once('close', () =>
          reject(new Error(`It ended without saying ${words}. It said: ${stderr}`)),
        );
      }),
  };
}

/** Environment that leads the simulated model to a server of the test's own. */
export function simulatedAt(baseUrl: string): Record<string, string> {
  return {
    PERSONAS_PROVIDERS__SIMULATED__BASE_URL: baseUrl,
    PERSONAS_PROVIDERS__SIMULATED__RETRY__BASE_DELAY_S: '0',
  };
}
