/** How many factors items have: eigenvalues, and those of chance (Horn 1965). */
import { eigenvaluesOf } from './linear.ts';
import { randomWords, type Words } from './random.ts';

/** Random matrices that a threshold is the 95th percentile of. */
export const PARALLEL_REPLICATES = 100;

const PERCENTILE = 0.95;
const SEED = 1965;

/** Above this many items, persons count by their first two digits. */
export const FINELY_COUNTED_ITEMS = 30;

/** Thresholds by numbers of persons and items, each computed once. */
export class ChanceEigenvalues {
  readonly #known = new Map<string, Float64Array>();

  /**
   * The 95th percentile of each eigenvalue of the correlations of k independent normal variables of
   * n persons, in descending order; n > k. Seeded by n and k alone. Of many items n is rounded down
   * to two digits, which makes the thresholds a little higher and saves time.
   */
  of(persons: number, k: number): Float64Array {
    const unit = k > FINELY_COUNTED_ITEMS ? 10 ** Math.max(0, `${persons}`.length - 2) : 1;
    const n = Math.max(k + 1, Math.floor(persons / unit) * unit);
    const key = `${n} ${k}`;
    const known = this.#known.get(key) ?? simulate(n, k);
    this.#known.set(key, known);
    return known;
  }
}

/** How many of the first eigenvalues are above their thresholds without a gap. */
export function countFactors(eigenvalues: Float64Array, thresholds: Float64Array): number {
  const first = eigenvalues.findIndex((value, at) => !(value > thresholds[at]!));
  return first === -1 ? eigenvalues.length : first;
}

/** The correlations of centred columns that all vary; row-major. */
export function correlationsOf(covariances: Float64Array, k: number): Float64Array<ArrayBuffer> {
  return Float64Array.from(covariances, (own, at) => {
    const [i, j] = [Math.floor(at / k), at % k];
    return i === j ? 1 : own / Math.sqrt(covariances[i * k + i]! * covariances[j * k + j]!);
  });
}

function simulate(n: number, k: number): Float64Array {
  const chance = chanceOf(randomWords(SEED * n + k));
  const drawn = Array.from({ length: PARALLEL_REPLICATES }, () =>
    eigenvaluesOf(drawCorrelations(n, k, chance), k),
  );
  return Float64Array.from({ length: k }, (_, at) => {
    const sorted = Float64Array.from(drawn, (values) => values[at]!).sort();
    const place = PERCENTILE * (sorted.length - 1);
    const low = sorted[Math.floor(place)]!;
    return low + (place % 1) * (sorted[Math.ceil(place)]! - low);
  });
}

interface Chance {
  readonly normal: () => number;
  readonly chiSquared: (df: number) => number;
}

/**
 * Correlations of a sample without the sample: its scatter is LLᵀ, with L lower triangular, normal
 * below the diagonal and the roots of χ² on it (Bartlett 1933).
 */
function drawCorrelations(n: number, k: number, { normal, chiSquared }: Chance): Float64Array {
  const root = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    let squares = 0;
    for (let j = 0; j <= i; j++) {
      const own = j < i ? normal() : Math.sqrt(chiSquared(n - 1 - i));
      root[i * k + j] = own;
      squares += own * own;
    }
    const length = Math.sqrt(squares);
    for (let j = 0; j <= i; j++) root[i * k + j]! /= length;
  }
  const correlations = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let at = 0; at <= j; at++) sum += root[i * k + at]! * root[j * k + at]!;
      correlations[i * k + j] = sum;
      correlations[j * k + i] = sum;
    }
  }
  return correlations;
}

function chanceOf(words: Words): Chance {
  const uniform = () => (words() + 0.5) / 2 ** 32;
  let spare: number | null = null;
  const normal = () => {
    if (spare !== null) {
      const kept = spare;
      spare = null;
      return kept;
    }
    const length = Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = length * Math.sin(angle);
    return length * Math.cos(angle);
  };
  /** Marsaglia & Tsang (2000), for shapes of at least 1. */
  const gamma = (shape: number): number => {
    const d = shape - 1 / 3;
    for (;;) {
      const x = normal();
      const v = (1 + x / Math.sqrt(9 * d)) ** 3;
      if (v > 0 && Math.log(uniform()) < (x * x) / 2 + d - d * v + d * Math.log(v)) return d * v;
    }
  };
  return {
    normal,
    chiSquared: (df) => (df === 1 ? normal() ** 2 : 2 * gamma(df / 2)),
  };
}

/**
 * Tucker's coefficient of congruence (Burt 1948; Tucker 1951) of the loadings of two factors: 1
 * where they are proportional.
 */
export function congruenceOf(first: readonly number[], second: readonly number[]): number {
  let [product, ofFirst, ofSecond] = [0, 0, 0];
  first.forEach((own, at) => {
    product += own * second[at]!;
    ofFirst += own * own;
    ofSecond += second[at]! ** 2;
  });
  return product / Math.sqrt(ofFirst * ofSecond);
}
