/** Power of planned tests, how wide their intervals will be, and how many persons they need. */
import { normalCdf, normalSurvival, tQuantile } from './distributions.ts';
import { stirlingError } from './stirling.ts';

/** Half of the intervals of the integral over the standard deviation. */
const STEPS = 500;
/** The integral leaves out what lies further from 1, in standard errors of the sample's. */
const REACH = 9;
const HALF_LOG_2_PI = Math.log(2 * Math.PI) / 2;

/**
 * Mean of f over s, the standard deviation of a sample by that of the population: √(χ²/df). By
 * Simpson's rule.
 */
function averageOverSd(df: number, f: (s: number) => number): number {
  const half = df / 2;
  const logGamma = (half - 0.5) * Math.log(half) - half + HALF_LOG_2_PI + stirlingError(half);
  const density = (s: number) => {
    const x = half * s * s;
    return s * df * Math.exp((half - 1) * Math.log(x) - x - logGamma);
  };
  const width = REACH / Math.sqrt(2 * df);
  const from = Math.max(1e-9, 1 - width);
  const step = (1 + width - from) / (2 * STEPS);
  let sum = 0;
  for (let at = 0; at <= 2 * STEPS; at++) {
    const s = from + at * step;
    const weight = at === 0 || at === 2 * STEPS ? 1 : at % 2 === 1 ? 4 : 2;
    sum += weight * density(s) * f(s);
  }
  return (sum * step) / 3;
}

/**
 * Power of the two-sided t test of an estimate that is normal with a standard error that is
 * estimated on `df` degrees of freedom: the probability of |t| beyond the critical value by the
 * noncentral t distribution, as R's `power.t.test(type = "paired", strict = TRUE)`.
 * @param ncp the true difference in standard errors
 */
export function powerOfT(ncp: number, df: number, alpha: number): number {
  const critical = -tQuantile(alpha / 2, df);
  return averageOverSd(
    df,
    (s) => normalSurvival(critical * s - ncp) + normalCdf(-critical * s - ncp),
  );
}

/**
 * Power of the two one-sided tests (Schuirmann 1987) that a mean difference lies within ±bound, for
 * a true difference of 0, both at `alpha`.
 * @param bound in standard errors
 */
export function powerOfEquivalence(bound: number, df: number, alpha: number): number {
  const critical = -tQuantile(alpha, df);
  return averageOverSd(df, (s) => Math.max(0, 1 - 2 * normalCdf(critical * s - bound)));
}

/**
 * Standard error of a share of the personas of `n` sheets with `draws` each that resemble each
 * other by the intraclass correlation `icc`: √(p(1 − p)/(n·m) · (1 + (m − 1) icc)) (Kish 1965).
 */
export function errorOfShare(
  share: number,
  { n, draws, icc }: { readonly n: number; readonly draws: number; readonly icc: number },
): number {
  return Math.sqrt(((share * (1 - share)) / (n * draws)) * (1 + (draws - 1) * icc));
}

/** Half of the 95 % interval of an estimate with this standard error. */
export function halfWidth(standardError: number, df: number): number {
  return -tQuantile(0.025, df) * standardError;
}

/** More persons are not looked for. */
const MOST = 1_000_000;

/** The fewest persons, 3 at least, with this power; null where a million do not have it. */
export function fewestFor(power: number, powerAt: (n: number) => number): number | null {
  let high = 3;
  while (powerAt(high) < power) {
    high *= 2;
    if (high > MOST) return null;
  }
  let low = Math.max(3, high / 2);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (powerAt(middle) < power) low = middle + 1;
    else high = middle;
  }
  return high;
}
