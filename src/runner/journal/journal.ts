/**
 * The journal of a process: every call is written down before it leaves, and its reply, byte for byte, before it is read. What had not
 * reached the database when the process ended is there for the next one, see `journal-recovery.ts`.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as immediately } from 'node:timers/promises';
import { lockFolder } from '../../db/embedded/lock.ts';
import { PRIVATE_FILE, PRIVATE_FOLDER } from '../../db/embedded/private-files.ts';
import { messageOf, UserError } from '../../errors.ts';
import type { CallResult, CompletionRequest } from '../../providers/provider.ts';
import { nameSegment, type SetAside, writeSetAside } from './files.ts';
import { encodeRecord, hashRequest } from './format.ts';
import { syncNames } from './fsync.ts';

/** What is to be known of a call before it leaves. */
export interface Intent {
  readonly taskId: number;
  /** Short name of the model. */
  readonly model: string;
  readonly attempt: number;
  readonly request: CompletionRequest;
  /** US dollars set aside for it. */
  readonly reservedUsd: number;
}

export interface Journal extends AsyncDisposable {
  /**
   * Writes a call down; when that is on the disk, the call may leave.
   * @returns the call's id
   * @throws UserError when it cannot be written
   */
  logRequest(intent: Intent): Promise<string>;
  /** Writes a reply down. Resolves when it is on the disk, or when the disk refuses it: then it is kept and tried again. */
  logReply(id: string, result: CallResult): Promise<void>;
  /** The database has these calls, or they never left. */
  markStored(ids: readonly string[]): void;
  /** The database refuses a call: it is kept here, with the reason. */
  setAside(call: SetAside): void;
}

/** Where the journals of one schema of one database are kept, each in a folder of its own. */
export interface JournalLocation {
  readonly folder: string;
  /** Of the study that the schema holds. */
  readonly studyId: string;
  /** Brings to the disk what the database has written; null where a commit does that. */
  readonly makeDurable: (() => Promise<void>) | null;
}

/** What a journal asks of the file system. */
export interface JournalFiles {
  /** Appends and syncs. */
  append(handle: FileHandle, bytes: Buffer): Promise<void>;
}

export interface JournalOptions {
  /** What its tasks are called, e.g. `experiments`. */
  readonly kind: string;
  readonly now: () => number;
  /** Bytes kept free for the replies of calls under way when the disk fills up. */
  readonly reserveBytes?: number;
  readonly files?: JournalFiles;
}

const SEGMENT_BYTES = 8 * 2 ** 20;
/** So much may lie in files that are no longer needed before the database is synced to be rid of them. */
const MOST_RETIRED_BYTES = 64 * 2 ** 20;
/** So much is gathered for one write, unless a single record is larger. */
const LARGEST_WRITE_BYTES = 16 * 2 ** 20;
const RESERVE_BYTES = 2 ** 20;
const RETRY_MS = 1000;

const systemFiles: JournalFiles = {
  async append(handle, bytes) {
    for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
    await handle.datasync();
  },
};

/** @param place null for a database in memory, which outlives nothing */
export function createJournal(place: JournalLocation | null, options: JournalOptions): Journal & Adopting {
  return place === null ? new NoJournal() : new FileJournal(place, options);
}

/** Journals that others left behind: removed with this one's files, when the database surely has what they held. */
export interface Adopting {
  adopt(folders: readonly AbandonedFolder[]): Promise<void>;
}

export interface AbandonedFolder {
  readonly path: string;
  readonly lock: Disposable;
}

class NoJournal implements Journal, Adopting {
  readonly #ids = idsOf(randomUUID());

  async logRequest(): Promise<string> {
    return this.#ids();
  }

  async logReply(): Promise<void> {}

  markStored(): void {}

  setAside(): void {}

  async adopt(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}

interface Segment {
  readonly path: string;
  readonly handle: FileHandle;
  size: number;
  /** Calls that are in it and not in the database. */
  readonly open: Set<string>;
}

interface OpenCall {
  readonly intent: Intent;
  readonly requestSha256: string;
  readonly segments: Set<Segment>;
}

interface Frame {
  readonly id: string;
  readonly bytes: Buffer;
  readonly kind: 'intent' | 'reply';
  readonly written: () => void;
  readonly refused: (error: Error) => void;
}

class FileJournal implements Journal, Adopting {
  readonly #place: JournalLocation;
  readonly #options: JournalOptions;
  readonly #files: JournalFiles;
  readonly #folder: string;
  readonly #ids: () => string;
  readonly #calls = new Map<string, OpenCall>();
  /** Replies that the disk refused. */
  readonly #unsaved = new Map<string, Buffer>();
  readonly #setAside: SetAside[] = [];
  readonly #abandoned: AbandonedFolder[] = [];
  readonly #retired: Segment[] = [];
  #lock: Disposable | null = null;
  #segment: Segment | null = null;
  #segments = 0;
  #reserve: string | null = null;
  readonly #frames: Frame[] = [];
  #writing: Promise<void> | null = null;
  #syncing: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;
  /** Why nothing may leave any more. */
  #failure: UserError | null = null;

  constructor(place: JournalLocation, options: JournalOptions) {
    const token = randomUUID();
    this.#place = place;
    this.#options = options;
    this.#files = options.files ?? systemFiles;
    this.#folder = path.join(place.folder, `${options.kind}-${token}`);
    this.#ids = idsOf(token);
  }

  async logRequest(intent: Intent): Promise<string> {
    if (this.#failure !== null) throw this.#failure;
    const id = this.#ids();
    const { taskId, model, attempt, request, reservedUsd } = intent;
    const requestSha256 = hashRequest(request);
    const bytes = encodeRecord({
      kind: 'intent',
      id,
      taskId,
      model,
      attempt,
      seed: request.seed,
      studyId: this.#place.studyId,
      requestSha256,
      reservedUsd,
      at: this.#options.now(),
    });
    this.#calls.set(id, { intent, requestSha256, segments: new Set() });
    try {
      await this.#write(id, 'intent', bytes);
    } catch (error) {
      this.#calls.delete(id);
      throw error;
    }
    return id;
  }

  async logReply(id: string, result: CallResult): Promise<void> {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    const { requestSha256, intent } = call;
    const { taskId, attempt, request } = intent;
    const { studyId } = this.#place;
    const bytes = encodeRecord({ kind: 'reply', id, taskId, attempt, seed: request.seed, studyId, requestSha256, result });
    await this.#write(id, 'reply', bytes).catch(() => {
      this.#unsaved.set(id, bytes);
      this.#tryLater();
    });
  }

  markStored(ids: readonly string[]): void {
    for (const id of ids) {
      const call = this.#calls.get(id);
      if (call === undefined) continue;
      this.#calls.delete(id);
      this.#unsaved.delete(id);
      for (const segment of call.segments) {
        segment.open.delete(id);
        if (segment.open.size === 0 && segment !== this.#segment) this.#retire(segment);
      }
    }
  }

  setAside(call: SetAside): void {
    this.#setAside.push(call);
  }

  async adopt(folders: readonly AbandonedFolder[]): Promise<void> {
    this.#abandoned.push(...folders);
    if (this.#place.makeDurable === null) await this.#removeAbandoned();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#retry !== null) clearTimeout(this.#retry);
    while (this.#writing !== null) await this.#writing;
    await this.#syncing;
    if (this.#unsaved.size > 0) await this.#saveUnsaved();
    await this.#segment?.handle.close().catch(() => {});
    const complete = this.#calls.size === 0;
    try {
      if ((this.#lock !== null && complete) || this.#abandoned.length > 0) await this.#place.makeDurable?.();
    } catch {
      // What cannot be made durable stays written down here.
      for (const { lock } of this.#abandoned) lock[Symbol.dispose]();
      this.#lock?.[Symbol.dispose]();
      return;
    }
    await this.#removeAbandoned();
    if (this.#lock === null) return;
    if (complete) await rm(this.#folder, { recursive: true, force: true });
    else {
      await rm(path.join(this.#folder, RESERVE), { force: true });
      if (this.#setAside.length > 0) await writeSetAside(this.#folder, this.#setAside);
    }
    this.#lock[Symbol.dispose]();
    await removeEmpty(this.#place.folder);
  }

  #write(id: string, kind: Frame['kind'], bytes: Buffer): Promise<void> {
    return new Promise((written, refused) => {
      this.#frames.push({ id, bytes, kind, written, refused });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Replies come in bursts: what comes in one turn of the event loop, or while a sync is under way, is synced together. */
  async #writeAll(): Promise<void> {
    await immediately();
    while (this.#frames.length > 0) {
      const frames = this.#takeFrames().filter((frame) => {
        if (frame.kind === 'intent' && this.#failure !== null) frame.refused(this.#failure);
        return frame.kind === 'reply' || this.#failure === null;
      });
      if (frames.length === 0) continue;
      try {
        await this.#append(frames);
        for (const frame of frames) frame.written();
      } catch (error) {
        await this.#onRefusal(frames, error);
      }
    }
    // In the same moment as the last look at what there is to write: nothing can come in between and be left lying.
    this.#writing = null;
  }

  #takeFrames(): Frame[] {
    let count = 0;
    for (let bytes = 0; count < this.#frames.length && bytes < LARGEST_WRITE_BYTES; count++) bytes += this.#frames[count]!.bytes.length;
    return this.#frames.splice(0, count);
  }

  async #append(frames: readonly Pick<Frame, 'id' | 'bytes'>[]): Promise<void> {
    if (this.#lock === null) await this.#open();
    const segment = await this.#segmentToWrite();
    const bytes = Buffer.concat(frames.map((frame) => frame.bytes));
    try {
      await this.#files.append(segment.handle, bytes);
    } catch (error) {
      // After a failed sync nothing is known of what was written last: the file ends where it was whole, and another is begun.
      await segment.handle.truncate(segment.size).catch(() => {});
      await this.#endSegment();
      throw error;
    }
    segment.size += bytes.length;
    for (const { id } of frames) {
      const call = this.#calls.get(id);
      if (call === undefined) continue;
      segment.open.add(id);
      call.segments.add(segment);
    }
  }

  /** The disk is full or broken: from now on no call leaves, and what comes back goes where room was kept for it. */
  async #onRefusal(frames: readonly Frame[], error: unknown): Promise<void> {
    this.#failure ??= new UserError(`The journal in ${this.#folder} cannot be written: ${messageOf(error)}`, {
      code: 'journal-cannot-be-written',
      hint: 'No call leaves without being written down. Make room or correct the permissions, and run the same command again. A journal elsewhere: journal.folder in the configuration (for a database server).',
      exitCode: 1,
      cause: error,
    });
    if (this.#reserve !== null) {
      await rm(this.#reserve, { force: true }).catch(() => {});
      this.#reserve = null;
    }
    const replies = frames.filter((frame) => frame.kind === 'reply');
    for (const frame of frames) if (frame.kind === 'intent') frame.refused(this.#failure);
    if (replies.length === 0) return;
    try {
      await this.#append(replies);
      for (const frame of replies) frame.written();
    } catch {
      for (const frame of replies) frame.refused(this.#failure);
    }
  }

  #tryLater(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = null;
      if (this.#writing === null) this.#writing = this.#saveAgain();
      else this.#tryLater();
    }, RETRY_MS).unref();
  }

  async #saveAgain(): Promise<void> {
    await this.#saveUnsaved();
    await this.#writeAll();
    if (this.#unsaved.size > 0) this.#tryLater();
  }

  async #saveUnsaved(): Promise<void> {
    const frames = [...this.#unsaved].map(([id, bytes]) => ({ id, bytes }));
    if (frames.length === 0) return;
    try {
      await this.#append(frames);
      for (const { id } of frames) this.#unsaved.delete(id);
    } catch {
      // They stay where they are, and are tried again.
    }
  }

  async #open(): Promise<void> {
    const first = await mkdir(this.#folder, { recursive: true, mode: PRIVATE_FOLDER });
    const lock = await lockFolder(this.#folder);
    try {
      await setAside(path.join(this.#folder, RESERVE), this.#options.reserveBytes ?? RESERVE_BYTES);
      this.#reserve = path.join(this.#folder, RESERVE);
      for (const folder of parentsBetween(first ?? this.#folder, this.#folder)) await syncNames(folder);
    } catch (error) {
      await rm(this.#folder, { recursive: true, force: true });
      lock[Symbol.dispose]();
      throw error;
    }
    this.#lock = lock;
  }

  async #segmentToWrite(): Promise<Segment> {
    if (this.#segment !== null && this.#segment.size >= SEGMENT_BYTES) await this.#endSegment();
    if (this.#segment === null) {
      const file = path.join(this.#folder, nameSegment(this.#segments));
      const handle = await open(file, 'ax', PRIVATE_FILE);
      this.#segments++;
      this.#segment = { path: file, handle, size: 0, open: new Set() };
      await syncNames(this.#folder);
    }
    return this.#segment;
  }

  async #endSegment(): Promise<void> {
    const segment = this.#segment!;
    this.#segment = null;
    await segment.handle.close().catch(() => {});
    if (segment.open.size === 0) this.#retire(segment);
  }

  /** A file of which the database has everything. */
  #retire(segment: Segment): void {
    this.#retired.push(segment);
    const { makeDurable } = this.#place;
    if (makeDurable === null) {
      this.#removeRetired(this.#retired.splice(0));
      return;
    }
    const bytes = this.#retired.reduce((sum, one) => sum + one.size, 0);
    if (bytes < MOST_RETIRED_BYTES || this.#syncing !== null) return;
    const retired = this.#retired.splice(0);
    this.#syncing = makeDurable()
      .then(async () => {
        this.#removeRetired(retired);
        await this.#removeAbandoned();
      })
      .catch(() => {
        // Not durable: they are kept, and the next sync may succeed.
        this.#retired.push(...retired);
      })
      .finally(() => {
        this.#syncing = null;
      });
  }

  #removeRetired(segments: readonly Segment[]): void {
    // One that stays is brought in again by nobody: the database says that it has its calls.
    for (const { path: file } of segments) rm(file, { force: true }).catch(() => {});
  }

  async #removeAbandoned(): Promise<void> {
    for (const { path: folder, lock } of this.#abandoned.splice(0)) {
      await rm(folder, { recursive: true, force: true });
      lock[Symbol.dispose]();
    }
    await removeEmpty(this.#place.folder);
  }
}

const RESERVE = 'reserve';

/** The folders whose lists of names changed when one was made, from that which holds the first new name on. */
function parentsBetween(first: string, last: string): string[] {
  const parents: string[] = [];
  for (let folder = path.dirname(path.resolve(last)); ; folder = path.dirname(folder)) {
    parents.unshift(folder);
    if (folder === path.dirname(path.resolve(first)) || folder === path.dirname(folder)) return parents;
  }
}

/** Takes room on the disk that is given back when there is no other. */
async function setAside(file: string, bytes: number): Promise<void> {
  const handle = await open(file, 'w', PRIVATE_FILE);
  try {
    // Noise, because a file system that compresses would keep no room for zeros.
    const noise = randomBytes(bytes);
    for (let at = 0; at < bytes; ) at += (await handle.write(noise, at, bytes - at)).bytesWritten;
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** The folder of a place and the one above it, when nobody has anything there. */
async function removeEmpty(folder: string): Promise<void> {
  for (const one of [folder, path.dirname(folder)]) {
    try {
      await rmdir(one);
    } catch {
      return;
    }
  }
}

/** Ids that no other call has, in the order in which they are given. */
function idsOf(token: string): () => string {
  let next = 0;
  return () => `${token}-${next++}`;
}
