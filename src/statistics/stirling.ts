/** Coefficients of 1/a, 1/a³, … in the asymptotic series (Abramowitz & Stegun 1964, 6.1.41). */
const SERIES = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360360,
  1 / 156,
  -3617 / 122400,
];

/** From here on eight terms of the series leave less than the rounding error of a double. */
const SERIES_FROM = 16;

/**
 * What Stirling's formula misses: log Γ(a) − [(a − ½) log a − a + ½ log 2π], for a > 0.
 *
 * Gamma functions enter the distributions only in ratios whose large parts cancel. With this
 * remainder the cancellation is done on paper (Loader 2000, "Fast and accurate computation of
 * binomial probabilities").
 */
export function stirlingError(a: number): number {
  let remainder = 0;
  let argument = a;
  for (; argument < SERIES_FROM; argument++)
    remainder += (argument + 0.5) * Math.log1p(1 / argument) - 1;
  const inverse = 1 / argument;
  let series = 0;
  for (let term = SERIES.length - 1; term >= 0; term--)
    series = series * inverse * inverse + SERIES[term]!;
  return remainder + series * inverse;
}
