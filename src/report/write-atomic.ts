/** Writing a result so that half of it never stands under its name. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf, UserError } from '../errors.ts';

/**
 * Writes a file, whole or not at all; folders on the way are made.
 * @param name relative to the folder
 * @returns the name
 * @throws UserError when it cannot be written
 */
export function writeWholeFile(folder: string, name: string, content: string): string {
  const file = path.join(folder, name);
  const draft = `${file}.${process.pid}`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    try {
      writeFileSync(draft, content);
      renameSync(draft, file);
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
  } catch (error) {
    throw new UserError(`${file} cannot be written: ${messageOf(error)}`, {
      code: 'results-cannot-be-written',
      hint: 'Everything is in the database: make room, or name another folder with --out, and run "personas analyze".',
      exitCode: 1,
    });
  }
  return name;
}
