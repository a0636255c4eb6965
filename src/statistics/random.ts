/**
 * Chance for resampling: xoshiro128** of Blackman & Vigna (2018), whose state is filled from the
 * seed by the finaliser of MurmurHash3 over a Weyl sequence. Integer arithmetic only, so a seed
 * gives the same draws on every machine. Not for anything that must be unpredictable.
 */

/** Each call gives the next whole number of [0, 2³²). */
export type Words = () => number;

/** The stream of `seed`, any safe integer; RangeError for another. */
export function randomWords(seed: number): Words {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed is a whole number, not ${seed}`);
  // Both halves of the seed take part, so that seeds beyond 32 bits, and a seed and its negative,
  // differ.
  let weyl = (seed | 0) ^ scramble(Math.floor(seed / 2 ** 32) | 0);
  const nextState = () => {
    weyl = (weyl + 0x9e3779b9) | 0;
    return scramble(weyl);
  };
  return xoshiro128([nextState(), nextState(), nextState(), nextState()]);
}

/** The generator proper, from a state that is not all zero. */
export function xoshiro128(state: readonly [number, number, number, number]): Words {
  let [a, b, c, d] = state;
  return () => {
    const word = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return word;
  };
}

/** Up to here the product with a word is exact in a double. */
const MOST_CHOICES = 2 ** 21;

/**
 * A whole number of [0, choices), all equally likely (Lemire 2019); RangeError beyond 2²¹ choices.
 */
export function drawBelow(choices: number, words: Words): number {
  if (!Number.isInteger(choices) || choices < 1 || choices > MOST_CHOICES) {
    throw new RangeError(`one can draw from 1 to ${MOST_CHOICES} choices, not from ${choices}`);
  }
  let product = words() * choices;
  // Words left over after an equal share for every choice would favour some of them.
  if (product >>> 0 < choices) {
    const leftOver = 2 ** 32 % choices;
    while (product >>> 0 < leftOver) product = words() * choices;
  }
  return Math.floor(product / 2 ** 32);
}

/** The values in a random order (Fisher–Yates). */
export function shuffle<T>(values: readonly T[], words: Words): T[] {
  const shuffled = [...values];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = drawBelow(last + 1, words);
    [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
  }
  return shuffled;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function scramble(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
