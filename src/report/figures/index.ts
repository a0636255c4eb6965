/** The figures as files, for papers and slides. */
import { writeWholeFile } from '../write-atomic.ts';
import type { Figure } from './figure.ts';
import { figures } from './list.ts';

export type { Figure };
export { figures };

const FOLDER = 'figures';

/**
 * Writes every figure as `figures/ID.svg`.
 * @returns files written, relative to the folder
 * @throws UserError when the folder cannot be written
 */
export function writeFigures(folder: string, drawn: readonly Figure[]): string[] {
  return drawn.map(({ id, svg }) =>
    writeWholeFile(
      folder,
      `${FOLDER}/${id}.svg`,
      `<?xml version="1.0" encoding="UTF-8"?>\n${svg}\n`,
    ),
  );
}
