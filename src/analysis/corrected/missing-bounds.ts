/**
 * Table Q2: where a mean of Table 4 or A4 would be if everything missing were at either end of the
 * scale (Manski 1989; Horowitz & Manski 2000).
 */
import type { PointRange } from '../../instruments/structure.ts';
import type { Condition } from '../../personas/sheets/conditions.ts';
import { summarise } from '../../statistics/describe.ts';
import type { Interval } from '../../statistics/interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../statistics/not-available.ts';
import { shareOf, spanShare } from '../../statistics/shares.ts';
import { type StudyData, type StudyQuestionnaire, type StudyScale, UNANSWERED } from '../data.ts';
import { columnsOfScale, countOn, rangeOfScores, scoreScale } from '../scores.ts';
import { explainEmpty, isOfSheets } from './cells.ts';
import type { EndedCell } from './ended-cells.ts';
import { type MissingRow, NOTHING } from './missing-row.ts';
import { Reasons } from './rows.ts';
import {
  drivenPart,
  haveSameItems,
  type SheetScores,
  type SheetScoresByScale,
  targetOf,
} from './sheets.ts';

/** Every scale of the form, whether or not something is missing. */
export function boundScores(
  study: StudyData,
  sheets: SheetScoresByScale,
  ended: EndedCell,
): readonly MissingRow[] {
  const { questionnaire } = ended.cell.answered;
  return questionnaire.scales.flatMap((scale) => boundScale(study, sheets, ended, scale));
}

/** What is known of each person, and what it is compared with. */
interface Known {
  /** Sums over the administrations with a score, and how many these are. */
  readonly sums: Float64Array;
  readonly found: Int32Array;
  /** Lowest and highest value that a missing one can have; null where the schema does not tell. */
  readonly range: PointRange | null;
  /** The sheets that a mean is compared with, whose persons alone count; null without comparison. */
  readonly sheets: SheetScores | NotAvailable | null;
}

function boundScale(
  study: StudyData,
  sheets: SheetScoresByScale,
  ended: EndedCell,
  scale: StudyScale,
): readonly MissingRow[] {
  const { answered, condition } = ended.cell;
  const { questionnaire } = answered;
  const part = isOfSheets(study, questionnaire)
    ? drivenPart(questionnaire, scale.id, condition)
    : null;
  const isCompared = part === 'none' || part === 'some';
  const means = describeBounds(ended, scale, 'bounds of the mean', {
    ...scoresByPerson(ended, scale),
    range: rangeOfScores(questionnaire, scale),
    sheets: isCompared ? sheetsFor(sheets, questionnaire, scale, condition) : null,
  });
  if (part !== 'all' || condition === null) return [means];
  const shares = describeBounds(ended, scale, 'bounds of the share at the target', {
    ...hitsByPerson(ended, scale, condition),
    range: { low: 0, high: 1 },
    sheets: null,
  });
  return [means, shares];
}

type Sums = Pick<Known, 'sums' | 'found'>;

function scoresByPerson(ended: EndedCell, scale: StudyScale): Sums {
  const { positions, cell } = ended;
  const { totals, divisors } = scoreScale(cell.answered, scale, positions);
  return sumAnswered(ended, (at) => totals[at]! / divisors[at]!);
}

/** @param read an administration; NaN where there is none */
function sumAnswered({ starts, endings }: EndedCell, read: (at: number) => number): Sums {
  const sums = new Float64Array(starts.length - 1);
  const found = new Int32Array(starts.length - 1);
  for (let person = 0; person < sums.length; person++) {
    for (let at = starts[person]!; at < starts[person + 1]!; at++) {
      const value = endings[at] === 0 ? read(at) : Number.NaN;
      if (Number.isNaN(value)) continue;
      sums[person]! += value;
      found[person]!++;
    }
  }
  return { sums, found };
}

/** The sheets as the condition sets them, as in Table 4. */
function sheetsFor(
  sheets: SheetScoresByScale,
  questionnaire: StudyQuestionnaire,
  scale: StudyScale,
  condition: Condition | null,
): SheetScores | NotAvailable {
  const read = sheets.read(scale.id, condition);
  if (!isAvailable(read)) return read;
  const items = columnsOfScale(questionnaire, scale).map(
    ({ column }) => questionnaire.items[column]!.number,
  );
  return haveSameItems(items, read.items)
    ? read
    : notAvailable('the sheets and the questionnaire have different items of this scale');
}

/** 1 for an administration at the target, 0 for another one; none where an item has no points. */
function hitsByPerson(ended: EndedCell, scale: StudyScale, condition: Condition): Sums {
  const { questionnaire, points } = ended.cell.answered;
  const columns = columnsOfScale(questionnaire, scale);
  const targets = targetOf(questionnaire, scale.id, condition).points;
  const width = questionnaire.items.length;
  return sumAnswered(ended, (administration) => {
    const from = ended.positions[administration]! * width;
    let isHit = 1;
    for (let at = 0; at < columns.length; at++) {
      const counts = countOn(points[from + columns[at]!.column]!, columns[at]!);
      if (counts === UNANSWERED) return Number.NaN;
      if (counts !== targets[at]) isHit = 0;
    }
    return isHit;
  });
}

function describeBounds(
  { cell, persons, starts }: EndedCell,
  { id }: StudyScale,
  part: MissingRow['part'],
  { sums, found, range, sheets }: Known,
): MissingRow {
  const reasons = new Reasons();
  const sizeOf = (person: number) => starts[person + 1]! - starts[person]!;
  const compared = sheets === null ? null : reasons.take(sheets);
  const rowOf = compared?.rowOf;
  const counted =
    sheets !== null && compared === null
      ? []
      : [...persons.keys()].filter((person) => rowOf?.has(persons[person]!) ?? true);
  const scored = counted.filter((person) => found[person]! > 0);
  const sheetMean = (of: readonly number[]) =>
    compared === null || of.length === 0
      ? null
      : meanOf(of.map((person) => compared.scores[compared.rowOf.get(persons[person]!)!]!));
  const value =
    scored.length === 0 ? null : meanOf(scored.map((person) => sums[person]! / found[person]!));
  if (value === null && reasons.toCell() === null) reasons.add(explainEmpty(cell));
  if (range === null)
    reasons.add('bounds: the lowest and the highest score of the scale are not known');
  const at = (end: number) =>
    Float64Array.from(
      counted,
      (person) => (sums[person]! + (sizeOf(person) - found[person]!) * end) / sizeOf(person),
    );
  const bounds =
    range === null || counted.length === 0 ? null : ([at(range.low), at(range.high)] as const);
  const [low, high] = bounds === null ? [null, null] : bounds.map(meanOf);
  const span = bounds === null ? null : spanBounds(bounds, range!);
  const [others, all] = [sheetMean(scored), sheetMean(counted)];
  return {
    instrument: cell.answered.questionnaire.label,
    model: cell.model.label,
    population: cell.label,
    part,
    ...NOTHING,
    scale: id,
    n: scored.length,
    n_clusters: counted.length,
    n_events: counted.reduce((sum, person) => sum + sizeOf(person) - found[person]!, 0),
    value,
    compared_with: compared === null ? null : 'sheets',
    n_compared: compared === null ? null : scored.length,
    compared_value: others,
    diff: value === null || others === null ? null : value - others,
    bound_low: low!,
    bound_high: high!,
    bounds_ci_low: span?.low ?? null,
    bounds_ci_high: span?.high ?? null,
    diff_bound_low: all === null || low === null ? null : low! - all,
    diff_bound_high: all === null || high === null ? null : high! - all,
    reason: reasons.toCell(),
  };
}

function meanOf(values: ArrayLike<number>): number {
  return summarise(values).mean;
}

/** The outer limits of the intervals of both bounds. Null where either has none. */
function spanBounds(
  [lowest, highest]: readonly [Float64Array, Float64Array],
  range: PointRange,
): Pick<Interval, 'low' | 'high'> | null {
  const [below, above] = [spanBound(lowest, range), spanBound(highest, range)];
  return below === null || above === null ? null : { low: below.low, high: above.high };
}

/**
 * Of the mean with everything missing at one end, which is a share of the length of the scale: near
 * its ends too, the interval stays on it. Null where there is none.
 */
function spanBound(values: Float64Array, { low, high }: PointRange): Interval | null {
  const length = high - low;
  const share = shareOf({
    hits: values.map((value) => (value - low) / length),
    sizes: new Uint8Array(values.length).fill(1),
  });
  const span = isAvailable(share) ? spanShare(share, 'Clopper-Pearson') : share;
  if (!isAvailable(span)) return null;
  return { ...span, low: low + length * span.low, high: low + length * span.high };
}
