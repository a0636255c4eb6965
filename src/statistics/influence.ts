/**
 * Intervals that assume no distribution: from what each of some independent persons (or clusters)
 * moves an estimate by.
 */
import { tQuantile } from './distributions.ts';
import { DEFAULT_LEVEL, type Interval, tailOf } from './interval.ts';
import { type NotAvailable, notAvailable } from './not-available.ts';

/**
 * On which scale the estimate is closest to normal: as it is; the log; the log odds of a share;
 * Fisher's z of a correlation; the log of what a reliability lacks to 1.
 */
export type Transform = 'identity' | 'log' | 'logit' | 'fisher' | 'log of the rest';

interface Scale {
  readonly to: (value: number) => number;
  /** Derivative of `to`. */
  readonly slope: (value: number) => number;
  readonly from: (value: number) => number;
}

const TRANSFORMS: Readonly<Record<Transform, Scale>> = {
  identity: { to: (value) => value, slope: () => 1, from: (value) => value },
  log: { to: Math.log, slope: (value) => 1 / value, from: Math.exp },
  logit: {
    to: (share) => Math.log(share / (1 - share)),
    slope: (share) => 1 / (share * (1 - share)),
    from: (logit) => 1 / (1 + Math.exp(-logit)),
  },
  fisher: { to: Math.atanh, slope: (r) => 1 / (1 - r * r), from: Math.tanh },
  'log of the rest': {
    to: (value) => -Math.log(1 - value),
    slope: (value) => 1 / (1 - value),
    from: (log) => 1 - Math.exp(-log),
  },
};

/** Below this the quantile of Student's t adds width more than coverage. */
const LEAST_DF = 6;

/**
 * The interval of an estimate by its influence values (Hampel 1974; the infinitesimal jackknife of
 * Efron 1982, ch. 6, and for clusters the sandwich of Liang & Zeger 1986): Student's t on the scale
 * of `transform`, with the standard error √(n/(n − 1) Σ influence²) times the derivative.
 *
 * The degrees of freedom are those of a variance that is estimated from values of this kurtosis κ
 * (divisor n), 2n / (κ − (n − 3)/(n − 1)) (O'Neill 2014), at least 6 and at most n − 1: where a few
 * persons make up most of the standard error, it is little known, and the interval is wider. On
 * log odds they are n − 1: there the variance follows from the share itself.
 *
 * @param influence one value a person, with a sum of 0: their sum is what the estimate departs from
 *   the truth by, to first order
 * Not available below 2 persons or clusters, where none moves the estimate, and at an end of the scale of
 * `transform`.
 */
export function spanByInfluence(
  estimate: number,
  influence: Float64Array,
  transform: Transform,
  level = DEFAULT_LEVEL,
): Interval | NotAvailable {
  const n = influence.length;
  if (n < 2) return notAvailable('fewer than 2 clusters');
  let squares = 0;
  for (const value of influence) squares += value * value;
  const standardError = Math.sqrt((n / (n - 1)) * squares);
  if (!(standardError > ROUNDING * (1 + Math.abs(estimate))))
    return notAvailable('no cluster moves the estimate');
  const df = transform === 'logit' ? n - 1 : freedomOf(influence);
  return spanOnScale(estimate, { standardError, df }, transform, level);
}

/**
 * The interval of an estimate by the jackknife: Student's on the scale of `transform`, around the
 * estimate with less bias (Quenouille 1956) and with the standard error (Tukey 1958) that follow
 * from what the estimate is without each person; the degrees of freedom are those of
 * `spanByInfluence`. For few persons and skewed scores it covers more often than the derivatives do
 * (Feng, Baumgartner & Svetnik 2015).
 *
 * @param without the estimate without each of the persons
 * Not available where there is none without a person, and as for `spanByInfluence`.
 */
export function spanByJackknife(
  estimate: number,
  without: Float64Array,
  transform: Transform,
  level = DEFAULT_LEVEL,
): Interval | NotAvailable {
  const n = without.length;
  if (!without.every(Number.isFinite))
    return notAvailable('there is no estimate without one person');
  const centre = without.reduce((sum, own) => sum + own, 0) / n;
  const influence = without.map((own) => ((n - 1) / n) * (centre - own));
  const corrected = n * estimate - (n - 1) * centre;
  const isInside = Number.isFinite(TRANSFORMS[transform].to(corrected));
  return spanByInfluence(isInside ? corrected : estimate, influence, transform, level);
}

/**
 * Student's interval on the scale of `transform`, by the delta method. Not available at an end of
 * that scale.
 */
export function spanOnScale(
  estimate: number,
  { standardError, df }: { readonly standardError: number; readonly df: number },
  transform: Transform,
  level = DEFAULT_LEVEL,
): Interval | NotAvailable {
  const { to, slope, from } = TRANSFORMS[transform];
  const centre = to(estimate);
  if (!Number.isFinite(centre)) return notAvailable('the estimate is at an end of its range');
  const reach = -tQuantile(tailOf(level), df) * standardError * slope(estimate);
  return { low: from(centre - reach), high: from(centre + reach), level };
}

/** Sums of this size, relative to the estimate, are what rounding leaves of 0. */
const ROUNDING = 1e-13;

/**
 * Degrees of freedom of a variance estimated from values (at least 2, with a mean of 0) of this
 * kurtosis; see `spanByInfluence`.
 */
export function freedomOf(values: ArrayLike<number>): number {
  const n = values.length;
  let squares = 0;
  let fourths = 0;
  for (let i = 0; i < n; i++) {
    squares += values[i]! ** 2;
    fourths += values[i]! ** 4;
  }
  const excess = (n * fourths) / squares ** 2 - (n - 3) / (n - 1);
  const df = excess > 0 ? (2 * n) / excess : Number.POSITIVE_INFINITY;
  return Math.min(n - 1, Math.max(LEAST_DF, df));
}

/**
 * Whether so many scores lie at one end of their scale that a sample of this size does not tell
 * their variance: fewer than 2, or fewer than 4 in 100, in one half of the scale (the middle is in
 * both), and fewer than 12 with another score than the most common one. What depends on the
 * variance, as alpha and agreement do, has no interval then that covers (the bench of coverage
 * shows it).
 * @param step what one item adds to a score; scores that are means are rounded to it
 */
export function crowdAtOneEnd(scores: ArrayLike<number>, middle: number, step: number): boolean {
  const n = scores.length;
  const uses = new Map<number, number>();
  let above = 0;
  let below = 0;
  for (let person = 0; person < n; person++) {
    const score = scores[person]!;
    if (score >= middle) above++;
    if (score <= middle) below++;
    const rounded = Math.round(score / step);
    uses.set(rounded, (uses.get(rounded) ?? 0) + 1);
  }
  const inSparserHalf = Math.min(above, below);
  if (inSparserHalf >= 2 && inSparserHalf >= 0.04 * n) return false;
  return n - Math.max(0, ...uses.values()) < 12;
}
