import { describe, expect, test } from 'vitest';
import {
  type Component,
  dependability,
  generalizability,
  relativeError,
  retestCorrelation,
  spanByJackknife,
} from './generalizability.ts';
import { isAvailable } from './not-available.ts';
import { drawBelow, randomWords } from './random.ts';
import { estimateComponents } from './variance-components.ts';

const ONE: readonly Component[] = [
  { source: 'person', variance: 4, left: 1 },
  { source: 'draw', variance: 1, left: 1 },
  { source: 'shared', variance: 2, left: 1 },
  { source: 'interaction', variance: 0.5, left: 1 },
  { source: 'administration', variance: 2.5, left: 1 },
];
/** The mean of 2 draws × 5 ways × 1 administration. */
const MEAN = ONE.map((one) => ({
  ...one,
  left: { person: 1, draw: 1 / 2, shared: 1 / 5, interaction: 1 / 5, administration: 1 / 10 }[
    one.source
  ],
}));

describe('coefficients, by hand', () => {
  test('of one administration', () => {
    expect(generalizability(ONE)).toBe(4 / 8);
    expect(dependability(ONE)).toBe(4 / 10);
    expect(retestCorrelation(ONE, 'draw')).toBe(5.5 / 8);
    expect(retestCorrelation(ONE, 'person')).toBe(4.5 / 8);
  });

  test('of the mean of several', () => {
    expect(relativeError(MEAN)).toBeCloseTo(0.5 + 0.1 + 0.25, 12);
    expect(generalizability(MEAN)).toBeCloseTo(4 / 4.85, 12);
    expect(dependability(MEAN)).toBeCloseTo(4 / 5.25, 12);
  });

  test('of what does not vary are undefined', () => {
    expect(generalizability(ONE.map((one) => ({ ...one, variance: 0 })))).toBeNaN();
  });
});

describe('intervals', () => {
  test('where nobody moves an estimate at an end reach as far as those may who were not met', () => {
    const without = new Float64Array(50).fill(1);
    const unseen = 1 - 0.025 ** (1 / 50);
    expect(spanByJackknife(1, without)).toMatchObject({ low: 1 - unseen, high: 1 });
    expect(spanByJackknife(0, without.fill(0))).toMatchObject({ low: 0, high: unseen });
  });

  test('cover the share of persons about as often as they say', () => {
    const words = randomWords(11);
    const score = (level: number) => {
      let sum = 0;
      for (let item = 0; item < 6; item++) sum += Number(drawBelow(1000, words) < 1000 * level);
      return sum;
    };
    // Persons at .2, .5 and .8: between them 36 × .06, within them 6 × (.16 + .25 + .16) / 3.
    const truth = 2.16 / (2.16 + 1.14);
    const [studies, persons, times] = [300, 60, 3];
    let covers = 0;
    for (let study = 0; study < studies; study++) {
      const scores = new Float64Array(persons * times);
      for (let person = 0; person < persons; person++) {
        const level = [0.2, 0.5, 0.8][drawBelow(3, words)]!;
        for (let time = 0; time < times; time++) scores[person * times + time] = score(level);
      }
      const starts = Array.from({ length: persons + 1 }, (_, person) => person * times);
      const found = estimateComponents({ scores, starts, facets: [] }, [
        { facet: null, within: true },
      ]);
      if (!isAvailable(found)) continue;
      const shareOf = ([person, rest]: Float64Array) => person! / (person! + rest!);
      const span = spanByJackknife(shareOf(found.values), found.without.map(shareOf));
      if (isAvailable(span) && span.low <= truth && truth <= span.high) covers++;
    }
    expect(covers / studies).toBeGreaterThan(0.91);
    expect(covers / studies).toBeLessThan(0.985);
  });
});
