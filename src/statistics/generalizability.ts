/**
 * Generalizability theory (Cronbach et al. 1972; Brennan 2001): from variance components to how
 * well scores tell persons apart, and to what other numbers of draws and administrations would do.
 */
import { spanByInfluence } from './influence.ts';
import { DEFAULT_LEVEL, type Interval } from './interval.ts';
import { isAvailable, type NotAvailable, notAvailable } from './not-available.ts';
import { largestUnseenShare } from './unseen.ts';

/**
 * What a component is of: persons; something that all persons share, such as a way of asking;
 * draws of a persona; persons in something that they share; what is left within these, single
 * administrations.
 */
export type Source = 'person' | 'shared' | 'draw' | 'interaction' | 'administration';

/** One component: its variance, and what of it is left in the mean of all that were collected. */
export interface Component {
  readonly source: Source;
  readonly variance: number;
  /** Of a single measurement 1; of the mean of n independent ones 1/n. */
  readonly left: number;
}

/** Variance of what a relative decision errs by: all that is not the same for all persons. */
export function relativeError(components: readonly Component[]): number {
  return sum(components, ({ source }) => source !== 'person' && source !== 'shared');
}

/** Variance of what an absolute decision errs by. */
function absoluteError(components: readonly Component[]): number {
  return sum(components, ({ source }) => source !== 'person');
}

function sum(components: readonly Component[], counts: (one: Component) => boolean): number {
  return components.reduce((total, one) => total + (counts(one) ? one.variance * one.left : 0), 0);
}

function personVariance(components: readonly Component[]): number {
  return sum(components, ({ source }) => source === 'person');
}

/** Generalizability coefficient Eρ². NaN where nothing varies. */
export function generalizability(components: readonly Component[]): number {
  const person = personVariance(components);
  return person / (person + relativeError(components));
}

/** Index of dependability Φ. NaN where nothing varies. */
export function dependability(components: readonly Component[]): number {
  const person = personVariance(components);
  return person / (person + absoluteError(components));
}

/**
 * Intraclass correlation of two administrations in the same way, of the same draw or of two draws.
 * NaN where nothing varies.
 */
export function retestCorrelation(components: readonly Component[], of: 'draw' | 'person'): number {
  const same = sum(
    components,
    ({ source }) =>
      source === 'person' || source === 'interaction' || (of === 'draw' && source === 'draw'),
  );
  return same / (personVariance(components) + relativeError(components));
}

/**
 * The interval of a share or coefficient by the delete-one jackknife over persons (Arvesen 1969):
 * Student's on Fisher's z, with degrees of freedom by the kurtosis of what persons move it by, cut
 * at 1 and at the lowest value that there can be: 0, or −1 for agreement below chance. Levels that
 * all persons share count as those that there are. Where no person moves an estimate of 0 or 1, the
 * interval reaches as far as the largest share of persons that may have been missed
 * (`largestUnseenShare`).
 * @param estimate from components as they were estimated, negative ones too: those that are set to
 *   0 would move nothing
 * @param without the same without each person; NaN where it is undefined then
 */
export function spanByJackknife(
  estimate: number,
  without: ArrayLike<number>,
  lowest: 0 | -1 = 0,
): Interval | NotAvailable {
  const n = without.length;
  let mean = 0;
  for (let person = 0; person < n; person++) mean += without[person]! / n;
  const influence = Float64Array.from(without, (value) => ((n - 1) / n) * (mean - value));
  if (influence.some(Number.isNaN)) return notAvailable('the scores vary with one person only');
  if (influence.every((value) => Math.abs(value) < ROUNDING)) {
    const unseen = largestUnseenShare(n, DEFAULT_LEVEL);
    if (lowest === 0 && Math.abs(estimate) < ROUNDING)
      return { low: 0, high: unseen, level: DEFAULT_LEVEL };
    if (Math.abs(1 - estimate) < ROUNDING)
      return { low: 1 - unseen, high: 1, level: DEFAULT_LEVEL };
  }
  const span = spanByInfluence(estimate, influence, 'fisher');
  if (!isAvailable(span)) return span;
  const clamp = (value: number) => Math.min(1, Math.max(lowest, value));
  return { ...span, low: clamp(span.low), high: clamp(span.high) };
}

/** What rounding leaves of 0. */
const ROUNDING = 1e-12;
