/** The SQL behind the cells of the report. Cells made of the same rows share one statement. */
import type { StudyData } from '../../analysis/data.ts';
import type { Table } from '../../analysis/table.ts';
import { nameTable } from '../tables/captions.ts';
import { sqlOf } from '../tables/tables.ts';
import { html, type Markup } from './html.ts';

interface Query {
  readonly id: string;
  readonly sql: string;
  /** In words, every cell that it is behind. */
  readonly cells: string[];
  readonly table: Table['table'];
}

export class Queries {
  readonly #study: StudyData;
  readonly #bySql = new Map<string, Query>();

  constructor(study: StudyData) {
    this.#study = study;
  }

  /** @returns the id of the place in the page where the statement stands */
  add(table: Table, row: object, words: string): string {
    const sql = `${sqlOf(table, row, this.#study)};`;
    const known = this.#bySql.get(sql);
    const cell = `${nameTable(table.table)}, ${table.mode}: ${words}`;
    if (known !== undefined) {
      known.cells.push(cell);
      return known.id;
    }
    const query = { id: `sql-${this.#bySql.size + 1}`, sql, cells: [cell], table: table.table };
    this.#bySql.set(sql, query);
    return query.id;
  }

  render(): Markup {
    const groups = Map.groupBy(this.#bySql.values(), ({ table }) => table);
    if (groups.size === 0) return html`<p>There is no row to tell the statement of.</p>`;
    return html`${[...groups].map(
      ([
        table,
        queries,
      ]) => html`<details class="queries"><summary>${nameTable(table)} <span class="count">${queries.length} statements</span></summary>
<ol>${queries.map(({ id, sql, cells }) => html`<li id="${id}" tabindex="-1"><p>${cells.map((cell, index) => [index > 0 ? html`<br>` : '', cell])}</p><pre>${sql}</pre></li>\n`)}</ol></details>\n`,
    )}`;
  }
}
