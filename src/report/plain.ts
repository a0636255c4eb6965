/** A table as plain text, for a terminal. */
import { nameTable, SIMULATED_NOTICE } from './captions.ts';
import type { HeadingCell, Layout, LayoutCell } from './layout.ts';

const GAP = '  ';
const MARKS: Readonly<Record<LayoutCell['style'], string>> = { plain: '', bold: '**', italic: '*', underlined: '_' };

/** Columns of equal width, labels to the left and figures to the right; what it shows above, notes below. */
export function renderPlain({ table, mode, isSimulated, title, headings, labels, sections, notes, reasons }: Layout): string {
  const columns = headings.at(-1)!;
  const rows = sections.flatMap((section) => section.rows);
  const widths = columns.map(({ text }, column) => Math.max(width(text), ...rows.map((row) => width(textOf(row[column])))));
  const room = (from: number, span: number) => widths.slice(from, from + span).reduce((sum, one) => sum + one + GAP.length, -GAP.length);
  // A heading may be wider than all the columns it stands over: the last of them gives way.
  for (const heading of headings) {
    eachHeading(heading, ({ text, span }, from) => {
      widths[from + span - 1]! += Math.max(0, width(text) - room(from, span));
    });
  }
  const headLines = headings.map((heading) => {
    const parts: string[] = [];
    eachHeading(heading, ({ text, span }, from) => parts.push(pad(text, room(from, span), span > 1 || from < labels)));
    return parts.join(GAP).trimEnd();
  });
  const line = (row: readonly LayoutCell[]) =>
    widths
      .map((size, column) => pad(textOf(row[column]), size, column < labels))
      .join(GAP)
      .trimEnd();
  const body = sections.flatMap((section) => [...(section.title === null ? [] : ['', section.title]), ...section.rows.map(line)]);
  return [
    `${nameTable(table)}, ${mode}: ${title}`,
    ...(isSimulated ? [`${SIMULATED_NOTICE}.`] : []),
    '',
    ...(rows.length === 0 ? [] : [...headLines, widths.map((size) => '─'.repeat(size)).join(GAP), ...body, '']),
    ...notes,
    ...reasons.map(({ letter, text }) => `(${letter}) ${text}`),
  ].join('\n');
}

function eachHeading(heading: readonly HeadingCell[], visit: (cell: HeadingCell, from: number) => void): void {
  let from = 0;
  for (const cell of heading) {
    visit(cell, from);
    from += cell.span;
  }
}

function textOf(cell: LayoutCell | undefined): string {
  if (cell === undefined) return '';
  const mark = MARKS[cell.style];
  return `${mark}${cell.text}${mark}${cell.note === null ? '' : ` (${cell.note})`}`;
}

function pad(text: string, size: number, left: boolean): string {
  const space = ' '.repeat(Math.max(0, size - width(text)));
  return left ? `${text}${space}` : `${space}${text}`;
}

function width(text: string): number {
  return [...text].length;
}
