/** Imports a whole dataset, from a folder of CSV files or a dump, in one transaction. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Database } from '../../db/connect.ts';
import { refreshEvaluations } from '../../db/materialized-view.ts';
import { dropConstraints, mayAlter } from '../../db/rebuild-indexes.ts';
import { CopyError, type Session } from '../../db/session.ts';
import { renewStudyId } from '../../db/study-id.ts';
import { UserError } from '../../errors.ts';
import { findInstrument, loadBuiltInInstruments } from '../../instruments/load.ts';
import type { Catalogue } from '../../models/catalogue.ts';
import { formatCount } from '../../numbers.ts';
import { PUBLISHED_REFERENCE, SYNTHETIC_REFERENCE } from '../../personas/sheets/populations.ts';
import { hashSheets } from '../../personas/sheets/reference.ts';
import { createSheet, SHEET_INSTRUMENT } from '../../personas/sheets/sheet.ts';
import { shownText, withoutFolders } from '../../text-file.ts';
import { lineOfServer } from '../csv/csv-scan.ts';
import type { InputFile } from '../csv/files.ts';
import { type Chunk, type CsvHeader, complain, piecesFrom, readRecords } from '../csv/records.ts';
import { shapesOf, type TableShape } from '../shapes-store.ts';
import { ABOUT_FILE, BOOKKEEPING, isStudyTable, STUDY_TABLES, type StudyTable } from '../tables.ts';
import { allOrNothing } from './all-or-nothing.ts';
import { readDump } from './dump.ts';
import { type Finding, findingsOf } from './findings-store.ts';
import * as store from './load-store.ts';
import { checkColumns, findSource, readTableHeader } from './source.ts';
import {
  type AlteredCall,
  alteredCalls,
  callsWithoutBytes,
  markUnverified,
} from './verify-store.ts';

/** What becomes of rows that are there already. `refuse`: the schema must be empty. */
export type ImportMode = 'refuse' | 'append' | 'replace';

/** How a dataset is read. */
export interface ImportOptions {
  readonly mode?: ImportMode;
  /**
   * Take calls whose bytes are not those of their recorded SHA-256, and mark them. Without it they
   * are refused.
   */
  readonly acceptUnverified?: boolean;
  /**
   * Only load: no bytes are compared with their hashes, and nothing is said of the rows. For who
   * goes through all of them anyway.
   */
  readonly unchecked?: boolean;
  /** Tables whose CSV files are not read. */
  readonly without?: readonly StudyTable[];
  /** Told now and then while a file is read, and when it is done. */
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Told of what is being done besides reading. */
  readonly onStep?: (step: string) => void;
  readonly signal?: AbortSignal;
}

/** How far a file is. */
export interface ImportProgress {
  readonly file: string;
  readonly table: StudyTable;
  readonly rows: number;
  /** How much of the file is read, from 0 to 1. */
  readonly read: number;
  readonly done: boolean;
}

/** A table that was read, and the file that it was read from. */
export interface LoadedTable {
  readonly file: string;
  readonly table: StudyTable;
  readonly rows: number;
}

/** What was read. */
export interface ImportResult {
  readonly tables: readonly LoadedTable[];
  readonly rows: number;
  /** Rows that were there and were removed. */
  readonly removed: number;
  readonly findings: readonly Finding[];
}

/** Of rows on their way to the database. Four times as much is no faster. */
const CHUNK = 1 << 20;

/** What travels through an import. */
interface Loading {
  readonly database: Database;
  readonly session: Session;
  readonly shapes: ReadonlyMap<StudyTable, TableShape>;
  readonly mode: ImportMode;
  readonly options: ImportOptions;
}

/** Imports a dataset as `loadDataset` does; its errors say that nothing was imported. */
export function importDataset(...given: Parameters<typeof loadDataset>): Promise<ImportResult> {
  return allOrNothing(() => loadDataset(...given));
}

/**
 * Brings a dataset into a schema: every file `<table>.csv` or `<table>.csv.gz` of a folder, or the
 * COPY blocks of a dump (`.sql`, `.sql.gz`).
 * @param catalogue says which model ids are known, and how they are shown
 * @param beforeReplace brings in what journals hold for the study that is replaced, and throws
 *   where it cannot
 * @throws UserError naming file, line and column of what is wrong; then nothing was changed
 */
export async function loadDataset(
  database: Database,
  source: string,
  catalogue: Catalogue,
  options: ImportOptions = {},
  beforeReplace: () => Promise<void> = async () => {},
): Promise<ImportResult> {
  const mode = options.mode ?? 'refuse';
  const found = findSource(source);
  const shapes = await shapesOf(database);
  const headers = new Map<StudyTable, CsvHeader>();
  if (found.kind === 'csv') {
    for (const { table, file } of found.tables)
      headers.set(table, await readTableHeader(file, table, shapes.get(table)!));
  }
  if (mode === 'replace') await beforeReplace();
  try {
    return await database.transact(async (session) => {
      const loading: Loading = { database, session, shapes, mode, options };
      const removed = await makeRoom(loading);
      const restore = await putKeysAside(loading);
      if (database.kind === 'embedded') await store.useLittleMemory(session);
      const skipped: string[] = [];
      const tables: LoadedTable[] = [];
      if (found.kind === 'csv') {
        skipped.push(...found.skipped);
        for (const { table, file } of found.tables)
          if (options.without?.includes(table) !== true)
            tables.push(await loadCsv(loading, table, file, headers.get(table)!));
      } else {
        for await (const loaded of loadDump(loading, found.file, skipped)) tables.push(loaded);
      }
      options.onStep?.('Checking keys and building indexes…');
      await restore(() => stopIfAsked(options.signal));
      await store.advanceNumbers(session, database, shapes);
      const verified = options.unchecked === true ? [] : await verifyCalls(loading, tables, source);
      const brought = new Set(tables.map(({ table }) => table));
      await addWhatBelongs(loading, brought, catalogue, source);
      stopIfAsked(options.signal);
      options.onStep?.('Scoring the answers…');
      // Of tables that the planner knows nothing of, scoring takes up to five times as long.
      await store.analyzeTables(
        session,
        database,
        STUDY_TABLES.filter((table) => table !== 'scores'),
      );
      if (!brought.has('scores')) await store.scoreAdministrations(session, database);
      await store.analyzeTables(session, database, ['scores']);
      stopIfAsked(options.signal);
      if (options.unchecked === true)
        return { tables, rows: totalOf(tables), removed, findings: [] };
      // Asked before, because a refusal would undo the whole import.
      const mayRefresh = await mayAlter(session.db, database.schema, ['experiments_evals']);
      if (mayRefresh) await refreshEvaluations({ ...database, db: session.db });
      stopIfAsked(options.signal);
      const models = catalogue.list().map((model) => model.modelId);
      const findings = await findingsOf(session, database, models);
      stopIfAsked(options.signal);
      return {
        tables,
        rows: totalOf(tables),
        removed,
        findings: [
          ...findings,
          ...verified,
          ...skipped.map(asFinding),
          ...(mayRefresh ? [] : [STALE]),
        ],
      };
    });
  } catch (error) {
    throw explain(error, database);
  }
}

function totalOf(tables: readonly LoadedTable[]): number {
  return tables.reduce((sum, one) => sum + one.rows, 0);
}

const MOST_CALLS_NAMED = 5;

/**
 * Compares the bytes of the calls that came with their hashes.
 * @throws UserError naming calls whose bytes are others, unless they are to be taken
 */
async function verifyCalls(
  { database, session, options }: Loading,
  tables: readonly LoadedTable[],
  source: string,
): Promise<Finding[]> {
  const brought = new Map(tables.map((one) => [one.table, one]));
  options.onStep?.('Comparing stored calls with their hashes…');
  const altered: AlteredCall[] = [];
  for await (const call of alteredCalls(session, database, new Set(brought.keys()), () =>
    stopIfAsked(options.signal),
  ))
    altered.push(call);
  if (altered.length > 0 && options.acceptUnverified !== true) {
    const named = altered.slice(0, MOST_CALLS_NAMED).map(describeAltered);
    const more = altered.length > named.length ? `; and ${altered.length - named.length} more` : '';
    const file =
      brought.get(altered[0]!.bytes)?.file ?? brought.get(altered[0]!.calls)?.file ?? source;
    throw new UserError(
      `${file}: stored bytes do not match their recorded SHA-256: ${named.join('; ')}${more}`,
      {
        code: 'hash-mismatch',
        hint: 'The bytes were changed after they were stored. Get the dataset again from its source. To import it nevertheless, with these calls marked as unverified, use "personas import" with --accept-unverified.',
      },
    );
  }
  await markUnverified(session, database, altered);
  const findings: Finding[] = [];
  if (altered.length > 0) {
    const finding = 'calls whose bytes do not match their SHA-256, accepted as unverified';
    findings.push({ finding, count: altered.length, example: describeAltered(altered[0]!) });
  }
  const bare = await callsWithoutBytes(session, database);
  if (bare.count > 0) {
    findings.push({
      finding: 'calls without stored bytes, which cannot be verified',
      count: bare.count,
      example: bare.example ?? '',
    });
  }
  return findings;
}

function describeAltered({ bytes, task, id, taskId, parts }: AlteredCall): string {
  return `${parts.join(' and ')} of call ${id} (table ${bytes}${taskId === null ? '' : `, ${task} ${taskId}`})`;
}
const STALE: Finding = {
  finding: 'materialised view that only its owner may refresh, not refreshed',
  count: 1,
  example: 'experiments_evals (scored_answers is never stale)',
};

function asFinding(example: string): Finding {
  return { finding: 'table that does not belong to the study, not loaded', count: 1, example };
}

/** @returns how many rows were removed */
async function makeRoom({ database, session, mode }: Loading): Promise<number> {
  if (!(await store.lockImports(session, database.schema))) {
    throw new UserError(`Another import into schema "${database.schema}" is in progress`, {
      code: 'schema-in-use',
      hint: 'Wait for it to end, or import into another schema with --schema.',
    });
  }
  await store.lockTables(session, database);
  // Calls that were made for the study before mean nothing to the one that comes.
  if (mode === 'replace') await renewStudyId(session.db, database.t);
  const filled = await store.filledTables(session, database);
  if (filled.size === 0 || mode === 'append') return 0;
  if (mode === 'refuse') {
    const list = [...filled].slice(0, 4).map(([table, rows]) => `${table} ${formatCount(rows)}`);
    throw new UserError(
      `Schema "${database.schema}" is not empty (rows: ${list.join(', ')}${filled.size > list.length ? ', …' : ''})`,
      {
        code: 'schema-not-empty',
        hint: 'Import into another schema with --schema, add to this one with --append, or empty it first with --replace.',
      },
    );
  }
  await store.emptyTables(session, database);
  return [...filled.values()].reduce((sum, rows) => sum + rows, 0);
}

/**
 * Foreign keys wait until every table is there; indexes of tables that are empty are built when
 * they are full.
 */
async function putKeysAside({
  database,
  session,
}: Loading): Promise<(between: () => void) => Promise<void>> {
  if (!(await mayAlter(session.db, database.schema, STUDY_TABLES))) return async () => {};
  const filled = await store.filledTables(session, database);
  return dropConstraints(session.db, database.schema, {
    constraintsOf: STUDY_TABLES,
    kinds: ['f'],
    indexesOf: STUDY_TABLES.filter((table) => !filled.has(table)),
  });
}

async function loadCsv(
  loading: Loading,
  table: StudyTable,
  file: InputFile,
  header: CsvHeader,
): Promise<LoadedTable> {
  const { database, session, options } = loading;
  let read = 0;
  const source = readRecords(file, header, CHUNK, (bytes) => {
    read = bytes;
  });
  const sent = new Sending(
    source,
    (rows, done) =>
      options.onProgress?.({
        file: file.path,
        table,
        rows,
        read: done ? 1 : read / file.bytes,
        done,
      }),
    options.signal,
  );
  try {
    await store.copyInto(session, database, table, header.columns, 'csv', sent.chunks());
  } catch (error) {
    if (!(error instanceof CopyError)) throw error;
    const from = sent.begun[error.chunk] ?? header;
    const line =
      error.line === null
        ? null
        : await lineOfServer(piecesFrom(file.path, from.offset), error.line, from.line);
    throw refusal(loading, file.path, table, line, error);
  }
  return { file: file.path, table, rows: sent.rows };
}

async function* loadDump(
  loading: Loading,
  file: InputFile,
  skipped: string[],
): AsyncGenerator<LoadedTable> {
  const { database, session, shapes, options } = loading;
  const isWanted = (schema: string | null, table: string) =>
    isStudyTable(table) && !(schema ?? '').endsWith('__jobs');
  let read = 0;
  let origin: string | null = null;
  const seen = new Set<StudyTable>();
  const blocks = readDump(file, isWanted, (bytes) => {
    read = bytes;
  });
  for await (const { schema, table, columns, line, rows } of blocks) {
    if (!isStudyTable(table) || !isWanted(schema, table)) {
      if (!BOOKKEEPING.includes(table))
        skipped.push(schema === null ? table : `${schema}.${table}`);
      continue;
    }
    const from = schema ?? '';
    if (origin !== null && origin !== from) {
      throw new UserError(
        `${file.path} contains studies of two schemas, "${origin}" and "${from}"`,
        {
          code: 'dump-unsupported',
          hint: 'Dump each schema separately: pg_dump --schema NAME',
        },
      );
    }
    if (seen.has(table)) {
      throw new UserError(`${file.path}, line ${line}: the rows of "${table}" occur twice`, {
        code: 'table-duplicate',
        hint: 'Create the dump again.',
      });
    }
    origin = from;
    seen.add(table);
    if (columns !== null)
      checkColumns(`${file.path}, line ${line - 1}`, table, shapes.get(table)!, columns);
    const sent = new Sending(
      rows(CHUNK),
      (count, done) =>
        options.onProgress?.({
          file: file.path,
          table,
          rows: count,
          read: read / file.bytes,
          done,
        }),
      options.signal,
    );
    try {
      await store.copyInto(session, database, table, columns, 'text', sent.chunks());
    } catch (error) {
      if (!(error instanceof CopyError)) throw error;
      const first = sent.begun[error.chunk]?.line ?? line;
      throw refusal(
        loading,
        file.path,
        table,
        error.line === null ? null : first + error.line - 1,
        error,
      );
    }
    yield { file: file.path, table, rows: sent.rows };
  }
  if (seen.size === 0) {
    throw new UserError(`${file.path} contains no rows of the study's tables`, {
      code: 'dataset-empty',
      hint: `${skipped.length === 0 ? 'Was the dump created with --schema-only?' : `It contains: ${skipped.slice(0, 10).join(', ')}.`} Expected tables: ${STUDY_TABLES.slice(0, 8).join(', ')}.`,
    });
  }
}

/** Chunks on their way to the database: where each begins, how many rows they hold. */
class Sending {
  rows = 0;
  readonly begun: { readonly offset: number; readonly line: number }[] = [];
  readonly #source: AsyncIterable<Chunk>;
  readonly #onRows: (rows: number, done: boolean) => void;
  readonly #signal: AbortSignal | undefined;

  constructor(
    source: AsyncIterable<Chunk>,
    onRows: (rows: number, done: boolean) => void,
    signal: AbortSignal | undefined,
  ) {
    this.#source = source;
    this.#onRows = onRows;
    this.#signal = signal;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    for await (const { bytes, offset, line, records } of this.#source) {
      stopIfAsked(this.#signal);
      this.begun.push({ offset, line });
      yield bytes;
      this.rows += records;
      this.#onRows(this.rows, false);
    }
    this.#onRows(this.rows, true);
  }
}

function stopIfAsked(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new UserError('Interrupted', {
      code: 'command-interrupted',
      hint: 'The schema is unchanged. Run the same command again.',
      exitCode: 130,
    });
  }
}

const LONGEST_SAID = 200;

/** What the server has against a row, in terms of the file. */
function refusal(
  { mode }: Loading,
  file: string,
  table: StudyTable,
  line: number | null,
  error: CopyError,
): UserError {
  const key = error.code === '23505' ? /\(([^()]+)\)=\((.*)\)/s.exec(error.detail ?? '') : null;
  if (key !== null) {
    const what = `${key[1]} ${shownText(key[2]!, LONGEST_SAID)} of table ${table} already exists`;
    const hint =
      mode === 'append'
        ? 'The schema or the file already has a row with that id. Remove the id column to assign new ids, or import into another schema.'
        : 'The file has two rows with that id. Remove one of them.';
    return line === null
      ? new UserError(`${file}: ${what}`, { code: 'record-invalid', hint })
      : complain(file, line, null, what, hint);
  }
  const said = shownText(error.message, LONGEST_SAID);
  const hint = error.value?.includes('\n')
    ? 'The value spans several lines: a quote opened on this line may not be closed.'
    : /^\s*-?\d+,\d+\s*$/.test(error.value ?? '')
      ? 'Use a decimal point, not a comma, in numbers. Correct the file and import it again.'
      : undefined;
  return complain(file, line ?? 1, error.column, said, hint);
}

/** Errors of the server that a user can do something about. */
function explain(error: unknown, { schema }: Database): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error;
  const { code = '', table, detail } = error as { code?: string; table?: string; detail?: string };
  if (code === '55P03') {
    return new UserError(`Another process is using schema "${schema}"`, {
      code: 'schema-in-use',
      hint: 'Wait until its run or query has ended, or import into another schema with --schema.',
    });
  }
  if (code.startsWith('23')) {
    return new UserError(
      `${table === undefined ? '' : `Table ${table}: `}${error.message}${detail ? ` (${detail})` : ''}`,
      {
        code: 'rows-inconsistent',
        hint: 'The files are inconsistent: a row refers to a row that none of them contains. Import all files as they were exported.',
      },
    );
  }
  if (code === '42501') {
    return new UserError(`The database denies permission: ${error.message}`, {
      code: 'permission-denied',
      hint: 'Import as the owner of the schema, or into your own schema with --schema.',
    });
  }
  if (code === '53100' || code === 'ENOSPC' || /no space left/i.test(error.message)) {
    return new UserError(`The disk of the database is full: ${error.message}`, {
      code: 'disk-full',
      hint: 'Free some space and import again.',
      exitCode: 1,
    });
  }
  return error;
}

/**
 * What the program needs to work with the rows. Of a table that the files bring, nothing is added:
 * an export comes back as it was.
 */
async function addWhatBelongs(
  { database, session }: Loading,
  brought: ReadonlySet<StudyTable>,
  catalogue: Catalogue,
  source: string,
): Promise<void> {
  const models = catalogue.list();
  if (!brought.has('instruments')) {
    await store.keepInstruments(
      session,
      database,
      loadBuiltInInstruments(),
      !brought.has('questionnaire'),
    );
  }
  await store.completeInstruments(session, database);
  if (!brought.has('model_labels')) {
    await store.keepLabels(
      session,
      database,
      new Map(models.toReversed().map((model) => [model.modelId, model.label])),
    );
  }
  await store.keepShortNames(session, database, foreignLabels(source, catalogue));
  if (!brought.has('experiment_details')) await store.markExperiments(session, database);
  if (!brought.has('persona_details')) {
    const simulated = models
      .filter((model) => model.provider === 'simulated')
      .map((model) => model.name);
    await store.markPersonas(session, database, simulated, withoutFolders(source));
  }
  if (!brought.has('reference_population')) await nameReference(session, database, source);
}

/** Labels by which the exporting side showed models, where they are other ones here. */
function foreignLabels(source: string, catalogue: Catalogue): Map<string, string> {
  let about: unknown;
  try {
    about = JSON.parse(readFileSync(path.join(source, ABOUT_FILE), 'utf8'));
  } catch {
    // A dataset of another program need not have one.
    return new Map();
  }
  const labels = (about as { readonly model_labels?: unknown } | null)?.model_labels;
  const entries = new Map(catalogue.list().map((entry) => [entry.name, entry]));
  return new Map(
    Object.entries(typeof labels === 'object' && labels !== null ? labels : {}).filter(
      (pair): pair is [string, string] => {
        const [model, label] = pair;
        const entry = entries.get(model);
        if (typeof label !== 'string' || label === entry?.label) return false;
        return entry?.provider !== 'simulated' || label.endsWith('(simulated)');
      },
    ),
  );
}

/** Complete sheets are a reference population, under the name by which the rows know it. */
async function nameReference(session: Session, database: Database, source: string): Promise<void> {
  const instrument = findInstrument(SHEET_INSTRUMENT);
  const populations = [];
  for (const table of ['reference_questionnaires', 'random_questionnaires'] as const) {
    const sheets = await store.lettersOfSheets(session, database, table, instrument.items.length);
    if (sheets === null) return;
    populations.push(
      sheets.map(({ id, letters }) =>
        createSheet(
          id,
          Array.from(letters, (letter) => (letter === 'T' ? 1 : 0)),
        ),
      ),
    );
  }
  const sheets = populations[0]!.length;
  if (sheets === 0) return;
  const named = await store.speaksOf(session, database, [PUBLISHED_REFERENCE, SYNTHETIC_REFERENCE]);
  const file = withoutFolders(source).replace(/\.(sql|csv)(\.gz)?$/i, '');
  await store.keepReference(session, database, {
    name:
      named ?? (file.replaceAll(/[^\p{L}\p{N}_.-]+/gu, '_').replace(/^[_.-]+/, '') || 'imported'),
    origin: named === SYNTHETIC_REFERENCE ? 'synthetic' : 'imported',
    source: withoutFolders(source),
    sheets,
    instrument: instrument.slug,
    sha256: hashSheets(instrument, ...populations),
  });
}
