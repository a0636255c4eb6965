/** The study's own figures for what simulated models stand for. */
import { fileURLToPath } from 'node:url';
import { listModels } from '../analysis/models.ts';
import type { ScaleScoreRow } from '../analysis/published/scale-scores.ts';
import type { Analysis } from './analysis.ts';
import { printedNames, readFigures } from './compare.ts';
import { scaleScores } from './tables/families/scale-scores.ts';
import { rowsOf } from './tables/tables.ts';

const FIGURES = fileURLToPath(new URL('../../data/published', import.meta.url));

export interface FiguresBeside {
  readonly scales: readonly string[];
  /** Model, condition, and a text for each scale. */
  readonly rows: readonly (readonly string[])[];
}

/** What was printed of a row of Table 4. */
type PrintedScore = Pick<ScaleScoreRow, 'model' | 'population' | 'scale'> & {
  readonly text: string;
};

/**
 * The printed rows of Table 4 for the models and conditions of simulated ones.
 * @returns null where there are none, and for rows that are not simulated
 */
export function figuresBeside({
  published,
  study,
}: Pick<Analysis, 'published' | 'study'>): FiguresBeside | null {
  if (study.dataOrigin !== 'simulated') return null;
  const rows = rowsOf(published, scaleScores.published);
  const figures = readFigures(FIGURES).find(({ table }) => table === scaleScores.id);
  const printed = (figures?.rows ?? []) as readonly PrintedScore[];
  const scales = [...new Set(rows.map(({ scale }) => scale))];
  const cells = new Map(
    printed.map(({ model, population, scale, text }) => [
      nameOf(model, population ?? '', scale),
      text,
    ]),
  );
  const names = printedNames(listModels(study));
  const wanted = new Map(
    rows.flatMap((row) => {
      const [model, population] = [names.get(row.model), row.population ?? ''];
      return model === undefined
        ? []
        : [[nameOf(model, population), { model, population }] as const];
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

function withoutMarks(cell: string): string {
  return cell.replace(/[*†‡§¶]+$/, '');
}

function nameOf(...parts: readonly string[]): string {
  return parts.join('\t');
}
