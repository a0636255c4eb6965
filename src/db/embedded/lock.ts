/**
 * The lock of a folder that only one process may write: an embedded database or a journal. Two
 * processes in one embedded database would corrupt it silently, so the lock is mandatory. It
 * identifies its holder by boot, pid namespace, process id and start time. On Linux the holder also
 * listens on a socket in the folder, so that a process in another container can check whether it is
 * alive. The lock of a dead holder is taken over at once; `docs/explanation/guarantees.md` has the
 * table of all cases.
 */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { hostname, uptime } from 'node:os';
import path from 'node:path';
import { messageOf, UserError } from '../../errors.ts';

/** Where a process runs, as far as the operating system says so. */
export interface Whereabouts {
  readonly host: string;
  /**
   * Id of the installation of the operating system; null where it has none, as in many containers.
   */
  readonly machine: string | null;
  /** Id of this start of the kernel, which containers share; null on macOS and Windows. */
  readonly boot: string | null;
  /**
   * Within which `pid` means something: containers have one each. Null on macOS and Windows, which
   * have none.
   */
  readonly namespace: string | null;
}

interface Holder extends Whereabouts {
  readonly pid: number;
  /** Start of the process in units of the operating system, or null where it does not tell. */
  readonly started: string | null;
  readonly since: string;
  readonly token: string;
  /** Number that the file system gave to the folder. A copy of the folder has another. */
  readonly inode: number;
  /** Where others may look in: a name in the folder, or the path of a socket elsewhere. */
  readonly door: string | null;
}

/**
 * What tells whether the holder of a lock lives: its process, its socket, nothing more (it is
 * dead), or nothing at all.
 */
export type Evidence = 'process' | 'socket' | 'ended' | 'none';

/** What a process that finds a lock knows besides the lock. */
export interface Observer extends Whereabouts {
  /** When this kernel was started, in milliseconds since 1970. */
  readonly bootedAt: number;
  /** Whether the folder is on a disk that one kernel alone can have mounted. */
  readonly onLocalDisk: boolean;
}

/**
 * By what it can be told whether the holder of a lock is alive.
 * @param copied whether the lock was written in another folder than the one that it is found in
 */
export function evidenceFor(
  holder: Whereabouts & { readonly since: string },
  here: Observer,
  copied: boolean,
): Evidence {
  if (holder.boot === null || here.boot === null) {
    // macOS and Windows tell neither: there a name is all that a machine has.
    return holder.boot === here.boot && isSameMachine(holder, here) ? 'process' : 'none';
  }
  if (holder.boot === here.boot) {
    if (holder.namespace !== null && holder.namespace === here.namespace) return 'process';
    return copied ? 'none' : 'socket';
  }
  if (here.onLocalDisk) return 'ended';
  // An earlier start of this machine cannot have taken a lock after the present one.
  return isSameMachine(holder, here) && Date.parse(holder.since) < here.bootedAt ? 'ended' : 'none';
}

function isSameMachine(one: Whereabouts, other: Whereabouts): boolean {
  return one.machine !== null && other.machine !== null
    ? one.machine === other.machine
    : one.host === other.host;
}

/** A folder that another process holds, or may hold. */
export class FolderInUse extends UserError {
  /** Where the holder can be asked; null where it cannot. */
  readonly door: string | null;
  readonly pid: number;

  constructor(folder: string, holder: Holder, standing: 'alive' | 'unknown') {
    const { host, pid, since } = holder;
    const file = path.join(folder, LOCK_FILE);
    const copied = isCopied(holder, folder);
    // A copy has no door: what answers there is the original.
    const door = copied || standing === 'unknown' ? null : holder.door;
    const free = `If you are sure that no process is using this folder, delete the file ${file} and run the same command again.`;
    if (copied) {
      super(
        `The folder ${folder} was copied from a database that process ${pid} on ${host} was using (since ${since})`,
        {
          code: 'database-copied-in-use',
          hint: `The files of the copy may be inconsistent. Copy the folder again after that process has ended, or use "personas export backup". To open this copy nevertheless, delete the file ${file}.`,
          exitCode: 2,
        },
      );
    } else if (standing === 'unknown') {
      super(
        `The database in ${folder} may be in use by process ${pid} on ${host} (since ${since}), whose state cannot be determined from here`,
        {
          code: 'database-in-use',
          hint: `That process runs on another machine, in another container or on another operating system. ${free}`,
          exitCode: 2,
        },
      );
    } else {
      const meanwhile =
        door === null ? '' : 'status, show, groups, analyze and export still work. ';
      super(`The database in ${folder} is in use by process ${pid} on ${host} (since ${since})`, {
        code: 'database-in-use',
        hint: `Only one process can write to an embedded database. ${meanwhile}Wait for that process to end, or use a PostgreSQL server with --database postgres://… ${
          holder.started === null ? free : `The lock is the file ${file}.`
        }`,
        exitCode: 2,
      });
    }
    this.door = door === null ? null : placeIn(folder, door);
    this.pid = pid;
  }
}

export interface Lock extends Disposable {
  /** Chosen at random for this lock. */
  readonly token: string;
  /** Notes in the lock file where others may look in. */
  publishAddress(place: string | null): void;
}

const LOCK_FILE = 'lock.json';
/** Two processes that both find a dead holder can each push the other aside only so often. */
const TRIES = 50;

/**
 * Takes the lock of a folder or says who has it.
 * @param doorFor where others will be able to look in, if all goes well
 * @throws FolderInUse naming the holder when it is, or may be, alive; UserError when the folder
 *   cannot be written
 */
export async function lockFolder(
  folder: string,
  doorFor: (token: string) => string | null = () => null,
): Promise<Lock> {
  const file = path.join(folder, LOCK_FILE);
  const token = randomUUID();
  const draft = path.join(folder, `lock.${token}`);
  const mine: Holder = {
    ...whereabouts(),
    pid: process.pid,
    started: startOf(process.pid),
    since: new Date().toISOString(),
    token,
    inode: inodeOf(folder),
    door: doorIn(folder, doorFor(token)),
  };
  writeDraft(draft, mine, folder);
  // Before anybody can read the lock, or its holder would seem dead for a moment.
  const socket = listenFor(folder, token);
  let taken = false;
  try {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      try {
        // A link is made whole or not at all: nobody ever reads half a lock.
        linkSync(draft, file);
        taken = true;
        return {
          token,
          publishAddress(place) {
            const changed = `${draft}.door`;
            writeDraft(changed, { ...mine, door: doorIn(folder, place) }, folder);
            renameSync(changed, file);
          },
          [Symbol.dispose]() {
            if (readHolder(file)?.token === token) rmSync(file, { force: true });
            socket?.[Symbol.dispose]();
          },
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = readHolder(file);
      if (holder === null) continue;
      const standing = holder === UNREADABLE ? 'dead' : await standingOf(holder, folder);
      if (standing !== 'dead') throw new FolderInUse(folder, holder, standing);
      pushAside(folder, holder, token);
    }
    throw new UserError(
      `Several processes are opening the database in ${folder} at the same time, and this one did not get the lock`,
      {
        code: 'database-in-use',
        hint: 'Run the same command again in a moment.',
      },
    );
  } finally {
    rmSync(draft, { force: true });
    if (!taken) socket?.[Symbol.dispose]();
  }
}

/**
 * Who has, or may have, the lock of a folder, and where they let others look in; null where surely
 * nobody has it. Takes nothing.
 */
export async function holderOf(folder: string): Promise<FolderInUse | null> {
  const holder = readHolder(path.join(folder, LOCK_FILE));
  if (holder === null || holder === UNREADABLE) return null;
  const standing = await standingOf(holder, folder);
  return standing === 'dead' ? null : new FolderInUse(folder, holder, standing);
}

function writeDraft(draft: string, mine: Holder, folder: string): void {
  try {
    const handle = openSync(draft, 'wx', 0o600);
    writeSync(handle, JSON.stringify(mine));
    closeSync(handle);
  } catch (error) {
    throw new UserError(`The folder ${folder} cannot be written: ${messageOf(error)}`, {
      code: 'database-folder-denied',
      hint: 'The embedded database must be able to write there. Choose another folder with --database, or change its permissions.',
    });
  }
}

/**
 * Removes the lock of a dead holder. Renaming first makes sure that exactly what was judged dead is
 * removed: had somebody else taken the lock in between, their file comes back to its place.
 */
function pushAside(folder: string, dead: Holder, token: string): void {
  const file = path.join(folder, LOCK_FILE);
  const aside = `${file}.${token}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (readHolder(aside)?.token === dead.token) {
    removeSocket(path.join(folder, socketName(dead.token)));
    // A door may lie outside of the folder, where nobody else would remove it.
    if (dead.door !== null && !isCopied(dead, folder)) removeSocket(placeIn(folder, dead.door));
    rmSync(aside, { force: true });
    return;
  }
  try {
    linkSync(aside, file);
  } finally {
    rmSync(aside, { force: true });
  }
}

function removeSocket(place: string): void {
  if (lstatSync(place, { throwIfNoEntry: false })?.isSocket() === true)
    rmSync(place, { force: true });
}

/**
 * A door in the folder goes by its name alone, so that a copy of the lock does not lead to the
 * original.
 */
function doorIn(folder: string, place: string | null): string | null {
  return place !== null && path.dirname(place) === path.resolve(folder)
    ? path.basename(place)
    : place;
}

function placeIn(folder: string, door: string): string {
  return path.isAbsolute(door) ? door : path.join(folder, door);
}

/**
 * Of nobody alive: a lock is made whole or not at all, so only a disk that lost power holds half of
 * one.
 */
const UNREADABLE: Holder = {
  host: '',
  machine: null,
  boot: null,
  namespace: null,
  pid: 0,
  started: null,
  since: '',
  token: '',
  inode: 0,
  door: null,
};

/** The holder in a lock file; null when the file is gone. */
function readHolder(file: string): Holder | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new UserError(`The file ${file} cannot be read: ${messageOf(error)}`, {
      code: 'database-folder-denied',
      hint: 'The file records which process is using this database. Run the command as the user who created the folder, or change its permissions.',
      cause: error,
    });
  }
  try {
    const read = JSON.parse(text) as Partial<Holder> | null;
    return typeof read?.token === 'string' && typeof read.pid === 'number'
      ? { ...UNREADABLE, ...read }
      : UNREADABLE;
  } catch {
    return UNREADABLE;
  }
}

async function standingOf(holder: Holder, folder: string): Promise<'alive' | 'dead' | 'unknown'> {
  switch (evidenceFor(holder, observer(folder), isCopied(holder, folder))) {
    case 'ended':
      return 'dead';
    case 'none':
      return 'unknown';
    case 'process':
      return isRunning(holder) ? 'alive' : 'dead';
    case 'socket':
      return listensOn(folder, socketName(holder.token));
  }
}

function isCopied(holder: Holder, folder: string): boolean {
  return holder.inode !== inodeOf(folder);
}

function inodeOf(folder: string): number {
  return statSync(folder, { throwIfNoEntry: false })?.ino ?? 0;
}

function isRunning({ pid, started }: Holder): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = startOf(pid);
  // The number may have been given to another process since.
  return started === null || now === null || started === now;
}

function whereabouts(): Whereabouts {
  return {
    host: hostname(),
    machine: textOf('/etc/machine-id'),
    boot: textOf('/proc/sys/kernel/random/boot_id'),
    namespace: namespaceOf(),
  };
}

function observer(folder: string): Observer {
  return { ...whereabouts(), bootedAt: Date.now() - uptime() * 1000, onLocalDisk: isLocal(folder) };
}

/** What a file of the system says; null where there is no such file, or nothing in it. */
function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim() || null;
  } catch {
    return null;
  }
}

function namespaceOf(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

/**
 * Linux's numbers of file systems that only one kernel mounts: ext, XFS, Btrfs, F2FS, ZFS,
 * bcachefs, tmpfs and overlays of these.
 */
const LOCAL_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1, 0xca451a4e, 0x01021994, 0x794c7630,
]);

function isLocal(folder: string): boolean {
  if (process.platform !== 'linux') return false;
  try {
    // The number has 32 bits, which some kernels tell with a sign.
    return LOCAL_FILE_SYSTEMS.has(statfsSync(folder).type >>> 0);
  } catch {
    return false;
  }
}

function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses and may hold anything; the start time is field
    // 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended: it holds nothing any more.
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? null);
  } catch {
    if (process.platform === 'linux' || process.platform === 'win32') return null;
    try {
      return (
        execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
          encoding: 'utf8',
          env: { LC_ALL: 'C', TZ: 'UTC' },
        }).trim() || null
      );
    } catch {
      return null;
    }
  }
}

function socketName(token: string): string {
  return `lock.${token}.sock`;
}

/**
 * A socket by whose silence a dead holder is known, wherever on this machine it ran.
 * @returns null where there is none: on other systems, which have no pid namespaces, and on file
 *   systems that know no sockets
 */
function listenFor(folder: string, token: string): Disposable | null {
  if (process.platform !== 'linux') return null;
  const name = socketName(token);
  // Who connects wants to know no more than that it can be done.
  const server: Server = createServer((socket) => socket.destroy());
  server.on('error', () => {});
  byShortPath(folder, (short) => server.listen(path.join(short, name)));
  try {
    chmodSync(path.join(folder, name), 0o600);
  } catch {
    // Where no socket could be made there is nothing to close to others.
  }
  server.unref();
  return {
    [Symbol.dispose]() {
      server.close();
      rmSync(path.join(folder, name), { force: true });
    },
  };
}

/**
 * Whether somebody listens on a socket of a folder, for which the kernel answers even while that
 * process sleeps.
 */
function listensOn(folder: string, name: string): Promise<'alive' | 'dead' | 'unknown'> {
  return new Promise((resolve) => {
    byShortPath(folder, (short) => {
      const socket = connect(path.join(short, name));
      socket.once('connect', () => {
        socket.destroy();
        resolve('alive');
      });
      socket.once('error', ({ code }: NodeJS.ErrnoException) => {
        // More than can be answered want to know. And where there is no socket at all, nothing is
        // known.
        resolve(code === 'EAGAIN' ? 'alive' : code === 'ECONNREFUSED' ? 'dead' : 'unknown');
      });
    });
  });
}

/** The path of a socket has room for 107 bytes, which many a folder alone takes. */
function byShortPath(folder: string, use: (short: string) => void): void {
  const handle = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    use(`/proc/self/fd/${handle}`);
  } finally {
    closeSync(handle);
  }
}
