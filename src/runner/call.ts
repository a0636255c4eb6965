/**
 * One call as a chain of layers, each of which does one thing around the next: a concurrency slot,
 * the rate limit, the budget, the journal, and the provider itself. See `ProviderPool.sendWith` for
 * the chain.
 */
import type { ProviderErrorKind } from '../errors.ts';
import { costUsd } from '../models/cost.ts';
import type { CallResult, CompletionRequest, Provider } from '../providers/provider.ts';
import { isUnconfirmed, type PaidCall } from './budget/amounts.ts';
import { estimateTokens } from './budget/estimate.ts';
import type { Budget } from './budget/run-budget.ts';
import { wasSent } from './call-result.ts';
import type { Journal } from './journal/journal.ts';
import type { Feedback, RateLimiter } from './rate/rate-limiter.ts';
import type { Task } from './task.ts';

/** A call that a task wants to make. */
interface PlannedCall {
  readonly task: Task<unknown>;
  readonly attempt: number;
  readonly request: CompletionRequest;
}

/** A call for which the budget has room. */
export interface FundedCall extends PlannedCall {
  readonly reservedUsd: number;
}

export interface SentCall {
  /** The id by which journal and database know the call. */
  readonly id: string;
  readonly result: CallResult;
  /** The call timed out because the provider has too many calls: its task is not to blame. */
  readonly pushedBack: boolean;
  /**
   * The most that the call can have cost, where nobody knows whether the provider charges for it.
   */
  readonly unconfirmedUsd: number | null;
  /** Resolves when the reply is on the disk; only then may it be read. */
  readonly logged: Promise<void>;
}

/**
 * Resolves as soon as the provider is done with the call, or with null when the call was not sent:
 * the run was stopped, or the budget is used up.
 */
export type Send<C = PlannedCall> = (call: C) => Promise<SentCall | null>;

/**
 * Releases the slot once the provider is done, so that other calls go out while the reply is
 * stored.
 */
export function withSlot(slot: { release(): void }, next: Send): Send {
  return async (call) => {
    try {
      return await next(call);
    } finally {
      slot.release();
    }
  };
}

/** Waits until the rate limiter permits the call, and reports to it how the call ended. */
export function withRateLimit(limiter: RateLimiter, stop: AbortSignal, next: Send): Send {
  return async (call) => {
    const { input, output } = estimateTokens(call.task);
    const permit = await limiter.acquire({ tokens: input + output }, stop);
    if (permit === null) return null;
    let sent: SentCall | null = null;
    let pushedBack = false;
    try {
      sent = await next(call);
    } finally {
      pushedBack = limiter.release(permit, sent === null ? NOT_SENT : feedbackOf(sent.result));
    }
    return sent === null ? null : { ...sent, pushedBack };
  };
}

/**
 * Reserves the most that the call can cost, and settles the reservation once its reply is on the
 * disk.
 */
export function withBudget(budget: Budget, stop: AbortSignal, next: Send<FundedCall>): Send {
  return async (call) => {
    const reserved = await budget.reserve(call.task, stop);
    if (reserved === null) return null;
    const { usd } = reserved.most;
    const sent = await next({ ...call, reservedUsd: usd });
    if (sent === null) {
      budget.settle(reserved, null);
      return null;
    }
    const paid = wasSent(sent.result) ? paidCall(call.task, sent.result) : null;
    const raised = paid === null ? reserved : budget.raise(reserved, paid);
    return {
      ...sent,
      unconfirmedUsd: paid !== null && isUnconfirmed(paid) ? usd : null,
      logged: sent.logged.then(() => budget.settle(raised, paid)),
    };
  };
}

/**
 * Writes the request down before it is sent, and the reply as soon as it is there.
 * @throws UserError when the request cannot be written down; it is not sent then
 */
export function withJournal(
  journal: Journal,
  stop: AbortSignal,
  next: (request: CompletionRequest) => Promise<CallResult>,
): Send<FundedCall> {
  return async ({ task, attempt, request, reservedUsd }) => {
    const entry = {
      taskId: task.id,
      model: task.model.name,
      ...(task.call === undefined ? {} : { call: task.call }),
      ...{ attempt, request, reservedUsd },
    };
    const id = await journal.logRequest(entry);
    // The run may have been stopped while the request was written.
    if (stop.aborted) {
      journal.markStored([id]);
      return null;
    }
    const result = await next(request);
    const logged = journal.logReply(id, result).then(() => {
      if (isAborted(result) && !wasSent(result)) journal.markStored([id]);
    });
    return { id, result, pushedBack: false, unconfirmedUsd: null, logged };
  };
}

/** @param abort cuts the call off */
export function toProvider(
  provider: Provider,
  abort: AbortSignal,
): (request: CompletionRequest) => Promise<CallResult> {
  return (request) => provider.complete(request, abort);
}

const NOT_SENT: Feedback = { kind: 'cancelled', retryAfterMs: null, usage: null, rateLimit: null };

/** What failures say about the provider; after every other failure it is available. */
const FEEDBACK: Partial<Record<ProviderErrorKind, Feedback['kind']>> = {
  throttled: 'throttled',
  timeout: 'timeout',
  server: 'unavailable',
  network: 'unavailable',
  aborted: 'cancelled',
};

function feedbackOf(result: CallResult): Feedback {
  const rateLimit = result.exchange.rateLimit ?? null;
  if (result.ok)
    return { kind: 'ok', retryAfterMs: null, usage: result.completion.usage, rateLimit };
  const { kind, retryAfterMs, loading } = result.error;
  return {
    kind: loading ? 'loading' : (FEEDBACK[kind] ?? 'ok'),
    retryAfterMs,
    usage: null,
    rateLimit,
  };
}

function paidCall({ model }: Task<unknown>, result: CallResult): PaidCall {
  const usage = result.ok ? result.completion.usage : null;
  const errorKind = result.ok ? null : result.error.kind;
  return { errorKind, usage, costUsd: costUsd(model.price, usage), exchange: result.exchange };
}

function isAborted(result: CallResult): boolean {
  return !result.ok && result.error.kind === 'aborted';
}
