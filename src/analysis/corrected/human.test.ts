import { expect, test } from 'vitest';
import { answered, type Given, MAX_N, MOOD, study } from '../../../test/support/small-study.ts';
import { UNANSWERED } from '../data.ts';
import type { HumanSample } from '../human-sample.ts';
import { tabulateHumanScores, tabulateHumanStructure } from './human.ts';

type Person = Partial<HumanSample['people'][number]> & {
  readonly answers: readonly (number | null)[];
};

function sample(people: readonly Person[], more: Partial<HumanSample> = {}): HumanSample {
  return {
    name: 'survey',
    instrument: 'mood',
    width: 5,
    people: people.map(({ language = null, subgroup = null, weight = null }) => ({
      language,
      subgroup,
      weight,
    })),
    answers: Float64Array.from(
      people.flatMap(({ answers }) => answers.map((one) => one ?? UNANSWERED)),
    ),
    ...more,
  };
}

/** Scale A is the mean of the first three items. */
const PEOPLE: readonly Person[] = [
  { answers: [1, 2, 0, 1, -1] },
  { answers: [-1, 0, -1, 2, 0] },
  { answers: [2, 2, 1, 0, 1] },
  { answers: [0, -1, -2, 1, 1] },
  { answers: [1, 0, 2, -2, 0] },
];
const GIVEN: readonly Given[] = [
  { personality: 1, points: [1, 1, 0, 0, 1] },
  { personality: 2, points: [0, 1, 1, 1, 0] },
  { personality: 3, points: [0, 0, -1, 1, 1] },
  { personality: 4, points: [1, 2, 1, 0, 0] },
];
const scores = (people: readonly Person[], given = GIVEN, more: Partial<HumanSample> = {}) =>
  tabulateHumanScores(study({ humans: [sample(people, more)], answered: [answered(MOOD, given)] }));

// R 4.2.2 of these numbers: H and M are the rows above, hs <- rowMeans(H[, 1:3]), ms likewise;
// (mean(ms) - mean(hs)) / sd(hs); var(ms) / var(hs); ks.test(ms, hs)$statistic;
// psych::alpha(H[, 1:3])$total$raw_alpha.
test('Scores of people and of a model have the numbers of R', () => {
  const [row] = scores(PEOPLE);
  expect(row).toMatchObject({
    ...{ people: 'survey', model: 'GPT-4o', population: 'Base', scale: 'A', n_people: 5, n: 4 },
    mean_people: expect.closeTo(0.4, 12),
    sd_people: expect.closeTo(1.16428327977153, 12),
    mean: expect.closeTo(0.583333333333333, 12),
    delta: expect.closeTo(0.157464541936314, 12),
    variance_ratio: expect.closeTo(0.348360655737705, 12),
    ks: expect.closeTo(0.4, 12),
    alpha_people: expect.closeTo(0.811475409836065, 12),
    alpha: expect.closeTo(0.823529411764706, 12),
  });
});

// R: p <- cor(H)[upper.tri(diag(5))]; m <- cor(M)[upper.tri(diag(5))]; sqrt(mean((m - p)^2)).
test('The residual of the correlations among items is that of R', () => {
  const [items, scales] = tabulateHumanStructure(
    study({ humans: [sample(PEOPLE)], answered: [answered(MOOD, GIVEN)] }),
  );
  expect(items).toMatchObject({
    among: 'items',
    n_correlations: 10,
    rmsr: expect.closeTo(0.430746022031839, 12),
  });
  expect(items!.correlations_people).toHaveLength(10);
  expect(scales).toMatchObject({ among: 'scales', variables: ['A', 'B'], n_correlations: 1 });
});

test('A persona counts once, by its first administration', () => {
  const again = GIVEN.map((one) => ({ ...one, repeated: 2, points: [2, 2, 2, 2, 2] }));
  const [row] = scores(PEOPLE, [...GIVEN, ...again]);
  expect(row).toMatchObject({ n: 4, mean: expect.closeTo(0.583333333333333, 12) });
});

test('Each group has rows of its own, and people without an answer are left out of its scale', () => {
  const people = PEOPLE.map((one, index) => ({ ...one, subgroup: index < 3 ? 'old' : 'new' }));
  const rows = scores([...people, { answers: [1, null, 1, 1, 1], subgroup: 'new' }]);
  expect(rows.map(({ people: who, scale, n_people: n }) => [who, scale, n])).toEqual([
    ['survey', 'A', 5],
    ['survey', 'B', 6],
    ['survey: new', 'A', 2],
    ['survey: new', 'B', 3],
    ['survey: old', 'A', 3],
    ['survey: old', 'B', 3],
  ]);
});

test('People are compared with forms in their own language, and of the same instrument only', () => {
  const spanish = PEOPLE.map((one) => ({ ...one, language: 'es' }));
  expect(scores(spanish)).toEqual([]);
  expect(scores(PEOPLE, GIVEN, { instrument: 'other' })).toEqual([]);
});

test('Weights move the people alone', () => {
  const [plain] = scores(PEOPLE);
  const [weighted] = scores(PEOPLE.map((one, index) => ({ ...one, weight: index + 1 })));
  // (1 × 1 + 2 × -2/3 + 3 × 5/3 + 4 × -1 + 5 × 1) / 15
  expect(weighted!.mean_people).toBeCloseTo((1 - 4 / 3 + 5 - 4 + 5) / 15, 12);
  expect(weighted!.mean).toBe(plain!.mean);
  expect(weighted!.sd_people).not.toBeCloseTo(plain!.sd_people!, 3);
});

test('Where a model has no answers, the row says why', () => {
  const [row] = scores(PEOPLE, [
    { personality: 1, points: [null, null, null, null, null], succeeded: false, population: MAX_N },
  ]);
  expect(row).toMatchObject({
    n: 0,
    delta: null,
    variance_ratio: null,
    mean_people: expect.any(Number),
  });
  expect(row!.reason).toContain('no experiment has succeeded');
});
