/**
 * The graded response model by which a known instrument is answered (Samejima, 1969; normal ogive):
 * behind an answer is a continuous response, a weighted sum of the person's traits and of errors,
 * of variance 1 among persons; the answer is the category that it falls into. The loadings are such
 * that each scale has the reliability that is set, the errors last as the retest correlation
 * demands.
 *
 * Covariances of categories follow from correlations of responses by the expansion in Hermite
 * polynomials: if f and g are functions of two normal variables of correlation r, their covariance
 * is the sum over n of r^n f_n g_n (Mehler's formula). Only exactly rounded operations are used,
 * like in `random.ts`.
 */
import type { Category, Precision, SimulatedInstrument } from './instrument.ts';
import { categoriesOf } from './instrument.ts';
import { hashText, uniforms } from './random.ts';

/** How one item is answered. */
interface ItemModel {
  /** How much harder it is than others, in SDs of the response. */
  readonly difficulty: number;
  /** Of the response on traits, by scale id. The squares sum to less than 1. */
  readonly loadings: ReadonlyMap<string, number>;
  /** Share of the error's variance that lasts from one administration to the next. */
  readonly lastingError: number;
  /** Mean and SD of its points among persons. */
  readonly mean: number;
  readonly sd: number;
}

export interface InstrumentModel {
  /** In the order of the items. */
  readonly items: readonly ItemModel[];
  /** By scale id: its items' signed weights, by item number; those of its parts included. */
  readonly scales: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** Share of a trait's variance that lasts from one administration to the next, by scale id. */
  readonly lastingTraits: ReadonlyMap<string, number>;
}

/** What the search needs of an item: its points as a function of the response. */
interface Curve {
  readonly difficulty: number;
  readonly mean: number;
  readonly variance: number;
  /** Hermite coefficients 1, 2, … of the points. */
  readonly coefficients: readonly number[];
}

/** Thresholds lie within this many SDs round the middle. */
const SPREAD = 4;
/** The largest difference between two items' difficulties. */
const DIFFICULTIES = 0.8;
/** The most of a response's variance that traits may make up. */
const MOST_COMMON = 0.97;
const COEFFICIENTS = 20;
/** Correlations of different items are so low that higher powers add nothing. */
const PAIR_COEFFICIENTS = 10;
/** Scales that share items are fitted in turns. */
const ROUNDS = 10;
const BISECTIONS = 16;

/** The thresholds between so many categories, ascending. */
export function thresholdsOf(categories: number, difficulty: number): readonly number[] {
  return Array.from(
    { length: Math.max(0, categories - 1) },
    (_, index) => difficulty + ((index + 1 - categories / 2) * SPREAD) / categories,
  );
}

/** Finds loadings and errors for an instrument. */
export function fitModel(instrument: SimulatedInstrument, precision: Precision): InstrumentModel {
  const { slug, items } = instrument;
  const curves = items.map((item) => curveOf(categoriesOf(item), `${slug} ${item.id}`));
  const scales = flattenScales(instrument, curves);
  const gains = fitGains(scales, curves, precision.reliability);
  const loadings = loadingsOf(scales, gains, items.length);
  const lasting = new Map(
    [...scales].map(([id, weights]) => [
      id,
      fitLasting([...weights], curves, loadings, precision.retest),
    ]),
  );
  return {
    scales,
    // Of scales that share items, the smallest decides, as for the errors of its items.
    lastingTraits: new Map(
      [...scales].map(([id, weights]) => {
        const [item] = weights.keys();
        const [smallest] = loadings[item! - 1]!.keys();
        return [id, Math.min(1, lasting.get(smallest!)!)];
      }),
    ),
    items: curves.map(({ difficulty, mean, variance }, index) => {
      const [scale] = loadings[index]!.keys();
      const share = scale === undefined ? 1 + precision.retest : lasting.get(scale)!;
      return {
        difficulty,
        loadings: loadings[index]!,
        lastingError: Math.max(0, share - 1),
        mean,
        sd: Math.sqrt(variance),
      };
    }),
  };
}

/** The items of every scale that differ in points, weights of mean size 1; smallest scales first. */
function flattenScales(
  { scales }: SimulatedInstrument,
  curves: readonly Curve[],
): InstrumentModel['scales'] {
  function weightsOf(id: string): Map<number, number> {
    const { items, parts } = scales.find((scale) => scale.id === id)!;
    const weights = new Map<number, number>();
    const add = (item: number, weight: number) =>
      weights.set(item, (weights.get(item) ?? 0) + weight);
    for (const { item, weight } of items) add(item, weight);
    for (const part of parts)
      for (const [item, weight] of weightsOf(part.scale)) add(item, weight * part.weight);
    return weights;
  }
  return new Map(
    scales
      .map(({ id }): [string, Map<number, number>] => {
        const weights = [...weightsOf(id)].filter(
          ([item, weight]) => weight !== 0 && curves[item - 1]!.variance > 0,
        );
        const size =
          weights.reduce((sum, [, weight]) => sum + Math.abs(weight), 0) / weights.length;
        return [id, new Map(weights.map(([item, weight]) => [item, weight / size]))];
      })
      .filter(([, weights]) => weights.size > 0)
      .toSorted(([, a], [, b]) => a.size - b.size),
  );
}

/** How strongly the items of each scale load on its trait, times their weights. */
function fitGains(
  scales: InstrumentModel['scales'],
  curves: readonly Curve[],
  reliability: number,
): ReadonlyMap<string, number> {
  const gains = new Map([...scales.keys()].map((id) => [id, 0]));
  const isNested = [...scales.values()].flatMap((weights) => [...weights.keys()]);
  const rounds = new Set(isNested).size === isNested.length ? 1 : ROUNDS;
  for (let round = 0; round < rounds; round++) {
    for (const [id, weights] of scales) {
      const members = [...weights];
      const gain = bisect(0, 1, (candidate) => {
        const loadings = loadingsOf(scales, new Map(gains).set(id, candidate), curves.length);
        const found =
          members.length === 1
            ? candidate ** 2
            : alphaOf(
                members.length,
                totalsOf(members, curves, loadings, () => 1),
              );
        return found < reliability;
      });
      gains.set(id, gain);
    }
  }
  return gains;
}

function alphaOf(k: number, { own, total }: Totals): number {
  return (k / (k - 1)) * (1 - own / total);
}

/**
 * How lasting the persons' responses are: up to 1 the share of the trait's variance that lasts,
 * above 1, the share of the error's as well.
 */
function fitLasting(
  members: readonly (readonly [number, number])[],
  curves: readonly Curve[],
  loadings: readonly ReadonlyMap<string, number>[],
  retest: number,
): number {
  const { total } = totalsOf(members, curves, loadings, () => 1);
  return bisect(0, 2, (share) => {
    const trait = Math.min(1, share);
    const error = Math.max(0, share - 1);
    const { total: shared } = totalsOf(members, curves, loadings, (item, common) =>
      item === null ? trait : common * trait + (1 - common) * error,
    );
    return shared / total < retest;
  });
}

interface Totals {
  /** Sum of the variances of the items. */
  readonly own: number;
  /** Variance of their sum. */
  readonly total: number;
}

/**
 * Variances of a scale's items and of their sum; or what two administrations have of it in common.
 * @param share of correlations between items (null), and the correlation of an item with itself
 *   (given the share of its response's variance that traits make up)
 */
function totalsOf(
  members: readonly (readonly [number, number])[],
  curves: readonly Curve[],
  loadings: readonly ReadonlyMap<string, number>[],
  share: (item: number | null, common: number) => number,
): Totals {
  const between = share(null, 0);
  let own = 0;
  let pairs = 0;
  for (const [at, [item, weight]] of members.entries()) {
    const curve = curves[item - 1]!;
    const common = correlationOf(loadings[item - 1]!, loadings[item - 1]!);
    const withItself = share(item, common);
    const kept =
      withItself === 1 ? curve.variance : covarianceOf(curve, curve, withItself, COEFFICIENTS);
    own += weight ** 2 * kept;
    for (const [other, otherWeight] of members.slice(at + 1)) {
      const correlation = between * correlationOf(loadings[item - 1]!, loadings[other - 1]!);
      const covariance = covarianceOf(curve, curves[other - 1]!, correlation, PAIR_COEFFICIENTS);
      pairs += weight * otherWeight * covariance;
    }
  }
  return { own, total: own + 2 * pairs };
}

function correlationOf(
  first: ReadonlyMap<string, number>,
  second: ReadonlyMap<string, number>,
): number {
  let sum = 0;
  for (const [trait, loading] of first) sum += loading * (second.get(trait) ?? 0);
  return sum;
}

function covarianceOf(first: Curve, second: Curve, correlation: number, terms: number): number {
  let sum = 0;
  let power = 1;
  for (let n = 0; n < terms; n++) {
    power *= correlation;
    sum += power * first.coefficients[n]! * second.coefficients[n]!;
  }
  return sum;
}

function loadingsOf(
  scales: InstrumentModel['scales'],
  gains: ReadonlyMap<string, number>,
  items: number,
): readonly ReadonlyMap<string, number>[] {
  const loadings = Array.from({ length: items }, () => new Map<string, number>());
  for (const [id, weights] of scales)
    for (const [item, weight] of weights) loadings[item - 1]!.set(id, weight * gains.get(id)!);
  return loadings.map((own) => {
    const common = correlationOf(own, own);
    if (common <= MOST_COMMON) return own;
    const factor = Math.sqrt(MOST_COMMON / common);
    return new Map([...own].map(([id, loading]) => [id, loading * factor]));
  });
}

function curveOf(categories: readonly Category[], name: string): Curve {
  const difficulty = DIFFICULTIES * (uniforms(hashText(name))() - 0.5);
  const thresholds = thresholdsOf(categories.length, difficulty);
  const above = thresholds.map((threshold) => 1 - cumulative(threshold));
  const rises = thresholds.map(
    (_, index) => categories[index + 1]!.points - categories[index]!.points,
  );
  const lowest = categories[0]?.points ?? 0;
  const mean = lowest + rises.reduce((sum, rise, index) => sum + rise * above[index]!, 0);
  const variance = categories.reduce((sum, { points }, index) => {
    const share = (above[index - 1] ?? 1) - (above[index] ?? 0);
    return sum + share * (points - mean) ** 2;
  }, 0);
  const coefficients = new Array<number>(COEFFICIENTS).fill(0);
  for (const [index, threshold] of thresholds.entries()) {
    // Normalized Hermite polynomials of degree 0, 1, …, by their recursion.
    let [before, polynomial] = [0, 1];
    for (let n = 1; n <= COEFFICIENTS; n++) {
      coefficients[n - 1]! += (rises[index]! * density(threshold) * polynomial) / Math.sqrt(n);
      const next = (threshold * polynomial - Math.sqrt(n - 1) * before) / Math.sqrt(n);
      [before, polynomial] = [polynomial, next];
    }
  }
  return { difficulty, mean, variance, coefficients };
}

/** Where `isBelow` turns from true to false, between two bounds; a bound where it does not turn. */
function bisect(from: number, to: number, isBelow: (value: number) => boolean): number {
  let [low, high] = [from, to];
  if (!isBelow(low)) return low;
  for (let turn = 0; turn < BISECTIONS; turn++) {
    const middle = (low + high) / 2;
    if (isBelow(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Density of the standard normal distribution. */
function density(z: number): number {
  return exponential((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/** The standard normal distribution function, to 7 digits (Abramowitz & Stegun, 1964, 26.2.17). */
function cumulative(z: number): number {
  if (z < 0) return 1 - cumulative(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const tail =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 1 - density(z) * tail;
}

/** e^x for x from -20 to 0: a short series for x / 1024, squared ten times. */
function exponential(x: number): number {
  const y = x / 1024;
  let power = 1 + y * (1 + (y / 2) * (1 + (y / 3) * (1 + (y / 4) * (1 + y / 5))));
  for (let turn = 0; turn < 10; turn++) power *= power;
  return power;
}
