/**
 * The flow of administrations: how many were planned, asked, lost on the way and analysed, for each
 * model and condition.
 */
import type { QualityRow } from '../analysis/quality/quality.ts';
import { formatCount } from '../numbers.ts';
import { formatList, formatNumber } from './tables/format.ts';

export interface FlowRow {
  readonly model: string;
  readonly condition: string;
  /** Registered. The columns below add up to it. */
  readonly planned: number;
  /** Never asked, or asked without an outcome. */
  readonly pending: number;
  readonly refused: number;
  /** A reply that cannot be read. */
  readonly unparseable: number;
  /** A reply that breaks a rule of the questionnaire. */
  readonly invalid: number;
  readonly truncated: number;
  /** Ended by an error of the provider. */
  readonly failed: number;
  /** Succeeded: all that the tables are computed from. */
  readonly analysed: number;
}

/** A sentence names no more conditions than these. */
const MOST_CONDITIONS = 6;

/** Over all questionnaires and their forms; in order of first appearance. */
export function flowOf(administrations: readonly QualityRow[]): readonly FlowRow[] {
  const groups = Map.groupBy(administrations, ({ model, condition }) =>
    JSON.stringify([model, condition]),
  );
  return [...groups.values()].map((rows) => {
    const sum = (of: (row: QualityRow) => number) =>
      rows.reduce((total, row) => total + of(row), 0);
    const { model, condition } = rows[0]!;
    return {
      model,
      condition,
      planned: sum((row) => row.experiments),
      pending: sum((row) => row.pending),
      refused: sum((row) => row.refused),
      unparseable: sum((row) => row.unparseable),
      invalid: sum((row) => row.invalid),
      truncated: sum((row) => row.truncated),
      failed: sum((row) => row.failed),
      analysed: sum((row) => row.succeeded),
    };
  });
}

/**
 * "Interim: 25 of 33 planned administrations are in. …"
 * @returns null once every administration has ended
 */
export function sayInterim(rows: readonly FlowRow[]): string | null {
  const planned = rows.reduce((total, row) => total + row.planned, 0);
  const pending = rows.reduce((total, row) => total + row.pending, 0);
  if (pending === 0) return null;
  const done = planned - pending;
  return `Interim: ${formatCount(done)} of ${formatCount(planned)} planned administrations ${done === 1 ? 'is' : 'are'} in. Estimates will change, and no test is final before the remaining ${formatCount(pending)} ${pending === 1 ? 'is' : 'are'} in as well.`;
}

/** "Of 33 planned administrations, 30 were analysed; 2 were refused and 1 was truncated." */
export function sayFlow(rows: readonly FlowRow[]): string {
  const sum = (of: (row: FlowRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  const planned = sum((row) => row.planned);
  if (planned === 0) return 'No administration was planned.';
  const analysed = sum((row) => row.analysed);
  const lost = [
    [sum((row) => row.pending), 'not asked yet'],
    [sum((row) => row.refused), 'refused'],
    [sum((row) => row.truncated), 'truncated'],
    [sum((row) => row.unparseable), 'unparseable'],
    [sum((row) => row.invalid), 'invalid'],
    [sum((row) => row.failed), 'ended by an error'],
  ] as const;
  const named = lost.filter(([count]) => count > 0);
  const rest =
    named.length === 0
      ? ''
      : `; ${formatList(named.map(([count, what]) => `${formatCount(count)} ${count === 1 ? 'was' : 'were'} ${what}`))}`;
  return `Of ${formatCount(planned)} planned ${planned === 1 ? 'administration' : 'administrations'}, ${formatCount(analysed)} ${analysed === 1 ? 'was' : 'were'} analysed${rest}.`;
}

/**
 * Refusals of each condition, where their shares are not all equal: "Refusals by condition: 100 %
 * under X (32 of 32); 12.5 % under Y (4 of 32); none under the other 3." A sentence a model. It
 * describes them; whether they differ beyond chance, other tables test.
 */
export function sayRefusals(rows: readonly FlowRow[]): readonly string[] {
  const models = [...Map.groupBy(rows, ({ model }) => model)];
  return models.flatMap(([model, all]) => {
    const ended = all
      .map((row) => ({ ...row, ended: row.planned - row.pending }))
      .filter((row) => row.ended > 0);
    const shareOf = (row: (typeof ended)[number]) => row.refused / row.ended;
    if (new Set(ended.map(shareOf)).size < 2) return [];
    const some = ended
      .filter(({ refused }) => refused > 0)
      .toSorted((one, other) => shareOf(other) - shareOf(one));
    const shown = some.slice(0, MOST_CONDITIONS);
    const more = some.length - shown.length;
    const none = ended.filter(({ refused }) => refused === 0);
    const told = shown.map(
      (row) =>
        `${formatNumber(100 * shareOf(row), 1)} % under ${row.condition} (${formatCount(row.refused)} of ${formatCount(row.ended)})`,
    );
    const rest = [
      ...(more === 0 ? [] : [`fewer under ${formatCount(more)} more`]),
      ...(none.length === 0
        ? []
        : [
            `none under ${none.length === 1 ? none[0]!.condition : `the other ${formatCount(none.length)}`}`,
          ]),
    ];
    return [
      `Refusals by condition${models.length === 1 ? '' : ` (${model})`}: ${told.join('; ')}${rest.length === 0 ? '' : `; ${rest.join('; ')}`}.`,
    ];
  });
}
