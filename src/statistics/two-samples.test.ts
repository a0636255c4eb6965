import { expect, test } from 'vitest';
import { randomWords } from './random.ts';
import {
  distanceOfDistributions,
  lowerCorrelations,
  momentsOf,
  rootMeanSquareResidual,
  standardizedByTheSecond,
  varianceRatio,
  weightedAlpha,
} from './two-samples.ts';

const FIRST = { values: [1, 2, 2, 3, 3, 3, 4, 5, 5], weights: null };
const SECOND = { values: [2, 3, 4, 4, 5, 6, 6, 7, 8, 9], weights: null };
const WEIGHTED = { ...SECOND, weights: [1, 2, 1, 1, 2, 1, 1, 0.5, 1, 1.5] };
const TABLE = [1, 2, 3, 2, 2, 4, 3, 5, 3, 4, 4, 1, 5, 3, 2, 2, 1, 5];
const WEIGHTS = [1, 2, 1, 3, 1, 2];

// R 4.2.2: x <- c(1,2,2,3,3,3,4,5,5); y <- c(2,3,4,4,5,6,6,7,8,9); (mean(x) - mean(y)) / sd(y);
// var(x) / var(y); ks.test(x, y)$statistic. With weights, the mean and the variance of
// cov.wt(cbind(y), wt = w / sum(w), method = "ML"), the latter times 10/9.
test('Differences, variance ratios and distances are those of R, with weights and without', () => {
  expect(standardizedByTheSecond(FIRST, SECOND)).toMatchObject({
    value: expect.closeTo(-1.03051538657216, 12),
  });
  expect(standardizedByTheSecond(FIRST, WEIGHTED)).toMatchObject({
    value: expect.closeTo(-0.945657695268969, 12),
  });
  expect(varianceRatio(FIRST, SECOND)).toMatchObject({
    value: expect.closeTo(0.377252252252252, 12),
  });
  expect(varianceRatio(FIRST, WEIGHTED)).toMatchObject({
    value: expect.closeTo(0.363800904977376, 12),
  });
  expect(distanceOfDistributions(FIRST, SECOND)).toBeCloseTo(0.5, 12);
  expect(distanceOfDistributions(FIRST, WEIGHTED)).toBeCloseTo(0.416666666666667, 12);
});

// R, which differentiates numerically: influence values of boot::empinf(stype = "w", strata = sample), with the degrees of freedom of
// `spanByInfluence`: the log of the ratio of variances, and the difference by sd(y).
test('Intervals are those by the influence values that R finds numerically', () => {
  expect(varianceRatio(FIRST, SECOND)).toMatchObject({
    interval: {
      low: expect.closeTo(0.140216713925359, 3),
      high: expect.closeTo(1.0149949877242, 3),
    },
  });
  expect(standardizedByTheSecond(FIRST, SECOND)).toMatchObject({
    interval: {
      low: expect.closeTo(-1.86354887634667, 3),
      high: expect.closeTo(-0.19748189679764, 3),
    },
  });
});

// R: cor(M)[upper.tri(M)]; cov.wt(M, wt = W / sum(W), cor = TRUE, method = "ML")$cor;
// psych::alpha(M, with the third column as 6 - x)$total$raw_alpha; 3/2 (1 - sum(diag(C)) / sum(C))
// of the weighted covariances C.
test('Correlations, their residual and alpha are those of R, with weights and without', () => {
  const plain = lowerCorrelations(TABLE, 3, null);
  const weighted = lowerCorrelations(TABLE, 3, WEIGHTS);
  const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 12));
  expect(plain).toEqual(close([0.538461538461539, -0.672538245981366, -0.672538245981366]));
  expect(weighted).toEqual(close([0.666920838267143, -0.763322804543394, -0.806939434218101]));
  expect(rootMeanSquareResidual(plain, weighted)).toEqual({
    value: expect.closeTo(0.119453348187057, 12),
    shared: 3,
  });
  const turned = TABLE.map((value, at) => (at % 3 === 2 ? 6 - value : value));
  expect(weightedAlpha(turned, 3, null)).toBeCloseTo(0.83411214953271, 12);
  expect(weightedAlpha(turned, 3, WEIGHTS)).toBeCloseTo(0.896075581395349, 12);
});

test('A column that does not vary has no correlation, and pairs without one do not count', () => {
  const constant = lowerCorrelations([1, 4, 2, 4, 3, 4], 2, null);
  expect(constant).toEqual([null]);
  expect(rootMeanSquareResidual(constant, [0.5])).toMatchObject({
    notAvailable: expect.stringContaining('vary on both sides'),
  });
});

test('What does not vary, or is too few, gives a reason and no number', () => {
  const same = { values: [3, 3, 3], weights: null };
  expect(standardizedByTheSecond(FIRST, same)).toHaveProperty('notAvailable');
  expect(varianceRatio(FIRST, same)).toHaveProperty('notAvailable');
  expect(varianceRatio(same, FIRST)).toMatchObject({
    value: 0,
    interval: { notAvailable: expect.stringContaining('vary') },
  });
  expect(momentsOf({ values: [1], weights: null })).toHaveProperty('notAvailable');
  expect(distanceOfDistributions({ values: [], weights: null }, FIRST)).toHaveProperty(
    'notAvailable',
  );
  expect(weightedAlpha([1, 2, 3], 1, null)).toHaveProperty('notAvailable');
});

test('Intervals cover the truth where scores are skewed', () => {
  const words = randomWords(20261130);
  const draw = (n: number, scale: number) => ({
    values: Array.from({ length: n }, () => -scale * Math.log(1 - words() / 2 ** 32)),
    weights: null,
  });
  const covered = { d: 0, ratio: 0 };
  const times = 1000;
  for (let time = 0; time < times; time++) {
    const [first, second] = [draw(80, 2), draw(120, 1)];
    const covers = (found: ReturnType<typeof varianceRatio>, truth: number) =>
      'interval' in found &&
      'low' in found.interval &&
      found.interval.low <= truth &&
      truth <= found.interval.high;
    // Exponential scores with scales 2 and 1: means and standard deviations 2 and 1.
    if (covers(standardizedByTheSecond(first, second), 1)) covered.d++;
    if (covers(varianceRatio(first, second), 4)) covered.ratio++;
  }
  expect(covered.d / times).toBeGreaterThan(0.91);
  expect(covered.ratio / times).toBeGreaterThan(0.88);
});
