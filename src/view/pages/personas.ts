/** The list of personas. */
import { html, type Markup } from '../../report/page/html.ts';
import type { Fields } from '../fields-store.ts';
import { readFieldName, writeFieldName } from '../filter.ts';
import type { PersonaFilter, PersonaLine } from '../personas-list-store.ts';
import { onOneLine } from './format.ts';

export interface PersonasPage {
  readonly filter: PersonaFilter;
  readonly populations: readonly { readonly population: string; readonly condition: string }[];
  readonly fields: Fields;
  readonly rows: readonly PersonaLine[];
  readonly hasMore: boolean;
}

/** @throws nothing: what an address says that is no filter is left out */
export function readPersonaFilter(query: URLSearchParams): PersonaFilter {
  const one = (name: string) => {
    const text = query.get(name)?.trim() ?? '';
    return text === '' ? null : text;
  };
  const fields = [...new Set(query.keys())].flatMap((key) => {
    const field = readFieldName(key);
    const values = query.getAll(key).filter((value) => value !== '');
    return field?.kind !== 'column' || values.length === 0 ? [] : [{ ...field, values }];
  });
  const after = one('after');
  return {
    text: one('text'),
    population: one('population'),
    condition: one('condition'),
    fields,
    after: after !== null && /^\d{1,9}$/.test(after) ? Number(after) : 0,
  };
}

function addressOf({ text, population, condition, fields }: PersonaFilter, after: number): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ text, population, condition }))
    if (value !== null) query.set(name, value);
  for (const field of fields)
    for (const value of field.values) query.append(writeFieldName(field), value);
  if (after > 0) query.set('after', String(after));
  return `/personas?${query}`;
}

/** Characters beyond which a value is a text, such as a description, and no level of anything. */
const LONGEST_LEVEL = 60;

/** Names and descriptions have columns of their own, and are found by the search. */
function isShownAnyway(name: string, values: readonly string[]): boolean {
  return name.toLowerCase() === 'name' || values.some(({ length }) => length > LONGEST_LEVEL);
}

export function renderPersonas(page: PersonasPage): Markup {
  const { filter, populations, fields, rows, hasMore } = page;
  const conditions = [...new Set(populations.map(({ condition }) => condition))];
  const columns = [...fields.values].flatMap(([key, values]) => {
    const field = readFieldName(key);
    return field?.kind === 'column' && !isShownAnyway(field.name, values)
      ? [{ key, name: field.name, values }]
      : [];
  });
  const select = (
    name: string,
    label: string,
    values: readonly string[],
    chosen: readonly string[],
  ) =>
    html`<label>${label}<select name="${name}"><option value="">any</option>${[...values, ...chosen.filter((one) => !values.includes(one))].map((value) => html`<option value="${value}"${chosen.includes(value) ? html` selected` : null}>${value}</option>`)}</select></label>`;
  const chosenOf = (name: string) => filter.fields.find((one) => one.name === name)?.values ?? [];
  const own = (value: string | null) => (value === null ? [] : [value]);
  const names = columns.map(({ name }) => name);
  return html`<h1 class="unseen">Personas</h1>
<form class="filter" action="/personas" method="get" role="search" aria-label="Filter"><label>Name or description<input type="search" name="text" value="${filter.text ?? ''}"></label>
${conditions.length < 2 ? null : select('condition', 'Condition', conditions, own(filter.condition))}
${
  populations.length === conditions.length
    ? null
    : select(
        'population',
        'Population',
        populations.map(({ population }) => population),
        own(filter.population),
      )
}
${columns.map(({ key, name, values }) => select(key, name, values, chosenOf(name)))}
<button class="go">Show</button></form>
<div class="bar"><span role="status">${rows.length === 0 ? 'No persona' : `${rows.length} ${rows.length === 1 ? 'persona' : 'personas'}${hasMore ? ', and more' : ''}`}</span><span class="right">${filter.after === 0 ? null : html`<a class="button" href="${addressOf(filter, 0)}">First page</a>`}${hasMore ? html`<a class="button" rel="next" href="${addressOf(filter, rows.at(-1)!.id)}">Next page</a>` : null}</span></div>
${rows.length === 0 ? html`<p class="empty">No persona matches.</p>` : renderLines(rows, names)}`;
}

function renderLines(rows: readonly PersonaLine[], names: readonly string[]): Markup {
  const head = (text: string, kind = '') =>
    html`<th scope="col"${kind === '' ? null : html` class="${kind}"`}>${text}</th>`;
  return html`<div class="scroll"><table class="list"><caption class="unseen">Personas</caption><thead><tr>${head('No.', 'number')}${head('Personality', 'number')}${head('Name', 'name')}${head('Model', 'name')}${head('Condition', 'name')}${names.map((name) => head(name, 'name'))}${head('Description', 'words')}${head('Administrations', 'number')}</tr></thead>
<tbody>${rows.map((row) => html`<tr><th scope="row" class="number"><a href="/personas/${row.id}">${row.id}</a></th><td class="number">${row.personalityId}</td><td class="name">${row.name}</td><td class="name">${row.model}</td><td class="name">${row.condition}</td>${names.map((name) => html`<td class="name">${Object.hasOwn(row.columns, name) ? row.columns[name]! : null}</td>`)}<td class="words">${onOneLine(row.words ?? '')}</td><td class="number">${row.administrations === 0 ? '0' : html`<a href="/administrations?persona=${row.id}">${row.administrations}</a>`}</td></tr>\n`)}</tbody></table></div>`;
}
