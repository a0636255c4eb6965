/** What all functions that ask models have in common. */
import { defined } from '../defined.ts';
import type * as asking from '../runner/run.ts';
import { insideToWrite, type Study } from './study.ts';

/** How models are asked. */
export interface AskingOptions {
  /** Calls under way at the same time. Default 8. */
  readonly maxWorkers?: number;
  /** Ends before this many US dollars are passed. Refuses models without a price. */
  readonly maxCost?: number;
  /** Ends before this many tokens, read and written, are passed. */
  readonly maxTokens?: number;
  /** Ends before this many calls are passed. */
  readonly maxCalls?: number;
  /** Tasks of one model and instrument that fail alike, while none is answered, before no more of them are asked. Default 10. */
  readonly stopAfter?: number;
  /** Aborted: no further call is begun, those under way are waited for and saved, and the summary's `endedBy` is `signal`. */
  readonly signal?: AbortSignal;
  /** Told after every change. */
  readonly onProgress?: (progress: asking.RunProgress) => void;
  /** Told of what is left undone because it cannot be asked, and of trouble that passes by itself. */
  readonly onWarning?: (warning: asking.RunWarning) => void;
}

/** The same in the words of the room that asks, with what the study was opened with. */
export function askingWith(study: Study, options: AskingOptions): asking.RunOptions {
  const { provider, timing } = insideToWrite(study);
  const { maxWorkers, maxCost, maxTokens, maxCalls, stopAfter, signal, onProgress, onWarning } = options;
  return {
    timing,
    ...defined({ provider, maxWorkers, maxCost, maxTokens, maxCalls, stopAfter, stop: signal, onProgress, onWarning }),
  };
}
