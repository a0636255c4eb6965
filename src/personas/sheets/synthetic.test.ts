import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { findInstrument } from '../../instruments/load.ts';
import type { Item } from '../../instruments/structure.ts';
import type { Sheet } from './sheet.ts';
import { createSyntheticSheets } from './synthetic.ts';

const { items } = findInstrument('epqra');
const SEEDS = [...Array.from({ length: 18 }, (_, seed) => seed), -5, Number.MAX_SAFE_INTEGER];

/**
 * arXiv 2602.03334, Tables 4 and 6; the Yes counts are the ones that all 60 cells of Tables A6 and
 * A7 allow.
 */
const PUBLISHED = [
  {
    scale: 'E',
    mean: '2.26',
    sd: '2.79',
    alpha: 0.98,
    yes: 2207,
    yesKeyed: [1209, 1212],
    noKeyed: [995, 998],
    variances: [1.39, 1.46],
  },
  {
    scale: 'N',
    mean: '3.08',
    sd: '2.42',
    alpha: 0.91,
    yes: 2542,
    yesKeyed: [2542, 2542],
    noKeyed: [0, 0],
    variances: [1.385, 1.446],
  },
  {
    scale: 'P',
    mean: '0.85',
    sd: '0.97',
    alpha: 0.57,
    yes: 2514,
    yesKeyed: [367, 371],
    noKeyed: [2143, 2147],
    variances: [0.485, 0.503],
  },
  {
    scale: 'L',
    mean: '5.89',
    sd: '0.54',
    alpha: 0.74,
    yes: 840,
    yesKeyed: [786, 789],
    noKeyed: [51, 54],
    variances: [0.109, 0.115],
  },
] as const;

/** Inferred from Table 5 of the paper; for P and L only the sign is known. */
const CORRELATIONS = [
  ['E', 'N', -0.38],
  ['E', 'P', 0.1],
  ['N', 'P', -0.15],
  ['E', 'L', -0.14],
  ['N', 'L', 0.05],
  ['P', 'L', -0.05],
] as const;

describe.each(SEEDS)('synthetic sheets of seed %i', (seed) => {
  const sheets = createSyntheticSheets(seed);

  it('are 826 of 24 answers, numbered from 1', () => {
    expect(sheets.map(({ personalityId }) => personalityId)).toEqual(
      Array.from({ length: 826 }, (_, index) => index + 1),
    );
    expect(new Set(sheets.map(({ answers }) => answers.length))).toEqual(new Set([24]));
  });

  it.each(PUBLISHED)(
    'have the published statistics of $scale',
    ({ scale, mean, sd, alpha, yes, yesKeyed, noKeyed, variances }) => {
      const scores = scoresOf(sheets, scale);
      expect(meanOf(scores).toFixed(2)).toBe(mean);
      expect(Math.sqrt(varianceOf(scores)).toFixed(2)).toBe(sd);
      expect(Math.abs(alphaOf(sheets, scale) - alpha)).toBeLessThan(0.005);
      const ofScale = items.filter((item) => item.scale === scale);
      const yesOn = (key: number) =>
        total(ofScale.filter((item) => item.key === key).map((item) => yesOf(sheets, item)));
      expect(yesOn(0) + yesOn(1)).toBe(yes);
      expectWithin(yesOn(1), yesKeyed);
      expectWithin(yesOn(0), noKeyed);
      const rates = ofScale.map((item) => yesOf(sheets, item) / sheets.length);
      expectWithin(total(rates.map((rate) => rate * (1 - rate))), variances);
    },
  );

  it('have the correlations', () => {
    for (const [x, y, r] of CORRELATIONS) {
      expect(
        Math.abs(correlationOf(scoresOf(sheets, x), scoresOf(sheets, y)) - r),
        `${x} and ${y}`,
      ).toBeLessThan(0.0101);
    }
  });

  it('have the known sum of squares of N', () => {
    expect(total(scoresOf(sheets, 'N').map((score) => score ** 2))).toBe(12_648);
  });

  it('have the known shapes', () => {
    const share = (scale: string, score: number) =>
      scoresOf(sheets, scale).filter((other) => other === score).length / 826;
    expect([share('E', 0).toFixed(2), share('E', 6).toFixed(2)]).toEqual(['0.57', '0.33']);
    expect([share('N', 0).toFixed(2), share('N', 6).toFixed(2)]).toEqual(['0.26', '0.28']);
    const keyed = (item: Item) =>
      (item.key === 1 ? yesOf(sheets, item) : 826 - yesOf(sheets, item)) / 826;
    const psychoticism = items.filter(({ scale }) => scale === 'P');
    expect(psychoticism.filter((item) => keyed(item) > 0.39).map(({ number }) => number)).toEqual([
      8, 22,
    ]);
    expect(psychoticism.filter((item) => keyed(item) < 0.01).map(({ number }) => number)).toEqual([
      3, 6, 12, 16,
    ]);
    for (const item of items.filter(({ scale }) => scale === 'L')) {
      expectWithin(keyed(item), item.number === 24 ? [0.95, 0.96] : [0.986, 0.989]);
    }
  });
});

describe('seeds', () => {
  it('give the same sheets wherever they are sown', () => {
    const text = createSyntheticSheets(1)
      .map(({ personalityId, answers }) => `${personalityId}:${answers.map(Number).join('')}\n`)
      .join('');
    expect(createHash('sha256').update(text).digest('hex')).toBe(
      '990f5aadb130d55059e5142ee716b029743badc69370722780f10c81929861c6',
    );
  });

  it('give different sheets', () => {
    const sown = [0, 1, 2, -1, 2 ** 32, 2 ** 32 + 1].map((seed) =>
      JSON.stringify(createSyntheticSheets(seed)),
    );
    expect(new Set(sown).size).toBe(sown.length);
  });

  it.each([0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])(
    'are whole numbers, not %d',
    (seed) => {
      expect(() => createSyntheticSheets(seed)).toThrow(`The seed must be an integer, not ${seed}`);
    },
  );
});

function scoresOf(sheets: readonly Sheet[], scale: string): number[] {
  const ofScale = items.filter((item) => item.scale === scale);
  return sheets.map(
    ({ answers }) => ofScale.filter(({ number, key }) => answers[number - 1] === key).length,
  );
}

function yesOf(sheets: readonly Sheet[], { number }: Item): number {
  return sheets.filter(({ answers }) => answers[number - 1]).length;
}

function alphaOf(sheets: readonly Sheet[], scale: string): number {
  const ofScale = items.filter((item) => item.scale === scale);
  const ofItems = total(
    ofScale.map(({ number }) =>
      varianceOf(sheets.map(({ answers }) => Number(answers[number - 1]))),
    ),
  );
  return (
    (ofScale.length / (ofScale.length - 1)) * (1 - ofItems / varianceOf(scoresOf(sheets, scale)))
  );
}

function correlationOf(xs: readonly number[], ys: readonly number[]): number {
  const [meanX, meanY] = [meanOf(xs), meanOf(ys)];
  const products = xs.map((x, index) => (x - meanX) * (ys[index]! - meanY));
  return total(products) / (xs.length - 1) / Math.sqrt(varianceOf(xs) * varianceOf(ys));
}

function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return total(values.map((value) => (value - mean) ** 2)) / (values.length - 1);
}

function meanOf(values: readonly number[]): number {
  return total(values) / values.length;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function expectWithin(value: number, [low, high]: readonly [number, number]): void {
  expect(value).toBeGreaterThanOrEqual(low);
  expect(value).toBeLessThanOrEqual(high);
}
