/**
 * The folders of journals on the disk: one for each process, with a lock of its own and numbered
 * files.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { open, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { holderOf } from '../../db/embedded/lock.ts';
import { PRIVATE_FILE } from '../../db/embedded/private-files.ts';
import { syncNames } from './fsync.ts';

/** Where the journals of one schema of one database are kept, each in a folder of its own. */
export interface JournalLocation {
  readonly folder: string;
  /** Id of the study that the schema holds. */
  readonly studyId: string;
  /** Writes the database's files through to the disk; null where a commit does that. */
  readonly makeDurable: (() => Promise<void>) | null;
}

/** A journal that no running process writes to. */
export interface WaitingJournal {
  readonly folder: string;
  /** The kind of its tasks. */
  readonly kind: string;
  readonly bytes: number;
}

/** A call that a journal keeps because it cannot be recovered at present. */
export interface SetAside {
  readonly callId: string;
  readonly taskId: number;
  readonly reason: string;
}

/** The kind, and the journal's own id. */
const FOLDER = /^([a-z]+)-[0-9a-f-]{36}$/;
/** The names of a journal's files. */
const SEGMENT = /^\d{6}\.calls$/;
/** The findings of the last recovery, for display only: each recovery looks again. */
const SET_ASIDE = 'set-aside.json';

/** @param number from 0 */
export function nameSegment(number: number): string {
  return `${String(number).padStart(6, '0')}.calls`;
}

/** Journals that no running process writes to, unreadable ones included. Changes nothing. */
export async function waitingJournals(location: JournalLocation | null): Promise<WaitingJournal[]> {
  const waiting: WaitingJournal[] = [];
  for (const { folder, kind } of journalsOf(location)) {
    if ((await holderOf(folder)) !== null) continue;
    const bytes = bytesOf(folder);
    if (bytes !== 0) waiting.push({ folder, kind, bytes: bytes ?? 0 });
  }
  return waiting;
}

function bytesOf(folder: string): number | null {
  try {
    return segmentsOf(folder).reduce(
      (sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
  } catch {
    return null;
  }
}

/** All journals of a location, whichever process they belong to. */
export function journalsOf(
  location: JournalLocation | null,
): { readonly folder: string; readonly kind: string }[] {
  if (location === null || !existsSync(location.folder)) return [];
  return readdirSync(location.folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .flatMap((name) => {
      const kind = FOLDER.exec(name)?.[1];
      return kind === undefined ? [] : [{ folder: path.join(location.folder, name), kind }];
    });
}

/** A journal's files, in the order of writing. */
export function segmentsOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => SEGMENT.test(name))
    .sort()
    .map((name) => path.join(folder, name));
}

/** The calls that the last recovery could not store. */
export function readSetAside(folder: string): SetAside[] {
  try {
    return JSON.parse(readFileSync(path.join(folder, SET_ASIDE), 'utf8')) as SetAside[];
  } catch {
    return [];
  }
}

export async function writeSetAside(folder: string, calls: readonly SetAside[]): Promise<void> {
  const file = path.join(folder, SET_ASIDE);
  try {
    if (calls.length === 0) rmSync(file, { force: true });
    else await writeFile(file, JSON.stringify(calls), { mode: PRIVATE_FILE });
  } catch {
    // A full disk must not keep the other journals from being recovered.
  }
}

/** Makes the names of new folders durable, from the first that was made to the last. */
export async function syncParents(first: string, last: string): Promise<void> {
  const top = path.dirname(path.resolve(first));
  const parents: string[] = [];
  for (let folder = path.dirname(path.resolve(last)); ; folder = path.dirname(folder)) {
    parents.unshift(folder);
    if (folder === top || folder === path.dirname(folder)) break;
  }
  for (const folder of parents) await syncNames(folder);
}

/** Reserves disk space, which is freed when the disk is full. */
export async function writeReserve(file: string, bytes: number): Promise<void> {
  const handle = await open(file, 'w', PRIVATE_FILE);
  try {
    // Noise, because a file system that compresses would reserve no space for zeros.
    const noise = randomBytes(bytes);
    for (let at = 0; at < bytes; ) at += (await handle.write(noise, at, bytes - at)).bytesWritten;
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

/**
 * Removes a journal whose calls the database has. A process that looks for journals to recover asks
 * for the lock by files in the folder, so that it may not be empty when everything in it is removed.
 */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
}

/** Removes a location's folder and the one above it, when they are empty. */
export async function removeEmpty(folder: string): Promise<void> {
  for (const one of [folder, path.dirname(folder)]) {
    try {
      await rmdir(one);
    } catch {
      return;
    }
  }
}
