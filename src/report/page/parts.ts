/** The sections of the report besides the tables. */

import { UNANSWERED } from '../../analysis/data.ts';
import { FEWEST_PERSONS } from '../../analysis/quality/item-quality.ts';
import type { QualityRow } from '../../analysis/quality/quality.ts';
import { formatCount } from '../../numbers.ts';
import {
  type Analysis,
  type Difference,
  type ExampleAdministration,
  hasSheets,
} from '../analysis.ts';
import type { Finding } from '../contrast-summary.ts';
import type { Figure } from '../figures/index.ts';
import { INKS } from '../figures/palette.ts';
import { conditionsOf, modelsOf, referencesOf } from '../figures/setting.ts';
import { listFindings } from '../findings.ts';
import { type FlowRow, flowOf } from '../flow.ts';
import { describeMethods, sayDesignHash } from '../methods.ts';
import { countOwnCases, countVignettes, nameForms, sayOwnCases } from '../own-cases.ts';
import { nameTable, SIMULATED_NOTICE } from '../tables/captions.ts';
import { DOES_NOT_APPLY, formatList, formatNumber } from '../tables/format.ts';
import { type Content, html, Markup } from './html.ts';

const ORIGINS: Readonly<Record<Analysis['study']['dataOrigin'], string>> = {
  model: 'collected from models by this program',
  imported: 'imported from data collected elsewhere',
  mixed: 'in part collected from models by this program, in part imported',
  simulated: SIMULATED_NOTICE,
};

export function renderTitle({ study, provenance }: Analysis, now: Date): Markup {
  const name = provenance.studyFile?.name ?? `Schema ${study.schema}`;
  return html`<header class="title">
<p class="kicker">${hasSheets(study) ? 'Personality questionnaires, answered by language models in the place of personas' : 'Questionnaires answered by language models'}</p>
<h1>${name}</h1>
${provenance.studyFile?.question == null ? null : html`<p class="question">${provenance.studyFile.question}</p>`}
<p class="origin"><b>Data:</b> ${ORIGINS[study.dataOrigin]}. <b>Report:</b> ${now.toISOString().slice(0, 16).replace('T', ' ')} UTC, personality-trap ${provenance.programVersion}.</p>
</header>\n`;
}

export function renderGlance({ study, provenance }: Analysis): Markup {
  const experiments = study.answered.flatMap(({ administrations }) => administrations);
  const succeeded = experiments.filter((one) => one.succeeded === true).length;
  const answers = study.answered.reduce(
    (sum, one) =>
      sum + one.answers.reduce((count, answer) => count + (answer === UNANSWERED ? 0 : 1), 0),
    0,
  );
  const models = modelsOf(study);
  const references = referencesOf(study);
  const labels = conditionsOf(study).filter((label) => !references.includes(label));
  const { calls, firstCall, lastCall, inputTokens, outputTokens, costUsd } = provenance;
  const { reasoningTokens } = provenance;
  const tokens = inputTokens + outputTokens;
  const dates =
    firstCall === null || lastCall === null ? DOES_NOT_APPLY : formatDates(firstCall, lastCall);
  const facts: readonly (readonly [string, Content, string?])[] = [
    [
      hasSheets(study) ? 'Experiments' : 'Administrations',
      formatCount(experiments.length),
      `${formatCount(succeeded)} succeeded`,
    ],
    ['Answers', formatCount(answers), formatList(nameForms(study.answered))],
    personasOf(study),
    ['Models', formatCount(models.length), formatList(models)],
    ...(labels.length === 1 && !hasSheets(study)
      ? []
      : [
          [
            'Conditions',
            formatCount(labels.length),
            `${formatList(labels)}${references.length === 0 ? '' : `, and the reference population ${formatList(references)}`}`,
          ] as const,
        ]),
    ['Calls', formatCount(calls), dates === DOES_NOT_APPLY ? '' : `${dates} (UTC)`],
    [
      'Tokens',
      tokens === 0 ? DOES_NOT_APPLY : formatCount(tokens),
      tokens === 0
        ? 'not recorded'
        : `${formatCount(inputTokens)} in, ${formatCount(outputTokens)} out${reasoningTokens === 0 ? '' : `, ${formatCount(reasoningTokens)} of these for reasoning`}`,
    ],
    [
      'Cost',
      costUsd === null ? DOES_NOT_APPLY : `$${costUsd.toFixed(2)}`,
      costUsd === null ? 'no price is recorded' : 'at the prices recorded with the calls',
    ],
  ];
  return html`<dl class="glance">${facts.map(([name, value, more]) => html`<div><dt>${name}</dt><dd>${value}${more === undefined || more === '' ? null : html`<small>${more}</small>`}</dd></div>`)}</dl>\n`;
}

/** "2026-01-01 to 2026-01-03", or the one date. */
function formatDates(first: string, last: string): string {
  const days = [first, last].map((time) => time.slice(0, 10));
  return [...new Set(days)].join(' to ');
}

/** Personas written from sheets, or who answered in a study of its own personas. */
function personasOf(study: Analysis['study']): [string, string, string] {
  const { personas, reference } = study;
  const sheets = reference.personalityIds.length;
  if (hasSheets(study))
    return ['Personas', formatCount(personas.count), `${formatCount(sheets)} reference sheets`];
  const counted = countOwnCases(study);
  const { described, bare, controls, unknown } = counted;
  const isMixed = described + controls + unknown > 0 && bare + controls + unknown > 0;
  const { vignette } = study.ownColumns;
  // A case is several rows then.
  const mixed = vignette === null ? 'Cases' : 'Rows';
  const cases = vignette === null ? '' : `, of ${formatCount(countVignettes(study))} cases`;
  return [
    isMixed ? mixed : bare === 0 ? 'Personas' : 'Stimuli',
    formatCount(described + bare + controls + unknown),
    `${isMixed ? sayOwnCases(counted) : 'of the study’s own'}${cases}`,
  ];
}

export function renderFindings(analysis: Analysis): Markup {
  const flow = flowOf(analysis.quality.administrations);
  return html`<ul class="findings">${listFindings(analysis).map(renderFinding)}</ul>
${flow.length === 0 ? null : html`<h3>Flow of administrations</h3>\n${renderFlow(flow)}`}`;
}

function renderFinding({ about, parts }: Finding): Markup {
  if (about === null) return html`<li>${parts.join(' ')}</li>\n`;
  return html`<li><b>${about}</b><ul>${parts.map((text) => html`<li>${text}</li>\n`)}</ul></li>\n`;
}

function renderFlow(rows: readonly FlowRow[]): Markup {
  return renderRecords(
    'Flow of administrations',
    [
      { heading: 'Model', text: (row) => row.model, kind: 'name' },
      { heading: 'Condition', text: (row) => row.condition, kind: 'name' },
      ...(
        [
          ['Planned', 'planned'],
          ['Analysed', 'analysed'],
          ['Not asked yet', 'pending'],
          ['Refused', 'refused'],
          ['Truncated', 'truncated'],
          ['Unparseable', 'unparseable'],
          ['Invalid', 'invalid'],
          ['Failed', 'failed'],
        ] as const
      ).map(([heading, key]) => ({ heading, text: (row: FlowRow) => formatCount(row[key]) })),
    ],
    rows,
  );
}

const ROLES: Readonly<Record<string, string>> = { system: 'System message', user: 'Prompt' };

export function renderExample(example: ExampleAdministration): Markup {
  const { experimentId, model, condition, questionnaire, messages, reply } = example;
  return html`<p>Experiment ${experimentId}: ${questionnaire}, ${model}, ${condition}. It is the first that succeeded. <code>personas show ${experimentId}</code> prints everything about it.</p>
${messages.map(({ role, text }) => html`<h3>${ROLES[role] ?? role}</h3><pre class="said">${text}</pre>\n`)}
<h3>Reply</h3><pre class="said">${reply}</pre>`;
}

export function renderFigures(all: readonly Figure[]): Markup {
  if (all.length === 0)
    return html`<p class="empty">There is nothing to draw yet: a figure needs experiments that have succeeded, or personas with demographic values.</p>`;
  return html`${all.map(
    ({ id, title, caption, svg, narrow }, index) => html`<figure id="figure-${id}">
<div class="wide">${adaptToPage(svg)}</div><div class="narrow">${adaptToPage(narrow)}</div>
<figcaption><b>Figure ${index + 1}. ${title}.</b> ${caption}</figcaption>
</figure>\n`,
  )}`;
}

/**
 * A figure with the page's colours, which follow the reader's choice of light or dark. Numbers on
 * coloured cells keep their own.
 */
function adaptToPage(svg: string): Markup {
  let text = svg;
  for (const [name, colour] of Object.entries(INKS))
    text = text.replaceAll(`"${colour}"`, `"var(--${name})"`);
  return new Markup(text);
}

export function renderDifferences({ study, differences }: Analysis): Markup {
  if (differences.length === 0)
    return html`<p class="empty">No cell differs between the tables as published and as corrected.</p>`;
  const kinds = [...Map.groupBy(differences, ({ kind }) => kind)];
  // Of simulated data no marker of significance is shown anywhere.
  const write = (text: string) =>
    study.dataOrigin === 'simulated'
      ? text.replaceAll(/[‡†¶§*]+/gu, '').trim() || 'no marker'
      : text;
  return html`<p>${formatCount(differences.length)} cells say something else, or mean something else, in the corrected tables. They fall into ${formatCount(kinds.length)} ${kinds.length === 1 ? 'kind' : 'kinds'}.</p>
${kinds.map(([kind, own]) => renderKind(kind, own, write))}`;
}

function renderKind(
  kind: string,
  own: readonly Difference[],
  write: (text: string) => string,
): Markup {
  const groups = [...Map.groupBy(own, ({ reason }) => reason)];
  const isOne = groups.length === 1;
  return html`<details class="kind"><summary>${kind} <span class="count">${formatCount(own.length)} ${own.length === 1 ? 'cell' : 'cells'}</span>${isOne ? html`<span class="why">${groups[0]![0]}</span>` : null}</summary>
<div class="scroll" role="region" tabindex="0" aria-label="${kind}"><table class="words"><thead><tr><th scope="col">Table</th><th scope="col">Cell</th><th scope="col">Published</th><th scope="col">Corrected</th></tr></thead>
${groups.map(
  ([reason, cells]) =>
    html`<tbody>${isOne ? null : html`<tr class="why"><th scope="rowgroup" colspan="4"><span>${reason}</span></th></tr>\n`}${cells.map(
      ({ table, cell, published, corrected }) =>
        html`<tr><th scope="row"><a href="#table-${table}">${nameTable(table)}</a></th><td>${cell}</td><td>${write(published)}</td><td>${write(corrected)}</td></tr>\n`,
    )}</tbody>`,
)}</table></div></details>\n`;
}

export function renderMethods(analysis: Analysis): Markup {
  return html`${describeMethods(analysis).map(({ heading, paragraphs }) =>
    heading === 'References'
      ? html`<h3>${heading}</h3><ul class="references">${paragraphs.map((text) => html`<li>${text}</li>`)}</ul>`
      : html`<h3>${heading}</h3>${paragraphs.map((text) => html`<p>${text}</p>`)}\n`,
  )}`;
}

interface Column<Row> {
  readonly heading: string;
  readonly text: (row: Row) => Content;
  /** Set to the left: `name` stays on its line, `words` may break. Numbers are set to the right. */
  readonly kind?: 'name' | 'words';
}

/**
 * A plain table of records; columns in which no row has anything but 0 or nothing are kept, since a
 * 0 is a finding.
 */
function renderRecords<Row>(
  name: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): Markup {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${name}"><table class="records"><caption>${name}</caption><thead><tr>${columns.map(({ heading, kind = heading === columns[0]!.heading ? 'name' : undefined }) => html`<th scope="col"${kind === undefined ? '' : html` class="label ${kind}"`}>${heading}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${columns.map(({ text, kind }, index) => (index === 0 ? html`<th scope="row">${text(row)}</th>` : html`<td${kind === undefined ? '' : html` class="label ${kind}"`}>${text(row)}</td>`))}</tr>\n`)}</tbody></table></div>\n`;
}

/** Whether anything but a plain answer in the first call became of items. */
function hasItemsToTell(row: QualityRow): boolean {
  return ITEM_COLUMNS.some(([, key]) => key !== 'answeredFirst' && row[key] > 0);
}

const ITEM_COLUMNS = [
  ['Partial', 'partial'],
  ['Answered at first', 'answeredFirst'],
  ['when asked again', 'answeredAgain'],
  ['Declined', 'declined'],
  ['Missing codes', 'missingCodes'],
  ['Not applicable', 'notApplicable'],
  ['Not asked', 'notAsked'],
  ['Attention checks', 'attentionChecks'],
  ['failed', 'attentionFailed'],
] as const satisfies readonly (readonly [string, keyof QualityRow])[];

function renderItemStates(rows: readonly QualityRow[]): Markup {
  return html`<h3>What became of items</h3>
<p>Of experiments that succeeded. Partial: experiments with items missing, as the rules of the scales allow; the others are numbers of items. Missing codes are answers, such as “prefer not to say”, that score nothing.</p>
${renderRecords(
  'What became of items',
  [
    { heading: 'Questionnaire', text: (row) => row.questionnaire },
    { heading: 'Model', text: (row) => row.model, kind: 'name' },
    { heading: 'Condition', text: (row) => row.condition, kind: 'name' },
    ...ITEM_COLUMNS.map(([heading, key]) => ({
      heading,
      text: (row: QualityRow) => formatCount(row[key]),
    })),
  ],
  rows,
)}`;
}

export function renderQuality({ quality }: Analysis): Markup {
  const { administrations, demographics, negativeItems } = quality;
  const unplaced = demographics.filter(({ missing, unmapped }) => missing + unmapped > 0);
  return html`<h3>How experiments ended</h3>
<p>Numbers of administrations. A uniform one has the same answer to every item; an incomplete one lacks at least one answer.</p>
${
  administrations.length === 0
    ? html`<p class="empty">There are no experiments.</p>`
    : renderRecords(
        'How experiments ended',
        [
          { heading: 'Questionnaire', text: (row) => row.questionnaire },
          { heading: 'Model', text: (row) => row.model, kind: 'name' },
          { heading: 'Condition', text: (row) => row.condition, kind: 'name' },
          ...(
            [
              ['Experiments', 'experiments'],
              ['Succeeded', 'succeeded'],
              ['Pending', 'pending'],
              ['Refused', 'refused'],
              ['Truncated', 'truncated'],
              ['Unparseable', 'unparseable'],
              ['Invalid', 'invalid'],
              ['Failed', 'failed'],
              ['Later attempt', 'laterAttempt'],
              ['Uniform', 'uniform'],
              ['Incomplete', 'incomplete'],
              ['Answers, not succeeded', 'answeredNotSucceeded'],
              ['Answers twice', 'duplicateAnswers'],
              ['in conflict', 'conflictingAnswers'],
            ] as const
          ).map(([heading, key]) => ({
            heading,
            text: (row: (typeof administrations)[number]) =>
              row[key] === null ? DOES_NOT_APPLY : formatCount(row[key]),
          })),
        ],
        administrations,
      )
}
${administrations.some(hasItemsToTell) ? renderItemStates(administrations) : null}
<h3>Items against their scale</h3>
${
  negativeItems.length === 0
    ? html`<p class="empty">No item correlates negatively with the rest of its scale, where ${FEWEST_PERSONS} or more answered.</p>`
    : html`<p>These items correlate negatively with the sum of the other items of their scale (r corrected for overlap), as an item does whose key is wrong. A correlation near 0 may be chance.</p>
${renderRecords(
  'Items against their scale',
  [
    { heading: 'Questionnaire', text: (row) => row.instrument },
    { heading: 'Scale', text: (row) => row.scale, kind: 'name' },
    { heading: 'Item', text: ({ item }) => String(item) },
    { heading: 'Model', text: (row) => row.model, kind: 'name' },
    { heading: 'Condition', text: (row) => row.condition ?? DOES_NOT_APPLY, kind: 'name' },
    { heading: 'r', text: ({ r }) => formatNumber(r, 2) },
    { heading: 'n', text: (row) => formatCount(row.n) },
  ],
  negativeItems,
)}`
}
<h3>Demographic values that the tables cannot place</h3>
${
  unplaced.length === 0
    ? html`<p class="empty">Every demographic value is stated and recognised.</p>`
    : renderRecords(
        'Demographic values that the tables cannot place',
        [
          { heading: 'Model', text: (row) => row.model },
          { heading: 'Condition', text: (row) => row.condition, kind: 'name' },
          { heading: 'Field', text: (row) => row.field.replaceAll('_', ' '), kind: 'name' },
          { heading: 'Personas', text: (row) => formatCount(row.personas) },
          { heading: 'Not stated', text: (row) => formatCount(row.missing) },
          { heading: 'Not recognised', text: (row) => formatCount(row.unmapped) },
          { heading: 'Such as', text: (row) => row.examples.join(', '), kind: 'words' },
        ],
        unplaced,
      )
}`;
}

export function renderProvenance({ study, provenance }: Analysis): Markup {
  const { groups, generations, instruments, imported, reference, studyFile, unverifiedCalls } =
    provenance;
  return html`<dl class="facts">
<dt>Program</dt><dd>personality-trap ${provenance.programVersion}</dd>
${provenance.database === null ? null : html`<dt>Database</dt><dd>${provenance.database}</dd>`}
<dt>Study file</dt><dd>${studyFile === null ? 'none: the schema was not made by a pipeline' : [studyFile.name, ' ', hash(studyFile.sha256)]}</dd>
${studyFile === null || studyFile.designSha256 === null ? null : html`<dt>Design</dt><dd>${sayDesignHash(studyFile).trim()}</dd>`}
${
  reference === null && !hasSheets(study)
    ? null
    : html`<dt>Reference population</dt><dd>${
        reference === null
          ? 'not recorded'
          : [
              `${reference.name}, ${reference.origin}, ${formatCount(reference.sheets)} sheets of ${reference.instrument}${reference.seed === null ? '' : `, seed ${reference.seed}`} `,
              hash(reference.sha256),
            ]
      }</dd>`
}
${
  unverifiedCalls === 0
    ? null
    : html`<dt>Unverified</dt><dd>${formatCount(unverifiedCalls)} calls, imported although their stored bytes are not those of their recorded SHA-256</dd>`
}
${imported.map(({ source, personas }) => html`<dt>Imported</dt><dd>${formatCount(personas)} personas: ${source}</dd>`)}
</dl>
${
  instruments.length === 0
    ? null
    : html`<h3>Instruments</h3>${renderRecords(
        'Instruments',
        [
          { heading: 'Instrument', text: (row) => row.title },
          { heading: 'Slug', text: (row) => row.slug, kind: 'name' },
          { heading: 'Language', text: (row) => row.language, kind: 'name' },
          { heading: 'SHA-256', text: (row) => hash(row.sha256), kind: 'name' },
          { heading: 'Licence', text: (row) => row.licence ?? DOES_NOT_APPLY, kind: 'words' },
        ],
        instruments,
      )}`
}
${
  groups.length === 0
    ? null
    : html`<h3>Experiment groups</h3>${renderRecords(
        'Experiment groups',
        [
          { heading: 'Group', text: (row) => row.groupId },
          { heading: 'Description', text: (row) => row.description ?? '', kind: 'words' },
          {
            heading: 'Questionnaire',
            text: (row) =>
              `${row.questionnaire ?? ''}${row.language === null ? '' : ` (${row.language})`}`,
            kind: 'name',
          },
          { heading: 'Model', text: (row) => row.model, kind: 'name' },
          { heading: 'Model id', text: (row) => nameId(row.modelId), kind: 'name' },
          { heading: 'Provider', text: (row) => row.provider ?? DOES_NOT_APPLY, kind: 'name' },
          { heading: 'Temp.', text: (row) => row.temperature ?? DOES_NOT_APPLY },
          { heading: 'top_p', text: (row) => row.topP ?? DOES_NOT_APPLY },
          {
            heading: 'Sent besides',
            text: (row) =>
              row.parameters === null ? DOES_NOT_APPLY : JSON.stringify(row.parameters),
            kind: 'name',
          },
          { heading: 'Seed', text: (row) => row.seed ?? DOES_NOT_APPLY },
          { heading: 'Experiments', text: (row) => formatCount(row.experiments) },
          { heading: 'Succeeded', text: (row) => formatCount(row.succeeded) },
          { heading: 'System role', text: (row) => hash(row.systemRoleSha256), kind: 'name' },
          { heading: 'Prompt', text: (row) => hash(row.promptSha256), kind: 'name' },
          { heading: 'Instrument', text: (row) => hash(row.instrumentSha256), kind: 'name' },
          {
            heading: 'Commit',
            text: (row) => (row.repoShas.length === 0 ? DOES_NOT_APPLY : row.repoShas.join(', ')),
            kind: 'words',
          },
        ],
        groups,
      )}`
}
${
  generations.length === 0
    ? null
    : html`<h3>Populations written here</h3>${renderRecords(
        'Populations written here',
        [
          { heading: 'Population', text: (row) => row.population },
          { heading: 'Model', text: (row) => row.model, kind: 'name' },
          { heading: 'Model id', text: (row) => nameId(row.modelId), kind: 'name' },
          { heading: 'Provider', text: (row) => row.provider, kind: 'name' },
          { heading: 'Condition', text: (row) => row.condition, kind: 'name' },
          { heading: 'Temp.', text: (row) => row.temperature ?? DOES_NOT_APPLY },
          { heading: 'top_p', text: (row) => row.topP ?? DOES_NOT_APPLY },
          { heading: 'Seed', text: (row) => row.seed },
          { heading: 'Personas', text: (row) => formatCount(row.personas) },
          { heading: 'Draws', text: (row) => formatCount(row.draws) },
          { heading: 'System role', text: (row) => hash(row.systemRoleSha256), kind: 'name' },
          { heading: 'Prompt', text: (row) => hash(row.promptSha256), kind: 'name' },
          { heading: 'Commit', text: (row) => row.repoSha ?? DOES_NOT_APPLY, kind: 'words' },
        ],
        generations,
      )}`
}
${renderHashes(provenance)}`;
}

function renderHashes({
  groups,
  generations,
  instruments,
  reference,
  studyFile,
}: Analysis['provenance']): Markup | null {
  const named: readonly (readonly [string, string | null | undefined])[] = [
    ['study file', studyFile?.sha256],
    ['reference sheets', reference?.sha256],
    ...instruments.map(
      ({ slug, language, sha256 }) => [`instrument ${slug} (${language})`, sha256] as const,
    ),
    ...groups.flatMap(({ groupId, systemRoleSha256, promptSha256, instrumentSha256 }) => [
      [`system role of group ${groupId}`, systemRoleSha256] as const,
      [`prompt of group ${groupId}`, promptSha256] as const,
      [`instrument of group ${groupId}`, instrumentSha256] as const,
    ]),
    ...generations.flatMap(({ population, model, systemRoleSha256, promptSha256 }) => [
      [`system role of ${population} by ${model}`, systemRoleSha256] as const,
      [`prompt of ${population} by ${model}`, promptSha256] as const,
    ]),
  ];
  const byHash = Map.groupBy(
    named.flatMap(([name, sha256]) => (typeof sha256 === 'string' ? [{ name, sha256 }] : [])),
    ({ sha256 }) => sha256,
  );
  if (byHash.size === 0) return null;
  return html`<details class="queries"><summary>Hashes in full <span class="count">SHA-256</span></summary><ul class="hashes">${[...byHash].map(([sha256, own]) => html`<li>${sha256} ${formatList(own.map(({ name }) => name))}</li>\n`)}</ul></details>`;
}

/** Never broken at its hyphens. */
function nameId(id: string | null): Content {
  return id === null ? DOES_NOT_APPLY : html`<code class="hash">${id}</code>`;
}

/** The first letters; the whole stands in a list below. */
function hash(sha256: string | null): Content {
  return sha256 === null
    ? DOES_NOT_APPLY
    : html`<code class="hash" title="${sha256}">${sha256.slice(0, 12)}</code>`;
}
