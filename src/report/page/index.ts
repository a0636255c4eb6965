/** The report: one HTML file that holds everything it shows and asks for nothing. */
import { createHash } from 'node:crypto';
import type { Analysis } from '../analysis.ts';
import { type Figure, figures } from '../figures/index.ts';
import { SIMULATED_NOTICE } from '../tables/captions.ts';
import { html, Markup } from './html.ts';
import {
  renderDifferences,
  renderExample,
  renderFigures,
  renderFindings,
  renderGlance,
  renderMethods,
  renderProvenance,
  renderQuality,
  renderTitle,
} from './parts.ts';
import { renderPrimary } from './primary.ts';
import { Queries } from './queries.ts';
import { SCRIPT } from './script.ts';
import { narrow, SIMULATED_STYLE, STYLE } from './style.ts';
import { headingStyle, layOutTables, renderTables } from './tables.ts';

export interface ReportOptions {
  /** When the report says it was made. */
  readonly now: Date;
  /** Those of the analysis, where they are drawn already. */
  readonly drawn?: readonly Figure[];
}

/** Nothing may be loaded or sent, and no script runs but the page's own. */
const POLICY = [
  "default-src 'none'",
  `script-src 'sha256-${createHash('sha256').update(SCRIPT).digest('base64')}'`,
  "style-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** @returns a complete HTML document */
export function renderReport(
  analysis: Analysis,
  { now, drawn = figures(analysis) }: ReportOptions,
): string {
  const { study, provenance } = analysis;
  const name = provenance.studyFile?.name ?? `Schema ${study.schema}`;
  const isSimulated = study.dataOrigin === 'simulated';
  const queries = new Queries(study);
  const layouts = layOutTables(analysis);
  const tables = renderTables(analysis, layouts, queries);
  const primary = renderPrimary(analysis);
  const sections: readonly {
    readonly id: string;
    readonly title: string;
    readonly body: Markup;
  }[] = [
    { id: 'findings', title: 'Findings', body: renderFindings(analysis) },
    ...(primary === null ? [] : [{ id: 'primary', title: 'Primary analyses', body: primary }]),
    { id: 'glance', title: 'At a glance', body: renderGlance(analysis) },
    {
      id: 'tables',
      title: 'Tables',
      body: html`${analysis.published.length > 0 ? BOTH_MODES : null}${LINKS}${tables}`,
    },
    { id: 'figures', title: 'Figures', body: renderFigures(drawn) },
    ...(analysis.published.length > 0
      ? [{ id: 'differences', title: 'Differences', body: renderDifferences(analysis) }]
      : []),
    { id: 'methods', title: 'Methods', body: renderMethods(analysis) },
    ...(analysis.example === null
      ? []
      : [{ id: 'example', title: 'Example', body: renderExample(analysis.example) }]),
    { id: 'quality', title: 'Data quality', body: renderQuality(analysis) },
    { id: 'provenance', title: 'Provenance', body: renderProvenance(analysis) },
    {
      id: 'queries',
      title: 'SQL',
      body: html`<p>The statements that yield the rows behind each row of the tables. ${REPLIES}</p>\n${queries.render()}`,
    },
  ];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${isSimulated ? 'SIMULATED: ' : ''}${name}</title>
<style>${new Markup([STYLE, isSimulated ? SIMULATED_STYLE : '', narrow(headingStyle(layouts))].join(''))}</style>
</head>
<body>
<a class="skip" href="#findings">Skip to the content</a>
<div class="head">
${isSimulated ? html`<p class="banner" role="note">${SIMULATED_NOTICE}.</p>` : null}
<nav aria-label="Contents"><a href="#top">${name}</a>${sections.map(({ id, title }) => html`<a href="#${id}">${title}</a>`)}</nav>
</div>
<main id="top">
${renderTitle(analysis, now)}
${sections.map(({ id, title, body }) => html`<section id="${id}" aria-labelledby="${id}-title">\n<h2 id="${id}-title">${title}</h2>\n${body}</section>\n`)}
</main>
<footer>Made by personality-trap ${provenance.programVersion} from schema ${study.schema}. Tables and figures lie beside this page as files.</footer>
<dialog class="panel" aria-label="SQL of the row"><header><strong>SQL of the row</strong><button type="button" class="copy">Copy SQL</button><button type="button" class="close">Close</button></header><div class="body"></div><template><p>${REPLIES}</p></template></dialog>
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`.text;
}

const REPLIES = html`Each row of answers names its experiment; <code>personas show EXPERIMENT_ID</code> prints the persona, the prompt and every verbatim reply of it.`;

const BOTH_MODES = html`<p>Each table stands here twice: corrected, and as the study’s published code computes it.</p>\n`;

const LINKS = html`<p>A row, or a cell, leads to the SQL that yields the rows behind it; on the keyboard, Enter opens it and the arrow keys move.</p>\n`;
