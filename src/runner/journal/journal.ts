/**
 * The write-ahead log of a process: it holds every request before it is sent, and every reply, byte
 * for byte, before it is read. The next process recovers what had not reached the database, see
 * `recovery.ts`.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as immediately } from 'node:timers/promises';
import { FolderInUse, type Lock, lockFolder } from '../../db/embedded/lock.ts';
import { PRIVATE_FILE, PRIVATE_FOLDER } from '../../db/embedded/private-files.ts';
import { defined } from '../../defined.ts';
import { messageOf, UserError } from '../../errors.ts';
import type { CallResult, CompletionRequest } from '../../providers/provider.ts';
import { type AbandonedFolder, Cleanup } from './cleanup.ts';
import {
  type JournalLocation,
  nameSegment,
  removeEmpty,
  removeFolder,
  type SetAside,
  syncParents,
  writeReserve,
  writeSetAside,
} from './files.ts';
import { bytesOfRecord, type EncodedRecord, encodeRecord, hashRequest } from './format.ts';
import { syncNames } from './fsync.ts';

/** What is known about a call before it is sent. */
export interface Intent {
  readonly taskId: number;
  /** Short name of the model. */
  readonly model: string;
  /** Which of the calls of its task it is; absent where the task takes one. */
  readonly call?: number;
  readonly attempt: number;
  readonly request: CompletionRequest;
  /** US dollars reserved for the call. */
  readonly reservedUsd: number;
}

export interface Journal extends AsyncDisposable {
  /**
   * Writes a request; once it is on the disk, the call may be sent.
   * @returns the call's id
   * @throws UserError when it cannot be written
   */
  logRequest(intent: Intent): Promise<string>;
  /**
   * Writes a reply. Resolves when it is on the disk, or when the disk refuses it: then it is kept
   * and retried.
   */
  logReply(id: string, result: CallResult): Promise<void>;
  /** The database has these calls, or they were never sent. */
  markStored(ids: readonly string[]): void;
  /** The database refuses a call: the journal keeps it, with the reason. */
  setAside(call: SetAside): void;
}

/** What a journal needs of the file system. */
export interface JournalFiles {
  /** Appends the pieces, one after the other, and syncs. */
  append(handle: FileHandle, pieces: readonly Uint8Array[]): Promise<void>;
}

export interface JournalOptions {
  /** The kind of its tasks, e.g. `experiments`. */
  readonly kind: string;
  readonly now: () => number;
  /** Bytes reserved for the replies of calls in flight when the disk fills up. */
  readonly reserveBytes?: number;
  readonly files?: JournalFiles;
}

const SEGMENT_BYTES = 8 * 2 ** 20;
/** Bytes gathered for one write, unless a single record is larger. */
const LARGEST_WRITE_BYTES = 16 * 2 ** 20;
const RESERVE_BYTES = 2 ** 20;
const RETRY_MS = 1000;

const systemFiles: JournalFiles = {
  async append(handle, pieces) {
    const { bytesWritten } = await handle.writev(pieces);
    if (bytesWritten < bytesOfRecord(pieces)) {
      const bytes = Buffer.concat(pieces);
      for (let at = bytesWritten; at < bytes.length; )
        at += (await handle.write(bytes, at)).bytesWritten;
    }
    await handle.datasync();
  },
};

/** @param location null for a database in memory, which ends with its process anyway */
export function createJournal(
  location: JournalLocation | null,
  options: JournalOptions,
): Journal & Adopting {
  return location === null ? new NoJournal() : new FileJournal(location, options);
}

/**
 * Takes over recovered journals of other processes, and removes them once the database durably
 * holds their calls.
 */
export interface Adopting {
  adopt(folders: readonly AbandonedFolder[]): Promise<void>;
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
  /** Calls in this file that are not in the database. */
  readonly open: Set<string>;
}

interface OpenCall {
  readonly intent: Intent;
  readonly requestSha256: string;
  readonly segments: Set<Segment>;
}

interface Frame {
  readonly id: string;
  readonly record: EncodedRecord;
  readonly kind: 'intent' | 'reply';
  readonly written: () => void;
  readonly refused: (error: Error) => void;
}

class FileJournal implements Journal, Adopting {
  readonly #location: JournalLocation;
  readonly #options: JournalOptions;
  readonly #files: JournalFiles;
  #folder: string;
  readonly #ids: () => string;
  readonly #calls = new Map<string, OpenCall>();
  /** Replies that the disk refused. */
  readonly #unsaved = new Map<string, EncodedRecord>();
  readonly #setAside: SetAside[] = [];
  readonly #cleanup: Cleanup;
  #lock: Disposable | null = null;
  #segment: Segment | null = null;
  #segments = 0;
  #reserve: string | null = null;
  readonly #frames: Frame[] = [];
  #writing: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;
  /** Why no further call may be sent. */
  #failure: UserError | null = null;

  constructor(location: JournalLocation, options: JournalOptions) {
    const token = randomUUID();
    this.#location = location;
    this.#cleanup = new Cleanup(location);
    this.#options = options;
    this.#files = options.files ?? systemFiles;
    this.#folder = folderFor(location, options.kind, token);
    this.#ids = idsOf(token);
  }

  async logRequest(intent: Intent): Promise<string> {
    if (this.#failure !== null) throw this.#failure;
    const id = this.#ids();
    const { taskId, model, call, attempt, request, reservedUsd } = intent;
    const requestSha256 = hashRequest(request);
    const record = encodeRecord({
      kind: 'intent',
      id,
      taskId,
      model,
      ...defined({ call }),
      attempt,
      seed: request.seed,
      studyId: this.#location.studyId,
      requestSha256,
      reservedUsd,
      at: this.#options.now(),
    });
    this.#calls.set(id, { intent, requestSha256, segments: new Set() });
    try {
      await this.#write(id, 'intent', record);
    } catch (error) {
      this.#calls.delete(id);
      throw error;
    }
    return id;
  }

  async logReply(id: string, result: CallResult): Promise<void> {
    const logged = this.#calls.get(id);
    if (logged === undefined) return;
    const { requestSha256, intent } = logged;
    const { taskId, call, attempt, request } = intent;
    const { studyId } = this.#location;
    const record = encodeRecord({
      kind: 'reply',
      id,
      taskId,
      ...defined({ call }),
      attempt,
      seed: request.seed,
      studyId,
      requestSha256,
      result,
    });
    await this.#write(id, 'reply', record).catch(() => {
      this.#unsaved.set(id, record);
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
        if (segment.open.size === 0 && segment !== this.#segment) this.#cleanup.retire(segment);
      }
    }
  }

  setAside(call: SetAside): void {
    this.#setAside.push(call);
  }

  async adopt(folders: readonly AbandonedFolder[]): Promise<void> {
    await this.#cleanup.adopt(folders);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#retry !== null) clearTimeout(this.#retry);
    while (this.#writing !== null) await this.#writing;
    await this.#cleanup.settled();
    if (this.#unsaved.size > 0) await this.#saveUnsaved();
    await this.#segment?.handle.close().catch(() => {});
    const complete = this.#calls.size === 0;
    try {
      if ((this.#lock !== null && complete) || this.#cleanup.hasAbandoned)
        await this.#location.makeDurable?.();
    } catch {
      // What cannot be made durable stays in the journals.
      this.#cleanup.unlockAbandoned();
      this.#lock?.[Symbol.dispose]();
      return;
    }
    await this.#cleanup.removeAbandoned();
    if (this.#lock === null) return;
    if (complete) await removeFolder(this.#folder);
    else {
      await rm(path.join(this.#folder, RESERVE), { force: true });
      if (this.#setAside.length > 0) await writeSetAside(this.#folder, this.#setAside);
    }
    this.#lock[Symbol.dispose]();
    await removeEmpty(this.#location.folder);
  }

  #write(id: string, kind: Frame['kind'], record: EncodedRecord): Promise<void> {
    return new Promise((written, refused) => {
      this.#frames.push({ id, record, kind, written, refused });
      this.#writing ??= this.#writeAll();
    });
  }

  /**
   * Group commit: records that arrive in one turn of the event loop, or during a sync, are synced
   * together.
   */
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
    // Cleared synchronously after the final length check, so no frame can be queued without a
    // writer.
    this.#writing = null;
  }

  #takeFrames(): Frame[] {
    let count = 0;
    for (let bytes = 0; count < this.#frames.length && bytes < LARGEST_WRITE_BYTES; count++)
      bytes += bytesOfRecord(this.#frames[count]!.record);
    return this.#frames.splice(0, count);
  }

  async #append(frames: readonly Pick<Frame, 'id' | 'record'>[]): Promise<void> {
    if (this.#lock === null) await this.#open();
    const segment = await this.#segmentToWrite();
    const pieces = frames.flatMap(({ record }) => record);
    try {
      await this.#files.append(segment.handle, pieces);
    } catch (error) {
      // After a failed sync the last write is in an unknown state: the file is cut back, and a new
      // one begun.
      await segment.handle.truncate(segment.size).catch(() => {});
      await this.#endSegment();
      throw error;
    }
    segment.size += bytesOfRecord(pieces);
    for (const { id } of frames) {
      const call = this.#calls.get(id);
      if (call === undefined) continue;
      segment.open.add(id);
      call.segments.add(segment);
    }
  }

  /**
   * The disk is full or broken: no further call is sent, and replies go into the reserved space.
   */
  async #onRefusal(frames: readonly Frame[], error: unknown): Promise<void> {
    this.#failure ??= new UserError(
      `The journal in ${this.#folder} cannot be written: ${messageOf(error)}`,
      {
        code: 'journal-cannot-be-written',
        hint: 'No call is sent before it is in the journal. Free disk space or correct the permissions, and run the same command again. With a database server, journal.folder in the configuration moves the journal elsewhere.',
        exitCode: 1,
        cause: error,
      },
    );
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
    const frames = [...this.#unsaved].map(([id, record]) => ({ id, record }));
    if (frames.length === 0) return;
    try {
      await this.#append(frames);
      for (const { id } of frames) this.#unsaved.delete(id);
    } catch {
      // They are kept and retried.
    }
  }

  async #open(): Promise<void> {
    const { first, lock } = await this.#makeFolder();
    try {
      await writeReserve(
        path.join(this.#folder, RESERVE),
        this.#options.reserveBytes ?? RESERVE_BYTES,
      );
      this.#reserve = path.join(this.#folder, RESERVE);
      await syncParents(first ?? this.#folder, this.#folder);
    } catch (error) {
      await removeFolder(this.#folder);
      lock[Symbol.dispose]();
      throw error;
    }
    this.#lock = lock;
  }

  /**
   * Until it is locked, another process that looks for journals to recover can take the new folder
   * for an abandoned one, lock it and remove it. Then a folder of another name is made.
   */
  async #makeFolder(): Promise<{ readonly first: string | undefined; readonly lock: Lock }> {
    for (let tries = 1; ; tries++) {
      try {
        const first = await mkdir(this.#folder, { recursive: true, mode: PRIVATE_FOLDER });
        return { first, lock: await lockFolder(this.#folder) };
      } catch (error) {
        const taken = error instanceof FolderInUse || !existsSync(this.#folder);
        if (!taken || tries === MOST_FOLDERS) throw error;
        this.#folder = folderFor(this.#location, this.#options.kind, randomUUID());
      }
    }
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
    if (segment.open.size === 0) this.#cleanup.retire(segment);
  }
}

const RESERVE = 'reserve';
const MOST_FOLDERS = 10;

function folderFor({ folder }: JournalLocation, kind: string, id: string): string {
  return path.join(folder, `${kind}-${id}`);
}

/** Ids that no other call has. */
function idsOf(token: string): () => string {
  let next = 0;
  return () => `${token}-${next++}`;
}
