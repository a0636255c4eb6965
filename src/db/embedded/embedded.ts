/** PostgreSQL in a folder (PGlite), started from a ready-made template instead of a slow initdb. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PGlite } from '@electric-sql/pglite';
import { messageOf, UserError } from '../../errors.ts';
import { holderOf, lockFolder } from './lock.ts';
import { keepPrivate, PRIVATE_FOLDER } from './private-files.ts';
import { DATA, socketPaths } from './reader-protocol.ts';
import { COPY_PREFIX, openReadServer } from './reader-server.ts';

/**
 * Made by `npm run build`; where it is missing (a checkout that was never built) initdb runs
 * instead.
 */
const TEMPLATE = fileURLToPath(new URL('../../../dist/embedded-template.tar.gz', import.meta.url));
/**
 * The server's whole configuration file. Its cache lies in the memory of this process, above which
 * the system has one of its own.
 */
const SETTINGS = ['shared_buffers = 32MB', "timezone = 'UTC'", "datestyle = 'iso, mdy'"];

export interface EmbeddedServer extends AsyncDisposable {
  readonly pglite: PGlite;
}

/** @throws UserError where this user may not look */
export function hasDatabase(folder: string): boolean {
  try {
    return statSync(path.join(folder, DATA), { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') return false;
    throw new UserError(`The folder ${folder} cannot be read: ${messageOf(error)}`, {
      code: 'database-folder-denied',
      hint: 'Only the user who created an embedded database can open it. Run the command as that user, or use a PostgreSQL server for several people.',
    });
  }
}

/**
 * Opens the embedded database of a folder, making it when it is not there.
 * @param folder null for a database in memory
 * @param allowReaders whether other processes may look in meanwhile
 * @throws UserError when the folder is in use, cannot be written or holds something else
 */
export async function openEmbedded(
  folder: string | null,
  allowReaders = true,
): Promise<EmbeddedServer> {
  const { PGlite } = await import('@electric-sql/pglite');
  // Always there, since a database with an index of trigrams cannot be written without it.
  const { pg_trgm } = await import('@electric-sql/pglite/contrib/pg_trgm');
  const extensions = { pg_trgm };
  if (folder === null) {
    const pglite = await PGlite.create({ postgresqlconf: SETTINGS, extensions, ...template() });
    return { pglite, [Symbol.asyncDispose]: () => close(pglite) };
  }
  try {
    mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  } catch (error) {
    throw new UserError(
      `The folder ${folder} for the embedded database cannot be created: ${messageOf(error)}`,
      {
        code: 'database-folder-denied',
        hint: 'Pass a writable folder with --database FOLDER.',
      },
    );
  }
  const places = (token: string) => (allowReaders ? socketPaths(folder, token) : []);
  const lock = await lockFolder(folder, (token) => places(token)[0] ?? null);
  try {
    const data = path.join(folder, DATA);
    for (const left of readdirSync(folder)) {
      const abandoned =
        left.startsWith(`${DATA}.new`) ||
        (left.startsWith(COPY_PREFIX) && (await holderOf(path.join(folder, left))) === null);
      if (abandoned) rmSync(path.join(folder, left), { recursive: true, force: true });
    }
    if (!existsSync(data)) await makeDataFolder(PGlite, data);
    // Without this file the server would make an empty database over the one that is there.
    else if (!existsSync(path.join(data, 'PG_VERSION')))
      throw new Error('the file PG_VERSION is missing in it');
    keepPrivate(folder);
    // The server's own lock file: left empty by a process that was killed while writing it, it
    // would bar the folder for ever. Ours is held.
    rmSync(path.join(data, 'postmaster.pid'), { force: true });
    const pglite = await PGlite.create({ dataDir: data, postgresqlconf: SETTINGS, extensions });
    const door = await openReadServer(pglite, folder, places(lock.token));
    if (door?.place !== places(lock.token)[0]) lock.publishAddress(door?.place ?? null);
    return {
      pglite,
      async [Symbol.asyncDispose]() {
        try {
          await door?.[Symbol.asyncDispose]();
          await close(pglite);
          keepPrivate(folder);
        } finally {
          lock[Symbol.dispose]();
        }
      },
    };
  } catch (error) {
    lock[Symbol.dispose]();
    if (error instanceof UserError) throw error;
    throw new UserError(
      `The embedded database in ${folder} cannot be opened: ${messageOf(error)}`,
      {
        code: 'database-cannot-be-opened',
        hint: 'Check free disk space and permissions. If the folder was copied while in use, or is damaged, restore it from a backup or choose another with --database.',
        exitCode: 1,
        cause: error,
      },
    );
  }
}

/** Whoever is built on top of it may have closed it already. */
async function close(pglite: PGlite): Promise<void> {
  if (!pglite.closed) await pglite.close();
}

/**
 * Under another name first: a process killed half-way must not leave half a database under the
 * right one.
 */
async function makeDataFolder(Server: typeof PGlite, data: string): Promise<void> {
  const draft = `${data}.new.${process.pid}`;
  const server = await Server.create({ dataDir: draft, ...template() });
  await server.close();
  renameSync(draft, data);
}

function template(): { loadDataDir?: Blob } {
  return existsSync(TEMPLATE) ? { loadDataDir: new Blob([readFileSync(TEMPLATE)]) } : {};
}
