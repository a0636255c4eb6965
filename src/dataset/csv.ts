/**
 * CSV in the dialect of PostgreSQL's COPY: an unquoted empty field is NULL, a quoted one the empty string; quotes are
 * doubled; fields may hold commas, newlines and any Unicode.
 */
import { createReadStream } from 'node:fs';
import { CsvError, parse } from 'csv-parse';
import { messageOf, UserError } from '../errors.ts';

export interface CsvRecord {
  /** Line of the file on which the record begins, from 1. */
  readonly line: number;
  readonly fields: readonly (string | null)[];
}

interface Parsed {
  readonly record: (string | null)[];
  readonly info: { readonly lines: number };
}

/**
 * Reads a file record by record, the header first.
 * @throws UserError naming file, line and field where the file is no CSV of this dialect
 */
export async function* readCsv(file: string): AsyncGenerator<CsvRecord> {
  const parser = parse({
    bom: true,
    encoding: 'utf8',
    info: true,
    record_delimiter: ['\r\n', '\n'],
    cast: (value, context) => (value === '' && !context.quoting ? null : value),
  });
  const source = createReadStream(file);
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  let line = 1;
  try {
    for await (const { record, info } of parser as AsyncIterable<Parsed>) {
      yield { line, fields: record };
      line = info.lines + 1;
    }
  } catch (error) {
    if (error instanceof CsvError) throw malformed(file, line, error);
    if ((error as NodeJS.ErrnoException).syscall !== undefined) {
      throw new UserError(`${file} cannot be read: ${messageOf(error)}`, { hint: 'Check the name and the permissions of the file.' });
    }
    throw error;
  } finally {
    source.destroy();
  }
}

function malformed(file: string, recordLine: number, error: CsvError): UserError {
  const { lines, column } = error as unknown as { lines?: number; column?: number | string };
  const where = `${file}, line ${lines ?? recordLine}${typeof column === 'number' ? `, field ${column + 1}` : ''}`;
  const begun = lines !== undefined && lines !== recordLine ? ` The record begins on line ${recordLine}.` : '';
  return new UserError(`${where}: ${error.message.replace(/\.?$/, '.')}${begun} Nothing was imported.`, {
    hint: 'A quote inside a quoted field must be doubled (""), and a field that holds a quote, comma or newline must be quoted.',
  });
}

/** One record with its line break. Only what needs quotes has them: an empty text does, so that it is not NULL. */
export function csvLine(fields: readonly (string | number | null)[]): string {
  return `${fields.map((field) => (field === null ? '' : quoted(String(field)))).join(',')}\n`;
}

function quoted(text: string): string {
  return text === '' || /[",\r\n]/.test(text) || text === '\\.' ? `"${text.replaceAll('"', '""')}"` : text;
}
