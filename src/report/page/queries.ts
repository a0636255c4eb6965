/**
 * What is behind the cells of tables: the SQL, and the lists of administrations. Cells made of the
 * same rows share one statement.
 */
import type { StudyData } from '../../analysis/data.ts';
import type { Table } from '../../analysis/table.ts';
import { nameTable } from '../tables/captions.ts';
import type { AdministrationList, Behind } from '../tables/chosen.ts';
import { behindOf } from '../tables/tables.ts';
import { html, type Markup } from './html.ts';

interface Query {
  readonly id: string;
  readonly behind: Behind;
  /** In words, every cell that it is behind. */
  readonly cells: string[];
  readonly table: Table['table'];
}

/** Where a page shows administrations. */
export interface Lists {
  readonly addressOf: (list: Pick<AdministrationList, 'query'>) => string;
  /** What a link to a list says, given what the list is called among several. */
  readonly label: (name: string | null) => string;
  /** Whether a cell leads to its list at once, where it has one, and not to the statement. */
  readonly isDirect: boolean;
}

export class Queries {
  readonly #study: StudyData;
  readonly #lists: Lists;
  readonly #bySql = new Map<string, Query>();

  constructor(study: StudyData, lists: Lists) {
    this.#study = study;
    this.#lists = lists;
  }

  /** @returns where the cell leads: to the place in the page where the statement stands, or to the list */
  add(table: Table, row: object, words: string): string {
    const behind = behindOf(table, row, this.#study);
    const cell = `${nameTable(table.table)}, ${table.mode}: ${words}`;
    const known = this.#bySql.get(behind.sql);
    known?.cells.push(cell);
    const { id } = known ?? this.#enter(behind, table, cell);
    const [list, ...others] = behind.lists;
    const isWhole = list !== undefined && others.length === 0 && behind.unlisted === null;
    return this.#lists.isDirect && isWhole ? this.#lists.addressOf(list) : `#${id}`;
  }

  #enter(behind: Behind, { table }: Table, cell: string): Query {
    const query = { id: `sql-${this.#bySql.size + 1}`, behind, cells: [cell], table };
    this.#bySql.set(behind.sql, query);
    return query;
  }

  render(): Markup {
    const groups = Map.groupBy(this.#bySql.values(), ({ table }) => table);
    if (groups.size === 0) return html`<p>There is no row to tell the statement of.</p>`;
    return html`${[...groups].map(
      ([
        table,
        queries,
      ]) => html`<details class="queries"><summary>${nameTable(table)} <span class="count">${queries.length} statements</span></summary>
<ol>${queries.map(
        ({ id, behind, cells }) =>
          html`<li id="${id}" tabindex="-1"><p>${cells.map((cell, index) => [index > 0 ? html`<br>` : '', cell])}</p>${this.#renderLists(behind)}<pre>${behind.sql};</pre></li>\n`,
      )}</ol></details>\n`,
    )}`;
  }

  #renderLists({ lists, unlisted }: Behind): Markup {
    const { addressOf, label } = this.#lists;
    const links = lists.map(
      (list, index) =>
        html`${index > 0 ? html`<br>` : ''}<a class="list" href="${addressOf(list)}">${label(list.name)}</a>`,
    );
    return html`${links.length === 0 ? null : html`<p>${links}</p>`}${unlisted === null ? null : html`<p>${unlisted}</p>`}`;
  }
}
