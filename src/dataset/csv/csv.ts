/**
 * CSV in the dialect of PostgreSQL's COPY: an unquoted empty field is NULL, a quoted one the empty
 * string; quotes are doubled; fields may hold commas, newlines and any Unicode.
 */
import { type CsvRecord, splitRecords } from './csv-scan.ts';
import { inspectFile } from './files.ts';
import { readHeader, readRecords } from './records.ts';

const CHUNK = 1 << 20;

/**
 * Reads a file record by record, the header first.
 * @throws UserError naming file, line and field where the file is no CSV of this dialect
 */
export async function* readCsv(path: string): AsyncGenerator<CsvRecord> {
  const file = inspectFile(path);
  const header = await readHeader(file);
  yield { line: 1, fields: header.columns };
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  for await (const { bytes, line } of readRecords(file, header, CHUNK, () => {}))
    yield* splitRecords(decoder.decode(bytes), line);
}

/**
 * One record with its line break. Only what needs quotes has them: an empty text does, so that it
 * is not NULL.
 */
export function csvLine(fields: readonly (string | number | null)[]): string {
  return `${fields.map((field) => (field === null ? '' : quoted(String(field)))).join(',')}\n`;
}

function quoted(text: string): string {
  return text === '' || /[",\r\n]/.test(text) || text === '\\.'
    ? `"${text.replaceAll('"', '""')}"`
    : text;
}
