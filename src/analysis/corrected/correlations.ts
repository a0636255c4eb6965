/**
 * Table 5: correlations between the scales of the sheets' instrument and those of every other,
 * within one population.
 */
import { nameForm } from '../../instruments/form.ts';
import { correlate } from '../../statistics/correlation.ts';
import { notAvailable } from '../../statistics/not-available.ts';
import type { Answered, StudyData } from '../data.ts';
import {
  type AnsweredCell,
  type ClusterScores,
  explainEmpty,
  FIRST_UNKNOWN_CLUSTER,
  isSheetInstrument,
  listCells,
  readScale,
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

const FAMILY = 'table 5';

/**
 * Populations under no condition only, and never the reference population: its answers are another
 * questionnaire group, whose persons bear the same numbers.
 */
export function tabulateCorrelations({ answered }: StudyData): readonly CorrelationRow[] {
  const ofSheets = answered.filter(({ questionnaire }) => isSheetInstrument(questionnaire));
  const others = answered.filter(({ questionnaire }) => !isSheetInstrument(questionnaire));
  const rows = others.flatMap((other) =>
    partnersOf(other, ofSheets).flatMap((own) => {
      const cells = listCells(own, '5').filter(isUntouched);
      const partners = new Map(
        listCells(other, '5')
          .filter(isUntouched)
          .map((cell) => [nameCell(cell), scoreScales(cell)]),
      );
      return cells.flatMap((cell) => {
        const partner = partners.get(nameCell(cell));
        return partner === undefined ? [] : correlateScales(scoreScales(cell), partner);
      });
    }),
  );
  return adjustRows(rows, FAMILY);
}

/** The sheets' instrument in the same language, or in any where it was not given in that one. */
function partnersOf(
  { questionnaire }: Answered,
  ofSheets: readonly Answered[],
): readonly Answered[] {
  const same = ofSheets.filter((own) => own.questionnaire.language === questionnaire.language);
  return same.length > 0 ? same : ofSheets;
}

function isUntouched({ population, condition }: AnsweredCell): boolean {
  return (
    !population.isReference && (condition === null || Object.keys(condition.drive).length === 0)
  );
}

function nameCell({ model, population }: AnsweredCell): string {
  return JSON.stringify([model.key, population.population]);
}

interface ScoredCell {
  readonly cell: AnsweredCell;
  readonly scales: readonly (ClusterScores & { readonly scale: string })[];
}

function scoreScales(cell: AnsweredCell): ScoredCell {
  const { scales, scoring } = cell.answered.questionnaire;
  return {
    cell,
    scales: scales.map((scale) => ({ scale, ...scoreClusters(readScale(cell, scale), scoring) })),
  };
}

function correlateScales(own: ScoredCell, other: ScoredCell): readonly CorrelationRow[] {
  return own.scales.flatMap((first) =>
    other.scales.map((second) => {
      const reasons = new Reasons();
      const { firsts, seconds } = pair(first, second);
      if (first.scores.length === 0) reasons.add(explainEmpty(own.cell));
      if (second.scores.length === 0) reasons.add(explainEmpty(other.cell));
      const none = notAvailable('no personality answered both questionnaires');
      const result = reasons.take(firsts.length === 0 ? none : correlate(firsts, seconds));
      const interval = result && reasons.take(result.interval, 'interval');
      return {
        instrument: nameForm(other.cell.answered.questionnaire),
        model: own.cell.model.label,
        population: own.cell.label,
        epqra_scale: first.scale,
        bigfive_scale: second.scale,
        n: firsts.length,
        r: result?.r ?? null,
        ci_low: interval?.low ?? null,
        ci_high: interval?.high ?? null,
        p: result?.p ?? null,
        ...NOT_ADJUSTED,
        test: result === null ? null : 't of r',
        reason: reasons.toCell(),
      };
    }),
  );
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
