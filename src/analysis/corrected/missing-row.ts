/** What the rows of Table Q2 share, of whichever part they are. */
import type { Outcome } from './ended-cells.ts';
import { type Adjusted, NOT_ADJUSTED } from './rows.ts';

export type MissingRow = Adjusted & {
  readonly instrument: string;
  readonly model: string;
  readonly population: string;
  /**
   * `endings`: how often it happened. `sheet scores`: of the persons to whom it happened, and of
   * those who were answered for. `bounds of the mean` (or of the share at the target): where it
   * would be if everything missing were at either end of the scale.
   */
  readonly part:
    | 'endings'
    | 'sheet scores'
    | 'bounds of the mean'
    | 'bounds of the share at the target';
  /** Null for bounds, which are for everything that is missing. */
  readonly outcome: Outcome | null;
  /** Null for endings. */
  readonly scale: string | null;
  /** Administrations that ended; persons with the outcome; persons that the mean is of. */
  readonly n: number;
  /** Persons: of the row; for bounds, those for whom something is missing altogether too. */
  readonly n_clusters: number;
  /** Administrations (or items) with the outcome; for bounds, administrations without a score. */
  readonly n_events: number;
  /** Share of the outcome; mean of the sheets; mean (or share) of what is there. */
  readonly value: number | null;
  readonly ci_low: number | null;
  readonly ci_high: number | null;
  readonly compared_with: 'Base' | 'answered' | 'sheets' | null;
  /** Persons that both are compared over; for sheet scores, those who were answered for. */
  readonly n_compared: number | null;
  readonly compared_value: number | null;
  /** Value minus compared value, over the persons that are compared. */
  readonly diff: number | null;
  readonly diff_ci_low: number | null;
  readonly diff_ci_high: number | null;
  /** Cohen's d: the difference over the pooled standard deviation of both groups. */
  readonly smd: number | null;
  readonly smd_ci_low: number | null;
  readonly smd_ci_high: number | null;
  readonly t: number | null;
  readonly df: number | null;
  readonly p: number | null;
  readonly test:
    | 'exact sign-flip test'
    | 'normal sign-flip test'
    | 'Fisher’s exact test'
    | 'Welch or Student'
    | null;
  /** With everything missing at the lower, and at the upper, end. */
  readonly bound_low: number | null;
  readonly bound_high: number | null;
  /** Limits of the 95 % intervals of both bounds that lie farthest apart. */
  readonly bounds_ci_low: number | null;
  readonly bounds_ci_high: number | null;
  /** The bounds minus the mean of the sheets of all these persons. */
  readonly diff_bound_low: number | null;
  readonly diff_bound_high: number | null;
  readonly reason: string | null;
};

export const NOTHING = {
  outcome: null,
  scale: null,
  n: 0,
  n_clusters: 0,
  n_events: 0,
  value: null,
  ci_low: null,
  ci_high: null,
  compared_with: null,
  n_compared: null,
  compared_value: null,
  diff: null,
  diff_ci_low: null,
  diff_ci_high: null,
  smd: null,
  smd_ci_low: null,
  smd_ci_high: null,
  t: null,
  df: null,
  p: null,
  ...NOT_ADJUSTED,
  test: null,
  bound_low: null,
  bound_high: null,
  bounds_ci_low: null,
  bounds_ci_high: null,
  diff_bound_low: null,
  diff_bound_high: null,
  reason: null,
} satisfies Partial<MissingRow>;
