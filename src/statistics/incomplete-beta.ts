import { stirlingError } from './stirling.ts';
import { HIGHEST, LOWEST, type Tails, tailsFromRatio } from './tails.ts';

/**
 * Both tails of the beta distribution of shapes `a` and `b` at the x whose logit is u = log(x / (1
 * − x)), that is, the regularised incomplete beta functions Iₓ(a, b) and I₁₋ₓ(b, a). Ratios are to
 * the density in u.
 *
 * The logit, not x, because t and F reach far beyond the doubles that are near 1 or above
 * underflow.
 */
export function betaTails(u: number, a: number, b: number): Tails {
  if (u === Number.NEGATIVE_INFINITY) return LOWEST;
  if (u === Number.POSITIVE_INFINITY) return HIGHEST;
  const x = 1 / (1 + Math.exp(-u));
  const y = 1 / (1 + Math.exp(u));
  const logDensity = logKernel(u, a, b);
  // Beyond this point the fraction converges faster from the other side.
  return x < (a + 1) / (a + b + 2)
    ? tailsFromRatio('lower', sumFraction(x, y, a, b), logDensity)
    : tailsFromRatio('upper', sumFraction(y, x, b, a), logDensity);
}

/**
 * log of xᵃ (1−x)ᵇ / B(a, b). The `expm1` terms sum to zero on paper; in doubles they undo the
 * rounding errors of the logarithms beside them, which shapes of 1e6 would otherwise blow up (the
 * saddle point of Loader 2000).
 */
function logKernel(u: number, a: number, b: number): number {
  const common = Math.log1p(Math.exp(-Math.abs(u)));
  const logX = Math.min(u, 0) - common;
  const logY = Math.min(-u, 0) - common;
  const fromModeX = logX + Math.log1p(b / a);
  const fromModeY = logY + Math.log1p(a / b);
  return (
    0.5 * (Math.log(a / (a + b)) + Math.log(b / (2 * Math.PI))) +
    (stirlingError(a + b) - stirlingError(a) - stirlingError(b)) +
    a * (fromModeX - Math.expm1(fromModeX)) +
    b * (fromModeY - Math.expm1(fromModeY))
  );
}

/**
 * Iₓ(a, b) B(a, b) / (xᵃ yᵇ), y = 1 − x, for x up to about the mean: the continued fraction of
 * DiDonato & Morris (1992), by the modified method of Lentz. Unlike the better known one it takes
 * the distance from the mean, a y − b x, from y itself, so nothing is lost where x is next to 1.
 */
function sumFraction(x: number, y: number, a: number, b: number): number {
  const distance = a * y - b * x + 1;
  let denominator = (a / (a + 1)) * distance;
  let c = Number.POSITIVE_INFINITY;
  let d = 1 / denominator;
  let value = d;
  for (let n = 1, change = 0; Math.abs(change - 1) > 2 * Number.EPSILON; n++) {
    const shape = a + 2 * n;
    const numerator =
      (((a + n - 1) * (a + b + n - 1)) / ((shape - 1) * (shape - 1))) * n * (b - n) * x * x;
    denominator =
      n + (n * (b - n) * x) / (shape - 1) + ((a + n) / (shape + 1)) * (distance + n * (1 + y));
    d = 1 / (denominator + numerator * d);
    c = denominator + numerator / c;
    change = c * d;
    value *= change;
  }
  return value;
}
