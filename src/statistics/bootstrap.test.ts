import { describe, expect, test } from 'vitest';
import {
  type Bootstrap,
  type BootstrapPlan,
  bootstrapClusters,
  type ClusterStatistic,
  spanBca,
} from './bootstrap.ts';
import { notAvailable } from './not-available.ts';

function expectClose(actual: number, expected: number, limit = 1e-9): void {
  expect(Math.abs(actual - expected), `${actual} for ${expected}`).toBeLessThanOrEqual(
    limit * Math.abs(expected),
  );
}

/** 40 values by a rule of whole numbers, and a skewed statistic of them. */
const DATA = Array.from(
  { length: 40 },
  (_, i) => ((i * i * 13 + 7 * i) % 89) / 10 + (i % 7) ** 2 / 5,
);
const meanExp: ClusterStatistic = (drawn) =>
  drawn.reduce((sum, i) => sum + Math.exp(DATA[i]! / 5), 0) / drawn.length;
const PLAN: BootstrapPlan = {
  clusters: 40,
  statistic: meanExp,
  replicates: 2000,
  seed: 20_261_123,
};

describe('the interval of given resamples is that of SciPy', () => {
  const resampled = () =>
    Float64Array.from({ length: 999 }, (_, index) => {
      const r = index + 1;
      return meanExp(
        Int32Array.from(
          { length: 40 },
          (_, k) => Math.floor((k * k * r * 7919 + r * 104729 + k * 31 * r) / 13) % 40,
        ),
      ) as number;
    });
  const all = Array.from({ length: 40 }, (_, i) => i);
  const leftOut = Float64Array.from(
    all,
    (out) => meanExp(Int32Array.from(all.filter((i) => i !== out))) as number,
  );
  const estimate = meanExp(Int32Array.from(all)) as number;

  /**
   * SciPy 1.17.1, with these 999 values as `bootstrap_distribution` of a BootstrapResult `given`:
   * bootstrap((data,), stat, n_resamples=0, bootstrap_result=given, method='BCa',
   * confidence_level=…)
   */
  test.each([
    [0.95, 3.8739409368703632, 8.073149570433603],
    [0.9, 4.0845820414529594, 7.042956531780886],
  ])('at %d', (level, low, high) => {
    const { interval } = spanBca(estimate, resampled(), leftOut, level) as Bootstrap;
    expectClose(estimate, 5.116360502350972);
    expectClose(interval.low, low);
    expectClose(interval.high, high);
  });
});

test('resampling comes near the interval of SciPy', () => {
  // SciPy 1.17.1: bootstrap((data,), stat, n_resamples=200000, method='BCa', rng=1)
  const { interval, estimate, acceleration } = bootstrapClusters({
    ...PLAN,
    replicates: 20_000,
  }) as Bootstrap;
  expectClose(estimate, 5.116360502350972);
  expectClose(interval.low, 4.059908182054197, 0.02);
  expectClose(interval.high, 6.580097897017267, 0.02);
  expect(acceleration).toBeGreaterThan(0);
});

test('a seed gives the same interval again, another seed another', () => {
  expect(bootstrapClusters(PLAN)).toEqual(bootstrapClusters(PLAN));
  expect(bootstrapClusters({ ...PLAN, seed: 2 })).not.toEqual(bootstrapClusters(PLAN));
  expect(bootstrapClusters(PLAN)).toMatchObject({
    seed: PLAN.seed,
    replicates: 2000,
    interval: { level: 0.95 },
  });
});

test('the jackknife leaves out each cluster once', () => {
  const seen: string[] = [];
  bootstrapClusters({
    clusters: 4,
    replicates: 1,
    seed: 1,
    statistic: (drawn) => {
      seen.push(drawn.join(''));
      return drawn[0]!;
    },
  });
  expect(seen.slice(0, 5)).toEqual(['0123', '123', '023', '013', '012']);
  expect(seen[5]).toHaveLength(4);
});

test('the interval of a mean covers it about as often as it says', () => {
  // Clusters of normal-like means; 300 samples give a share of .95 ± .04 (three standard errors).
  let covered = 0;
  for (let sample = 0; sample < 300; sample++) {
    const values = Array.from(
      { length: 30 },
      (_, i) => Math.sin(1 + sample * 977 + i * 12.9898) * 43758.5453,
    ).map((x) => x - Math.floor(x));
    const statistic: ClusterStatistic = (drawn) =>
      drawn.reduce((sum, i) => sum + values[i]!, 0) / drawn.length;
    const { interval } = bootstrapClusters({
      clusters: 30,
      statistic,
      replicates: 400,
      seed: sample,
    }) as Bootstrap;
    if (interval.low <= 0.5 && interval.high >= 0.5) covered++;
  }
  expect(covered / 300).toBeGreaterThan(0.9);
  expect(covered / 300).toBeLessThan(0.99);
});

describe('not available', () => {
  const of = (statistic: ClusterStatistic, clusters = 40) =>
    bootstrapClusters({ ...PLAN, clusters, statistic });

  test('below 2 clusters', () => {
    expect(of(() => 1, 1)).toEqual({ notAvailable: 'fewer than 2 clusters' });
  });

  test('when the statistic is not, for the sample, a part or a resample of it', () => {
    const missing = notAvailable('the total does not vary');
    expect(of(() => missing)).toEqual(missing);
    expect(of((drawn) => (drawn.length < 40 ? missing : 1))).toEqual({
      notAvailable: 'without one of the clusters: the total does not vary',
    });
    expect(of((drawn) => (new Set(drawn).size < drawn.length ? missing : drawn[0]!))).toEqual({
      notAvailable: 'in a resample: the total does not vary',
    });
  });

  test('when the statistic does not vary, or only to one side', () => {
    expect(of(() => 7)).toEqual({ notAvailable: 'the statistic does not vary between clusters' });
    expect(of((drawn) => drawn.reduce((sum) => sum + 0.1, 0) / drawn.length)).toEqual({
      notAvailable: 'the statistic does not vary between clusters',
    });
    expect(
      of((drawn) =>
        drawn.reduce(
          (most, i) => Math.max(most, drawn.length === 40 && new Set(drawn).size === 40 ? 99 : i),
          0,
        ),
      ),
    ).toEqual({
      notAvailable: 'all resamples lie on one side of the estimate',
    });
  });
});

test.each([0, 1.5, Number.NaN])('%d resamples are refused', (replicates) => {
  expect(() => bootstrapClusters({ ...PLAN, replicates })).toThrow(RangeError);
});
