/**
 * Chance for the simulator, drawn from text: equal inputs give equal draws on every machine. Only
 * integer arithmetic and exactly rounded operations are used, because `Math.sin` and its kin may
 * differ in the last bit between engines, and one bit can turn an answer. Not for anything that
 * must be unpredictable.
 */

/** Draws uniform in [0, 1). */
export type Uniforms = () => number;

/**
 * Scrambles 32 bits so that neighbouring inputs give unrelated outputs (the finaliser of
 * MurmurHash3).
 */
function scramble(bits: number): number {
  let h = bits | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * 32-bit hash of a text (FNV-1a over UTF-16 units, scrambled); another `salt`, an unrelated hash.
 */
export function hashText(text: string, salt = 0): number {
  let h = scramble(salt) ^ 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return scramble(h);
}

/** One hash from two; the order matters. */
export function combine(a: number, b: number): number {
  return scramble(Math.imul(a, 0x9e3779b1) ^ scramble(b + 0x7f4a7c15));
}

/** An endless stream of draws that depends on nothing but `seed` (splitmix with a 32-bit state). */
export function uniforms(seed: number): Uniforms {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return scramble(state) / 2 ** 32;
  };
}

/**
 * One draw of mean 0 and variance 1 for `key`: the sum of four uniforms, which is close enough to
 * normal for answers and, unlike Box-Muller, the same to the bit everywhere. Bounded by ±3.47.
 */
export function normal(key: number): number {
  const draw = uniforms(key);
  return (draw() + draw() + draw() + draw() - 2) * Math.sqrt(3);
}

/** The share of draws of `normal` that are at most `z`. */
export function cumulativeNormal(z: number): number {
  // Four uniforms sum to at most x: x^4 and its corrections at 1, 2 and 3, over 4!.
  const x = z / Math.sqrt(3) + 2;
  if (x <= 0) return 0;
  if (x >= 4) return 1;
  if (x > 2) return 1 - cumulativeNormal(-z);
  const fourth = (base: number) => (base > 0 ? base * base * base * base : 0);
  return (fourth(x) - 4 * fourth(x - 1)) / 24;
}
