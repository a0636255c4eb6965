/** Agreement of two scores of the same persons. */
import { type Numbers, requireSameLength, subtract, summarise } from './describe.ts';
import { normalQuantile, tQuantile } from './distributions.ts';
import { crowdAtOneEnd, spanByInfluence } from './influence.ts';
import { DEFAULT_LEVEL, type Interval, intervalAround, tailOf } from './interval.ts';
import { type NotAvailable, notAvailable } from './not-available.ts';
import { largestUnseenShare } from './unseen.ts';

/** The scores that a scale can have. */
export interface ScoreRange {
  readonly min: number;
  readonly max: number;
  /** What one item adds to a score. */
  readonly step: number;
}

export interface Agreement {
  readonly n: number;
  readonly icc: number;
  /** Distribution-free; see `intraclassCorrelation`. */
  readonly interval: Interval | NotAvailable;
}

/**
 * ICC(A,1) of McGraw & Wong (1996) for two scores of each person: two-way, absolute agreement,
 * single rater; ICC(2,1) of Shrout & Fleiss (1979).
 *
 * The interval takes the two for fixed, as a sheet and the persona written from it are: then the
 * ICC estimates the concordance correlation of Lin (1989), 2 s_xy / (s_x² + s_y² + Δ²), whose
 * influence values (King & Chinchilli 2001 give the variance that they lead to) make the interval
 * on the scale of Fisher's z. That of McGraw & Wong assumes normal scores and raters drawn at
 * random, and does not get narrower with more persons where the means differ.
 *
 * Not available below 2 persons and when all scores are equal. The interval is not available below
 * 3 persons, where one of the two does not vary, and where nearly all persons are at one end of the
 * scale (`crowdAtOneEnd`). Where all agree completely it reaches up to 1 from what the ICC would be
 * if the largest share of persons that may have been missed (`largestUnseenShare`) agreed no more
 * than two persons do.
 */
export function intraclassCorrelation(
  first: Numbers,
  second: Numbers,
  range: ScoreRange,
  level = DEFAULT_LEVEL,
): Agreement | NotAvailable {
  requireSameLength(first, second);
  tailOf(level);
  const n = first.length;
  if (n < 2) return notAvailable('fewer than 2 persons');
  const one = summarise(first);
  const two = summarise(second);
  const shift = one.mean - two.mean;
  const differences = summarise(subtract(first, second));
  const products = (one.squares + two.squares - differences.squares) / 2;
  // Of mean squares with divisor n − 1; the mean square of the raters has that of the error in it.
  const whole =
    (one.squares + two.squares) / (n - 1) + shift * shift - differences.squares / (n - 1) / n;
  if (one.squares + two.squares + n * shift * shift === 0)
    return notAvailable('all scores are equal');
  const isConstant = one.squares === 0 || two.squares === 0;
  const icc = isConstant ? 0 : (2 * products) / (n - 1) / whole;
  const interval = isConstant
    ? notAvailable('the scores of one of the two do not vary')
    : spanConcordance({ first, second, icc, products, shift }, range, level);
  return { n, icc, interval };
}

function spanConcordance(
  pairs: {
    readonly first: Numbers;
    readonly second: Numbers;
    readonly icc: number;
    /** Sum of products of deviations. */
    readonly products: number;
    readonly shift: number;
  },
  { min, max, step }: ScoreRange,
  level: number,
): Interval | NotAvailable {
  const { first, second, icc, products, shift } = pairs;
  const n = first.length;
  if (n < 3) return notAvailable('fewer than 3 persons');
  const middle = (min + max) / 2;
  if (crowdAtOneEnd(first, middle, step) || crowdAtOneEnd(second, middle, step))
    return notAvailable('too few persons are away from one end of the scale');
  const one = summarise(first);
  const two = summarise(second);
  const variances = (one.squares + two.squares) / n;
  if (1 - icc < 1e-12) return { low: 1 - largestUnseenShare(n, level), high: 1, level };
  const agreement = (2 * products) / n;
  const whole = variances + shift * shift;
  const influence = new Float64Array(n);
  for (let person = 0; person < n; person++) {
    const x = first[person]! - one.mean;
    const y = second[person]! - two.mean;
    const ofAgreement = 2 * x * y - agreement;
    const ofWhole = x * x + y * y + 2 * shift * (x - y) - variances;
    influence[person] = (ofAgreement - (agreement / whole) * ofWhole) / whole / n;
  }
  return spanByInfluence(icc, influence, 'fisher', level);
}

export interface LimitsOfAgreement {
  readonly n: number;
  /** Mean of first − second. */
  readonly bias: { readonly value: number; readonly interval: Interval };
  /** Standard deviation of the differences. */
  readonly sd: number;
  /**
   * The limits between which `share` of the differences lie if they are normal, each with its
   * interval.
   */
  readonly lower: { readonly value: number; readonly interval: Interval };
  readonly upper: { readonly value: number; readonly interval: Interval };
}

/**
 * Limits of agreement of Bland & Altman (1999), with Student intervals from their standard errors s
 * √(1/n) and s √(1/n + z²/(2(n − 1))). `share` is the part of the differences between the limits.
 * Not available below 2 pairs.
 */
export function limitsOfAgreement(
  first: Numbers,
  second: Numbers,
  share = 0.95,
  level = DEFAULT_LEVEL,
): LimitsOfAgreement | NotAvailable {
  const z = -normalQuantile(tailOf(share));
  const tail = tailOf(level);
  const differences = subtract(first, second);
  const n = differences.length;
  if (n < 2) return notAvailable('fewer than 2 pairs');
  const { mean, sd } = summarise(differences);
  const t = -tQuantile(tail, n - 1);
  const reach = t * sd * Math.sqrt(1 / n + (z * z) / (2 * (n - 1)));
  const limitAt = (value: number) => ({ value, interval: intervalAround(value, reach, level) });
  return {
    n,
    bias: { value: mean, interval: intervalAround(mean, (t * sd) / Math.sqrt(n), level) },
    sd,
    lower: limitAt(mean - z * sd),
    upper: limitAt(mean + z * sd),
  };
}
