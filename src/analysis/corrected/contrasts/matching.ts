/**
 * Finds what can be compared: the same case under two levels with everything else equal, or else
 * the cases of each level.
 */
import type { Factor, Observations } from './observations.ts';

/** Administrations by cell: one case under one combination of all that is held equal. */
export interface Pool {
  readonly observed: Observations;
  readonly positions: Int32Array;
  /** Only equal levels of these are compared. */
  readonly held: readonly Factor[];
  /** Of each position in `positions`. */
  readonly cellOf: Int32Array;
  /** Of each cell: its case, as in `Observations.cases`, and its combination. */
  readonly caseOf: Int32Array;
  readonly stratumOf: Int32Array;
  readonly strata: number;
  /** Mean weight of the administrations of each cell; null without weights. */
  readonly weightOf: Float64Array | null;
}

/** Beyond so many places per administration, cells are looked up and not laid out. */
const MOST_PLACES = 16;

export function poolCells(
  observed: Observations,
  positions: Int32Array,
  held: readonly Factor[],
): Pool {
  const { cases, nCases, weights } = observed;
  const combinations = new Map<number, number>();
  const stratumAt = positions.map((at) => {
    let combination = 0;
    for (const { codes, levels } of held)
      combination = combination * (levels.length + 1) + codes[at]! + 1;
    let stratum = combinations.get(combination);
    if (stratum === undefined) {
      stratum = combinations.size;
      combinations.set(combination, stratum);
    }
    return stratum;
  });
  const places = combinations.size * nCases;
  const known =
    places <= MOST_PLACES * positions.length ? new LaidOut(places) : new Map<number, number>();
  const caseOf = new Int32Array(positions.length);
  const stratumOf = new Int32Array(positions.length);
  let cells = 0;
  const cellOf = positions.map((at, row) => {
    const place = stratumAt[row]! * nCases + cases[at]!;
    const found = known.get(place);
    if (found !== undefined) return found;
    known.set(place, cells);
    caseOf[cells] = cases[at]!;
    stratumOf[cells] = stratumAt[row]!;
    return cells++;
  });
  return {
    ...{ observed, positions, held, cellOf, strata: combinations.size },
    caseOf: caseOf.slice(0, cells),
    stratumOf: stratumOf.slice(0, cells),
    weightOf: weights === null ? null : meanWeights(cellOf, positions, weights, cells),
  };
}

/** A map from small whole numbers. */
class LaidOut {
  readonly #values: Int32Array;

  constructor(size: number) {
    this.#values = new Int32Array(size).fill(-1);
  }

  get(place: number): number | undefined {
    const value = this.#values[place]!;
    return value === -1 ? undefined : value;
  }

  set(place: number, value: number): void {
    this.#values[place] = value;
  }
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
  const isCommon = stratumFilter(pool, [first, second]);
  const isShared = (cell: number) => first.counts[cell]! > 0 && second.counts[cell]! > 0;
  return {
    paired: { first: meansOf(pool, first, isShared), second: meansOf(pool, second, isShared) },
    first: meansOf(pool, first, isCommon),
    second: meansOf(pool, second, isCommon),
  };
}

/** Whether the combination of a cell occurs in every arm. */
export function stratumFilter(
  { stratumOf, strata }: Pool,
  arms: readonly CellSums[],
): (cell: number) => boolean {
  const common = new Uint8Array(strata).fill(1);
  for (const { counts } of arms) {
    const own = new Uint8Array(strata);
    for (let cell = 0; cell < counts.length; cell++)
      if (counts[cell]! > 0) own[stratumOf[cell]!] = 1;
    for (let stratum = 0; stratum < strata; stratum++) if (own[stratum] === 0) common[stratum] = 0;
  }
  return (cell) => common[stratumOf[cell]!] === 1;
}

/** The mean of each case over its cells, by case; NaN where it has none. */
export function meanByCase(
  { caseOf, observed }: Pool,
  { sums, counts }: CellSums,
  isWanted: (cell: number) => boolean,
): Float64Array {
  const totals = new Float64Array(observed.nCases);
  const sizes = new Int32Array(observed.nCases);
  for (let cell = 0; cell < counts.length; cell++) {
    if (counts[cell] === 0 || !isWanted(cell)) continue;
    totals[caseOf[cell]!]! += sums[cell]! / counts[cell]!;
    sizes[caseOf[cell]!]!++;
  }
  for (let own = 0; own < totals.length; own++)
    totals[own] = sizes[own] === 0 ? Number.NaN : totals[own]! / sizes[own]!;
  return totals;
}

/** In order of case. */
export function meansOf(
  pool: Pool,
  sums: CellSums,
  isWanted: (cell: number) => boolean = () => true,
): CaseMeans {
  const means = meanByCase(pool, sums, isWanted);
  const cases = new Int32Array(means.length);
  let n = 0;
  for (let own = 0; own < means.length; own++) if (!Number.isNaN(means[own]!)) cases[n++] = own;
  const known = cases.slice(0, n);
  const { weightOf } = pool;
  return {
    cases: known,
    values: pick(means, known),
    weights: weightOf === null ? null : pick(weightByCase(pool, sums, isWanted), known),
  };
}

/** A loop, since these are made by the thousand. */
function pick(values: Float64Array, places: Int32Array): Float64Array {
  const picked = new Float64Array(places.length);
  for (let at = 0; at < places.length; at++) picked[at] = values[places[at]!]!;
  return picked;
}

/** Mean weight of the cells of each case. */
function weightByCase(
  pool: Pool,
  { counts }: CellSums,
  isWanted: (cell: number) => boolean,
): Float64Array {
  const weights = pool.weightOf!;
  const sums = weights.map((weight, cell) => weight * counts[cell]!);
  return meanByCase(pool, { sums, counts }, isWanted);
}

/** From here down, each number stands for a repetition of the one case of an arm. */
const FIRST_REPETITION = { first: -1, second: -(2 ** 30) };

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
