/**
 * Correlations of the normal variables that are taken to stand behind answers in ordered
 * categories: tetrachoric for two, polychoric for more.
 */
import { bivariateCdf, bivariateDensity } from './bivariate-normal.ts';
import { normalCdf, normalQuantile } from './distributions.ts';

/** An item of ordered categories: which each row is in, and how many there are. */
export interface Ordinal {
  /** One a row, from 0. Every category occurs. */
  readonly codes: ArrayLike<number>;
  /** Between neighbouring categories: the standard normal quantiles of their cumulative shares. */
  readonly thresholds: Float64Array;
}

export interface Polychoric {
  readonly r: number;
  /**
   * What a row in these categories moves r by, times the number of rows, with the thresholds held:
   * row-major, categories of the first item × those of the second.
   */
  readonly influence: Float64Array;
  /** Derivatives of r by the thresholds of each item. */
  readonly byFirst: Float64Array;
  readonly bySecond: Float64Array;
}

/** @param codes from 0; every category below `categories` occurs */
export function ordinalOf(codes: ArrayLike<number>, categories: number): Ordinal {
  const counts = new Float64Array(categories);
  for (let row = 0; row < codes.length; row++) counts[codes[row]!]!++;
  let below = 0;
  const thresholds = Float64Array.from({ length: categories - 1 }, (_, category) => {
    below += counts[category]!;
    return normalQuantile(below / codes.length);
  });
  return { codes, thresholds };
}

/** A correlation of 1 has no density. */
const LARGEST = 0.9999;

/**
 * Maximum likelihood in two steps, the thresholds from the shares of each item (Olsson 1979). An
 * empty cell of a table of two by two counts half a row, with the shares as they are, as in lavaan;
 * without it the correlation would be 1 or -1. The influence values are those of Muthén (1984).
 */
export function polychoric(first: Ordinal, second: Ordinal): Polychoric {
  const table = crossTabulate(first, second);
  const firstEdges = edgesOf(first);
  const secondEdges = edgesOf(second);
  let [low, high] = [-LARGEST, LARGEST];
  let r = startOf(table, secondEdges.length - 1);
  for (let step = 0; step < 60; step++) {
    const { score, information } = scoreAt(table, firstEdges, secondEdges, r);
    if (score > 0) low = r;
    else high = r;
    const next = r + score / information;
    const kept = next > low && next < high ? next : (low + high) / 2;
    const moved = Math.abs(kept - r);
    r = kept;
    if (moved < 1e-12) break;
  }
  return describe(table, firstEdges, secondEdges, r);
}

/** Somewhat more than the correlation of the categories' numbers. */
function startOf(table: Float64Array, width: number): number {
  let [xs, ys, xx, yy, xy] = [0, 0, 0, 0, 0];
  table.forEach((share, cell) => {
    const x = Math.floor(cell / width);
    const y = cell % width;
    xs += share * x;
    ys += share * y;
    xx += share * x * x;
    yy += share * y * y;
    xy += share * x * y;
  });
  const r = (xy - xs * ys) / Math.sqrt((xx - xs * xs) * (yy - ys * ys));
  return Math.max(-LARGEST, Math.min(LARGEST, Math.sin((Math.PI / 2) * r)));
}

type Edges = readonly number[];

function edgesOf({ thresholds }: Ordinal): Edges {
  return [Number.NEGATIVE_INFINITY, ...thresholds, Number.POSITIVE_INFINITY];
}

/** Shares of the rows, row-major. */
function crossTabulate(first: Ordinal, second: Ordinal): Float64Array {
  const width = second.thresholds.length + 1;
  const rows = first.codes.length;
  const table = new Float64Array((first.thresholds.length + 1) * width);
  for (let row = 0; row < rows; row++)
    table[first.codes[row]! * width + second.codes[row]!]! += 1 / rows;
  const least = 0.5 / rows;
  const empty = table.findIndex((share) => share < least);
  if (table.length === 4 && empty >= 0) {
    const isOnDiagonal = empty === 0 || empty === 3;
    for (let cell = 0; cell < 4; cell++)
      table[cell]! += (cell === 0 || cell === 3) === isOnDiagonal ? least : -least;
  }
  return table;
}

interface Cells {
  /** Probabilities, and their derivatives by the correlation; row-major. */
  readonly shares: Float64Array;
  readonly slopes: Float64Array;
}

function cellsAt(first: Edges, second: Edges, r: number): Cells {
  const width = second.length;
  const below = new Float64Array(first.length * width);
  const density = new Float64Array(first.length * width);
  first.forEach((x, i) => {
    second.forEach((y, j) => {
      below[i * width + j] = bivariateCdf(x, y, r);
      const isInside = Number.isFinite(x) && Number.isFinite(y);
      density[i * width + j] = isInside ? bivariateDensity(x, y, r) : 0;
    });
  });
  return { shares: differencesOf(below, width), slopes: differencesOf(density, width) };
}

/** Of what lies below each corner, what lies in each cell. */
function differencesOf(corners: Float64Array, width: number): Float64Array<ArrayBuffer> {
  const columns = width - 1;
  return Float64Array.from({ length: (corners.length / width - 1) * columns }, (_, cell) => {
    const at = Math.floor(cell / columns) * width + (cell % columns);
    return corners[at + width + 1]! - corners[at + width]! - corners[at + 1]! + corners[at]!;
  });
}

const LEAST_SHARE = 1e-12;

function scoreAt(table: Float64Array, first: Edges, second: Edges, r: number) {
  const { shares, slopes } = cellsAt(first, second, r);
  let score = 0;
  let information = 0;
  for (let cell = 0; cell < table.length; cell++) {
    const share = Math.max(LEAST_SHARE, shares[cell]!);
    score += (table[cell]! * slopes[cell]!) / share;
    information += slopes[cell]! ** 2 / share;
  }
  return { score, information };
}

function describe(table: Float64Array, first: Edges, second: Edges, r: number): Polychoric {
  const { shares, slopes } = cellsAt(first, second, r);
  let information = 0;
  const ratios = slopes.map((slope, cell) => slope / Math.max(LEAST_SHARE, shares[cell]!));
  for (let cell = 0; cell < table.length; cell++) information += ratios[cell]! * slopes[cell]!;
  const width = second.length - 1;
  const ratioAt = (i: number, j: number) => ratios[i * width + j]!;
  return {
    r,
    influence: ratios.map((ratio) => ratio / information),
    byFirst: moveOf(first, second, r, ratioAt).map((sum) => -sum / information),
    bySecond: moveOf(second, first, r, (j, i) => ratioAt(i, j)).map((sum) => -sum / information),
  };
}

/** What the cells beside each threshold gain and lose with it, by the ratios of their slopes. */
function moveOf(
  own: Edges,
  other: Edges,
  r: number,
  ratioAt: (own: number, other: number) => number,
): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: own.length - 2 }, (_, place) => {
    const threshold = own[place + 1]!;
    let sum = 0;
    for (let cell = 0; cell < other.length - 1; cell++) {
      const share =
        conditionalCdf(other[cell + 1]!, threshold, r) - conditionalCdf(other[cell]!, threshold, r);
      sum += share * (ratioAt(place, cell) - ratioAt(place + 1, cell));
    }
    return sum * normalDensity(threshold);
  });
}

/** The probability that a variable stays below its limit where the other is at a value. */
export function conditionalCdf(limit: number, given: number, r: number): number {
  if (!Number.isFinite(limit)) return limit > 0 ? 1 : 0;
  return normalCdf((limit - r * given) / Math.sqrt((1 - r) * (1 + r)));
}

export function normalDensity(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}
