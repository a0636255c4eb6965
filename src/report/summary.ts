/**
 * Corrected Table 4 at a glance: one line for each model and condition, and what its tests found in
 * sentences.
 */
import type { ScaleScoreRow } from '../analysis/corrected/scale-score-row.ts';
import { formatCount } from '../numbers.ts';
import { formatPoints } from './tables/families/scale-score-methods.ts';
import { formatList, formatNumber, NOT_AVAILABLE } from './tables/format.ts';

type Row = ScaleScoreRow;

export interface ScoreSummary {
  readonly heading: readonly string[];
  /**
   * Model, condition, and mean and standard deviation on each scale with a mark of what was found.
   */
  readonly rows: readonly (readonly string[])[];
  /** What the marks mean and how many cells have each; nothing where nothing was compared. */
  readonly sentences: readonly string[];
}

const EQUIVALENT = '=';
const DIFFERENT = '≠';
const LEVEL = 0.05;

/** @param rows of the corrected Table 4 */
export function summariseScores(rows: readonly Row[]): ScoreSummary {
  const scales = [...new Set(rows.map((row) => row.scale))];
  const several = new Set(rows.map((row) => row.instrument)).size > 1;
  const lines = Map.groupBy(rows, ({ instrument, model, population }) =>
    JSON.stringify([instrument, model, population]),
  );
  return {
    heading: [...(several ? ['instrument'] : []), 'model', 'condition', ...scales],
    rows: [...lines.values()].map((own) => {
      const { instrument, model, population } = own[0]!;
      const cells = scales.map((scale) => showScore(own.find((row) => row.scale === scale)));
      return [...(several ? [instrument] : []), model, population ?? '', ...cells];
    }),
    sentences: [...sayFidelity(rows), ...sayManipulation(rows)],
  };
}

function showScore(row: Row | undefined): string {
  if (row === undefined) return '';
  const { mean, sd } = row;
  if (mean === null) return NOT_AVAILABLE;
  const score = `${formatNumber(mean, 2)} ± ${sd === null ? NOT_AVAILABLE : formatNumber(sd, 2)}`;
  if (row.test === 'manipulation check') return `${score} ${isAllAtTarget(row) ? '→' : ' '}`;
  if (row.test !== 'fidelity') return `${score}  `;
  return `${score} ${row.mean_equivalent === true ? EQUIVALENT : isDifferent(row) ? DIFFERENT : ' '}`;
}

function sayFidelity(rows: readonly Row[]): readonly string[] {
  const compared = rows.filter((row) => row.test === 'fidelity' && row.diff !== null);
  if (compared.length === 0) return [];
  const same = compared.filter((row) => row.mean_equivalent === true).length;
  const different = compared.filter(isDifferent).length;
  const bounds = new Set(compared.flatMap((row) => row.equivalence_bound ?? []));
  const [bound] = bounds;
  const within = bounds.size === 1 ? `± ${formatPoints(bound!)}` : 'the bound of their scale';
  return [
    `Of ${formatCount(compared.length)} mean scores compared with those of the same persons' sheets, ${formatCount(same)} ${same === 1 ? 'is' : 'are'} equivalent in the mean within ` +
      `${within} (${EQUIVALENT}) and ${formatCount(different)} ${different === 1 ? 'differs' : 'differ'} (${DIFFERENT}), both with p below ${LEVEL} after Holm's correction.`,
    ...sayPersons(compared),
  ];
}

/** Whether personas are like their sheets one by one, which equal means do not show. */
function sayPersons(compared: readonly Row[]): readonly string[] {
  const judged = compared.filter((row) => row.person_bound !== null);
  if (judged.length === 0) return [];
  const counted = (
    [
      ['agrees', 'agree with the sheets'],
      ['does not agree', 'do not agree'],
      ['undecided', 'are undecided'],
      [null, 'cannot be told from chance, or lack the data for a verdict'],
    ] as const
  ).flatMap(([verdict, words]) => {
    const count = judged.filter(({ persons }) => persons === verdict).length;
    return count === 0 ? [] : [`${formatCount(count)} ${words}`];
  });
  return [`Person by person, of ${formatCount(judged.length)} scores, ${formatList(counted)}.`];
}

function sayManipulation(rows: readonly Row[]): readonly string[] {
  const driven = rows.filter(
    (row) => row.test === 'manipulation check' && row.share_at_target !== null,
  );
  if (driven.length === 0) return [];
  const whole = driven.filter(isAllAtTarget).length;
  const lowest = driven.reduce((least, row) =>
    row.share_at_target! < least.share_at_target! ? row : least,
  );
  return [
    `Of ${formatCount(driven.length)} scores that a condition sets, ${formatCount(whole)} ${whole === 1 ? 'is' : 'are'} reached by every persona (→); ` +
      `the lowest share is ${formatNumber(100 * lowest.share_at_target!, 0)} % (${lowest.model}, ${lowest.population ?? ''}, ${lowest.scale}).`,
  ];
}

function isAllAtTarget(row: Row): boolean {
  return row.share_at_target === 1;
}

function isDifferent(row: Row): boolean {
  return row.p_adjusted !== null && row.p_adjusted < LEVEL;
}
