/**
 * What to do after a failure: retry and when, give the task up for this run, or close its model or
 * provider. Pure.
 */
import type { KindPolicy, RetryPolicy } from '../config/schema.ts';
import type { ProviderErrorKind } from '../errors.ts';

/** The kinds of failure: a call without a completion, or a completion that cannot be used. */
export type FailureKind =
  | Exclude<ProviderErrorKind, 'aborted'>
  | 'truncated'
  | 'refused'
  | 'unparseable'
  | 'invalid';

/**
 * What can be closed for the rest of a run: a provider with all its models, one model, or that
 * model for one instrument.
 */
export type Scope = 'provider' | 'model' | 'subject';

/**
 * Every kind, so that options and tests can name them; those that close a model or provider last.
 */
export const FAILURE_KINDS = Object.keys({
  throttled: true,
  server: true,
  network: true,
  timeout: true,
  protocol: true,
  truncated: true,
  refused: true,
  content_filter: true,
  unparseable: true,
  invalid: true,
  bad_request: true,
  authentication: true,
  unknown_model: true,
  quota: true,
} satisfies Record<FailureKind, true>) as readonly FailureKind[];

export interface Failure {
  readonly kind: FailureKind;
  /** In one line. Two failures of one kind with equal reasons are the same failure. */
  readonly reason: string;
  /** The pause that the provider asked for, or null when it asked for none. */
  readonly retryAfterMs: number | null;
  /** When it happened, milliseconds. */
  readonly at: number;
  /** Every other call to the same model would fail in the same way, whatever the kind. */
  readonly fatal?: boolean;
}

/** The failures of one task in this run. */
export interface History {
  readonly kinds: ReadonlyMap<FailureKind, { readonly failures: number; readonly firstAt: number }>;
  /** Failures of the kinds that share the policy's `attempts`. */
  readonly shared: number;
  readonly last: Pick<Failure, 'kind' | 'reason'> | null;
  /**
   * How often the last failure was repeated. Throttling in between neither counts nor interrupts.
   */
  readonly sameInARow: number;
}

export const NOTHING_YET: History = { kinds: new Map(), shared: 0, last: null, sameInARow: 0 };

export type Decision =
  | { readonly next: 'again'; readonly afterMs: number }
  | { readonly next: 'give up'; readonly reason: string }
  /** Every other task of that scope would fail in the same way. */
  | { readonly next: 'close'; readonly scope: Scope; readonly reason: string };

/** The complete rule for one kind of failure. */
interface Rule {
  /** Null: never counted, as for throttling. */
  readonly attempts: number | null;
  /** Whether the kind has attempts of its own, or shares the policy's with other kinds. */
  readonly own: boolean;
  readonly baseMs: number;
  readonly maxMs: number;
  readonly jitter: number;
  readonly totalMs: number;
  readonly sameInARow: number;
}

/**
 * Not retried unless the configuration says otherwise: a refusal is a result about the model, a
 * token limit cuts the next reply off as well, and a bad request or key stays bad.
 */
const ONCE: ReadonlySet<FailureKind> = new Set([
  'truncated',
  'refused',
  'content_filter',
  'bad_request',
  'authentication',
  'unknown_model',
  'quota',
]);
/** Failures that every other call of the account, or to the model, would have as well. */
const CLOSES: Partial<Record<FailureKind, Scope>> = {
  authentication: 'provider',
  quota: 'provider',
  unknown_model: 'model',
};
/** The provider works, only the reply cannot be used: there is nothing to wait for. */
const ABOUT_THE_REPLY: ReadonlySet<FailureKind> = new Set([
  'truncated',
  'refused',
  'content_filter',
  'unparseable',
  'invalid',
]);

/**
 * The shortest wait after throttling, doubled up to a second. A provider that throttles and allows
 * an immediate retry for an hour must not get a million calls.
 */
const SHORTEST_THROTTLE_MS = 5;
const LONGEST_SHORTEST_MS = 1000;
/**
 * Pauses that the provider asks for end at the same instant for all tasks; they are spread over at
 * most this time.
 */
const SPREAD_MS = 1000;
/** Further doublings would be far above any maximum. */
const MOST_DOUBLINGS = 40;

function ruleOf(policy: RetryPolicy, kind: FailureKind): Rule {
  const special: Partial<KindPolicy> = policy.kinds[kind] ?? {};
  const own = special.attempts ?? (ONCE.has(kind) ? 1 : null);
  return {
    attempts: kind === 'throttled' ? null : (own ?? policy.attempts),
    own: own !== null,
    baseMs: (special.base_delay_s ?? (ABOUT_THE_REPLY.has(kind) ? 0 : policy.base_delay_s)) * 1000,
    maxMs: (special.max_delay_s ?? policy.max_delay_s) * 1000,
    jitter: special.jitter ?? policy.jitter,
    totalMs:
      (special.total_s ?? (kind === 'throttled' ? policy.throttle_patience_s : policy.total_s)) *
      1000,
    sameInARow: special.same_in_a_row ?? policy.same_in_a_row,
  };
}

/**
 * @param history what happened before this failure; `NOTHING_YET` at first
 * @param random uniform in [0, 1)
 * @returns the decision, and the history with this failure
 */
export function afterFailure(
  policy: RetryPolicy,
  history: History,
  failure: Failure,
  random: () => number,
): { readonly decision: Decision; readonly history: History } {
  const rule = ruleOf(policy, failure.kind);
  const now = remember(history, failure, rule);
  return { decision: decide(rule, now, failure, random), history: now };
}

function remember(history: History, { kind, reason, at }: Failure, rule: Rule): History {
  const kinds = new Map(history.kinds);
  const before = kinds.get(kind);
  kinds.set(kind, { failures: (before?.failures ?? 0) + 1, firstAt: before?.firstAt ?? at });
  if (kind === 'throttled') return { ...history, kinds };
  // The call was not throttled, so the time limit for throttling starts anew.
  kinds.delete('throttled');
  const same = history.last?.kind === kind && history.last.reason === reason;
  return {
    kinds,
    shared: history.shared + (rule.own ? 0 : 1),
    last: { kind, reason },
    sameInARow: same ? history.sameInARow + 1 : 1,
  };
}

function decide(
  rule: Rule,
  history: History,
  { kind, reason, retryAfterMs, at, fatal }: Failure,
  random: () => number,
): Decision {
  const { failures, firstAt } = history.kinds.get(kind)!;
  const giveUp = (why: string): Decision => {
    const scope = CLOSES[kind] ?? (fatal === true ? 'provider' : null);
    if (scope !== null) return { next: 'close', scope, reason };
    return { next: 'give up', reason: why === '' ? reason : `${reason} (${why})` };
  };

  if (rule.attempts !== null) {
    if ((rule.own ? failures : history.shared) >= rule.attempts) return giveUp('');
    if (history.sameInARow >= rule.sameInARow)
      return giveUp(`the same ${rule.sameInARow} times in a row`);
  }
  // A pause beyond the time limit concerns every call: a daily quota is spent, whatever it is
  // called. Most providers give each model a quota of its own.
  if (kind === 'throttled' && retryAfterMs !== null && retryAfterMs > rule.totalMs) {
    return {
      next: 'close',
      scope: 'model',
      reason: `${reason} (it asks for a pause of ${seconds(retryAfterMs)}; the limit is ${seconds(rule.totalMs)})`,
    };
  }
  const afterMs = delayOf(rule, kind, failures, retryAfterMs, random);
  if (at + afterMs - firstAt > rule.totalMs)
    return giveUp(`for more than ${seconds(rule.totalMs)}`);
  return { next: 'again', afterMs };
}

function delayOf(
  rule: Rule,
  kind: FailureKind,
  failures: number,
  retryAfterMs: number | null,
  random: () => number,
): number {
  const doublings = Math.min(failures - 1, MOST_DOUBLINGS);
  const delay =
    retryAfterMs === null
      ? Math.min(rule.maxMs, rule.baseMs * 2 ** doublings) * (1 - rule.jitter * random())
      : retryAfterMs + Math.min(retryAfterMs, SPREAD_MS) * rule.jitter * random();
  if (kind !== 'throttled') return delay;
  return Math.max(delay, Math.min(LONGEST_SHORTEST_MS, SHORTEST_THROTTLE_MS * 2 ** doublings));
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
