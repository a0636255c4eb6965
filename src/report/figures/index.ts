/** The figures as files, for papers and slides. */
import type { Analysis } from '../analysis.ts';
import { writeWholeFile } from '../write-atomic.ts';
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
  return figures(analysis).map(({ id, svg }) =>
    writeWholeFile(
      folder,
      `${FOLDER}/${id}.svg`,
      `<?xml version="1.0" encoding="UTF-8"?>\n${svg}\n`,
    ),
  );
}
