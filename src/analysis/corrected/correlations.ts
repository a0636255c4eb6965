/**
 * Correlations between scales, within one population. Table 5: the scales of the sheets' instrument
 * with those of every other. Table B2: every scale with every other, of one instrument or of two.
 */

import { SHEET_INSTRUMENT } from '../../personas/sheets/sheet.ts';
import { correlate } from '../../statistics/correlation.ts';
import { notAvailable } from '../../statistics/not-available.ts';
import type { Answered, StudyData } from '../data.ts';
import {
  type AnsweredCell,
  type ClusterScores,
  explainEmpty,
  FIRST_UNKNOWN_CLUSTER,
  listCells,
  readScores,
  scoreClusters,
} from './cells.ts';
import { type Adjusted, adjustRows, NOT_ADJUSTED, Reasons } from './rows.ts';

export type CorrelationRow = Adjusted & {
  /** The other instrument. */
  readonly instrument: string;
  readonly model: string;
  readonly population: string;
  readonly epqra_scale: string;
  /** Scale of `instrument`, whichever that is; called as in the published table. */
  readonly bigfive_scale: string;
  /** Personalities that answered both. */
  readonly n: number;
  readonly r: number | null;
  /** By Fisher's z. */
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  readonly p: number | null;
  readonly test: 't of r' | null;
  readonly reason: string | null;
};

export type AllCorrelationRow = Omit<
  CorrelationRow,
  'instrument' | 'epqra_scale' | 'bigfive_scale'
> & {
  readonly instrument_1: string;
  readonly scale_1: string;
  readonly instrument_2: string;
  readonly scale_2: string;
};

/**
 * Populations under no condition only, and never the reference population: its answers are another
 * questionnaire group, whose persons bear the same numbers. The tests of each other instrument
 * are a claim of their own, so that none depends on what else was asked.
 */
export function tabulateCorrelations({ answered }: StudyData): readonly CorrelationRow[] {
  const ofSheets = answered.filter(({ questionnaire }) => isEpqra(questionnaire));
  const others = answered.filter(({ questionnaire }) => !isEpqra(questionnaire));
  return others.flatMap((other) => {
    const rows = partnersOf(other, ofSheets).flatMap((own) =>
      pairCells(scoreCells(own, '5'), scoreCells(other, '5')).flatMap(correlateAll),
    );
    return adjustRows(
      rows.map(
        ({ instrument_1: _, scale_1, instrument_2, scale_2, model, population, ...rest }) => ({
          instrument: instrument_2,
          model,
          population,
          epqra_scale: scale_1,
          bigfive_scale: scale_2,
          ...rest,
        }),
      ),
      `table 5: correlation with ${other.questionnaire.label}`,
    );
  });
}

/** The same persons and scores as in Table 5. Two instruments, or one, are a claim. */
export function tabulateAllCorrelations({ answered }: StudyData): readonly AllCorrelationRow[] {
  const scored = answered.map((one) => ({
    label: one.questionnaire.label,
    cells: scoreCells(one, 'B2'),
  }));
  return scored.flatMap((first, place) =>
    scored.slice(place).flatMap((second) => {
      const rows =
        first === second
          ? first.cells.flatMap((cell) => correlateWithin(cell))
          : pairCells(first.cells, second.cells).flatMap(correlateAll);
      return adjustRows(rows, `table B2: correlation of ${first.label} with ${second.label}`);
    }),
  );
}

function isEpqra({ slug }: Answered['questionnaire']): boolean {
  return slug === SHEET_INSTRUMENT;
}

/**
 * The sheets' instrument in the same language, or in any where it was not given in that one; of
 * several forms the first, as rows do not name it.
 */
function partnersOf(
  { questionnaire }: Answered,
  ofSheets: readonly Answered[],
): readonly Answered[] {
  const same = ofSheets.filter((own) => own.questionnaire.language === questionnaire.language);
  return (same.length > 0 ? same : ofSheets).slice(0, 1);
}

/** Whether no condition sets anything, and the answers are those of personas. */
export function isUntouched({ population, condition }: AnsweredCell): boolean {
  return (
    !population.isReference && (condition === null || Object.keys(condition.drive).length === 0)
  );
}

function nameCell({ model, population }: AnsweredCell): string {
  return JSON.stringify([model.key, population.population]);
}

type Scored = ClusterScores & { readonly scale: string };

interface ScoredCell {
  readonly cell: AnsweredCell;
  readonly scales: readonly Scored[];
}

function scoreCells(answered: Answered, table: string): readonly ScoredCell[] {
  return listCells(answered, table)
    .filter(isUntouched)
    .map((cell) => ({
      cell,
      scales: answered.questionnaire.scales.map(({ id: scale }) => ({
        scale,
        ...scoreClusters(readScores(cell, scale)),
      })),
    }));
}

/** Cells of the same model and population. */
function pairCells(
  firsts: readonly ScoredCell[],
  seconds: readonly ScoredCell[],
): readonly (readonly [ScoredCell, ScoredCell])[] {
  const partners = new Map(seconds.map((one) => [nameCell(one.cell), one]));
  return firsts.flatMap((first) => {
    const second = partners.get(nameCell(first.cell));
    return second === undefined ? [] : [[first, second] as const];
  });
}

function correlateAll([own, other]: readonly [ScoredCell, ScoredCell]) {
  return own.scales.flatMap((first) =>
    other.scales.map((second) => correlateScales(own.cell, first, other.cell, second)),
  );
}

function correlateWithin({ cell, scales }: ScoredCell) {
  return scales.flatMap((first, place) =>
    scales.slice(place + 1).map((second) => correlateScales(cell, first, cell, second)),
  );
}

function correlateScales(
  own: AnsweredCell,
  first: Scored,
  other: AnsweredCell,
  second: Scored,
): AllCorrelationRow {
  const reasons = new Reasons();
  const { firsts, seconds } = pair(first, second);
  if (first.scores.length === 0) reasons.add(explainEmpty(own));
  if (second.scores.length === 0) reasons.add(explainEmpty(other));
  const none = notAvailable(
    own === other
      ? 'no personality has both scores'
      : 'no personality answered both questionnaires',
  );
  const result = reasons.take(firsts.length === 0 ? none : correlate(firsts, seconds));
  const interval = result && reasons.take(result.interval, 'interval');
  return {
    instrument_1: own.answered.questionnaire.label,
    scale_1: first.scale,
    instrument_2: other.answered.questionnaire.label,
    scale_2: second.scale,
    model: own.model.label,
    population: own.label,
    n: firsts.length,
    r: result?.r ?? null,
    ci_low: interval?.low ?? null,
    ci_high: interval?.high ?? null,
    p: result?.p ?? null,
    ...NOT_ADJUSTED,
    test: result === null ? null : 't of r',
    reason: reasons.toCell(),
  };
}

/** Both lists of persons ascend. */
function pair(
  first: ClusterScores,
  second: ClusterScores,
): { readonly firsts: readonly number[]; readonly seconds: readonly number[] } {
  const positions = new Map(
    Array.from(second.clusterIds, (person, position) => [person, position]),
  );
  const firsts: number[] = [];
  const seconds: number[] = [];
  first.clusterIds.forEach((person, position) => {
    const partner = person <= FIRST_UNKNOWN_CLUSTER ? undefined : positions.get(person);
    if (partner === undefined) return;
    firsts.push(first.scores[position]!);
    seconds.push(second.scores[partner]!);
  });
  return { firsts, seconds };
}
