/** Calls, answers and scores, read from the files of a bundle instead of from a database. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { firstAbove, IndexedCsv } from '../dataset/csv/indexed-csv.ts';
import type { StudyTable } from '../dataset/tables.ts';
import type { Database } from '../db/connect.ts';
import type { ItemState } from '../db/schema/tables.ts';
import { UserError } from '../errors.ts';
import {
  itemsOf,
  PAGE_BYTES,
  type PackedCall,
  type RecordSource,
  type StoredRecords,
  type WritingCall,
} from '../experiments/verification/records.ts';
import { administrationIds, personasWritten } from './bundle-store.ts';

/** The tables that are read here, and the column by which their rows are found. */
const KEYS = {
  experiment_request_metadata: 'experiment_id',
  call_bytes: 'request_metadata_id',
  reply_texts: 'request_metadata_id',
  administration_calls: 'experiment_id',
  eval_questionnaires: 'experiment_id',
  item_states: 'experiment_id',
  item_probabilities: 'experiment_id',
  scores: 'experiment_id',
  generation_request_metadata: 'id',
  generation_call_bytes: 'request_metadata_id',
} as const satisfies Partial<Record<StudyTable, string>>;

type FileTable = keyof typeof KEYS;

/** Of what they hold, a database in which a bundle is verified needs nothing. */
export const READ_FROM_FILES = Object.keys(KEYS) as readonly FileTable[];

/** The records of the files in a folder; those that are not there have no rows. */
export class BundleRecords implements RecordSource, Disposable {
  readonly #database: Database;
  readonly #files = new Map<FileTable, IndexedCsv>();
  /** Of the administrations, ascending. */
  #ids: readonly number[] = [];

  private constructor(database: Database) {
    this.#database = database;
  }

  /**
   * @param folder with a CSV file for each table
   * @param database with the other tables
   * @throws UserError for files that are no CSV of this program, or that do not belong together
   */
  static async open(folder: string, database: Database): Promise<BundleRecords> {
    const records = new BundleRecords(database);
    try {
      await records.#index(folder);
      return records;
    } catch (error) {
      records[Symbol.dispose]();
      throw error;
    }
  }

  async #index(folder: string): Promise<void> {
    const callIds: number[] = [];
    for (const table of READ_FROM_FILES) {
      const file = path.join(folder, `${table}.csv`);
      if (!existsSync(file)) continue;
      this.#files.set(
        table,
        table === 'experiment_request_metadata'
          ? await IndexedCsv.open(file, KEYS[table], 'id', (id) => callIds.push(id))
          : await IndexedCsv.open(file, KEYS[table]),
      );
    }
    this.#ids = await administrationIds(this.#database);
    callIds.sort((a, b) => a - b);
    const doubled = callIds.find((id, at) => at > 0 && id === callIds[at - 1]);
    if (doubled !== undefined) throw repeated('experiment_request_metadata', 'id', doubled);
    for (const table of ONE_ROW_EACH) {
      const key = this.#files.get(table)?.repeatedKey ?? null;
      if (key !== null) throw repeated(table, KEYS[table], key);
    }
    for (const table of OF_ADMINISTRATIONS) this.#checkKnown(table, this.#ids);
    for (const table of ['call_bytes', 'reply_texts'] as const) this.#checkKnown(table, callIds);
    const writing = this.#files.get('generation_request_metadata')?.keys ?? [];
    this.#checkKnown('generation_call_bytes', writing);
  }

  /** @param known ascending */
  #checkKnown(table: FileTable, known: ArrayLike<number>): void {
    let at = 0;
    for (const key of this.#files.get(table)?.keys ?? []) {
      while (at < known.length && known[at]! < key) at++;
      if (known[at] !== key)
        throw inconsistent(
          `${table} has a row whose ${KEYS[table]} is ${key}, which does not exist`,
        );
    }
  }

  async administrationsAfter(after: number, size: number): Promise<number[]> {
    return this.#pageAfter(this.#ids, 'experiment_request_metadata', after, size);
  }

  /** Reads what is stored of an administration when it is asked for. */
  async recordsOf(): Promise<(id: number) => StoredRecords> {
    return (id) => ({
      calls: this.#callsOf(id),
      items: this.#itemsOf(id),
      scores: this.#scoresOf(id),
    });
  }

  async writingCallsAfter(after: number, size: number): Promise<WritingCall[]> {
    const table = 'generation_request_metadata';
    const keys = this.#files.get(table)?.keys ?? [];
    const ids = this.#pageAfter(keys, table, after, size);
    const calls = ids.flatMap((id) => this.#rows(table, id));
    const personas = await personasWritten(
      this.#database,
      calls.map((fields) => fields.integer('generation_id')!),
    );
    return calls.map((fields) => ({
      ...this.#callIn(fields, 'generation_call_bytes'),
      personaId: personas.get(fields.integer('generation_id')!) ?? null,
    }));
  }

  /**
   * The next of some keys, as many as one page takes.
   * @param keys ascending
   * @param table whose rows fill the page
   */
  #pageAfter(keys: ArrayLike<number>, table: FileTable, after: number, size: number): number[] {
    const file = this.#files.get(table);
    const page: number[] = [];
    let bytes = 0;
    let at = firstAbove(keys, after);
    for (; at < keys.length && page.length < size && bytes <= PAGE_BYTES; at++) {
      page.push(keys[at]!);
      bytes += file?.bytesOf(keys[at]!) ?? 0;
    }
    return page;
  }

  #rows(table: FileTable, key: number): Fields[] {
    const file = this.#files.get(table);
    return file?.rowsOf(key).map((row) => new Fields(file, row)) ?? [];
  }

  #callsOf(id: number): PackedCall[] {
    const parts = new Map(
      this.#rows('administration_calls', id).map((part) => [
        part.integer('request_metadata_id'),
        { call: part.integer('call')!, items: part.integers('items') },
      ]),
    );
    return this.#rows('experiment_request_metadata', id)
      .map((fields): PackedCall => {
        const call = this.#callIn(fields, 'call_bytes');
        const said = this.#rows('reply_texts', call.id)[0];
        return {
          ...call,
          reply: said?.text('reply') ?? null,
          parserVersion: said?.integer('parser_version') ?? null,
          part: parts.get(call.id) ?? null,
        };
      })
      .sort((a, b) => a.id - b.id);
  }

  #callIn(fields: Fields, bytesIn: FileTable) {
    const id = fields.integer('id')!;
    const bytes = this.#rows(bytesIn, id)[0];
    return {
      id,
      requestJson: fields.json('request_json'),
      responseJson: fields.json('response_json'),
      about: fields.json('request_metadata') as PackedCall['about'],
      requestGzip: bytes?.bytes('request_gzip') ?? null,
      responseGzip: bytes?.bytes('response_gzip') ?? null,
    };
  }

  #itemsOf(id: number) {
    const answers = this.#rows('eval_questionnaires', id).map((row) => ({
      id: row.integer('id')!,
      number: row.integer('question_number')!,
      answer: row.integer('answer'),
    }));
    const states = this.#rows('item_states', id).map((row) => ({
      number: row.integer('question_number')!,
      state: row.text('state') as ItemState | null,
      quantity: row.number('quantity'),
      text: row.text('reply_text'),
    }));
    const probabilities = this.#rows('item_probabilities', id).map((row) => ({
      number: row.integer('question_number')!,
      answer: row.integer('answer')!,
      probability: row.number('probability')!,
    }));
    return itemsOf(
      answers.sort((a, b) => a.id - b.id),
      states,
      probabilities,
    );
  }

  #scoresOf(id: number) {
    const scores = this.#rows('scores', id).map((row) => ({
      scale: row.text('scale') ?? '',
      score: row.number('score'),
    }));
    const scales = new Set(scores.map(({ scale }) => scale));
    if (scales.size < scores.length)
      throw inconsistent(`scores has several rows for one scale of administration ${id}`);
    return scores;
  }

  [Symbol.dispose](): void {
    for (const file of this.#files.values()) file[Symbol.dispose]();
  }
}

/** Tables with one row for each key. */
const ONE_ROW_EACH = [
  'call_bytes',
  'reply_texts',
  'generation_request_metadata',
  'generation_call_bytes',
] as const;
const OF_ADMINISTRATIONS = READ_FROM_FILES.filter((table) => KEYS[table] === 'experiment_id');

function inconsistent(what: string): UserError {
  return new UserError(`The files of the bundle do not belong together: ${what}`, {
    code: 'rows-inconsistent',
    hint: 'Get the bundle again from its source.',
    exitCode: 1,
  });
}

function repeated(table: FileTable, column: string, key: number): UserError {
  return inconsistent(`${table} has several rows whose ${column} is ${key}`);
}

/** The fields of a row as the values that their columns hold. */
class Fields {
  readonly #file: IndexedCsv;
  readonly #row: readonly (string | null)[];

  constructor(file: IndexedCsv, row: readonly (string | null)[]) {
    this.#file = file;
    this.#row = row;
  }

  /** Null as well for a column that the file lacks: earlier versions had fewer. */
  text(column: string): string | null {
    return this.#row[this.#file.columns.indexOf(column)] ?? null;
  }

  number(column: string): number | null {
    return this.#as(column, 'number', (text) => {
      const number = Number(text);
      return text.trim() === '' || (Number.isNaN(number) && text !== 'NaN') ? undefined : number;
    });
  }

  integer(column: string): number | null {
    return this.#as(column, 'whole number', (text) =>
      /^-?\d{1,15}$/.test(text) ? Number(text) : undefined,
    );
  }

  /** In PostgreSQL's form, such as `{1,2}`. */
  integers(column: string): number[] {
    const numbers = this.#as(column, 'list of whole numbers', (text) =>
      /^\{(?:\d+(?:,\d+)*)?\}$/.test(text)
        ? text.slice(1, -1).split(',').filter(Boolean).map(Number)
        : undefined,
    );
    return numbers ?? [];
  }

  json(column: string): unknown {
    return this.#as(column, 'JSON', (text): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        return undefined;
      }
    });
  }

  /** In PostgreSQL's form, such as `\x1f8b`. */
  bytes(column: string): Uint8Array | null {
    return this.#as(column, 'bytes', (text) => {
      const bytes = text.startsWith('\\x') ? Buffer.from(text.slice(2), 'hex') : null;
      return bytes !== null && 2 * bytes.length === text.length - 2 ? bytes : undefined;
    });
  }

  #as<T>(column: string, kind: string, read: (text: string) => T | undefined): T | null {
    const text = this.text(column);
    if (text === null) return null;
    const value = read(text);
    if (value !== undefined) return value;
    const { path: file, columns } = this.#file;
    throw new UserError(
      `${file}: in the row whose ${columns[0]} is ${this.#row[0]}, the column "${column}" holds no ${kind}`,
      {
        code: 'record-invalid',
        hint: 'Get the bundle again from its source.',
        exitCode: 1,
      },
    );
  }
}
