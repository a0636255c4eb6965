/**
 * Stata files (`.dta`) of release 118, which Stata 14 and later read: its manual page "dta" has the
 * format. Names have at most 32 characters, and labels of variables 80. A column with a text of more
 * than 2,045 bytes is a strL: its cells name texts that follow the rows. Reasons why there is no
 * answer are the extended missing values `.a`, `.b`, …
 */
import { int32s, stampOf } from './binary.ts';
import {
  ABSENCE_LABELS,
  ABSENCES,
  type Absence,
  type Cell,
  type LabelledColumn,
  type LabelledRow,
  type LabelledSink,
  type LabelledTable,
  legalNames,
} from './labelled.ts';

/** Of a column whose texts stand in the rows. */
const LONGEST_TEXT = 2045;
const LONGEST_LABEL = 80;
const DOUBLE = 65_526;
const STRL = 32_768;
/** Bytes of a strL before its text and of the zero after it. */
const [STRL_HEAD, STRL_END] = [20, 1] as const;
/** Of a strL, that it is a text and not bytes. */
const STRL_TEXT = 130;
/** Bytes of the fields that hold a name, a format and a label of a variable. */
const [NAME, FORMAT, LABEL] = [129, 57, 321] as const;
const RESERVED = new Set(
  [
    ...['_all', '_b', '_coef', '_cons', '_n', '_pi', '_pred', '_rc', '_skip', 'byte', 'double'],
    ...['float', 'if', 'in', 'int', 'long', 'using', 'with', 'strl'],
  ].concat(Array.from({ length: 2045 }, (_, at) => `str${at + 1}`)),
);
/** The bits of `.` and what is added to them for each letter, as a double and as a long. */
const MISSING_DOUBLE = 0x7fe0_0000_0000_0000n;
const LETTER_DOUBLE = 0x0000_0100_0000_0000n;
const MISSING_LONG = 2_147_483_621;

export function stataFile(table: LabelledTable): LabelledSink {
  const { columns } = table;
  const kinds = columns.map(({ kind }, at) =>
    kind === 'number' ? kind : kindOfText(table.texts[at]!.most),
  );
  const rowBytes = kinds.reduce<number>(
    (sum, kind) => sum + (typeof kind === 'number' ? kind : 8),
    0,
  );
  const names = stataNames(columns.map(({ name }) => name));
  const labels = columns.map((column, at) =>
    hasLabels(column) ? { name: names[at]!, column } : null,
  );
  const header = headerOf(table);
  const sections = [
    tagged('variable_types', uint16s(...kinds.map(typeOf))),
    tagged('varnames', ...names.map((name) => field(name, NAME))),
    tagged('sortlist', Buffer.alloc(2 * (columns.length + 1))),
    tagged('formats', ...kinds.map((kind, at) => field(formatOf(kind, columns[at]!), FORMAT))),
    tagged('value_label_names', ...labels.map((label) => field(label?.name ?? '', NAME))),
    tagged(
      'variable_labels',
      ...columns.map(({ label }) => field([...label].slice(0, LONGEST_LABEL).join(''), LABEL)),
    ),
    tagged('characteristics'),
  ];
  const begin = Buffer.from('<data>');
  const rows = begin.length + rowBytes * table.count + '</data>'.length;
  const isLong = kinds.includes('strL');
  const strings = '<strls></strls>'.length + bytesOfLongTexts(kinds, table);
  const valueLabels = tagged(
    'value_labels',
    ...labels.flatMap((label) => (label === null ? [] : [labelTable(label)])),
  );
  const end = Buffer.from('</stata_dta>');
  const mapBytes = tagged('map', Buffer.alloc(8 * 14)).length;
  const offsets = [0, header.length];
  let at = header.length + mapBytes;
  for (const bytes of [...sections.map(({ length }) => length), rows, strings]) {
    offsets.push(at);
    at += bytes;
  }
  offsets.push(at, at + valueLabels.length, at + valueLabels.length + end.length);
  const rowOf = (cells: LabelledRow, number: number) => {
    const row = Buffer.alloc(rowBytes);
    let place = 0;
    for (const [column, cell] of cells.entries())
      place = put(row, place, cell, kinds[column]!, [column + 1, number]);
    return row;
  };
  return {
    sections: [
      {
        head: Buffer.concat([header, tagged('map', uint64s(offsets)), ...sections, begin]),
        row: rowOf,
      },
      ...(isLong
        ? [
            {
              head: Buffer.from('</data><strls>'),
              row: (cells: LabelledRow, number: number) => longTexts(cells, kinds, number),
            },
          ]
        : []),
    ],
    tail: Buffer.concat([
      Buffer.from(isLong ? '</strls>' : '</data><strls></strls>'),
      valueLabels,
      end,
    ]),
    cut: [],
  };
}

/** Names as Stata takes them. */
export function stataNames(names: readonly string[]): readonly string[] {
  return legalNames(names, { reserved: RESERVED, fits: (name) => [...name].length <= 32 });
}

/** Of a column: numbers, texts in the rows with so many bytes, or texts that follow them. */
type Kind = 'number' | 'strL' | number;

function kindOfText(most: number): Kind {
  return most > LONGEST_TEXT ? 'strL' : Math.max(most, 1);
}

function typeOf(kind: Kind): number {
  return kind === 'number' ? DOUBLE : kind === 'strL' ? STRL : kind;
}

function formatOf(kind: Kind, { decimals }: LabelledColumn): string {
  return kind === 'number' ? `%12.${decimals}f` : kind === 'strL' ? '%9s' : `%${kind}s`;
}

function bytesOfLongTexts(kinds: readonly Kind[], { texts }: LabelledTable): number {
  return kinds.reduce<number>((sum, kind, at) => {
    const { count, bytes } = texts[at]!;
    return kind === 'strL' ? sum + count * (STRL_HEAD + STRL_END) + bytes : sum;
  }, 0);
}

/** The long texts of a row, each under the number of its column and of the row. */
function longTexts(cells: LabelledRow, kinds: readonly Kind[], number: number): Buffer {
  const parts = cells.flatMap((cell, at) => {
    if (kinds[at] !== 'strL' || typeof cell !== 'string' || cell === '') return [];
    const text = Buffer.from(cell);
    const head = Buffer.alloc(STRL_HEAD);
    head.write('GSO');
    head.writeUInt32LE(at + 1, 3);
    head.writeBigUInt64LE(BigInt(number), 7);
    head.writeUInt8(STRL_TEXT, 15);
    head.writeUInt32LE(text.length + STRL_END, 16);
    return [head, text, Buffer.alloc(STRL_END)];
  });
  return Buffer.concat(parts);
}

function headerOf({ columns, count, title, made }: LabelledTable): Buffer {
  const label = Buffer.from([...title].slice(0, 80).join(''));
  const { day, month, year, hour, minute } = stampOf(made);
  const stamp = `${day} ${month} ${year} ${hour}:${minute}`;
  return Buffer.concat([
    Buffer.from('<stata_dta>'),
    tagged(
      'header',
      tagged('release', Buffer.from('118')),
      tagged('byteorder', Buffer.from('LSF')),
      tagged('K', uint16s(columns.length)),
      tagged('N', uint64s([count])),
      tagged('label', uint16s(label.length), label),
      tagged('timestamp', Buffer.from([stamp.length]), Buffer.from(stamp)),
    ),
  ]);
}

function hasLabels({ kind, labels, hasReasons }: LabelledColumn): boolean {
  return kind === 'number' && (labels.size > 0 || hasReasons);
}

/** Only whole numbers can be labelled. */
function labelTable({
  name,
  column,
}: {
  readonly name: string;
  readonly column: LabelledColumn;
}): Buffer {
  const labels: (readonly [number, string])[] = [
    ...[...column.labels].filter(([value]) => Number.isInteger(value)),
    ...(column.hasReasons
      ? ABSENCES.map((one, at) => [MISSING_LONG + 1 + at, ABSENCE_LABELS[one]] as const)
      : []),
  ];
  const texts = labels.map(([, text]) => Buffer.from(`${text}\0`));
  let offset = 0;
  const offsets = texts.map((text) => {
    const own = offset;
    offset += text.length;
    return own;
  });
  const table = Buffer.concat([
    int32s(labels.length, offset, ...offsets, ...labels.map(([value]) => value)),
    ...texts,
  ]);
  return tagged('lbl', int32s(table.length), field(name, NAME), Buffer.alloc(3), table);
}

/**
 * Writes a cell into a row, and returns where the next one begins.
 * @param place numbers of column and row, by which a long text is found
 */
function put(
  row: Buffer,
  at: number,
  cell: Cell,
  kind: Kind,
  [column, number]: readonly [column: number, row: number],
): number {
  if (kind !== 'number') {
    if (typeof cell === 'number') throw new RangeError('A number stands in a column of texts');
    const text = typeof cell === 'string' ? cell : '';
    if (typeof kind === 'number') {
      row.write(text, at);
      return at + kind;
    }
    if (text === '') return at + 8;
    row.writeUInt16LE(column, at);
    return row.writeUIntLE(number, at + 2, 6);
  }
  if (typeof cell === 'string') throw new RangeError('A text stands in a column of numbers');
  if (typeof cell === 'number') return row.writeDoubleLE(cell, at);
  return row.writeBigUInt64LE(missingBits(cell === null ? null : cell.absent), at);
}

function missingBits(absence: Absence | null): bigint {
  const letter = absence === null ? 0 : ABSENCES.indexOf(absence) + 1;
  return MISSING_DOUBLE + BigInt(letter) * LETTER_DOUBLE;
}

function tagged(tag: string, ...content: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(`<${tag}>`), ...content, Buffer.from(`</${tag}>`)]);
}

/** A text in a field of fixed length, ended by zeros. */
function field(text: string, bytes: number): Buffer {
  return Buffer.concat([Buffer.from(text), Buffer.alloc(bytes)], bytes);
}

function uint16s(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt16LE(value, 2 * at);
  return bytes;
}

function uint64s(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [at, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), 8 * at);
  return bytes;
}
