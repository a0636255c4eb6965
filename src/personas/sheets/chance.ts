/**
 * Random numbers for sheets. Equal seeds give equal draws on every machine, because all arithmetic
 * is in integers. It is separate from the simulator's, so that neither can change the results of
 * the other. Not for cryptography.
 */
import { UserError } from '../../errors.ts';

/** A stream of draws of its own; nothing is shared between streams. */
export interface Chance {
  /** Uniform among 0, 1, …, `count` - 1; `count` from 1 to 2^32. */
  below(count: number): number;
}

/**
 * Rounds that let every bit of the seed reach every bit of the state, as the author of the
 * generator advises.
 */
const WARM_UP = 15;

/**
 * @param seed any safe integer
 * @param purpose streams of one seed for different purposes are unrelated
 * @throws UserError when the seed is no safe integer
 */
export function createChance(seed: number, purpose: number): Chance {
  if (!Number.isSafeInteger(seed)) {
    throw new UserError(`The seed must be an integer, not ${seed}`, {
      code: 'number-invalid',
      hint: `Use any integer between -${Number.MAX_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER}.`,
    });
  }
  const next = bits(seed | 0, Math.floor(seed / 2 ** 32) | 0, purpose | 0);
  return {
    below(count) {
      // The last, incomplete run of `count` values is drawn again: with it the low numbers would be
      // likelier.
      const whole = 2 ** 32 - (2 ** 32 % count);
      let drawn = next();
      while (drawn >= whole) drawn = next();
      return drawn % count;
    },
  };
}

/** Puts `values` in random order, in place (Fisher-Yates). */
export function shuffle<T>(values: T[], chance: Chance): T[] {
  for (let last = values.length - 1; last > 0; last--) {
    const other = chance.below(last + 1);
    [values[last], values[other]] = [values[other]!, values[last]!];
  }
  return values;
}

/** The generator sfc32 of Chris Doty-Humphrey (PractRand): 96 bits of state and a counter. */
function bits(a: number, b: number, c: number): () => number {
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < WARM_UP; round++) next();
  return next;
}
