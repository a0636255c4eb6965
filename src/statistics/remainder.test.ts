import { describe, expect, test } from 'vitest';
import { isAvailable, type NotAvailable } from './not-available.ts';
import { randomWords, type Words } from './random.ts';
import { predictRemainder, type Remainder, type Stratum } from './remainder.ts';

function available(result: Remainder | NotAvailable): Remainder {
  if (!isAvailable(result)) throw new Error('nothing is predicted');
  return result;
}

describe('the sum over those that were not drawn', () => {
  test('by hand: two strata, no surprise', () => {
    // Means 2 and 10; variances 1 and 4, so that the error is 6²·1/3 + 6·1 + 4²·4/3 + 4·4 = 18 +
    // 112/3.
    const { expected, interval } = available(
      predictRemainder(
        [
          { drawn: [1, 2, 3], remaining: 6 },
          { drawn: [8, 10, 12], remaining: 4 },
        ],
        0.95,
        0,
      ),
    );
    expect(expected).toBe(52);
    // The first spreads by half of its mean, the second by a fifth; together by (2/4 + 8/100) / 5
    // of their squared means.
    const common = (2 / 4 + 8 / 100) / 5;
    const [one, two] = [
      Math.max(1, common * 4) * 6 * 3,
      Math.max(4, common * 100) * 4 * (4 / 3 + 1),
    ];
    const df = (one + two) ** 2 / (one ** 2 / 2 + two ** 2 / 2);
    const width = (interval.high - interval.low) / 2;
    expect(df).toBeGreaterThan(2);
    // t for 2 and for 4 degrees of freedom: 4.303 and 2.776.
    expect(width / Math.sqrt(one + two)).toBeGreaterThan(2.776);
    expect(width / Math.sqrt(one + two)).toBeLessThan(4.303);
  });

  test('equal values leave room for what was not seen; without surprise they leave none', () => {
    const strata = [{ drawn: [2, 2, 2, 2, 2], remaining: 100 }];
    const careful = available(predictRemainder(strata));
    expect(careful.expected).toBe(200);
    expect(careful.interval.high).toBeGreaterThan(220);
    expect(careful.interval.low).toBeLessThan(180);
    expect(available(predictRemainder(strata, 0.95, 0)).interval).toEqual({
      low: 200,
      high: 200,
      level: 0.95,
    });
  });

  test('nothing remains: nothing is predicted; one draw says nothing of its spread', () => {
    expect(available(predictRemainder([{ drawn: [], remaining: 0 }]))).toEqual({
      expected: 0,
      interval: { low: 0, high: 0, level: 0.95 },
    });
    expect(isAvailable(predictRemainder([{ drawn: [3], remaining: 1 }]))).toBe(false);
  });

  test('never below nothing', () => {
    expect(
      available(predictRemainder([{ drawn: [0, 0, 0, 0, 50], remaining: 3 }])).interval.low,
    ).toBe(0);
  });
});

describe('the bill of a study, forecast by its pilot', () => {
  const STUDIES = 200;
  const SEED = 20_261_124;

  test.each([
    ['of any size', null],
    ['with a single cell and five experiments tried', { cells: 1, tried: 5 }],
    ['with two cells and five experiments tried in each', { cells: 2, tried: 5 }],
    ['with 24 cells and ten experiments tried in each', { cells: 24, tried: 10 }],
  ] as const)('studies %s: the interval covers the bill in at least 90 %% of them', (_, fixed) => {
    const words = randomWords(SEED);
    let covered = 0;
    for (let study = 0; study < STUDIES; study++) {
      const { strata, bill } = simulateStudy(words, fixed);
      const { interval } = available(predictRemainder(strata));
      if (bill >= interval.low && bill <= interval.high) covered++;
    }
    console.log(`seed ${SEED}: the bill of ${covered} of ${STUDIES} studies lies in the interval`);
    expect(covered / STUDIES).toBeGreaterThanOrEqual(0.9);
  });
});

/**
 * What experiments cost: replies of log-normal length, calls that have to be made again up to three
 * times (unusable replies cost like any other, failures cost nothing), refusals that are short,
 * models whose prices differ a hundredfold.
 */
function simulateStudy(
  words: Words,
  fixed: { cells: number; tried: number } | null,
): { strata: Stratum[]; bill: number } {
  const uniform = () => (words() + 0.5) / 2 ** 32;
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const between = (low: number, high: number) => low + (high - low) * uniform();
  const cells = fixed?.cells ?? Math.ceil(between(0, 30));
  const tried = fixed?.tried ?? Math.floor(between(5, 21));
  const spread = between(0.05, 0.5);
  const strata: Stratum[] = [];
  let bill = 0;
  for (let cell = 0; cell < cells; cell++) {
    const dollars = 10 ** between(-4, -2);
    const repeated = between(0, 0.25);
    const failing = between(0, 0.1);
    const refused = between(0, 0.08);
    const call = (length: number) => dollars * (0.4 + 0.6 * length * Math.exp(spread * normal()));
    const experiment = () => {
      if (uniform() < refused) return call(0.15);
      let cost = 0;
      for (let attempt = 1; attempt <= 3; attempt++) {
        if (uniform() < failing) continue;
        cost += call(1);
        if (uniform() >= repeated) break;
      }
      return cost;
    };
    const remaining = Math.floor(between(20, 1500));
    strata.push({ drawn: Array.from({ length: tried }, experiment), remaining });
    for (let one = 0; one < remaining; one++) bill += experiment();
  }
  return { strata, bill };
}
