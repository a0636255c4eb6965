/**
 * The lock on an embedded database's folder. Two processes on one folder would corrupt it without an error, so the
 * lock is mandatory. It names its holder by host, boot, process and that process's start time: a lock left behind by a
 * process that was killed, or by one before the last restart of the machine, is recognised and taken over at once.
 */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, linkSync, lstatSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import path from 'node:path';
import { messageOf, UserError } from '../errors.ts';

interface Holder {
  readonly host: string;
  readonly boot: string;
  readonly pid: number;
  /** Start of the process in units of the operating system, or null where it does not tell. */
  readonly started: string | null;
  readonly since: string;
  readonly token: string;
  /** Where others may look in; null where they cannot. Locks of older versions have no such field. */
  readonly door?: string | null;
}

/** A folder that another process holds. */
export class FolderInUse extends UserError {
  /** Who has it: to be asked at this place, if there is one. */
  readonly door: string | null;
  readonly pid: number;

  constructor(folder: string, { host, pid, since, door = null }: Holder) {
    super(`The database in ${folder} is in use by process ${pid} on ${host} (since ${since})`, {
      hint: `An embedded database has one user at a time. ${door === null ? '' : 'Meanwhile status, show, groups, analyze and export can look in. '}Wait for that process to end, or use a PostgreSQL server with --database postgres://…`,
      exitCode: 2,
    });
    // A socket of another machine's leads nowhere.
    this.door = host === hostname() ? door : null;
    this.pid = pid;
  }
}

export interface Lock extends Disposable {
  /** Chosen at random for this lock. */
  readonly token: string;
  /** Notes in the lock file where others may look in. */
  tellDoor(place: string | null): void;
}

const LOCK_FILE = 'lock.json';
/** Two processes that both find a dead holder can each push the other aside only so often. */
const TRIES = 50;

/**
 * Takes the lock of a folder or says who has it.
 * @param doorFor where others will be able to look in, if all goes well
 * @throws FolderInUse naming the holder when it is alive; UserError when the folder cannot be written
 */
export function lockFolder(folder: string, doorFor: (token: string) => string | null = () => null): Lock {
  const file = path.join(folder, LOCK_FILE);
  const token = randomUUID();
  const mine: Holder = {
    host: hostname(),
    boot: bootId(),
    pid: process.pid,
    started: startOf(process.pid),
    since: new Date().toISOString(),
    token,
    door: doorFor(token),
  };
  const draft = path.join(folder, `lock.${mine.token}`);
  writeDraft(draft, mine, folder);
  try {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      try {
        // A link is made whole or not at all: nobody ever reads half a lock.
        linkSync(draft, file);
        return {
          token,
          tellDoor(place) {
            const changed = `${draft}.door`;
            writeDraft(changed, { ...mine, door: place }, folder);
            renameSync(changed, file);
          },
          [Symbol.dispose]() {
            if (readHolder(file)?.token === mine.token) rmSync(file, { force: true });
          },
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = readHolder(file);
      if (holder === null) continue;
      if (isAlive(holder)) throw new FolderInUse(folder, holder);
      pushAside(file, holder, mine);
    }
    throw new UserError(`Several processes are opening the database in ${folder} at once, and this one was not let in`, {
      hint: 'Run the same command again in a moment.',
    });
  } finally {
    rmSync(draft, { force: true });
  }
}

/** True when somebody alive has the lock of a folder. Takes nothing. */
export function isHeld(folder: string): boolean {
  return holderOf(folder) !== null;
}

/** Who has the lock of a folder, and where they let others look in; null where nobody alive has it. Takes nothing. */
export function holderOf(folder: string): FolderInUse | null {
  const holder = readHolder(path.join(folder, LOCK_FILE));
  return holder !== null && isAlive(holder) ? new FolderInUse(folder, holder) : null;
}

function writeDraft(draft: string, mine: Holder, folder: string): void {
  try {
    const handle = openSync(draft, 'wx');
    writeSync(handle, JSON.stringify(mine));
    closeSync(handle);
  } catch (error) {
    throw new UserError(`The folder ${folder} cannot be written: ${messageOf(error)}`, {
      hint: 'The embedded database must write there. Give another folder with --database, or change its permissions.',
    });
  }
}

/**
 * Removes the lock of a dead holder. Renaming first makes sure that exactly what was judged dead is removed: had somebody
 * else taken the lock in between, their file comes back to its place.
 */
function pushAside(file: string, dead: Holder, mine: Holder): void {
  const aside = `${file}.${mine.token}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (readHolder(aside)?.token === dead.token) {
    removeSocket(dead.door);
    rmSync(aside, { force: true });
    return;
  }
  try {
    linkSync(aside, file);
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Its door may lie outside of the folder, where nobody else would remove it. */
function removeSocket(door: string | null | undefined): void {
  if (typeof door === 'string' && lstatSync(door, { throwIfNoEntry: false })?.isSocket() === true) rmSync(door, { force: true });
}

/** The holder in a lock file; null when the file is gone. An unreadable one belongs to nobody alive. */
function readHolder(file: string): Holder | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return { host: hostname(), boot: '', pid: 0, started: null, since: 'unknown', token: text };
  }
}

function isAlive(holder: Holder): boolean {
  // Of another machine (a shared folder) nothing is known: its lock must be respected.
  if (holder.host !== hostname()) return true;
  if (holder.boot !== bootId()) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH' || holder.pid <= 0) return false;
  }
  if (holder.pid <= 0) return false;
  const started = startOf(holder.pid);
  // The number may have been given to another process since.
  return holder.started === null || started === null || holder.started === started;
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Not Linux: the time of the boot, coarse enough to survive clock adjustments.
    return `boot-${Math.round((Date.now() / 1000 - uptime()) / 120)}`;
  }
}

function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses and may hold anything; the start time is field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended: it holds nothing any more.
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? null);
  } catch {
    if (process.platform === 'linux' || process.platform === 'win32') return null;
    try {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
    } catch {
      return null;
    }
  }
}
