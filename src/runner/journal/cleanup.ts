/** Removes journal files once the database durably holds everything in them. */
import { rm } from 'node:fs/promises';
import { type JournalLocation, removeEmpty, removeFolder } from './files.ts';

/** A journal that another process left behind, recovered and locked. */
export interface AbandonedFolder {
  readonly path: string;
  readonly lock: Disposable;
}

/** A file whose calls are all in the database. */
export interface RetiredFile {
  readonly path: string;
  readonly size: number;
}

/** When retired files exceed this size, the database is synced so that they can be removed. */
const MOST_RETIRED_BYTES = 64 * 2 ** 20;

export class Cleanup {
  readonly #location: JournalLocation;
  readonly #abandoned: AbandonedFolder[] = [];
  readonly #retired: RetiredFile[] = [];
  #syncing: Promise<void> | null = null;

  constructor(location: JournalLocation) {
    this.#location = location;
  }

  get hasAbandoned(): boolean {
    return this.#abandoned.length > 0;
  }

  async adopt(folders: readonly AbandonedFolder[]): Promise<void> {
    this.#abandoned.push(...folders);
    if (this.#location.makeDurable === null) await this.removeAbandoned();
  }

  retire(file: RetiredFile): void {
    this.#retired.push(file);
    const { makeDurable } = this.#location;
    if (makeDurable === null) {
      removeAll(this.#retired.splice(0));
      return;
    }
    const bytes = this.#retired.reduce((sum, one) => sum + one.size, 0);
    if (bytes < MOST_RETIRED_BYTES || this.#syncing !== null) return;
    const retired = this.#retired.splice(0);
    this.#syncing = makeDurable()
      .then(async () => {
        removeAll(retired);
        await this.removeAbandoned();
      })
      .catch(() => {
        // Not durable yet: the files are kept until a later sync succeeds.
        this.#retired.push(...retired);
      })
      .finally(() => {
        this.#syncing = null;
      });
  }

  /** Resolves when no sync is under way. */
  async settled(): Promise<void> {
    await this.#syncing;
  }

  async removeAbandoned(): Promise<void> {
    for (const { path: folder, lock } of this.#abandoned.splice(0)) {
      await removeFolder(folder);
      lock[Symbol.dispose]();
    }
    await removeEmpty(this.#location.folder);
  }

  /** Leaves the abandoned folders to another process. */
  unlockAbandoned(): void {
    for (const { lock } of this.#abandoned) lock[Symbol.dispose]();
  }
}

function removeAll(files: readonly RetiredFile[]): void {
  // A file that stays does no harm: the database knows its calls, so they are not stored again.
  for (const { path: file } of files) rm(file, { force: true }).catch(() => {});
}
