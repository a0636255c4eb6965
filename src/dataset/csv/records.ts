/** A CSV file as its header and chunks of complete records, checked while reading. */
import { UserError } from '../../errors.ts';
import { findInvalidByte, foreignEncoding, SAVE_AS_UTF8 } from '../../text-file.ts';
import { CsvFault, CsvScanner, type LineEnding, splitRecords } from './csv-scan.ts';
import { type InputFile, inspectFile, readPieces } from './files.ts';

/**
 * No record of this program is nearly as long; a quote that is not closed would take the rest of
 * the file.
 */
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
  /** Behind each record, within the bytes; where it was asked for. */
  readonly ends?: readonly number[];
}

/** @throws UserError that says the fact and where it was found */
export function complain(
  file: string,
  line: number,
  column: string | null,
  what: string,
  hint?: string,
): UserError {
  const where = column === null ? '' : `, column "${column}"`;
  return new UserError(`${file}, line ${line}${where}: ${what}`, {
    code: 'record-invalid',
    hint: hint ?? 'Correct the file and import it again.',
  });
}

const DIALECT =
  'A quote inside a quoted field must be doubled (""), and a field that contains a quote, comma or line break must be quoted. Numbers use a decimal point, not a comma.';

function asUserError(file: string, fault: CsvFault, columns: readonly string[]): UserError {
  const column = fault.field === null ? null : (columns[fault.field] ?? null);
  const hint = fault.message.startsWith('the line is empty')
    ? 'Remove the empty line and import the file again.'
    : fault.message.startsWith('the line ends')
      ? 'Save the file with one kind of line end throughout and import it again.'
      : DIALECT;
  return complain(file, fault.line, column, fault.message, hint);
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
  const foreign = foreignEncoding(bytes);
  if (foreign !== null)
    throw new UserError(`${file.path} is encoded in ${foreign.name}`, {
      code: 'file-not-utf8',
      hint: foreign.hint,
    });
  const start = BOM.every((byte, index) => bytes[index] === byte) ? BOM.length : 0;
  if (bytes.length === start) {
    throw new UserError(`${file.path} is empty`, {
      code: 'file-empty',
      hint: 'The first line must name the columns. Remove the file if the table has no rows.',
    });
  }
  checkSeparator(file.path, bytes.subarray(start));
  let end = bytes.length;
  try {
    const recordEnd = scanner.scan(bytes, start, bytes.length, true);
    if (recordEnd !== null) end = recordEnd;
    else if (whole) scanner.finish();
    else throw scanner.unclosed(`${LONGEST_HEADER} bytes`);
  } catch (error) {
    throw error instanceof CsvFault ? asUserError(file.path, error, []) : error;
  }
  checkText(file.path, { bytes: bytes.subarray(0, end), offset: 0, line: 1, records: 1 });
  const [header] = splitRecords(new TextDecoder().decode(bytes.subarray(start, end)), 1);
  const columns = header!.fields.map((name) => (name ?? '').trim());
  return { columns, offset: end, line: scanner.recordLine, ending: scanner.ending ?? 'lf' };
}

const SEPARATORS = [
  [';', 'semicolons'],
  ['\t', 'tabs'],
  ['|', 'vertical bars'],
] as const;
const USE_COMMAS =
  'Save it with commas between the columns ("CSV UTF-8 (comma delimited)" in spreadsheets) and with decimal points in numbers; texts that contain a comma must be quoted. R reads such a file with read.csv2(), pandas with read_csv(…, sep=";", decimal=",").';

/**
 * What a file of another dialect would be told about its quotes or columns leads astray, so its
 * first line is looked at before.
 */
function checkSeparator(file: string, bytes: Uint8Array): void {
  const lineEnd = bytes.findIndex((byte) => byte === 0x0a || byte === 0x0d);
  const first = Buffer.from(lineEnd < 0 ? bytes : bytes.subarray(0, lineEnd)).toString('latin1');
  const unquoted = first.replaceAll(/"[^"]*"/g, '');
  const count = (sign: string) => unquoted.split(sign).length - 1;
  const used = SEPARATORS.find(([sign]) => count(sign) > count(','));
  if (/^"?sep=.?"?,*$/i.test(first)) {
    const hint = `Remove that line and import the file again.${used === undefined ? '' : ` ${USE_COMMAS}`}`;
    throw complain(
      file,
      1,
      null,
      'begins with "sep=", which only some spreadsheet programs understand',
      hint,
    );
  }
  if (used !== undefined) {
    throw new UserError(`${file} is separated by ${used[1]}, not by commas`, {
      code: 'separator-not-comma',
      hint: USE_COMMAS,
    });
  }
  if (bytes[lineEnd] === 0x0d && !bytes.includes(0x0a)) {
    throw complain(
      file,
      1,
      null,
      'ends with a carriage return only, as on old Macs',
      "Save the file with the line ends of Windows or Unix, or convert it with \"tr '\\r' '\\n' < OLD > NEW\".",
    );
  }
}

/**
 * The records behind the header, in chunks of about `size` bytes.
 * @param withEnds chunks tell where each of their records ends
 * @throws UserError naming file, line and column of what is wrong
 */
export async function* readRecords(
  file: InputFile,
  header: CsvHeader,
  size: number,
  onRead: (bytes: number) => void,
  withEnds = false,
): AsyncGenerator<Chunk> {
  const scanner = new CsvScanner(header.columns.length, header.line, header.ending);
  if (withEnds) scanner.ends = [];
  let skip = header.offset;
  let buffer = Buffer.allocUnsafeSlow(size);
  let length = 0;
  let ended = 0;
  let offset = header.offset;
  let line = header.line;
  let records = 0;
  const take = (): Chunk => {
    const chunk = {
      bytes: buffer.subarray(0, ended),
      offset,
      line,
      records: scanner.records - records,
      ...(scanner.ends === null ? {} : { ends: scanner.ends.splice(0) }),
    };
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
        if (rest.length > LONGEST_RECORD)
          throw scanner.unclosed(`${LONGEST_RECORD >> 20} MB further on`);
        // Whoever took the chunk may still be sending it, so the rest moves.
        buffer = Buffer.allocUnsafeSlow(Math.max(size, 2 * rest.length + piece.length));
        rest.copy(buffer);
        length = rest.length;
        ended = 0;
      }
      buffer.set(piece, length);
      ended = scanner.scan(buffer, length, length + piece.length) ?? ended;
      length += piece.length;
    }
    if (scanner.finish()) {
      const lineEnd = header.ending === 'crlf' ? '\r\n' : '\n';
      buffer = Buffer.concat([buffer.subarray(0, length), Buffer.from(lineEnd)]);
      ended = buffer.length;
      scanner.ends?.push(ended);
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
    throw complain(
      file,
      chunk.line + breaksIn(chunk.bytes.subarray(0, nul)),
      null,
      'contains a NUL character, which PostgreSQL cannot store',
    );
  }
  const invalid = findInvalidByte(chunk.bytes);
  if (invalid !== null)
    throw complain(
      file,
      chunk.line + invalid.line,
      null,
      `is not UTF-8 text (${invalid.place})`,
      SAVE_AS_UTF8,
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
