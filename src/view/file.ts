/**
 * A selection of administrations as one file: a page that is opened from the disk, asks nobody for
 * anything, and has its own search. What models said is in it only where that is asked for.
 */
import { createHash } from 'node:crypto';
import type { Database } from '../db/connect.ts';
import { readOnly } from '../db/read-only.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { rangeOfScale } from '../instruments/score.ts';
import { formatCount } from '../numbers.ts';
import { html, Markup } from '../report/page/html.ts';
import { type AdministrationRow, readPositions, readRows } from './administrations-store.ts';
import { readAnswers, readLastReplies } from './answers-store.ts';
import { instrumentOf, readFacets } from './facets-store.ts';
import { namesOfFields, readFields, readFieldValues } from './fields-store.ts';
import { type Selection, writeFieldName, writeSelection } from './filter.ts';
import { FILE_SCRIPT } from './pages/file-script.ts';
import { onOneLine } from './pages/format.ts';
import { marksOf } from './pages/scores.ts';
import { STYLE } from './pages/style.ts';
import { openSheets, scoresOfSheet } from './sheets-store.ts';

/** A file of more would be slow to open. */
export const MOST_IN_FILE = 10_000;
const CHUNK = 500;
const WORDS = 160;

export interface FileOptions {
  /** Replies, explanations, names and own columns of personas, which may be personal data. */
  readonly withReplies: boolean;
  readonly now: Date;
}

export interface SelectionFile {
  readonly page: string;
  readonly administrations: number;
}

/** One administration as the file has it. */
interface FiledRow {
  readonly id: number;
  readonly persona: string;
  readonly model: string | null;
  readonly condition: string | null;
  /** What an address may ask for besides. */
  readonly modelId: string | null;
  readonly population: string | null;
  readonly group: number | null;
  readonly questionnaire: string | null;
  readonly language: string;
  readonly form: number | null;
  readonly outcome: string;
  readonly reason: string | null;
  readonly scores: readonly (number | null)[];
  /** What each score is compared with. */
  readonly marks: readonly (number | null)[];
  /** In order of the items. */
  readonly answers: readonly (number | null)[];
  readonly tokens: number | null;
  readonly ms: number | null;
  readonly date: string | null;
  /** Of the fields that the file names, in their order; null where it has none. */
  readonly fields: readonly (string | null)[];
  readonly reply?: string | null;
  /** What a line shows of it. */
  readonly words?: string;
}

/** At most the first 10,000 of a selection. */
export async function fileOf(
  database: Database,
  selection: Selection,
  options: FileOptions,
): Promise<SelectionFile> {
  return readOnly(database, async (reader) => {
    const facets = await readFacets(reader);
    const fields = await readFields(reader);
    const named = namesOfFields(fields).filter(
      ({ kind }) => kind === 'factor' || options.withReplies,
    );
    const sheets = await openSheets(reader);
    const forms: Instrument[] = [];
    const filed: FiledRow[] = [];
    let after: Selection['after'] = null;
    let isSimulated = false;
    while (filed.length < MOST_IN_FILE) {
      const positions = await readPositions(reader, facets, { ...selection, after }, CHUNK);
      const ids = positions.map(({ id }) => id);
      const rows = await readRows(reader, ids);
      const answers = await readAnswers(reader, ids);
      const values = await readFieldValues(reader, fields, ids, named);
      const replies = options.withReplies ? await readLastReplies(reader, ids) : null;
      const personalities = rows.flatMap(({ personalityId }) => personalityId ?? []);
      const own = sheets === null ? null : await sheets.sheetsOf(reader, personalities);
      for (const row of rows) {
        const instrument = instrumentOf(facets, row);
        if (instrument !== null && !forms.includes(instrument)) forms.push(instrument);
        isSimulated ||= row.isSimulated;
        const sheet = row.personalityId === null ? undefined : own?.get(row.personalityId);
        const told =
          sheets === null || sheet === undefined
            ? null
            : {
                instrument: sheets.instrument,
                scores: scoresOfSheet(sheets, sheet, row.condition),
              };
        const markOf = instrument === null ? () => null : marksOf(instrument, told);
        filed.push({
          ...fileRow(row, options),
          form: instrument === null ? null : forms.indexOf(instrument),
          scores: instrument?.scales.map(({ id }) => row.scores[id] ?? null) ?? [],
          marks: instrument?.scales.map(({ id }) => markOf(id)?.value ?? null) ?? [],
          fields: named.map((field) => values.get(row.id)?.get(writeFieldName(field)) ?? null),
          answers:
            instrument?.items.map(({ number }) => answers.get(row.id)?.[number] ?? null) ?? [],
          ...(replies === null
            ? {}
            : {
                reply: replies.get(row.id) ?? row.explanation,
                words: onOneLine(row.explanation ?? row.words ?? '').slice(0, WORDS),
              }),
        });
      }
      if (positions.length < CHUNK) break;
      after = positions.at(-1)!;
    }
    const page = renderFile(database.schema, selection, options, isSimulated, {
      forms: forms.map(fileForm),
      fields: named.map((field) => [writeFieldName(field), field.name.replaceAll('_', ' ')]),
      rows: filed.slice(0, MOST_IN_FILE),
    });
    return { page, administrations: Math.min(filed.length, MOST_IN_FILE) };
  });
}

function fileRow(row: AdministrationRow, { withReplies }: FileOptions) {
  const name = withReplies && row.personaName !== null ? ` ${row.personaName}` : '';
  return {
    id: row.id,
    persona: `${row.personalityId ?? ''}${name}`,
    model: row.model,
    condition: row.condition,
    modelId: row.modelId,
    population: row.population,
    group: row.groupId,
    questionnaire: row.questionnaire,
    language: row.language,
    outcome: row.outcome,
    // A reason may quote the reply.
    reason: withReplies ? row.reason : row.reasonKind,
    tokens: row.outputTokens,
    ms: row.ms,
    date: row.lastAttemptAt?.toISOString().slice(0, 19) ?? null,
  };
}

function fileForm(instrument: Instrument) {
  return {
    title: `${instrument.title} (${instrument.language})`,
    scales: instrument.scales.map((scale) => ({
      id: scale.id,
      name: scale.name,
      ...rangeOfScale(instrument, scale),
    })),
    items: instrument.items.map(({ number, text, scale, answers }) => ({
      number,
      text,
      scale,
      labels: Object.fromEntries(
        (answers?.options ?? []).map(({ value, label }) => [value, label]),
      ),
    })),
  };
}

function renderFile(
  study: string,
  selection: Selection,
  { withReplies, now }: FileOptions,
  isSimulated: boolean,
  data: {
    readonly forms: readonly ReturnType<typeof fileForm>[];
    /** What an address calls them, and what a reader does. */
    readonly fields: readonly (readonly [name: string, label: string])[];
    readonly rows: readonly FiledRow[];
  },
): string {
  const filter = writeSelection({ ...selection, after: null });
  const policy = `default-src 'none'; script-src ${hashOf(FILE_SCRIPT)}; style-src ${hashOf(STYLE)}; img-src data:; base-uri 'none'; form-action 'none'`;
  // Within a script of data nothing ends it but its own end.
  const json = new Markup(JSON.stringify(data).replaceAll('<', '\\u003c'));
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="referrer" content="no-referrer">
<title>Administrations – ${study}</title><style>${new Markup(STYLE)}</style></head>
<body><a class="skip" href="#main">Skip to the content</a>
<header><div class="head"><span class="study">${study}</span><span>${formatCount(data.rows.length)} administrations, ${now.toISOString().slice(0, 10)}</span><span class="soft">${filter === '' ? 'all' : filter}</span></div>
${isSimulated ? html`<p class="banner">SIMULATED: answers of a simulated model are not evidence about any real model.</p>` : null}
${withReplies ? html`<p class="banner">Replies are included. They may describe people, or repeat what personas were told of them: pass this file on only where you may pass on personal data.</p>` : null}</header>
<main id="main"><h1 class="unseen">Administrations</h1><noscript><p>The list is made by the script of this file.</p></noscript>
<form class="filter" role="search" aria-label="Filter"><label>${withReplies ? 'Text, persona or number' : 'Persona or number'}<input type="search" name="text"></label><label>Condition<select name="condition"></select></label><label>Model<select name="model"></select></label><label>Outcome<select name="outcome"></select></label></form>
<p class="address" hidden></p><div class="bar"><span role="status"></span><span class="soft">Bars: score in the range of its scale; line: the sheet, or the norm.</span></div>
<div class="scroll"><table class="list"><caption class="unseen">Administrations</caption><thead></thead><tbody></tbody></table></div>
<p><button type="button" class="rest" hidden>Show more</button></p>
<section class="one" aria-live="polite" tabindex="-1" aria-label="One administration"></section></main>
<script type="application/json" id="data">${json}</script><script>${new Markup(FILE_SCRIPT)}</script></body></html>
`.text;
}

/** As a content policy names a text that may be used within the page. */
function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
