/** The list of administrations: the filter, the lines, and the way to the next page. */
import { formatCount } from '../../numbers.ts';
import { type Content, html, type Markup } from '../../report/page/html.ts';
import type { AdministrationRow, Count, Page } from '../administrations-store.ts';
import { type Facets, instrumentOf } from '../facets-store.ts';
import { type Fields, namesOfFields } from '../fields-store.ts';
import {
  type Choice,
  countRestrictions,
  type Filter,
  HELD,
  type Misread,
  OUTCOMES,
  type RangeName,
  type Selection,
  type SortName,
  writeFieldName,
  writeSelection,
} from '../filter.ts';
import { formatCost, formatSeconds, formatTime, onOneLine } from './format.ts';
import { type Mark, renderScores } from './scores.ts';

export interface ListPage {
  readonly selection: Selection;
  readonly misread: readonly Misread[];
  readonly facets: Facets;
  readonly fields: Fields;
  readonly page: Page;
  readonly count: Count;
  /** Values of own columns and ways of asking that are shown, by id and name. */
  readonly fieldValues: ReadonlyMap<number, ReadonlyMap<string, string>>;
  /** What the bars of a line are compared with. */
  readonly marksOf: (row: AdministrationRow) => (scale: string) => Mark | null;
}

const CHOICE_LABELS: readonly (readonly [Choice, string])[] = [
  ['model', 'Model'],
  ['condition', 'Condition'],
  ['questionnaire', 'Questionnaire'],
  ['language', 'Language'],
  ['population', 'Population'],
];
const RANGE_LABELS: readonly (readonly [RangeName, string, string])[] = [
  ['ms', 'Time (ms)', 'Time in milliseconds'],
  ['tokens', 'Tokens out', 'Output tokens'],
  ['cost', 'Cost (US$)', 'Cost in US dollars'],
  ['attempts', 'Attempts', 'Attempts'],
];

export function renderList(list: ListPage): Markup {
  const { selection, misread, facets, page, count } = list;
  const first = writeSelection({ ...selection, after: null });
  const next = page.next === null ? null : writeSelection({ ...selection, after: page.next });
  return html`<h1 class="unseen">Administrations</h1>
${renderFilter(selection, facets)}
${misread.map(({ name, value }) => html`<p class="wrong" role="alert">The address has ${name}=${value}, which says nothing here; it was left out.</p>`)}
<div class="bar"><span role="status">${describeCount(count)}</span><span class="soft">Bars: score in the range of its scale; line: the persona’s sheet, or the norm.<span class="keys"> Keys: <kbd>↑</kbd> <kbd>↓</kbd> <kbd>Enter</kbd> <kbd>/</kbd></span></span>
<span class="right">${selection.after === null ? null : html`<a class="button" href="/administrations?${first}">First page</a>`}${next === null ? null : html`<a class="button" rel="next" href="/administrations?${next}">Next page</a>`}<a class="button" href="/compare?${writeSelection({ filter: selection.filter })}">Compare</a><a class="button" href="/administrations.csv?${first}" download>CSV</a></span></div>
${renderChooser(list)}
${page.rows.length === 0 ? html`<p class="empty">No administration matches.</p>` : renderLines(list)}`;
}

function describeCount({ rows, precision }: Count): string {
  const noun = rows === 1 ? 'administration' : 'administrations';
  if (precision === 'exact') return `${formatCount(rows)} ${noun}`;
  return precision === 'about'
    ? `about ${formatCount(Number(rows.toPrecision(2)))} ${noun} (estimated)`
    : `more than ${formatCount(rows)} ${noun}`;
}

/** Values of a property that occur; a choice of one is none. */
function valuesOf({ facets }: Facets, choice: Choice): readonly string[] {
  if (choice === 'outcome') return OUTCOMES;
  const values = facets.flatMap((facet) => facet[choice] ?? []);
  return [...new Set(values)].toSorted();
}

function renderFilter({ filter, order, columns }: Selection, facets: Facets): Markup {
  const offered = CHOICE_LABELS.filter(
    ([name]) => valuesOf(facets, name).length > 1 || filter.choices[name].length > 0,
  );
  const scales = scalesOf(facets);
  const isMore =
    filter.choices.population.length > 0 ||
    filter.reason !== null ||
    filter.has !== null ||
    filter.since !== null ||
    filter.until !== null ||
    Object.values(filter.ranges).some(({ from, to }) => from !== null || to !== null);
  const always = offered.filter(([name]) => name !== 'population');
  return html`<form class="filter" action="/administrations" method="get" role="search" aria-label="Filter">
<label>Text in reply or explanation<input type="search" name="text" value="${filter.text ?? ''}"></label>
${always.map(([name, label]) => select(name, label, valuesOf(facets, name), filter.choices[name]))}
${select('outcome', 'Outcome', OUTCOMES, filter.choices.outcome)}
${scales.length === 0 ? null : select('scale', 'Scale', scales, filter.scale === null ? [] : [filter.scale], 'none')}
<label>Sorted by<select name="sort">${SORT_LABELS.map(([name, label]) => html`<option value="${name === 'id' ? '' : name}"${order.by === name ? html` selected` : null}>${label}</option>`)}</select></label>
<label>Order<select name="order"><option value="">ascending</option><option value="desc"${order.descending ? html` selected` : null}>descending</option></select></label>
${renderGiven('Group', 'group', filter.groups.map(String))}${renderGiven('Persona', 'persona', filter.persona === null ? [] : [String(filter.persona)])}
${filter.fields.map((field) => renderGiven(field.name.replaceAll('_', ' '), writeFieldName(field), field.values))}
${(columns ?? []).map((name) => html`<input type="hidden" name="show" value="${name}">`)}
<button class="go">Show</button>${countRestrictions(filter) === 0 ? null : html`<a href="/administrations">Show all</a>`}
<details class="more"${isMore ? html` open` : null}><summary>More: score, time, tokens, cost, attempts, date, reason</summary><div>
${range('score', 'Score', `Score on the scale${filter.scale === null ? ' chosen above' : ` ${filter.scale}`}`, filter)}
${RANGE_LABELS.map(([name, label, spoken]) => range(name, label, spoken, filter))}
${select('has', 'Has', HELD, filter.has === null ? [] : [filter.has])}
<label>Not before<input type="date" name="since" value="${filter.since ?? ''}"></label><label>Not after<input type="date" name="until" value="${filter.until ?? ''}"></label>
${facets.reasons.length === 0 ? null : select('reason', 'Reason', facets.reasons, filter.reason === null ? [] : [filter.reason])}
${offered.filter(([name]) => name === 'population').map(([name, label]) => select(name, label, valuesOf(facets, name), filter.choices[name]))}
</div></details></form>`;
}

/** What only an address can want stays in the form until somebody takes it out. */
function renderGiven(label: string, name: string, values: readonly string[]): Markup | null {
  return values.length === 0 ? null : select(name, label, [], values);
}

const SORT_LABELS: readonly (readonly [SortName, string])[] = [
  ['id', 'number'],
  ['date', 'date'],
  ['persona', 'personality'],
  ['score', 'score on the scale'],
  ['ms', 'time'],
  ['tokens', 'tokens'],
  ['cost', 'cost'],
  ['attempts', 'attempts'],
];

function scalesOf({ instruments }: Facets): readonly string[] {
  const ids = [...instruments.values()].flatMap(({ scales }) => scales.map(({ id }) => id));
  return [...new Set(ids)];
}

/** Several values, which only an address can want, are shown as a list. */
function select(
  name: string,
  label: string,
  values: readonly string[],
  chosen: readonly string[],
  none = 'any',
): Markup {
  const others = chosen.filter((value) => !values.includes(value));
  const isSeveral = chosen.length > 1;
  return html`<label>${label}<select name="${name}"${isSeveral ? html` multiple size="3"` : null}>${isSeveral ? null : html`<option value="">${none}</option>`}${[...values, ...others].map((value) => html`<option value="${value}"${chosen.includes(value) ? html` selected` : null}>${value}</option>`)}</select></label>`;
}

function range(name: RangeName, label: string, spoken: string, { ranges }: Filter): Markup {
  const { from, to } = ranges[name];
  const field = (end: 'from' | 'to', value: number | null) =>
    html`<input type="number" step="any" name="${name}-${end}" value="${value ?? ''}" placeholder="${end}" aria-label="${spoken}, ${end}">`;
  return html`<fieldset><legend>${label}</legend>${field('from', from)}${field('to', to)}</fieldset>`;
}

interface Column {
  /** In an address. */
  readonly name: string;
  readonly heading: string;
  readonly sort?: SortName;
  readonly kind?: 'number' | 'words' | 'name';
  readonly cell: (row: AdministrationRow) => Content;
}

/** Usual is what differs between administrations; what else there is is shown where it is chosen. */
function allColumns(
  { facets, fields, fieldValues, page, marksOf }: ListPage,
  query: string,
): readonly (Column & { readonly isUsual: boolean })[] {
  const varies = (choice: Choice) => valuesOf(facets, choice).length > 1;
  const same = lengthOfSame(page.rows.map(wordsOf));
  const isRetried = page.rows.some(({ attempts }) => (attempts ?? 0) > 1);
  const isPriced = page.rows.some(({ costUsd }) => (costUsd ?? 0) > 0);
  const property = (name: Choice & keyof AdministrationRow, heading: string) =>
    ({
      name,
      heading,
      kind: 'name',
      isUsual: varies(name),
      cell: (row: AdministrationRow) => row[name],
    }) as const;
  return [
    {
      name: 'id',
      heading: 'No.',
      sort: 'id',
      kind: 'number',
      isUsual: true,
      cell: ({ id }) => html`<a href="/administrations/${id}${query}">${id}</a>`,
    },
    {
      name: 'persona',
      heading: 'Persona',
      sort: 'persona',
      kind: 'name',
      isUsual: true,
      cell: ({ personaName, personalityId, repeated }) =>
        `${personalityId ?? ''} ${personaName ?? ''}${(repeated ?? 1) > 1 ? ` (${repeated})` : ''}`,
    },
    property('model', 'Model'),
    property('condition', 'Condition'),
    property('questionnaire', 'Questionnaire'),
    property('language', 'Language'),
    { ...property('population', 'Population'), isUsual: false },
    { name: 'group', heading: 'Group', kind: 'number', isUsual: false, cell: (row) => row.groupId },
    ...namesOfFields(fields).map((field) => ({
      name: writeFieldName(field),
      heading: field.name.replaceAll('_', ' '),
      kind: 'name' as const,
      isUsual: false,
      cell: ({ id }: AdministrationRow) => fieldValues.get(id)?.get(writeFieldName(field)) ?? null,
    })),
    {
      name: 'outcome',
      heading: 'Outcome',
      isUsual: true,
      cell: ({ outcome, reasonKind, reason }) =>
        html`<span class="outcome${outcome === 'answered' || outcome === 'untried' ? '' : ' bad'}" title="${reason ?? ''}">${outcome}${reasonKind === null || reasonKind === outcome ? '' : `: ${reasonKind.replaceAll('_', ' ')}`}</span>`,
    },
    {
      name: 'scales',
      heading: 'Scales',
      isUsual: true,
      cell: (row) => {
        const instrument = instrumentOf(facets, row);
        return instrument === null ? null : renderScores(instrument, row.scores, marksOf(row));
      },
    },
    {
      name: 'words',
      heading: 'Explanation, or how the reply begins',
      kind: 'words',
      isUsual: true,
      cell: (row) => {
        const text = wordsOf(row);
        return same > 0 && text.length > same ? `…${text.slice(same)}` : text;
      },
    },
    {
      name: 'attempts',
      heading: 'Att.',
      sort: 'attempts',
      kind: 'number',
      isUsual: isRetried,
      cell: (row) => row.attempts,
    },
    {
      name: 'tokens',
      heading: 'Tokens',
      sort: 'tokens',
      kind: 'number',
      isUsual: true,
      cell: ({ inputTokens, outputTokens }) =>
        outputTokens === null ? null : `${inputTokens ?? '?'} + ${outputTokens}`,
    },
    {
      name: 'ms',
      heading: 's',
      sort: 'ms',
      kind: 'number',
      isUsual: true,
      cell: ({ ms }) => formatSeconds(ms),
    },
    {
      name: 'cost',
      heading: 'US$',
      sort: 'cost',
      kind: 'number',
      isUsual: isPriced,
      cell: (row) => formatCost(row.costUsd),
    },
    {
      name: 'date',
      heading: 'Date (UTC)',
      sort: 'date',
      isUsual: true,
      cell: ({ lastAttemptAt }) => formatTime(lastAttemptAt).slice(0, 16),
    },
  ];
}

/** The number leads to the administration, and is always there. */
function columnsOf(list: ListPage, query: string): readonly Column[] {
  const { columns } = list.selection;
  return allColumns(list, query).filter(({ name, isUsual }) =>
    columns === null ? isUsual : name === 'id' || columns.includes(name),
  );
}

/** A form of its own, since its boxes say something only when they are all sent. */
function renderChooser(list: ListPage): Markup {
  const { selection } = list;
  const kept = new URLSearchParams(writeSelection({ ...selection, after: null, columns: null }));
  const chosen = new Set(columnsOf(list, '').map(({ name }) => name));
  return html`<details class="more"><summary>Columns</summary><form class="columns" action="/administrations" method="get" aria-label="Columns">
${[...kept].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
${allColumns(list, '').map(({ name, heading }) => (name === 'id' ? null : html`<label><input type="checkbox" name="show" value="${name}"${chosen.has(name) ? html` checked` : null}> ${heading === 's' ? 'Time (s)' : heading}</label>`))}
<button>Show these</button>${selection.columns === null ? null : html`<a href="/administrations?${kept.toString()}">The usual ones</a>`}</form></details>`;
}

function wordsOf({ explanation, words, reason }: AdministrationRow): string {
  return onOneLine(explanation ?? words ?? reason ?? '');
}

/** Fewer characters that all texts begin with are no reason to leave them out. */
const LEAST_SAME = 16;

/**
 * How many characters all texts begin with, up to the end of a word; 0 where these are few, and
 * where all texts are the same, of which nothing would be left to read.
 */
export function lengthOfSame(texts: readonly string[]): number {
  const [first = '', ...others] = new Set(texts.filter((text) => text !== ''));
  if (others.length === 0) return 0;
  let length = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length -= 1;
  const end = first.lastIndexOf(' ', length - 1) + 1;
  return end < LEAST_SAME ? 0 : end;
}

function renderLines(list: ListPage): Markup {
  const { selection, page } = list;
  const own = writeSelection({ ...selection, after: null });
  const columns = columnsOf(list, own === '' ? '' : `?${own}`);
  return html`<div class="scroll"><table class="list"><caption class="unseen">Administrations</caption><thead><tr>${columns.map((column) => renderHeading(column, selection))}</tr></thead>
<tbody>${page.rows.map((row) => html`<tr>${columns.map(({ cell, kind }, index) => (index === 0 ? html`<th scope="row" class="number">${cell(row)}</th>` : html`<td${kind === undefined ? '' : html` class="${kind}"`}>${cell(row)}</td>`))}</tr>\n`)}</tbody></table></div>`;
}

function renderHeading({ heading, sort, kind }: Column, selection: Selection): Markup {
  const { order } = selection;
  const isHere = sort !== undefined && order.by === sort;
  const spoken = isHere
    ? html` aria-sort="${order.descending ? 'descending' : 'ascending'}"`
    : null;
  const attributes = kind === undefined ? null : html` class="${kind}"`;
  if (sort === undefined) return html`<th scope="col"${attributes}>${heading}</th>`;
  const other = { by: sort, descending: isHere && !order.descending };
  const address = writeSelection({ ...selection, order: other, after: null });
  return html`<th scope="col"${attributes}${spoken}><a href="/administrations?${address}">${heading}${isHere ? (order.descending ? ' ▼' : ' ▲') : ''}</a></th>`;
}
