/**
 * Finds the records of a CSV file in its bytes, without making texts of them: it knows where
 * records end, how many fields they have and whether their quotes are sound, so that what is wrong
 * is named where it begins. Whole datasets go to the server after that; of files that the program
 * reads itself, `splitRecords` makes fields.
 */

const QUOTE = 0x22;
const COMMA = 0x2c;
const LF = 0x0a;
const CR = 0x0d;
const BACKSLASH = 0x5c;
const DOT = 0x2e;

const FIELD_START = 0;
const UNQUOTED = 1;
const QUOTED = 2;
/** Behind a quote within quotes: the first of two, or the closing one. */
const AFTER_QUOTE = 3;
const AFTER_CR = 4;
/** Behind the first and the second byte of `\.` at the start of a record of one field. */
const AFTER_BACKSLASH = 5;
const AFTER_DOT = 6;

/** What is wrong with a file, and where it begins. */
export class CsvFault extends Error {
  override readonly name = 'CsvFault';
  /** Line of the file, from 1. */
  readonly line: number;
  /** Index of the field in its record, or null where no field is meant. */
  readonly field: number | null;

  constructor(message: string, line: number, field: number | null = null) {
    super(message);
    this.line = line;
    this.field = field;
  }
}

export type LineEnding = 'lf' | 'crlf';

/** Where a quotation begins: a line of the file, from 1, and a field of its record, from 0. */
interface QuoteStart {
  line: number;
  field: number;
}

interface Quotation extends Readonly<QuoteStart> {
  /** The line on which it ends. */
  readonly end: number;
}

/** Goes through a file in pieces. Between calls it remembers where in a record it stands. */
export class CsvScanner {
  /** Records that are complete. */
  records = 0;
  /** Line on which the record that is being read begins. */
  recordLine: number;
  /** How the first line ends; null before it has ended. */
  ending: LineEnding | null;
  /** Is given the index behind each record; null where nobody asks. */
  ends: number[] | null = null;

  readonly #fields: number | null;
  #state = FIELD_START;
  #line: number;
  #field = 0;
  /** Of the last quotation; one object for all, as a file has millions of them. */
  readonly #quote: QuoteStart = { line: 0, field: 0 };
  /**
   * The quotation of this record that has swallowed most lines, which is where a missing quote is
   * to be looked for; null where none is longer than its line.
   */
  #longest: Quotation | null = null;

  /** @param fields how many each record must have; null to take the next record as it is */
  constructor(fields: number | null, line = 1, ending: LineEnding | null = null) {
    this.#fields = fields;
    this.#line = line;
    this.recordLine = line;
    this.ending = ending;
  }

  /**
   * @param once stop behind the first record that ends
   * @returns the index behind the last record that ended, or null where none did
   * @throws CsvFault
   */
  scan(bytes: Uint8Array, from: number, to: number, once = false): number | null {
    let state = this.#state;
    let line = this.#line;
    let field = this.#field;
    let end: number | null = null;
    for (let i = from; i < to; i++) {
      let c = bytes[i]!;
      if (state === QUOTED) {
        for (; i < to; i++) {
          c = bytes[i]!;
          if (c === QUOTE) break;
          if (c === LF) line++;
        }
        if (i < to) state = AFTER_QUOTE;
        continue;
      }
      if (state === AFTER_BACKSLASH || state === AFTER_DOT) {
        if (state === AFTER_BACKSLASH && c === DOT) {
          state = AFTER_DOT;
          continue;
        }
        if (state === AFTER_DOT && (c === LF || c === CR)) throw loneMark(line);
        state = UNQUOTED;
      }
      if (state === UNQUOTED) {
        for (; i < to; i++) {
          c = bytes[i]!;
          if (c <= COMMA && (c === COMMA || c === LF || c === CR || c === QUOTE)) break;
        }
        if (i === to) break;
      }
      if (state === AFTER_CR && c !== LF)
        throw new CsvFault('a carriage return outside quotes', line, field);
      if (c === COMMA) {
        if (state === AFTER_QUOTE) this.#closeQuote(line);
        field++;
        state = FIELD_START;
      } else if (c === LF) {
        if (state === AFTER_QUOTE) this.#closeQuote(line);
        const isEmpty = state === FIELD_START && field === 0;
        this.#endRecord(field + 1, line, state === AFTER_CR ? 'crlf' : 'lf', isEmpty);
        line++;
        end = i + 1;
        this.ends?.push(end);
        field = 0;
        state = FIELD_START;
        this.recordLine = line;
        if (once) break;
      } else if (c === CR) {
        if (state === AFTER_QUOTE) this.#closeQuote(line);
        if (state === FIELD_START && field === 0) throw new CsvFault('the line is empty', line);
        state = AFTER_CR;
      } else if (c === QUOTE) {
        if (state === UNQUOTED)
          throw new CsvFault(
            'a quote inside a field that does not begin with a quote',
            line,
            field,
          );
        if (state === FIELD_START) {
          this.#quote.line = line;
          this.#quote.field = field;
        }
        state = QUOTED;
      } else if (state === AFTER_QUOTE) {
        throw this.#strayAfterQuote(bytes, i, to, line);
      } else {
        // Servers before 18 take a line that is `\.` and nothing else for the end of the data.
        state = c === BACKSLASH && this.#fields === 1 && field === 0 ? AFTER_BACKSLASH : UNQUOTED;
      }
    }
    this.#state = state;
    this.#line = line;
    this.#field = field;
    return end;
  }

  /**
   * The file has ended.
   * @returns true when its last record lacks the line break
   * @throws CsvFault when it ends within quotes
   */
  finish(): boolean {
    if (this.#state === FIELD_START && this.#field === 0) return false;
    if (this.#state === QUOTED) throw this.unclosed('the end of the file');
    if (this.#state === AFTER_DOT) throw loneMark(this.#line);
    if (this.#state === AFTER_CR)
      throw new CsvFault('the file ends with a carriage return', this.#line);
    if (this.#state === AFTER_QUOTE) this.#closeQuote(this.#line);
    this.#endRecord(this.#field + 1, this.#line, this.ending ?? 'lf', false);
    this.#state = FIELD_START;
    this.#field = 0;
    return true;
  }

  /** What is wrong when a record does not end. */
  unclosed(where: string): CsvFault {
    return this.#state === QUOTED
      ? this.#faultOfQuote(`the quote that opens here is not closed before ${where}`)
      : new CsvFault(`the record that begins here does not end before ${where}`, this.recordLine);
  }

  #closeQuote(end: number): void {
    const { line, field } = this.#quote;
    const longest = this.#longest === null ? 0 : this.#longest.end - this.#longest.line;
    if (end - line > longest) this.#longest = { line, field, end };
  }

  #endRecord(width: number, line: number, ending: LineEnding, isEmpty: boolean): void {
    if (this.ending === null) this.ending = ending;
    else if (this.ending !== ending) {
      const named = { lf: 'a line feed', crlf: 'a carriage return and a line feed' };
      throw new CsvFault(
        `the line ends with ${named[ending]}, the first one with ${named[this.ending]}`,
        line,
      );
    }
    if (isEmpty) throw new CsvFault('the line is empty', line);
    if (this.#fields !== null && width !== this.#fields) {
      const count = `${width} field${width === 1 ? '' : 's'} where the header has ${this.#fields}`;
      throw this.#longest === null
        ? new CsvFault(count, this.recordLine)
        : new CsvFault(
            `the quote that opens here closes on line ${this.#longest.end} only, and the record then has ${count}`,
            this.#longest.line,
            this.#longest.field,
          );
    }
    this.#longest = null;
    this.records++;
  }

  #strayAfterQuote(bytes: Uint8Array, at: number, to: number, line: number): CsvFault {
    const next = JSON.stringify(
      new TextDecoder().decode(bytes.subarray(at, Math.min(at + 12, to))).replace(/\uFFFD+$/, ''),
    );
    const where = line === this.#quote.line ? '' : ` on line ${line}`;
    return this.#faultOfQuote(`the quote that opens here is closed${where} before ${next}`);
  }

  #faultOfQuote(message: string): CsvFault {
    return new CsvFault(message, this.#quote.line, this.#quote.field);
  }
}

function loneMark(line: number): CsvFault {
  return new CsvFault('a lone \\. must be quoted', line, 0);
}

/** A record as texts. An unquoted empty field is NULL, a quoted one the empty string. */
export interface CsvRecord {
  /** Line of the file on which the record begins, from 1. */
  readonly line: number;
  readonly fields: readonly (string | null)[];
}

/**
 * The fields of records that a scanner has passed.
 * @param text whole records
 * @param line on which the first one begins
 */
export function* splitRecords(text: string, line: number): Generator<CsvRecord> {
  const unquoted = /[^,\r\n]*/y;
  let at = 0;
  while (at < text.length) {
    const begun = line;
    const fields: (string | null)[] = [];
    do {
      if (fields.length > 0) at++;
      if (text[at] === '"') {
        const open = at + 1;
        at = text.indexOf('"', open);
        while (text[at + 1] === '"') at = text.indexOf('"', at + 2);
        const field = text.slice(open, at);
        for (let end = field.indexOf('\n'); end >= 0; end = field.indexOf('\n', end + 1)) line++;
        fields.push(field.replaceAll('""', '"'));
        at++;
      } else {
        unquoted.lastIndex = at;
        const field = unquoted.exec(text)![0];
        fields.push(field === '' ? null : field);
        at += field.length;
      }
    } while (text[at] === ',');
    at += text[at] === '\r' ? 2 : 1;
    line++;
    yield { line: begun, fields };
  }
}

/**
 * The line on which the server's `n`-th line begins. It counts records, and within quotes the line
 * breaks of the kind that it has seen to end a line: in its first record it has seen none yet.
 * @param pieces the bytes of whole records, from the first that the server counted
 */
export async function lineOfServer(
  pieces: AsyncIterable<Uint8Array>,
  n: number,
  firstLine: number,
): Promise<number> {
  let line = firstLine;
  let recordLine = firstLine;
  let counted = 1;
  let breaks = CR;
  let quoted = false;
  let last = 0;
  for await (const bytes of pieces) {
    for (const c of bytes) {
      if (c === QUOTE) quoted = !quoted;
      else if (quoted && c === breaks) counted++;
      if (c === LF) {
        line++;
        if (!quoted) {
          if (counted >= n) return recordLine;
          breaks = last === CR ? CR : LF;
          counted++;
          recordLine = line;
        }
      }
      last = c;
    }
  }
  return recordLine;
}
