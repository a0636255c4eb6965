/**
 * Variance components of repeated measurements of persons, by the method of moments, with what the
 * components would be without each person.
 */
import { type NotAvailable, notAvailable } from './not-available.ts';

/** What each measurement belongs to, such as its draw or its way of asking. */
export interface Facet {
  /** One a measurement, from 0 to `levels` − 1. */
  readonly codes: ArrayLike<number>;
  readonly levels: number;
}

/** A random effect: the levels of a facet, each person's own where `within`. */
export interface Effect {
  /** Position in the list of facets; null for none, which is with `within` the person. */
  readonly facet: number | null;
  readonly within: boolean;
}

/** Measurements with those of a person next to each other. */
export interface Measurements {
  readonly scores: Float64Array;
  /** Position of each person's first measurement, and the number of all at the end. */
  readonly starts: readonly number[];
  readonly facets: readonly Facet[];
}

export interface VarianceComponents {
  /** One an effect, then the residual. May be negative. */
  readonly values: Float64Array;
  /** The same without each person, in order of persons. */
  readonly without: readonly Float64Array[];
}

/**
 * Henderson's method I (Henderson 1953; Searle, Casella & McCulloch 1992, § 5.3): the uncorrected
 * sums of squares T = Σ total²/n of each effect, less that of the mean, are equated to what they
 * are expected to be for random effects,
 *
 *   E(T_g − T_μ) = Σ_h σ²_h (k_gh − k_μh) + σ²_e (L_g − 1),   k_gh = Σ_i Σ_j n_ij² / n_i.
 *
 * Of balanced measurements these are the estimators of the analysis of variance, and where none is
 * negative those of REML. They are unbiased for any distribution.
 *
 * Not available below 2 persons and where the equations do not tell the effects apart.
 */
export function estimateComponents(
  measured: Measurements,
  effects: readonly Effect[],
): VarianceComponents | NotAvailable {
  const { starts } = measured;
  const persons = starts.length - 1;
  if (persons < 2) return notAvailable('fewer than 2 persons');
  const sums = new Sums(measured);
  const parts = Array.from({ length: persons }, (_, person) =>
    sums.read(starts[person]!, starts[person + 1]!),
  );
  const all = new Float64Array(sums.size);
  for (const part of parts) add(all, part, 1);
  const values = sums.solve(all, effects);
  if (values === null) return notAvailable('the design does not tell the components apart');
  const without: Float64Array[] = [];
  for (const part of parts) {
    add(all, part, -1);
    const left = sums.solve(all, effects);
    add(all, part, 1);
    if (left === null) return notAvailable('the design rests on one person');
    without.push(left);
  }
  return { values, without };
}

function add(target: Float64Array, part: Float64Array, sign: 1 | -1): void {
  for (let at = 0; at < part.length; at++) target[at]! += sign * part[at]!;
}

/**
 * Everything that the equations depend on as sums over persons, in one array, so that a person is
 * left out by subtracting theirs. The first facet is none: its one level has every measurement.
 */
class Sums {
  readonly #scores: Float64Array;
  readonly #facets: readonly Facet[];
  /** Of the first level of each facet among the levels of all. */
  readonly #offsets: readonly number[];
  readonly #levels: number;
  readonly #mean: number;
  readonly size: number;

  constructor({ scores, facets }: Measurements) {
    this.#scores = scores;
    this.#facets = [{ codes: new Uint8Array(scores.length), levels: 1 }, ...facets];
    let levels = 0;
    this.#offsets = this.#facets.map((facet) => {
      levels += facet.levels;
      return levels - facet.levels;
    });
    this.#levels = levels;
    this.#mean = scores.reduce((sum, score) => sum + score, 0) / Math.max(1, scores.length);
    const count = this.#facets.length;
    this.size = 1 + 2 * count + count * count + levels + levels * count + levels * levels;
  }

  /* Where the sums are: Σy²; of each facet within persons T and the number of levels; of two k. */
  readonly #squares = 0;
  #within(facet: number): number {
    return 1 + 2 * facet;
  }
  #joint(facet: number, other: number): number {
    return 1 + 2 * this.#facets.length + facet * this.#facets.length + other;
  }
  /* Of each level over persons: Σy; Σ n² with each facet within persons; n with each level. */
  #total(level: number): number {
    return this.#joint(this.#facets.length, 0) + level;
  }
  #nested(level: number, facet: number): number {
    return this.#total(this.#levels) + level * this.#facets.length + facet;
  }
  #crossed(level: number, other: number): number {
    return this.#nested(this.#levels, 0) + level * this.#levels + other;
  }

  /** Of the measurements of one person. */
  read(from: number, to: number): Float64Array {
    const sums = new Float64Array(this.size);
    const facets = this.#facets;
    const offsets = this.#offsets;
    for (let at = from; at < to; at++) {
      const score = this.#scores[at]! - this.#mean;
      sums[this.#squares]! += score * score;
      for (let one = 0; one < facets.length; one++) {
        const level = offsets[one]! + facets[one]!.codes[at]!;
        sums[this.#total(level)]! += score;
        for (let two = 0; two < facets.length; two++)
          sums[this.#crossed(level, offsets[two]! + facets[two]!.codes[at]!)]! += 1;
      }
    }
    for (let one = 0; one < facets.length; one++) {
      for (let level = offsets[one]!; level < offsets[one]! + facets[one]!.levels; level++) {
        const n = sums[this.#crossed(level, level)]!;
        if (n === 0) continue;
        sums[this.#within(one)]! += sums[this.#total(level)]! ** 2 / n;
        sums[this.#within(one) + 1]! += 1;
        for (let two = 0; two < facets.length; two++) {
          let squares = 0;
          for (let other = offsets[two]!; other < offsets[two]! + facets[two]!.levels; other++)
            squares += sums[this.#crossed(level, other)]! ** 2;
          sums[this.#nested(level, two)] = squares;
          sums[this.#joint(one, two)]! += squares / n;
        }
      }
    }
    return sums;
  }

  /** Null where the equations have no one solution. */
  solve(sums: Float64Array, effects: readonly Effect[]): Float64Array | null {
    const placed = effects.map(({ facet, within }) => ({ facet: (facet ?? -1) + 1, within }));
    const mean = this.#expectation(sums, { facet: 0, within: false }, placed);
    const rows = placed.map((effect) => this.#expectation(sums, effect, placed));
    const n = sums[this.#crossed(0, 0)]!;
    rows.push([...placed.map(() => n), n, sums[this.#squares]!]);
    return solveLinear(rows.map((row) => row.map((value, at) => value - mean[at]!)));
  }

  /** k with each effect, the number of levels, T. */
  #expectation(
    sums: Float64Array,
    { facet, within }: { readonly facet: number; readonly within: boolean },
    effects: readonly { readonly facet: number; readonly within: boolean }[],
  ): number[] {
    if (within)
      return [
        ...effects.map((other) => sums[this.#joint(facet, other.facet)]!),
        sums[this.#within(facet) + 1]!,
        sums[this.#within(facet)]!,
      ];
    const row = new Array<number>(effects.length + 2).fill(0);
    const first = this.#offsets[facet]!;
    for (let level = first; level < first + this.#facets[facet]!.levels; level++) {
      const n = sums[this.#crossed(level, level)]!;
      // What is left of a level whose measurements were subtracted.
      if (n < 0.5) continue;
      effects.forEach((other, at) => {
        row[at]! += this.#sharedSquares(sums, level, other) / n;
      });
      row[effects.length]! += 1;
      row[effects.length + 1]! += sums[this.#total(level)]! ** 2 / n;
    }
    return row;
  }

  #sharedSquares(
    sums: Float64Array,
    level: number,
    { facet, within }: { readonly facet: number; readonly within: boolean },
  ): number {
    if (within) return sums[this.#nested(level, facet)]!;
    let squares = 0;
    const first = this.#offsets[facet]!;
    for (let other = first; other < first + this.#facets[facet]!.levels; other++)
      squares += sums[this.#crossed(level, other)]! ** 2;
    return squares;
  }
}

/** A pivot of less than this share of the largest coefficient is what rounding leaves of 0. */
const SMALLEST_PIVOT = 1e-9;

/**
 * Gauss's elimination with the largest pivot of each column.
 * @param rows coefficients, each row with its right side last; they are changed
 */
function solveLinear(rows: number[][]): Float64Array | null {
  const size = rows.length;
  for (const row of rows) {
    const largest = Math.max(...row.slice(0, size).map(Math.abs));
    if (largest === 0) return null;
    for (let at = 0; at <= size; at++) row[at]! /= largest;
  }
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++)
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    const chosen = rows[pivot]!;
    if (Math.abs(chosen[column]!) < SMALLEST_PIVOT) return null;
    rows[pivot] = rows[column]!;
    rows[column] = chosen;
    for (let row = column + 1; row < size; row++) {
      const factor = rows[row]![column]! / chosen[column]!;
      for (let at = column; at <= size; at++) rows[row]![at]! -= factor * chosen[at]!;
    }
  }
  const solution = new Float64Array(size);
  for (let row = size - 1; row >= 0; row--) {
    let rest = rows[row]![size]!;
    for (let at = row + 1; at < size; at++) rest -= rows[row]![at]! * solution[at]!;
    solution[row] = rest / rows[row]![row]!;
  }
  return solution;
}
