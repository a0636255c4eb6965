import { describe, expect, test } from 'vitest';
import { addSubject, agreementOf, combineRatings, noRatings } from './rater-agreement.ts';

/** Ratings of one subject in 3 categories. */
const RATINGS = [
  [1, 1, 1],
  [1, 2, 1],
  [2, 2, 2],
  [3, 2, 3],
  [1, 1, 1],
  [3, 3, 3],
  [1, 1, 2],
  [2, 2, 2],
];
/** @param subjects how often each was rated as each category */
const sum = (...subjects: readonly (readonly number[])[]) => {
  const sums = noRatings(subjects[0]!.length);
  for (const counts of subjects) addSubject(sums, counts);
  return sums;
};
const SUBJECTS = RATINGS.map((own) =>
  [1, 2, 3].map((category) => own.filter((one) => one === category).length),
);
const all = sum(...SUBJECTS);

describe('agreement of repeated ratings', () => {
  /** statsmodels 0.14: fleiss_kappa(aggregate_raters(ratings)[0]) */
  test('is Fleiss’ kappa, as in statsmodels', () => {
    expect(agreementOf(all).kappa).toBeCloseTo(0.6108108108108108, 12);
  });

  /**
   * R 4.2.2: pi <- table(ratings) / 24; pa <- mean of sum(t * (t - 1)) / 6 over subjects with
   * t = tabulate(r, 3); pe <- sum(pi * (1 - pi)) / 2; (pa - pe) / (1 - pe)
   */
  test('is Gwet’s AC1, as in R', () => {
    expect(agreementOf(all).observed).toBeCloseTo(0.75, 12);
    expect(agreementOf(all).ac1).toBeCloseTo(0.631713554987212, 12);
  });

  test('a subject that was rated once has no pair, and counts for the shares of categories', () => {
    const { observed, kappa } = agreementOf(sum(...SUBJECTS, [0, 0, 1]));
    expect(observed).toBeCloseTo(0.75, 12);
    expect(kappa).not.toBeCloseTo(0.61, 2);
  });

  test('leaving a subject out is never having had it', () => {
    const without = agreementOf(combineRatings(all, sum(SUBJECTS[1]!), -1));
    const again = agreementOf(sum(...SUBJECTS.filter((_, at) => at !== 1)));
    expect(without.kappa).toBeCloseTo(again.kappa, 12);
    expect(without.ac1).toBeCloseTo(again.ac1, 12);
  });

  test('where all ratings are the same, AC1 is 1 and kappa is undefined', () => {
    expect(agreementOf(sum([3, 0]))).toEqual({ observed: 1, kappa: Number.NaN, ac1: 1 });
  });
});
