/** Exports a whole schema: one file for each table, all from the same moment. */
import { createWriteStream, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Database } from '../../db/connect.ts';
import type { RowOrigin } from '../../db/schema/tables.ts';
import type { Session } from '../../db/session.ts';
import { UserError } from '../../errors.ts';
import type { Catalogue } from '../../models/catalogue.ts';
import { csvLine } from '../csv/csv.ts';
import { type DatabaseColumn, shapesOf, type TableShape } from '../shapes-store.ts';
import { ABOUT_FILE, STUDY_TABLES, type StudyTable } from '../tables.ts';
import type { AnswersTable } from './answers-table.ts';
import { codebookData, codebookOf } from './codebook.ts';
import * as store from './export-store.ts';
import { checkFree, leftIn, makeFolder, requireExportFolder, unwritable } from './folder.ts';
import {
  type Column,
  type ColumnType,
  type Format,
  isLabelled,
  openSink,
  type TableFormat,
} from './formats.ts';
import { namedIn, writeLabelled } from './labelled-file.ts';
import { longTables } from './long.ts';
import { wideTables } from './wide.ts';
import { floorOf } from './wide-labels.ts';

export interface ExportOptions {
  /**
   * `csv` by default, the only one that is imported again. `sav` and `dta` are written of the wide
   * files alone.
   */
  readonly format?: Format;
  /** Also one row an experiment for each questionnaire, with a codebook. */
  readonly answersWide?: boolean;
  /** Also one row an item of each experiment, beside the wide files. */
  readonly answersLong?: boolean;
  /** Columns of the personas in the wide and the long files. */
  readonly personaColumns?: boolean;
  /** Files that go with the export. */
  readonly companions?: readonly Companion[];
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

/** A file of data, for programs that read it. */
export interface DescribedFile {
  /** Name in the folder. */
  readonly file: string;
  /** Name without its ending. */
  readonly table: string;
  readonly kind: 'table' | AnswersTable['kind'];
  /** Of the questionnaire; null for a table of the schema. */
  readonly slug: string | null;
  readonly columns: readonly Column[];
}

/** A file that goes with the export. */
export interface Companion {
  readonly name: string;
  /** Its text, from the files of data that were written. */
  readonly write: (files: readonly DescribedFile[]) => string | Promise<string>;
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
  const { format = 'csv', signal, companions = [] } = options;
  const shapes = await shapesOf(database);
  const drafts: Draft[] = [];
  const begin = (name: string): string => {
    const draft = path.join(folder, `.${name}.${process.pid}.part`);
    drafts.push({ name, draft, target: path.join(folder, name) });
    return draft;
  };
  const files: ExportedFile[] = [];
  const described: DescribedFile[] = [];
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
        ...companions.map(({ name }) => name),
      ],
      options.overwrite ?? false,
    );
    const { origins, models } = await database.transact(async (session) => {
      await store.writeAlike(session);
      if (!isLabelled(format))
        for (const table of STUDY_TABLES) {
          const name = `${table}.${format}`;
          const shape = shapes.get(table)!;
          await writeTable(session, database, table, shape, format, begin(name));
          const columns = shape.columns.map(toColumn);
          described.push({ file: name, table, kind: 'table', slug: null, columns });
          wrote({ file: name, table, rows: await store.countRows(session, database, table) });
        }
      for (const table of await answerTables(session, database, options)) {
        const name = `${table.name}.${format}`;
        const [codebook, data] = [`${table.name}_codebook.csv`, `${table.name}_codebook.json`];
        checkFree(folder, [name, codebook, data], options.overwrite ?? false);
        const { slug, columns, kind } = table;
        const { rows, cut } = await writeAnswers(format, begin(name), table, options.now);
        wrote({ file: name, table: table.name, rows });
        described.push({ file: name, table: table.name, kind, slug, columns });
        if (cut.length > 0)
          notesOnFiles.push(
            `${name} has the texts of ${cut.join(', ')} cut, as the format demands; CSV has them whole.`,
          );
        const named = isLabelled(format) ? namedIn(format, columns) : columns;
        writeFileSync(begin(codebook), codebookOf(named).map(csvLine).join(''));
        wrote({ file: codebook, table: `${table.name}_codebook`, rows: columns.length });
        writeFileSync(begin(data), codebookData(slug, named, table, floorOf(columns)));
        wrote({ file: data, table: `${table.name}_codebook`, rows: columns.length });
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
    for (const companion of companions)
      writeFileSync(begin(companion.name), await companion.write(described));
    for (const { draft, target } of drafts) renameSync(draft, target);
    const left = leftIn(
      folder,
      drafts.map(({ name }) => name),
    );
    return { files, dataOrigin, notes: left === null ? notes : [...notes, left] };
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

async function answerTables(
  session: Session,
  database: Database,
  { format = 'csv', answersWide, answersLong = false, personaColumns = false }: ExportOptions,
): Promise<readonly AnswersTable[]> {
  if (answersWide !== true && !answersLong && !personaColumns && !isLabelled(format)) return [];
  return [
    ...(await wideTables(session, database, personaColumns)),
    ...(answersLong ? await longTables(session, database, personaColumns) : []),
  ];
}

async function writeAnswers(
  format: Format,
  file: string,
  table: AnswersTable,
  now: Date,
): Promise<{ readonly rows: number; readonly cut: readonly string[] }> {
  if (isLabelled(format)) return await writeLabelled(format, file, table, now);
  const rows = await writeRows(format, file, table.columns, valuesOf(table));
  return { rows, cut: [] };
}

async function* valuesOf(table: AnswersTable) {
  for await (const page of table.rows()) yield page.map(({ values }) => values);
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
  pages: AsyncIterable<readonly (readonly store.Value[])[]>,
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
  'timestamp with time zone': 'instant',
  'timestamp without time zone': 'timestamp',
};

function toColumn({ name, type }: DatabaseColumn): Column {
  return { name, type: TYPES[type] ?? 'string' };
}
