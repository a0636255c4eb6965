/** Corrected Table 4 at a glance: one line for each model and condition, and what its tests found in sentences. */
import type { Cell, Table } from '../analysis/table.ts';
import { formatCount, formatNumber, NOT_AVAILABLE } from './tables/format.ts';

type Row = Readonly<Record<string, Cell>>;

export interface ScoreSummary {
  readonly heading: readonly string[];
  /** Model, condition, and mean and standard deviation on each scale with a mark of what was found. */
  readonly rows: readonly (readonly string[])[];
  /** What the marks mean and how many cells have each; nothing where nothing was compared. */
  readonly sentences: readonly string[];
}

const EQUIVALENT = '=';
const DIFFERENT = '≠';
const LEVEL = 0.05;

/** @param table corrected Table 4 */
export function summariseScores({ rows }: Table): ScoreSummary {
  const scales = [...new Set(rows.map((row) => textOf(row.scale)))];
  const several = new Set(rows.map((row) => row.instrument)).size > 1;
  const lines = Map.groupBy(rows, ({ instrument, model, population }) => JSON.stringify([instrument, model, population]));
  return {
    heading: [...(several ? ['instrument'] : []), 'model', 'condition', ...scales],
    rows: [...lines.values()].map((own) => {
      const { instrument, model, population } = own[0]!;
      const cells = scales.map((scale) => showScore(own.find((row) => row.scale === scale)));
      return [...(several ? [textOf(instrument)] : []), textOf(model), textOf(population), ...cells];
    }),
    sentences: [...sayFidelity(rows), ...sayManipulation(rows)],
  };
}

function showScore(row: Row | undefined): string {
  if (row === undefined || row.mean === null) return row === undefined ? '' : NOT_AVAILABLE;
  const score = `${formatNumber(Number(row.mean), 2)} ± ${row.sd === null ? NOT_AVAILABLE : formatNumber(Number(row.sd), 2)}`;
  if (row.test === 'manipulation check') return `${score} ${isAllAtTarget(row) ? '→' : ' '}`;
  if (row.test !== 'fidelity') return `${score}  `;
  return `${score} ${row.equivalent === true ? EQUIVALENT : isDifferent(row) ? DIFFERENT : ' '}`;
}

function sayFidelity(rows: readonly Row[]): readonly string[] {
  const compared = rows.filter((row) => row.test === 'fidelity' && typeof row.diff === 'number');
  if (compared.length === 0) return [];
  const same = compared.filter((row) => row.equivalent === true).length;
  const different = compared.filter(isDifferent).length;
  const bound = compared.find((row) => typeof row.equivalence_bound === 'number')?.equivalence_bound;
  return [
    `Of ${formatCount(compared.length)} mean scores compared with those of the same persons' sheets, ${formatCount(same)} ${same === 1 ? 'is' : 'are'} equivalent within ` +
      `± ${Number(bound)} (${EQUIVALENT}) and ${formatCount(different)} ${different === 1 ? 'differs' : 'differ'} (${DIFFERENT}), both with p below ${LEVEL} after Holm's correction.`,
  ];
}

function sayManipulation(rows: readonly Row[]): readonly string[] {
  const driven = rows.filter((row) => row.test === 'manipulation check' && typeof row.share_at_target === 'number');
  if (driven.length === 0) return [];
  const whole = driven.filter(isAllAtTarget).length;
  const lowest = driven.reduce((least, row) => (Number(row.share_at_target) < Number(least.share_at_target) ? row : least));
  return [
    `Of ${formatCount(driven.length)} scores that a condition sets, ${formatCount(whole)} ${whole === 1 ? 'is' : 'are'} reached by every persona (→); ` +
      `the lowest share is ${formatNumber(100 * Number(lowest.share_at_target), 0)} % (${textOf(lowest.model)}, ${textOf(lowest.population)}, ${textOf(lowest.scale)}).`,
  ];
}

function isAllAtTarget(row: Row): boolean {
  return row.share_at_target === 1;
}

function isDifferent(row: Row): boolean {
  return typeof row.p_adjusted === 'number' && row.p_adjusted < LEVEL;
}

function textOf(cell: Cell | undefined): string {
  return typeof cell === 'string' ? cell : '';
}
