/** The folders of journals, as they lie on the disk: one for each process, with a lock of its own and files in the order of writing. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { holderOf } from '../database/lock.ts';
import type { JournalPlace } from './journal.ts';

/** A journal that waits for somebody to bring it in. */
export interface WaitingJournal {
  readonly folder: string;
  /** What its tasks are called. */
  readonly kind: string;
  readonly bytes: number;
}

/** The kind, and the journal's own id. */
const FOLDER = /^([a-z]+)-[0-9a-f-]{36}$/;
/** The names of a journal's files. */
const SEGMENT = /^\d{6}\.calls$/;

/** @param number from 0 */
export function nameSegment(number: number): string {
  return `${String(number).padStart(6, '0')}.calls`;
}

/** Journals that nobody alive writes to. Takes and changes nothing. */
export async function waitingJournals(place: JournalPlace | null): Promise<WaitingJournal[]> {
  const waiting: WaitingJournal[] = [];
  for (const { folder, kind } of journalsOf(place)) {
    if ((await holderOf(folder)) !== null) continue;
    const bytes = segmentsOf(folder).reduce((sum, file) => sum + statSync(file).size, 0);
    if (bytes > 0) waiting.push({ folder, kind, bytes });
  }
  return waiting;
}

/** All journals of a place, whoever they belong to. */
export function journalsOf(place: JournalPlace | null): { readonly folder: string; readonly kind: string }[] {
  if (place === null || !existsSync(place.folder)) return [];
  return readdirSync(place.folder)
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
