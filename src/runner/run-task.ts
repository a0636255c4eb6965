/** Runs one task: sends calls until it is answered or the retry policy gives up. */
import type { Timing } from '../clock.ts';
import type { RetryPolicy } from '../config/schema.ts';
import type { CompletionRequest } from '../providers/provider.ts';
import type { Send } from './call.ts';
import { classifyResult, describeCall, isSimulated, wasSent } from './call-result.ts';
import { afterFailure, type Failure, type FailureKind, NOTHING_YET } from './retry-policy.ts';
import type { CallRecord, Result, Task, Unanswered } from './task.ts';

export interface TaskContext {
  readonly send: Send;
  readonly policy: RetryPolicy;
  readonly timing: Timing;
  /** Only the simulator receives seeds. */
  readonly sendSeed: boolean;
  /** Once this is aborted, no further call starts; a call in progress may finish. */
  readonly stop: AbortSignal;
  /** Called for every call that will be followed by another attempt. */
  readonly onRetry: (call: CallRecord) => void;
  /** Waits before the next attempt, or until the run is stopped, without occupying a slot. */
  readonly backOff: (why: FailureKind, ms: number) => Promise<void>;
}

/** Retries until the task is answered or the policy gives up. */
export async function runTask<V>(task: Task<V>, context: TaskContext): Promise<Result<V>> {
  const { send, policy, timing, sendSeed, stop, onRetry, backOff } = context;
  let history = NOTHING_YET;
  let attempts = 0;
  for (;;) {
    const attempt = attempts + 1;
    const request: CompletionRequest = {
      ...task.request,
      seed: sendSeed ? task.seedOf(attempt) : null,
    };
    const sent = await send({ task, attempt, request });
    if (sent === null) return { kind: 'interrupted', call: null };
    await sent.logged;
    const { id, result, unconfirmedUsd } = sent;
    const verdict = classifyResult(task, result);
    const call: CallRecord = {
      ...describeCall(id, task, request.seed, attempt, result, verdict),
      ...(unconfirmedUsd === null ? {} : { reservedUsd: unconfirmedUsd }),
    };
    if (verdict.outcome === 'answered') {
      const simulated = isSimulated(task, call.modelServed);
      return { kind: 'answered', value: verdict.value, simulated, attempts: attempt, call };
    }

    const error = result.ok ? null : result.error;
    if (error?.kind === 'aborted')
      return { kind: 'interrupted', call: wasSent(result) ? call : null };
    // A rejected call, and one to a server that is not ready, is not an attempt of the task.
    const deferred = sent.pushedBack || error?.kind === 'throttled' || error?.loading === true;
    const failure: Failure = {
      kind: deferred ? 'throttled' : call.failure!,
      reason: verdict.reason,
      retryAfterMs: error?.retryAfterMs ?? null,
      at: timing.now(),
      fatal: error?.fatalForModel ?? false,
    };
    const after = afterFailure(policy, history, failure, timing.random);
    history = after.history;
    const { decision } = after;
    if (!deferred) attempts = attempt;
    const giveUp: Unanswered = {
      kind: 'unanswered',
      outcome: verdict.outcome,
      reason: decision.next === 'again' ? verdict.reason : decision.reason,
      closes: decision.next === 'close' ? decision.scope : null,
      deferred,
      attempts,
      call,
    };
    // A stopped run records an attempt that was made; a deferred call leaves the task as it was.
    if (decision.next !== 'again' || (stop.aborted && !deferred)) return giveUp;
    onRetry(call);
    await backOff(call.failure!, decision.afterMs);
  }
}
