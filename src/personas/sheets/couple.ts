/** Scores of several scales dealt out to persons so that the scales correlate as wanted. */
import type { Chance } from './chance.ts';

/** Largest distance of a correlation from what was wanted. */
const TOLERANCE = 0.01;

/**
 * Twelve times the 4,072 that the slowest of 10,000 seeds needed for the synthetic population; half
 * of them need 1,900.
 */
const MOST_PROPOSALS = 50_000;

interface Pair {
  readonly x: string;
  readonly y: string;
  /**
   * The sum of products that gives the wanted correlation, and the change of that sum that changes
   * r by 1.
   */
  readonly wanted: number;
  readonly perUnit: number;
  products: number;
}

/**
 * Exchanges scores between persons, within a scale, until the correlations are met: an exchange
 * between two persons drawn at random is made when it brings the correlations nearer. Every scale
 * keeps its scores to the last one, and what the correlations leave open is left to chance.
 *
 * @param scores scale to one score per person; not changed
 * @param correlations wanted Pearson correlations of pairs of these scales; they must be within
 *   reach of these scores
 */
export function coupleScores(
  scores: ReadonlyMap<string, readonly number[]>,
  correlations: readonly { readonly scales: readonly [string, string]; readonly r: number }[],
  chance: Chance,
): Map<string, number[]> {
  const coupled = new Map([...scores].map(([scale, values]) => [scale, [...values]]));
  const scales = [...coupled.keys()];
  const persons = coupled.get(scales[0]!)!.length;
  const pairs = correlations.map(({ scales: [x, y], r }) => pairOf(coupled, x, y, r));
  for (let proposal = 0; proposal < MOST_PROPOSALS && !pairs.every(isMet); proposal++) {
    propose(
      coupled,
      pairs,
      scales[chance.below(scales.length)]!,
      chance.below(persons),
      chance.below(persons),
    );
  }
  if (!pairs.every(isMet)) throw new Error('the scores do not allow these correlations');
  return coupled;
}

function propose(
  coupled: ReadonlyMap<string, number[]>,
  pairs: readonly Pair[],
  scale: string,
  a: number,
  b: number,
): void {
  const values = coupled.get(scale)!;
  const step = values[b]! - values[a]!;
  if (step === 0) return;
  const changes = pairs.flatMap((pair) => {
    if (pair.x !== scale && pair.y !== scale) return [];
    const others = coupled.get(pair.x === scale ? pair.y : pair.x)!;
    return [{ pair, change: step * (others[a]! - others[b]!) }];
  });
  const worsening = changes.reduce(
    (sum, { pair, change }) =>
      sum + distance(pair, pair.products + change) - distance(pair, pair.products),
    0,
  );
  if (worsening >= 0) return;
  for (const { pair, change } of changes) pair.products += change;
  [values[a], values[b]] = [values[b]!, values[a]!];
}

function pairOf(
  scores: ReadonlyMap<string, readonly number[]>,
  x: string,
  y: string,
  r: number,
): Pair {
  const xs = scores.get(x)!;
  const ys = scores.get(y)!;
  const perUnit = Math.sqrt(sumOfSquares(xs) * sumOfSquares(ys));
  return {
    x,
    y,
    wanted: r * perUnit + (sum(xs) * sum(ys)) / xs.length,
    perUnit,
    products: sumOfProducts(xs, ys),
  };
}

function isMet({ products, wanted, perUnit }: Pair): boolean {
  return Math.abs(products - wanted) <= TOLERANCE * perUnit;
}

/** Squared, in units of r. */
function distance({ wanted, perUnit }: Pair, products: number): number {
  const off = (products - wanted) / perUnit;
  return off * off;
}

/** Around the mean. */
function sumOfSquares(values: readonly number[]): number {
  return sumOfProducts(values, values) - sum(values) ** 2 / values.length;
}

function sumOfProducts(xs: readonly number[], ys: readonly number[]): number {
  return xs.reduce((total, x, index) => total + x * ys[index]!, 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
