/** The rows in a plain dump by pg_dump: reads its COPY blocks and skips everything else. */
import { UserError } from '../../errors.ts';
import { beginning } from '../../shorten.ts';
import { type InputFile, readPieces } from '../csv/files.ts';
import { type Chunk, checkText } from '../csv/records.ts';

const LONGEST_STATEMENT = 64 << 10;
const LONGEST_ROW = 256 << 20;
const LOOK_BACK = 64;
const COMPLETE = '-- PostgreSQL database dump complete';
const UTF8_NAMES = ['UTF8', 'UTF-8', 'UNICODE', 'SQL_ASCII'];

const NAME = '"(?:[^"]|"")+"|[\\w\\x80-\\xff$]+';
const COPY = new RegExp(
  `^COPY\\s+(?:(${NAME})\\.)?(${NAME})\\s*(?:\\(((?:\\s*(?:${NAME})\\s*,?)*)\\))?\\s+FROM\\s+stdin\\s*(.*)$`,
  'is',
);
const INSERT = new RegExp(`^INSERT\\s+INTO\\s+(?:(${NAME})\\.)?(${NAME})`, 'i');

export interface CopyBlock {
  readonly schema: string | null;
  readonly table: string;
  /** Null where the dump names none: all columns in the table's order. */
  readonly columns: readonly string[] | null;
  /** Line of the file on which its rows begin. */
  readonly line: number;
  /** The rows, to be read before the next block is asked for; what is left is passed over. */
  rows(size: number): AsyncGenerator<Chunk>;
}

/**
 * Refuses what pg_dump makes in other formats.
 * @throws UserError with the command that turns it into a plain dump
 */
export function checkDumpFormat(file: InputFile): void {
  const head = Buffer.from(file.head);
  const custom = head.subarray(0, 5).toString('latin1') === 'PGDMP';
  if (custom || head.subarray(257, 262).toString('latin1') === 'ustar') {
    throw new UserError(`${file.path} is a dump in pg_dump's ${custom ? 'custom' : 'tar'} format`, {
      code: 'dump-unsupported',
      hint: `Convert it to a plain dump first: pg_restore -f out.sql ${file.path}`,
    });
  }
}

/**
 * The COPY blocks of a dump in their order.
 * @param isWanted whether rows of a table would be loaded: INSERT statements into it are refused
 * @throws UserError for a dump that is cut off, uses INSERT or is in another encoding
 */
export async function* readDump(
  file: InputFile,
  isWanted: (schema: string | null, table: string) => boolean,
  onRead: (bytes: number) => void,
): AsyncGenerator<CopyBlock> {
  const reader = new DumpReader(file, onRead);
  for (
    let statement = await reader.nextStatement();
    statement !== null;
    statement = await reader.nextStatement()
  ) {
    const encoding = /^SET\s+client_encoding\s*(?:=|TO)\s*'([^']*)'/i.exec(statement)?.[1];
    if (encoding !== undefined && !UTF8_NAMES.includes(encoding.toUpperCase())) {
      throw new UserError(`${file.path} is encoded in ${encoding}`, {
        code: 'dump-unsupported',
        hint: 'Create the dump again with: pg_dump --encoding=UTF8',
      });
    }
    const insert = INSERT.exec(statement);
    if (insert !== null && isWanted(plain(insert[1]), plain(insert[2])!)) {
      throw new UserError(
        `${file.path}, line ${reader.line}: the dump fills "${plain(insert[2])}" with INSERT statements`,
        {
          code: 'dump-unsupported',
          hint: 'Create the dump again without --inserts, --column-inserts and --rows-per-insert, so that rows are in COPY blocks.',
        },
      );
    }
    const copy = COPY.exec(statement);
    if (copy === null) continue;
    if (copy[4] !== '') {
      throw new UserError(
        `${file.path}, line ${reader.line}: a COPY block with options (${beginning(copy[4]!, 80)})`,
        {
          code: 'dump-unsupported',
          hint: 'Create the dump with pg_dump, which uses no options.',
        },
      );
    }
    await reader.beginRows();
    yield {
      schema: plain(copy[1]),
      table: plain(copy[2])!,
      columns:
        copy[3] === undefined
          ? null
          : [...copy[3].matchAll(new RegExp(NAME, 'g'))].map((match) => plain(match[0])!),
      line: reader.line,
      rows: (size) => reader.rows(size),
    };
    await reader.endRows();
  }
  if (!reader.complete) {
    throw new UserError(
      `${file.path} is incomplete, or was not created by pg_dump: it does not end with "${COMPLETE}"`,
      {
        code: 'file-damaged',
        hint: 'Copy, download or create the dump again.',
      },
    );
  }
}

/** A name as it is meant, out of bytes read as Latin-1. */
function plain(name: string | undefined): string | null {
  if (name === undefined) return null;
  const text = Buffer.from(name, 'latin1').toString('utf8');
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase();
}

class DumpReader {
  /** Line of the file at which the reader stands. */
  line = 1;
  /** Whether the dump has said that it is whole, and nothing was begun since. */
  complete = false;

  readonly #file: InputFile;
  readonly #pieces: AsyncGenerator<Uint8Array>;
  #buffer: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Bytes of the unpacked file before the buffer. */
  #before = 0;
  #inRows = false;

  constructor(file: InputFile, onRead: (bytes: number) => void) {
    this.#file = file;
    this.#pieces = readPieces(file, onRead);
  }

  /** Puts the next piece behind what has not been used. @returns false at the end of the file */
  async #fill(): Promise<boolean> {
    const { value } = await this.#pieces.next();
    if (value === undefined) return false;
    // A little of what was read stays: whether a quote counts depends on what stands before it.
    const past = Math.max(0, this.#at - LOOK_BACK);
    this.#before += past;
    this.#buffer = Buffer.concat([this.#buffer.subarray(past), value]);
    this.#at -= past;
    return true;
  }

  /**
   * The text from here to a mark, the mark included; null when the file ends first. Of long texts
   * the beginning is kept.
   */
  async #until(mark: string, from: number): Promise<string | null> {
    let kept = '';
    this.#skip(from, (text) => {
      kept += text;
    });
    for (;;) {
      const found = this.#buffer.indexOf(mark, this.#at, 'latin1');
      const end =
        found >= 0
          ? found + mark.length
          : Math.max(this.#at, this.#buffer.length - mark.length + 1);
      this.#skip(end - this.#at, (text) => {
        if (kept.length < LONGEST_STATEMENT) kept += text;
      });
      if (found >= 0) return kept;
      if (!(await this.#fill())) return null;
    }
  }

  #skip(bytes: number, keep: (text: string) => void): void {
    const text = this.#buffer.toString('latin1', this.#at, this.#at + bytes);
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.line++;
    this.#at += bytes;
    keep(text);
  }

  /**
   * The next statement without its semicolon, strings and comments read as psql reads them.
   * @returns null at the end of the file
   */
  async nextStatement(): Promise<string | null> {
    let statement = '';
    const add = (text: string) => {
      if (statement.length < LONGEST_STATEMENT) statement += text;
    };
    for (;;) {
      // As much as must be seen to know what begins here.
      while (this.#buffer.length - this.#at < 128 && (await this.#fill()));
      if (this.#at >= this.#buffer.length) {
        if (statement.trim() !== '') this.complete = false;
        return null;
      }
      const ahead = this.#buffer.toString('latin1', this.#at, this.#at + 128);
      const c = ahead[0]!;
      if (c === ';') {
        this.#at++;
        return statement.trim();
      }
      const dollar =
        c === '$' && !/[\w$]$/.test(statement.slice(-1))
          ? /^\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$/.exec(ahead)?.[0]
          : undefined;
      if (ahead.startsWith('--')) await this.#comment();
      else if (c === '\\' && statement.trim() === '') await this.#until('\n', 1);
      else if (ahead.startsWith('/*')) await this.#until('*/', 2);
      else if (c === '"') add((await this.#until('"', 1)) ?? '');
      else if (c === "'") await this.#string(/(?:^|[^\w])E$/i.test(statement.slice(-2)), add);
      else if (dollar !== undefined) await this.#until(dollar, dollar.length);
      else {
        const word = /^[^;'"$\\/-]+/.exec(ahead)?.[0] ?? c;
        this.#skip(word.length, add);
      }
      if (statement.trim() !== '') this.complete = false;
    }
  }

  async #comment(): Promise<void> {
    const text = (await this.#until('\n', 2)) ?? '';
    if (text.trimEnd() === COMPLETE) this.complete = true;
  }

  /**
   * A string in quotes; with backslashes as escapes, one before the closing quote belongs to it.
   */
  async #string(escapes: boolean, add: (text: string) => void): Promise<void> {
    add((await this.#until("'", 1)) ?? '');
    if (!escapes) return;
    const backslashes = () => {
      let count = 0;
      while (this.#at - 2 - count >= 0 && this.#buffer[this.#at - 2 - count] === 0x5c) count++;
      return count;
    };
    while (backslashes() % 2 === 1 && (await this.#until("'", 0)) !== null);
  }

  async beginRows(): Promise<void> {
    await this.#until('\n', 0);
    this.#inRows = true;
  }

  /** Passes over what is left of a block. */
  async endRows(): Promise<void> {
    for await (const _ of this.rows(1 << 20));
  }

  async *rows(size: number): AsyncGenerator<Chunk> {
    while (this.#inRows) {
      const { end, next } = this.#findEnd();
      const last = end >= 0;
      const to = last ? end : this.#buffer.lastIndexOf(0x0a) + 1;
      const long = to - this.#at;
      if (!last && long < size) {
        if (this.#buffer.length - this.#at > LONGEST_ROW) throw this.#cut();
        if (!(await this.#fill())) throw this.#cut();
        continue;
      }
      if (long > 0) {
        const bytes = this.#buffer.subarray(this.#at, to);
        const records = breaksIn(bytes);
        const chunk: Chunk = { bytes, offset: this.#before + this.#at, line: this.line, records };
        checkText(this.#file.path, chunk);
        this.#at = to;
        this.line += records;
        yield chunk;
      }
      if (last) {
        this.#at = next;
        this.line++;
        this.#inRows = false;
      }
    }
  }

  /** The line `\.` that ends a block: where it begins, and what comes after it. */
  #findEnd(): { end: number; next: number } {
    const none = { end: -1, next: -1 };
    for (let from = this.#at; ; ) {
      const first =
        from === this.#at && this.#buffer[from] === 0x5c && this.#buffer[from + 1] === 0x2e;
      const end = first ? from : this.#buffer.indexOf('\n\\.', from, 'latin1') + 1;
      if (!first && end === 0) return none;
      const lineEnd = this.#buffer.indexOf(0x0a, end);
      if (lineEnd < 0) return none;
      if (lineEnd === end + 2 || (lineEnd === end + 3 && this.#buffer[end + 2] === 0x0d))
        return { end, next: lineEnd + 1 };
      from = lineEnd;
    }
  }

  #cut(): UserError {
    return new UserError(
      `${this.#file.path} is incomplete: the rows that end on line ${this.line} are not followed by "\\."`,
      {
        code: 'file-damaged',
        hint: 'Copy, download or create the dump again.',
      },
    );
  }
}

function breaksIn(bytes: Uint8Array): number {
  let breaks = 0;
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) breaks++;
  return breaks;
}
