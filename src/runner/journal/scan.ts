/**
 * Reads journals without changing anything. A file that cannot be read does not keep the others
 * from being read.
 */
import { readFile } from 'node:fs/promises';
import { messageOf } from '../../errors.ts';
import { wasSent } from '../call-result.ts';
import {
  type JournalLocation,
  readSetAside,
  type SetAside,
  segmentsOf,
  waitingJournals,
} from './files.ts';
import { decodeRecords, type IntentRecord, type ReplyRecord } from './format.ts';

export interface JournalScan {
  /** Files that could be read. */
  readonly files: readonly string[];
  readonly intents: ReadonlyMap<string, IntentRecord>;
  /** Calls with a logged result: task by call. */
  readonly replies: ReadonlyMap<string, number>;
  /** Calls that were never sent. */
  readonly unsent: ReadonlySet<string>;
  readonly studyIds: ReadonlySet<string>;
  /** Bytes of incomplete or damaged records. */
  readonly damagedBytes: number;
  /** Why a file, or the whole folder, cannot be read. */
  readonly unreadable: readonly string[];
}

export async function scanJournal(folder: string): Promise<JournalScan> {
  const files: string[] = [];
  const intents = new Map<string, IntentRecord>();
  const replies = new Map<string, number>();
  const unsent = new Set<string>();
  const studyIds = new Set<string>();
  const unreadable: string[] = [];
  let damagedBytes = 0;
  for (const file of listed(folder, unreadable)) {
    let content: Buffer;
    try {
      content = await readFile(file);
    } catch (error) {
      unreadable.push(messageOf(error));
      continue;
    }
    files.push(file);
    const records = decodeRecords(content);
    let next = records.next();
    for (; next.done !== true; next = records.next()) {
      const record = next.value;
      if (record.studyId !== undefined) studyIds.add(record.studyId);
      if (record.kind === 'intent') intents.set(record.id, record);
      else {
        replies.set(record.id, record.taskId);
        if (!wasSent(record.result)) unsent.add(record.id);
      }
    }
    damagedBytes += next.value;
  }
  return { files, intents, replies, unsent, studyIds, damagedBytes, unreadable };
}

function listed(folder: string, unreadable: string[]): string[] {
  try {
    return segmentsOf(folder);
  } catch (error) {
    unreadable.push(messageOf(error));
    return [];
  }
}

/** The replies in a file, in order. */
export async function* repliesIn(file: string): AsyncGenerator<ReplyRecord> {
  for (const record of decodeRecords(await readFile(file)))
    if (record.kind === 'reply') yield record;
}

/** Calls of these tasks that are stored already. */
export type KnownCalls = (tasks: readonly number[]) => Promise<ReadonlySet<string>>;

const TASKS_AT_A_TIME = 1000;

/** The calls of a journal that the database has. */
export async function storedOf(
  { intents, replies }: JournalScan,
  storedCalls: KnownCalls,
): Promise<Set<string>> {
  const tasks = [
    ...new Set([...replies.values(), ...[...intents.values()].map((intent) => intent.taskId)]),
  ];
  const known = new Set<string>();
  for (let at = 0; at < tasks.length; at += TASKS_AT_A_TIME) {
    for (const id of await storedCalls(tasks.slice(at, at + TASKS_AT_A_TIME))) known.add(id);
  }
  return known;
}

/** The state of a journal that waits to be recovered. */
export interface JournalState {
  readonly folder: string;
  readonly kind: string;
  readonly bytes: number;
  /** Its calls were made for a study that this schema held before. */
  readonly otherStudy: boolean;
  /** Replies that the database does not have, and sent calls of unknown fate. */
  readonly replies: number;
  readonly unknown: number;
  /** Replies that the last recovery could not store. */
  readonly setAside: readonly SetAside[];
  readonly unreadable: readonly string[];
}

/** @param storedCalls by kind of task */
export async function describeJournals(
  location: JournalLocation | null,
  storedCalls: Readonly<Record<string, KnownCalls>>,
): Promise<JournalState[]> {
  const states: JournalState[] = [];
  for (const { folder, kind, bytes } of await waitingJournals(location)) {
    const scan = await scanJournal(folder);
    const otherStudy = isOfOtherStudy(scan, location!.studyId);
    const of = storedCalls[kind];
    const known = otherStudy || of === undefined ? new Set<string>() : await storedOf(scan, of);
    const waits = (id: string) => !known.has(id) && !scan.unsent.has(id);
    states.push({
      folder,
      kind,
      bytes,
      otherStudy,
      replies: [...scan.replies.keys()].filter(waits).length,
      unknown: [...scan.intents.keys()].filter((id) => !scan.replies.has(id) && waits(id)).length,
      setAside: readSetAside(folder)
        .filter((call) => waits(call.callId))
        .sort((a, b) => a.taskId - b.taskId),
      unreadable: scan.unreadable,
    });
  }
  return states;
}

export function isOfOtherStudy({ studyIds }: JournalScan, studyId: string): boolean {
  return studyIds.size > 0 && !studyIds.has(studyId);
}
