/** Brings in what journals hold that processes left behind: replies that had not reached the database, and calls of which nothing is known. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { holderOf, lockFolder } from '../database/lock.ts';
import { UserError } from '../errors.ts';
import { describeCall, hasLeft, isSimulated, judge } from './ask.ts';
import type { AbandonedFolder, Adopting, JournalPlace } from './journal.ts';
import { journalsOf, segmentsOf } from './journal-folders.ts';
import { decodeRecords, type IntentRecord, type ReplyRecord } from './journal-frames.ts';
import type { Batch, CallRecord, Finished, Prepared, StoredCall, Task } from './task.ts';

/** A kind of task, as far as it takes to bring its calls in. Whoever asks for it, all its tasks are meant. */
export interface Recoverable<V, T extends Task<V>> {
  /** What its tasks are called, e.g. `experiments`. */
  readonly queue: string;
  /** The given tasks as they are now, done or not. Those that do not exist any more are missing. */
  loadAny(ids: readonly number[]): Promise<readonly Prepared<T>[]>;
  /** Ids of the calls about these tasks that are stored. */
  storedCalls(ids: readonly number[]): Promise<Set<string>>;
  /** Stores what was brought in; a task that is done keeps what it has, its calls are kept all the same. */
  storeRecovered(batch: Batch<V, T>): Promise<Set<number>>;
}

/** A call that left, and of which nothing came back before its process ended: it may have been answered, and paid for. */
interface UnknownFate {
  readonly callId: string;
  readonly taskId: number;
  readonly model: string;
  readonly attempt: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What it cost at most, in US dollars; 0 where the run had no limit. */
  readonly reservedUsd: number;
}

export interface Recovered {
  /** Journals that were read. */
  readonly journals: number;
  /** Replies that were brought in. */
  readonly replies: number;
  /** Those of them that answered their task. */
  readonly answered: number;
  readonly unknown: readonly UnknownFate[];
  /** Calls about tasks that do not exist any more. */
  readonly gone: number;
  /** Journals of processes that are at work, here or on another machine. */
  readonly held: number;
}

const BATCH = 100;
const UNKNOWN_FATE = 'its process ended while the call was under way: whether it was answered, and paid for, is not known';

/**
 * Brings in the journals of one kind of task, and hands them over for removal.
 * @param journal of this process
 */
export async function bringIn<V, T extends Task<V>>(
  place: JournalPlace | null,
  work: Recoverable<V, T>,
  journal: Adopting,
): Promise<Recovered> {
  const abandoned: AbandonedFolder[] = [];
  let sum: Recovered = { journals: 0, replies: 0, answered: 0, unknown: [], gone: 0, held: 0 };
  try {
    for (const { folder, kind } of journalsOf(place)) {
      if (kind !== work.queue) continue;
      const lock = await lockOf(folder);
      if (lock === null) {
        sum = { ...sum, held: sum.held + 1 };
        continue;
      }
      abandoned.push({ path: folder, lock });
      const one = await readJournal(folder, work);
      sum = {
        ...sum,
        journals: sum.journals + 1,
        replies: sum.replies + one.replies,
        answered: sum.answered + one.answered,
        unknown: [...sum.unknown, ...one.unknown],
        gone: sum.gone + one.gone,
      };
    }
  } catch (error) {
    for (const { lock } of abandoned) lock[Symbol.dispose]();
    throw error;
  }
  await journal.adopt(abandoned);
  return sum;
}

/** What a start has to say of what it found; null when it found nothing. */
export function describeRecovered(recovered: Recovered, what: string): string | null {
  const { replies, unknown, gone } = recovered;
  const parts = [
    ...(replies > 0 ? [`${replies} replies that an earlier process had not stored were brought in from its journal`] : []),
    ...(unknown.length > 0
      ? [
          `of ${unknown.length} calls of an earlier process it is not known whether they were answered (${what} ${unknown
            .slice(0, 5)
            .map((one) => one.taskId)
            .join(', ')}${unknown.length > 5 ? ', …' : ''})`,
        ]
      : []),
    ...(gone > 0 ? [`${gone} calls were about ${what} that do not exist any more`] : []),
  ];
  return parts.length === 0 ? null : parts.join('; ');
}

/** Null when its process is alive, or somebody else brings it in at this moment. */
async function lockOf(folder: string): Promise<Disposable | null> {
  if ((await holderOf(folder)) !== null) return null;
  try {
    return await lockFolder(folder);
  } catch (error) {
    if (error instanceof UserError && (!existsSync(folder) || (await holderOf(folder)) !== null)) return null;
    throw error;
  }
}

async function readJournal<V, T extends Task<V>>(
  folder: string,
  work: Recoverable<V, T>,
): Promise<Pick<Recovered, 'replies' | 'answered' | 'unknown' | 'gone'>> {
  const intents = new Map<string, IntentRecord>();
  const answeredIds = new Set<string>();
  const tasks = new Set<number>();
  const files = segmentsOf(folder);
  for (const file of files) {
    for (const record of decodeRecords(await readFile(file))) {
      tasks.add(record.taskId);
      if (record.kind === 'intent') intents.set(record.id, record);
      else answeredIds.add(record.id);
    }
  }
  const known = new Set<string>();
  for (const ids of portions([...tasks], 1000)) for (const id of await work.storedCalls(ids)) known.add(id);

  let replies = 0;
  let answered = 0;
  let gone = 0;
  const count = (stored: Stored) => {
    replies += stored.replies;
    answered += stored.answered;
    gone += stored.gone;
  };
  for (const file of files) {
    let batch: ReplyRecord[] = [];
    for (const record of decodeRecords(await readFile(file))) {
      if (record.kind === 'intent' || known.has(record.id) || !hasLeft(record.result)) continue;
      known.add(record.id);
      batch.push(record);
      if (batch.length < BATCH) continue;
      count(await storeReplies(batch, work));
      batch = [];
    }
    if (batch.length > 0) count(await storeReplies(batch, work));
  }

  const lost = [...intents.values()].filter((intent) => !answeredIds.has(intent.id) && !known.has(intent.id));
  const unknown: UnknownFate[] = [];
  for (const some of portions(lost, BATCH)) {
    const there = new Set((await work.loadAny(some.map((intent) => intent.taskId))).map(idOf));
    const ours = some.filter((intent) => there.has(intent.taskId));
    gone += some.length - ours.length;
    if (ours.length > 0) await work.storeRecovered({ calls: ours.map(unknownCall), finished: [] });
    for (const { id: callId, taskId, model, attempt, at, reservedUsd } of ours)
      unknown.push({ callId, taskId, model, attempt, at, reservedUsd });
  }
  return { replies, answered, unknown, gone };
}

interface Stored {
  readonly replies: number;
  readonly answered: number;
  readonly gone: number;
}

/** Reads replies as they would have been read when they arrived, and stores them. */
async function storeReplies<V, T extends Task<V>>(records: readonly ReplyRecord[], work: Recoverable<V, T>): Promise<Stored> {
  const prepared = new Map((await work.loadAny([...new Set(records.map((record) => record.taskId))])).map((one) => [idOf(one), one]));
  const calls: CallRecord[] = [];
  const finished = new Map<number, Finished<V, T>>();
  let gone = 0;
  for (const record of records) {
    const one = prepared.get(record.taskId);
    if (one === undefined) gone++;
    else if (one.runnable) {
      const done = readReply<V>(one.task, record);
      // What is neither an answer nor a refusal would have been asked again, and will be.
      if (done.result === null || finished.has(record.taskId)) calls.push(done.call);
      else finished.set(record.taskId, { claim: { taskId: record.taskId, id: '', retryCount: 0 }, task: one.task, result: done.result });
    } else calls.push(unreadable(record, one.reason));
  }
  const stored = await work.storeRecovered({ calls, finished: [...finished.values()] });
  const answered = [...finished.values()].filter((one) => one.result.kind === 'answered' && stored.has(one.task.id)).length;
  return { replies: records.length - gone, answered, gone };
}

function readReply<V>(
  task: Task<V>,
  { id, attempt, seed, result }: ReplyRecord,
): { readonly call: CallRecord; readonly result: Finished<V>['result'] | null } {
  const verdict = judge(task, result);
  const call = describeCall(id, task, seed, attempt, result, verdict);
  if (verdict.outcome === 'answered') {
    const simulated = isSimulated(task, call.modelServed);
    return { call, result: { kind: 'answered', value: verdict.value, simulated, attempts: attempt, call } };
  }
  if (verdict.outcome !== 'refused') return { call, result: null };
  return { call, result: { kind: 'unanswered', outcome: 'refused', reason: verdict.reason, endsRun: false, attempts: attempt, call } };
}

/** The call of a task that cannot be run as things are: its bytes are kept, nothing is made of them. */
function unreadable({ id, taskId, attempt, seed, result }: ReplyRecord, reason: string): CallRecord {
  const completion = result.ok ? result.completion : null;
  return {
    id,
    taskId,
    attempt,
    outcome: 'failed',
    reason: `the reply was brought in from the journal and not read: ${reason}`,
    errorKind: result.ok ? null : result.error.kind,
    failure: null,
    exchange: result.exchange,
    stopReason: completion?.rawStopReason ?? completion?.stopReason ?? null,
    modelServed: completion?.modelServed ?? null,
    usage: completion?.usage ?? null,
    costUsd: null,
    seed,
  };
}

function unknownCall({ id, taskId, attempt, seed, at, reservedUsd }: IntentRecord): StoredCall {
  const nothing = { requestBody: new Uint8Array(0), responseBody: null, status: null, requestId: null, latencyMs: 0 };
  return {
    id,
    taskId,
    attempt,
    outcome: 'failed',
    reason: UNKNOWN_FATE,
    errorKind: 'unknown_fate',
    failure: null,
    exchange: { ...nothing, startedAt: at },
    stopReason: null,
    modelServed: null,
    usage: null,
    costUsd: null,
    reservedUsd,
    seed,
  };
}

function idOf<T extends Task<unknown>>(one: Prepared<T>): number {
  return one.runnable ? one.task.id : one.id;
}

function* portions<X>(all: readonly X[], size: number): Generator<readonly X[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}
