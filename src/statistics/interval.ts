/** A two-sided confidence interval; `level` is its coverage, 0.95 for 95%. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly level: number;
}

/** Coverage of every interval of this room unless the caller asks for another. */
export const DEFAULT_LEVEL = 0.95;

/**
 * The probability that an interval of coverage `level` leaves out on either side. Throws RangeError
 * outside (0, 1).
 */
export function tailOf(level: number): number {
  if (!(level > 0 && level < 1))
    throw new RangeError(`a confidence level lies between 0 and 1, not at ${level}`);
  return (1 - level) / 2;
}

export function intervalAround(centre: number, halfWidth: number, level: number): Interval {
  return { low: centre - halfWidth, high: centre + halfWidth, level };
}
