/** The tables of both modes, each cell a link to the SQL that yields its rows. */
import type { Mode, Table, TableId } from '../../tables/table.ts';
import type { Analysis } from '../analysis.ts';
import { describeTable, nameTable, SIMULATED_NOTICE } from '../captions.ts';
import { withText } from '../published-text.ts';
import type { Row } from '../selection.ts';
import { html, type Markup } from './html.ts';
import { type Layout, layoutOf } from './layouts.ts';
import type { Queries } from './queries.ts';

const MODES: readonly { readonly mode: Mode; readonly words: string }[] = [
  { mode: 'corrected', words: 'Corrected' },
  { mode: 'published', words: 'As published' },
];

export function renderTables({ published, corrected }: Analysis, queries: Queries): Markup {
  const ids = [...new Set([...corrected, ...published].map(({ table }) => table))];
  return html`${ids.map((id) => renderTable(id, { published, corrected }, queries))}`;
}

/** Both modes behind tabs that are radio buttons, so that they work without a script; in print one under the other. */
function renderTable(id: TableId, tables: Readonly<Record<Mode, readonly Table[]>>, queries: Queries): Markup {
  const found = MODES.flatMap(({ mode, words }) => {
    const table = tables[mode].find((one) => one.table === id);
    return table === undefined ? [] : [{ table, words, caption: describeTable(table) }];
  });
  return html`<article class="table" id="table-${id}">
<h3><span class="number">${nameTable(id)}</span> ${found[0]!.caption.title}</h3>
<div class="tabs">
${found.map(({ table: { mode }, words }, index) => html`<input type="radio" name="mode-${id}" id="mode-${id}-${mode}" class="to-${mode}"${index === 0 ? html` checked` : ''}><label for="mode-${id}-${mode}">${words}</label>\n`)}
${found.map(({ table, words, caption }) => html`<section class="mode ${table.mode}" aria-label="${nameTable(id)}, ${words.toLowerCase()}">
<p class="mode-name">${words}</p>
${renderBody(table, caption.title, queries)}
${caption.notes.length === 0 ? null : html`<p class="note">${caption.notes.join(' ')}</p>`}
</section>\n`)}
</div>
</article>\n`;
}

function renderBody(table: Table, title: string, queries: Queries): Markup {
  const rows = table.mode === 'published' ? withText(table) : table.rows;
  if (rows.length === 0) return html`<p class="empty">There are no rows to make this table of.</p>`;
  const isSimulated = table.data_origin === 'simulated';
  const shown = isSimulated ? rows.map(withoutMarkers) : rows;
  const notes = new Footnotes();
  const parts = [...Map.groupBy(shown, (row) => (typeof row.instrument === 'string' ? row.instrument : ''))];
  const bodies = parts.map(([instrument, own]) => {
    const name = parts.length > 1 ? `${title}: ${instrument}` : title;
    return html`<div class="scroll" role="region" tabindex="0" aria-label="${nameTable(table.table)}, ${table.mode}">
<table><caption>${nameTable(table.table)}. ${name} (${table.mode}).${isSimulated ? ` ${SIMULATED_NOTICE}.` : ''}</caption>
${renderRows(table, own, layoutOf(table), queries, notes)}
</table></div>${parts.length > 1 ? html`<p class="note">${instrument}</p>` : null}`;
  });
  return html`${bodies}${notes.render()}`;
}

function renderRows(table: Table, rows: readonly Row[], layout: Layout, queries: Queries, notes: Footnotes): Markup {
  const isPivot = layout.across(rows[0]!).length > 0;
  const heads = distinctPaths(rows.map((row) => layout.across(row)));
  const groups = Map.groupBy(rows, (row) => layout.group(row));
  const width = 1 + (isPivot ? heads.length : layout.columns.length);
  return html`<thead>${isPivot ? renderHeads(heads) : html`<tr><td></td>${layout.columns.map(({ heading }) => html`<th scope="col">${heading}</th>`)}</tr>`}</thead>
${[...groups].map(([group, own]) => {
  const lines = [...Map.groupBy(own, (row) => layout.label(row))];
  return html`<tbody>${group === null ? null : html`<tr class="group"><th scope="rowgroup" colspan="${width}"><span>${group}</span></th></tr>\n`}${lines.map(
    ([label, ofLine]) => {
      const words = (row: Row) => [group, label, ...layout.across(row)].filter((part) => part !== null && part !== '').join(', ');
      if (!isPivot) {
        return html`${ofLine.map((row) => {
          const id = queries.add(table, row, words(row));
          return html`<tr><th scope="row">${label}</th>${layout.columns.map(({ text }) => renderCell(text(row), row, id, notes))}</tr>\n`;
        })}`;
      }
      const byColumn = new Map(ofLine.map((row) => [JSON.stringify(layout.across(row)), row]));
      return html`<tr><th scope="row">${label}</th>${heads.map((head) => {
        const row = byColumn.get(JSON.stringify(head));
        return row === undefined ? html`<td></td>` : renderCell(layout.columns[0]!.text(row), row, queries.add(table, row, words(row)), notes);
      })}</tr>\n`;
    },
  )}</tbody>\n`;
})}`;
}

function renderHeads(heads: readonly (readonly string[])[]): Markup {
  const levels = heads[0]!.length;
  return html`${Array.from({ length: levels }, (_, level) => {
    const isLast = level === levels - 1;
    // A heading of an upper line spans the columns below it.
    const spans = isLast ? heads.map((head) => ({ text: head[level]!, span: 1 })) : countRuns(heads.map((head) => head[level]!));
    return html`<tr><td></td>${spans.map(({ text, span }) => html`<th scope="${isLast ? 'col' : 'colgroup'}"${span > 1 ? html` colspan="${span}"` : ''}>${text}</th>`)}</tr>\n`;
  })}`;
}

function renderCell({ main, lines }: ReturnType<Layout['columns'][number]['text']>, row: Row, id: string, notes: Footnotes): Markup {
  const reason = typeof row.reason === 'string' && row.reason !== '' ? row.reason : null;
  const n = typeof row.n === 'number' ? `n = ${row.n}` : '';
  const title = [n, reason ?? ''].filter((part) => part !== '').join('; ');
  return html`<td><a class="cell" href="#${id}"${title === '' ? '' : html` title="${title}"`}>${main}${reason === null ? null : html`<sup>${notes.mark(reason)}</sup>`}</a>${lines.map((line) => html`<span class="line">${line}</span>`)}</td>`;
}

/** Why values are not there: one letter a reason. */
class Footnotes {
  readonly #reasons: string[] = [];

  mark(reason: string): string {
    const known = this.#reasons.indexOf(reason);
    return letterOf(known === -1 ? this.#reasons.push(reason) - 1 : known);
  }

  render(): Markup | null {
    if (this.#reasons.length === 0) return null;
    return html`<p class="note reasons">${this.#reasons.map((reason, index) => html`<span><sup>${letterOf(index)}</sup> ${reason}. </span>`)}</p>`;
  }
}

/** a, b, … z, aa, ab, … */
function letterOf(index: number): string {
  const letter = String.fromCharCode(97 + (index % 26));
  return index < 26 ? letter : letterOf(Math.floor(index / 26) - 1) + letter;
}

/** Simulated rows say nothing about any model, hence nothing that could be significant. */
function withoutMarkers(row: Row): Row {
  if (typeof row.text !== 'string') return row;
  return { ...row, marker: '', text: row.text.replace(/[‡†¶§*]+$/u, '').replace(/^\*+/, '').replaceAll(/<\/?u>/g, '') };
}

function distinctPaths(paths: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const known = new Map(paths.map((one) => [JSON.stringify(one), one]));
  const all = [...known.values()];
  // All columns of one upper heading stand together, in the order in which it first appears.
  const tops = [...new Set(all.map((one) => one[0]))];
  return all.sort((first, second) => tops.indexOf(first[0]) - tops.indexOf(second[0]));
}

function countRuns(texts: readonly string[]): readonly { readonly text: string; readonly span: number }[] {
  const runs: { text: string; span: number }[] = [];
  for (const text of texts) {
    const last = runs.at(-1);
    if (last?.text === text) last.span++;
    else runs.push({ text, span: 1 });
  }
  return runs;
}
