import { correlate } from './correlation.ts';
import { isRoundingNoise, type Numbers, type Summary, sizeOf, summarise } from './describe.ts';
import { fQuantile, fUpperQuantile } from './distributions.ts';
import { DEFAULT_LEVEL, type Interval, tailOf } from './interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from './not-available.ts';

/**
 * One list per person, each with that person's points on every item; complete and of one length,
 * else RangeError.
 */
export type PersonsByItems = ArrayLike<Numbers>;

export interface Reliability {
  readonly persons: number;
  readonly items: number;
  readonly alpha: number;
  /**
   * Interval of Feldt (1965), which takes persons and items as random and the items as essentially
   * tau-equivalent.
   */
  readonly interval: Interval;
}

/**
 * Cronbach's alpha from variances with divisor n − 1; equals KR-20 for items of 0 and 1. Items that
 * nobody answers differently stay in. Not available below 2 persons or 2 items and when the total
 * does not vary.
 */
export function cronbachAlpha(
  points: PersonsByItems,
  level = DEFAULT_LEVEL,
): Reliability | NotAvailable {
  const tail = tailOf(level);
  const persons = points.length;
  if (persons < 2) return notAvailable('fewer than 2 persons');
  const items = requireRectangle(points);
  if (items < 2) return notAvailable('fewer than 2 items');
  const total = summarise(totals(points));
  let withinItems = 0;
  let size = 0;
  for (const item of summariseItems(points)) {
    withinItems += item.squares;
    size += sizeOf(item);
  }
  if (isRoundingNoise(total.sd, size)) return notAvailable('the total does not vary');
  return reliabilityOf(persons, items, withinItems / total.squares, tail, level);
}

/**
 * Cronbach's alpha where points are missing (NaN): each covariance is over the persons who have
 * both items, as in pingouin's `cronbach_alpha` and in psych's `alpha(use = "pairwise")`; complete
 * points give the alpha of `cronbachAlpha`. The interval counts every person, as pingouin's does.
 * Covariances of fewer than 2 persons count as 0. Not available below 2 persons or 2 items, when an
 * item has fewer than 2 points, when no item varies, and when all covariances add up to 0.
 */
export function cronbachAlphaPairwise(
  points: PersonsByItems,
  level = DEFAULT_LEVEL,
): Reliability | NotAvailable {
  const tail = tailOf(level);
  const persons = points.length;
  if (persons < 2) return notAvailable('fewer than 2 persons');
  const items = requireRectangle(points);
  if (items < 2) return notAvailable('fewer than 2 items');
  const columns = Array.from({ length: items }, (_, item) => columnOf(points, item));
  let variances = 0;
  let covariances = 0;
  let size = 0;
  for (let item = 0; item < items; item++) {
    const variance = pairwiseCovariance(columns[item]!, columns[item]!);
    if (variance === null) return notAvailable('an item has fewer than 2 points');
    variances += variance.value;
    size += variance.size;
    for (let other = 0; other < item; other++)
      covariances += 2 * (pairwiseCovariance(columns[item]!, columns[other]!)?.value ?? 0);
  }
  if (isRoundingNoise(Math.sqrt(variances), size)) return notAvailable('no item varies');
  const total = variances + covariances;
  if (isRoundingNoise(Math.abs(total), variances)) return notAvailable('the total does not vary');
  return reliabilityOf(persons, items, variances / total, tail, level);
}

/** `share` is the part of the total's variance that is the items' own. */
function reliabilityOf(
  persons: number,
  items: number,
  share: number,
  tail: number,
  level: number,
): Reliability {
  const alpha = (items / (items - 1)) * (1 - share);
  const df1 = persons - 1;
  const df2 = (persons - 1) * (items - 1);
  const interval = {
    low: 1 - (1 - alpha) * fUpperQuantile(tail, df1, df2),
    high: 1 - (1 - alpha) * fQuantile(tail, df1, df2),
    level,
  };
  return { persons, items, alpha, interval };
}

/**
 * Over the persons who have both points, with the size of the first item's; null below 2 persons.
 */
function pairwiseCovariance(
  first: Float64Array,
  second: Float64Array,
): { value: number; size: number } | null {
  let n = 0;
  let firstSum = 0;
  let secondSum = 0;
  for (let person = 0; person < first.length; person++) {
    const a = first[person]!;
    const b = second[person]!;
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    n++;
    firstSum += a;
    secondSum += b;
  }
  if (n < 2) return null;
  const firstMean = firstSum / n;
  const secondMean = secondSum / n;
  let products = 0;
  for (let person = 0; person < first.length; person++) {
    const product = (first[person]! - firstMean) * (second[person]! - secondMean);
    if (!Number.isNaN(product)) products += product;
  }
  const value = products / (n - 1);
  return { value, size: Math.abs(firstMean) + Math.sqrt(Math.abs(value)) };
}

export interface TrimmedReliability extends Reliability {
  /** Positions (from 0) of the items that were left out. */
  readonly constantItems: readonly number[];
}

/**
 * Cronbach's alpha of the items on which persons differ. The others carry no information, yet count
 * in k.
 */
export function cronbachAlphaOfVaryingItems(
  points: PersonsByItems,
  level = DEFAULT_LEVEL,
): TrimmedReliability | NotAvailable {
  if (points.length < 2) return notAvailable('fewer than 2 persons');
  requireRectangle(points);
  const varying: number[] = [];
  const constantItems: number[] = [];
  summariseItems(points).forEach(({ squares }, item) => {
    (squares > 0 ? varying : constantItems).push(item);
  });
  if (varying.length < 2) return notAvailable('fewer than 2 items vary');
  const result = cronbachAlpha(
    Array.from(points, (person) => varying.map((item) => person[item]!)),
    level,
  );
  return isAvailable(result) ? { ...result, constantItems } : result;
}

/**
 * Corrected item-total correlations: of each item with the total of the others. An entry is not
 * available below 3 persons and when the item or the total of the others is constant.
 */
export function itemTotalCorrelations(points: PersonsByItems): readonly (number | NotAvailable)[] {
  const items = requireRectangle(points);
  if (items < 2) return Array.from({ length: items }, () => notAvailable('fewer than 2 items'));
  const total = totals(points);
  const item = new Float64Array(points.length);
  const others = new Float64Array(points.length);
  return Array.from({ length: items }, (_, position) => {
    for (let person = 0; person < points.length; person++) {
      item[person] = points[person]![position]!;
      others[person] = total[person]! - item[person]!;
    }
    const correlation = correlate(item, others);
    return isAvailable(correlation) ? correlation.r : correlation;
  });
}

function totals(points: PersonsByItems): Float64Array {
  return Float64Array.from(points, (person) => {
    let total = 0;
    for (let item = 0; item < person.length; item++) total += person[item]!;
    return total;
  });
}

function summariseItems(points: PersonsByItems): readonly Summary[] {
  return Array.from({ length: points[0]!.length }, (_, position) =>
    summarise(columnOf(points, position)),
  );
}

function columnOf(points: PersonsByItems, position: number): Float64Array {
  const column = new Float64Array(points.length);
  for (let person = 0; person < points.length; person++)
    column[person] = points[person]![position]!;
  return column;
}

/** The number of items; RangeError when persons differ in it. */
function requireRectangle(points: PersonsByItems): number {
  const items = points[0]?.length ?? 0;
  for (let person = 0; person < points.length; person++) {
    const length = points[person]!.length;
    if (length !== items)
      throw new RangeError(`person ${person} has ${length} items, the first person ${items}`);
  }
  return items;
}
