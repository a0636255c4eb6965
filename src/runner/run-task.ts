/** One task: asked as many times as the policy allows. Knows no database. */

import type { Timing } from '../clock.ts';
import type { RetryPolicy } from '../config/schema.ts';
import { messageOf, type ProviderErrorKind } from '../errors.ts';
import { costUsd } from '../models/cost.ts';
import type { CallResult, Completion, CompletionRequest, Provider } from '../providers/provider.ts';
import { shorten } from '../shorten.ts';
import { isInDoubt } from './budget/amounts.ts';
import { estimateTokens } from './budget/estimate.ts';
import type { Budget } from './budget/run-budget.ts';
import type { Journal } from './journal/journal.ts';
import type { Feedback, Permit, RateLimiter } from './rate/rate-limiter.ts';
import { afterFailure, type Failure, type FailureKind, NOTHING_YET } from './retry-policy.ts';
import type { CallRecord, Outcome, Result, Task, Unanswered, Verdict } from './task.ts';

export interface TaskContext {
  readonly provider: Provider;
  readonly pace: RateLimiter;
  readonly policy: RetryPolicy;
  readonly timing: Timing;
  readonly budget: Budget;
  /** Knows of every call before it leaves, and of every reply before it is read. */
  readonly journal: Journal;
  /** Seeds are sent only where the respondent is the simulated one. */
  readonly sendSeed: boolean;
  /** No further call is begun once this is aborted; the one under way may end. */
  readonly stop: AbortSignal;
  /** Ends the call under way. */
  readonly abort: AbortSignal;
  /** Told at once of every call after which another one will be tried. */
  readonly onRetry: (call: CallRecord) => void;
  /** The provider is done with what it was sent: others may call while the reply is written down, read and stored. */
  readonly releaseSlot: () => void;
  /** Waits before the next attempt, or until the run is stopped; meanwhile others may call in this task's place. */
  readonly backOff: (why: FailureKind, ms: number) => Promise<void>;
}

/** Asks until there is an answer or the policy has enough of it. */
export async function runTask<V>(task: Task<V>, tools: TaskContext): Promise<Result<V>> {
  const { policy, timing, pace, budget } = tools;
  const guess = estimateTokens(task);
  const tokens = guess.input + guess.output;
  let history = NOTHING_YET;
  let attempts = 0;
  for (;;) {
    const admission = await pace.acquire({ tokens }, tools.stop);
    if (admission === null) return { kind: 'interrupted', call: null };
    const reserved = await budget.reserve(task, tools.stop);
    if (reserved === null) {
      pace.release(admission, NOT_SENT);
      return { kind: 'interrupted', call: null };
    }
    const attempt = attempts + 1;
    const request: CompletionRequest = { ...task.request, seed: tools.sendSeed ? task.seedOf(attempt) : null };
    const made = await callOnce(tools, admission, task, request, attempt, reserved.most.usd);
    if (made === null) {
      budget.settle(reserved, null);
      return { kind: 'interrupted', call: null };
    }
    const { id, result } = made;
    const verdict = classifyResult(task, result);
    const described = describeCall(id, task, request.seed, attempt, result, verdict);
    const call = wasSent(result) && isInDoubt(described) ? { ...described, reservedUsd: reserved.most.usd } : described;
    budget.settle(reserved, wasSent(result) ? call : null);
    if (verdict.outcome === 'answered') {
      return { kind: 'answered', value: verdict.value, simulated: isSimulated(task, call.modelServed), attempts: attempt, call };
    }

    const error = result.ok ? null : result.error;
    if (error?.kind === 'aborted') {
      if (wasSent(result)) return { kind: 'interrupted', call };
      tools.journal.markStored([id]);
      return { kind: 'interrupted', call: null };
    }
    // Pushed back, or a server that is not ready: none of it is the task's own attempt.
    const putOff = made.pushedBack || error?.kind === 'throttled' || error?.loading === true;
    const failure: Failure = {
      kind: putOff ? 'throttled' : call.failure!,
      reason: verdict.reason,
      retryAfterMs: error?.retryAfterMs ?? null,
      at: timing.now(),
      fatal: error?.fatalForModel ?? false,
    };
    const after = afterFailure(policy, history, failure, timing.random);
    history = after.history;
    const { decision } = after;
    if (!putOff) attempts = attempt;
    const giveUp: Unanswered = {
      kind: 'unanswered',
      outcome: verdict.outcome,
      reason: decision.next === 'again' ? verdict.reason : decision.reason,
      closes: decision.next === 'close' ? decision.scope : null,
      putOff,
      attempts,
      call,
    };
    // An attempt that was made is recorded; one that was put off leaves the task as it was.
    if (decision.next !== 'again' || (tools.stop.aborted && !putOff)) return giveUp;
    tools.onRetry(call);
    await tools.backOff(call.failure!, decision.afterMs);
  }
}

/**
 * One call, written down before it leaves and again when its reply is there.
 * @returns null when the run was stopped before it left
 * @throws UserError when it cannot be written down; then it does not leave
 */
async function callOnce(
  tools: TaskContext,
  admission: Permit,
  task: Task<unknown>,
  request: CompletionRequest,
  attempt: number,
  reserved: number,
): Promise<{ readonly id: string; readonly result: CallResult; readonly pushedBack: boolean } | null> {
  let id: string;
  let result: CallResult | null = null;
  let pushedBack = false;
  try {
    id = await tools.journal.logRequest({ taskId: task.id, model: task.model.name, attempt, request, reservedUsd: reserved });
    // Writing takes a moment, in which the end may have been asked for.
    if (tools.stop.aborted) {
      tools.journal.markStored([id]);
      return null;
    }
    result = await tools.provider.complete(request, tools.abort);
  } finally {
    pushedBack = tools.pace.release(admission, result === null ? NOT_SENT : feedbackOf(result));
    tools.releaseSlot();
  }
  await tools.journal.logReply(id, result);
  return { id, result, pushedBack };
}

const NOT_SENT: Feedback = { kind: 'void', retryAfterMs: null, usage: null, rateLimit: null };
/** What failures tell of the provider; all others come from one that is well. */
const FEEDBACK: Partial<Record<ProviderErrorKind, Feedback['kind']>> = {
  throttled: 'throttled',
  timeout: 'timeout',
  server: 'unavailable',
  network: 'unavailable',
  aborted: 'void',
};

/** What a call tells of how its provider is. */
function feedbackOf(result: CallResult): Feedback {
  const rateLimit = result.exchange.rateLimit ?? null;
  if (result.ok) return { kind: 'fine', retryAfterMs: null, usage: result.completion.usage, rateLimit };
  const { kind, retryAfterMs, loading } = result.error;
  return { kind: loading ? 'loading' : (FEEDBACK[kind] ?? 'fine'), retryAfterMs, usage: null, rateLimit };
}

/** False for a call that was ended before its request was on its way. */
export function wasSent(result: CallResult): boolean {
  return result.exchange.requestBody.byteLength > 0;
}

/** What a reply, or its want, is to the task. */
export function classifyResult<V>(task: Task<V>, result: CallResult): Verdict<V> {
  if (!result.ok) {
    const { kind, message } = result.error;
    return { outcome: kind === 'content_filter' ? 'refused' : 'failed', reason: `${kind}: ${message}` };
  }
  const { completion } = result;
  switch (completion.stopReason) {
    case 'length':
      if (task.isWhole?.(completion.text) === true) return task.read(completion);
      return { outcome: 'truncated', reason: 'the reply was cut off at the token limit' };
    case 'content_filter':
      return { outcome: 'refused', reason: `the provider's content filter ended the reply (${completion.rawStopReason ?? 'no detail'})` };
    case 'refusal':
      return { outcome: 'refused', reason: `the model refused: ${excerpt(completion.text)}` };
    default:
      if (completion.insteadOfText != null) return { outcome: 'unparseable', reason: completion.insteadOfText };
      return read(task, completion);
  }
}

/** A reply over which its reader stumbles is stored like any other: it must not be in the way of the next. */
function read<V>(task: Task<V>, completion: Completion): Verdict<V> {
  try {
    return task.read(completion);
  } catch (error) {
    return { outcome: 'unparseable', reason: `the reply cannot be read: ${excerpt(messageOf(error))}` };
  }
}

/** What was wrong with a call, for the policy; null when nothing was, or when the caller cut it off. */
function failureOf(result: CallResult, outcome: Outcome): FailureKind | null {
  if (!result.ok) return result.error.kind === 'aborted' ? null : result.error.kind;
  if (outcome === 'answered') return null;
  if (outcome === 'failed') return 'protocol';
  return result.completion.stopReason === 'content_filter' ? 'content_filter' : outcome;
}

/** A simulated respondent names itself, whatever the client believed it was calling. */
export function isSimulated(task: Task<unknown>, modelServed: string | null): boolean {
  return task.model.provider === 'simulated' || modelServed?.startsWith('simulated/') === true;
}

export function describeCall(
  id: string,
  task: Task<unknown>,
  seed: number | null,
  attempt: number,
  result: CallResult,
  verdict: Verdict<unknown>,
): CallRecord {
  const completion = result.ok ? result.completion : null;
  return {
    id,
    taskId: task.id,
    attempt,
    outcome: verdict.outcome,
    reason: verdict.outcome === 'answered' ? null : verdict.reason,
    errorKind: result.ok ? null : result.error.kind,
    failure: failureOf(result, verdict.outcome),
    code: verdict.outcome === 'answered' ? null : (verdict.code ?? null),
    exchange: result.exchange,
    stopReason: completion?.rawStopReason ?? completion?.stopReason ?? null,
    modelServed: completion?.modelServed ?? null,
    usage: completion?.usage ?? null,
    costUsd: completion === null ? null : costUsd(task.model.price, completion.usage),
    providerCostUsd: completion?.providerCostUsd ?? null,
    seed,
  };
}

function excerpt(text: string): string {
  return shorten(text.replaceAll(/\s+/g, ' ').trim(), 120);
}
