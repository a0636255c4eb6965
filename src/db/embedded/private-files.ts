/**
 * Files that hold what people answered and what was paid for: for their owner only. Windows has no
 * such permissions.
 */
import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';

export const PRIVATE_FOLDER = 0o700;
export const PRIVATE_FILE = 0o600;
const OTHERS = 0o077;

/** What this program puts into the folder of an embedded database. */
const OURS = /^(pgdata|journal|visit|lock|names|door)\b/;

/**
 * Takes from everybody else what they may do with the database in a folder, as far as this user may
 * say so.
 */
export function keepPrivate(folder: string): void {
  for (const file of openToOthers(partsOfDatabase(folder))) {
    try {
      chmodSync(file, isFolder(file) ? PRIVATE_FOLDER : PRIVATE_FILE);
    } catch {
      // Somebody else's, gone meanwhile, or on a file system that knows no permissions: doctor says
      // so.
    }
  }
}

/**
 * What of a folder belongs to the database in it; the folder itself where nothing else is in it.
 */
export function partsOfDatabase(folder: string): string[] {
  const names = readdirSync(folder);
  const ours = names.filter((name) => OURS.test(name)).map((name) => path.join(folder, name));
  return ours.length === names.length ? [folder] : ours;
}

/**
 * Of these files, and of all that is in those that are folders: what other users may read or write.
 */
export function openToOthers(roots: readonly string[]): string[] {
  if (process.platform === 'win32') return [];
  return [...roots, ...roots.filter(isFolder).flatMap(filesBelow)].filter((file) => {
    const found = lstatSync(file, { throwIfNoEntry: false });
    // A link has no permissions of its own, and what it leads to is not ours.
    return found !== undefined && !found.isSymbolicLink() && (found.mode & OTHERS) !== 0;
  });
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) =>
      path.join(entry.parentPath, entry.name),
    );
  } catch {
    // Somebody else's: whoever may not read it cannot close it either.
    return [];
  }
}

function isFolder(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
}
