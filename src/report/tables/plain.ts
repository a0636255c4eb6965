/** A table as plain text, for a terminal. */
import { nameTable, SIMULATED_NOTICE } from './captions.ts';
import type { HeadingCell, Layout, LayoutCell } from './layout.ts';
import { displayWidth, padText, wrapText } from './text-width.ts';

const GAP = '  ';
const MARKS: Readonly<Record<LayoutCell['style'], string>> = {
  plain: '',
  bold: '**',
  italic: '*',
  underlined: '_',
};

/**
 * Columns of equal width, labels to the left and figures to the right; what it shows above, notes
 * below.
 * @param width of the terminal: what is wider goes on below, under the same labels; null where
 *   nothing has to fit
 */
export function renderPlain(layout: Layout, width: number | null = null): string {
  const { table, mode, isSimulated, title, sections, notes, reasons } = layout;
  const isEmpty = sections.every((section) => section.rows.length === 0);
  const fitted = (text: string) => (width === null ? [text] : wrapText(text, width));
  return [
    ...fitted(`${nameTable(table)}, ${mode}: ${title}`),
    ...(isSimulated ? fitted(`${SIMULATED_NOTICE}.`) : []),
    '',
    ...(isEmpty
      ? []
      : blocksOf(layout, width).flatMap((columns) => [...renderBlock(layout, columns), ''])),
    ...notes.flatMap(fitted),
    ...reasons.flatMap(({ letter, text }) => fitted(`(${letter}) ${text}`)),
  ].join('\n');
}

/** The columns of each block, labels included. */
function blocksOf({ headings, labels, sections }: Layout, width: number | null): number[][] {
  const all = headings.at(-1)!.map((_, column) => column);
  if (width === null) return [all];
  const sizes = widthsOf({ headings, sections }, all);
  const labelled = all.slice(0, labels);
  const sizeOf = (columns: readonly number[]) =>
    columns.reduce((sum, column) => sum + sizes[column]! + GAP.length, -GAP.length);
  const blocks: number[][] = [];
  let block = [...labelled];
  for (const column of all.slice(labels)) {
    if (block.length > labels && sizeOf([...block, column]) > width) {
      blocks.push(block);
      block = [...labelled];
    }
    block.push(column);
  }
  return [...blocks, block];
}

function renderBlock(layout: Layout, columns: readonly number[]): string[] {
  const { headings, labels, sections } = layout;
  const widths = widthsOf(layout, columns);
  const headLines = headings.map((heading) => {
    const parts = partOf(heading, columns).map(({ text, span }, at, all) => {
      const from = all.slice(0, at).reduce((sum, one) => sum + one.span, 0);
      return padText(
        text,
        roomOf(widths, from, span),
        span > 1 || from < labels ? 'left' : 'right',
      );
    });
    return parts.join(GAP).trimEnd();
  });
  const line = (cells: readonly LayoutCell[]) =>
    columns
      .map((column, at) =>
        padText(textOf(cells[column]), widths[at]!, column < labels ? 'left' : 'right'),
      )
      .join(GAP)
      .trimEnd();
  const body = sections.flatMap((section) => [
    ...(section.title === null ? [] : ['', section.title]),
    ...section.rows.map(line),
  ]);
  return [...headLines, widths.map((size) => '─'.repeat(size)).join(GAP), ...body];
}

/** A heading may be wider than all the columns it stands over: the last of them gives way. */
function widthsOf(
  { headings, sections }: Pick<Layout, 'headings' | 'sections'>,
  columns: readonly number[],
): number[] {
  const names = headings.at(-1)!;
  const rows = sections.flatMap((section) => section.rows);
  const widths = columns.map((column) =>
    Math.max(
      displayWidth(names[column]!.text),
      ...rows.map((cells) => displayWidth(textOf(cells[column]))),
    ),
  );
  for (const heading of headings) {
    let from = 0;
    for (const { text, span } of partOf(heading, columns)) {
      widths[from + span - 1]! += Math.max(0, displayWidth(text) - roomOf(widths, from, span));
      from += span;
    }
  }
  return widths;
}

function roomOf(widths: readonly number[], from: number, span: number): number {
  return widths.slice(from, from + span).reduce((sum, one) => sum + one + GAP.length, -GAP.length);
}

/** What of a heading stands over these columns; one that is parted is said over each part. */
function partOf(heading: readonly HeadingCell[], columns: readonly number[]): HeadingCell[] {
  const parts: HeadingCell[] = [];
  let from = 0;
  for (const { text, span } of heading) {
    const over = columns.filter((column) => column >= from && column < from + span).length;
    if (over > 0) parts.push({ text, span: over });
    from += span;
  }
  return parts;
}

function textOf(cell: LayoutCell | undefined): string {
  if (cell === undefined) return '';
  const mark = MARKS[cell.style];
  return `${mark}${cell.text}${mark}${cell.note === null ? '' : ` (${cell.note})`}`;
}
