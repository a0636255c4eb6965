/**
 * This program's figures beside figures that somebody else computed from the same rows, cell by
 * cell.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { StudyModel } from '../analysis/data.ts';
import { printedNameOf } from '../analysis/study-models.ts';
import type { Cell, Table } from '../analysis/table.ts';
import { parseJson } from '../json-fault.ts';
import { keysOf, withText } from './tables/tables.ts';

/** A row of any table: the model, or what stands in its place, names it in all of them. */
type NamedRow = Readonly<Record<string, Cell>> & { readonly model: string };

/** Figures of one table, with where they stand. */
export interface Figures {
  readonly table: string;
  readonly source: Readonly<Record<string, string | number>>;
  /** Decimals to which a column was printed; the others are given in full. */
  readonly decimals?: Readonly<Record<string, number>>;
  readonly rows: readonly NamedRow[];
}

export interface CellVerdict {
  readonly cell: string;
  readonly column: string;
  readonly published: Cell;
  /** Undefined where the row is not in our table. */
  readonly ours?: Cell;
}

export interface TableVerdict {
  readonly table: string;
  readonly cells: number;
  readonly equal: number;
  readonly differing: readonly CellVerdict[];
  /** Cells of rows that our table does not have. */
  readonly absent: readonly CellVerdict[];
}

/** Agreement asked of numbers given in full. */
const TOLERANCE = 1e-9;
/** p-values below this are as good as none: programs differ in how far down they go. */
const SMALLEST = 1e-300;

/** The figures of a folder, one file a table, in order of table. */
export function readFigures(folder: string): Figures[] {
  return readdirSync(folder)
    .filter((name) => /^table\w+\.json$/.test(name))
    .sort()
    .map((name) => parseJson(readFileSync(path.join(folder, name), 'utf8'), name) as Figures);
}

/**
 * @param tables ours, in published mode
 * @param models the study's own among those in the tables, whose labels may be others than it
 *   printed
 */
export function compareTables(
  tables: readonly Table[],
  figures: readonly Figures[],
  models: readonly StudyModel[],
): TableVerdict[] {
  const printed = printedNames(models);
  return figures.map((figure) => {
    const ours = new Map(
      tables
        .filter((one) => one.table === figure.table)
        .flatMap((one) =>
          (withText(one).rows as readonly NamedRow[]).map(
            (row) => [nameOf(figure.table, printRow(row, printed)), row] as const,
          ),
        ),
    );
    const differing: CellVerdict[] = [];
    const absent: CellVerdict[] = [];
    let cells = 0;
    for (const row of figure.rows) {
      const cell = nameOf(figure.table, row);
      const own = ours.get(cell);
      for (const [column, published] of Object.entries(row)) {
        // A baseline's population is a word of the file, not a figure.
        if (keysOf(figure.table).includes(column) || column === 'population') continue;
        cells++;
        if (own === undefined) absent.push({ cell, column, published });
        else if (!agrees(published, own[column] ?? null, figure.decimals?.[column])) {
          differing.push({ cell, column, published, ours: own[column] ?? null });
        }
      }
    }
    return {
      table: figure.table,
      cells,
      equal: cells - differing.length - absent.length,
      differing,
      absent,
    };
  });
}

/** What the study printed for models that it had, or that stand in for those, by label. */
export function printedNames(models: readonly StudyModel[]): ReadonlyMap<string, string> {
  return new Map(
    models.flatMap(({ label, studyName }) =>
      studyName === null ? [] : [[label, printedNameOf(studyName)] as const],
    ),
  );
}

function printRow(row: NamedRow, printed: ReadonlyMap<string, string>): NamedRow {
  return { ...row, model: printed.get(row.model) ?? row.model };
}

function nameOf(table: string, row: NamedRow): string {
  return keysOf(table)
    .map((key) => row[key] ?? '')
    .join(' ')
    .replaceAll(/ +/g, ' ')
    .trim();
}

function agrees(published: Cell, ours: Cell, decimals: number | undefined): boolean {
  if (typeof published !== 'number' || typeof ours !== 'number') return published === ours;
  if (decimals !== undefined)
    return Math.abs(published - ours) <= 0.5 * 10 ** -decimals + TOLERANCE;
  if (Math.abs(published) < SMALLEST && Math.abs(ours) < SMALLEST) return true;
  return (
    Math.abs(published - ours) <=
    TOLERANCE *
      Math.max(Math.abs(published), Math.abs(ours), published === 0 || ours === 0 ? 1e-3 : 0)
  );
}
