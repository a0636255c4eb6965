/** How far a study is, what it cost, and what did not go well. */
import type { FailureOverview } from '../../experiments/status/failures-store.ts';
import type { GroupOverview } from '../../experiments/status/groups-store.ts';
import { formatCount, formatDollars } from '../../numbers.ts';
import { type Content, html, type Markup } from '../../report/page/html.ts';
import { MEASURES, type StudyBudget, total } from '../../runner/budget/amounts.ts';
import type { WorkerOverview } from '../../runner/workers/worker-store.ts';
import { EVERYTHING, type Filter, writeSelection } from '../filter.ts';
import type { Pace } from '../overview-store.ts';

export interface Overview {
  /** Other studies in the same database. */
  readonly others: readonly string[];
  readonly groups: readonly GroupOverview[];
  readonly failures: readonly FailureOverview[];
  readonly budget: StudyBudget;
  readonly workers: readonly WorkerOverview[];
  readonly pace: Pace;
  /** Names what is shown. */
  readonly state: string;
}

export function renderOverview({
  others,
  groups,
  failures,
  budget,
  workers,
  pace,
  state,
}: Overview): Markup {
  const sum = (key: 'experiments' | 'succeeded' | 'pending' | 'closed') =>
    groups.reduce((all, group) => all + group[key], 0);
  const pending = sum('pending');
  const refused = failures
    .filter(({ outcome }) => outcome === 'refused')
    .reduce((all, { experiments, closed }) => all + experiments - closed, 0);
  const facts: readonly (readonly [string, Content])[] = [
    ['Administrations', formatCount(sum('experiments'))],
    ['Answered', formatCount(sum('succeeded'))],
    [
      'Pending',
      `${formatCount(pending)}${refused === 0 ? '' : `, of which ${formatCount(refused)} refused: no run asks them again unless told to`}`,
    ],
    ['Closed without answers', formatCount(sum('closed'))],
    ['Pace', describePace(pace, pending - refused)],
    ...MEASURES.map((measure) => [LABELS[measure], describeSpent(budget, measure)] as const),
    ...(others.length === 0 ? [] : [['Other studies here', others.join(', ')] as const]),
  ];
  return html`<div data-live="/state/overview" data-shown="${state}"><h1>Overview</h1>
<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
${records(
  'Groups',
  [
    'Group',
    'Questionnaire',
    'Model',
    'Administrations',
    'Answered',
    'Pending',
    'Closed',
    'Description',
  ],
  groups.map((group) => [
    list({ groups: [group.groupId] }, String(group.groupId)),
    `${group.questionnaire ?? ''} (${group.language ?? 'en'})`,
    group.model ?? '',
    ...[group.experiments, group.succeeded, group.pending, group.closed].map(formatCount),
    group.description ?? '',
  ]),
  'No administration is registered.',
)}
${groups.length < 2 ? null : html`<p><a href="/compare?by=group">Compare two groups</a></p>`}
${records(
  'What was not answered',
  ['Model', 'Condition', 'Outcome', 'Kind', 'Administrations', 'Reason in an example'],
  failures.map((one) => [
    one.model ?? '',
    one.condition ?? '',
    list(
      {
        choices: {
          ...EVERYTHING.choices,
          model: one.model === null ? [] : [one.model],
          condition: one.condition === null ? [] : [one.condition],
          outcome: [one.outcome],
        },
        reason: one.kind,
      },
      one.outcome,
    ),
    one.kind?.replaceAll('_', ' ') ?? '',
    formatCount(one.experiments),
    html`<a href="/administrations/${one.example}">${one.reason ?? 'example'}</a>`,
  ]),
  'Every attempt was answered.',
)}
${records(
  'Processes at work',
  ['Process', 'Task', 'In hand', 'Done', 'Failed', 'Tasks a second', 'Waiting for'],
  workers.map((one) => [
    `${one.pid} on ${one.host}${one.lost ? ' (lost)' : ''}`,
    one.task ?? 'between runs',
    ...[one.inHand, one.done, one.failed].map(formatCount),
    one.perSecond === null ? '' : one.perSecond.toFixed(1),
    one.waitingFor ?? '',
  ]),
  'No process is running experiments.',
)}</div>`;
}

const LABELS = { usd: 'Spent', tokens: 'Tokens', calls: 'Calls' } as const;

function describeSpent(budget: StudyBudget, measure: keyof typeof LABELS): string {
  const write = measure === 'usd' ? formatDollars : formatCount;
  const limit = budget.limits[measure];
  const spent = write(total(budget)[measure]);
  return limit === null ? spent : `${spent} of ${write(limit)}`;
}

/** @param pending what a run would ask */
function describePace({ perSecond }: Pace, pending: number): string {
  if (perSecond === null) return 'no calls in the last two minutes';
  if (pending === 0) return `${perSecond.toFixed(1)} calls a second; none left to ask`;
  const minutes = pending / perSecond / 60;
  const left =
    minutes < 1
      ? 'less than a minute'
      : minutes < 90
        ? `${Math.round(minutes)} minutes`
        : `${Math.round(minutes / 60)} hours`;
  return `${perSecond.toFixed(1)} calls a second; ${left} left at this pace`;
}

/** A link to the administrations that a filter wants. */
function list(filter: Partial<Filter>, text: string): Markup {
  return html`<a href="/administrations?${writeSelection({ filter: { ...EVERYTHING, ...filter } })}">${text}</a>`;
}

/** A column of counts is flush right. */
function isOfNumbers(rows: readonly (readonly Content[])[], index: number): boolean {
  return rows.every((row) => typeof row[index] === 'string' && /^[\d,.]*$/.test(row[index]));
}

/** Characters from which on a text is wrapped, in a column that stays wide enough to read. */
const LONG = 60;

function records(
  title: string,
  headings: readonly string[],
  rows: readonly (readonly Content[])[],
  none: string,
): Markup {
  return html`<h2>${title}</h2>${
    rows.length === 0
      ? html`<p class="empty">${none}</p>`
      : html`<div class="scroll" role="region" tabindex="0" aria-label="${title}"><table><caption class="unseen">${title}</caption><thead><tr>${headings.map((heading, index) => html`<th scope="col"${isOfNumbers(rows, index) ? html` class="number"` : null}>${heading}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, index) => (index === 0 ? html`<th scope="row">${cell}</th>` : html`<td${isOfNumbers(rows, index) ? html` class="number"` : typeof cell === 'string' && cell.length > LONG ? html` class="long-cell"` : null}>${cell}</td>`))}</tr>\n`)}</tbody></table></div>`
  }`;
}
