/** Rows of values as CSV, JSON lines, Parquet, SPSS or Stata. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { SchemaElement } from 'hyparquet';
import { csvLine } from '../csv/csv.ts';
import type { Value } from './export-store.ts';

/** Of every table. */
export const TABLE_FORMATS = ['csv', 'jsonl', 'parquet'] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];
/** Of wide files alone: the other tables have no labels, and texts that are too long. */
const LABELLED_FORMATS = ['sav', 'dta'] as const;
export type LabelledFormat = (typeof LABELLED_FORMATS)[number];
export const FORMATS = [...TABLE_FORMATS, ...LABELLED_FORMATS] as const;
export type Format = (typeof FORMATS)[number];

export function isLabelled(format: Format): format is LabelledFormat {
  return (LABELLED_FORMATS as readonly string[]).includes(format);
}

/**
 * `date`: YYYY-MM-DD; `instant` (in UTC) and `timestamp` (of no known zone): microseconds since 1970 as text; `bytes`:
 * hexadecimal text; `bigint`: text.
 */
export type ColumnType =
  | 'integer'
  | 'bigint'
  | 'double'
  | 'boolean'
  | 'string'
  | 'json'
  | 'date'
  | 'instant'
  | 'timestamp'
  | 'bytes';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

export interface RowSink {
  /** @param rows of values in the order of the columns */
  write(rows: readonly (readonly Value[])[]): Promise<void>;
  /** Ends the file. Without it the file is not whole. */
  close(): Promise<void>;
  /** Gives the file up. */
  abandon(): void;
}

export async function openSink(
  format: TableFormat,
  file: string,
  columns: readonly Column[],
): Promise<RowSink> {
  return format === 'parquet' ? parquetSink(file, columns) : textSink(format, file, columns);
}

function textSink(format: 'csv' | 'jsonl', file: string, columns: readonly Column[]): RowSink {
  const stream = createWriteStream(file);
  // Told by whichever write or close meets it.
  const ended = finished(stream);
  ended.catch(() => {});
  const send = async (text: string) => {
    if (stream.errored !== null) await ended;
    if (!stream.write(text)) await Promise.race([once(stream, 'drain'), ended]);
  };
  const csvValue = (value: Value) => (typeof value === 'boolean' ? (value ? 't' : 'f') : value);
  const line =
    format === 'csv'
      ? (row: readonly Value[]) => csvLine(row.map(csvValue))
      : (row: readonly Value[]) =>
          `${JSON.stringify(Object.fromEntries(columns.map(({ name }, at) => [name, row[at]!])))}\n`;
  let header = format === 'csv' ? csvLine(columns.map((column) => column.name)) : '';
  const takeHeader = () => {
    const text = header;
    header = '';
    return text;
  };
  return {
    write: (rows) => send(takeHeader() + rows.map(line).join('')),
    async close() {
      stream.end(takeHeader());
      await ended;
    },
    abandon: () => stream.destroy(),
  };
}

type ParquetType = Pick<SchemaElement, 'type' | 'converted_type' | 'logical_type'>;

/** Without its logical type, polars, DuckDB and fastparquet read an instant as of no zone. */
const micros = (isAdjustedToUTC: boolean): ParquetType => ({
  type: 'INT64',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC, unit: 'MICROS' },
});

export const PARQUET: Readonly<Record<ColumnType, ParquetType>> = {
  integer: { type: 'INT32' },
  bigint: { type: 'INT64' },
  double: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  // As text: a number that JavaScript cannot hold stays what it is.
  json: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  date: { type: 'INT32', logical_type: { type: 'DATE' }, converted_type: 'DATE' },
  instant: { ...micros(true), converted_type: 'TIMESTAMP_MICROS' },
  timestamp: micros(false),
  bytes: { type: 'BYTE_ARRAY' },
};

async function parquetSink(file: string, columns: readonly Column[]): Promise<RowSink> {
  const { fileWriter, ParquetWriter } = await import('hyparquet-writer');
  const schema: SchemaElement[] = [
    { name: 'root', num_children: columns.length },
    ...columns.map(
      ({ name, type }): SchemaElement => ({ name, repetition_type: 'OPTIONAL', ...PARQUET[type] }),
    ),
  ];
  const parquet = new ParquetWriter({
    writer: fileWriter(file),
    schema,
    createdBy: 'personality-trap',
  });
  return {
    async write(rows) {
      if (rows.length === 0) return;
      await parquet.write({
        columnData: columns.map(({ name, type }, at) => ({
          name,
          data: rows.map((row) => parquetValue(type, row[at]!)),
          // What fastparquet reads wrongly: booleans in runs, and dictionaries in some row groups.
          ...(type === 'boolean' || PARQUET[type].type === 'BYTE_ARRAY'
            ? { encoding: 'PLAIN' as const }
            : {}),
        })),
        rowGroupSize: rows.length,
      });
    },
    async close() {
      await parquet.finish();
    },
    abandon() {},
  };
}

function parquetValue(type: ColumnType, value: Value): Value | bigint | Date | Uint8Array {
  if (value === null) return null;
  if (type === 'bigint' || type === 'instant' || type === 'timestamp')
    return BigInt(value as string);
  if (type === 'date') return new Date(value as string);
  return type === 'bytes' ? Buffer.from(value as string, 'hex') : value;
}
