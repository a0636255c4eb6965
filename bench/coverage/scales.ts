/**
 * Scales whose population is known: items that depend on one latent trait, with the population's
 * alpha, agreement, accuracy and so on by quadrature over that trait.
 */
import { normalCdf, normalQuantile } from '../../src/statistics/distributions.ts';
import type { Chance } from './chance.ts';

/** Dichotomous items of the two-parameter logistic model, and how a persona answers them. */
export interface Scale {
  readonly name: string;
  readonly discrimination: number;
  readonly difficulties: readonly number[];
}

/**
 * How the answers of a persona come from the sheet: each is copied with probability `copied`, else
 * given anew by the trait moved by `shift`; and then an answer is lost (1 becomes 0) with
 * probability `lost`, or gained.
 */
export interface Persona {
  readonly copied: number;
  readonly shift: number;
  readonly lost: number;
  readonly gained: number;
}

export const FAITHLESS: Persona = { copied: 0, shift: 0, lost: 0, gained: 0 };

/** Steps of the six difficulties of a scale around their mean. */
const spread = (centre: number, width: number) =>
  [-1, -0.6, -0.2, 0.2, 0.6, 1].map((step) => centre + step * width);

/**
 * Shapes of the published study's scales (0 to 6): E at two points, N at both ends, P low, L at the
 * ceiling.
 */
export const STUDY_SCALES: readonly Scale[] = [
  { name: 'E', discrimination: 14, difficulties: spread(0.36, 0.06) },
  { name: 'N', discrimination: 5, difficulties: spread(0, 0.3) },
  { name: 'P', discrimination: 1.6, difficulties: spread(1.7, 0.8) },
  { name: 'L', discrimination: 4, difficulties: spread(-2.5, 0.25) },
];

/** Shapes of scales that people answered: alpha .69, .69, .48 and .58. */
export const HUMAN_SCALES: readonly Scale[] = [
  { name: 'E', discrimination: 1.6, difficulties: spread(-0.3, 1) },
  { name: 'N', discrimination: 1.5, difficulties: spread(0.3, 0.8) },
  { name: 'P', discrimination: 0.92, difficulties: spread(0.5, 1.2) },
  { name: 'L', discrimination: 1.1, difficulties: spread(-0.2, 0.8) },
];

/** The trait, in steps fine enough for the steepest item, with its standard normal weight. */
const GRID: readonly { readonly trait: number; readonly weight: number }[] = (() => {
  const steps = 1601;
  const points = Array.from({ length: steps }, (_, step) => -6 + (12 * step) / (steps - 1));
  const weights = points.map((trait) => Math.exp((-trait * trait) / 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return points.map((trait, step) => ({ trait, weight: weights[step]! / total }));
})();

/** Mean over the trait's distribution. */
export function expect(of: (trait: number) => number): number {
  let sum = 0;
  for (const { trait, weight } of GRID) sum += weight * of(trait);
  return sum;
}

const logistic = (x: number) => 1 / (1 + Math.exp(-x));

function chancesOfSheet({ discrimination, difficulties }: Scale, trait: number): number[] {
  return difficulties.map((difficulty) => logistic(discrimination * (trait - difficulty)));
}

/** Probability of a 1 on the persona's item, by what the sheet has. */
function answerChance(persona: Persona, fresh: number, sheet: 0 | 1): number {
  const before = persona.copied * sheet + (1 - persona.copied) * fresh;
  return before * (1 - persona.lost) + (1 - before) * persona.gained;
}

/** Points of sheet and persona of one person on one scale. */
export function drawPerson(
  scale: Scale,
  persona: Persona,
  { uniform, normal }: Chance,
): { readonly sheet: Uint8Array; readonly answers: () => Uint8Array } {
  const trait = normal();
  const own = chancesOfSheet(scale, trait);
  const fresh = chancesOfSheet(scale, trait + persona.shift);
  const sheet = Uint8Array.from(own, (chance) => (uniform() < chance ? 1 : 0));
  const answers = () =>
    Uint8Array.from(fresh, (chance, item) =>
      uniform() < answerChance(persona, chance, sheet[item] as 0 | 1) ? 1 : 0,
    );
  return { sheet, answers };
}

/** What is true of sheets, or of sheets and personas, in the population. */
export interface Truth {
  readonly alpha: number;
  readonly mean: number;
  readonly difference: number;
  readonly agreement: number;
  /** Of the keyed answers of the persona beside those of the sheet, as shares. */
  readonly accuracy: number;
  readonly precision: number;
  readonly recall: number;
  readonly specificity: number;
  readonly balanced: number;
  readonly mae: number;
  readonly rmse: number;
  readonly dz: number;
  readonly dav: number;
  /** Share of persons whose scores lie at most one point from their sheets'. */
  readonly withinOne: number;
}

export function truthOf(scale: Scale, persona: Persona): Truth {
  const k = scale.difficulties.length;
  const sums = { x: 0, y: 0, xx: 0, yy: 0, xy: 0, own: 0, both: 0, correct: 0, mae: 0, rmse: 0 };
  let withinOne = 0;
  const itemMeans = new Float64Array(k);
  for (const { trait, weight } of GRID) {
    const own = chancesOfSheet(scale, trait);
    const fresh = chancesOfSheet(scale, trait + persona.shift);
    let [x, y, varX, varY, cov, correct, both] = [0, 0, 0, 0, 0, 0, 0];
    const distances = [new Float64Array(2 * k + 1)];
    distances[0]![k] = 1;
    own.forEach((p, item) => {
      const ifOne = answerChance(persona, fresh[item]!, 1);
      const ifZero = answerChance(persona, fresh[item]!, 0);
      const q = p * ifOne + (1 - p) * ifZero;
      x += p;
      y += q;
      varX += p * (1 - p);
      varY += q * (1 - q);
      cov += p * ifOne - p * q;
      both += p * ifOne;
      correct += p * ifOne + (1 - p) * (1 - ifZero);
      itemMeans[item]! += weight * p;
      const before = distances.at(-1)!;
      const after = new Float64Array(2 * k + 1);
      const [up, down] = [(1 - p) * ifZero, p * (1 - ifOne)];
      before.forEach((chance, at) => {
        if (chance === 0) return;
        after[at]! += chance * (1 - up - down);
        after[at + 1]! += chance * up;
        after[at - 1]! += chance * down;
      });
      distances.push(after);
    });
    sums.x += weight * x;
    sums.y += weight * y;
    sums.xx += weight * (x * x + varX);
    sums.yy += weight * (y * y + varY);
    sums.xy += weight * (x * y + cov);
    sums.both += weight * both;
    sums.correct += weight * correct;
    distances.at(-1)!.forEach((chance, at) => {
      if (Math.abs(at - k) <= 1) withinOne += weight * chance;
      sums.mae += weight * chance * Math.abs(at - k);
      sums.rmse += weight * chance * (at - k) ** 2;
    });
  }
  const varX = sums.xx - sums.x ** 2;
  const varY = sums.yy - sums.y ** 2;
  const difference = sums.y - sums.x;
  const within = itemMeans.reduce((sum, p) => sum + p * (1 - p), 0);
  const recall = sums.both / sums.x;
  const falsePositives = sums.y - sums.both;
  const specificity = 1 - falsePositives / (k - sums.x);
  return {
    alpha: (k / (k - 1)) * (1 - within / varX),
    mean: sums.x,
    difference,
    agreement: (2 * (sums.xy - sums.x * sums.y)) / (varX + varY + difference ** 2),
    accuracy: sums.correct / k,
    precision: sums.both / sums.y,
    recall,
    specificity,
    balanced: (recall + specificity) / 2,
    mae: sums.mae,
    rmse: Math.sqrt(sums.rmse),
    withinOne,
    dz: difference / Math.sqrt(sums.rmse - difference ** 2),
    dav: difference / ((Math.sqrt(varX) + Math.sqrt(varY)) / 2),
  };
}

/**
 * A persona whose mean differs from the sheet's by exactly this many points, by answers lost or
 * gained.
 */
export function personaAt(scale: Scale, difference: number, persona = FAITHLESS): Persona {
  const { mean } = truthOf(scale, persona);
  return difference < 0
    ? { ...persona, lost: -difference / mean }
    : { ...persona, gained: difference / (scale.difficulties.length - mean) };
}

/** Items answered from 1 to 5 that load on one trait, scored by their mean. */
export interface LikertScale {
  readonly name: string;
  readonly loadings: readonly number[];
}

/** Of a 44-item questionnaire: scales of 8 and 10 items. */
export const LIKERT_SCALES: readonly LikertScale[] = [
  { name: 'A', loadings: [0.9, 0.8, 0.7, 0.7, 0.6, 0.6, 0.5, 0.4] },
  { name: 'B', loadings: [0.8, 0.7, 0.7, 0.6, 0.6, 0.5, 0.5, 0.4, 0.4, 0.3] },
];

const answerOf = (loading: number, trait: number, noise: number) =>
  Math.min(5, Math.max(1, Math.round(3.3 + loading * trait + 0.8 * noise)));

export function drawLikert({ loadings }: LikertScale, trait: number, { normal }: Chance): number[] {
  return loadings.map((loading) => answerOf(loading, trait, normal()));
}

/** Mean and variance of an answer given the trait. */
function momentsOf(loading: number, trait: number): { mean: number; square: number } {
  let [mean, square, below] = [0, 0, 0];
  for (let answer = 1; answer <= 5; answer++) {
    const upTo = answer === 5 ? 1 : normalCdf((answer + 0.5 - 3.3 - loading * trait) / 0.8);
    mean += (upTo - below) * answer;
    square += (upTo - below) * answer ** 2;
    below = upTo;
  }
  return { mean, square };
}

export interface LikertTruth {
  readonly alpha: number;
  readonly mean: number;
  readonly sd: number;
  /** Of the score with the trait's function that it estimates. */
  readonly expected: (trait: number) => number;
}

export function likertTruthOf({ loadings }: LikertScale): LikertTruth {
  const k = loadings.length;
  const itemMeans = loadings.map((loading) => expect((trait) => momentsOf(loading, trait).mean));
  const within = loadings.reduce(
    (sum, loading, item) =>
      sum + expect((trait) => momentsOf(loading, trait).square) - itemMeans[item]! ** 2,
    0,
  );
  const total = (trait: number) =>
    loadings.reduce((sum, loading) => sum + momentsOf(loading, trait).mean, 0);
  const mean = expect(total);
  const variance = expect((trait) => {
    const noise = loadings.reduce((sum, loading) => {
      const { mean: own, square } = momentsOf(loading, trait);
      return sum + square - own ** 2;
    }, 0);
    return (total(trait) - mean) ** 2 + noise;
  });
  return {
    alpha: (k / (k - 1)) * (1 - within / variance),
    mean: mean / k,
    sd: Math.sqrt(variance) / k,
    expected: (trait) => total(trait) / k,
  };
}

/** The point below which a standard normal falls with this probability. */
export function thresholdOf(share: number): number {
  return normalQuantile(share);
}
