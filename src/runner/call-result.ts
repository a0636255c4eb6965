/** Classifies what came back for a task: an answer, a refusal, a failure. Knows no database. */
import { messageOf } from '../errors.ts';
import { costUsd } from '../models/cost.ts';
import type { CallResult, Completion } from '../providers/provider.ts';
import { shorten } from '../shorten.ts';
import type { FailureKind } from './retry-policy.ts';
import type { CallRecord, Failed, Outcome, Task, Verdict } from './task.ts';

/** False for a call that ended before its request was sent. */
export function wasSent(result: CallResult): boolean {
  return result.exchange.requestBody.byteLength > 0;
}

/** Classifies a reply, or its absence. */
export function classifyResult<V>(task: Task<V>, result: CallResult): Verdict<V> {
  if (!result.ok) {
    const { kind, message } = result.error;
    return {
      outcome: kind === 'content_filter' ? 'refused' : 'failed',
      reason: `${kind}: ${message}`,
    };
  }
  const { completion } = result;
  switch (completion.stopReason) {
    case 'length':
      if (task.isWhole?.(completion.text) === true) return task.read(completion);
      return { outcome: 'truncated', reason: 'the reply was cut off at the token limit' };
    case 'content_filter':
      return {
        outcome: 'refused',
        reason: `the provider's content filter ended the reply (${completion.rawStopReason ?? 'no detail'})`,
      };
    case 'refusal':
      return { outcome: 'refused', reason: `the model refused: ${excerpt(completion.text)}` };
    default:
      if (completion.insteadOfText != null)
        return { outcome: 'unparseable', reason: completion.insteadOfText };
      return read(task, completion);
  }
}

export function hasFailed<V, T>(verdict: Verdict<V, T>): verdict is Failed {
  return verdict.outcome !== 'answered' && verdict.outcome !== 'continued';
}

/** What follows in the task when its call is given up: the failure itself as a rule. */
export function followingOf<V>(task: Task<V>, failure: Failed): Verdict<V> {
  return task.otherwise?.(failure) ?? failure;
}

/** A reply that its reader cannot handle is stored like any other, and must not block the next. */
function read<V>(task: Task<V>, completion: Completion): Verdict<V> {
  try {
    return task.read(completion);
  } catch (error) {
    return {
      outcome: 'unparseable',
      reason: `the reply cannot be read: ${excerpt(messageOf(error))}`,
    };
  }
}

/**
 * The kind of failure, for the retry policy; null without a failure, or when the caller aborted the
 * call.
 */
function failureOf(result: CallResult, outcome: Outcome): FailureKind | null {
  if (!result.ok) return result.error.kind === 'aborted' ? null : result.error.kind;
  if (outcome === 'answered') return null;
  if (outcome === 'failed') return 'protocol';
  return result.completion.stopReason === 'content_filter' ? 'content_filter' : outcome;
}

/** The simulator names itself in its replies, whatever model was requested. */
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
  const failed = hasFailed(verdict) ? verdict : null;
  const outcome = failed?.outcome ?? 'answered';
  const call: CallRecord = {
    id,
    taskId: task.id,
    attempt,
    outcome,
    reason: failed?.reason ?? null,
    errorKind: result.ok ? null : result.error.kind,
    failure: failureOf(result, outcome),
    code: failed?.code ?? null,
    reply: completion?.text ?? null,
    ...(completion?.logprobs == null ? {} : { logprobs: completion.logprobs }),
    exchange: result.exchange,
    stopReason: completion?.rawStopReason ?? completion?.stopReason ?? null,
    modelServed: completion?.modelServed ?? null,
    usage: completion?.usage ?? null,
    costUsd: completion === null ? null : costUsd(task.model.price, completion.usage),
    providerCostUsd: completion?.providerCostUsd ?? null,
    seed,
  };
  return withPart(call, verdict);
}

/** A call with what is known of its part in its task. */
export function withPart(call: CallRecord, verdict: Verdict<unknown>): CallRecord {
  if (hasFailed(verdict)) return call;
  const { part, remarks } = verdict;
  return {
    ...call,
    ...(part === undefined ? {} : { part }),
    ...(remarks === undefined ? {} : { remarks }),
  };
}

function excerpt(text: string): string {
  return shorten(text.replaceAll(/\s+/g, ' ').trim(), 120);
}
