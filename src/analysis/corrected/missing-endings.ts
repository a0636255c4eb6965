/** Table Q2: how often an administration brought no answers, and whether a condition changes that. */
import { testFisherExact, testSignFlips } from '../../statistics/exact-tests.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../statistics/not-available.ts';
import {
  correlateInfluence,
  type Share,
  shareOf,
  spanDifference,
  spanShare,
} from '../../statistics/shares.ts';
import {
  type EndedCell,
  hasDeclined,
  type Occurrences,
  OUTCOMES,
  type Outcome,
  occurrencesOf,
  sumByPerson,
} from './ended-cells.ts';
import { type MissingRow, NOTHING } from './missing-row.ts';
import { Reasons } from './rows.ts';

/** @param cells all of the form, of every model */
export function describeEndings(
  ended: EndedCell,
  cells: readonly EndedCell[],
): readonly MissingRow[] {
  const base = findBase(ended, cells);
  const outcomes = OUTCOMES.filter(
    (outcome) => outcome !== 'item declined' || hasDeclined(ended.cell.answered),
  );
  return outcomes.map((outcome) => describeOutcome(ended, outcome, base));
}

function findBase(
  { cell: { model, condition, population } }: EndedCell,
  cells: readonly EndedCell[],
): EndedCell | NotAvailable {
  if (condition?.name === 'Base') return notAvailable('Base is what conditions are compared with');
  if (population.isReference) return notAvailable('the reference population is no condition');
  const bases = cells.filter(
    ({ cell }) => cell.model.key === model.key && cell.condition?.name === 'Base',
  );
  if (bases.length > 1) return notAvailable('there are several Base populations');
  return (
    bases[0] ??
    notAvailable(
      'there is no Base population to compare with; Table C2 compares refusals between levels',
    )
  );
}

/** What happened to whom. */
interface Counted extends Occurrences {
  readonly ended: EndedCell;
  /** Sums of each person, by position. */
  readonly hitsOf: Int32Array;
  readonly sizesOf: Int32Array;
  /** Positions of the persons that tell. */
  readonly told: readonly number[];
}

function count(ended: EndedCell, outcome: Outcome): Counted {
  const found = occurrencesOf(ended, outcome);
  const sizesOf = sumByPerson(ended, found.sizes);
  return {
    ...found,
    ended,
    hitsOf: sumByPerson(ended, found.hits),
    sizesOf,
    told: [...sizesOf.keys()].filter((person) => sizesOf[person]! > 0),
  };
}

function describeOutcome(
  ended: EndedCell,
  outcome: Outcome,
  base: EndedCell | NotAvailable,
): MissingRow {
  const { cell } = ended;
  const reasons = new Reasons();
  const own = count(ended, outcome);
  const share = shareOver(own, own.told);
  const found = reasons.take(
    isAvailable(share)
      ? share
      : notAvailable(
          outcome === 'item declined'
            ? 'no administration has succeeded'
            : 'no administration has ended',
        ),
  );
  const span = found && reasons.take(spanShare(found, 'Wilson'), 'interval');
  const other = reasons.take(base);
  return {
    instrument: cell.answered.questionnaire.label,
    model: cell.model.label,
    population: cell.label,
    part: 'endings',
    ...NOTHING,
    outcome,
    n: own.sizes.reduce((sum, size) => sum + Math.sign(size), 0),
    n_clusters: own.told.length,
    n_events: own.hits.reduce((sum, hits) => sum + hits, 0),
    value: found?.share ?? null,
    ci_low: span?.low ?? null,
    ci_high: span?.high ?? null,
    ...(found && other ? compare(own, count(other, outcome), reasons) : {}),
    reason: reasons.toCell(),
  };
}

/** @param persons by position */
function shareOver({ hitsOf, sizesOf }: Counted, persons: readonly number[]): Share | NotAvailable {
  return shareOf({
    hits: persons.map((person) => hitsOf[person]!),
    sizes: persons.map((person) => sizesOf[person]!),
  });
}

type Compared = Pick<
  MissingRow,
  | 'compared_with'
  | 'n_compared'
  | 'compared_value'
  | 'diff'
  | 'diff_ci_low'
  | 'diff_ci_high'
  | 'p'
  | 'test'
>;

/**
 * Over the persons of both, where these are at least half of one side's: a person who refuses in
 * one condition may refuse in all. Else the sides are taken for independent.
 */
function compare(own: Counted, base: Counted, reasons: Reasons): Partial<Compared> {
  const there = base.ended.placeOf;
  const pairs = own.told.flatMap((person): (readonly [number, number])[] => {
    const same = there.get(own.ended.persons[person]!);
    return same === undefined || base.sizesOf[same] === 0 ? [] : [[person, same]];
  });
  const isShared =
    pairs.length >= 2 && 2 * pairs.length >= Math.min(own.told.length, base.told.length);
  const first = shareOver(own, isShared ? pairs.map(([person]) => person) : own.told);
  const second = shareOver(base, isShared ? pairs.map(([, same]) => same) : base.told);
  if (!isAvailable(first) || !isAvailable(second)) {
    reasons.add('nothing of Base has ended');
    return {};
  }
  const spans = [spanShare(first, 'Wilson'), spanShare(second, 'Wilson')] as const;
  const interval =
    isAvailable(spans[0]) && isAvailable(spans[1])
      ? spanDifference(
          { value: first.share, interval: spans[0] },
          { value: second.share, interval: spans[1] },
          isShared ? correlateInfluence(first.influence, second.influence) : 0,
        )
      : null;
  return {
    compared_with: 'Base',
    n_compared: isShared ? pairs.length : base.told.length,
    compared_value: second.share,
    diff: first.share - second.share,
    diff_ci_low: interval?.low ?? null,
    diff_ci_high: interval?.high ?? null,
    ...(isShared ? testPairs(own, base, pairs, reasons) : testPersons(own, base, reasons)),
  };
}

/**
 * Both tests hold for few events and for none. They take as many administrations of a person from
 * either side as both have (the first ones), so that to have been asked more often is not to have
 * refused more often.
 */
function testPairs(
  own: Counted,
  base: Counted,
  pairs: readonly (readonly [number, number])[],
  reasons: Reasons,
): Pick<Compared, 'p' | 'test'> {
  const differences = pairs.map(([person, same]) => {
    const most = Math.min(countTold(own, person), countTold(base, same));
    return firstHits(own, person, most) - firstHits(base, same, most);
  });
  const { p, n, isExact } = testSignFlips(differences);
  return n === 0
    ? untested(reasons)
    : { p, test: isExact ? 'exact sign-flip test' : 'normal sign-flip test' };
}

/** Persons to whom it happened at all. */
function testPersons(own: Counted, base: Counted, reasons: Reasons): Pick<Compared, 'p' | 'test'> {
  const sides = [own, base];
  const most = sides
    .flatMap((side) => side.told.map((person) => countTold(side, person)))
    .reduce((least, size) => Math.min(least, size));
  const [first, second] = sides.map((side) => ({
    successes: side.told.filter((person) => firstHits(side, person, most) > 0).length,
    n: side.told.length,
  }));
  const sum = first!.successes + second!.successes;
  if (sum === 0 || sum === first!.n + second!.n) return untested(reasons);
  return { p: testFisherExact({ first: first!, second: second! }), test: 'Fisher’s exact test' };
}

/** Administrations of a person that tell. */
function countTold({ ended: { starts }, sizes }: Counted, person: number): number {
  let found = 0;
  for (let at = starts[person]!; at < starts[person + 1]!; at++) if (sizes[at]! > 0) found++;
  return found;
}

/** In the first administrations of a person that tell. */
function firstHits(
  { ended: { starts }, hits, sizes }: Counted,
  person: number,
  most: number,
): number {
  let [sum, found] = [0, 0];
  for (let at = starts[person]!; at < starts[person + 1]! && found < most; at++) {
    if (sizes[at]! === 0) continue;
    sum += hits[at]!;
    found++;
  }
  return sum;
}

function untested(reasons: Reasons): Pick<Compared, 'p' | 'test'> {
  reasons.add('no test: it happened to no person more often here than in Base, or less often');
  return { p: null, test: null };
}
