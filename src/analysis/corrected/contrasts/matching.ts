/**
 * Finds what can be compared: the same case under two levels with everything else equal, or else
 * the cases of each level.
 */
import type { Factor, Observations } from './observations.ts';

/** Administrations by cell: one case under one combination of all that is held equal. */
export interface Pool {
  readonly observed: Observations;
  readonly positions: Int32Array;
  /** Of each position in `positions`. */
  readonly cellOf: Int32Array;
  /** Of each cell: its case, as in `Observations.cases`, and its combination. */
  readonly caseOf: Int32Array;
  readonly stratumOf: Int32Array;
  /** Mean weight of the administrations of each cell; null without weights. */
  readonly weightOf: Float64Array | null;
}

export function poolCells(
  observed: Observations,
  positions: Int32Array,
  held: readonly Factor[],
): Pool {
  const { cases, weights } = observed;
  const strata = new Map<number, number>();
  const cells = new Map<number, Map<number, number>>();
  const caseOf: number[] = [];
  const stratumOf: number[] = [];
  const cellOf = positions.map((at) => {
    let combination = 0;
    for (const { codes, levels } of held)
      combination = combination * (levels.length + 1) + codes[at]! + 1;
    let stratum = strata.get(combination);
    if (stratum === undefined) {
      stratum = strata.size;
      strata.set(combination, stratum);
    }
    let own = cells.get(stratum);
    if (own === undefined) {
      own = new Map();
      cells.set(stratum, own);
    }
    const who = cases[at]!;
    let cell = own.get(who);
    if (cell === undefined) {
      cell = caseOf.push(who) - 1;
      stratumOf.push(stratum);
      own.set(who, cell);
    }
    return cell;
  });
  return {
    ...{ observed, positions, cellOf },
    caseOf: Int32Array.from(caseOf),
    stratumOf: Int32Array.from(stratumOf),
    weightOf: weights === null ? null : meanWeights(cellOf, positions, weights, caseOf.length),
  };
}

function meanWeights(
  cellOf: Int32Array,
  positions: Int32Array,
  weights: Float64Array,
  cells: number,
): Float64Array {
  const sums = new Float64Array(cells);
  const counts = new Float64Array(cells);
  positions.forEach((at, row) => {
    sums[cellOf[row]!]! += weights[at]!;
    counts[cellOf[row]!]!++;
  });
  return sums.map((sum, cell) => sum / counts[cell]!);
}

/** What a level's administrations add up to, by cell. */
export interface CellSums {
  readonly sums: Float64Array;
  readonly counts: Float64Array;
}

/** One for each level. */
export function sumLevels(
  { positions, cellOf, caseOf }: Pool,
  { codes, levels }: Pick<Factor, 'codes' | 'levels'>,
  values: Float64Array,
): readonly CellSums[] {
  const all = levels.map(() => ({
    sums: new Float64Array(caseOf.length),
    counts: new Float64Array(caseOf.length),
  }));
  for (let row = 0; row < positions.length; row++) {
    const at = positions[row]!;
    const own = all[codes[at]!];
    const value = values[at]!;
    if (own === undefined || Number.isNaN(value)) continue;
    own.sums[cellOf[row]!]! += value;
    own.counts[cellOf[row]!]!++;
  }
  return all;
}

/** All levels but one, taken together. */
export function sumOthers(levels: readonly CellSums[], but: number): CellSums {
  const others = levels.filter((_, level) => level !== but);
  const add = (of: keyof CellSums) =>
    levels[but]![of].map((_, cell) => others.reduce((sum, one) => sum + one[of][cell]!, 0));
  return { sums: add('sums'), counts: add('counts') };
}

/** One value a case, the mean over its cells. */
export interface CaseMeans {
  readonly cases: Int32Array;
  readonly values: Float64Array;
  /** Null without weights. */
  readonly weights: Float64Array | null;
}

export interface Matched {
  /** Of cases that have cells with both levels; the same cases in the same order. */
  readonly paired: { readonly first: CaseMeans; readonly second: CaseMeans };
  /** Of all cases, over the combinations that occur with both levels. */
  readonly first: CaseMeans;
  readonly second: CaseMeans;
}

export function match(pool: Pool, first: CellSums, second: CellSums): Matched {
  const both = new Set<number>();
  const inFirst = new Set<number>();
  pool.stratumOf.forEach((stratum, cell) => {
    if (first.counts[cell]! > 0) inFirst.add(stratum);
  });
  pool.stratumOf.forEach((stratum, cell) => {
    if (second.counts[cell]! > 0 && inFirst.has(stratum)) both.add(stratum);
  });
  const isShared = (cell: number) => first.counts[cell]! > 0 && second.counts[cell]! > 0;
  const isCommon = (cell: number) => both.has(pool.stratumOf[cell]!);
  return {
    paired: { first: meansOf(pool, first, isShared), second: meansOf(pool, second, isShared) },
    first: meansOf(pool, first, isCommon),
    second: meansOf(pool, second, isCommon),
  };
}

/** Cases in order of appearance. */
export function meansOf(
  { caseOf, weightOf }: Pool,
  { sums, counts }: CellSums,
  isWanted: (cell: number) => boolean = () => true,
): CaseMeans {
  const places = new Map<number, number>();
  const totals: number[] = [];
  const sizes: number[] = [];
  const weights: number[] = [];
  for (let cell = 0; cell < caseOf.length; cell++) {
    if (counts[cell] === 0 || !isWanted(cell)) continue;
    let place = places.get(caseOf[cell]!);
    if (place === undefined) {
      place = totals.push(0) - 1;
      places.set(caseOf[cell]!, place);
      sizes.push(0);
      weights.push(0);
    }
    totals[place]! += sums[cell]! / counts[cell]!;
    sizes[place]!++;
    weights[place]! += weightOf?.[cell] ?? 0;
  }
  return {
    cases: Int32Array.from(places.keys()),
    values: Float64Array.from(totals, (total, place) => total / sizes[place]!),
    weights:
      weightOf === null
        ? null
        : Float64Array.from(weights, (weight, place) => weight / sizes[place]!),
  };
}

/** From here down, each number stands for a repetition of the one case of an arm. */
export const FIRST_REPETITION = { first: -(2 ** 31) + 2 ** 25, second: -(2 ** 31) + 2 ** 24 };

/**
 * A level as one value a repetition, for an arm that is a single case: what is compared then is that
 * case, and its repetitions are independent calls.
 */
export function repetitionMeans(
  { observed, positions }: Pool,
  isLevel: (position: number) => boolean,
  values: Float64Array,
  arm: keyof typeof FIRST_REPETITION,
): CaseMeans {
  const sums = new Map<number, { sum: number; n: number }>();
  for (const at of positions) {
    const value = values[at]!;
    if (!isLevel(at) || Number.isNaN(value)) continue;
    const key = observed.administrations[at]!.repeated ?? -1 - at;
    const own = sums.get(key) ?? { sum: 0, n: 0 };
    sums.set(key, { sum: own.sum + value, n: own.n + 1 });
  }
  return {
    cases: Int32Array.from([...sums.keys()], (_, place) => FIRST_REPETITION[arm] - place),
    values: Float64Array.from(sums.values(), ({ sum, n }) => sum / n),
    weights: null,
  };
}
