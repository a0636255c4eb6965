/** Shares of observations that come in clusters, such as the personas written from one sheet. */
import { spanByInfluence, spanOnScale } from './influence.ts';
import { DEFAULT_LEVEL, type Interval } from './interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from './not-available.ts';
import { clopperPearsonInterval, wilsonInterval } from './proportions.ts';

/** Of each cluster, how many of its observations there are and how many of these are hits. */
export interface ClusterCounts {
  readonly hits: ArrayLike<number>;
  readonly sizes: ArrayLike<number>;
}

export interface Share {
  readonly share: number;
  /** What each cluster moves the share by; see `spanByInfluence`. */
  readonly influence: Float64Array;
  /** Of each cluster. */
  readonly sizes: ArrayLike<number>;
}

/** Not available without observations. */
export function shareOf({ hits, sizes }: ClusterCounts): Share | NotAvailable {
  if (hits.length !== sizes.length)
    throw new RangeError(
      `${hits.length} clusters with hits need as many sizes, not ${sizes.length}`,
    );
  let n = 0;
  let sum = 0;
  for (let cluster = 0; cluster < sizes.length; cluster++) {
    n += sizes[cluster]!;
    sum += hits[cluster]!;
  }
  if (n === 0) return notAvailable('there are no observations');
  const share = sum / n;
  const influence = new Float64Array(sizes.length);
  for (let cluster = 0; cluster < sizes.length; cluster++)
    influence[cluster] = (hits[cluster]! - share * sizes[cluster]!) / n;
  return { share, influence, sizes };
}

/**
 * Interval of a share: Student's, with the cluster-robust standard error, on the scale of log odds
 * (as `svyciprop` of R's survey does), so that it stays between 0 and 1. A share of 0 or 1, which
 * has no standard error, has that of Wilson, or the exact one of Clopper & Pearson, with as many
 * observations as there are clusters: how alike the members of one are cannot be seen. Where all
 * clusters have the same share, each counts as one observation too.
 */
export function spanShare(
  { share, influence, sizes }: Share,
  atTheEnd: 'Wilson' | 'Clopper-Pearson',
  level = DEFAULT_LEVEL,
): (Interval & { readonly isRobust: boolean }) | NotAvailable {
  // A cluster without observations tells nothing.
  const observed = withoutEmpty(influence, sizes);
  const clusters = observed.length;
  const isAtTheEnd = share === 0 || share === 1;
  const span = isAtTheEnd
    ? (atTheEnd === 'Wilson' ? wilsonInterval : clopperPearsonInterval)(
        { successes: share * clusters, n: clusters },
        level,
      )
    : spanInside(share, observed, level);
  return isAvailable(span) ? { ...span, isRobust: !isAtTheEnd } : span;
}

function withoutEmpty(influence: Float64Array, sizes: ArrayLike<number>): Float64Array {
  const kept = new Float64Array(influence.length);
  let length = 0;
  for (let at = 0; at < influence.length; at++) if (sizes[at]! > 0) kept[length++] = influence[at]!;
  return kept.subarray(0, length);
}

function spanInside(
  share: number,
  influence: Float64Array,
  level: number,
): Interval | NotAvailable {
  const span = spanByInfluence(share, influence, 'logit', level);
  const clusters = influence.length;
  if (isAvailable(span) || clusters < 2) return span;
  const binomial = Math.sqrt((share * (1 - share)) / clusters);
  return spanOnScale(share, { standardError: binomial, df: clusters - 1 }, 'logit', level);
}

/** An estimate with its interval, which need not be symmetric. */
export interface Estimated {
  readonly value: number;
  readonly interval: Interval;
}

/**
 * Interval of the difference first − second from the interval of each ("MOVER", Zou & Donner 2008),
 * which it follows where these are not symmetric, as those of shares near 0 and 1.
 * @param correlation of the two estimates, from −1 to 1; 0 where they share no cluster
 */
export function spanDifference(first: Estimated, second: Estimated, correlation: number): Interval {
  const reach = (own: number, other: number) =>
    Math.sqrt(Math.max(0, own * own - 2 * correlation * own * other + other * other));
  const below = ({ value, interval }: Estimated) => value - interval.low;
  const above = ({ value, interval }: Estimated) => interval.high - value;
  const difference = first.value - second.value;
  return {
    low: difference - reach(below(first), above(second)),
    high: difference + reach(above(first), below(second)),
    level: first.interval.level,
  };
}

/** Of two estimates that the same clusters move; 0 where one of them is moved by none. */
export function correlateInfluence(first: Float64Array, second: Float64Array): number {
  let [products, own, other] = [0, 0, 0];
  first.forEach((value, cluster) => {
    products += value * second[cluster]!;
    own += value * value;
    other += second[cluster]! * second[cluster]!;
  });
  return own > 0 && other > 0 ? products / Math.sqrt(own * other) : 0;
}
