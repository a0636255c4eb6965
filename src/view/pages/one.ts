/** One administration: who was asked what, what came back, and what was read in it. */
import { DEMOGRAPHICS } from '../../experiments/administration/persona-text.ts';
import { describeDeviation } from '../../experiments/verification/deviation.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { pointsOf, rangeOfScale } from '../../instruments/score.ts';
import type { Item } from '../../instruments/structure.ts';
import { type Content, html, type Markup } from '../../report/page/html.ts';
import { type Selection, writeSelection } from '../filter.ts';
import type { ShownAdministration, ShownCall } from '../one-administration.ts';
import { formatCost, formatScore, formatSeconds, formatTime } from './format.ts';
import { marksOf, normOf, renderScores } from './scores.ts';

export function renderOne(shown: ShownAdministration, selection: Selection): Markup {
  const { row, dossier, neighbours } = shown;
  const query = writeSelection({ ...selection, after: null });
  const rest = query === '' ? '' : `?${query}`;
  const to = (id: number | null, rel: 'prev' | 'next', label: string) =>
    id === null
      ? html`<span class="soft">${label}</span>`
      : html`<a class="button" rel="${rel}" href="/administrations/${id}${rest}">${label}</a>`;
  const last = shown.calls.findLast(({ reply }) => reply !== null) ?? null;
  return html`<div class="bar"><h1>Administration ${row.id}</h1><span class="outcome${row.outcome === 'answered' || row.outcome === 'untried' ? '' : ' bad'}">${row.outcome}${row.reason === null ? '' : ` – ${row.reason}`}</span>
<span class="right"><a class="button" href="/administrations${rest}">List</a>${to(neighbours.previous, 'prev', '← Previous')}${to(neighbours.next, 'next', 'Next →')}</span></div>
<div class="two"><div>${renderFacts(shown)}</div><div>${renderScale(shown)}</div></div>
<div class="two"><div>
${renderReplies(shown, last)}
${renderItems(shown)}
</div><div>
${renderPersona(shown)}
${last === null ? renderMessages(shown.calls.at(-1) ?? null) : renderMessages(last)}
</div></div>
${renderDeviations(dossier)}
${renderCalls(shown)}`;
}

function renderFacts({ row, dossier }: ShownAdministration): Markup {
  const { group } = dossier;
  const facts: readonly (readonly [string, Content])[] = [
    ['Model', `${row.model ?? ''}${row.model === row.modelId ? '' : ` (${row.modelId})`}`],
    [
      'Condition',
      `${row.condition ?? ''}${row.condition === row.population ? '' : ` (${row.population})`}`,
    ],
    ['Questionnaire', `${row.questionnaire ?? ''} (${row.language})`],
    [
      'Group',
      row.groupId === null
        ? 'none'
        : html`<a href="/administrations?group=${row.groupId}">${row.groupId}</a>`,
    ],
    ['Personality', `${row.personalityId ?? 'none'}, repetition ${row.repeated ?? 1}`],
    ['Temperature, top_p', `${group?.temperature ?? 'not sent'}, ${group?.top_p ?? 'not sent'}`],
    [
      'Last attempt',
      `${formatTime(row.lastAttemptAt)}${row.lastAttemptAt === null ? 'none' : ' UTC'}, ${row.attempts ?? 0} in all`,
    ],
  ];
  return html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

/** @param named apart from other replies on the same page: their name, and ids of what is marked */
export function renderReplies(
  shown: ShownAdministration,
  last: ShownCall | null,
  named = { label: 'Reply', prefix: 'read-' },
): Markup {
  const inParts = shown.calls.filter(
    ({ exchange, reply }) => exchange.part !== null && reply !== null,
  );
  const calls = inParts.length > 1 ? inParts : last === null ? [] : [last];
  return html`<h2>Reply</h2>
${calls.length === 0 ? html`<p class="empty">No reply came.</p>` : null}${calls.some(({ places }) => places.length > 0) ? html`<p class="soft">Marked: what each answer was read from.</p>` : null}
${calls.map(
  (call) =>
    html`${call.exchange.part === null ? null : html`<h3>Part ${call.exchange.part.call}</h3>`}<pre tabindex="0" role="region" aria-label="${named.label}">${renderMarked(call, shown.instrument, named.prefix)}</pre>${renderRaw(call)}`,
)}`;
}

/** The reply with the places marked at which answers were read. */
function renderMarked(
  { reply, places }: ShownCall,
  instrument: Instrument | null,
  prefix: string,
): Markup {
  const text = reply ?? '';
  const parts: Content[] = [];
  const seen = new Set<number>();
  let at = 0;
  for (const { item, start, end } of places) {
    if (start < at) continue;
    const own = instrument?.items[item - 1];
    const id = seen.has(item) ? null : html` id="${prefix}${item}"`;
    seen.add(item);
    parts.push(
      text.slice(at, start),
      html`<mark${id} data-item="${item}" title="item ${item}${own === undefined ? '' : `: ${own.text}`}">${text.slice(start, end)}</mark>`,
    );
    at = end;
  }
  return html`${[...parts, text.slice(at)]}`;
}

const VERIFIED = {
  verified: html`<span class="good">verified just now: these are the bytes of the recorded SHA-256</span>`,
  differs: html`<span class="wrong">DIFFERS: the stored bytes are not those of the recorded SHA-256; they were changed after they were stored</span>`,
  unverifiable: html`<span class="soft">not verifiable: no bytes are stored</span>`,
} as const;

function renderRaw({ exchange }: ShownCall): Markup {
  const about = exchange.request_metadata ?? {};
  const side = (
    name: string,
    sha256: unknown,
    verification: keyof typeof VERIFIED,
    text: string | null,
  ) => html`<h3>${name}</h3><p>SHA-256 <code>${typeof sha256 === 'string' ? sha256 : 'not recorded'}</code> ${VERIFIED[verification]}</p>
${text === null ? html`<p class="empty">none</p>` : html`<pre tabindex="0" role="region" aria-label="${name}">${text}</pre>`}`;
  return html`<details class="raw"><summary>Bytes received and sent, with their hashes</summary>
${side('Received', about.response_sha256, exchange.response_verification, exchange.response_text)}
${side('Sent', about.request_sha256, exchange.request_verification, exchange.request_text)}</details>`;
}

function renderScale({ row, dossier, instrument, sheet }: ShownAdministration): Markup | null {
  if (dossier.scores.length === 0) return null;
  const isOwn = sheet !== null && sheet.instrument.slug === instrument?.slug;
  const names = instrument?.scales ?? [];
  const hasNorms = names.some(({ id }) => normOf(instrument!, id) !== null);
  const ordered = dossier.scores.toSorted((a, b) => place(a.scale) - place(b.scale));
  function place(id: string): number {
    return names.findIndex((scale) => scale.id === id);
  }
  return html`<div class="scroll" role="region" tabindex="0" aria-label="Scale scores"><table><caption class="unseen">Scale scores</caption><thead><tr><th scope="col">Scale</th><th scope="col" class="number">Score</th><th scope="col">Range</th><th scope="col"><span class="unseen">As a bar</span></th>${isOwn ? html`<th scope="col" class="number">Sheet</th>` : null}${hasNorms ? html`<th scope="col">Norm</th>` : null}<th scope="col" class="number">Items</th></tr></thead>
<tbody>${ordered.map(({ scale: id, score, items_answered: items }) => {
    const scale = names.find((one) => one.id === id);
    const range = scale === undefined ? null : rangeOfScale(instrument!, scale);
    const told = isOwn ? sheet.scores.get(id) : undefined;
    const norm = instrument === null ? null : normOf(instrument, id);
    const own = row.scores[id];
    const bar =
      instrument === null || own === undefined
        ? null
        : renderScores(instrument, { [id]: own }, marksOf(instrument, sheet));
    return html`<tr><th scope="row">${scale === undefined || scale.name === id ? id : `${scale.name} (${id})`}</th><td class="number">${score === null ? 'none' : formatScore(score)}</td><td>${range === null ? '' : `${formatScore(range.low)} to ${formatScore(range.high)}`}</td><td>${bar}</td>${isOwn ? html`<td class="number">${told === undefined ? '' : formatScore(told)}</td>` : null}${hasNorms ? html`<td>${norm === null ? '' : `${norm.mean}${norm.sd === null ? '' : ` ± ${norm.sd}`} (${norm.group})`}</td>` : null}<td class="number">${items}</td></tr>\n`;
  })}</tbody></table></div>`;
}

function renderPersona({ row, dossier: { persona, generation } }: ShownAdministration): Markup {
  if (persona === null)
    return html`<h2>Persona</h2><p class="empty">No persona is registered for it.</p>`;
  const known = DEMOGRAPHICS.flatMap((field) => {
    const original = persona[`${field}_original`] ?? null;
    const value = persona[field] ?? null;
    return original === null && value === null ? [] : [[field, value, original] as const];
  });
  const text = (value: unknown) => (value === null || value === undefined ? '' : String(value));
  return html`<h2>Persona ${text(persona.id)}${row.personaName === null ? '' : `: ${row.personaName}`}</h2>
<p><a href="/personas/${text(persona.id)}">Persona, sheet and all its administrations</a>${generation === null ? '' : `. Written by ${text(generation.about.model)} from sheet ${text(generation.about.personality_id)}, condition ${text(generation.about.condition)}, draw ${text(generation.about.draw)}.`}</p>
<pre class="prose" tabindex="0" role="region" aria-label="Description">${text(persona.description)}</pre>
${known.length === 0 ? null : html`<details><summary>Demographics</summary><dl class="facts">${known.map(([field, value, original]) => html`<dt>${field.replaceAll('_', ' ')}</dt><dd>${text(value)}${original === null || text(original) === text(value) ? '' : ` (as stated: ${text(original)})`}</dd>`)}</dl></details>`}`;
}

function renderMessages(call: ShownCall | null): Markup {
  return html`<h2>As sent to the model</h2>${
    call === null || call.messages.length === 0
      ? html`<p class="empty">No request is stored.</p>`
      : call.messages.map(
          ({ role, text }) =>
            html`<section class="said"><h3>${role}</h3><pre class="prose" tabindex="0" role="region" aria-label="Message, ${role}">${text}</pre></section>`,
        )
  }`;
}

/** Characters of an answer that stays on one line. */
const SHORT = 16;

function renderItems({ dossier: { answers }, instrument, calls }: ShownAdministration): Markup {
  const read = new Set(calls.flatMap(({ places }) => places.map(({ item }) => item)));
  return html`<h2>Items</h2>${
    answers.length === 0
      ? html`<p class="empty">No answers are stored.</p>`
      : html`<div class="scroll" role="region" tabindex="0" aria-label="Items"><table><caption class="unseen">Items with answers and points</caption><thead><tr><th scope="col" class="number">No.</th><th scope="col">Item</th><th scope="col">Answer</th><th scope="col">Key</th><th scope="col" class="number">Points</th><th scope="col">Scale</th><th scope="col">Read at</th></tr></thead>
<tbody>${answers.map((one) => {
          const item = instrument?.items[one.number - 1];
          return html`<tr data-item="${one.number}" id="item-${one.number}"><th scope="row" class="number">${one.number}</th><td class="words-cell">${one.question ?? ''}</td><td${describeAnswer(one, item).length < SHORT ? html` class="short-cell"` : null}>${describeAnswer(one, item)}</td><td>${item === undefined ? '' : describeKey(item)}</td><td class="number">${one.score ?? ''}</td><td>${nameScales(instrument, one)}</td><td>${read.has(one.number) ? html`<a href="#read-${one.number}">item ${one.number}</a>` : ''}</td></tr>\n`;
        })}</tbody></table></div>`
  }`;
}

/** Every scale that the item is on; that of the stored answer where the instrument is not known. */
function nameScales(
  instrument: Instrument | null,
  { number, scale }: ShownAdministration['dossier']['answers'][number],
): string {
  const own = instrument?.scales.filter(({ items }) => items.some(({ item }) => item === number));
  return own?.map(({ id }) => id).join(', ') ?? scale ?? '';
}

export function describeAnswer(
  {
    answer,
    quantity,
    text,
    probabilities,
    state,
  }: ShownAdministration['dossier']['answers'][number],
  item: Item | undefined,
): string {
  const label = (value: number) =>
    item?.answers?.options.find((option) => option.value === value)?.label ?? String(value);
  if (probabilities !== null)
    return Object.entries(probabilities)
      .map(([value, share]) => `${label(Number(value))}: ${Number(share.toFixed(3))}`)
      .join(', ');
  const known = answer === null ? (quantity ?? text) : label(answer);
  const named = answer === null || known === String(answer) ? known : `${known} (${answer})`;
  if (state === 'answered') return String(named ?? '');
  return `${named === null ? '' : `${named}, `}${state.replaceAll('_', ' ')}`;
}

function describeKey(item: Item): string {
  if (item.scale === null) return 'not scored';
  if (item.key !== null)
    return item.answers?.options.find(({ value }) => value === item.key)?.label ?? `${item.key}`;
  const most = item.answers?.options.toSorted(
    (a, b) => (pointsOf(item, b.value) ?? 0) - (pointsOf(item, a.value) ?? 0),
  )[0];
  return item.reverse ? 'reversed' : most === undefined ? '' : `high: ${most.label}`;
}

const MOST_DEVIATIONS = 10;

function renderDeviations({ deviations }: ShownAdministration['dossier']): Markup | null {
  if (deviations.length === 0) return null;
  const more = deviations.length - MOST_DEVIATIONS;
  return html`<div class="wrong" role="alert"><p>What is stored does not match what it was made of:</p><ul>${deviations.slice(0, MOST_DEVIATIONS).map((one) => html`<li>${describeDeviation(one)}</li>`)}</ul>${more > 0 ? html`<p>And ${more} more.</p>` : null}</div>`;
}

function renderCalls({ calls }: ShownAdministration): Markup {
  const total = calls.reduce((sum, { exchange }) => sum + (numberOf(exchange, 'cost_usd') ?? 0), 0);
  return html`<h2>Attempts</h2>${
    calls.length === 0
      ? html`<p class="empty">No call was made.</p>`
      : html`<div class="scroll" role="region" tabindex="0" aria-label="Attempts"><table><caption class="unseen">Every call, with its outcome</caption><thead><tr><th scope="col" class="number">Call</th><th scope="col" class="number">Attempt</th><th scope="col">Outcome</th><th scope="col">Reason</th><th scope="col" class="number">Status</th><th scope="col" class="number">s</th><th scope="col" class="number">Tokens</th><th scope="col" class="number">US$</th><th scope="col">Model served</th><th scope="col">Sent (UTC)</th><th scope="col">Bytes</th></tr></thead>
<tbody>${calls.map(({ exchange }) => {
          const about = exchange.request_metadata ?? {};
          const usage = (about.usage ?? {}) as Readonly<Record<string, unknown>>;
          const word = (value: unknown) =>
            value === null || value === undefined ? '' : String(value);
          const part = exchange.part === null ? '' : `, part ${exchange.part.call}`;
          return html`<tr><th scope="row" class="number">${exchange.id}</th><td class="number">${word(about.attempt)}${part}</td><td>${word(about.outcome) || 'unknown'}</td><td class="words-cell">${word(about.reason)}</td><td class="number">${word(about.status)}</td><td class="number">${formatSeconds(numberOf(exchange, 'latency_ms'))}</td><td class="number">${word(usage.input_tokens)} + ${word(usage.output_tokens)}</td><td class="number">${formatCost(numberOf(exchange, 'cost_usd'))}</td><td>${word(about.model_served)}</td><td>${formatTime(exchange.created)}</td><td>${exchange.response_verification}</td></tr>\n`;
        })}</tbody></table></div>
<p class="soft">${total > 0 ? `US$ ${total.toFixed(5)} in all. ` : ''}${calls.length === 1 ? 'One call was' : `${calls.length} calls were`} made.</p>
${calls.slice(0, -1).map((call) => html`<details class="raw"><summary>Reply of call ${call.exchange.id}</summary>${call.reply === null ? html`<p class="empty">No reply came.</p>` : html`<pre tabindex="0" role="region" aria-label="Reply of call ${call.exchange.id}">${call.reply}</pre>`}${renderRaw(call)}</details>`)}`
  }`;
}

function numberOf({ request_metadata: about }: ShownCall['exchange'], key: string): number | null {
  const value = about?.[key];
  return typeof value === 'number' ? value : null;
}
