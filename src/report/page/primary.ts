/** The analyses that the study planned, before everything else that was found. */
import type { Analysis } from '../analysis.ts';
import {
  type PrimaryAnalysis,
  primaryAnalyses,
  sayPrimaryFamily,
  showEstimate,
} from '../primary.ts';
import { nameTable } from '../tables/captions.ts';
import { DOES_NOT_APPLY, formatP, NOT_AVAILABLE } from '../tables/format.ts';
import { html, type Markup } from './html.ts';

/** Null where the study planned none. */
export function renderPrimary(analysis: Analysis): Markup | null {
  const primary = primaryAnalyses(analysis);
  if (primary.length === 0) return null;
  return html`<p>${sayPrimaryFamily(primary)}</p>
<div class="scroll" role="region" tabindex="0" aria-label="Primary analyses"><table class="records"><caption>Primary analyses</caption><thead><tr><th scope="col" class="label name">Table</th><th scope="col" class="label name">Claim</th><th scope="col" class="label words">About</th><th scope="col">Estimate</th><th scope="col">p adj.</th></tr></thead>
<tbody>${primary.map(renderRow)}</tbody></table></div>\n`;
}

function renderRow(one: PrimaryAnalysis): Markup {
  const p =
    one.p === null ? (one.reason === null ? DOES_NOT_APPLY : NOT_AVAILABLE) : formatP(one.p);
  return html`<tr><th scope="row"><a href="#table-${one.table}">${nameTable(one.table)}</a></th><td class="label name">${one.claim}</td><td class="label words">${one.subject}</td><td>${showEstimate(one) ?? NOT_AVAILABLE}</td><td>${p}</td></tr>\n`;
}
