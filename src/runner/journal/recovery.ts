/**
 * Recovers the journals of processes that ended: replies that had not reached the database, and
 * calls of unknown fate.
 */
import { existsSync } from 'node:fs';
import { holderOf, lockFolder } from '../../db/embedded/lock.ts';
import { messageOf, UserError } from '../../errors.ts';
import {
  classifyResult,
  describeCall,
  followingOf,
  isSimulated,
  wasSent,
  withPart,
} from '../call-result.ts';
import { noteOf } from '../commit/call-store.ts';
import { bytesOf, takePortion } from '../commit/committer.ts';
import { storeIsolated } from '../commit/isolation.ts';
import type {
  Batch,
  CallRecord,
  Finished,
  Prepared,
  RecoverableSource,
  StoredCall,
  Task,
} from '../task.ts';
import type { AbandonedFolder } from './cleanup.ts';
import { type JournalLocation, journalsOf, type SetAside, writeSetAside } from './files.ts';
import { hashRequest, type IntentRecord, type ReplyRecord } from './format.ts';
import type { Adopting } from './journal.ts';
import { isOfOtherStudy, type JournalScan, repliesIn, scanJournal, storedOf } from './scan.ts';

/**
 * A call that was sent and had no reply when its process ended: it may have been answered, and
 * charged.
 */
interface UnknownFate {
  readonly callId: string;
  readonly taskId: number;
  readonly model: string;
  readonly attempt: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The most it can have cost, in US dollars; 0 where the run had no limit. */
  readonly reservedUsd: number;
}

/** A reply that stays in its journal. */
interface LeftReply extends SetAside {
  readonly folder: string;
  /**
   * The database refuses it although it decides its task, which must not be sent again meanwhile.
   */
  readonly decides: boolean;
}

/** A journal that stays as it is, and why. */
interface LeftJournal {
  readonly folder: string;
  readonly reason: string;
}

export interface Recovered {
  /** Journals that were read. */
  readonly journals: number;
  /** Replies that were recovered. */
  readonly replies: number;
  /** Recovered replies that answered their task. */
  readonly answered: number;
  /** Recovered replies of which the database holds a note in place of a readable copy. */
  readonly noted: number;
  readonly unknown: readonly UnknownFate[];
  /** Calls about tasks that no longer exist. Their replies stay in the journal. */
  readonly gone: number;
  /** Journals of processes that are running, here or on another machine. */
  readonly held: number;
  /** Replies that cannot be recovered; their journals are kept. */
  readonly left: readonly LeftReply[];
  /** Journals of a study that this schema held before; they stay untouched. */
  readonly otherStudy: readonly string[];
  /** Journals that cannot be read completely; they are kept. */
  readonly unreadable: readonly LeftJournal[];
  /** Bytes of incomplete or damaged records, which were skipped. */
  readonly damagedBytes: number;
}

const NOTHING: Recovered = {
  journals: 0,
  replies: 0,
  answered: 0,
  noted: 0,
  unknown: [],
  gone: 0,
  held: 0,
  left: [],
  otherStudy: [],
  unreadable: [],
  damagedBytes: 0,
};

const BATCH = 100;
const MOST_NAMED = 5;
const UNKNOWN_FATE =
  'its process ended during the call: whether it was answered and charged is unknown';
const GONE = 'its task no longer exists';
const OTHER_REQUEST = 'its request differs from the one that would be sent now';

/**
 * Recovers the journals of one kind of task, one by one, and hands them over for removal.
 * @param journal of this process, which removes them
 */
export async function recoverKind<V, T extends Task<V>>(
  location: JournalLocation | null,
  source: RecoverableSource<V, T>,
  journal: Adopting,
): Promise<Recovered> {
  const done: AbandonedFolder[] = [];
  let sum = NOTHING;
  try {
    for (const { folder, kind } of journalsOf(location)) {
      if (kind !== source.queue) continue;
      let lock: Disposable | null;
      try {
        lock = await lockOf(folder);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        sum = plus(sum, { ...NOTHING, unreadable: [{ folder, reason: messageOf(error) }] });
        continue;
      }
      if (lock === null) {
        sum = plus(sum, { ...NOTHING, held: 1 });
        continue;
      }
      let isDone = false;
      try {
        const one = await recoverJournal(folder, location!.studyId, source);
        sum = plus(sum, one);
        isDone = one.left.length + one.otherStudy.length + one.unreadable.length === 0;
      } finally {
        if (isDone) done.push({ path: folder, lock });
        else lock[Symbol.dispose]();
      }
    }
  } catch (error) {
    for (const { lock } of done) lock[Symbol.dispose]();
    throw error;
  }
  await journal.adopt(done);
  return sum;
}

/** The result where no journal of a kind of task can be recovered. */
export function leaveAll(
  location: JournalLocation | null,
  kind: string,
  reason: string,
): Recovered {
  const folders = journalsOf(location).filter((one) => one.kind === kind);
  return { ...NOTHING, unreadable: folders.map(({ folder }) => ({ folder, reason })) };
}

function plus(a: Recovered, b: Recovered): Recovered {
  return {
    journals: a.journals + b.journals,
    replies: a.replies + b.replies,
    answered: a.answered + b.answered,
    noted: a.noted + b.noted,
    unknown: [...a.unknown, ...b.unknown],
    gone: a.gone + b.gone,
    held: a.held + b.held,
    left: [...a.left, ...b.left],
    otherStudy: [...a.otherStudy, ...b.otherStudy],
    unreadable: [...a.unreadable, ...b.unreadable],
    damagedBytes: a.damagedBytes + b.damagedBytes,
  };
}

/** What a run reports about the journals that it found; null when it found none. */
export function describeRecovered(recovered: Recovered, what: string): string | null {
  const { replies, noted, unknown, gone } = recovered;
  const parts = [
    ...(replies > 0
      ? [
          `${replies} replies that an earlier process had not stored were recovered from its journal`,
        ]
      : []),
    ...(noted > 0
      ? [
          `${noted} of them are stored as bytes with a note, because the database cannot hold a readable copy`,
        ]
      : []),
    ...(unknown.length > 0
      ? [
          `it is unknown whether ${unknown.length} calls of an earlier process were answered (${what} ${unknown
            .slice(0, MOST_NAMED)
            .map((one) => one.taskId)
            .join(', ')}${unknown.length > MOST_NAMED ? ', …' : ''})`,
        ]
      : []),
    ...(gone > 0 ? [`${gone} calls were about ${what} that no longer exist`] : []),
    ...describeLeft(recovered, what),
  ];
  return parts.length === 0 ? null : parts.join('; ');
}

/** What stays in journals, and why. */
export function describeLeft({ left, otherStudy, unreadable }: Recovered, what: string): string[] {
  const reasons = new Map<string, LeftReply[]>();
  for (const one of left) reasons.set(one.reason, [...(reasons.get(one.reason) ?? []), one]);
  return [
    ...[...reasons].map(
      ([reason, some]) =>
        `${some.length} replies cannot be recovered and are kept in ${named(some.map((one) => one.folder))} (${what} ${named(
          some.map((one) => String(one.taskId)),
        )}): ${reason}`,
    ),
    ...(otherStudy.length > 0
      ? [
          `${otherStudy.length} journals belong to an earlier study of this schema and stay untouched: ${named(otherStudy)}`,
        ]
      : []),
    ...unreadable.map(
      ({ folder, reason }) =>
        `the journal in ${folder} cannot be recovered completely and is kept: ${reason}`,
    ),
  ];
}

function named(names: readonly string[]): string {
  const different = [...new Set(names)];
  return `${different.slice(0, MOST_NAMED).join(', ')}${different.length > MOST_NAMED ? ', …' : ''}`;
}

/** Null when its process is running, or another process is recovering it. */
async function lockOf(folder: string): Promise<Disposable | null> {
  if ((await holderOf(folder)) !== null) return null;
  try {
    return await lockFolder(folder);
  } catch (error) {
    if (error instanceof UserError && (!existsSync(folder) || (await holderOf(folder)) !== null))
      return null;
    throw error;
  }
}

async function recoverJournal<V, T extends Task<V>>(
  folder: string,
  studyId: string,
  source: RecoverableSource<V, T>,
): Promise<Recovered> {
  const scan = await scanJournal(folder);
  const unreadable = scan.unreadable.map((reason) => ({ folder, reason }));
  if (isOfOtherStudy(scan, studyId)) return { ...NOTHING, otherStudy: [folder], unreadable };
  const recovery = new Recovery(folder, scan, source);
  const known = await storedOf(scan, (tasks) => source.storedCalls(tasks));
  for (const file of scan.files) {
    const waiting: ReplyRecord[] = [];
    for await (const record of repliesIn(file)) {
      if (known.has(record.id) || !wasSent(record.result)) continue;
      known.add(record.id);
      waiting.push(record);
    }
    while (waiting.length > 0)
      await recovery.storeReplies(takePortion(waiting, ({ result }) => bytesOf(result)));
  }
  const lost = [...scan.intents.values()].filter(
    (intent) => !scan.replies.has(intent.id) && !known.has(intent.id),
  );
  for (let at = 0; at < lost.length; at += BATCH)
    await recovery.storeUnknown(lost.slice(at, at + BATCH));
  await writeSetAside(
    folder,
    recovery.left.map(({ callId, taskId, reason }) => ({ callId, taskId, reason })),
  );
  const { replies, answered, noted, unknown, gone, left } = recovery;
  return {
    ...NOTHING,
    journals: 1,
    replies,
    answered,
    noted,
    unknown,
    gone,
    left,
    unreadable,
    damagedBytes: scan.damagedBytes,
  };
}

/** The recovery of one journal. */
class Recovery<V, T extends Task<V>> {
  replies = 0;
  answered = 0;
  noted = 0;
  gone = 0;
  readonly unknown: UnknownFate[] = [];
  readonly left: LeftReply[] = [];
  readonly #folder: string;
  readonly #scan: JournalScan;
  readonly #source: RecoverableSource<V, T>;

  constructor(folder: string, scan: JournalScan, source: RecoverableSource<V, T>) {
    this.#folder = folder;
    this.#scan = scan;
    this.#source = source;
  }

  /** Reads replies as they would have been read on arrival, and stores them. */
  async storeReplies(records: readonly ReplyRecord[]): Promise<void> {
    const prepared = new Map(
      (await this.#source.loadAny([...new Set(records.map((record) => record.taskId))])).map(
        (one) => [idOf(one), one],
      ),
    );
    const calls: CallRecord[] = [];
    const finished = new Map<number, Finished<V, T>>();
    /** Tasks of which a reply leads on to another call, and the attempts that they have taken. */
    const continued = new Map<number, { readonly task: Task<V>; readonly attempts: number }>();
    for (const record of records) {
      const { taskId } = record;
      const one = prepared.get(taskId);
      if (one === undefined) this.gone++;
      if (one?.runnable !== true) {
        this.#leave(record, one === undefined ? GONE : one.reason, false);
        continue;
      }
      const { task: current, attempts } = continued.get(taskId) ?? { task: one.task, attempts: 0 };
      const hash = record.requestSha256 ?? this.#scan.intents.get(record.id)?.requestSha256;
      const asked = taskOfRequest(current, record, hash);
      if (asked === null) {
        this.#leave(record, OTHER_REQUEST, false);
        continue;
      }
      const done = readReply<V>(asked, record, attempts);
      const isNext = asked === current && !finished.has(taskId);
      if (isNext && done.next !== null)
        continued.set(taskId, { task: done.next, attempts: attempts + record.attempt });
      if (isNext && done.result !== null) {
        const claim = { taskId, id: '', retryCount: 0 };
        finished.set(taskId, { claim, task: one.task, result: done.result });
      } else calls.push(isNext ? done.call : withoutPart(done.call));
    }
    await this.#store({ calls, finished: [...finished.values()] }, (batch, stored) => {
      const all = [...batch.calls, ...batch.finished.map((one) => one.result.call)];
      this.replies += all.length;
      this.noted += all.filter((call) => noteOf(call) !== null).length;
      this.answered += batch.finished.filter(
        (one) => one.result.kind === 'answered' && stored.has(one.task.id),
      ).length;
    });
  }

  async storeUnknown(intents: readonly IntentRecord[]): Promise<void> {
    const there = new Map(
      (await this.#source.loadAny(intents.map((intent) => intent.taskId))).map((one) => [
        idOf(one),
        one,
      ]),
    );
    const ours = intents.filter((intent) => {
      const one = there.get(intent.taskId);
      if (one?.runnable !== true) return one !== undefined;
      const isLater = (intent.call ?? 1) > (one.task.call ?? 1);
      return isLater || taskOfRequest(one.task, intent, intent.requestSha256) !== null;
    });
    this.gone += intents.length - ours.length;
    const byId = new Map(ours.map((intent) => [intent.id, intent]));
    await this.#store({ calls: ours.map(unknownCall), finished: [] }, (batch) => {
      for (const call of batch.calls) {
        const { id: callId, taskId, model, attempt, at, reservedUsd } = byId.get(call.id)!;
        this.unknown.push({ callId, taskId, model, attempt, at, reservedUsd });
      }
    });
  }

  async #store(
    batch: Batch<V, T>,
    onStored: (batch: Batch<V, T>, stored: ReadonlySet<number>) => void,
  ): Promise<void> {
    if (batch.calls.length + batch.finished.length === 0) return;
    await storeIsolated(batch, {
      store: (one) => this.#source.storeRecovered(one),
      onStored,
      onRefused: ({ call, final, reason }) =>
        this.#leave(call, `the database refuses it: ${reason}`, final),
    });
  }

  #leave(
    { id, taskId }: { readonly id: string; readonly taskId: number },
    reason: string,
    decides: boolean,
  ): void {
    this.left.push({ callId: id, taskId, reason, decides, folder: this.#folder });
  }
}

/**
 * The task at the call that a request was for; null where none of its calls sends that request.
 * @param current the task at its next call
 * @param hash of the request that was sent; undefined where it is unknown
 */
function taskOfRequest<V>(
  current: Task<V>,
  { call, attempt, seed }: Pick<IntentRecord, 'call' | 'attempt' | 'seed'>,
  hash: string | undefined,
): Task<V> | null {
  for (let one: Task<V> | undefined = current; one !== undefined; one = one.previous) {
    const request = { ...one.request, seed: seed === null ? null : one.seedOf(attempt) };
    if (one.call === call && hashRequest(request) === hash) return one;
  }
  return null;
}

/** @param before attempts at earlier calls of the task */
function readReply<V>(
  task: Task<V>,
  { id, attempt, seed, result }: ReplyRecord,
  before: number,
): {
  readonly call: CallRecord;
  /** The task at its next call, where it takes another one. */
  readonly next: Task<V> | null;
  readonly result: Finished<V>['result'] | null;
} {
  const own = classifyResult(task, result);
  // Other failures would have been retried, and will be.
  const verdict = own.outcome === 'refused' ? followingOf(task, own) : own;
  const call = withPart(describeCall(id, task, seed, attempt, result, own), verdict);
  const attempts = before + attempt;
  switch (verdict.outcome) {
    case 'continued':
      return { call, next: verdict.next, result: null };
    case 'answered': {
      const simulated = isSimulated(task, call.modelServed);
      const { value } = verdict;
      return { call, next: null, result: { kind: 'answered', value, simulated, attempts, call } };
    }
    case 'refused': {
      const { outcome, reason } = verdict;
      const kept = task.kept?.() ?? null;
      const why = { outcome, reason, kept, closes: null, deferred: false };
      return { call, next: null, result: { kind: 'unanswered', ...why, attempts, call } };
    }
    default:
      return { call, next: null, result: null };
  }
}

function withoutPart({ part: _, ...call }: CallRecord): CallRecord {
  return call;
}

function unknownCall({ id, taskId, attempt, seed, at, reservedUsd }: IntentRecord): StoredCall {
  const nothing = {
    requestBody: new Uint8Array(0),
    responseBody: null,
    status: null,
    requestId: null,
    latencyMs: 0,
  };
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
