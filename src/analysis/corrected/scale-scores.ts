/**
 * Table 4: scale scores of personas beside those of the sheets they were written from. Whether a
 * scale that no condition touches came through (fidelity), and whether a driven scale arrived at
 * its end (manipulation check); and how near random sheets come.
 */

import type { Condition } from '../../personas/sheets/conditions.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../statistics/not-available.ts';
import type { StudyData, StudyQuestionnaire } from '../data.ts';
import type { Bounds } from '../plan.ts';
import { columnsOfScale, scaleOf } from '../scores.ts';
import { RANDOM_ROW, REFERENCE_ROW } from '../table.ts';
import { boundsOf, type ChosenBounds, DEFAULT_BOUNDS, type ScaleBounds } from './bounds.ts';
import {
  type AdministrationScores,
  type AnsweredCell,
  clusterStarts,
  explainEmpty,
  isOfSheets,
  listCells,
  readScores,
  scoreClusters,
} from './cells.ts';
import {
  type Chance,
  comparePairs,
  compareSingles,
  LEVEL_OF_TESTS,
  type Pairs,
} from './fidelity.ts';
import { checkManipulation } from './manipulation-check.ts';
import { adjust, adjustRows, Reasons } from './rows.ts';
import {
  countLeftOut,
  describeScores,
  EMPTY,
  identify,
  type ScaleScoreRow,
  scoreRange,
} from './scale-score-row.ts';
import {
  drivenPart,
  haveSameItems,
  manipulateSheets,
  readSheetScores,
  type SheetScores,
  scalesOf,
} from './sheets.ts';

/** Of the models, and of random sheets, whose tests change nothing in those of the models. */
const DIFFERENCE = 'table 4: difference';
const EQUIVALENCE = 'table 4: equivalence';
const FAMILY_OF_CHANCE = 'table 4: random sheets, difference';
const EQUIVALENCE_FAMILY_OF_CHANCE = 'table 4: random sheets, equivalence';

/** @param equivalenceBound a number of points, or as a study file has it */
export function tabulateScaleScores(
  study: StudyData,
  equivalenceBound: Bounds,
  more: Partial<ChosenBounds> = {},
): readonly ScaleScoreRow[] {
  const chosen = { ...DEFAULT_BOUNDS, ...more, equivalenceBound };
  const yardsticks = new Map<string, Yardstick>();
  const yardstickOf = (scale: string, condition: Condition | null) => {
    const key = JSON.stringify([scale, condition]);
    const known = yardsticks.get(key) ?? makeYardstick(study, scale, condition, chosen);
    yardsticks.set(key, known);
    return known;
  };
  const rows = study.answered
    .filter(({ questionnaire }) => isOfSheets(study, questionnaire))
    .flatMap((answered) =>
      listCells(answered, '4').flatMap((cell) =>
        answered.questionnaire.scales.map(({ id: scale }) => {
          const { condition } = cell;
          const part = drivenPart(answered.questionnaire, scale, condition);
          return condition !== null && part === 'all'
            ? checkManipulation(cell, scale, condition)
            : compareWithSheets(
                cell,
                scale,
                yardstickOf(scale, part === 'none' ? null : condition),
              );
        }),
      ),
    );
  return [
    ...adjustEquivalence(adjustRows(rows, DIFFERENCE), EQUIVALENCE),
    ...describeSheets(study),
    ...adjustEquivalence(
      adjustRows(
        scalesOf(study.random).map((scale) =>
          describeRandom(study, scale, yardstickOf(scale, null)),
        ),
        FAMILY_OF_CHANCE,
      ),
      EQUIVALENCE_FAMILY_OF_CHANCE,
    ),
  ];
}

/** What the scores of personas are compared with: on one scale, as one condition sets the sheets. */
interface Yardstick {
  readonly sheets: SheetScores | NotAvailable;
  readonly bounds: ScaleBounds;
  /** Random sheets beside the sheets. */
  readonly random: Pairs | NotAvailable;
  readonly chance: Chance | NotAvailable;
}

function makeYardstick(
  { reference, random }: StudyData,
  scale: string,
  condition: Condition | null,
  chosen: ChosenBounds,
): Yardstick {
  const [own, others] = [reference, random].map((one) =>
    condition === null ? one : manipulateSheets(one, condition),
  );
  const sheets = readSheetScores(own!, scale, 'reference');
  const bounds = boundsOf(reference, scale, chosen);
  const pairs = pairRandom(sheets, readSheetScores(others!, scale, 'random'));
  const chance =
    isAvailable(pairs) && isAvailable(bounds.person)
      ? compareSingles(pairs, rangeOf(reference.questionnaire, scale, pairs), bounds.person)
      : notAvailable('there are no random sheets to compare with');
  return { sheets, bounds, random: pairs, chance };
}

function pairRandom(
  sheets: SheetScores | NotAvailable,
  random: SheetScores | NotAvailable,
): Pairs | NotAvailable {
  if (!isAvailable(sheets)) return sheets;
  if (!isAvailable(random)) return random;
  const ids = [...random.personalityIds].filter((id) => sheets.rowOf.has(id));
  if (ids.length === 0 || !haveSameItems(sheets.items, random.items))
    return notAvailable('no random sheet has a reference sheet beside it');
  const persona = Float64Array.from(ids, (id) => random.scores[random.rowOf.get(id)!]!);
  return {
    persona,
    singles: Array.from(persona, (score) => Float64Array.of(score)),
    within: new Float64Array(ids.length),
    sheet: Float64Array.from(ids, (id) => sheets.scores[sheets.rowOf.get(id)!]!),
  };
}

function rangeOf(questionnaire: StudyQuestionnaire, scale: string, { persona, sheet }: Pairs) {
  return scoreRange(questionnaire, scale, Float64Array.from([...persona, ...sheet]));
}

function compareWithSheets(
  cell: AnsweredCell,
  scale: string,
  { sheets, bounds, chance }: Yardstick,
): ScaleScoreRow {
  const reasons = new Reasons();
  const administrations = readScores(cell, scale);
  const persons = clusterStarts(administrations.clusterIds).length - 1;
  const pairs = pairWithSheets(administrations, scale, sheets, cell);
  const paired = reasons.take(pairs);
  const n = paired?.persona.length ?? 0;
  const without = persons - n;
  if (n === 0 && persons === 0) reasons.add(explainEmpty(cell));
  else if (without > 0 && isAvailable(pairs))
    reasons.add(`${without} of ${persons} personalities have no complete sheet`);
  const base = {
    ...identify(cell, scale),
    test: 'fidelity',
    n,
    ...EMPTY,
    ...countLeftOut(administrations, without),
  } as const;
  if (paired === null || n === 0) return { ...base, reason: reasons.toCell() };
  const range = rangeOf(cell.answered.questionnaire, scale, paired);
  const compared = comparePairs(paired, range, bounds, chance, reasons);
  return { ...base, ...compared, reason: reasons.toCell() };
}

function pairWithSheets(
  administrations: AdministrationScores,
  scale: string,
  sheets: SheetScores | NotAvailable,
  { answered: { questionnaire } }: AnsweredCell,
): Pairs | NotAvailable {
  if (!isAvailable(sheets)) return sheets;
  const rule = scaleOf(questionnaire, scale);
  const items = columnsOfScale(questionnaire, rule).map(
    ({ column }) => questionnaire.items[column]!.number,
  );
  if (!haveSameItems(items, sheets.items))
    return notAvailable('the sheets and the questionnaire have different items of this scale');
  const { clusterIds, scores, within } = scoreClusters(administrations);
  const starts = clusterStarts(administrations.clusterIds);
  const { totals, divisors } = administrations;
  const paired = [...clusterIds.keys()].filter((person) => sheets.rowOf.has(clusterIds[person]!));
  return {
    persona: Float64Array.from(paired, (person) => scores[person]!),
    singles: paired.map((person) => {
      const from = starts[person]!;
      return totals
        .subarray(from, starts[person + 1])
        .map((total, at) => total / divisors[from + at]!);
    }),
    within: Float64Array.from(paired, (person) => within[person]!),
    sheet: Float64Array.from(
      paired,
      (person) => sheets.scores[sheets.rowOf.get(clusterIds[person]!)!]!,
    ),
  };
}

/* Sheets */

const COUNTS = { n_administrations: null, n_incomplete: null, n_without_sheet: null };

function describeSheets({ reference }: StudyData): readonly ScaleScoreRow[] {
  return scalesOf(reference).map((scale) => {
    const reasons = new Reasons();
    const read = reasons.take(readSheetScores(reference, scale, 'reference'));
    const who = {
      instrument: reference.questionnaire.label,
      model: REFERENCE_ROW,
      population: null,
      scale,
      test: 'baseline',
    } as const;
    if (read === null) return { ...who, n: 0, ...EMPTY, ...COUNTS, reason: reasons.toCell() };
    const n = read.scores.length;
    const own = describeScores({ persona: read.scores, within: new Float64Array(n) }, reasons);
    reasons.add('sheets are what personas are compared with');
    return { ...who, n, ...EMPTY, ...own, m: 1, ...COUNTS, reason: reasons.toCell() };
  });
}

function describeRandom(
  { random }: StudyData,
  scale: string,
  { random: pairs, bounds, chance }: Yardstick,
): ScaleScoreRow {
  const reasons = new Reasons();
  const who = {
    instrument: random.questionnaire.label,
    model: RANDOM_ROW,
    population: null,
    scale,
    test: 'chance',
  } as const;
  const paired = reasons.take(pairs);
  if (paired === null) {
    const read = readSheetScores(random, scale, 'random');
    const scores = isAvailable(read) ? read.scores : new Float64Array();
    const n = scores.length;
    const own =
      n > 0 ? describeScores({ persona: scores, within: new Float64Array(n) }, reasons) : {};
    return { ...who, n, ...EMPTY, ...own, ...COUNTS, reason: reasons.toCell() };
  }
  const range = rangeOf(random.questionnaire, scale, paired);
  const compared = comparePairs(paired, range, bounds, chance, reasons);
  const n = paired.persona.length;
  return { ...who, n, ...EMPTY, ...compared, ...COUNTS, reason: reasons.toCell() };
}

/** Equivalence is another claim than difference, with families of its own. */
function adjustEquivalence(
  rows: readonly ScaleScoreRow[],
  ofFamily: string,
): readonly ScaleScoreRow[] {
  const adjusted = adjust(
    rows.map(({ model, p_equivalence: p }) => ({ model, p })),
    ofFamily,
  );
  return rows.map((row, position) => {
    const { p_adjusted, family, family_size } = adjusted[position]!;
    return settleEquivalence({
      ...row,
      p_equivalence_adjusted: p_adjusted,
      equivalence_family: family,
      equivalence_family_size: family_size,
    });
  });
}

/** The row with the verdict that its corrected p gives. */
export function settleEquivalence(row: ScaleScoreRow): ScaleScoreRow {
  const { p_equivalence_adjusted: p } = row;
  return { ...row, mean_equivalent: p === null ? null : p < LEVEL_OF_TESTS };
}
