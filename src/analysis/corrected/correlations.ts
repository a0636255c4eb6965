/**
 * Correlations between scales, within one population. Table 5: the scales of the sheets' instrument
 * with those of every other. Table B2: every scale with every other, of one instrument or of two.
 */

import { SHEET_INSTRUMENT } from '../../personas/sheets/sheet.ts';
import { correlate, correlateSingles, type MeansOfScores } from '../../statistics/correlation.ts';
import { notAvailable } from '../../statistics/not-available.ts';
import { type Answered, NO_DRAW, type StudyData, type StudyQuestionnaire } from '../data.ts';
import { columnsOfScale, scaleOf } from '../scores.ts';
import {
  type AdministrationScores,
  type AnsweredCell,
  areCorrelated,
  type ClusterScores,
  clusterStarts,
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
  /** Administrations that a score of the first scale, and of the second, is the mean of. */
  readonly m_1: number | null;
  readonly m_2: number | null;
  readonly r: number | null;
  /** By Fisher's z. */
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  /** Of a single administration of each to the same persona. */
  readonly r_single: number | null;
  readonly r_single_ci_low: number | null;
  readonly r_single_ci_high: number | null;
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
  /**
   * Two scales of one questionnaire that have items in common, as a scale has with its own facets:
   * their correlation is in part that of an item with itself, and is not tested.
   */
  readonly share_items: boolean;
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
        ({
          instrument_1: _,
          scale_1,
          instrument_2,
          scale_2,
          share_items: __,
          model,
          population,
          ...rest
        }) => ({
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
    questionnaire: one.questionnaire,
    cells: scoreCells(one, 'B2'),
  }));
  return scored.flatMap((first, place) =>
    scored.slice(place).flatMap((second) => {
      if (!areCorrelated({ answered }, first.questionnaire, second.questionnaire)) return [];
      const rows =
        first === second
          ? first.cells.flatMap((cell) => correlateWithin(cell))
          : pairCells(first.cells, second.cells).flatMap(correlateAll);
      return adjustRows(
        rows,
        `table B2: correlation of ${first.questionnaire.label} with ${second.questionnaire.label}`,
      );
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

interface Scored extends ClusterScores {
  readonly scale: string;
  /** Of each person, the mean score of each administration, and of each draw of the persona. */
  readonly byAdministration: () => Units;
  readonly byDraw: () => Units;
}

type Units = readonly ReadonlyMap<number, number>[];

interface ScoredCell {
  readonly cell: AnsweredCell;
  readonly scales: readonly Scored[];
}

function scoreCells(answered: Answered, table: string): readonly ScoredCell[] {
  return listCells(answered, table)
    .filter(isUntouched)
    .map((cell) => ({
      cell,
      scales: answered.questionnaire.scales.map(({ id: scale }) => {
        const singles = readScores(cell, scale);
        const drawOf = (position: number) => answered.administrations[position]!.draw ?? NO_DRAW;
        return {
          scale,
          byAdministration: once(() => meansOfUnits(singles, (position) => position)),
          byDraw: once(() => meansOfUnits(singles, drawOf)),
          ...scoreClusters(singles),
        };
      }),
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
  const pairs = pair(first, second);
  const firsts = pairs.map(([at]) => first.scores[at]!);
  const seconds = pairs.map(([, at]) => second.scores[at]!);
  if (first.scores.length === 0) reasons.add(explainEmpty(own));
  if (second.scores.length === 0) reasons.add(explainEmpty(other));
  const isShared =
    own === other && shareItems(own.answered.questionnaire, first.scale, second.scale);
  const none = notAvailable(
    own === other
      ? 'no personality has both scores'
      : 'no personality answered both questionnaires',
  );
  const result = reasons.take(firsts.length === 0 ? none : correlate(firsts, seconds));
  const interval = result && reasons.take(result.interval, 'interval');
  const [m1, m2] = [first, second].map(({ sizes }, side) =>
    meanOf(pairs.map((places) => sizes[places[side]!]!)),
  );
  const areSingle = pairs.every(
    ([at, partner]) => first.within[at] === 0 && second.within[partner] === 0,
  );
  const single =
    result === null || areSingle
      ? result
      : reasons.take(correlateSingles(singlesOf(pairs, first, second, own === other)), 'r_single');
  const spanOfSingle = single && reasons.take(single.interval, 'interval of r_single');
  return {
    instrument_1: own.answered.questionnaire.label,
    scale_1: first.scale,
    instrument_2: other.answered.questionnaire.label,
    scale_2: second.scale,
    model: own.model.label,
    population: own.label,
    n: pairs.length,
    m_1: m1 ?? null,
    m_2: m2 ?? null,
    r: result?.r ?? null,
    ci_low: interval?.low ?? null,
    ci_high: interval?.high ?? null,
    r_single: single?.r ?? null,
    r_single_ci_low: spanOfSingle?.low ?? null,
    r_single_ci_high: spanOfSingle?.high ?? null,
    p: isShared ? null : (result?.p ?? null),
    ...NOT_ADJUSTED,
    test: result === null || isShared ? null : 't of r',
    share_items: isShared,
    reason: reasons.toCell(),
  };
}

function shareItems(of: StudyQuestionnaire, one: string, other: string): boolean {
  const columns = (scale: string) => columnsOfScale(of, scaleOf(of, scale));
  const known = new Set(columns(one).map(({ column }) => column));
  return columns(other).some(({ column }) => known.has(column));
}

const meanOf = (sizes: readonly number[]): number | null =>
  sizes.length === 0 ? null : sizes.reduce((sum, size) => sum + size, 0) / sizes.length;

/** The places of persons who have both scores. */
function pair(first: ClusterScores, second: ClusterScores): readonly (readonly [number, number])[] {
  const positions = new Map(
    Array.from(second.clusterIds, (person, position) => [person, position]),
  );
  return [...first.clusterIds.entries()].flatMap(([position, person]) => {
    const partner = person <= FIRST_UNKNOWN_CLUSTER ? undefined : positions.get(person);
    return partner === undefined ? [] : [[position, partner] as const];
  });
}

/**
 * What single scores vary by. Scores belong together that one administration has, and those of two
 * instruments that personas of one draw gave.
 */
function singlesOf(
  pairs: readonly (readonly [number, number])[],
  first: Scored,
  second: Scored,
  areOfOneCell: boolean,
): MeansOfScores {
  const [unitsOfFirst, unitsOfSecond] = [first, second].map((scored) =>
    areOfOneCell ? scored.byAdministration() : scored.byDraw(),
  );
  const pick = (values: Float64Array, side: 0 | 1) => pairs.map((places) => values[places[side]]!);
  return {
    first: pick(first.scores, 0),
    second: pick(second.scores, 1),
    withinFirst: pick(first.within, 0),
    withinSecond: pick(second.within, 1),
    together: pairs.map(([at, partner]) =>
      productTogether(unitsOfFirst![at]!, unitsOfSecond![partner]!),
    ),
  };
}

function once<Result>(make: () => Result): () => Result {
  let made: Result | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Of each person, the mean score of each unit. */
function meansOfUnits(
  { clusterIds, positions, totals, divisors }: AdministrationScores,
  unitOf: (position: number) => number,
): Units {
  const starts = clusterStarts(clusterIds);
  return starts.slice(1).map((end, person) => {
    const rows = Array.from({ length: end - starts[person]! }, (_, at) => starts[person]! + at);
    const byUnit = Map.groupBy(rows, (row) => unitOf(positions[row]!));
    return new Map(
      [...byUnit].map(([unit, own]) => {
        const sum = own.reduce((all, row) => all + totals[row]! / divisors[row]!, 0);
        return [unit, sum / own.length];
      }),
    );
  });
}

/** The mean product of deviations of units that both have; 0 where there are not two. */
function productTogether(
  first: ReadonlyMap<number, number>,
  second: ReadonlyMap<number, number>,
): number {
  const units = [...first.keys()].filter((unit) => second.has(unit));
  if (units.length < 2) return 0;
  const mean = (of: ReadonlyMap<number, number>) =>
    units.reduce((sum, unit) => sum + of.get(unit)!, 0) / units.length;
  const [one, two] = [mean(first), mean(second)];
  const products = units.map((unit) => (first.get(unit)! - one) * (second.get(unit)! - two));
  return products.reduce((sum, product) => sum + product, 0) / units.length;
}
