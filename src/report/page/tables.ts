/** The tables of both modes, each row or cell a link to the SQL that yields its rows. */
import type { Mode, Table } from '../../analysis/table.ts';
import type { Analysis } from '../analysis.ts';
import { nameTable, SIMULATED_NOTICE } from '../tables/captions.ts';
import { formatList } from '../tables/format.ts';
import type { HeadingCell, Layout, LayoutCell } from '../tables/layout.ts';
import { hasEstimates, inOrderOfReport, layOutTable } from '../tables/tables.ts';
import { html, type Markup } from './html.ts';
import type { Queries } from './queries.ts';

const MODES: readonly { readonly mode: Mode; readonly words: string }[] = [
  { mode: 'corrected', words: 'Corrected' },
  { mode: 'published', words: 'As published' },
];

type ShownTables = Pick<Analysis, 'published' | 'corrected'>;

/** Layouts of the tables that have anything to show; each is made once for the whole page. */
export type Layouts = ReadonlyMap<Table, Layout>;

export function layOutTables({ published, corrected }: ShownTables): Layouts {
  return new Map(
    [...corrected, ...published]
      .filter(hasEstimates)
      .map((table) => [table, layOutTable(table)] as const),
  );
}

export function renderTables(
  { published, corrected }: ShownTables,
  layouts: Layouts,
  queries: Queries,
): Markup {
  const filled = listTables({ published, corrected }, layouts).map(({ id }) => id);
  const empty = idsOf({ published, corrected })
    .filter((id) => !filled.includes(id))
    .map(nameTable);
  return html`${filled.map((id) => renderTable(id, { published, corrected }, layouts, queries))}${
    empty.length === 0
      ? null
      : html`<p class="note">The data have no values for ${formatList(empty)}. The files of these tables say why.</p>\n`
  }`;
}

/** Tables with anything to show, in the order in which they are shown; `#table-ID` is the place. */
export function listTables(
  tables: ShownTables,
  layouts: Layouts,
): readonly { readonly id: string; readonly title: string }[] {
  const all = [...tables.corrected, ...tables.published];
  return idsOf(tables).flatMap((id) => {
    const layout = all.flatMap((one) => (one.table === id ? (layouts.get(one) ?? []) : []))[0];
    return layout === undefined ? [] : [{ id, title: layout.title }];
  });
}

function idsOf({ published, corrected }: ShownTables): readonly string[] {
  return inOrderOfReport(
    [...new Set([...corrected, ...published].map(({ table }) => table))],
    published.length > 0 ? 'published' : 'own',
  );
}

/**
 * Both modes behind tabs that are radio buttons, so that they work without a script; in print one
 * under the other.
 */
function renderTable(
  id: string,
  tables: Readonly<Record<Mode, readonly Table[]>>,
  layouts: Layouts,
  queries: Queries,
): Markup {
  const found = MODES.flatMap(({ mode, words }) => {
    const table = tables[mode].find((one) => one.table === id);
    const layout = table && layouts.get(table);
    return layout === undefined ? [] : [{ table: table!, words, layout }];
  });
  const isAlone = tables.published.length === 0;
  const modes = found.map(({ table, words, layout }) =>
    renderMode(table, isAlone ? null : words, layout, queries),
  );
  return html`<article class="table" id="table-${id}">
<h3><span class="number">${nameTable(id)}</span> ${found[0]!.layout.title}</h3>
${
  found.length === 1
    ? modes
    : html`<div class="tabs">
${found.map(({ table: { mode }, words }, index) => html`<input type="radio" name="mode-${id}" id="mode-${id}-${mode}" class="to-${mode}"${index === 0 ? html` checked` : ''}><label for="mode-${id}-${mode}">${words}</label>\n`)}
${modes}
</div>`
}
</article>\n`;
}

/** @param words how the mode is called; null where there is no other */
function renderMode(table: Table, words: string | null, layout: Layout, queries: Queries): Markup {
  const name = `${nameTable(table.table)}${words === null ? '' : `, ${words.toLowerCase()}`}`;
  return html`<section class="mode ${table.mode}" aria-label="${name}">
<div class="scroll" role="region" tabindex="0" aria-label="${name}, values"><table${isDense(layout) ? html` class="dense"` : ''}>
<caption>${name}: ${layout.title}.${layout.isSimulated ? ` ${SIMULATED_NOTICE}.` : ''}</caption>
<thead>${layout.headings.map((cells, level) => renderHeadings(cells, level === layout.headings.length - 1, layout.labels))}</thead>
${layout.sections.map(({ title, rows }) => renderSection(table, layout, title, rows, queries))}
</table></div>
<p class="note">${layout.notes.join(' ')}</p>
${layout.reasons.length === 0 ? null : html`<p class="note">${layout.reasons.map(({ letter, text }) => html`<span class="reason"><sup>${letter}</sup> ${text}</span> `)}</p>`}
</section>\n`;
}

/**
 * Style sheet for narrow screens, where each row stands as a block: the heading of each value before
 * it.
 */
export function headingStyle(layouts: Layouts): string {
  return [...layouts]
    .flatMap(([table, { headings, labels }]) => {
      const columns = headings.at(-1)!.length - labels;
      return Array.from(
        { length: columns },
        (_, at) =>
          `#table-${table.table} .${table.mode} td:nth-of-type(${at + 1})::before { content: ${cssString(headingOf(headings, labels + at))}; }`,
      );
    })
    .join('\n');
}

/** Everything but letters, digits and spaces is escaped, since names of scales may hold anything. */
function cssString(text: string): string {
  const escaped = text.replaceAll(
    /[^a-z0-9 ]/giu,
    (character) => `\\${character.codePointAt(0)!.toString(16)} `,
  );
  return `"${escaped}"`;
}

function renderHeadings(cells: readonly HeadingCell[], isLast: boolean, labels: number): Markup {
  return html`<tr>${cells.map(({ text, span }, index) => {
    const spanned = span > 1 ? html` colspan="${span}"` : '';
    if (text === '') return html`<td${spanned}></td>`;
    return html`<th scope="${isLast ? 'col' : 'colgroup'}"${spanned}${isLast && index < labels ? html` class="label${labels <= 2 && index === labels - 1 ? ' stub' : ''}"` : ''}>${breakBeforeInterval(text)}</th>`;
  })}</tr>\n`;
}

/** So many columns only fit a screen in smaller letters, with intervals on lines of their own. */
const DENSE_COLUMNS = 12;

function isDense({ headings }: Pick<Layout, 'headings'>): boolean {
  return headings.at(-1)!.reduce((sum, { span }) => sum + span, 0) >= DENSE_COLUMNS;
}

/** "GPT-4o (n = 40)" is GPT-4o. */
function withoutSizes(title: string): string {
  return title.replace(/ \([^()]*\bn = [^()]*\)$/, '');
}

/** The interval of a heading goes on a line of its own. */
function breakBeforeInterval(text: string): Markup {
  const place = text.indexOf(' [');
  return place === -1 ? html`${text}` : html`${text.slice(0, place)}<br>${text.slice(place + 1)}`;
}

function renderSection(
  table: Table,
  { headings, labels, reasons }: Layout,
  title: string | null,
  rows: readonly (readonly LayoutCell[])[],
  queries: Queries,
): Markup {
  const width = headings.at(-1)!.reduce((sum, { span }) => sum + span, 0);
  const reasonOf = new Map(reasons.map(({ letter, text }) => [letter, text]));
  const spans = spanLabels(rows, labels);
  const dense = isDense({ headings });
  const top =
    title === null
      ? null
      : html`<tr class="group"><th scope="rowgroup" colspan="${width}"><span>${title}</span></th></tr>\n`;
  return html`<tbody>${top}${rows.map((cells, line) => {
    const rowsShown = cells.filter(({ row }) => row !== null).map(({ row }) => row!);
    const words = [
      title === null ? null : withoutSizes(title),
      ...cells.slice(0, labels).map(({ text }) => text),
    ]
      .filter((text) => text !== null && text !== '')
      .join(', ');
    // Where a line shows one row, its label is the link; else the first cell of each row is.
    const whole =
      rowsShown.length > 0 && rowsShown.every((row) => row === rowsShown[0]) ? rowsShown[0]! : null;
    return html`<tr>${cells.map((cell, column) => {
      if (column < labels) {
        const span = spans[line]![column]!;
        if (span === 0) return null;
        const isLink = whole !== null && column === labels - 1;
        const text = isLink
          ? html`<a class="sql" href="${queries.add(table, whole, words)}">${cell.text}</a>`
          : cell.text === ''
            ? '–'
            : cell.text;
        return html`<th scope="${span > 1 ? 'rowgroup' : 'row'}"${classOf(column, labels)}${span > 1 ? html` rowspan="${span}"` : ''}>${text}</th>`;
      }
      const isFirst = whole === null && cell.row !== null && cell.row !== cells[column - 1]?.row;
      const heading = headingOf(headings, column).replace(/(?:, )?Share \[95 % CI\]$/, '');
      const reason = cell.note === null ? undefined : reasonOf.get(cell.note);
      const shown = dense ? breakBeforeInterval(cell.text) : emphasise(cell);
      const text = html`${shown}${cell.note === null ? null : html`<sup>${cell.note}</sup>`}`;
      return html`<td${reason === undefined ? '' : html` title="${reason}"`}>${isFirst ? html`<a class="sql" href="${queries.add(table, cell.row!, `${words}, ${heading}`)}">${text}</a>` : text}</td>`;
    })}</tr>\n`;
  })}</tbody>\n`;
}

/**
 * The first column stands at the edge of the table; the last label stays in sight where a narrow
 * screen scrolls, unless it says little without those before it.
 */
function classOf(column: number, labels: number): Markup | string {
  const names = [
    column === 0 ? 'first' : '',
    labels <= 2 && column === labels - 1 ? 'stub' : '',
  ].filter((name) => name !== '');
  return names.length === 0 ? '' : html` class="${names.join(' ')}"`;
}

/**
 * Equal labels in lines below one another become one: lines that each label spans, 0 where the
 * label above does. The last column stays.
 */
function spanLabels(
  rows: readonly (readonly LayoutCell[])[],
  labels: number,
): readonly (readonly number[])[] {
  const spans = rows.map(() => Array.from({ length: labels }, () => 1));
  for (let column = 0; column < labels - 1; column++) {
    let start = 0;
    for (let line = 1; line < rows.length; line++) {
      const isSame = rows[line]!.slice(0, column + 1).every(
        ({ text }, at) => text === rows[start]![at]!.text,
      );
      if (!isSame) {
        start = line;
        continue;
      }
      spans[line]![column] = 0;
      spans[start]![column]!++;
    }
  }
  return spans;
}

/** "GPT-4o, MaxN": what stands above a column, from the top. */
function headingOf(headings: Layout['headings'], column: number): string {
  return headings
    .map((cells) => {
      let end = 0;
      return cells.find(({ span }) => {
        end += span;
        return column < end;
      })?.text;
    })
    .filter((text) => text !== undefined && text !== '')
    .join(', ');
}

function emphasise({ text, style }: LayoutCell): Markup | string {
  switch (style) {
    case 'bold':
      return html`<b>${text}</b>`;
    case 'italic':
      return html`<i>${text}</i>`;
    case 'underlined':
      return html`<u>${text}</u>`;
    case 'plain':
      return text;
  }
}
