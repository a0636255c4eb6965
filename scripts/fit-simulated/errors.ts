/**
 * The errors of the simulated model as distributions. An error is the sum of a lasting and a
 * passing part, each a standardised sum of four uniforms (`normal` in `src/simulator/random.ts`),
 * together of variance 1.
 */

export interface ErrorDistribution {
  /** Probability that the error is below `t`. */
  readonly below: (t: number) => number;
  /** Points that stand for the distribution in an integral, with weights that sum to 1. */
  readonly points: readonly { readonly at: number; readonly weight: number }[];
}

/**
 * No error is larger: a sum of four uniforms ends at 2 √3, and two of them in these shares at √2
 * times that.
 */
const REACH = 5;
const STEPS_PER_UNIT = 100;
const INTEGRATION_STEPS = 200;
const POINTS = 32;

/** @param lasting share of the variance that is the lasting part's */
export function distributeError(lasting: number): ErrorDistribution {
  const a = Math.sqrt(lasting);
  const b = Math.sqrt(1 - lasting);
  const table = Array.from({ length: 2 * REACH * STEPS_PER_UNIT + 1 }, (_, i) => {
    const t = i / STEPS_PER_UNIT - REACH;
    let sum = 0;
    for (let step = 0; step < INTEGRATION_STEPS; step++) {
      const low = sumOfFour(step / INTEGRATION_STEPS);
      const high = sumOfFour((step + 1) / INTEGRATION_STEPS);
      const middle = standardised((step + 0.5) / INTEGRATION_STEPS);
      sum += (high - low) * sumOfFour(share((t - b * middle) / a));
    }
    return sum;
  });

  function below(t: number): number {
    const place = (t + REACH) * STEPS_PER_UNIT;
    if (place <= 0) return 0;
    const at = Math.floor(place);
    if (at >= table.length - 1) return 1;
    return table[at]! + (place - at) * (table[at + 1]! - table[at]!);
  }

  const width = (2 * REACH) / POINTS;
  const points = Array.from({ length: POINTS }, (_, i) => {
    const at = -REACH + (i + 0.5) * width;
    return { at, weight: below(at + width / 2) - below(at - width / 2) };
  }).filter(({ weight }) => weight > 0);
  return { below, points };
}

/** From 0 to 1 along the range of a standardised sum of four uniforms, to its value. */
function standardised(share: number): number {
  return (share * 4 - 2) * Math.sqrt(3);
}

function share(value: number): number {
  return (value / Math.sqrt(3) + 2) / 4;
}

/** Probability that the sum of four uniforms is below `share` of its range. */
function sumOfFour(share: number): number {
  const x = share * 4;
  if (x <= 0) return 0;
  if (x >= 4) return 1;
  if (x > 2) return 1 - sumOfFour(1 - share);
  return (x ** 4 - (x > 1 ? 4 * (x - 1) ** 4 : 0)) / 24;
}
