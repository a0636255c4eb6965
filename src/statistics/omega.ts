/** Omega: how much of a total's variance the one factor of its items explains. */
import { type PooledPoints, personTotals } from './alpha-interval.ts';
import { bivariateCdf, bivariateDensity } from './bivariate-normal.ts';
import { normalCdf } from './distributions.ts';
import { crowdAtOneEnd, spanByInfluence } from './influence.ts';
import { DEFAULT_LEVEL, type Interval } from './interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from './not-available.ts';
import { fitOneFactor } from './one-factor.ts';
import {
  conditionalCdf,
  normalDensity,
  type Ordinal,
  ordinalOf,
  type Polychoric,
  polychoric,
} from './polychoric.ts';

export interface Omega {
  readonly omega: number;
  /** Which correlations the factor was fitted to. */
  readonly correlations: 'Pearson' | 'polychoric';
  readonly interval: Interval | NotAvailable;
}

/**
 * Items with more answers than this are taken as continuous (Rhemtulla, Brosseau-Liard & Savalei
 * 2012).
 */
export const MOST_CATEGORIES = 4;

/** Fewer persons do not tell a correlation of items. */
export const FEWEST_PERSONS = 10;

/** With fewer, the interval from polychoric correlations of 1 and -1 does not cover. */
const FEWEST_FOR_POLYCHORIC = 40;

/**
 * Omega total of a model of one factor, by unweighted least squares.
 *
 * Of items with more than 4 different points, 1 − Σ uniquenesses / variance of the total, from
 * covariances: of standardised points what psych::omega(nfactors = 1) calls omega.tot. Of items
 * with fewer, the reliability of the observed total by Green & Yang (2009, formula 21), from
 * polychoric correlations: what answers to parallel items would covary by, by the variance of the
 * total. Where the factor of polychoric correlations does not exist, as for items that agree nearly
 * always, covariances take their place.
 *
 * Items that do not vary add nothing to a total's variance and are left out. The interval assumes
 * no distribution of the points: it comes from what each person, with all administrations, moves
 * omega by, on the scale of log(1 − omega), as that of alpha.
 *
 * It is not available for categorical omega below 40 persons, and where nearly all are at one end of
 * the scale.
 *
 * Not available for fewer than 10 persons, or than items that vary, and as `fitOneFactor` says.
 */
export function omegaTotal(
  sample: PooledPoints & { readonly isOrdinal: boolean },
  level = DEFAULT_LEVEL,
): Omega | NotAvailable {
  const persons = sample.starts.length - 1;
  const columns = itemColumns(sample).filter((column) => column.some((own) => own !== column[0]));
  if (columns.length < 3) return notAvailable('fewer than 3 items vary');
  if (persons < Math.max(FEWEST_PERSONS, columns.length + 1))
    return notAvailable(`fewer than ${Math.max(FEWEST_PERSONS, columns.length + 1)} persons`);
  const rows = columns[0]!.length;
  const centred = columns.map(centre);
  const variance = sumOfSquares(totalsOf(centred)) / rows;
  if (!(variance > 1e-12 * centred.reduce((sum, one) => sum + sumOfSquares(one), 0)))
    return notAvailable('the total does not vary');
  const ordinal = sample.isOrdinal ? ordinalPart(columns) : null;
  const isOrdinal = ordinal !== null && isAvailable(ordinal);
  const part = isOrdinal ? ordinal : linearPart(centred);
  if (!isAvailable(part)) return part;
  const omega = 1 - part.rest(variance) / variance;
  return {
    omega,
    correlations: isOrdinal ? 'polychoric' : 'Pearson',
    interval: span(sample, { omega, variance, centred, part }, level),
  };
}

/** The variance that the factor does not explain. */
interface Part {
  readonly rest: (variance: number) => number;
  /** What a row moves what the factor explains by, times the rows, if the variance stays. */
  readonly influence: Float64Array;
  /** What the rest moves by with the variance. */
  readonly byVariance: 0 | 1;
}

function span(
  sample: PooledPoints,
  fitted: {
    readonly omega: number;
    readonly variance: number;
    readonly centred: readonly Float64Array[];
    readonly part: Part;
  },
  level: number,
): Interval | NotAvailable {
  const { starts, range } = sample;
  const { omega, variance, part } = fitted;
  if (crowdAtOneEnd(personTotals(sample), (range.low + range.high) / 2, 1))
    return notAvailable('too few persons are away from one end of the scale');
  if (part.byVariance === 1 && starts.length - 1 < FEWEST_FOR_POLYCHORIC)
    return notAvailable(`fewer than ${FEWEST_FOR_POLYCHORIC} persons`);
  if (1 - omega < 1e-9) return notAvailable('the items of every person agree');
  const totals = totalsOf(fitted.centred);
  const rows = totals.length;
  const influence = Float64Array.from({ length: starts.length - 1 }, (_, person) => {
    let sum = 0;
    for (let row = starts[person]!; row < starts[person + 1]!; row++) {
      const moved = totals[row]! ** 2 - variance;
      // Omega is 1 − rest / variance.
      sum += part.influence[row]! + (1 - omega - part.byVariance) * moved;
    }
    return sum / (variance * rows);
  });
  const interval = spanByInfluence(omega, influence, 'log of the rest', level);
  return isAvailable(interval) && interval.low < -1
    ? notAvailable('the persons do not tell omega from nothing')
    : interval;
}

/** The points item by item. */
export function itemColumns({
  k,
  points,
  starts,
}: Pick<PooledPoints, 'k' | 'points' | 'starts'>): readonly Float64Array<ArrayBuffer>[] {
  const rows = starts.at(-1)!;
  return Array.from({ length: k }, (_, item) =>
    Float64Array.from({ length: rows }, (_, row) => points[row * k + item]!),
  );
}

export function centre(column: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const mean = column.reduce((sum, own) => sum + own, 0) / column.length;
  return column.map((own) => own - mean);
}

function totalsOf(columns: readonly Float64Array[]): Float64Array {
  const totals = new Float64Array(columns[0]!.length);
  for (const column of columns)
    for (let row = 0; row < totals.length; row++) totals[row]! += column[row]!;
  return totals;
}

function sumOfSquares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

/** @param centred deviations from the means, item by item */
function linearPart(centred: readonly Float64Array[]): Part | NotAvailable {
  const k = centred.length;
  const rows = centred[0]!.length;
  const fit = fitOneFactor(covariancesOf(centred), k);
  if (!isAvailable(fit)) return fit;
  const { loadings, uniquenesses } = fit;
  const rest = uniquenesses.reduce((sum, own) => sum + own, 0);
  const weights = fit.weightsOf(loadings.map((loading) => 2 * loading));
  const influence = Float64Array.from({ length: rows }, (_, row) => {
    let [squares, first, second, both] = [0, 0, 0, 0];
    for (let item = 0; item < k; item++) {
      const own = centred[item]![row]!;
      squares += own * own;
      first += weights[item]! * own;
      second += loadings[item]! * own;
      both += weights[item]! * loadings[item]! * own * own;
    }
    return first * second - both - squares;
  });
  // What the same sums are of the covariances themselves, so that the influence values add up to 0.
  const mean = influence.reduce((sum, own) => sum + own, 0) / rows;
  return { rest: () => rest, influence: influence.map((own) => own - mean), byVariance: 0 };
}

/** With the number of rows as the divisor; row-major. */
export function covariancesOf(centred: readonly Float64Array[]): Float64Array<ArrayBuffer> {
  const k = centred.length;
  const rows = centred[0]?.length ?? 0;
  const covariances = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += centred[i]![row]! * centred[j]![row]!;
      covariances[i * k + j] = sum / rows;
      covariances[j * k + i] = sum / rows;
    }
  }
  return covariances;
}

interface OrdinalItem extends Ordinal {
  /** Points between neighbouring categories. */
  readonly steps: readonly number[];
}

/** @param columns points, item by item */
function ordinalPart(columns: readonly Float64Array[]): Part | NotAvailable {
  const k = columns.length;
  const rows = columns[0]!.length;
  const items = columns.map(ordinalItem);
  const pairs: (Polychoric & { readonly i: number; readonly j: number })[] = [];
  const correlations = new Float64Array(k * k).fill(1);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < i; j++) {
      const pair = polychoric(items[i]!, items[j]!);
      pairs.push({ ...pair, i, j });
      correlations[i * k + j] = pair.r;
      correlations[j * k + i] = pair.r;
    }
  }
  const fit = fitOneFactor(correlations, k);
  if (!isAvailable(fit)) return fit;
  const { loadings } = fit;
  if (loadings.some((loading) => loading ** 2 > LARGEST_COMMUNALITY))
    return notAvailable('a Heywood case: one factor would explain all variance of an item');
  let explained = 0;
  const byLoading = new Float64Array(k);
  const byThreshold = items.map(({ thresholds }) => new Float64Array(thresholds.length));
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      const r = loadings[i]! * loadings[j]!;
      const { covariance, slope, byOwn } = covary(items[i]!, items[j]!, r);
      explained += covariance;
      byLoading[i]! += 2 * slope * loadings[j]!;
      byOwn.forEach((own, place) => {
        byThreshold[i]![place]! += 2 * own;
      });
    }
  }
  const weights = fit.weightsOf(byLoading);
  const influence = new Float64Array(rows);
  for (const { i, j, influence: own, byFirst, bySecond } of pairs) {
    const moves = weights[i]! * loadings[j]! + weights[j]! * loadings[i]!;
    const width = items[j]!.thresholds.length + 1;
    for (let row = 0; row < rows; row++)
      influence[row]! += moves * own[items[i]!.codes[row]! * width + items[j]!.codes[row]!]!;
    byFirst.forEach((slope, place) => {
      byThreshold[i]![place]! += moves * slope;
    });
    bySecond.forEach((slope, place) => {
      byThreshold[j]![place]! += moves * slope;
    });
  }
  items.forEach((item, position) => {
    const byCategory = moveByCategory(item, byThreshold[position]!);
    for (let row = 0; row < rows; row++) influence[row]! += byCategory[item.codes[row]!]!;
  });
  return { rest: (variance) => variance - explained, influence, byVariance: 1 };
}

/** The factor's correlations of parallel items must have a density. */
const LARGEST_COMMUNALITY = 0.9999;

function ordinalItem(column: Float64Array): OrdinalItem {
  const points = [...new Set(column)].sort((first, second) => first - second);
  const codeOf = new Map(points.map((own, code) => [own, code]));
  const codes = Int32Array.from(column, (own) => codeOf.get(own)!);
  return {
    ...ordinalOf(codes, points.length),
    steps: points.slice(1).map((own, place) => own - points[place]!),
  };
}

/** Two items' points, if r is the correlation of what stands behind them. */
function covary(first: OrdinalItem, second: OrdinalItem, r: number) {
  let covariance = 0;
  let slope = 0;
  const byOwn = new Float64Array(first.thresholds.length);
  first.thresholds.forEach((x, a) => {
    second.thresholds.forEach((y, b) => {
      const size = first.steps[a]! * second.steps[b]!;
      covariance += size * (bivariateCdf(x, y, r) - normalCdf(x) * normalCdf(y));
      slope += size * bivariateDensity(x, y, r);
      byOwn[a]! += size * normalDensity(x) * (conditionalCdf(y, x, r) - normalCdf(y));
    });
  });
  return { covariance, slope, byOwn };
}

/** What a row moves a function of the thresholds by, times the rows, by its category. */
function moveByCategory({ thresholds }: Ordinal, slopes: Float64Array): Float64Array {
  const moves = new Float64Array(thresholds.length + 1);
  thresholds.forEach((threshold, place) => {
    const scale = slopes[place]! / normalDensity(threshold);
    const share = normalCdf(threshold);
    for (let category = 0; category < moves.length; category++)
      moves[category]! += scale * (Number(category <= place) - share);
  });
  return moves;
}
