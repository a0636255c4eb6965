/** Agreement of repeated answers to an item beyond chance. */

/** Sums over subjects, so that some can be left out by subtracting theirs. */
export interface RatingSums {
  /** Subjects that were rated twice at least, and the sum of their shares of agreeing pairs. */
  readonly pairs: number;
  readonly agreeing: number;
  /** Subjects that were rated, and the sum of the shares of their ratings in each category. */
  readonly subjects: number;
  readonly shares: Float64Array;
}

export interface ItemAgreement {
  /** Share of pairs of ratings of one subject that are the same. NaN without a pair. */
  readonly observed: number;
  /** NaN where all ratings are the same. */
  readonly kappa: number;
  /** NaN below 2 categories. */
  readonly ac1: number;
}

/** @param counts of one subject: how often it was rated as each category */
export function sumRatings(counts: ArrayLike<number>): RatingSums {
  let ratings = 0;
  let pairs = 0;
  for (let category = 0; category < counts.length; category++) {
    ratings += counts[category]!;
    pairs += counts[category]! * (counts[category]! - 1);
  }
  const isPaired = ratings > 1;
  return {
    pairs: isPaired ? 1 : 0,
    agreeing: isPaired ? pairs / (ratings * (ratings - 1)) : 0,
    subjects: ratings > 0 ? 1 : 0,
    shares: Float64Array.from(counts, (count) => (ratings === 0 ? 0 : count / ratings)),
  };
}

/** @param sign -1 to leave the second out of the first */
export function addRatings(first: RatingSums, second: RatingSums, sign: 1 | -1 = 1): RatingSums {
  return {
    pairs: first.pairs + sign * second.pairs,
    agreeing: first.agreeing + sign * second.agreeing,
    subjects: first.subjects + sign * second.subjects,
    shares: first.shares.map((share, category) => share + sign * second.shares[category]!),
  };
}

/**
 * Kappa of Fleiss (1971) and AC1 of Gwet (2008), both for subjects that may be rated differently
 * often (Gwet 2014, ch. 2): (p − e)/(1 − e), where e is Σπ² for kappa and Σπ(1 − π)/(q − 1) for AC1,
 * of q categories with mean shares π. Of two ratings, kappa is Scott's π, since nothing tells the
 * first administration from the second. Where nearly all answers are the same, kappa is low however
 * seldom two of them differ; AC1 is not.
 */
export function agreementOf({ pairs, agreeing, subjects, shares }: RatingSums): ItemAgreement {
  const observed = agreeing / pairs;
  let squares = 0;
  for (const share of shares) squares += (share / subjects) ** 2;
  const byChance = (1 - squares) / (shares.length - 1);
  return {
    observed,
    kappa: 1 - squares < ROUNDING ? Number.NaN : (observed - squares) / (1 - squares),
    ac1: shares.length < 2 ? Number.NaN : (observed - byChance) / (1 - byChance),
  };
}

const ROUNDING = 1e-12;
