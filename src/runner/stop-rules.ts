/**
 * Decides when to stop asking a provider or model because it keeps failing. Pure: the time is
 * given.
 */
import type { RetryPolicy } from '../config/schema.ts';
import type { CallRecord, Unanswered } from './task.ts';

/**
 * After this many consecutive tasks that failed alike, the next one is expected to fail as well.
 */
const MAX_CONSECUTIVE_FAILURES = 20;
/**
 * A provider without a completion for this long is closed, unless the policy allows more. Shorter
 * than the time limit of one task, so that the provider is closed instead of one task after the
 * other losing an hour.
 */
const DEAD_AFTER_MS = 45 * 60_000;
const SHARE_OF_LIMIT = 0.75;

/** A provider that rejects requests is available. */
const OF_THE_REQUEST: ReadonlySet<string> = new Set(['content_filter', 'bad_request']);

/** One provider. */
export interface FailureMonitor {
  /** Whether any completion has been received. */
  readonly heard: boolean;
  /**
   * Takes every call into account, whatever its outcome.
   * @returns why the provider should be closed, or null when it should not
   */
  note(call: Pick<CallRecord, 'errorKind' | 'reason'>, now: number): string | null;
  /**
   * Takes a task that failed into account.
   * @returns why the provider should be closed, or null when it should not
   */
  failed(call: Pick<CallRecord, 'errorKind'>, reason: string): string | null;
}

export function createFailureMonitor(
  policy: Pick<RetryPolicy, 'total_s' | 'throttle_patience_s'>,
): FailureMonitor {
  const deadAfterMs = Math.max(
    DEAD_AFTER_MS,
    SHARE_OF_LIMIT * 1000 * Math.max(policy.total_s, policy.throttle_patience_s),
  );
  let heard = false;
  /**
   * When the first failure since the last completion was received; a provider that is not asked is
   * not silent.
   */
  let silentSince: number | null = null;
  let last: string | null = null;
  let alike = 0;
  return {
    get heard() {
      return heard;
    },
    note({ errorKind, reason }, at) {
      if (errorKind !== null) {
        silentSince ??= at;
        if (at - silentSince < deadAfterMs) return null;
        return `nothing has come back for ${Math.floor((at - silentSince) / 60_000)} minutes: ${reason}`;
      }
      heard = true;
      silentSince = null;
      return null;
    },
    failed({ errorKind }, reason) {
      if (heard || errorKind === null || OF_THE_REQUEST.has(errorKind)) return null;
      alike = last === errorKind ? alike + 1 : 1;
      last = errorKind;
      return alike < MAX_CONSECUTIVE_FAILURES
        ? null
        : `${MAX_CONSECUTIVE_FAILURES} in a row failed alike, and nothing has succeeded yet: ${reason}`;
    },
  };
}

/** Failed tasks of one kind that close a model for an instrument, by default. */
export const DEFAULT_STOP_AFTER = 10;
/** Results about the model, which a study wants to have. */
const FINDINGS: ReadonlySet<string> = new Set(['refused', 'content_filter']);
/** Failures that may be the provider's rather than the model's. */
const OF_THE_PROVIDER: ReadonlySet<string> = new Set(['server', 'network', 'timeout']);

/** One model with one instrument: whether the model can answer it. */
export interface SubjectMonitor {
  answered(): void;
  /**
   * Takes a task that failed into account.
   * @param heard whether the provider has answered any call
   * @returns why the other tasks need not be tried, or null when they should be
   */
  failed(result: Pick<Unanswered, 'call' | 'deferred' | 'reason'>, heard: boolean): string | null;
}

/** @param stopAfter tasks that fail alike, while none is answered */
export function createSubjectMonitor(stopAfter: number): SubjectMonitor {
  let answered = false;
  let rejectedInARow = 0;
  const alike = new Map<string, number>();
  return {
    answered() {
      answered = true;
      rejectedInARow = 0;
    },
    failed({ call, deferred, reason }, heard) {
      const { failure } = call;
      if (deferred || failure === null || FINDINGS.has(failure)) return null;
      // A provider that answers no model says nothing about this one.
      if (OF_THE_PROVIDER.has(failure) && !heard) return null;
      rejectedInARow = failure === 'bad_request' ? rejectedInARow + 1 : 0;
      if (rejectedInARow >= MAX_CONSECUTIVE_FAILURES)
        return `${MAX_CONSECUTIVE_FAILURES} in a row were turned down (bad_request), the last one: ${reason}`;
      if (answered) return null;
      const kind = kindOf(call);
      const count = (alike.get(kind) ?? 0) + 1;
      alike.set(kind, count);
      return count < stopAfter
        ? null
        : `none was answered, and ${count} failed alike (${kind}), the last one: ${reason}`;
    },
  };
}

/**
 * The key by which failures are counted, e.g. `timeout`, or `invalid, off_scale` where more is
 * known.
 */
export function kindOf({
  failure,
  code,
  outcome,
}: Pick<CallRecord, 'failure' | 'code' | 'outcome'>): string {
  const kind = failure ?? outcome;
  return code == null || code === kind ? kind : `${kind}, ${code}`;
}
