/** What was written to a folder, on the disk itself: it survives a power cut afterwards. */
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** Syncs under way at the same time: a disk does many in little more time than one. */
const AT_ONCE = 32;

/**
 * Syncs, file by file, whatever of a folder was changed since a moment. Files that vanish meanwhile
 * are left out.
 * @param since milliseconds since 1970, of the files' own clock
 */
export async function syncFolder(folder: string, since = 0): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const pathOf = (entry: (typeof entries)[number]) => path.join(entry.parentPath, entry.name);
  const files = entries.filter((entry) => entry.isFile()).map(pathOf);
  let next = 0;
  const worker = async () => {
    while (next < files.length) await syncFile(files[next++]!, since);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  for (const entry of entries)
    if (entry.isDirectory()) await unlessGone(() => syncNames(pathOf(entry)));
  await syncNames(folder);
}

function syncFile(file: string, since: number): Promise<void> {
  return unlessGone(async () => {
    // The time of the last change of any kind: unlike that of its content, no copying tool sets it
    // back.
    if ((await stat(file)).ctimeMs < since) return;
    const handle = await open(file, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

/**
 * The names in a folder; its files are another matter. Windows has no such thing and keeps names by
 * itself.
 */
export async function syncNames(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function unlessGone(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
