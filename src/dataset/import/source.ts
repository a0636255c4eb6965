/** What there is to import: the files of a folder, one of them, or a dump. */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { messageOf, UserError } from '../../errors.ts';
import { closest } from '../../suggest.ts';
import { shownText } from '../../text-file.ts';
import { type InputFile, inspectFile } from '../csv/files.ts';
import { type CsvHeader, readHeader } from '../csv/records.ts';
import type { TableShape } from '../shapes-store.ts';
import { BOOKKEEPING, isStudyTable, STUDY_TABLES, type StudyTable } from '../tables.ts';
import { checkDumpFormat } from './dump.ts';

interface CsvTable {
  readonly table: StudyTable;
  readonly file: InputFile;
}

export type Source =
  | {
      readonly kind: 'csv';
      readonly tables: readonly CsvTable[];
      readonly skipped: readonly string[];
    }
  | { readonly kind: 'dump'; readonly file: InputFile };

/** @throws UserError when there is nothing that could be imported */
export function findSource(source: string): Source {
  let isFolder: boolean;
  try {
    isFolder = statSync(source).isDirectory();
  } catch (error) {
    throw new UserError(`${source} cannot be read: ${messageOf(error)}`, {
      code: 'file-unreadable',
      hint: 'Pass a folder of CSV files, or a dump.',
    });
  }
  if (isFolder) return sourceInFolder(source);
  const name = path.basename(source);
  const table = /^(.*)\.csv(\.gz)?$/.exec(name)?.[1];
  if (table !== undefined) {
    if (isStudyTable(table))
      return { kind: 'csv', tables: [{ table, file: inspectFile(source) }], skipped: [] };
    throw new UserError(`${source} is not named after a table of the study`, {
      code: 'table-name-unknown',
      hint: `Rename it to <table>.csv, where <table> is one of ${STUDY_TABLES.join(', ')}; or use --table personas for your own personas.`,
    });
  }
  const file = inspectFile(source);
  checkDumpFormat(file);
  if (!/\.sql(\.gz)?$/i.test(name)) {
    throw new UserError(`${source} is neither a folder of CSV files nor a dump (.sql, .sql.gz)`, {
      code: 'file-unsupported',
      hint: 'Create a plain dump with: pg_dump --schema NAME DATABASE > out.sql',
    });
  }
  return { kind: 'dump', file };
}

function sourceInFolder(folder: string): Source {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (error) {
    throw new UserError(`${folder} cannot be read: ${messageOf(error)}`, {
      code: 'file-unreadable',
      hint: 'Check the permissions of the folder.',
    });
  }
  const csv = names.flatMap((name) => {
    const table = /^(.*)\.csv(?:\.gz)?$/.exec(name)?.[1];
    return table === undefined || BOOKKEEPING.includes(table) ? [] : [{ name, table }];
  });
  const tables = STUDY_TABLES.flatMap((table) => {
    const files = csv.filter((one) => one.table === table);
    if (files.length > 1) {
      throw new UserError(
        `${folder} contains the table "${table}" twice: ${files.map((one) => one.name).join(', ')}`,
        {
          code: 'table-duplicate',
          hint: 'Remove one of them.',
        },
      );
    }
    return files.map(({ name }) => ({ table, file: inspectFile(path.join(folder, name)) }));
  });
  if (tables.length === 0) {
    const dump = names.find((name) => /\.sql(\.gz)?$/i.test(name));
    const hint = names.includes('toc.dat')
      ? `The folder is a dump in pg_dump's directory format. Convert it to a plain dump first: pg_restore -f out.sql ${folder}`
      : dump !== undefined
        ? `For the dump in it: personas import ${path.join(folder, dump)}`
        : names.some((name) => /\.(jsonl|parquet)$/.test(name))
          ? 'Only CSV can be imported: export with --format csv.'
          : `The folder should contain files such as personas.csv or eval_questionnaires.csv.gz, each named after its table: ${STUDY_TABLES.join(', ')}.`;
    throw new UserError(`${folder} contains no file of the dataset`, {
      code: 'dataset-empty',
      hint,
    });
  }
  // Made of the answers by an export: nothing that could be loaded.
  const others = csv.filter(
    ({ table }) => !isStudyTable(table) && !/^answers_(wide|long)_/.test(table),
  );
  return {
    kind: 'csv',
    tables,
    skipped: others.map(({ name, table }) => withSuggestion(name, table)),
  };
}

function withSuggestion(name: string, table: string): string {
  const near = closest(table, STUDY_TABLES);
  return near === null ? name : `${name} (did you mean "${near}"?)`;
}

export async function readTableHeader(
  file: InputFile,
  table: StudyTable,
  shape: TableShape,
): Promise<CsvHeader> {
  const header = await readHeader(file);
  checkColumns(`${file.path}, line 1`, table, shape, header.columns);
  return header;
}

export function checkColumns(
  where: string,
  table: StudyTable,
  { columns }: TableShape,
  given: readonly string[],
): void {
  const known = columns.map((column) => column.name);
  for (const [index, name] of given.entries()) {
    if (!known.includes(name)) {
      const near = closest(name, known);
      throw new UserError(
        `${where}: unknown column "${shownText(name)}" (column ${index + 1}) for table ${table}`,
        {
          code: 'column-unknown',
          hint: `${near === null ? '' : `Did you mean "${near}"? `}The first line must name the columns. Columns of ${table}: ${known.join(', ')}.`,
        },
      );
    }
    if (given.indexOf(name) !== index) {
      throw new UserError(`${where}: the column "${name}" occurs twice`, {
        code: 'column-duplicate',
        hint: 'Remove one of them.',
      });
    }
  }
  const missing = columns.find((column) => column.required && !given.includes(column.name));
  if (missing !== undefined) {
    throw new UserError(`${where}: the column "${missing.name}" of table ${table} is missing`, {
      code: 'column-missing',
      hint: 'The column is required and has no default: add it to the file.',
    });
  }
}
