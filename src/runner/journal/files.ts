/** The folders of journals, as they lie on the disk: one for each process, with a lock of its own and files in the order of writing. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { holderOf } from '../../db/embedded/lock.ts';
import type { JournalLocation } from './journal.ts';

/** A journal that nobody alive writes to. */
export interface WaitingJournal {
  readonly folder: string;
  /** What its tasks are called. */
  readonly kind: string;
  readonly bytes: number;
}

/** A call that a journal keeps because it cannot be brought in as things are. */
export interface SetAside {
  readonly callId: string;
  readonly taskId: number;
  readonly reason: string;
}

/** The kind, and the journal's own id. */
const FOLDER = /^([a-z]+)-[0-9a-f-]{36}$/;
/** The names of a journal's files. */
const SEGMENT = /^\d{6}\.calls$/;
/** What was found out when a journal was last brought in. Nothing rests on it: it is found out again each time. */
const SET_ASIDE = 'set-aside.json';

/** @param number from 0 */
export function nameSegment(number: number): string {
  return `${String(number).padStart(6, '0')}.calls`;
}

/** Journals that nobody alive writes to, those that cannot be listed among them. Takes and changes nothing. */
export async function waitingJournals(place: JournalLocation | null): Promise<WaitingJournal[]> {
  const waiting: WaitingJournal[] = [];
  for (const { folder, kind } of journalsOf(place)) {
    if ((await holderOf(folder)) !== null) continue;
    const bytes = bytesOf(folder);
    if (bytes !== 0) waiting.push({ folder, kind, bytes: bytes ?? 0 });
  }
  return waiting;
}

function bytesOf(folder: string): number | null {
  try {
    return segmentsOf(folder).reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
  } catch {
    return null;
  }
}

/** All journals of a place, whoever they belong to. */
export function journalsOf(place: JournalLocation | null): { readonly folder: string; readonly kind: string }[] {
  if (place === null || !existsSync(place.folder)) return [];
  return readdirSync(place.folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .flatMap((name) => {
      const kind = FOLDER.exec(name)?.[1];
      return kind === undefined ? [] : [{ folder: path.join(place.folder, name), kind }];
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

/** The calls that could not be brought in when that was last tried. */
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
    else await writeFile(file, JSON.stringify(calls), { mode: 0o600 });
  } catch {
    // A disk that takes nothing more is no reason to leave the other journals.
  }
}
