/** One task: asked as many times as the policy allows. Knows no database. */
import type { RetryPolicy } from '../config.ts';
import type { ProviderError } from '../errors.ts';
import { backoffMs, type Pace, type Timing } from '../providers/limits.ts';
import { costUsd } from '../providers/models.ts';
import type { CallResult, CompletionRequest, Provider } from '../providers/provider.ts';
import type { Budget } from './budget.ts';
import type { CallRecord, Result, Task, Unanswered, Verdict } from './task.ts';

export interface AskingTools {
  readonly provider: Provider;
  readonly pace: Pace;
  readonly policy: RetryPolicy;
  readonly timing: Timing;
  readonly budget: Budget;
  /** Seeds are sent only where the respondent is the simulated one. */
  readonly sendSeed: boolean;
  /** No further call is begun once this is aborted; the one under way may end. */
  readonly stop: AbortSignal;
  /** Ends the call under way. */
  readonly abort: AbortSignal;
  /** Told at once of every call after which another one will be tried. */
  readonly onRetry: (call: CallRecord) => void;
}

/**
 * Asks until there is an answer, the policy's attempts are spent, or asking again is pointless: a refusal is an answer about
 * the model, and a request that is wrong today is wrong tomorrow.
 */
export async function ask<V>(task: Task<V>, tools: AskingTools): Promise<Result<V>> {
  const { policy, timing, pace, budget } = tools;
  const begun = timing.now();
  let attempts = 0;
  for (;;) {
    if (!(await pace.admit(tools.stop))) return { kind: 'interrupted', call: null };
    const reserved = budget.reserve(task);
    if (reserved === null) {
      pace.settle({ kind: 'fine' });
      return { kind: 'interrupted', call: null };
    }
    const attempt = attempts + 1;
    const request: CompletionRequest = { ...task.request, seed: tools.sendSeed ? task.seedOf(attempt) : null };
    const result = await callOnce(tools, request);
    const verdict = judge(task, result);
    const call = describeCall(task, request, attempt, result, verdict);
    // Nobody is paid for being put off; what any other failure cost is not known.
    budget.settle(reserved, call.errorKind === 'throttled' ? 0 : call.costUsd);
    if (verdict.outcome === 'answered') {
      return { kind: 'answered', value: verdict.value, simulated: isSimulated(task, call.modelServed), attempts: attempt, call };
    }

    const error = result.ok ? null : result.error;
    if (error?.kind === 'aborted') return { kind: 'interrupted', call: result.exchange.requestBody.byteLength > 0 ? call : null };
    const giveUp: Unanswered = { kind: 'unanswered', outcome: verdict.outcome, reason: verdict.reason, attempts: attempt, call };
    if (error?.kind === 'throttled') {
      // Patience is not an attempt, but it has an end: nothing hangs for ever on one task.
      if (timing.now() - begun > policy.throttle_patience_s * 1000) return giveUp;
      tools.onRetry(call);
      continue;
    }
    attempts = attempt;
    const curable = error === null ? verdict.outcome !== 'refused' : error.retryable;
    if (!curable || attempts >= policy.attempts || tools.stop.aborted) return giveUp;
    tools.onRetry(call);
    if (error !== null) await timing.sleep(error.retryAfterMs ?? backoffMs(policy, attempts, timing), tools.stop);
  }
}

async function callOnce(tools: AskingTools, request: CompletionRequest): Promise<CallResult> {
  let result: CallResult | null = null;
  try {
    result = await tools.provider.complete(request, tools.abort);
    return result;
  } finally {
    const throttled = result !== null && !result.ok && result.error.kind === 'throttled';
    tools.pace.settle(
      throttled ? { kind: 'throttled', retryAfterMs: (result as { error: ProviderError }).error.retryAfterMs } : { kind: 'fine' },
    );
  }
}

function judge<V>(task: Task<V>, result: CallResult): Verdict<V> {
  if (!result.ok) return { outcome: 'failed', reason: `${result.error.kind}: ${result.error.message}` };
  const { completion } = result;
  switch (completion.stopReason) {
    case 'length':
      return { outcome: 'truncated', reason: 'the reply was cut off at the token limit' };
    case 'content_filter':
      return { outcome: 'refused', reason: `the provider's content filter ended the reply (${completion.rawStopReason ?? 'no detail'})` };
    case 'refusal':
      return { outcome: 'refused', reason: `the model refused: ${excerpt(completion.text)}` };
    default:
      return task.read(completion);
  }
}

/** A simulated respondent names itself, whatever the client believed it was calling. */
function isSimulated(task: Task<unknown>, modelServed: string | null): boolean {
  return task.model.provider === 'simulated' || modelServed?.startsWith('simulated/') === true;
}

function describeCall(
  task: Task<unknown>,
  request: CompletionRequest,
  attempt: number,
  result: CallResult,
  verdict: Verdict<unknown>,
): CallRecord {
  const completion = result.ok ? result.completion : null;
  return {
    taskId: task.id,
    attempt,
    outcome: verdict.outcome,
    reason: verdict.outcome === 'answered' ? null : verdict.reason,
    errorKind: result.ok ? null : result.error.kind,
    exchange: result.exchange,
    stopReason: completion?.rawStopReason ?? completion?.stopReason ?? null,
    modelServed: completion?.modelServed ?? null,
    usage: completion?.usage ?? null,
    costUsd: completion === null ? null : costUsd(task.model.price, completion.usage),
    seed: request.seed,
  };
}

function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= 120 ? line : `${line.slice(0, 119)}…`;
}
