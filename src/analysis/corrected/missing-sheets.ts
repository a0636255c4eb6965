/** Table Q2: whether persons for whom answers are missing had other sheets than the others. */
import { mean } from '../../statistics/describe.ts';
import { standardizedDifference } from '../../statistics/effect-sizes.ts';
import { isAvailable } from '../../statistics/not-available.ts';
import { testGroupMeans } from '../../statistics/t-tests.ts';
import { type EndedCell, occurrencesOf, sumByPerson } from './ended-cells.ts';
import { type MissingRow, NOTHING } from './missing-row.ts';
import { Reasons } from './rows.ts';
import type { SheetScoresByScale } from './sheets.ts';

/**
 * The persons of whom at least one administration was refused (or brought no answers) beside those
 * of whom none was and one was answered; each counts once. Scales that the condition sets as a
 * whole are left out: there all sheets are alike. No rows where nothing was refused.
 */
export function compareSheetScores(
  sheets: SheetScoresByScale,
  ended: EndedCell,
): readonly MissingRow[] {
  const refused = splitPersons(ended, 'refused');
  const missing = splitPersons(ended, 'not answered');
  const splits = [
    ...(refused.touched.length > 0 ? [refused] : []),
    ...(missing.touched.length > refused.touched.length ? [missing] : []),
  ];
  return splits.flatMap((split) =>
    sheets
      .scalesWithout(ended.cell.condition)
      .map((scale) => compareOnScale(sheets, ended, split, scale)),
  );
}

interface Split {
  readonly outcome: 'refused' | 'not answered';
  readonly touched: readonly number[];
  readonly others: readonly number[];
  /** Administrations. */
  readonly events: number;
}

function splitPersons(ended: EndedCell, outcome: Split['outcome']): Split {
  const { hits } = occurrencesOf(ended, outcome);
  const hitsOf = sumByPerson(ended, hits);
  const missing = sumByPerson(ended, occurrencesOf(ended, 'not answered').hits);
  const { persons, starts } = ended;
  return {
    outcome,
    touched: persons.filter((_, at) => hitsOf[at]! > 0),
    others: persons.filter(
      (_, at) => hitsOf[at] === 0 && missing[at]! < starts[at + 1]! - starts[at]!,
    ),
    events: hits.reduce((sum, hit) => sum + hit, 0),
  };
}

function compareOnScale(
  sheets: SheetScoresByScale,
  { cell }: EndedCell,
  { outcome, touched, others, events }: Split,
  scale: string,
): MissingRow {
  const reasons = new Reasons();
  const read = reasons.take(sheets.read(scale, cell.condition));
  const scoresOf = (persons: readonly number[]) =>
    Float64Array.from(
      persons.flatMap((person) => {
        const row = read?.rowOf.get(person);
        return row === undefined ? [] : [read!.scores[row]!];
      }),
    );
  const [own, other] = [scoresOf(touched), scoresOf(others)];
  if (read !== null && own.length === 0) reasons.add('no person with this outcome has a sheet');
  if (read !== null && other.length === 0)
    reasons.add('no person with a sheet is without this outcome');
  const [value, against] = [mean(own), mean(other)];
  const hasBoth = isAvailable(value) && isAvailable(against);
  const test = hasBoth ? reasons.take(testGroupMeans(own, other), 'test') : null;
  const size = hasBoth ? reasons.take(standardizedDifference(own, other), 'd') : null;
  return {
    instrument: cell.answered.questionnaire.label,
    model: cell.model.label,
    population: cell.label,
    part: 'sheet scores',
    ...NOTHING,
    outcome,
    scale,
    n: own.length,
    n_clusters: own.length,
    n_events: events,
    value: isAvailable(value) ? value : null,
    compared_with: 'answered',
    n_compared: other.length,
    compared_value: isAvailable(against) ? against : null,
    diff: hasBoth ? value - against : null,
    diff_ci_low: test?.interval.low ?? null,
    diff_ci_high: test?.interval.high ?? null,
    smd: size?.d ?? null,
    smd_ci_low: size?.interval.low ?? null,
    smd_ci_high: size?.interval.high ?? null,
    t: test?.t ?? null,
    df: test?.df ?? null,
    p: test?.p ?? null,
    test: test && 'Welch or Student',
    reason: reasons.toCell(),
  };
}
