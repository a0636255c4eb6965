/**
 * The tables of an analysis as files: JSON and CSV for programs, at full precision, Markdown and
 * LaTeX for people.
 */
import path from 'node:path';
import type { Cell, Table } from '../../analysis/table.ts';
import { csvLine } from '../../dataset/csv/csv.ts';
import type { Analysis } from '../analysis.ts';
import { writeWholeFile } from '../write-atomic.ts';
import { renderLatex } from './latex.ts';
import { renderMarkdown } from './markdown.ts';
import { cellsOf, completeTable, keysOf, layOutTable } from './tables.ts';

/**
 * Writes `tables/published` and `tables/corrected` into a folder, which is made where it is
 * missing.
 * @returns the files written, relative to the folder
 * @throws UserError when a file cannot be written; none is left half written
 */
export function writeTableFiles(
  folder: string,
  { published, corrected }: Pick<Analysis, 'published' | 'corrected'>,
): string[] {
  return [...published, ...corrected].flatMap((table) => {
    const stem = path.join('tables', table.mode, `table${table.table}`);
    const layout = layOutTable(table);
    const contents: Readonly<Record<string, string>> = {
      json: renderJson(table),
      csv: renderCsv(table),
      md: renderMarkdown(layout),
      tex: renderLatex(layout),
    };
    return Object.entries(contents).map(([extension, content]) =>
      writeWholeFile(folder, `${stem}.${extension}`, content),
    );
  });
}

/** One line a row. */
export function renderJson(table: Table): string {
  const { mode, data_origin, rows } = completeTable(table);
  const lines = rows.map((row) => `    ${JSON.stringify(row)}`).join(',\n');
  const head = Object.entries({ table: table.table, mode, data_origin }).map(
    ([key, value]) => `  "${key}": ${JSON.stringify(value)},\n`,
  );
  return `{\n${head.join('')}  "rows": [${lines === '' ? '' : `\n${lines}\n  `}]\n}\n`;
}

/**
 * The rows of the JSON file; what is not there is NULL, and lists are in JSON. Simulated rows say
 * so, each.
 */
export function renderCsv(table: Table): string {
  const { rows, data_origin } = completeTable(table);
  const columns =
    rows.length === 0 ? keysOf(table.table) : [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const isSimulated = data_origin === 'simulated';
  const header = csvLine([...columns, ...(isSimulated ? ['data_origin'] : [])]);
  const lines = rows.map((row) => {
    const cells = cellsOf(row);
    const fields = columns.map((column) => fieldOf(cells.get(column)));
    return csvLine([...fields, ...(isSimulated ? [data_origin] : [])]);
  });
  return [header, ...lines].join('');
}

function fieldOf(cell: Cell | undefined): string | number | null {
  if (cell === undefined || cell === null || typeof cell === 'number' || typeof cell === 'string')
    return cell ?? null;
  return JSON.stringify(cell);
}
