/** What a few drawn members of a population say about the sum over all the others. */
import { type Numbers, summarise } from './describe.ts';
import { tQuantile } from './distributions.ts';
import { DEFAULT_LEVEL, type Interval, tailOf } from './interval.ts';
import { type NotAvailable, notAvailable } from './not-available.ts';

/** Members that are alike, some of which were drawn at random. */
export interface Stratum {
  /** Values of the drawn ones, none below 0. */
  readonly drawn: Numbers;
  /** How many were not drawn. */
  readonly remaining: number;
}

/** Sum over all that were not drawn. */
export interface Remainder {
  readonly expected: number;
  /**
   * Prediction interval: where the sum will lie, not where its expectation does. Its lower end is
   * not below 0.
   */
  readonly interval: Interval;
}

/**
 * The sum is predicted stratum by stratum from the mean of the drawn ones; its error is that of the
 * mean and that of the sum itself, remaining² s²/n + remaining s², with degrees of freedom by
 * Satterthwaite (1946). Few draws seldom show what happens seldom, such as a call that had to be
 * made again: therefore every stratum is taken to spread at least as all of them do together (in
 * shares of their means) with one more member that took `surprise` means more than the mean. Not
 * available for a stratum with fewer than two drawn of which some remain.
 */
export function predictRemainder(
  strata: readonly Stratum[],
  level = DEFAULT_LEVEL,
  surprise = 1,
): Remainder | NotAvailable {
  const tail = tailOf(level);
  const open = strata.filter((one) => one.remaining > 0);
  if (open.length === 0) return { expected: 0, interval: { low: 0, high: 0, level } };
  if (open.some((one) => one.drawn.length < 2))
    return notAvailable('fewer than 2 values in a stratum');
  const summaries = open.map(({ drawn, remaining }) => ({ ...summarise(drawn), remaining }));
  const relative =
    sum(summaries.map((one) => (one.mean === 0 ? 0 : one.squares / one.mean ** 2))) + surprise ** 2;
  const common = relative / (sum(summaries.map((one) => one.n - 1)) + 1);
  const errors = summaries.map(({ n, mean, squares, remaining }) => {
    const variance = Math.max(squares / (n - 1), common * mean ** 2);
    return { df: n - 1, variance: variance * remaining * (remaining / n + 1) };
  });
  const expected = sum(summaries.map((one) => one.remaining * one.mean));
  const variance = sum(errors.map((one) => one.variance));
  if (variance === 0) return { expected, interval: { low: expected, high: expected, level } };
  const df = variance ** 2 / sum(errors.map((one) => one.variance ** 2 / one.df));
  const width = tQuantile(1 - tail, df) * Math.sqrt(variance);
  return {
    expected,
    interval: { low: Math.max(0, expected - width), high: expected + width, level },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
