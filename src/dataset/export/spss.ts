/**
 * SPSS system files (`.sav`), uncompressed, in UTF-8: the records that PSPP documents in "System
 * File Format". Names have at most 64 bytes, labels of variables 255, of values 120, and texts
 * 32,767.
 */
import { int32s, stampOf } from './binary.ts';
import {
  ABSENCE_LABELS,
  ABSENCES,
  type Cell,
  codeOf,
  fitting,
  type LabelledColumn,
  type LabelledRow,
  type LabelledSink,
  type LabelledTable,
  type Level,
  legalNames,
} from './labelled.ts';

const LONGEST_TEXT = 32_767;
const LONGEST_LABEL = 255;
const LONGEST_VALUE_LABEL = 120;
/** A longer text is stored as several variables of this width. */
const SEGMENT = 255;
/** What each but the last of them counts in the width of the whole. */
const EFFECTIVE_SEGMENT = 252;
const RESERVED = new Set('all and by eq ge gt le lt ne not or to with'.split(' '));
const LEVELS: Readonly<Record<Level, number>> = { nominal: 1, ordinal: 2, scale: 3 };
const NUMERIC_FORMAT = 5;
const TEXT_FORMAT = 1;
const SYSTEM_MISSING = -Number.MAX_VALUE;
/** The lowest number that is not the system-missing value. */
const LOWEST = -1.797_693_134_862_315_5e308;
const UTF8 = 65_001;

/** A variable of the file: a column, or a segment of one. */
interface Variable {
  readonly short: string;
  /** 0 for a number. */
  readonly width: number;
  readonly column: LabelledColumn;
  /** From 1, as value labels name it: in units of 8 bytes. */
  readonly index: number;
  readonly isFirst: boolean;
}

interface TextShape {
  /** Bytes of the whole. */
  readonly width: number;
  readonly segments: readonly number[];
}

/** @throws RangeError for cells that are not of their column's kind */
export function spssFile(table: LabelledTable): LabelledSink {
  const shapes = table.columns.map(({ kind }, at) =>
    kind === 'number' ? null : shapeOfText(table.texts[at]!.most),
  );
  const names = spssNames(table.columns.map(({ name }) => name));
  const variables = layOut(table.columns, shapes);
  const units = variables.reduce((sum, { width }) => sum + unitsOf(width), 0);
  const head = Buffer.concat([
    fileHeader(table, units),
    ...variables.map((one) => variableRecord(one, table.floor)),
    ...variables.filter(({ isFirst }) => isFirst).map((one) => valueLabels(one, table.floor)),
    ...extensions(variables, names, shapes),
    int32s(999, 0),
  ]);
  const row = (cells: LabelledRow) => {
    const bytes = Buffer.alloc(8 * units, ' ');
    let at = 0;
    for (const [column, cell] of cells.entries())
      at = put(bytes, at, cell, shapes[column] ?? null, table.floor);
    return bytes;
  };
  return {
    sections: [{ head, row }],
    tail: Buffer.alloc(0),
    cut: table.columns.flatMap(({ name }, at) =>
      table.texts[at]!.most > LONGEST_TEXT ? [name] : [],
    ),
  };
}

/** Names as SPSS takes them. */
export function spssNames(names: readonly string[]): readonly string[] {
  return legalNames(names, {
    reserved: RESERVED,
    fits: (name) => Buffer.byteLength(name) <= 64,
  });
}

function shapeOfText(bytes: number): TextShape {
  const width = Math.min(Math.max(bytes, 1), LONGEST_TEXT);
  if (width <= SEGMENT) return { width, segments: [width] };
  const count = Math.ceil(width / EFFECTIVE_SEGMENT);
  return {
    width,
    segments: Array.from({ length: count }, (_, at) =>
      at < count - 1 ? SEGMENT : width - EFFECTIVE_SEGMENT * (count - 1),
    ),
  };
}

function layOut(
  columns: readonly LabelledColumn[],
  shapes: readonly (TextShape | null)[],
): readonly Variable[] {
  const variables: Variable[] = [];
  let index = 1;
  columns.forEach((column, at) => {
    for (const [segment, width] of (shapes[at]?.segments ?? [0]).entries()) {
      variables.push({
        short: `V${variables.length + 1}`,
        width,
        column,
        index,
        isFirst: segment === 0,
      });
      index += unitsOf(width);
    }
  });
  return variables;
}

function unitsOf(width: number): number {
  return width === 0 ? 1 : Math.ceil(width / 8);
}

function fileHeader({ title, count, made }: LabelledTable, units: number): Buffer {
  const { day, month, year, hour, minute, second } = stampOf(made);
  return Buffer.concat([
    Buffer.from('$FL2'),
    padded('@(#) SPSS DATA FILE personality-trap', 60),
    int32s(2, units, 0, 0, count),
    doubles(100),
    Buffer.from(`${day} ${month} ${year.slice(-2)}${hour}:${minute}:${second}`),
    padded(fitting(title, 64), 64),
    Buffer.alloc(3),
  ]);
}

function variableRecord(variable: Variable, floor: number): Buffer {
  const { width, short, column, isFirst } = variable;
  const format =
    width > 0
      ? (TEXT_FORMAT << 16) | (width << 8)
      : (NUMERIC_FORMAT << 16) | (12 << 8) | column.decimals;
  const missing = isFirst ? missingOf(column, floor) : [];
  const label = Buffer.from(isFirst ? fitting(column.label, LONGEST_LABEL) : '');
  return Buffer.concat([
    int32s(2, width, label.length > 0 ? 1 : 0, missingCount(missing, column), format, format),
    padded(short, 8),
    ...(label.length > 0 ? [int32s(label.length), padded(label, up(label.length, 4))] : []),
    doubles(...missing),
    ...Array.from({ length: unitsOf(width) - 1 }, () =>
      Buffer.concat([int32s(2, -1, 0, 0, 0, 0), padded('', 8)]),
    ),
  ]);
}

/** A range for the reasons, and one value besides: more cannot be declared. */
function missingOf(column: LabelledColumn, floor: number): readonly number[] {
  const own = column.missing.length === 1 ? column.missing : [];
  if (column.kind === 'text') return [];
  if (!column.hasReasons) return own;
  return [codeOf(ABSENCES.at(-1)!, floor), codeOf(ABSENCES[0], floor), ...own];
}

/** Negative where the first two are the ends of a range. */
function missingCount(values: readonly number[], { hasReasons }: LabelledColumn): number {
  return hasReasons && values.length > 0 ? -values.length : values.length;
}

function valueLabels({ column, index }: Variable, floor: number): Buffer {
  if (column.kind === 'text') return Buffer.alloc(0);
  const labels: (readonly [number, string])[] = [
    ...column.labels,
    ...(column.hasReasons
      ? ABSENCES.map((one) => [codeOf(one, floor), ABSENCE_LABELS[one]] as const)
      : []),
  ];
  if (labels.length === 0) return Buffer.alloc(0);
  return Buffer.concat([
    int32s(3, labels.length),
    ...labels.map(([value, text]) => {
      const label = Buffer.from(fitting(text, LONGEST_VALUE_LABEL));
      return Buffer.concat([
        doubles(value),
        Buffer.from([label.length]),
        padded(label, up(label.length + 1, 8) - 1),
      ]);
    }),
    int32s(4, 1, index),
  ]);
}

function extensions(
  variables: readonly Variable[],
  names: readonly string[],
  shapes: readonly (TextShape | null)[],
): readonly Buffer[] {
  const first = variables.filter(({ isFirst }) => isFirst);
  const long = first.flatMap(({ short }, at) => {
    const width = shapes[at]?.width ?? 0;
    return width > SEGMENT ? [`${short}=${String(width).padStart(5, '0')}\0\t`] : [];
  });
  return [
    extension(3, 4, int32s(1, 0, 0, -1, 1, 1, 2, UTF8)),
    extension(4, 8, doubles(SYSTEM_MISSING, Number.MAX_VALUE, LOWEST)),
    extension(
      11,
      4,
      int32s(
        ...variables.flatMap(({ column, width }) => [
          LEVELS[column.level],
          width === 0 ? 10 : Math.min(width, 40),
          width === 0 ? 1 : 0,
        ]),
      ),
    ),
    extension(13, 1, Buffer.from(first.map(({ short }, at) => `${short}=${names[at]}`).join('\t'))),
    ...(long.length === 0 ? [] : [extension(14, 1, Buffer.from(long.join('')))]),
    extension(20, 1, Buffer.from('UTF-8')),
  ];
}

function extension(subtype: number, size: number, content: Buffer): Buffer {
  return Buffer.concat([int32s(7, subtype, size, content.length / size), content]);
}

/** Writes a cell into a row, and returns where the next one begins. */
function put(row: Buffer, at: number, cell: Cell, shape: TextShape | null, floor: number): number {
  if (shape !== null) return putText(row, at, cell, shape);
  if (typeof cell === 'string') throw new RangeError('A text stands in a column of numbers');
  const value = cell === null ? SYSTEM_MISSING : cell;
  return row.writeDoubleLE(typeof value === 'number' ? value : codeOf(value.absent, floor), at);
}

/** Each segment but the last holds 255 bytes of the text and one of padding. */
function putText(row: Buffer, at: number, cell: Cell, { width, segments }: TextShape): number {
  if (typeof cell === 'number') throw new RangeError('A number stands in a column of texts');
  const text = Buffer.from(typeof cell === 'string' ? fitting(cell, width) : '');
  let place = at;
  for (const [number, segment] of segments.entries()) {
    const end = number === segments.length - 1 ? width : (number + 1) * SEGMENT;
    text.subarray(number * SEGMENT, end).copy(row, place);
    place += unitsOf(segment) * 8;
  }
  return place;
}

function padded(text: string | Buffer, bytes: number): Buffer {
  const content = Buffer.from(text);
  return Buffer.concat([content, Buffer.alloc(Math.max(0, bytes - content.length), ' ')], bytes);
}

function up(bytes: number, multiple: number): number {
  return Math.ceil(bytes / multiple) * multiple;
}

function doubles(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [at, value] of values.entries()) bytes.writeDoubleLE(value, 8 * at);
  return bytes;
}
