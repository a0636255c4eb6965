import { stirlingError } from './stirling.ts';
import { HIGHEST, LOWEST, type Tails, tailsFromRatio } from './tails.ts';

/**
 * Both tails of the gamma distribution of shape `a` and scale 1 at x ≥ 0: the regularised
 * incomplete gamma functions P(a, x) and Q(a, x). Ratios are to the density in u = log x.
 *
 * Series below the mean, continued fraction above (Abramowitz & Stegun 1964, 6.5.29 and 6.5.31):
 * the tail that may be tiny is always the one that is summed.
 */
export function gammaTails(x: number, a: number): Tails {
  if (x === 0) return LOWEST;
  if (x === Number.POSITIVE_INFINITY) return HIGHEST;
  const logDensity = 0.5 * Math.log(a / (2 * Math.PI)) - stirlingError(a) - deviance(a, x);
  return x < a + 1
    ? tailsFromRatio('lower', sumSeries(x, a), logDensity)
    : tailsFromRatio('upper', sumFraction(x, a), logDensity);
}

/**
 * x − a − a log(x/a), which is what remains of xᵃ e⁻ˣ/Γ(a) beside Stirling's terms; log1p keeps it
 * exact near x = a.
 */
function deviance(a: number, x: number): number {
  const excess = x - a;
  const isNear = x > a / 2 && x < 2 * a;
  return excess - a * (isNear ? Math.log1p(excess / a) : Math.log(x) - Math.log(a));
}

function sumSeries(x: number, a: number): number {
  let term = 1 / a;
  let sum = term;
  for (let shape = a + 1; term > sum * Number.EPSILON; shape++) {
    term *= x / shape;
    sum += term;
  }
  return sum;
}

/** Q(a, x) Γ(a) / (xᵃ e⁻ˣ), by the modified method of Lentz (Thompson & Barnett 1986). */
function sumFraction(x: number, a: number): number {
  let denominator = x + 1 - a;
  let c = Number.POSITIVE_INFINITY;
  let d = 1 / denominator;
  let value = d;
  for (let i = 1, change = 0; Math.abs(change - 1) > 2 * Number.EPSILON; i++) {
    const numerator = i * (a - i);
    denominator += 2;
    d = 1 / (denominator + numerator * d);
    c = denominator + numerator / c;
    change = c * d;
    value *= change;
  }
  return value;
}
