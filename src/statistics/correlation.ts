import { isRoundingNoise, type Numbers, requireSameLength, summarise } from './describe.ts';
import { normalQuantile } from './distributions.ts';
import { betaTails } from './incomplete-beta.ts';
import { spanByJackknife } from './influence.ts';
import { DEFAULT_LEVEL, type Interval, tailOf } from './interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from './not-available.ts';

export interface Correlation {
  readonly n: number;
  readonly r: number;
  /** Two-sided, by t with n − 2 degrees of freedom. */
  readonly p: number;
  /** By Fisher's z, which needs 4 pairs. */
  readonly interval: Interval | NotAvailable;
}

/** Pearson's r. Not available below 3 pairs and when one of the variables is constant. */
export function correlate(
  first: Numbers,
  second: Numbers,
  level = DEFAULT_LEVEL,
): Correlation | NotAvailable {
  const tail = tailOf(level);
  requireSameLength(first, second);
  const n = first.length;
  if (n < 3) return notAvailable('fewer than 3 pairs');
  const angle = compareDirections(first, second);
  if (!isAvailable(angle)) return angle;
  const { r, below1, aboveMinus1 } = angle;
  const logOdds = 2 * Math.log(Math.abs(r)) - Math.log(below1) - Math.log(aboveMinus1);
  const p = betaTails(logOdds, 0.5, (n - 2) / 2).upper.probability;
  if (n < 4) return { n, r, p, interval: notAvailable('fewer than 4 pairs') };
  const z = (Math.log(aboveMinus1) - Math.log(below1)) / 2;
  const reach = -normalQuantile(tail) / Math.sqrt(n - 3);
  return { n, r, p, interval: { low: Math.tanh(z - reach), high: Math.tanh(z + reach), level } };
}

interface Angle {
  readonly r: number;
  /**
   * 1 − r and 1 + r, from the distances of the standardised variables: exact to many digits where
   * |r| is next to 1.
   */
  readonly below1: number;
  readonly aboveMinus1: number;
}

function compareDirections(first: Numbers, second: Numbers): Angle | NotAvailable {
  const one = summarise(first);
  const two = summarise(second);
  if (isRoundingNoise(one.sd, one.mean) || isRoundingNoise(two.sd, two.mean))
    return notAvailable('one of the variables is constant');
  const firstLength = Math.sqrt(one.squares);
  const secondLength = Math.sqrt(two.squares);
  let product = 0;
  let apart = 0;
  let opposed = 0;
  for (let i = 0; i < one.n; i++) {
    const u = (first[i]! - one.mean) / firstLength;
    const v = (second[i]! - two.mean) / secondLength;
    product += u * v;
    apart += (u - v) * (u - v);
    opposed += (u + v) * (u + v);
  }
  return { r: Math.max(-1, Math.min(1, product)), below1: apart / 2, aboveMinus1: opposed / 2 };
}

/** Means of several scores of each person on two variables, and what the scores vary by. */
export interface MeansOfScores {
  readonly first: Numbers;
  readonly second: Numbers;
  /** Of each person, the mean squared distance of its scores from their mean. */
  readonly withinFirst: Numbers;
  readonly withinSecond: Numbers;
  /** Of each person, the mean product of these distances of scores that belong together. */
  readonly together: Numbers;
}

interface SingleCorrelation {
  readonly r: number;
  readonly interval: Interval | NotAvailable;
}

/**
 * Pearson's r of single scores where means of several are at hand: variances and covariance are
 * those of the means and those within persons together. The interval is that of the jackknife on
 * the scale of Fisher's z. Not available below 3 pairs and when one of the variables is constant;
 * the interval not below 4 pairs.
 */
export function correlateSingles(
  means: MeansOfScores,
  level = DEFAULT_LEVEL,
): SingleCorrelation | NotAvailable {
  const { first, second, withinFirst, withinSecond, together } = means;
  for (const other of [second, withinFirst, withinSecond, together])
    requireSameLength(first, other);
  const n = first.length;
  if (n < 3) return notAvailable('fewer than 3 pairs');
  const one = summarise(first);
  const two = summarise(second);
  const total = (values: Numbers) => n * summarise(values).mean;
  let products = 0;
  for (let i = 0; i < n; i++) products += (first[i]! - one.mean) * (second[i]! - two.mean);
  const all = {
    n,
    products,
    ofFirst: one.squares,
    ofSecond: two.squares,
    together: total(together),
    withinFirst: total(withinFirst),
    withinSecond: total(withinSecond),
  };
  const isConstant = (squares: number, mean: number) =>
    isRoundingNoise(Math.sqrt(squares / n), mean);
  if (
    isConstant(one.squares + all.withinFirst, one.mean) ||
    isConstant(two.squares + all.withinSecond, two.mean)
  )
    return notAvailable('one of the variables is constant');
  const r = singleR(all);
  if (n < 4) return { r, interval: notAvailable('fewer than 4 pairs') };
  const factor = n / (n - 1);
  const without = Float64Array.from({ length: n }, (_, i) => {
    const x = first[i]! - one.mean;
    const y = second[i]! - two.mean;
    return singleR({
      n: n - 1,
      products: products - factor * x * y,
      ofFirst: one.squares - factor * x * x,
      ofSecond: two.squares - factor * y * y,
      together: all.together - together[i]!,
      withinFirst: all.withinFirst - withinFirst[i]!,
      withinSecond: all.withinSecond - withinSecond[i]!,
    });
  });
  return { r, interval: spanByJackknife(r, without, 'fisher', level) };
}

interface SingleSums {
  readonly n: number;
  readonly products: number;
  readonly ofFirst: number;
  readonly ofSecond: number;
  readonly together: number;
  readonly withinFirst: number;
  readonly withinSecond: number;
}

function singleR({ n, ...sums }: SingleSums): number {
  const covariance = sums.products / (n - 1) + sums.together / n;
  const ofFirst = sums.ofFirst / (n - 1) + sums.withinFirst / n;
  const ofSecond = sums.ofSecond / (n - 1) + sums.withinSecond / n;
  return Math.max(-1, Math.min(1, covariance / Math.sqrt(ofFirst * ofSecond)));
}
