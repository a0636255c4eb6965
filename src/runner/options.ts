/** Options of everything that sends tasks to models. */
import type { Timing } from '../clock.ts';
import type { Provider } from '../providers/provider.ts';
import type { Closures } from './closures.ts';
import type { RunProgress, RunSummary, RunWarning } from './tally.ts';
import type { Heartbeat } from './workers/heartbeat.ts';

/** How models are asked. */
export interface AskingOptions {
  /** Calls in flight at the same time. Default 8. */
  readonly maxWorkers?: number;
  /** Stops before spending more than this many US dollars. Refuses models without a price. */
  readonly maxCost?: number;
  /** Stops before using more than this many tokens, input and output together. */
  readonly maxTokens?: number;
  /** Stops before making more than this many calls. */
  readonly maxCalls?: number;
  /**
   * Stops asking a model for an instrument after this many equal failures without a success.
   * Default 10.
   */
  readonly stopAfter?: number;
  /**
   * When aborted, no further call starts, calls in flight finish and are saved, and the summary's
   * `endedBy` is `signal`.
   */
  readonly signal?: AbortSignal;
  /** Called after every change. */
  readonly onProgress?: (progress: RunProgress) => void;
  /** Called for tasks that stay pending because they cannot be run, and for temporary trouble. */
  readonly onWarning?: (warning: RunWarning) => void;
}

/** Options of a run, with those that only this program's own callers use. */
export interface RunOptions extends AskingOptions {
  /** Start at most this many tasks. */
  readonly batchSize?: number;
  /**
   * What earlier runs of this process have closed, which this one leaves alone; they also set
   * `stopAfter`.
   */
  readonly closures?: Closures;
  /** When aborted, calls in flight are aborted as well. */
  readonly abort?: AbortSignal;
  /** In place of the providers that the configuration names. */
  readonly provider?: (name: string) => Provider | Promise<Provider>;
  readonly timing?: Timing;
  /** The heartbeat of a process that makes several runs; without it, the run registers itself. */
  readonly heartbeat?: Heartbeat;
}

/** Options that limit what a run may spend. */
export type SpendingLimits = Pick<AskingOptions, 'maxCost' | 'maxTokens' | 'maxCalls'>;

/** What the next run may spend when both share these limits. */
export function leftAfter(
  { costUsd, inputTokens, outputTokens, calls }: RunSummary,
  { maxCost, maxTokens, maxCalls }: SpendingLimits,
): SpendingLimits {
  const left = (limit: number, spent: number) => Math.max(limit - spent, 0);
  return {
    ...(maxCost === undefined ? {} : { maxCost: left(maxCost, costUsd) }),
    ...(maxTokens === undefined ? {} : { maxTokens: left(maxTokens, inputTokens + outputTokens) }),
    ...(maxCalls === undefined ? {} : { maxCalls: left(maxCalls, calls) }),
  };
}
