/** Tests of counts that hold however few events there are. */
import { binomialCdf, normalTwoSided } from './distributions.ts';

export interface SignFlipTest {
  /** Two-sided. */
  readonly p: number;
  /** Pairs that differ. */
  readonly n: number;
  readonly isExact: boolean;
}

/** Products of pairs and their sum of differences up to which all signs are counted. */
const MOST_STEPS = 3e6;

/**
 * Whether differences of pairs are as often positive as negative, size by size: how likely a sum at
 * least as far from 0 is if the sign of each were tossed (Fisher 1935, § 21; Pitman 1937). Of
 * differences that are all of one size it is the sign test, which for pairs of Yes and No is
 * McNemar's exact test. All signs are counted; where these are too many, the sum is taken for
 * normal.
 * @param differences whole numbers
 */
export function testSignFlips(differences: readonly number[]): SignFlipTest {
  const sizes = differences.map(Math.abs).filter((size) => size > 0);
  const n = sizes.length;
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const sum = differences.reduce((all, difference) => all + difference, 0);
  if (n === 0 || sum === 0) return { p: 1, n, isExact: true };
  // Of the sizes, the sum of those with the rarer sign: as few as this or fewer on either side.
  const rarer = (total - Math.abs(sum)) / 2;
  if (sizes.every((size) => size === sizes[0])) {
    const tail = binomialCdf(rarer / sizes[0]!, n, 0.5);
    return { p: Math.min(1, 2 * tail), n, isExact: true };
  }
  if (n * total > MOST_STEPS) {
    const squares = sizes.reduce((all, size) => all + size * size, 0);
    return { p: normalTwoSided(sum / Math.sqrt(squares)), n, isExact: false };
  }
  return { p: Math.min(1, 2 * tailOfSums(sizes, rarer)), n, isExact: true };
}

/** How likely a subset drawn by tosses of a coin sums up to `most` at most. */
function tailOfSums(sizes: readonly number[], most: number): number {
  const chances = new Float64Array(most + 1);
  chances[0] = 1;
  for (const size of sizes) {
    for (let sum = most; sum >= 0; sum--)
      chances[sum] = (chances[sum]! + (sum >= size ? chances[sum - size]! : 0)) / 2;
  }
  return chances.reduce((all, chance) => all + chance, 0);
}

/** How many of how many, in each of two groups. */
export interface TwoCounts {
  readonly first: { readonly successes: number; readonly n: number };
  readonly second: { readonly successes: number; readonly n: number };
}

/** Tables whose probabilities differ by rounding alone are equally likely, as in R's fisher.test. */
const ROUNDING = 1 + 1e-7;

/**
 * Fisher's (1935) exact test of two groups: the probability of all tables with the same margins
 * that are no more likely than the one at hand. Two-sided.
 */
export function testFisherExact({ first, second }: TwoCounts): number {
  const successes = first.successes + second.successes;
  const low = Math.max(0, successes - second.n);
  const high = Math.min(successes, first.n);
  // Logs of the probabilities, up to a constant, from one table to the next.
  const logs = [0];
  for (let count = low + 1; count <= high; count++)
    logs.push(
      logs.at(-1)! +
        Math.log(
          ((first.n - count + 1) * (successes - count + 1)) /
            (count * (second.n - successes + count)),
        ),
    );
  const largest = logs.reduce((most, log) => Math.max(most, log));
  const chances = logs.map((log) => Math.exp(log - largest));
  const own = chances[first.successes - low]! * ROUNDING;
  const all = chances.reduce((sum, chance) => sum + chance, 0);
  const tail = chances.reduce((sum, chance) => (chance <= own ? sum + chance : sum), 0);
  return Math.min(1, tail / all);
}
