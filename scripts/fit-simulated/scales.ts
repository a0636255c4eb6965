/**
 * Fits how a model errs on one scale of the EPQR-A, so that sheets of known answers come out with
 * the published figures.
 */
import { type ErringItem, keyedLean, type ScaleErrors } from '../../src/simulator/calibration.ts';
import type { SheetScale } from '../../src/simulator/statements.ts';
import type { ErrorDistribution } from './errors.ts';
import { minimise } from './minimise.ts';

/**
 * The published figures of one model and scale; counts are of raw answers, a yes being positive.
 */
export interface ScaleFigures {
  readonly mean: number;
  readonly sd: number;
  readonly alpha: number;
  readonly tp: number;
  readonly fp: number;
  readonly tn: number;
  readonly fn: number;
}

/** A scale, and who gave which answers on it. */
export interface ScaleSheets {
  readonly scale: SheetScale;
  readonly items: readonly ErringItem[];
  readonly patterns: readonly Pattern[];
}

/** Persons who gave the same answers on a scale. */
export interface Pattern {
  /** Whether the keyed answer was given, by item. */
  readonly keyed: readonly boolean[];
  /** The poles at which they are on E and N. */
  readonly E: number;
  readonly N: number;
  readonly persons: number;
  /** How many yeses turn into a no, for each of `SHEETS` that may be answered. */
  readonly fn: Float64Array;
  /** How many noes turn into a yes. */
  readonly fp: Float64Array;
}

/** A figure to be expected, and by how much it scatters from population to population (SD). */
export interface Expected {
  readonly value: number;
  readonly scatter: number;
}

export type ExpectedScale = Readonly<Record<'mean' | 'sd' | 'alpha' | 'fn' | 'fp', Expected>>;

const POPULATION = 826;
/** How far the figures of any one population may be from the published ones: what is claimed. */
const CLAIM = { meanInStandardErrors: 3, sd: 0.1, alpha: 0.05, countInStandardErrors: 4 } as const;
/** So many times its scatter a figure is to have room within the claim. */
const ROOM = 2.5;
/** The figure that is worst off counts most. */
const POWER = 6;
/**
 * Weight of what the figures are off on average, against the risk that those of one population are.
 */
const ACCURACY = 3;
/** Of several ways to reach the figures the one with the smaller parameters is taken. */
const PARSIMONY = 0.003;
/**
 * The error of a person has this SD, that of an item being 1, unless the figures ask for more or
 * less.
 */
const USUAL_PERSON = 0.5;
const USUAL_PERSON_WEIGHT = 0.1;

/** Persons who are told to be so. */
export function createPattern(
  told: Pick<Pattern, 'keyed' | 'E' | 'N'>,
  persons: number,
  items: readonly ErringItem[],
): Pattern {
  const { keyed } = told;
  const turned = (wasYes: boolean) =>
    Float64Array.from(SHEETS, (sheet) => {
      const wrong = items.filter(
        ({ keyedIsYes }, i) => sheet[i] !== keyed[i] && (keyed[i] === keyedIsYes) === wasYes,
      );
      return wrong.length;
    });
  return { ...told, persons, fn: turned(true), fp: turned(false) };
}

/**
 * What is to be expected of populations of `POPULATION` persons with these patterns, when a model
 * errs in this way.
 */
export function expectScale(
  errors: ScaleErrors,
  { items, patterns }: ScaleSheets,
  ofPerson: ErrorDistribution,
  ofItem: ErrorDistribution,
): ExpectedScale {
  const perPerson = POPULATION / patterns.reduce((sum, { persons }) => sum + persons, 0);
  const groups = patterns.map((pattern) => ({
    pattern,
    share: pattern.persons * perPerson,
    chances: chanceOfSheets(errors, pattern, items, ofPerson, ofItem),
  }));
  const all = new Float64Array(SHEETS.length);
  for (const { share, chances } of groups)
    for (let sheet = 0; sheet < all.length; sheet++) all[sheet]! += share * chances[sheet]!;
  const scatterOf = (value: (pattern: Pattern) => Float64Array) =>
    Math.sqrt(
      groups.reduce(
        (sum, { pattern, share, chances }) => sum + share * varianceOf(chances, value(pattern)),
        0,
      ),
    );

  const mean = dot(all, SCORES) / POPULATION;
  const squares = SCORES.map((score) => (score - mean) ** 2);
  const variance = dot(all, squares) / POPULATION;
  const sd = Math.sqrt(variance);
  const rates = items.map(
    (_, i) =>
      dot(
        all,
        Float64Array.from(SHEETS, (sheet) => Number(sheet[i])),
      ) / POPULATION,
  );
  const ofItems = rates.reduce((sum, rate) => sum + rate * (1 - rate), 0);
  const correction = items.length / (items.length - 1);
  // How much one person moves alpha, to first order; its scatter is that of the sum over persons.
  const onAlpha = Float64Array.from(SHEETS, (sheet, i) => {
    const onItems = rates.reduce((sum, rate, item) => sum + (sheet[item] ? 1 - 2 * rate : 0), 0);
    return (correction * ((ofItems * squares[i]!) / variance - onItems)) / (variance * POPULATION);
  });
  return {
    mean: { value: mean, scatter: scatterOf(() => SCORES) / POPULATION },
    sd: { value: sd, scatter: scatterOf(() => squares) / (2 * sd * POPULATION) },
    alpha: { value: correction * (1 - ofItems / variance), scatter: scatterOf(() => onAlpha) },
    fn: {
      value: groups.reduce(
        (sum, { pattern, share, chances }) => sum + share * dot(chances, pattern.fn),
        0,
      ),
      scatter: scatterOf(({ fn }) => fn),
    },
    fp: {
      value: groups.reduce(
        (sum, { pattern, share, chances }) => sum + share * dot(chances, pattern.fp),
        0,
      ),
      scatter: scatterOf(({ fp }) => fp),
    },
  };
}

/** Mean and variance of the score that a person of this pattern answers. */
export function expectScore(
  errors: ScaleErrors,
  pattern: Pick<Pattern, 'keyed' | 'E' | 'N'>,
  items: readonly ErringItem[],
  ofPerson: ErrorDistribution,
  ofItem: ErrorDistribution,
): { readonly mean: number; readonly variance: number } {
  const chances = chanceOfSheets(errors, pattern, items, ofPerson, ofItem);
  return { mean: dot(chances, SCORES), variance: varianceOf(chances, SCORES) };
}

/** Every way to answer the six items of a scale: whether each got its keyed answer. */
const SHEETS: readonly (readonly boolean[])[] = Array.from({ length: 64 }, (_, bits) =>
  Array.from({ length: 6 }, (_, item) => ((bits >> item) & 1) === 1),
);

const SCORES = Float64Array.from(SHEETS, (sheet) => sheet.filter(Boolean).length);

/** The probability of each of `SHEETS` for a person of this pattern. */
function chanceOfSheets(
  errors: ScaleErrors,
  { keyed, E, N }: Pick<Pattern, 'keyed' | 'E' | 'N'>,
  items: readonly ErringItem[],
  ofPerson: ErrorDistribution,
  ofItem: ErrorDistribution,
): Float64Array {
  const gists = { own: (2 * keyed.filter(Boolean).length) / keyed.length - 1, E, N };
  const leans = items.map((item, i) =>
    keyedLean(errors, item, keyed[i]! ? 'keyed' : 'other', gists),
  );
  const chances = new Float64Array(SHEETS.length);
  const own = new Float64Array(SHEETS.length);
  for (const { at, weight } of ofPerson.points) {
    own[0] = weight;
    for (let item = 0, known = 1; item < leans.length; item++, known *= 2) {
      const keyedChance = 1 - ofItem.below(-(leans[item]! + errors.person * at));
      for (let sheet = 0; sheet < known; sheet++) {
        own[known + sheet] = own[sheet]! * keyedChance;
        own[sheet]! *= 1 - keyedChance;
      }
    }
    for (let sheet = 0; sheet < own.length; sheet++) chances[sheet]! += own[sheet]!;
  }
  return chances;
}

function dot(weights: Float64Array, values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i]! * values[i]!;
  return sum;
}

function varianceOf(chances: Float64Array, values: Float64Array): number {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < chances.length; i++) {
    const part = chances[i]! * values[i]!;
    sum += part;
    squares += part * values[i]!;
  }
  return Math.max(0, squares - sum * sum);
}

/** @param populations that are each to come out so */
export function fitScale(
  published: ScaleFigures,
  populations: readonly ScaleSheets[],
  ofPerson: ErrorDistribution,
  ofItem: ErrorDistribution,
): ScaleErrors {
  const { scale, items } = populations[0]!;
  const mixed = items.some(({ keyedIsYes }) => !keyedIsYes);
  const read = (point: readonly number[]): ScaleErrors => {
    const [
      keyedYes,
      otherYes,
      halo,
      person,
      ease,
      keyedNo = keyedYes,
      otherNo = otherYes,
      outgoing = 0,
      calm = 0,
    ] = point as readonly [number, number, number, number, number, ...number[]];
    return {
      keyedYes,
      keyedNo,
      otherYes,
      otherNo,
      halo,
      outgoing: Math.max(0, outgoing),
      calm: Math.max(0, calm),
      ease,
      person: Math.abs(person),
    };
  };
  const loss = (point: readonly number[]): number =>
    meanOf(populations, (sheets) =>
      risk(expectScale(read(point), sheets, ofPerson, ofItem), published),
    ) +
    PARSIMONY * point.reduce((sum, x) => sum + x * x, 0) +
    USUAL_PERSON_WEIGHT * (Math.abs(point[3]!) / USUAL_PERSON - 1) ** 2;

  const starts = [0.5, 3, 9].flatMap((halo) =>
    [-0.7, 0, 0.7].flatMap((bias) =>
      [-1, 1].map((turn) => [
        1 + halo * bias,
        -1 + halo * bias,
        halo,
        USUAL_PERSON,
        1,
        ...(mixed ? [1 + turn * halo * bias, -1 + turn * halo * bias] : []),
        ...(scale === 'P' ? [1, 1 + turn] : []),
      ]),
    ),
  );
  return read(
    minimise(
      loss,
      starts,
      starts[0]!.map(() => 0.7),
    ),
  );
}

function meanOf<T>(list: readonly T[], value: (one: T) => number): number {
  return list.reduce((sum, one) => sum + value(one), 0) / list.length;
}

/**
 * Grows with what a population is off on average, and with the chance that it does not keep within
 * the claim.
 */
function risk(expected: ExpectedScale, published: ScaleFigures): number {
  const { sd, tp, fp, tn, fn } = published;
  const claims: Readonly<Record<keyof ExpectedScale, number>> = {
    mean: (CLAIM.meanInStandardErrors * sd) / Math.sqrt(POPULATION),
    sd: CLAIM.sd * sd,
    alpha: CLAIM.alpha,
    fn: CLAIM.countInStandardErrors * Math.sqrt((fn * tp) / (fn + tp)),
    fp: CLAIM.countInStandardErrors * Math.sqrt((fp * tn) / (fp + tn)),
  };
  return (Object.keys(claims) as (keyof ExpectedScale)[]).reduce((sum, figure) => {
    const { value, scatter } = expected[figure];
    const off = Math.abs(value - published[figure]) / claims[figure];
    return sum + (off + (ROOM * scatter) / claims[figure]) ** POWER + ACCURACY * off * off;
  }, 0);
}
