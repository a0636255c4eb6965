/** The numbers of a run: counted while it goes on, reported as progress, summed up at its end. */
import type { Closed } from './closures.ts';
import type { Waiting } from './slots.ts';
import { kindOf } from './stop-rules.ts';
import type { CallRecord, Finished, Outcome } from './task.ts';

/** How far a run is. */
export interface RunProgress {
  readonly done: number;
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly underWay: number;
  readonly calls: number;
  readonly retries: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars, as far as prices are known. */
  readonly costUsd: number;
  /** Calls with a completion of which no price is known, or no tokens were told. */
  readonly unknownCosts: number;
  /** Tasks that wait for their next attempt, by kind of failure. */
  readonly waiting: readonly Waiting[];
  /** What the run waits for, when nothing proceeds. */
  readonly waitingFor: string | null;
  /**
   * Providers, models and instruments of a model that the run no longer asks, in the order in which
   * they were closed.
   */
  readonly closed: readonly Closed[];
}

/** A task that stays pending because it cannot be run, or temporary trouble. */
export interface RunWarning {
  /** Id of the task; null for trouble that concerns no single task. */
  readonly id: number | null;
  readonly message: string;
}

/** The result of a run. */
export interface RunSummary extends RunProgress {
  /**
   * Number of tasks by outcome and kind, most frequent first, each with the reason of one of them.
   */
  readonly failures: readonly FailureCount[];
  /** Tasks left pending because they cannot be run. */
  readonly unrunnable: number;
  /** Tasks that are still pending. */
  readonly remaining: number;
  /**
   * Why the run ended before its work was done; `provider` when everything that is left is closed.
   */
  readonly endedBy: 'nothing left' | 'batch size' | 'signal' | 'budget' | 'provider';
  /**
   * A limit that was exceeded nevertheless, by calls that used more than their requests allow, or
   * before this run; null for none.
   */
  readonly limitPassed: string | null;
  /**
   * Why something was closed, where something was; which limit would have been exceeded, when
   * `endedBy` is `budget`.
   */
  readonly message: string | null;
}

/** Tasks that failed in the same way. */
export interface FailureCount {
  readonly outcome: Outcome;
  /** The kind of failure, and what is wrong with the reply where that is known. */
  readonly kind: string;
  readonly reason: string;
  readonly count: number;
}

/** The part of the progress that is not counted but looked up. */
export type RunState = Pick<RunProgress, 'underWay' | 'waiting' | 'waitingFor' | 'closed'>;

export class Tally {
  /** Tasks that are to be done, as far as they have been counted. */
  total = 0;
  readonly #counts = {
    done: 0,
    succeeded: 0,
    failed: 0,
    calls: 0,
    retries: 0,
    inputTokens: 0,
    outputTokens: 0,
    costUsd: 0,
    unknownCosts: 0,
  };
  readonly #failures = new Map<string, FailureCount>();
  readonly #unrunnable = new Set<number>();

  countCall({ usage, costUsd, errorKind }: CallRecord): void {
    this.#counts.calls++;
    this.#counts.inputTokens += usage?.inputTokens ?? 0;
    this.#counts.outputTokens += usage?.outputTokens ?? 0;
    this.#counts.costUsd += costUsd ?? 0;
    if (errorKind === null && costUsd === null) this.#counts.unknownCosts++;
  }

  countRetry(): void {
    this.#counts.retries++;
  }

  /** Counts a task whose result is stored. */
  countStored({ result }: Pick<Finished<unknown>, 'result'>): void {
    this.#counts.done++;
    if (result.kind === 'answered') {
      this.#counts.succeeded++;
      return;
    }
    this.#counts.failed++;
    const { outcome, reason } = result;
    const kind = kindOf(result.call);
    const key = `${outcome} ${kind}`;
    const known = this.#failures.get(key) ?? { outcome, kind, reason, count: 0 };
    this.#failures.set(key, { ...known, count: known.count + 1 });
  }

  /** @returns false when the task has been counted before */
  countUnrunnable(id: number): boolean {
    if (this.#unrunnable.has(id)) return false;
    this.#unrunnable.add(id);
    return true;
  }

  progress(state: RunState): RunProgress {
    const { done } = this.#counts;
    return { ...this.#counts, total: Math.max(this.total - this.#unrunnable.size, done), ...state };
  }

  summary(
    state: RunState,
    ending: Pick<RunSummary, 'remaining' | 'endedBy' | 'limitPassed' | 'message'>,
  ): RunSummary {
    return {
      ...this.progress(state),
      failures: [...this.#failures.values()].sort((a, b) => b.count - a.count),
      unrunnable: this.#unrunnable.size,
      ...ending,
    };
  }
}

const COUNTS = [
  'done',
  'total',
  'succeeded',
  'failed',
  'calls',
  'retries',
  'inputTokens',
  'outputTokens',
  'costUsd',
  'unknownCosts',
] as const;

/** Adds up two runs of one process. The state at the end is that of the later one. */
export function sumOfRuns(earlier: RunSummary, later: RunSummary): RunSummary {
  const counts = Object.fromEntries(COUNTS.map((key) => [key, earlier[key] + later[key]]));
  const all = [...earlier.failures, ...later.failures];
  const failures = [...Map.groupBy(all, ({ outcome, kind }) => `${outcome} ${kind}`).values()]
    .map((same) => ({ ...same[0]!, count: same.reduce((count, one) => count + one.count, 0) }))
    .sort((a, b) => b.count - a.count);
  return { ...later, ...counts, failures };
}
