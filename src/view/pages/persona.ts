/** One persona: what it is told to be, what it was written from, and all that it answered. */
import { DEMOGRAPHICS } from '../../experiments/administration/persona-text.ts';
import type { Instrument, Scores } from '../../instruments/instrument.ts';
import { rangeOfScale } from '../../instruments/score.ts';
import type { Sheet } from '../../personas/sheets/sheet.ts';
import { type Content, html, type Markup } from '../../report/page/html.ts';
import type { AdministrationRow } from '../administrations-store.ts';
import { type Facets, instrumentOf } from '../facets-store.ts';
import type { PersonaRecord } from '../personas-store.ts';
import { formatScore } from './format.ts';

export interface PersonaPage {
  readonly id: number;
  readonly persona: PersonaRecord;
  /** Its administrations in order of number, at most `MOST_SHOWN`. */
  readonly rows: readonly AdministrationRow[];
  readonly facets: Facets;
  readonly sheet: {
    readonly sheet: Sheet;
    readonly instrument: Instrument;
    /** As the persona was told of it. */
    readonly scores: Scores;
  } | null;
}

export const MOST_SHOWN = 500;

export function renderPersona(page: PersonaPage): Markup {
  const { id, persona, rows } = page;
  const { row, columns, condition } = persona;
  const named = Object.keys(columns).find((name) => name.toLowerCase() === 'name');
  const name = textOf(row.name ?? (named === undefined ? null : columns[named]));
  const facts: readonly (readonly [string, Content])[] = [
    ['Population', textOf(row.population)],
    ['Condition', condition ?? ''],
    ['Model', textOf(row.model)],
    ['Personality', textOf(row.ref_personality_id)],
    ['Repetitions', textOf(row.repetitions)],
    ...Object.entries(columns).filter(([, value]) => value !== row.description),
  ];
  return html`<h1>Persona ${id}${name === '' ? '' : `: ${name}`}</h1>
<div class="two"><div><dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
${renderDemographics(row)}
${renderSheet(page)}</div>
<div><h2>Description</h2><pre class="prose" tabindex="0" role="region" aria-label="Description">${textOf(row.description)}</pre></div></div>
<h2>Administrations</h2>
${
  rows.length === 0
    ? html`<p class="empty">It was not administered anything.</p>`
    : html`<p><a href="/administrations?persona=${id}">As a list</a>. A point is the score of one administration, in their order, between the lowest and the highest possible.</p>${renderFigures(page)}`
}`;
}

function textOf(value: unknown): string {
  return value === null || value === undefined ? '' : String(value);
}

function renderDemographics(row: PersonaRecord['row']): Markup | null {
  const known = DEMOGRAPHICS.filter(
    (field) => textOf(row[field]) !== '' || textOf(row[`${field}_original`]) !== '',
  );
  if (known.length === 0) return null;
  return html`<h2>Demographics</h2><div class="scroll" role="region" tabindex="0" aria-label="Demographics"><table><caption class="unseen">Demographics</caption><thead><tr><th scope="col">Field</th><th scope="col">As stated</th><th scope="col">As tables count it</th></tr></thead>
<tbody>${known.map((field) => html`<tr><th scope="row">${field.replaceAll('_', ' ')}</th><td class="words-cell">${textOf(row[`${field}_original`])}</td><td>${textOf(row[field])}</td></tr>\n`)}</tbody></table></div>`;
}

function renderSheet({ sheet }: PersonaPage): Markup | null {
  if (sheet === null) return null;
  const { instrument, scores } = sheet;
  const answer = (index: number) => {
    const value = sheet.sheet.answers[index] ?? null;
    return (
      instrument.items[index]!.answers?.options.find((one) => one.value === value)?.label ?? value
    );
  };
  return html`<h2>Sheet</h2><p>Scores as the persona was told of them: ${instrument.scales.map(({ id }) => `${id} ${scores.has(id) ? formatScore(scores.get(id)!) : 'none'}`).join(', ')}.</p>
<details><summary>Answers of the person, before a condition</summary><div class="scroll" role="region" tabindex="0" aria-label="Sheet"><table><caption class="unseen">Sheet</caption><thead><tr><th scope="col" class="number">No.</th><th scope="col">Item</th><th scope="col">Answer</th><th scope="col">Scale</th></tr></thead>
<tbody>${instrument.items.map((item, index) => html`<tr><th scope="row" class="number">${item.number}</th><td class="words-cell">${item.text}</td><td>${answer(index)}</td><td>${item.scale ?? ''}</td></tr>\n`)}</tbody></table></div></details>`;
}

/** One row of small figures for each wording and each group that asked it. */
function renderFigures({ rows, facets, sheet }: PersonaPage): readonly Markup[] {
  const byGroup = Map.groupBy(rows, ({ groupId }) => groupId);
  return [...byGroup].map(([groupId, own]) => {
    const [first] = own;
    const instrument = instrumentOf(facets, first!);
    const links = own.map(
      ({ id, outcome }) => html`<a href="/administrations/${id}">${id}</a> ${outcome} `,
    );
    return html`<h3>${instrument?.title ?? first!.questionnaire ?? ''}, group ${groupId ?? 'none'}, ${first!.model ?? ''}</h3>
${instrument === null ? null : html`<div class="figures">${instrument.scales.map((scale) => renderFigure(instrument, scale.id, own, sheet))}</div>`}
<p>${links}</p>`;
  });
}

const WIDTH = 170;
const HEIGHT = 64;

/** The scores of one scale in order of administration, with the sheet's as a line. */
function renderFigure(
  instrument: Instrument,
  id: string,
  rows: readonly AdministrationRow[],
  sheet: PersonaPage['sheet'],
): Markup {
  const scale = instrument.scales.find((one) => one.id === id)!;
  const { low, high } = rangeOfScale(instrument, scale);
  const y = (score: number) => 8 + (1 - (score - low) / (high - low || 1)) * (HEIGHT - 16);
  const x = (index: number) =>
    10 + (rows.length === 1 ? 0.5 : index / (rows.length - 1)) * (WIDTH - 20);
  const told = sheet?.instrument.slug === instrument.slug ? sheet.scores.get(id) : undefined;
  const scores = rows.map((row) => row.scores[id] ?? null);
  const words = `${scale.name}, ${formatScore(low)} to ${formatScore(high)}: ${scores.map((score) => (score === null ? 'none' : formatScore(score))).join(', ')}${told === undefined ? '' : `; sheet ${formatScore(told)}`}`;
  return html`<figure><svg role="img" aria-label="${words}" width="${WIDTH}" height="${HEIGHT}"><line class="axis" x1="4" x2="${WIDTH - 4}" y1="${y(low)}" y2="${y(low)}"/><line class="axis" x1="4" x2="${WIDTH - 4}" y1="${y(high)}" y2="${y(high)}"/>${
    told === undefined
      ? null
      : html`<line class="mark" x1="4" x2="${WIDTH - 4}" y1="${y(told).toFixed(1)}" y2="${y(told).toFixed(1)}"/>`
  }${scores.map((score, index) => (score === null ? null : html`<circle class="dot" cx="${x(index).toFixed(1)}" cy="${y(score).toFixed(1)}" r="3.5"/>`))}</svg><figcaption>${scale.name === id ? id : `${scale.name} (${id})`}, ${formatScore(low)} to ${formatScore(high)}</figcaption></figure>`;
}
