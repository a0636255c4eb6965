/** How administrations ended by model and condition: each count leads to its list. */
import { formatCount } from '../../numbers.ts';
import { type Content, html, type Markup } from '../../report/page/html.ts';
import { EVERYTHING, OUTCOMES, writeSelection } from '../filter.ts';
import type { OutcomeCounts } from '../outcomes-store.ts';

export function renderOutcomes(rows: readonly OutcomeCounts[]): Markup {
  const outcomes = OUTCOMES.filter((one) => rows.some(({ counts }) => (counts[one] ?? 0) > 0));
  const total = ({ counts }: OutcomeCounts) =>
    Object.values(counts).reduce((sum, count) => sum + count, 0);
  const title = 'Outcomes by model and condition';
  return html`<h1>${title}</h1>
<p>How each administration ended in its last attempt. A count leads to the list of them.</p>
${
  rows.length === 0
    ? html`<p class="empty">No administration is registered.</p>`
    : html`<div class="scroll" role="region" tabindex="0" aria-label="${title}"><table class="counts"><caption class="unseen">${title}</caption>
<thead><tr>${['Model', 'Condition', 'Questionnaire', ...outcomes, 'all'].map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody>${rows.map(
        (row) =>
          html`<tr><th scope="row">${row.model ?? ''}</th><td>${row.condition ?? ''}</td><td>${row.questionnaire ?? ''}</td>${outcomes.map((outcome) => html`<td class="number" data-label="${outcome}">${renderCount(row, outcome, row.counts[outcome] ?? 0, total(row))}</td>`)}<td class="number" data-label="all">${renderCount(row, null, total(row), total(row))}</td></tr>\n`,
      )}</tbody></table></div>`
}`;
}

function renderCount(
  { model, condition, questionnaire }: OutcomeCounts,
  outcome: (typeof OUTCOMES)[number] | null,
  count: number,
  all: number,
): Content {
  if (count === 0) return '0';
  const one = <T>(value: T | null) => (value === null ? [] : [value]);
  const choices = {
    ...EVERYTHING.choices,
    model: one(model),
    condition: one(condition),
    questionnaire: one(questionnaire),
    outcome: one(outcome),
  };
  const address = writeSelection({ filter: { ...EVERYTHING, choices } });
  const share = outcome === null ? null : html` <span class="soft">${percent(count / all)}</span>`;
  return html`<a href="/administrations?${address}">${formatCount(count)}</a>${share}`;
}

/** A share that is neither none nor all is never written as one of them. */
function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.1) return '<0.1 %';
  if (value < 100 && value > 99.9) return '>99.9 %';
  return value === 100 ? '100 %' : `${value.toFixed(1)} %`;
}
