/** The figures as files, for papers and slides. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf, UserError } from '../../errors.ts';
import type { Analysis } from '../analysis.ts';
import { figures } from './list.ts';

export type { Figure } from './figure.ts';
export { figures };

const FOLDER = 'figures';

/**
 * Writes every figure as `figures/ID.svg`.
 * @returns files written, relative to the folder
 * @throws UserError when the folder cannot be written
 */
export function writeFigures(folder: string, analysis: Analysis): string[] {
  return figures(analysis).map(({ id, svg }) => {
    const name = `${FOLDER}/${id}.svg`;
    writeWhole(path.join(folder, name), `<?xml version="1.0" encoding="UTF-8"?>\n${svg}\n`);
    return name;
  });
}

/** Under another name first: half a figure must not stand under the right one. */
function writeWhole(file: string, content: string): void {
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
      hint: 'Everything is in the database; make room, or name another folder with --out, and run "personas analyze".',
      exitCode: 1,
    });
  }
}
