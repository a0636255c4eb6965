/** Fits how a model answers the items of one Big Five trait for persons of known sheets. */
import type { TraitAnswers } from '../../src/simulator/calibration.ts';
import { traitPoints } from '../../src/simulator/calibration.ts';
import { EPQRA_SCALES, type SheetScale } from '../../src/simulator/statements.ts';
import type { ErrorDistribution } from './errors.ts';
import { minimise } from './minimise.ts';

export type Gists = Readonly<Record<SheetScale, number>>;

/** Persons of the same gists. */
export interface GistGroup {
  readonly gists: Gists;
  readonly persons: number;
}

/**
 * The published figures of one model and trait; scores are means of answers keyed to the trait, 1
 * to 5.
 */
export interface TraitFigures {
  readonly mean: number;
  readonly sd: number;
  readonly alpha: number;
  /** Correlation with each scale of the EPQR-A. */
  readonly r: Gists;
}

const TOLERANCE = { meanInStandardErrors: 0.3, sd: 0.015, alpha: 0.008 } as const;
/** Items differ by so much unless the figures ask for more or less. */
const USUAL_SPREAD = 0.35;
const USUAL_ITEM_ERROR = 0.6;
const PARSIMONY = 0.05;
/** What a sheet explains at most of a trait, lest nothing be left for the person. */
const MOST_EXPLAINED = 0.97;

/** Mean, SD and alpha to be expected of a model that answers in this way. */
export function expectTrait(
  answers: TraitAnswers,
  groups: readonly GistGroup[],
  places: readonly number[],
  ofPerson: ErrorDistribution,
  ofItem: ErrorDistribution,
): Omit<TraitFigures, 'r'> {
  const items = places.length;
  const itemSums = new Array<number>(items).fill(0);
  const itemSquares = new Array<number>(items).fill(0);
  let sum = 0;
  let squares = 0;
  for (const { gists, persons } of groups) {
    const points = traitPoints(answers, gists);
    for (const { at, weight: share } of ofPerson.points) {
      const weight = share * persons;
      let total = 0;
      let variance = 0;
      for (let i = 0; i < items; i++) {
        const centre = points + answers.person * at + answers.spread * places[i]!;
        let mean = 1;
        let square = 1;
        for (let answer = 2; answer <= 5; answer++) {
          const atLeast = 1 - ofItem.below((answer - 0.5 - centre) / answers.item);
          mean += atLeast;
          square += (2 * answer - 1) * atLeast;
        }
        itemSums[i]! += weight * mean;
        itemSquares[i]! += weight * square;
        total += mean;
        variance += square - mean * mean;
      }
      sum += weight * total;
      squares += weight * (total * total + variance);
    }
  }
  const n = groups.reduce((all, { persons }) => all + persons, 0);
  const mean = sum / n;
  const variance = squares / n - mean * mean;
  const ofItems = itemSums.reduce((all, item, i) => all + itemSquares[i]! / n - (item / n) ** 2, 0);
  return {
    mean: mean / items,
    sd: Math.sqrt(variance) / items,
    alpha: (items / (items - 1)) * (1 - ofItems / variance),
  };
}

/** @param answered correlation of each answered score with each gist */
export function fitTrait(
  published: TraitFigures,
  answered: Readonly<Record<SheetScale, Gists>>,
  groups: readonly GistGroup[],
  places: readonly number[],
  ofPerson: ErrorDistribution,
  ofItem: ErrorDistribution,
): TraitAnswers {
  const { slopes, explained } = regress(published.r, answered, groups);
  const means = eachScale((scale) => mean(groups, scale));
  const read = ([level, amplitude, item, spread]: readonly number[]): TraitAnswers => {
    const size = Math.abs(amplitude!);
    const weights = eachScale((scale) => size * slopes[scale]);
    const centre = EPQRA_SCALES.reduce((all, scale) => all + weights[scale] * means[scale], 0);
    return {
      level: level! - centre,
      weights,
      person: size * Math.sqrt(1 - explained),
      item: Math.max(0.05, Math.abs(item!)),
      spread: Math.abs(spread!),
    };
  };
  const loss = (point: readonly number[]): number => {
    const answers = read(point);
    return (
      distance(expectTrait(answers, groups, places, ofPerson, ofItem), published) +
      PARSIMONY *
        (((answers.spread - USUAL_SPREAD) / USUAL_SPREAD) ** 2 +
          ((answers.item - USUAL_ITEM_ERROR) / USUAL_ITEM_ERROR) ** 2)
    );
  };
  const starts = [
    [published.mean, published.sd, USUAL_ITEM_ERROR, USUAL_SPREAD],
    [published.mean, published.sd * 2, 0.3, 1],
  ];
  return read(minimise(loss, starts, [0.3, 0.2, 0.2, 0.2]));
}

/**
 * By how much a trait of variance 1 rises with each gist, and how much of it they explain, so that
 * it has these correlations with what is answered. What is answered holds errors; where the
 * correlations ask for more than all of the trait, they are met as nearly as can be (ridge
 * regression, ever stronger).
 */
function regress(
  r: Gists,
  answered: Readonly<Record<SheetScale, Gists>>,
  groups: readonly GistGroup[],
): { readonly slopes: Gists; readonly explained: number } {
  const sds = eachScale((scale) => Math.sqrt(covariance(groups, scale, scale)));
  const between = EPQRA_SCALES.map((a) =>
    EPQRA_SCALES.map((b) => covariance(groups, a, b) / (sds[a] * sds[b])),
  );
  const at = (i: number, j: number) => answered[EPQRA_SCALES[i]!][EPQRA_SCALES[j]!];
  for (let ridge = 0.001; ; ridge *= 1.5) {
    const matrix = between.map((row, i) =>
      row.map((value, j) => sumOver((s) => at(s, i) * at(s, j)) + ridge * value),
    );
    const right = between.map((_, i) => sumOver((s) => at(s, i) * r[EPQRA_SCALES[s]!]));
    const betas = solve(matrix, right);
    const explained = sumOver((i) => sumOver((j) => betas[i]! * betas[j]! * between[i]![j]!));
    if (explained > MOST_EXPLAINED) continue;
    const [E, N, P, L] = EPQRA_SCALES.map((scale, i) => betas[i]! / sds[scale]) as [
      number,
      number,
      number,
      number,
    ];
    return { slopes: { E, N, P, L }, explained };
  }
}

function sumOver(value: (scale: number) => number): number {
  return EPQRA_SCALES.reduce((sum, _, i) => sum + value(i), 0);
}

/** Solves a small system of linear equations (Gauss-Jordan). */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  for (let column = 0; column < rows.length; column++) {
    const pivot = rows[column]!;
    for (const row of rows) {
      if (row === pivot) continue;
      const factor = row[column]! / pivot[column]!;
      for (let i = column; i < row.length; i++) row[i]! -= factor * pivot[i]!;
    }
  }
  return rows.map((row, i) => row.at(-1)! / row[i]!);
}

function distance(figures: Omit<TraitFigures, 'r'>, published: TraitFigures): number {
  const parts = [
    (figures.mean - published.mean) /
      ((TOLERANCE.meanInStandardErrors * published.sd) / Math.sqrt(826)),
    (figures.sd / published.sd - 1) / TOLERANCE.sd,
    (figures.alpha - published.alpha) / TOLERANCE.alpha,
  ];
  return parts.reduce((sum, part) => sum + part * part, 0);
}

function eachScale(value: (scale: SheetScale) => number): Gists {
  return { E: value('E'), N: value('N'), P: value('P'), L: value('L') };
}

function mean(groups: readonly GistGroup[], scale: SheetScale): number {
  return weighted(groups, (gists) => gists[scale]);
}

function covariance(groups: readonly GistGroup[], a: SheetScale, b: SheetScale): number {
  return weighted(groups, (gists) => gists[a] * gists[b]) - mean(groups, a) * mean(groups, b);
}

function weighted(groups: readonly GistGroup[], value: (gists: Gists) => number): number {
  const persons = groups.reduce((all, group) => all + group.persons, 0);
  return groups.reduce((sum, group) => sum + group.persons * value(group.gists), 0) / persons;
}
