/** A CSV file as its header and chunks of whole records, checked on the way. */
import { isUtf8 } from 'node:buffer';
import { UserError } from '../errors.ts';
import { CsvFault, CsvScanner, type LineEnding } from './csv-scan.ts';
import { type InputFile, inspectFile, readPieces } from './files.ts';

/** No record of this program is nearly as long; a quote that is not closed would take the rest of the file. */
const LONGEST_RECORD = 32 << 20;
const LONGEST_HEADER = 1 << 20;
const BOM = [0xef, 0xbb, 0xbf];

export interface CsvHeader {
  readonly columns: readonly string[];
  /** Where the records begin. */
  readonly offset: number;
  readonly line: number;
  readonly ending: LineEnding;
}

export interface Chunk {
  readonly bytes: Uint8Array;
  /** Where it begins in the unpacked file. */
  readonly offset: number;
  /** Line of the file on which it begins. */
  readonly line: number;
  readonly records: number;
}

/** @throws UserError that says the fact and where it was found */
export function complain(file: string, line: number, column: string | null, what: string, hint?: string): UserError {
  const where = column === null ? '' : `, column "${column}"`;
  return new UserError(`${file}, line ${line}${where}: ${what}. Nothing was imported.`, {
    hint: hint ?? 'Correct the file and import it again.',
  });
}

const DIALECT = 'A quote inside a quoted field must be doubled (""), and a field that holds a quote, comma or line break must be quoted.';

function asUserError(file: string, fault: CsvFault, columns: readonly string[]): UserError {
  const ofLines = /^the line (?:is empty|ends)/.test(fault.message);
  const column = fault.field === null ? null : (columns[fault.field] ?? null);
  return complain(file, fault.line, column, fault.message, ofLines ? undefined : DIALECT);
}

/** @throws UserError for a file without a header line, or one that is no CSV */
export async function readHeader(file: InputFile): Promise<CsvHeader> {
  const scanner = new CsvScanner(null);
  let bytes: Uint8Array = new Uint8Array();
  let whole = true;
  for await (const piece of readPieces(file)) {
    bytes = Buffer.concat([bytes, piece]);
    if (bytes.includes(0x0a) || bytes.length > LONGEST_HEADER) {
      whole = false;
      break;
    }
  }
  const start = BOM.every((byte, index) => bytes[index] === byte) ? BOM.length : 0;
  if (bytes.length === start) {
    throw new UserError(`${file.path} is empty. Nothing was imported.`, {
      hint: 'The first line must name the columns. Leave the file out if it has nothing to say.',
    });
  }
  try {
    scanner.scan(bytes, start, bytes.length, true);
    if (scanner.recordEnd < 0) {
      if (!whole) throw scanner.unclosed(`${LONGEST_HEADER} bytes`);
      scanner.finish();
      scanner.recordEnd = bytes.length;
    }
  } catch (error) {
    throw error instanceof CsvFault ? asUserError(file.path, error, []) : error;
  }
  const end = scanner.recordEnd;
  checkText(file.path, { bytes: bytes.subarray(0, end), offset: 0, line: 1, records: 1 });
  const text = new TextDecoder().decode(bytes.subarray(start, end)).replace(/\r?\n$/, '');
  return { columns: fieldsOf(text), offset: end, line: scanner.recordLine, ending: scanner.ending ?? 'lf' };
}

/** The fields of one record that is known to be sound. */
function fieldsOf(record: string): string[] {
  return [...record.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((match) =>
    (match[1] === undefined ? match[2]! : match[1].replaceAll('""', '"')).trim(),
  );
}

/**
 * The records behind the header, in chunks of about `size` bytes.
 * @throws UserError naming file, line and column of what is wrong
 */
export async function* readRecords(
  file: InputFile,
  header: CsvHeader,
  size: number,
  onRead: (bytes: number) => void,
): AsyncGenerator<Chunk> {
  const scanner = new CsvScanner(header.columns.length, header.line, header.ending);
  let skip = header.offset;
  let buffer = Buffer.allocUnsafeSlow(size);
  let length = 0;
  let ended = 0;
  let offset = header.offset;
  let line = header.line;
  let records = 0;
  const take = (): Chunk => {
    const chunk = { bytes: buffer.subarray(0, ended), offset, line, records: scanner.records - records };
    checkText(file.path, chunk);
    offset += ended;
    line = scanner.recordLine;
    records = scanner.records;
    return chunk;
  };
  try {
    for await (const whole of readPieces(file, onRead)) {
      const piece = skip < whole.length ? whole.subarray(skip) : whole.subarray(whole.length);
      skip -= whole.length - piece.length;
      if (length + piece.length > buffer.length) {
        const rest = buffer.subarray(ended, length);
        if (ended > 0) yield take();
        if (rest.length > LONGEST_RECORD) throw scanner.unclosed(`${LONGEST_RECORD >> 20} MB further on`);
        // Whoever took the chunk may still be sending it, so the rest moves.
        buffer = Buffer.allocUnsafeSlow(Math.max(size, 2 * rest.length + piece.length));
        rest.copy(buffer);
        length = rest.length;
        ended = 0;
      }
      buffer.set(piece, length);
      scanner.scan(buffer, length, length + piece.length);
      length += piece.length;
      if (scanner.recordEnd >= 0) ended = scanner.recordEnd;
    }
    if (scanner.finish()) {
      const lineEnd = header.ending === 'crlf' ? '\r\n' : '\n';
      buffer = Buffer.concat([buffer.subarray(0, length), Buffer.from(lineEnd)]);
      ended = buffer.length;
    }
    if (ended > 0) yield take();
  } catch (error) {
    throw error instanceof CsvFault ? asUserError(file.path, error, header.columns) : error;
  }
}

/** @throws UserError where bytes are no text that PostgreSQL can store */
export function checkText(file: string, chunk: Chunk): void {
  const nul = chunk.bytes.indexOf(0);
  if (nul >= 0) {
    throw complain(file, chunk.line + breaksIn(chunk.bytes.subarray(0, nul)), null, 'holds a NUL character, which PostgreSQL cannot store');
  }
  if (isUtf8(chunk.bytes)) return;
  let line = chunk.line;
  for (let from = 0; ; line++) {
    const to = chunk.bytes.indexOf(0x0a, from);
    if (to < 0 || !isUtf8(chunk.bytes.subarray(from, to))) break;
    from = to + 1;
  }
  throw complain(
    file,
    line,
    null,
    'is not UTF-8 text',
    'Save the file as UTF-8 ("iconv -f LATIN1 -t UTF-8" turns Western European text into it).',
  );
}

function breaksIn(bytes: Uint8Array): number {
  let breaks = 0;
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) breaks++;
  return breaks;
}

/** The unpacked content from a byte on. */
export async function* piecesFrom(path: string, offset: number): AsyncGenerator<Uint8Array> {
  let skip = offset;
  for await (const piece of readPieces(inspectFile(path))) {
    if (skip >= piece.length) skip -= piece.length;
    else {
      yield piece.subarray(skip);
      skip = 0;
    }
  }
}
