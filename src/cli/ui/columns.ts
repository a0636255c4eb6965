/**
 * Rows in columns, fitted to the width of a terminal: wide texts are wrapped, and where even that
 * is not enough each row becomes a list.
 */
import { cutText, displayWidth, padText, wrapText } from '../../report/tables/text-width.ts';
import { visibleOnOneLine } from './visible.ts';

export interface TableLook {
  /** Columns of the terminal; null where nothing has to fit, as in a pipe. */
  readonly width: number | null;
  readonly heading: (text: string) => string;
  readonly rule: (text: string) => string;
}

export type ColumnValue = string | number | null;

const GAP = '  ';
/** How narrow a column of texts may be made, unless its widest text is narrower still. */
const NARROW_TEXTS = 16;
/** The same where that is not enough, as long as nothing has to be cut for it. */
const NARROWEST_TEXTS = 10;
/**
 * The same for the first column, whose texts are the names that rows go by and that people copy.
 */
const NARROW_NAMES = 24;
/** Of the values in a list. */
const NARROW_VALUES = 16;
/** Lines that one cell may take. */
const MOST_LINES = 6;
const NUMBER = /^[-–+]?[\d.,]+%?$/;

/** A header, a rule and the rows; columns of numbers stand to the right. */
export function layOutColumns(
  header: readonly string[],
  rows: readonly (readonly ColumnValue[])[],
  look: TableLook,
): string {
  const cells = rows.map((row) => header.map((_, column) => textOf(row[column] ?? null)));
  const columns = header.map((name, column) => columnOf(name, rows, cells, column));
  const widths =
    look.width === null
      ? columns.map((one) => one.natural)
      : widthsWithin(columns, cells, look.width);
  if (widths === null) return asLists(header, cells, look);
  const line = (texts: readonly string[], paint = (text: string) => text) =>
    linesOf(texts, widths)
      .map((parts) =>
        parts
          .map((text, column) =>
            painted(text, widths[column]!, columns[column]!.numeric ? 'right' : 'left', paint),
          )
          .join(GAP)
          .trimEnd(),
      )
      .join('\n');
  const rule = look.rule(widths.map((width) => '─'.repeat(width)).join(GAP));
  return [line(header, look.heading), rule, ...cells.map((row) => line(row))].join('\n');
}

interface Column {
  readonly numeric: boolean;
  readonly natural: number;
  /** Of its widest text, and of the longest word of its heading. */
  readonly widest: number;
  readonly longestWord: number;
}

function columnOf(
  name: string,
  rows: readonly (readonly ColumnValue[])[],
  cells: readonly (readonly string[])[],
  column: number,
): Column {
  const numeric =
    rows.length > 0 &&
    rows.every(
      (row) =>
        row[column] == null || typeof row[column] === 'number' || NUMBER.test(String(row[column])),
    );
  const widest = Math.max(0, ...cells.map((row) => displayWidth(row[column]!)));
  const longestWord = Math.max(0, ...name.split(' ').map(displayWidth));
  return { numeric, natural: Math.max(displayWidth(name), widest), widest, longestWord };
}

/** Widths at which the columns can still be read; null where there are none. */
function widthsWithin(
  columns: readonly Column[],
  cells: readonly (readonly string[])[],
  width: number,
): number[] | null {
  const narrow = narrowed(columns, NARROW_TEXTS, width);
  if (narrow !== null) return narrow;
  const narrowest = narrowed(columns, NARROWEST_TEXTS, width);
  const isWhole = (text: string, column: number) =>
    wrapText(text, narrowest![column]!).length <= MOST_LINES;
  return narrowest !== null && cells.every((row) => row.every(isWhole)) ? narrowest : null;
}

/** The widest gives way first; null where they do not fit at their narrowest. */
function narrowed(columns: readonly Column[], narrow: number, width: number): number[] | null {
  const least = columns.map(({ numeric, widest, longestWord }, column) =>
    Math.max(
      longestWord,
      numeric ? widest : Math.min(widest, column === 0 ? NARROW_NAMES : narrow),
    ),
  );
  const gaps = GAP.length * (columns.length - 1);
  const total = (widths: readonly number[]) => gaps + widths.reduce((sum, one) => sum + one, 0);
  const widths = columns.map((one) => one.natural);
  while (total(widths) > width) {
    const yielding = widths.map((one, column) => (one > least[column]! ? one : 0));
    const widest = Math.max(...yielding);
    if (widest === 0) return null;
    widths[yielding.indexOf(widest)]!--;
  }
  return widths;
}

/** The lines of one row, each with a text for every column. */
function linesOf(texts: readonly string[], widths: readonly number[]): string[][] {
  const wrapped = texts.map((text, column) =>
    clipped(wrapText(text, widths[column]!), widths[column]!),
  );
  const height = Math.max(1, ...wrapped.map((lines) => lines.length));
  return Array.from({ length: height }, (_, at) => wrapped.map((lines) => lines[at] ?? ''));
}

function clipped(lines: readonly string[], width: number): readonly string[] {
  if (lines.length <= MOST_LINES) return lines;
  const last = lines[MOST_LINES - 1]!;
  return [
    ...lines.slice(0, MOST_LINES - 1),
    displayWidth(last) < width ? `${last}…` : cutText(`${last} `, width),
  ];
}

/** Each row as a list of its cells, for what is wider than the terminal however it is turned. */
function asLists(
  header: readonly string[],
  cells: readonly (readonly string[])[],
  { width, heading, rule }: TableLook,
): string {
  const names = Math.max(...header.map(displayWidth));
  const room = Math.max(NARROW_VALUES, (width ?? 0) - names - GAP.length);
  const blank = ' '.repeat(names);
  const lists = cells.map((row) =>
    row
      .flatMap((cell, column) =>
        cell === ''
          ? []
          : clipped(wrapText(cell, room), room).map(
              (text, at) =>
                `${at === 0 ? painted(header[column]!, names, 'left', heading) : blank}${GAP}${text}`,
            ),
      )
      .join('\n'),
  );
  return [
    rule('─'.repeat(Math.min(width ?? names, names + GAP.length + room))),
    lists.join('\n\n'),
  ].join('\n');
}

/** The blanks stay unpainted, so that lines can be trimmed. */
function painted(
  text: string,
  width: number,
  side: 'left' | 'right',
  paint: (text: string) => string,
): string {
  const padded = padText(text, width, side);
  return text === '' ? padded : padded.replace(text, () => paint(text));
}

/**
 * Escaped here, because what is escaped takes more columns: cells hold what models and files say.
 */
function textOf(cell: ColumnValue): string {
  return cell === null ? '' : visibleOnOneLine(String(cell));
}
