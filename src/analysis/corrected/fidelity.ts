/**
 * Whether scores are those of the sheets: in the mean, and person by person. The rows of Table 4
 * that compare personas, or random sheets, with the sheets.
 */
import {
  intraclassCorrelation,
  limitsOfAgreement,
  type ScoreRange,
} from '../../statistics/agreement.ts';
import { cohenDav, cohenDz } from '../../statistics/effect-sizes.ts';
import type { Interval } from '../../statistics/interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from '../../statistics/not-available.ts';
import { shareOf, spanDifference } from '../../statistics/shares.ts';
import { testPairedEquivalence, testPairedMeans } from '../../statistics/t-tests.ts';
import { leastEquivalenceP, spanConstant } from '../../statistics/unseen.ts';
import type { ScaleBound, ScaleBounds } from './bounds.ts';
import type { Reasons } from './rows.ts';
import {
  describeScores,
  lengthOf,
  type PersonVerdict,
  type ScaleScoreRow,
  spanMean,
} from './scale-score-row.ts';

export const LEVEL_OF_TESTS = 0.05;

/** Scores of persons beside those of their sheets, in one order. */
export interface Pairs {
  /** Of each person the mean of its administrations. */
  readonly persona: Float64Array;
  /** Of each person, the scores that it is the mean of. */
  readonly singles: readonly Float64Array[];
  /** Of each person, the mean squared distance of these from their mean. */
  readonly within: Float64Array;
  readonly sheet: Float64Array;
}

/** How near random sheets are to the sheets: what a persona must be nearer than. */
export interface Chance {
  readonly share: Estimated | NotAvailable;
  readonly concordance: Estimated | NotAvailable;
}

interface Estimated {
  readonly value: number;
  readonly interval: Interval;
}

/** The columns of a comparison. */
export function comparePairs(
  pairs: Pairs,
  range: ScoreRange,
  bounds: ScaleBounds,
  chance: Chance | NotAvailable,
  reasons: Reasons,
) {
  const { persona, sheet } = pairs;
  const own = describeScores(pairs, reasons);
  const other = describeScores({ persona: sheet, within: new Float64Array(sheet.length) }, reasons);
  const test = reasons.take(testPairedMeans(persona, sheet));
  const span = test?.interval ?? spanEqual(persona, sheet, range);
  return {
    ...own,
    m: meanOf(pairs.singles.map(({ length }) => length)),
    ref_mean: other.mean,
    ref_sd: other.sd,
    diff: own.mean - other.mean,
    ci_low: span?.low ?? null,
    ci_high: span?.high ?? null,
    t: test?.t ?? null,
    df: test?.df ?? null,
    p: test?.p ?? null,
    ...limitsOf(pairs, reasons),
    ...sizesOfEffect(pairs, reasons),
    ...equivalenceOf(pairs, range, reasons.take(bounds.mean, 'bound of the mean')),
    ...agreementOf(pairs, range, reasons),
    ...withinBound(pairs, range, bounds, chance, reasons),
  } satisfies Partial<ScaleScoreRow>;
}

const meanOf = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/* Means */

/**
 * The interval of differences that are all equal, as wide as they might be if a person who was not
 * seen departs from them as far as the scores of those who were seen lie apart, at least by one
 * item; null below 2 persons.
 */
function spanEqual(
  persona: Float64Array,
  sheet: Float64Array,
  { step }: ScoreRange,
  level?: number,
): Interval | null {
  if (persona.length < 2) return null;
  const seen = [...persona, ...sheet];
  const reach = Math.max(step, Math.max(...seen) - Math.min(...seen));
  const difference = persona[0]! - sheet[0]!;
  const range = { min: difference - reach, max: difference + reach };
  return spanConstant(difference, persona.length, range, level);
}

function sizesOfEffect({ persona, sheet }: Pairs, reasons: Reasons) {
  const dz = reasons.take(cohenDz(persona, sheet));
  const dav = reasons.take(cohenDav(persona, sheet), 'd_av');
  const spanOfDz = dz && reasons.take(dz.interval, 'interval of d_z');
  const spanOfDav = dav && reasons.take(dav.interval, 'interval of d_av');
  return {
    d_z: dz?.value ?? null,
    d_z_ci_low: spanOfDz?.low ?? null,
    d_z_ci_high: spanOfDz?.high ?? null,
    d_av: dav?.value ?? null,
    d_av_ci_low: spanOfDav?.low ?? null,
    d_av_ci_high: spanOfDav?.high ?? null,
  };
}

function equivalenceOf({ persona, sheet }: Pairs, range: ScoreRange, bound: ScaleBound | null) {
  const equivalence = bound && testMeans(persona, sheet, bound.points, range);
  return {
    equivalence_bound: bound?.points ?? null,
    equivalence_bound_sd: bound?.sds ?? null,
    equivalence_bound_origin: bound?.origin ?? null,
    equivalence_bound_reason: bound?.reason ?? null,
    equivalence_ci_low: equivalence?.low ?? null,
    equivalence_ci_high: equivalence?.high ?? null,
    p_equivalence: equivalence?.p ?? null,
  };
}

/** Whether the means are equivalent; null below 2 persons. */
function testMeans(
  persona: Float64Array,
  sheet: Float64Array,
  bound: number,
  range: ScoreRange,
): { readonly p: number; readonly low: number; readonly high: number } | null {
  const n = persona.length;
  const reach = lengthOf(range);
  const test = testPairedEquivalence(persona, sheet, bound, LEVEL_OF_TESTS);
  if (isAvailable(test)) {
    const { low, high } = test.interval;
    return { p: Math.max(test.p, leastEquivalenceP(n, bound, reach)), low, high };
  }
  const span = spanEqual(persona, sheet, range, 1 - 2 * LEVEL_OF_TESTS);
  if (span === null) return null;
  const p = leastEquivalenceP(n, bound, reach, persona[0]! - sheet[0]!);
  return { p, low: span.low, high: span.high };
}

/* Persons */

function limitsOf({ persona, sheet, within, singles }: Pairs, reasons: Reasons) {
  const ofMeans = reasons.take(limitsOfAgreement(persona, sheet));
  const df = singles.reduce((sum, { length }) => sum + length - 1, 0);
  const ofSingles = limitsOfAgreement(persona, sheet, { replicates: { within, df } });
  const single = isAvailable(ofSingles) ? ofSingles : null;
  return {
    diff_sd: ofMeans?.sd ?? null,
    limits_low: ofMeans?.lower.value ?? null,
    limits_high: ofMeans?.upper.value ?? null,
    diff_sd_single: single?.sd ?? null,
    limits_single_low: single?.lower.value ?? null,
    limits_single_high: single?.upper.value ?? null,
    limits_single_ci_low: single?.lower.interval.low ?? null,
    limits_single_ci_high: single?.upper.interval.high ?? null,
  };
}

function agreementOf({ persona, sheet, within }: Pairs, range: ScoreRange, reasons: Reasons) {
  const ofMeans = reasons.take(intraclassCorrelation(sheet, persona, range), 'ICC');
  const single = reasons.take(intraclassCorrelation(sheet, persona, range, { within }), 'ICC');
  const span = ofMeans && reasons.take(ofMeans.interval, 'interval of the ICC');
  const spanOfSingle = single && reasons.take(single.interval, 'interval of the ICC');
  return {
    icc: ofMeans?.icc ?? null,
    icc_ci_low: span?.low ?? null,
    icc_ci_high: span?.high ?? null,
    icc_single: single?.icc ?? null,
    icc_single_ci_low: spanOfSingle?.low ?? null,
    icc_single_ci_high: spanOfSingle?.high ?? null,
  };
}

/** What one administration of each person says: how many are within the bound, and the verdict. */
function withinBound(
  pairs: Pairs,
  range: ScoreRange,
  bounds: ScaleBounds,
  chance: Chance | NotAvailable,
  reasons: Reasons,
) {
  const bound = reasons.take(bounds.person, 'bound of a person');
  const own = bound && compareSingles(pairs, range, bound);
  const share = own && reasons.take(own.share, 'share within the bound');
  const verdict = own && reasons.take(judge(own, chance, bounds.personShare), 'persons');
  return {
    person_bound: bound?.points ?? null,
    person_bound_sd: bound?.sds ?? null,
    person_bound_origin: bound?.origin ?? null,
    person_bound_reason: bound?.reason ?? null,
    person_share: bounds.personShare,
    share_within: share?.value ?? null,
    share_within_ci_low: share?.interval.low ?? null,
    share_within_ci_high: share?.interval.high ?? null,
    persons: verdict,
  };
}

/**
 * The share of persons within the bound in one administration each (the mean of each person's share
 * of its administrations), and the concordance of one administration.
 */
export function compareSingles(
  { persona, sheet, within, singles }: Pairs,
  range: ScoreRange,
  { points }: ScaleBound,
): Chance {
  // Scores that are means have rounding errors.
  const most = points + 1e-9 * lengthOf(range);
  const hits = Float64Array.from(
    singles,
    (scores, person) =>
      scores.filter((score) => Math.abs(score - sheet[person]!) <= most).length / scores.length,
  );
  const share = shareOf({ hits, sizes: new Uint8Array(hits.length).fill(1) });
  const span = spanMean(hits);
  const icc = intraclassCorrelation(sheet, persona, range, { within });
  return {
    share: !isAvailable(share)
      ? share
      : isAvailable(span)
        ? { value: share.share, interval: span }
        : span,
    concordance: isAvailable(icc) ? spanOfIcc(icc) : icc,
  };
}

/** Scores that do not vary agree with nothing, whoever else might be asked. */
function spanOfIcc({
  icc,
  interval,
}: {
  readonly icc: number;
  readonly interval: Interval | NotAvailable;
}): Estimated | NotAvailable {
  if (isAvailable(interval)) return { value: icc, interval };
  return icc === 0 ? { value: 0, interval: { low: 0, high: 0, level: 0.95 } } : interval;
}

/**
 * A claim about persons. *agrees*: the share within the bound reaches what is required, and the
 * concordance lies above what random sheets have, both by the limits of their intervals. *does not
 * agree*: a limit shows that one of the two falls short. *undecided* between.
 *
 * Not available where random sheets lie within the bound as often: they may reach the share that is
 * required, and the persons are not shown to do so more often than they do.
 */
function judge(
  { share, concordance }: Chance,
  chance: Chance | NotAvailable,
  required: number,
): PersonVerdict | NotAvailable {
  if (!isAvailable(share)) return share;
  if (share.interval.high < required) return 'does not agree';
  if (!isAvailable(chance)) return chance;
  if (!isAvailable(chance.share)) return chance.share;
  const isReachedByChance = chance.share.interval.high >= required;
  if (isReachedByChance && spanDifference(share, chance.share, 0).low <= 0)
    return notAvailable(
      'cannot be told from chance, as random sheets lie within the bound as often',
    );
  if (!isAvailable(concordance)) return concordance;
  if (!isAvailable(chance.concordance)) return chance.concordance;
  const ofChance = chance.concordance.interval.high;
  if (concordance.interval.high < ofChance) return 'does not agree';
  const isReached = share.interval.low >= required && concordance.interval.low > ofChance;
  return isReached ? 'agrees' : 'undecided';
}
