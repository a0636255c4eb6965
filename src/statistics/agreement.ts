/** Agreement of two scores of the same persons. */
import {
  isRoundingNoise,
  mean,
  type Numbers,
  requireSameLength,
  sizeOf,
  subtract,
  summarise,
} from './describe.ts';
import { chiSquaredQuantile, normalQuantile, tQuantile } from './distributions.ts';
import { crowdAtOneEnd, spanByJackknife } from './influence.ts';
import { DEFAULT_LEVEL, type Interval, intervalAround, tailOf } from './interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from './not-available.ts';
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

interface AgreementOptions {
  readonly level?: number;
  /**
   * Of each person, the mean squared distance of its single scores from their mean, which then
   * stands in `second`: with it the ICC is that of a single score. Left out where `second` has the
   * scores that are meant.
   */
  readonly within?: Numbers;
}

/**
 * ICC(A,1) of McGraw & Wong (1996) for two scores of each person: two-way, absolute agreement,
 * single rater; ICC(2,1) of Shrout & Fleiss (1979).
 *
 * With `within` it is that of the first score and a single one of those whose mean the second is:
 * their variance is that of the means and the mean of `within` together, whatever the dependence
 * of one person's scores, and their covariance with the first is that of the means.
 *
 * The interval takes the two for fixed, as a sheet and the persona written from it are: then the
 * ICC estimates the concordance correlation of Lin (1989), 2 s_xy / (s_x² + s_y² + Δ²). It is
 * that of the jackknife on the scale of Fisher's z (`spanByJackknife`). The interval of McGraw &
 * Wong assumes normal scores and raters drawn at random, and does not get narrower with more
 * persons where the means differ.
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
  { level = DEFAULT_LEVEL, within = new Float64Array(first.length) }: AgreementOptions = {},
): Agreement | NotAvailable {
  requireSameLength(first, second);
  requireSameLength(first, within);
  tailOf(level);
  const n = first.length;
  if (n < 2) return notAvailable('fewer than 2 persons');
  const pairs = summarisePairs(first, second, within);
  const { ofFirst, ofSecond, ofWithin, shift } = pairs;
  const isFirstEqual = isRoundingNoise(Math.sqrt(ofFirst), Math.abs(pairs.size));
  const isSecondEqual = isRoundingNoise(Math.sqrt(ofSecond + ofWithin), Math.abs(pairs.size));
  if (isFirstEqual && isSecondEqual && isRoundingNoise(Math.abs(shift), pairs.size))
    return notAvailable('all scores are equal');
  if (isFirstEqual || isSecondEqual)
    return { n, icc: 0, interval: notAvailable('the scores of one of the two do not vary') };
  const icc = iccOf(pairs);
  return { n, icc, interval: spanAgreement({ first, second, within }, pairs, icc, range, level) };
}

/** Sums of n pairs, from which the ICC follows. */
interface PairSums {
  readonly n: number;
  /** Sums of squared deviations, and of products of deviations. */
  readonly ofFirst: number;
  readonly ofSecond: number;
  readonly products: number;
  /** Sum of what single scores vary by within persons. */
  readonly ofWithin: number;
  /** Mean of the first minus that of the second. */
  readonly shift: number;
}

function summarisePairs(first: Numbers, second: Numbers, within: Numbers) {
  const one = summarise(first);
  const two = summarise(second);
  const differences = summarise(subtract(first, second));
  return {
    n: first.length,
    ofFirst: one.squares,
    ofSecond: two.squares,
    products: (one.squares + two.squares - differences.squares) / 2,
    ofWithin: first.length * summarise(within).mean,
    shift: one.mean - two.mean,
    means: [one.mean, two.mean] as const,
    size: Math.sqrt(first.length) * Math.max(sizeOf(one), sizeOf(two)),
  };
}

/** The mean square of the raters has that of the error in it, which is taken off the shift. */
function iccOf({ n, ofFirst, ofSecond, products, ofWithin, shift }: PairSums): number {
  const ofDifferences = ofFirst + ofSecond - 2 * products;
  const whole =
    (ofFirst + ofSecond) / (n - 1) + shift * shift - ofDifferences / (n - 1) / n + ofWithin / n;
  return (2 * products) / (n - 1) / whole;
}

interface Scored {
  readonly first: Numbers;
  readonly second: Numbers;
  readonly within: Numbers;
}

function spanAgreement(
  { first, second, within }: Scored,
  pairs: ReturnType<typeof summarisePairs>,
  icc: number,
  { min, max, step }: ScoreRange,
  level: number,
): Interval | NotAvailable {
  const { n } = pairs;
  if (n < 3) return notAvailable('fewer than 3 persons');
  const middle = (min + max) / 2;
  if (crowdAtOneEnd(first, middle, step) || crowdAtOneEnd(second, middle, step))
    return notAvailable('too few persons are away from one end of the scale');
  if (1 - icc < 1e-12) return { low: 1 - largestUnseenShare(n, level), high: 1, level };
  const without = new Float64Array(n);
  for (let person = 0; person < n; person++) {
    const x = first[person]! - pairs.means[0];
    const y = second[person]! - pairs.means[1];
    const factor = n / (n - 1);
    without[person] = iccOf({
      n: n - 1,
      ofFirst: pairs.ofFirst - factor * x * x,
      ofSecond: pairs.ofSecond - factor * y * y,
      products: pairs.products - factor * x * y,
      ofWithin: pairs.ofWithin - within[person]!,
      shift: pairs.shift - (x - y) / (n - 1),
    });
  }
  return spanByJackknife(icc, without, 'fisher', level);
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

/** What single scores vary by within persons, where the second of a pair is their mean. */
interface Replicates {
  /** Of each person, the mean squared distance of its single scores from their mean. */
  readonly within: Numbers;
  /** Of all persons, single scores less persons: the degrees of freedom of that. */
  readonly df: number;
}

/**
 * Limits of agreement of Bland & Altman (1999), with Student intervals from their standard errors s
 * √(1/n) and s √(1/n + z²/(2(n − 1))). `share` is the part of the differences between the limits.
 *
 * With `replicates` they are those of a single score: its difference has the variance of the
 * differences of means and that within persons together (§5.2 there; with as many scores of each
 * person the same number). The intervals are then those of Zou (2013), which put together the
 * interval of the mean and that of each variance. Not available below 2 pairs.
 */
export function limitsOfAgreement(
  first: Numbers,
  second: Numbers,
  { share = 0.95, level = DEFAULT_LEVEL, replicates }: LimitsOptions = {},
): LimitsOfAgreement | NotAvailable {
  const z = -normalQuantile(tailOf(share));
  const tail = tailOf(level);
  const differences = subtract(first, second);
  const n = differences.length;
  if (n < 2) return notAvailable('fewer than 2 pairs');
  const { mean: bias, sd } = summarise(differences);
  const t = -tQuantile(tail, n - 1);
  const interval = intervalAround(bias, (t * sd) / Math.sqrt(n), level);
  const within = replicates && mean(replicates.within);
  if (within === undefined || !isAvailable(within) || within === 0) {
    const reach = t * sd * Math.sqrt(1 / n + (z * z) / (2 * (n - 1)));
    const limitAt = (value: number) => ({ value, interval: intervalAround(value, reach, level) });
    return {
      ...{ n, sd, bias: { value: bias, interval } },
      lower: limitAt(bias - z * sd),
      upper: limitAt(bias + z * sd),
    };
  }
  const parts = [
    { variance: sd * sd, df: n - 1 },
    { variance: within, df: replicates!.df },
  ];
  const whole = Math.sqrt(sd * sd + within);
  const [narrowest, widest] = [1 - tail, tail].map((p) => {
    const reach = parts.reduce(
      (sum, { variance, df }) => sum + (variance * (df / chiSquaredQuantile(p, df) - 1)) ** 2,
      0,
    );
    const sign = p === tail ? 1 : -1;
    return Math.sqrt(Math.max(0, whole * whole + sign * Math.sqrt(reach)));
  });
  const ofBias = (normalQuantile(tail) * sd) / Math.sqrt(n);
  const outwards = Math.hypot(ofBias, z * (widest! - whole));
  const inwards = Math.hypot(ofBias, z * (whole - narrowest!));
  const [lower, upper] = [bias - z * whole, bias + z * whole];
  return {
    ...{ n, sd: whole, bias: { value: bias, interval } },
    lower: { value: lower, interval: { low: lower - outwards, high: lower + inwards, level } },
    upper: { value: upper, interval: { low: upper - inwards, high: upper + outwards, level } },
  };
}

interface LimitsOptions {
  readonly share?: number;
  readonly level?: number;
  readonly replicates?: Replicates;
}
