/** Runs one task: sends calls until it is answered or the retry policy gives up. */
import type { Timing } from '../clock.ts';
import type { RetryPolicy } from '../config/schema.ts';
import type { CompletionRequest } from '../providers/provider.ts';
import type { Send } from './call.ts';
import {
  classifyResult,
  describeCall,
  followingOf,
  hasFailed,
  isSimulated,
  wasSent,
  withPart,
} from './call-result.ts';
import {
  afterFailure,
  type Decision,
  type Failure,
  type FailureKind,
  NOTHING_YET,
} from './retry-policy.ts';
import type { CallRecord, Result, Task } from './task.ts';

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
  /** Called for every call after which the task takes another one. */
  readonly onContinued: (call: CallRecord) => void;
  /** Waits before the next attempt, or until the run is stopped, without occupying a slot. */
  readonly backOff: (why: FailureKind, ms: number) => Promise<void>;
  /** Takes a slot for the next call of the task. */
  readonly resume: () => Promise<void>;
}

/** Retries until the task is answered or the policy gives up, one call of the task after another. */
export async function runTask<V>(task: Task<V>, context: TaskContext): Promise<Result<V>> {
  const { send, policy, timing, sendSeed, stop, onRetry, onContinued, backOff, resume } = context;
  let current = task;
  let history = NOTHING_YET;
  /** Attempts at earlier calls of the task, and at its current one. */
  let before = 0;
  let tried = 0;
  let simulated = false;
  for (;;) {
    const attempt = tried + 1;
    const request: CompletionRequest = {
      ...current.request,
      seed: sendSeed ? current.seedOf(attempt) : null,
    };
    const sent = await send({ task: current, attempt, request });
    if (sent === null) return { kind: 'interrupted', call: null };
    await sent.logged;
    const { id, result, unconfirmedUsd } = sent;
    let verdict = classifyResult(current, result);
    let call: CallRecord = {
      ...describeCall(id, current, request.seed, attempt, result, verdict),
      ...(unconfirmedUsd === null ? {} : { reservedUsd: unconfirmedUsd }),
    };
    if (hasFailed(verdict)) {
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
      const decision: Decision =
        verdict.isHopeless === true
          ? { next: 'close', scope: 'subject', reason: verdict.reason }
          : after.decision;
      if (!deferred) tried = attempt;
      // A stopped run records an attempt that was made; a deferred call leaves the task as it was.
      if (decision.next === 'again' && (deferred || !stop.aborted)) {
        onRetry(call);
        await backOff(call.failure!, decision.afterMs);
        continue;
      }
      const followed =
        decision.next === 'give up' && !deferred ? followingOf(current, verdict) : verdict;
      if (hasFailed(followed))
        return {
          kind: 'unanswered',
          outcome: followed.outcome,
          reason:
            decision.next !== 'again' && followed === verdict ? decision.reason : followed.reason,
          closes: decision.next === 'close' ? decision.scope : null,
          deferred,
          attempts: before + tried,
          kept: followed.outcome === 'refused' ? (current.kept?.() ?? null) : null,
          call,
        };
      verdict = followed;
      call = withPart(call, verdict);
    } else tried = attempt;

    simulated ||= isSimulated(current, call.modelServed);
    before += tried;
    if (verdict.outcome === 'answered')
      return { kind: 'answered', value: verdict.value, simulated, attempts: before, call };
    onContinued(call);
    current = verdict.next;
    history = NOTHING_YET;
    tried = 0;
    await resume();
  }
}
