/** The folder of an export: what may be written into it. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf, UserError } from '../../errors.ts';
import { shownText } from '../../text-file.ts';
import { ABOUT_FILE } from '../tables.ts';
import { FORMATS } from './formats.ts';

/** Endings of files of data. */
const ENDINGS: ReadonlySet<string> = new Set(FORMATS.map((format) => `.${format}`));

export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new UserError(
      `The folder ${folder} cannot be created: ${messageOf(error)}. Nothing was exported.`,
      {
        code: 'export-cannot-be-written',
        hint: 'Choose a writable folder.',
        exitCode: 1,
      },
    );
  }
}

/**
 * A folder is written into when it is empty or holds an earlier export. What is hidden does not
 * count.
 * @throws UserError for any other: files of somebody else's would come to lie among those of the
 *   dataset
 */
export function requireExportFolder(folder: string): void {
  const there = existsSync(folder)
    ? readdirSync(folder).filter((name) => !name.startsWith('.'))
    : [];
  if (there.length === 0 || isExport(path.join(folder, ABOUT_FILE))) return;
  throw new UserError(
    `${folder} is not empty and does not contain an export of this program: ${listed(there)}. Nothing was exported.`,
    {
      code: 'export-folder-not-empty',
      hint: 'Choose a new or empty folder. Only a folder that already contains an export can be reused.',
    },
  );
}

function isExport(about: string): boolean {
  try {
    const { exported_at: exportedAt, files } = JSON.parse(readFileSync(about, 'utf8')) as Record<
      string,
      unknown
    >;
    return typeof exportedAt === 'string' && Array.isArray(files);
  } catch {
    return false;
  }
}

function listed(names: readonly string[]): string {
  return `${names
    .slice(0, 3)
    .map((name) => shownText(name))
    .join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`;
}

/** @throws UserError when the folder has files of these names, unless they may be replaced */
export function checkFree(folder: string, names: readonly string[], overwrite: boolean): void {
  if (overwrite) return;
  const there = names.filter((name) => existsSync(path.join(folder, name)));
  if (there.length === 0) return;
  throw new UserError(`${folder} already contains ${listed(there)}. Nothing was exported.`, {
    code: 'export-folder-not-empty',
    hint: 'Choose another folder, or pass --overwrite to replace the files.',
  });
}

/**
 * What is to be said of data that an export leaves in its folder: of an earlier one with other
 * options, perhaps, and no longer what the database has.
 * @param written names of the files of this export
 */
export function leftIn(folder: string, written: readonly string[]): string | null {
  const left = readdirSync(folder).filter(
    (name) => !name.startsWith('.') && ENDINGS.has(path.extname(name)) && !written.includes(name),
  );
  return left.length === 0
    ? null
    : `${folder} also has ${listed(left)}, which ${left.length === 1 ? 'is' : 'are'} not of this export and may be out of date.`;
}

/** What an error of the file system means for the export; any other is as it was. */
export function unwritable(folder: string, error: unknown): unknown {
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  if (error instanceof UserError || syscall === undefined || code === '') return error;
  return new UserError(`${folder} cannot be written: ${messageOf(error)}. Nothing was exported.`, {
    code: 'export-cannot-be-written',
    hint:
      code === 'ENOSPC'
        ? 'The disk is full: free some space, or choose a folder elsewhere.'
        : 'Choose a writable folder.',
    exitCode: 1,
  });
}
