/** The study's own figures for what simulated models stand for. */
import { fileURLToPath } from 'node:url';
import type { StudyModel } from '../analysis/data.ts';
import type { Cell, Table } from '../analysis/table.ts';
import { printedNames, readFigures } from './compare.ts';

const FIGURES = fileURLToPath(new URL('../../data/published', import.meta.url));

export interface FiguresBeside {
  readonly scales: readonly string[];
  /** Model, condition, and a text for each scale. */
  readonly rows: readonly (readonly string[])[];
}

/**
 * The printed rows of Table 4 for the models and conditions of a simulated one.
 * @param models those of the study
 * @returns null where there are none, and for rows that are not simulated
 */
export function figuresBeside({ data_origin, rows, table }: Table, models: readonly StudyModel[]): FiguresBeside | null {
  if (data_origin !== 'simulated') return null;
  const figures = readFigures(FIGURES).find((one) => one.table === table);
  const scales = [...new Set(rows.map((row) => text(row.scale)))];
  const cells = new Map(figures?.rows.map((row) => [nameOf(text(row.model), text(row.population), text(row.scale)), text(row.text)]));
  const printed = printedNames(models);
  const wanted = new Map(
    rows.flatMap((row) => {
      const [model, population] = [printed.get(text(row.model)), text(row.population)];
      return model === undefined ? [] : [[nameOf(model, population, ''), { model, population }] as const];
    }),
  );
  const found = [...wanted.values()]
    .map(({ model, population }) => [
      model,
      population,
      ...scales.map((scale) => withoutMarks(cells.get(nameOf(model, population, scale)) ?? '')),
    ])
    .filter((row) => row.slice(2).some((cell) => cell !== ''));
  return found.length === 0 ? null : { scales, rows: found };
}

/** The marks are of tests that were not corrected, and need their legend. */
function withoutMarks(cell: string): string {
  return cell.replace(/[*†‡§¶]+$/, '');
}

function nameOf(...parts: readonly string[]): string {
  return parts.join('\t');
}

function text(cell: Cell | undefined): string {
  return typeof cell === 'string' ? cell : '';
}
