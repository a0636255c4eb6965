/**
 * Tables and figures of the study as its report shows them. A cell or a point leads to the list of
 * the administrations behind it, or to its SQL where no filter says the same.
 */

import { figures } from '../../report/figures/list.ts';
import { type Content, html, type Markup } from '../../report/page/html.ts';
import { renderFigures } from '../../report/page/parts.ts';
import { Queries } from '../../report/page/queries.ts';
import { narrow, STYLE } from '../../report/page/style.ts';
import { headingStyle, layOutTables, listTables, renderTables } from '../../report/page/tables.ts';
import { nameTable } from '../../report/tables/captions.ts';
import type { AdministrationList, Behind } from '../../report/tables/chosen.ts';
import type { StudyTables } from '../../studies/analyze.ts';
import { type Computed, nameState, type State } from '../computation.ts';
import { formatTime } from './format.ts';
import { HEAD_STYLE } from './style.ts';

/** What a page of computed tables holds; it is made once, since that takes its time. */
export interface Drawn {
  readonly body: Markup;
  /** Besides the style of all such pages. */
  readonly style: string;
}

const addressOf = ({ query }: Pick<AdministrationList, 'query'>) => `/administrations?${query}`;

export function drawTables({
  value: { study, published, corrected },
}: Computed<StudyTables>): Drawn {
  const queries = new Queries(study, {
    addressOf,
    label: (name) => `Administrations${name === null ? '' : `, ${name}`}`,
    isDirect: true,
  });
  const layouts = layOutTables({ published, corrected });
  const contents = listTables({ published, corrected }, layouts);
  return {
    body: html`<nav class="contents" aria-label="Tables"><ul>${contents.map(({ id, title }) => html`<li><a href="#table-${id}">${nameTable(id)}</a> ${title}</li>`)}</ul></nav>
${renderTables({ published, corrected }, layouts, queries)}
<section id="queries" aria-labelledby="queries-title"><h2 id="queries-title">SQL</h2>
<p>The statements that yield the rows behind each row of the tables, for <code>personas sql</code>.</p>
${queries.render()}</section>`,
    style: narrow(headingStyle(layouts)),
  };
}

export function drawFigures({ value }: Computed<StudyTables>): Drawn {
  return { body: renderFigures(figures(value, linkTo)), style: '' };
}

/** Of pages of tables and figures: that of the report, below the viewer's navigation. */
export const TABLES_STYLE = `${STYLE}${HEAD_STYLE}
:root { --serif: var(--sans); } main { max-width: none; padding: .5rem 1rem 2rem; } .banner { text-align: left; border: 0; }
h1 { font-size: 1.3rem; margin: .2rem 0 .5rem; } div > h2 { position: absolute; clip-path: inset(50%); } p { font-size: .84rem; line-height: 1.4; margin: .3rem 0; }
.contents ul { columns: 24rem; column-gap: 2rem; max-width: none; padding: 0; list-style: none; font: .85rem/1.5 var(--sans); } .contents li { break-inside: avoid; }
@media print { .contents { display: none; } }
figure a { cursor: pointer; } figure a:hover { stroke: var(--accent); stroke-width: 3px; }
`;

function linkTo({ lists, unlisted }: Behind): string | null {
  const [list, ...others] = lists;
  return list === undefined || others.length > 0 || unlisted !== null ? null : addressOf(list);
}

export interface TablesPage {
  readonly what: 'tables' | 'figures';
  readonly state: State<StudyTables>;
  /** Null while they are computed. */
  readonly drawn: Drawn | null;
  /** Whether calls have been stored since. */
  readonly isOld: boolean;
}

/** The page below its navigation. While tables are computed it follows how far they are. */
export function renderTablesPage({ what, state, drawn, isOld }: TablesPage): Markup {
  const title = what === 'tables' ? 'Tables' : 'Figures';
  return html`<div data-live="/state/tables" data-shown="${nameState(state)}">${drawn === null ? null : html`<link rel="stylesheet" href="/tables.css?of=${what}">`}<h1>${title}</h1>
${describe(state, what, isOld)}
${drawn === null ? null : html`<h2>${what === 'tables' ? 'List and tables' : 'All figures'}</h2>\n${drawn.body}`}</div>`;
}

function describe(state: State<StudyTables>, what: string, isOld: boolean): Content {
  switch (state.kind) {
    case 'computing':
      return html`<p role="status">The tables are being computed: ${state.step}. Other pages can be read meanwhile.</p>`;
    case 'failed':
      return html`<p role="alert">The tables could not be computed: ${state.problem}</p><p><a href="/${what}?again=1">Try again</a></p>`;
    case 'computed':
      return html`<p>Computed at ${formatTime(state.at)} UTC from all groups, with the settings of the study, as <code>personas analyze</code> does.${isOld ? ' Calls have been stored since.' : ''} <a href="/${what}?again=1">Compute again</a></p>
<p>${what === 'tables' ? 'A cell leads to the administrations behind it, or to its SQL where no list has exactly the same.' : 'A point of a figure of means, agreement or distributions leads to the administrations behind it.'}</p>`;
  }
}
