/** Exports a whole schema: one file for each table, all from the same moment. */
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Database } from '../../db/connect.ts';
import type { RowOrigin } from '../../db/schema/tables.ts';
import type { Session } from '../../db/session.ts';
import { messageOf, UserError } from '../../errors.ts';
import type { Catalogue } from '../../models/catalogue.ts';
import { shownText } from '../../text-file.ts';
import { csvLine } from '../csv/csv.ts';
import { type DatabaseColumn, shapesOf, type TableShape } from '../shapes-store.ts';
import { ABOUT_FILE, STUDY_TABLES, type StudyTable } from '../tables.ts';
import * as store from './export-store.ts';
import {
  type Column,
  type ColumnType,
  type Format,
  isLabelled,
  openSink,
  type TableFormat,
} from './formats.ts';
import { writeLabelled } from './labelled-file.ts';
import { type WideTable, wideTables } from './wide.ts';

export interface ExportOptions {
  /**
   * `csv` by default, the only one that is imported again. `sav` and `dta` are written of the wide
   * files alone.
   */
  readonly format?: Format;
  /** Also one row an experiment for each questionnaire, with a codebook. */
  readonly answersWide?: boolean;
  /**
   * A further file that goes with the export, with its text from the wide files that were written.
   */
  readonly companion?: {
    readonly name: string;
    readonly write: (wide: readonly WideFile[]) => Promise<string>;
  };
  /** Replace files of the same names. */
  readonly overwrite?: boolean;
  /** How tables show models here, so that they are shown so elsewhere. */
  readonly catalogue?: Pick<Catalogue, 'list'>;
  /** What made the export, e.g. `personality-trap 1.0.0`. */
  readonly program: string;
  readonly now: Date;
  /** Told of each file that is written. */
  readonly onFile?: (file: ExportedFile) => void;
  readonly signal?: AbortSignal;
}

/** A file that was written. */
export interface ExportedFile {
  /** Name in the folder. */
  readonly file: string;
  readonly table: string;
  readonly rows: number;
}

/** A file with one row an experiment. */
export interface WideFile {
  /** Of the questionnaire. */
  readonly slug: string;
  /** Name in the folder, without its ending. */
  readonly name: string;
}

/**
 * Of the answers: `mixed` where they came from more than one origin; null where there are neither
 * answers nor anybody to answer.
 */
export type DataOrigin = RowOrigin | 'mixed' | null;

/** What was written. */
export interface ExportResult {
  readonly files: readonly ExportedFile[];
  readonly dataOrigin: DataOrigin;
  /** What the origin means for whoever uses the rows; empty where nothing must be said. */
  readonly notes: readonly string[];
}

/** A file that is being written under a name that nobody takes for a whole one. */
interface Draft {
  readonly name: string;
  readonly draft: string;
  readonly target: string;
}

/**
 * Writes every table of the schema into a folder, and `dataset.json`, which says what they are.
 * @throws UserError when the folder holds an export already or anything else, or cannot be written;
 *   then it is as it was
 */
export async function exportDataset(
  database: Database,
  folder: string,
  options: ExportOptions,
): Promise<ExportResult> {
  const { format = 'csv', signal, companion } = options;
  const shapes = await shapesOf(database);
  const drafts: Draft[] = [];
  const begin = (name: string): string => {
    const draft = path.join(folder, `.${name}.${process.pid}.part`);
    drafts.push({ name, draft, target: path.join(folder, name) });
    return draft;
  };
  const files: ExportedFile[] = [];
  const wideFiles: WideFile[] = [];
  const notesOnFiles: string[] = [];
  const wrote = (file: ExportedFile) => {
    if (signal?.aborted === true) {
      throw new UserError('Interrupted. Nothing was exported.', {
        code: 'command-interrupted',
        hint: 'Run the same command again.',
        exitCode: 130,
      });
    }
    files.push(file);
    options.onFile?.(file);
  };
  try {
    requireExportFolder(folder);
    makeFolder(folder);
    checkFree(
      folder,
      [
        ABOUT_FILE,
        ...(isLabelled(format) ? [] : STUDY_TABLES.map((table) => `${table}.${format}`)),
        ...(companion === undefined ? [] : [companion.name]),
      ],
      options.overwrite ?? false,
    );
    const { origins, models } = await database.transact(async (session) => {
      await store.writeAlike(session);
      if (!isLabelled(format))
        for (const table of STUDY_TABLES) {
          const name = `${table}.${format}`;
          await writeTable(session, database, table, shapes.get(table)!, format, begin(name));
          wrote({ file: name, table, rows: await store.countRows(session, database, table) });
        }
      if (options.answersWide === true || isLabelled(format)) {
        for (const wide of await wideTables(session, database)) {
          const name = `${wide.name}.${format}`;
          const [codebook, data] = [`${wide.name}_codebook.csv`, `${wide.name}_codebook.json`];
          checkFree(folder, [name, codebook, data], options.overwrite ?? false);
          wideFiles.push({ slug: wide.slug, name: wide.name });
          const { rows, cut } = await writeWide(format, begin(name), wide, options.now);
          wrote({ file: name, table: wide.name, rows });
          if (cut.length > 0)
            notesOnFiles.push(
              `${name} has the texts of ${cut.join(', ')} cut, as the format demands; CSV has them whole.`,
            );
          writeFileSync(begin(codebook), wide.codebook.map(csvLine).join(''));
          wrote({ file: codebook, table: `${wide.name}_codebook`, rows: wide.codebook.length - 1 });
          writeFileSync(begin(data), wide.codebookData);
          wrote({ file: data, table: `${wide.name}_codebook`, rows: wide.columns.length });
        }
      }
      return {
        origins: await store.originsOf(session, database),
        models: await store.modelsOfPersonas(session, database),
      };
    }, 'repeatable read');
    const dataOrigin = origins.answers.length > 1 ? 'mixed' : (origins.answers[0] ?? null);
    const notes = [...notesOn(origins), ...notesOnFiles];
    const about = {
      schema: database.schema,
      exported_at: options.now.toISOString(),
      program: options.program,
      format,
      data_origin: dataOrigin,
      notes,
      model_labels: Object.fromEntries(
        models.flatMap(({ model, label }) => {
          const shown =
            label ?? options.catalogue?.list().find((entry) => entry.name === model)?.label;
          return shown === undefined ? [] : [[model, shown]];
        }),
      ),
      files,
    };
    writeFileSync(begin(ABOUT_FILE), `${JSON.stringify(about, null, 2)}\n`);
    if (companion !== undefined)
      writeFileSync(begin(companion.name), await companion.write(wideFiles));
    for (const { draft, target } of drafts) renameSync(draft, target);
    return { files, dataOrigin, notes };
  } catch (error) {
    throw unwritable(folder, error);
  } finally {
    for (const { draft } of drafts) rmSync(draft, { force: true });
  }
}

function notesOn({ simulated: rows, syntheticReference }: store.Origins): string[] {
  const simulated =
    rows === 'none'
      ? null
      : `${rows === 'all' ? 'These' : 'Some of these'} rows were created by a SIMULATED model. They are not evidence about any real model.`;
  const synthetic = syntheticReference
    ? 'The reference sheets are SYNTHETIC: they are not answers of real people.'
    : null;
  return [simulated, synthetic].filter((note) => note !== null);
}

function makeFolder(folder: string): void {
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

function checkFree(folder: string, names: readonly string[], overwrite: boolean): void {
  if (overwrite) return;
  const there = names.filter((name) => existsSync(path.join(folder, name)));
  if (there.length === 0) return;
  throw new UserError(`${folder} already contains ${listed(there)}. Nothing was exported.`, {
    code: 'export-folder-not-empty',
    hint: 'Choose another folder, or pass --overwrite to replace the files.',
  });
}

function unwritable(folder: string, error: unknown): unknown {
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

async function writeWide(
  format: Format,
  file: string,
  wide: WideTable,
  now: Date,
): Promise<{ readonly rows: number; readonly cut: readonly string[] }> {
  if (isLabelled(format)) return await writeLabelled(format, file, wide, now);
  const rows = await writeRows(format, file, wide.columns, valuesOf(wide));
  return { rows, cut: [] };
}

async function* valuesOf(wide: WideTable) {
  for await (const page of wide.rows()) yield page.map(({ values }) => values);
}

async function writeTable(
  session: Session,
  database: Database,
  table: StudyTable,
  shape: TableShape,
  format: TableFormat,
  file: string,
): Promise<void> {
  if (format === 'parquet') {
    await writeRows(
      format,
      file,
      shape.columns.map(toColumn),
      store.valuesOfTable(session, database, table, shape),
    );
    return;
  }
  const lines =
    format === 'csv'
      ? csvOf(session, database, table, shape)
      : jsonLinesOf(session, database, table, shape);
  await pipeline(lines, createWriteStream(file));
}

async function* csvOf(
  session: Session,
  database: Database,
  table: StudyTable,
  shape: TableShape,
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(csvLine(shape.columns.map((column) => column.name)));
  yield* store.copyTable(session, database, table, shape);
}

async function* jsonLinesOf(
  session: Session,
  database: Database,
  table: StudyTable,
  shape: TableShape,
): AsyncGenerator<string> {
  for await (const rows of store.jsonOfTable(session, database, table, shape))
    yield `${rows.join('\n')}\n`;
}

async function writeRows(
  format: TableFormat,
  file: string,
  columns: readonly Column[],
  pages: AsyncIterable<readonly Readonly<Record<string, store.Value>>[]>,
): Promise<number> {
  const sink = await openSink(format, file, columns);
  let rows = 0;
  try {
    for await (const page of pages) {
      rows += page.length;
      await sink.write(page);
    }
    await sink.close();
  } catch (error) {
    sink.abandon();
    throw error;
  }
  return rows;
}

const TYPES: Readonly<Record<string, ColumnType>> = {
  integer: 'integer',
  smallint: 'integer',
  bigint: 'bigint',
  'double precision': 'double',
  boolean: 'boolean',
  jsonb: 'json',
  bytea: 'bytes',
};

function toColumn({ name, type }: DatabaseColumn): Column {
  return { name, type: TYPES[type] ?? (type.startsWith('timestamp') ? 'timestamp' : 'string') };
}
