/**
 * What every continuous distribution of this room is made of: both tails at a point of a coordinate
 * u that runs over the whole line (the logarithm for gamma, the logit for beta), as logarithms too,
 * because those do not underflow and a quantile search may wander far out before it returns.
 */
export interface Tails {
  readonly lower: Tail;
  readonly upper: Tail;
}

interface Tail {
  readonly probability: number;
  readonly log: number;
  /**
   * The probability divided by the density in u (what Mills' ratio is to the normal distribution).
   */
  readonly ratio: number;
}

/** The tails at a point of which one is known by its ratio to the density. */
export function tailsFromRatio(side: 'lower' | 'upper', ratio: number, logDensity: number): Tails {
  if (!(ratio >= 0))
    throw new RangeError(
      'parameters too extreme: the tails of this distribution cannot be computed',
    );
  const log = logDensity + Math.log(ratio);
  const direct = { probability: Math.exp(log), log, ratio };
  const probability = -Math.expm1(log);
  const rest = {
    probability,
    log: Math.log(probability),
    ratio: probability * Math.exp(-logDensity),
  };
  return side === 'lower' ? { lower: direct, upper: rest } : { lower: rest, upper: direct };
}

const NOTHING: Tail = { probability: 0, log: Number.NEGATIVE_INFINITY, ratio: 0 };
const EVERYTHING: Tail = { probability: 1, log: 0, ratio: Number.POSITIVE_INFINITY };

/** The tails at the two ends of the support. */
export const LOWEST: Tails = { lower: NOTHING, upper: EVERYTHING };
export const HIGHEST: Tails = { lower: EVERYTHING, upper: NOTHING };

/**
 * Several times what the worst of the inversions needs; there so that no mistake of a caller can
 * hang the program.
 */
const MAX_STEPS = 200;

/**
 * The u at which one tail holds `probability`, in [0, 1]; ±Infinity at the ends.
 *
 * Newton's method on the logarithm of whichever tail is the smaller. In the coordinates used here
 * both densities are log-concave, hence so are the logarithms of the tails, and the tangent of a
 * concave function lies above it: the first step passes the root, and the iterates come back to it
 * without overshooting, wherever the search began. So a step outwards after that repairs rounding
 * noise and is the last. Steps outwards may only double, because the way back can be slow (one unit
 * a step, for the upper tail of gamma), and are halved where even the logarithm is beyond the
 * doubles.
 */
export function invertTails(
  tailsAt: (u: number) => Tails,
  start: number,
  probability: number,
  side: 'lower' | 'upper',
): number {
  if (!(probability >= 0 && probability <= 1))
    throw new RangeError(`a probability lies between 0 and 1, not at ${probability}`);
  if (probability > 0.5)
    return invertTails(tailsAt, start, 1 - probability, side === 'lower' ? 'upper' : 'lower');
  const outward = side === 'lower' ? -1 : 1;
  if (probability === 0) return outward * Number.POSITIVE_INFINITY;
  const logTarget = Math.log(probability);
  let u = start;
  let inside = start;
  let passed = false;
  let reach = 1;
  for (let step = 0; step < MAX_STEPS; step++) {
    const { log, ratio } = tailsAt(u)[side];
    if (log === Number.NEGATIVE_INFINITY) {
      u = (u + inside) / 2;
      continue;
    }
    const move = (log - logTarget) * ratio;
    u += outward * (passed ? move : Math.min(move, reach));
    if (Math.abs(move) <= Number.EPSILON * Math.abs(u) || (passed && move >= 0)) break;
    if (move < 0) passed = true;
    else inside = u;
    reach *= 2;
  }
  return u;
}
