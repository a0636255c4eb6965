/** Brings in what journals hold that processes left behind: replies that had not reached the database, and calls of which nothing is known. */
import { existsSync } from 'node:fs';
import { holderOf, lockFolder } from '../../db/embedded/lock.ts';
import { messageOf, UserError } from '../../errors.ts';
import { classifyResult, describeCall, isSimulated, wasSent } from '../call-result.ts';
import { noteOf } from '../commit/call-store.ts';
import { bytesOf, takePortion } from '../commit/committer.ts';
import { storeIsolated } from '../commit/isolation.ts';
import type { Batch, CallRecord, Finished, Prepared, RecoverableSource, StoredCall, Task } from '../task.ts';
import type { AbandonedFolder } from './cleanup.ts';
import { type JournalLocation, journalsOf, type SetAside, writeSetAside } from './files.ts';
import { hashRequest, type IntentRecord, type ReplyRecord } from './format.ts';
import type { Adopting } from './journal.ts';
import { isOfOtherStudy, type JournalScan, repliesIn, scanJournal, storedOf } from './scan.ts';

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

/** A reply that was left in its journal. */
interface LeftReply extends SetAside {
  readonly folder: string;
  /** The database refuses it though it decides its task, which must not be asked again as long as that is so. */
  readonly decides: boolean;
}

/** A journal that was left as it is, and why. */
interface LeftJournal {
  readonly folder: string;
  readonly reason: string;
}

export interface Recovered {
  /** Journals that were read. */
  readonly journals: number;
  /** Replies that were brought in. */
  readonly replies: number;
  /** Those of them that answered their task. */
  readonly answered: number;
  /** Those of them of whose replies the database holds a note in place of a readable copy. */
  readonly noted: number;
  readonly unknown: readonly UnknownFate[];
  /** Calls about tasks that do not exist any more. Their replies are left. */
  readonly gone: number;
  /** Journals of processes that are at work, here or on another machine. */
  readonly held: number;
  /** Replies that cannot be brought in; their journals are kept. */
  readonly left: readonly LeftReply[];
  /** Journals of a study that this schema held before: untouched. */
  readonly otherStudy: readonly string[];
  /** Journals of which something cannot be read; they are kept. */
  readonly unreadable: readonly LeftJournal[];
  /** Bytes that were passed over, of records that were not written to their end or were damaged since. */
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
const UNKNOWN_FATE = 'its process ended while the call was under way: whether it was answered, and paid for, is not known';
const GONE = 'what it was asked for does not exist any more';
const OTHER_REQUEST = 'it answers another request than would be sent now';

/**
 * Brings in the journals of one kind of task, each by itself, and hands them over for removal.
 * @param journal of this process
 */
export async function recoverKind<V, T extends Task<V>>(
  location: JournalLocation | null,
  work: RecoverableSource<V, T>,
  journal: Adopting,
): Promise<Recovered> {
  const done: AbandonedFolder[] = [];
  let sum = NOTHING;
  try {
    for (const { folder, kind } of journalsOf(location)) {
      if (kind !== work.queue) continue;
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
        const one = await bringInJournal(folder, location!.studyId, work);
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

/** What is to be told where no journal of a kind of task can be brought in. */
export function leaveAll(location: JournalLocation | null, kind: string, reason: string): Recovered {
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

/** What a start has to say of what it found; null when it found nothing. */
export function describeRecovered(recovered: Recovered, what: string): string | null {
  const { replies, noted, unknown, gone } = recovered;
  const parts = [
    ...(replies > 0 ? [`${replies} replies that an earlier process had not stored were brought in from its journal`] : []),
    ...(noted > 0 ? [`${noted} of them are stored as bytes and a note, as the database cannot hold a readable copy`] : []),
    ...(unknown.length > 0
      ? [
          `of ${unknown.length} calls of an earlier process it is not known whether they were answered (${what} ${unknown
            .slice(0, MOST_NAMED)
            .map((one) => one.taskId)
            .join(', ')}${unknown.length > MOST_NAMED ? ', …' : ''})`,
        ]
      : []),
    ...(gone > 0 ? [`${gone} calls were about ${what} that do not exist any more`] : []),
    ...describeLeft(recovered, what),
  ];
  return parts.length === 0 ? null : parts.join('; ');
}

/** What was left in journals, and why. */
export function describeLeft({ left, otherStudy, unreadable }: Recovered, what: string): string[] {
  const reasons = new Map<string, LeftReply[]>();
  for (const one of left) reasons.set(one.reason, [...(reasons.get(one.reason) ?? []), one]);
  return [
    ...[...reasons].map(
      ([reason, some]) =>
        `${some.length} replies cannot be brought in and are kept in ${named(some.map((one) => one.folder))} (${what} ${named(
          some.map((one) => String(one.taskId)),
        )}): ${reason}`,
    ),
    ...(otherStudy.length > 0
      ? [`${otherStudy.length} journals belong to a study that this schema held before, and are left alone: ${named(otherStudy)}`]
      : []),
    ...unreadable.map(({ folder, reason }) => `the journal in ${folder} cannot be brought in to its end, and is kept: ${reason}`),
  ];
}

function named(names: readonly string[]): string {
  const different = [...new Set(names)];
  return `${different.slice(0, MOST_NAMED).join(', ')}${different.length > MOST_NAMED ? ', …' : ''}`;
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

async function bringInJournal<V, T extends Task<V>>(folder: string, studyId: string, work: RecoverableSource<V, T>): Promise<Recovered> {
  const scan = await scanJournal(folder);
  const unreadable = scan.unreadable.map((reason) => ({ folder, reason }));
  if (isOfOtherStudy(scan, studyId)) return { ...NOTHING, otherStudy: [folder], unreadable };
  const bringing = new Bringing(folder, scan, work);
  const known = await storedOf(scan, (tasks) => work.storedCalls(tasks));
  for (const file of scan.files) {
    const waiting: ReplyRecord[] = [];
    for await (const record of repliesIn(file)) {
      if (known.has(record.id) || !wasSent(record.result)) continue;
      known.add(record.id);
      waiting.push(record);
    }
    while (waiting.length > 0) await bringing.storeReplies(takePortion(waiting, ({ result }) => bytesOf(result)));
  }
  const lost = [...scan.intents.values()].filter((intent) => !scan.replies.has(intent.id) && !known.has(intent.id));
  for (let at = 0; at < lost.length; at += BATCH) await bringing.storeUnknown(lost.slice(at, at + BATCH));
  await writeSetAside(
    folder,
    bringing.left.map(({ callId, taskId, reason }) => ({ callId, taskId, reason })),
  );
  const { replies, answered, noted, unknown, gone, left } = bringing;
  return { ...NOTHING, journals: 1, replies, answered, noted, unknown, gone, left, unreadable, damagedBytes: scan.damagedBytes };
}

/** One journal on its way into the database. */
class Bringing<V, T extends Task<V>> {
  replies = 0;
  answered = 0;
  noted = 0;
  gone = 0;
  readonly unknown: UnknownFate[] = [];
  readonly left: LeftReply[] = [];
  readonly #folder: string;
  readonly #scan: JournalScan;
  readonly #work: RecoverableSource<V, T>;

  constructor(folder: string, scan: JournalScan, work: RecoverableSource<V, T>) {
    this.#folder = folder;
    this.#scan = scan;
    this.#work = work;
  }

  /** Reads replies as they would have been read when they arrived, and stores them. */
  async storeReplies(records: readonly ReplyRecord[]): Promise<void> {
    const prepared = new Map(
      (await this.#work.loadAny([...new Set(records.map((record) => record.taskId))])).map((one) => [idOf(one), one]),
    );
    const calls: CallRecord[] = [];
    const finished = new Map<number, Finished<V, T>>();
    for (const record of records) {
      const one = prepared.get(record.taskId);
      const reason = this.#whyLeft(record, one);
      if (reason !== null) this.#leave(record, reason, false);
      if (one === undefined) this.gone++;
      if (reason !== null || one?.runnable !== true) continue;
      const done = readReply<V>(one.task, record);
      // What is neither an answer nor a refusal would have been asked again, and will be.
      if (done.result === null || finished.has(record.taskId)) calls.push(done.call);
      else finished.set(record.taskId, { claim: { taskId: record.taskId, id: '', retryCount: 0 }, task: one.task, result: done.result });
    }
    await this.#store({ calls, finished: [...finished.values()] }, (batch, stored) => {
      const all = [...batch.calls, ...batch.finished.map((one) => one.result.call)];
      this.replies += all.length;
      this.noted += all.filter((call) => noteOf(call) !== null).length;
      this.answered += batch.finished.filter((one) => one.result.kind === 'answered' && stored.has(one.task.id)).length;
    });
  }

  async storeUnknown(intents: readonly IntentRecord[]): Promise<void> {
    const there = new Map((await this.#work.loadAny(intents.map((intent) => intent.taskId))).map((one) => [idOf(one), one]));
    const ours = intents.filter((intent) => {
      const one = there.get(intent.taskId);
      return one !== undefined && !(one.runnable && isOtherRequest(one.task, intent, intent.requestSha256));
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

  async #store(batch: Batch<V, T>, onStored: (batch: Batch<V, T>, stored: ReadonlySet<number>) => void): Promise<void> {
    if (batch.calls.length + batch.finished.length === 0) return;
    await storeIsolated(batch, {
      store: (one) => this.#work.storeRecovered(one),
      onStored,
      onRefused: ({ call, final, reason }) => this.#leave(call, `the database refuses it: ${reason}`, final),
    });
  }

  /** Null for a reply to the very request that its task would send. */
  #whyLeft(record: ReplyRecord, one: Prepared<T> | undefined): string | null {
    if (one === undefined) return GONE;
    if (!one.runnable) return one.reason;
    const hash = record.requestSha256 ?? this.#scan.intents.get(record.id)?.requestSha256;
    return isOtherRequest(one.task, record, hash) ? OTHER_REQUEST : null;
  }

  #leave({ id, taskId }: { readonly id: string; readonly taskId: number }, reason: string, decides: boolean): void {
    this.left.push({ callId: id, taskId, reason, decides, folder: this.#folder });
  }
}

/** @param hash of the request that was sent; undefined where nothing tells which it was */
function isOtherRequest(
  task: Task<unknown>,
  { attempt, seed }: { readonly attempt: number; readonly seed: number | null },
  hash: string | undefined,
): boolean {
  return hash !== hashRequest({ ...task.request, seed: seed === null ? null : task.seedOf(attempt) });
}

function readReply<V>(
  task: Task<V>,
  { id, attempt, seed, result }: ReplyRecord,
): { readonly call: CallRecord; readonly result: Finished<V>['result'] | null } {
  const verdict = classifyResult(task, result);
  const call = describeCall(id, task, seed, attempt, result, verdict);
  if (verdict.outcome === 'answered') {
    const simulated = isSimulated(task, call.modelServed);
    return { call, result: { kind: 'answered', value: verdict.value, simulated, attempts: attempt, call } };
  }
  if (verdict.outcome !== 'refused') return { call, result: null };
  return {
    call,
    result: { kind: 'unanswered', outcome: 'refused', reason: verdict.reason, closes: null, deferred: false, attempts: attempt, call },
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
