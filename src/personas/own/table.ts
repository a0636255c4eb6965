/** Reads a table of one's own: a CSV file in whatever encoding and with whatever separator. */
import { readFileSync } from 'node:fs';
import { type CsvError, parse } from 'csv-parse/sync';
import { messageOf, UserError } from '../../errors.ts';
import { shownText } from '../../text-file.ts';
import { type DecodedText, decodeTable } from './encoding.ts';

/** One row: column to text. Empty cells are empty texts. */
export type OwnRow = Readonly<Record<string, string>>;

export interface OwnTable extends Pick<DecodedText, 'encoding' | 'doubtful'> {
  /** In the order of the file. */
  readonly columns: readonly string[];
  readonly rows: readonly OwnRow[];
  readonly separator: string;
}

export interface TableFormat {
  /** As `TextDecoder` knows it, e.g. `utf-8`, `windows-1252`; recognised where it is left out. */
  readonly encoding?: string | undefined;
  /** One character; recognised from the header where it is left out. */
  readonly separator?: string | undefined;
}

const SEPARATORS = [',', ';', '\t', '|'];

/**
 * A first column without a name is left out: R and pandas write the names of the rows there.
 * @throws UserError naming the file, and the line of what is wrong
 */
export function readTable(file: string, format: TableFormat = {}): OwnTable {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${messageOf(error)}`, {
      code: 'file-unreadable',
      hint: 'Check the path and the permissions of the file.',
      cause: error,
    });
  }
  const { text, encoding, doubtful } = decodeTable(file, bytes, format.encoding);
  const separator = format.separator ?? separatorOf(text);
  const [header, ...lines] = parseLines(file, text, separator);
  const names = (header?.record ?? []).map((name) => name.trim());
  const first = names.length > 1 && names[0] === '' ? 1 : 0;
  const columns = names.slice(first);
  requireColumns(file, columns);
  const rows = lines.map(({ record }) =>
    Object.fromEntries(columns.map((name, index) => [name, record[first + index] ?? ''])),
  );
  if (rows.length === 0)
    throw new UserError(`${file} has no rows`, {
      code: 'file-empty',
      hint: 'The first line names the columns; each further line is a row.',
    });
  return { columns, rows, encoding, doubtful, separator };
}

/** The separator that the header has most often, outside quotes. */
function separatorOf(text: string): string {
  const header = (/^[^\r\n]*/.exec(text)?.[0] ?? '').replaceAll(/"[^"]*"/g, '');
  const counts = SEPARATORS.map((separator) => header.split(separator).length - 1);
  return SEPARATORS[counts.indexOf(Math.max(...counts))]!;
}

interface Line {
  readonly record: readonly string[];
}

function parseLines(file: string, text: string, delimiter: string): Line[] {
  try {
    return parse(text, { delimiter, info: true, skip_empty_lines: true }) as unknown as Line[];
  } catch (error) {
    const { message, lines } = error as CsvError & { readonly lines?: number };
    throw new UserError(
      `${file}${lines === undefined ? '' : `, line ${lines}`}: ${shownText(message, 160)}`,
      {
        code: 'record-invalid',
        hint: 'Every line needs as many fields as the header; put texts with separators, quotes or line breaks in double quotes.',
        cause: error,
      },
    );
  }
}

function requireColumns(file: string, columns: readonly string[]): void {
  const empty = columns.indexOf('');
  if (empty >= 0)
    throw new UserError(`${file}: column ${empty + 1} has no name`, {
      code: 'column-missing',
      hint: 'The first line must name every column.',
    });
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined)
    throw new UserError(`${file}: the column "${shownText(twice)}" occurs twice`, {
      code: 'column-duplicate',
      hint: 'Remove or rename one of them.',
    });
}
