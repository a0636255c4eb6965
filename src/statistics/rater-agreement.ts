/** Agreement of repeated answers to an item beyond chance. */

/**
 * Sums over subjects, so that some can be left out by subtracting theirs: how many were rated
 * twice at least, and the shares of their pairs of ratings that agree; how many were rated, and
 * from the fourth place on the shares of their ratings in each category.
 */
export type RatingSums = Float64Array;

const PAIRED = 0;
const AGREEING = 1;
const RATED = 2;
const SHARES = 3;

export interface ItemAgreement {
  /** Share of pairs of ratings of one subject that are the same. NaN without a pair. */
  readonly observed: number;
  /** NaN where all ratings are the same. */
  readonly kappa: number;
  /** NaN below 2 categories. */
  readonly ac1: number;
}

export function noRatings(categories: number): RatingSums {
  return new Float64Array(SHARES + categories);
}

/** Adds a subject. @param counts how often it was rated as each category */
export function addSubject(sums: RatingSums, counts: ArrayLike<number>): void {
  let ratings = 0;
  let pairs = 0;
  for (let category = 0; category < counts.length; category++) {
    ratings += counts[category]!;
    pairs += counts[category]! * (counts[category]! - 1);
  }
  if (ratings === 0) return;
  sums[RATED]! += 1;
  for (let category = 0; category < counts.length; category++)
    sums[SHARES + category]! += counts[category]! / ratings;
  if (ratings === 1) return;
  sums[PAIRED]! += 1;
  sums[AGREEING]! += pairs / (ratings * (ratings - 1));
}

/** @param sign -1 to leave the second out of the first */
export function combineRatings(
  first: RatingSums,
  second: RatingSums,
  sign: 1 | -1 = 1,
): RatingSums {
  return first.map((sum, at) => sum + sign * second[at]!);
}

/**
 * Kappa of Fleiss (1971) and AC1 of Gwet (2008), both for subjects that may be rated differently
 * often (Gwet 2014, ch. 2): (p − e)/(1 − e), where e is Σπ² for kappa and Σπ(1 − π)/(q − 1) for AC1,
 * of q categories with mean shares π. Of two ratings, kappa is Scott's π, since nothing tells the
 * first administration from the second. Where nearly all answers are the same, kappa is low however
 * seldom two of them differ; AC1 is not.
 */
export function agreementOf(sums: RatingSums): ItemAgreement {
  const categories = sums.length - SHARES;
  const observed = sums[AGREEING]! / sums[PAIRED]!;
  let squares = 0;
  for (let at = SHARES; at < sums.length; at++) squares += (sums[at]! / sums[RATED]!) ** 2;
  const byChance = (1 - squares) / (categories - 1);
  return {
    observed,
    kappa: 1 - squares < ROUNDING ? Number.NaN : (observed - squares) / (1 - squares),
    ac1: categories < 2 ? Number.NaN : (observed - byChance) / (1 - byChance),
  };
}

const ROUNDING = 1e-12;
