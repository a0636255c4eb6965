/** Two sides of a study beside each other: scale by scale, item by item, case by case. */
import type { Instrument } from '../../instruments/instrument.ts';
import { rangeOfScale } from '../../instruments/score.ts';
import { formatCount } from '../../numbers.ts';
import { type Content, html, type Markup } from '../../report/page/html.ts';
import type { AdministrationRow } from '../administrations-store.ts';
import {
  type Choices,
  type Comparison,
  nameBy,
  sideOf,
  writeBy,
  writeComparison,
} from '../comparison.ts';
import {
  type Compared,
  type ComparedCell,
  type ComparedOutcome,
  type ComparedValue,
  MOST_COMPARED,
  type OutcomeName,
} from '../comparison-store.ts';
import type { ComparedSides } from '../comparisons.ts';
import { type Computed, nameState, type State } from '../computation.ts';
import { countRestrictions, EVERYTHING, writeSelection } from '../filter.ts';
import type { ShownAdministration } from '../one-administration.ts';
import { formatScore, formatTime } from './format.ts';
import { describeAnswer, renderReplies } from './one.ts';

export interface ComparePage {
  readonly comparison: Comparison;
  readonly choices: Choices;
  readonly state: Computed<ComparedSides>;
  /** Whether calls have been stored since. */
  readonly isOld: boolean;
}

/** Where there is nothing to compare. */
export function renderNothing(choices: Choices): Markup {
  return html`<h1>Compare</h1>${choices.by.length === 0 ? null : renderChoice(null, choices)}<p class="empty">Nothing here has two levels that could be compared.</p>`;
}

/** A page that follows how far its comparison is, and shows it when it is there. */
export function renderUnfinished(
  comparison: Comparison,
  choices: Choices,
  state: Exclude<State<ComparedSides>, { readonly kind: 'computed' }>,
): Markup {
  const query = writeComparison(comparison);
  return html`<div data-live="/state/compare?${query}" data-shown="${nameState(state)}">${renderHead(comparison, choices)}
${
  state.kind === 'computing'
    ? html`<p role="status">The two are being compared: ${state.step}. Other pages can be read meanwhile.</p>`
    : html`<p role="alert">They could not be compared: ${state.problem}</p><p><a href="/compare?${query}&again=1">Try again</a></p>`
}</div>`;
}

function renderHead(comparison: Comparison, choices: Choices): Markup {
  return html`<h1>Compare ${nameBy(comparison.by)}: ${comparison.first} and ${comparison.second}</h1>
${renderChoice(comparison, choices)}`;
}

export function renderCompare({ comparison, choices, state, isOld }: ComparePage): Markup {
  const { compared, ...outcomes } = state.value;
  const [instrument = null] = compared.wordings;
  const order = (ids: readonly string[], all: readonly ComparedOutcome[]) =>
    all.toSorted((a, b) => ids.indexOf(a.outcome) - ids.indexOf(b.outcome));
  const scales = order(instrument?.scales.map(({ id }) => id) ?? [], outcomes.scales);
  const items = order(instrument?.items.map((item) => String(item.number)) ?? [], outcomes.items);
  return html`${renderHead(comparison, choices)}
${renderAbout(comparison, compared)}
${isOld ? html`<p>Compared at ${formatTime(state.at)} UTC; calls have been stored since. <a href="/compare?${writeComparison(comparison)}&again=1">Compare again</a></p>` : null}
<h2>Scales</h2>${renderOutcomes(
    'Scales',
    comparison,
    scales,
    (id) => ({ kind: 'scale', id }),
    (id) => nameOfScale(instrument, id),
  )}
<h2>Items</h2>${renderOutcomes(
    'Items',
    comparison,
    items,
    (id) => ({ kind: 'item', number: Number(id) }),
    (id) => `${id}. ${instrument?.items[Number(id) - 1]?.text ?? ''}`,
  )}`;
}

function nameOfScale(instrument: Instrument | null, id: string): string {
  const scale = instrument?.scales.find((one) => one.id === id);
  if (scale === undefined || instrument === null) return id;
  const { low, high } = rangeOfScale(instrument, scale);
  return `${scale.name === id ? id : `${scale.name} (${id})`}, ${formatScore(low)} to ${formatScore(high)}`;
}

function renderChoice(comparison: Comparison | null, choices: Choices): Markup {
  const select = (
    name: string,
    label: string,
    values: readonly (readonly [string, string])[],
    chosen: string | null,
  ) =>
    html`<label>${label}<select name="${name}">${[...values, ...(chosen === null || values.some(([value]) => value === chosen) ? [] : [[chosen, chosen] as const])].map(([value, text]) => html`<option value="${value}"${value === chosen ? html` selected` : null}>${text}</option>`)}</select></label>`;
  const same = (values: readonly string[]) => values.map((value) => [value, value] as const);
  const kept =
    comparison === null
      ? []
      : [...new URLSearchParams(writeSelection({ filter: comparison.filter }))];
  return html`<form class="filter" action="/compare" method="get" role="search" aria-label="What to compare">
${kept.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
${select(
  'by',
  'Compare',
  choices.by.map(
    (by) =>
      [writeBy(by), by.kind === 'column' ? `${nameBy(by)} (own column)` : nameBy(by)] as const,
  ),
  comparison === null ? null : writeBy(comparison.by),
)}
${comparison === null ? null : html`${select('first', 'First', same(choices.levels), comparison.first)}${select('second', 'Second', same(choices.levels), comparison.second)}`}
${choices.questionnaires.length < 2 ? null : select('questionnaire', 'Questionnaire', same(choices.questionnaires), comparison?.questionnaire ?? null)}
<button class="go">Compare</button></form>`;
}

function renderAbout(comparison: Comparison, { sides, isCut, held }: Compared): Markup {
  const { first, second, filter } = comparison;
  const side = (level: string, name: 'first' | 'second', number: number) => {
    const own = {
      ...sideOf(comparison, name),
      choices: { ...sideOf(comparison, name).choices, outcome: ['answered'] },
    };
    const n = sides.filter((one) => one === number).length;
    return html`<a href="/administrations?${writeSelection({ filter: own })}">${level}</a>: ${formatCount(n)} answered`;
  };
  const restricted = countRestrictions(filter);
  return html`<p>${side(first, 'first', 1)}; ${side(second, 'second', 2)}.${
    restricted === 0
      ? null
      : html` Only administrations of the <a href="/administrations?${writeSelection({ filter })}">list’s filter</a>; <a href="/compare?${writeComparison({ ...comparison, filter: EVERYTHING })}">compare all</a>.`
  }${held.length < 2 ? '' : ' The same case is compared where everything else is equal.'}</p>
${isCut ? html`<p class="wrong" role="alert">Only the first ${formatCount(MOST_COMPARED)} administrations of each side are compared, in order of personality. Narrow the filter to compare others.</p>` : null}
<p class="soft">Each case counts once, with its mean. Where cases are on both sides, the means are of those pairs; where fewer than half are, of all cases of ways of asking that both sides have. Tests are in the tables of contrasts.</p>`;
}

function signed(value: number | null): string {
  if (value === null) return '';
  const text = value.toFixed(2);
  return value > 0 ? `+${text}` : text.replace('-', '−');
}

function renderOutcomes(
  title: string,
  comparison: Comparison,
  outcomes: readonly ComparedOutcome[],
  nameOf: (outcome: string) => OutcomeName,
  labelOf: (outcome: string) => string,
): Markup {
  if (outcomes.length === 0) return html`<p class="empty">Neither side has any.</p>`;
  const hasAgreement = outcomes.some(({ agreement }) => agreement !== null);
  const number = (heading: string) => html`<th scope="col" class="number">${heading}</th>`;
  const mean = (value: number | null) =>
    html`<td class="number">${value === null ? 'none' : value.toFixed(2)}</td>`;
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${title}"><table class="compared"><caption class="unseen">${title}</caption><thead><tr><th scope="col">${title === 'Scales' ? 'Scale' : 'Item'}</th>${number('Difference')}${number(`Mean ${comparison.first}`)}${number(`Mean ${comparison.second}`)}${hasAgreement ? number('Same answer') : null}${number(`n ${comparison.first}`)}${number(`n ${comparison.second}`)}${number('n pairs')}<th scope="col">Compared</th></tr></thead>
<tbody>${outcomes.map((one) => html`<tr><th scope="row" class="words-cell"><a href="${addressOfCells(comparison, nameOf(one.outcome))}">${labelOf(one.outcome)}</a></th><td class="number">${signed(one.difference)}</td>${mean(one.first)}${mean(one.second)}${hasAgreement ? html`<td class="number">${one.agreement === null ? '' : `${(100 * one.agreement).toFixed(0)} %`}</td>` : null}<td class="number">${one.nFirst}</td><td class="number">${one.nSecond}</td><td class="number">${one.nBoth}</td><td>${one.isPaired ? 'pairs' : 'all cases'}</td></tr>\n`)}</tbody></table></div>`;
}

function addressOfCells(comparison: Comparison, outcome: OutcomeName, from = 0): string {
  const query = new URLSearchParams(writeComparison(comparison));
  if (outcome.kind === 'scale') query.set('of-scale', outcome.id);
  else query.set('of-item', String(outcome.number));
  if (from > 0) query.set('from', String(from));
  return `/compare?${query}`;
}

export interface CellsPage {
  readonly comparison: Comparison;
  readonly compared: Compared;
  readonly outcome: OutcomeName;
  readonly cells: readonly ComparedCell[];
  /** Place of the first of them. */
  readonly from: number;
  readonly hasMore: boolean;
  /** The lines of administrations that name a case. */
  readonly rows: ReadonlyMap<number, AdministrationRow>;
}

/** The administrations behind one row: a line for each case, first those that differ most. */
export function renderCells(page: CellsPage): Markup {
  const { comparison, compared, outcome, cells, from, hasMore, rows } = page;
  const [instrument = null] = compared.wordings;
  const item = outcome.kind === 'item' ? instrument?.items[outcome.number - 1] : undefined;
  const name =
    outcome.kind === 'scale'
      ? nameOfScale(instrument, outcome.id)
      : `Item ${outcome.number}: ${item?.text ?? ''}`;
  const labelOf = ({ answer, value }: ComparedValue) => {
    const known =
      answer === null
        ? undefined
        : item?.answers?.options.find((one) => String(one.value) === answer);
    if (known !== undefined) return known.label;
    return answer ?? (value === null ? 'none' : formatScore(value));
  };
  const values = (own: readonly ComparedValue[]): Content =>
    own.map(
      (one) =>
        html`<a href="/administrations/${one.id}">${labelOf(one)}</a> <span class="soft">(no.\u00a0${one.id})</span> `,
    );
  const isHeld = compared.held.length > 1;
  return html`<div class="bar"><h1>${name}</h1><span class="right"><a class="button" href="/compare?${writeComparison(comparison)}">All scales and items</a>${from === 0 ? null : html`<a class="button" href="${addressOfCells(comparison, outcome)}">First page</a>`}${hasMore ? html`<a class="button" rel="next" href="${addressOfCells(comparison, outcome, from + cells.length)}">Next page</a>` : null}</span></div>
${
  cells.length === 0
    ? html`<p class="empty">No case has a value.</p>`
    : html`<div class="scroll" role="region" tabindex="0" aria-label="Cases"><table><caption class="unseen">Cases, first those that differ most</caption><thead><tr><th scope="col">Case</th>${isHeld ? html`<th scope="col">Asked as</th>` : null}<th scope="col">${comparison.first}</th><th scope="col">${comparison.second}</th><th scope="col" class="number">Difference</th><th scope="col">Pair</th></tr></thead>
<tbody>${cells.map(
        (cell) =>
          html`<tr><th scope="row">${nameCase(cell, rows)}</th>${isHeld ? html`<td class="words-cell">${compared.held[cell.stratum] ?? ''}</td>` : null}<td>${values(cell.first)}</td><td>${values(cell.second)}</td><td class="number">${signed(cell.difference)}</td><td>${pairsOf(cell).map(([first, second]) => html`<a class="outcome" href="/compare/${first}/${second}">${first} beside ${second}</a> `)}</td></tr>\n`,
      )}</tbody></table></div>`
}`;
}

function nameCase({ first, second, person }: ComparedCell, rows: CellsPage['rows']): string {
  const row = rows.get(first[0]?.id ?? second[0]?.id ?? 0);
  const number = row?.personalityId ?? (Number.isSafeInteger(person) ? Math.abs(person) : '');
  return `${number} ${row?.personaName ?? ''}`.trim();
}

/** Repetitions one by one, in their order. */
function pairsOf({ first, second }: ComparedCell): readonly (readonly [number, number])[] {
  return first.slice(0, second.length).map(({ id }, at) => [id, second[at]!.id] as const);
}

/** Two administrations side by side. */
export function renderBeside(first: ShownAdministration, second: ShownAdministration): Markup {
  const both = [first, second] as const;
  const head = ({ row }: ShownAdministration) =>
    html`<h2><a href="/administrations/${row.id}">Administration ${row.id}</a></h2><dl class="facts">${[
      ['Persona', `${row.personalityId ?? ''} ${row.personaName ?? ''}`],
      ['Model', row.model ?? ''],
      ['Condition', row.condition ?? ''],
      ['Questionnaire', `${row.questionnaire ?? ''} (${row.language})`],
      ['Group', row.groupId ?? 'none'],
      ['Outcome', row.outcome],
    ].map(([name, value]) => html`<dt>${name!}</dt><dd>${value!}</dd>`)}</dl>`;
  return html`<h1>Administrations ${first.row.id} and ${second.row.id} side by side</h1>
<div class="two">${both.map((one) => html`<div>${head(one)}</div>`)}</div>
${renderScoresBeside(first, second)}
${renderItemsBeside(first, second)}
<div class="two">${both.map((one, at) => html`<div>${renderReplies(one, one.calls.findLast(({ reply }) => reply !== null) ?? null, { label: `Reply of ${one.row.id}`, prefix: `read-${at + 1}-` })}</div>`)}</div>`;
}

function renderScoresBeside(first: ShownAdministration, second: ShownAdministration): Markup {
  const place = (id: string) => first.instrument?.scales.findIndex((scale) => scale.id === id) ?? 0;
  const ids = [
    ...new Set([...first.dossier.scores, ...second.dossier.scores].map((one) => one.scale)),
  ].toSorted((a, b) => place(a) - place(b));
  const scoreOf = ({ dossier }: ShownAdministration, id: string) =>
    dossier.scores.find(({ scale }) => scale === id)?.score ?? null;
  return table(
    'Scale scores',
    [first, second],
    [
      ...ids.map((id) => {
        const [a, b] = [scoreOf(first, id), scoreOf(second, id)];
        const write = (score: number | null) => (score === null ? 'none' : formatScore(score));
        return [
          nameOfScale(first.instrument, id),
          write(a),
          write(b),
          a === null || b === null ? '' : signed(a - b),
        ];
      }),
    ],
    'Difference',
  );
}

function renderItemsBeside(first: ShownAdministration, second: ShownAdministration): Markup {
  const numbers = [
    ...new Set([...first.dossier.answers, ...second.dossier.answers].map((one) => one.number)),
  ].toSorted((a, b) => a - b);
  const answerOf = ({ dossier, instrument }: ShownAdministration, number: number) => {
    const found = dossier.answers.find((one) => one.number === number);
    return found === undefined ? 'none' : describeAnswer(found, instrument?.items[number - 1]);
  };
  const textOf = (number: number) =>
    [first, second].flatMap(
      ({ dossier }) => dossier.answers.find((one) => one.number === number)?.question ?? [],
    )[0] ?? '';
  return table(
    'Items',
    [first, second],
    numbers.map((number) => {
      const [a, b] = [answerOf(first, number), answerOf(second, number)];
      return [`${number}. ${textOf(number)}`, a, b, a === b ? 'yes' : 'no'];
    }),
    'Same',
  );
}

function table(
  title: string,
  sides: readonly ShownAdministration[],
  rows: readonly (readonly string[])[],
  last: string,
): Markup {
  if (rows.length === 0) return html`<h2>${title}</h2><p class="empty">Neither has any.</p>`;
  return html`<h2>${title}</h2><div class="scroll" role="region" tabindex="0" aria-label="${title}"><table><caption class="unseen">${title}</caption><thead><tr><th scope="col">${title === 'Items' ? 'Item' : 'Scale'}</th>${sides.map(({ row }) => html`<th scope="col">No. ${row.id}</th>`)}<th scope="col">${last}</th></tr></thead>
<tbody>${rows.map(([name, ...cells]) => html`<tr${cells.at(-1) === 'no' ? html` class="lit"` : null}><th scope="row" class="words-cell">${name!}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody></table></div>`;
}
