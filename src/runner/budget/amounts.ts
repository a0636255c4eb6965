/** What calls take: dollars, tokens, and their number. */
import type { ModelEntry } from '../../models/catalogue.ts';
import { costOf } from '../../models/cost.ts';
import { formatCount, formatDollars } from '../../numbers.ts';
import type { CallRecord, Task } from '../task.ts';
import { worstCaseTokens } from './estimate.ts';

export interface Amounts {
  /** US dollars; 0 where the price is unknown. */
  readonly usd: number;
  /** Read and written. */
  readonly tokens: number;
  readonly calls: number;
}

export type Measure = keyof Amounts;

/** Upper limits; null where there is none. */
export type Limits = Readonly<Record<Measure, number | null>>;

export const MEASURES: readonly Measure[] = ['usd', 'tokens', 'calls'];
export const NOTHING: Amounts = { usd: 0, tokens: 0, calls: 0 };
export const NO_LIMITS: Limits = { usd: null, tokens: null, calls: null };

export function plus(one: Amounts, other: Amounts): Amounts {
  return {
    usd: rounded(one.usd + other.usd),
    tokens: one.tokens + other.tokens,
    calls: one.calls + other.calls,
  };
}

export function minus(one: Amounts, other: Amounts): Amounts {
  return {
    usd: rounded(one.usd - other.usd),
    tokens: one.tokens - other.tokens,
    calls: one.calls - other.calls,
  };
}

export function isLimited(limits: Limits): boolean {
  return MEASURES.some((measure) => limits[measure] !== null);
}

/** What a study may spend and has spent, in all processes together. */
export interface StudyBudget {
  readonly limits: Limits;
  readonly spent: Amounts;
  /** Reserved for calls in flight, at their worst case. */
  readonly reserved: Amounts;
  /**
   * Reserved by processes that ended: whether these calls were made, and what they cost, is
   * unknown.
   */
  readonly unconfirmed: Amounts;
}

/** Everything that counts against the limits. */
export function total({ spent, reserved, unconfirmed }: StudyBudget): Amounts {
  return plus(plus(spent, reserved), unconfirmed);
}

/** What is left of each limited measure, never below 0. */
export function leftOf(budget: StudyBudget): Limits {
  const taken = total(budget);
  const { limits } = budget;
  const left = (limit: number | null, used: number) =>
    limit === null ? null : Math.max(0, limit - used);
  return {
    usd: left(limits.usd, taken.usd),
    tokens: left(limits.tokens, taken.tokens),
    calls: left(limits.calls, taken.calls),
  };
}

/**
 * Rounded to a millionth of a millionth, so that an amount added and subtracted again leaves
 * nothing.
 */
function rounded(usd: number): number {
  return Math.round(usd * 1e12) / 1e12 + 0;
}

/** Sums of many small prices differ in the last digits by their order. */
const ROUNDING = 1e-9;

/** The first measure in which the amounts exceed the limits, or null when they do not. */
export function excess(amounts: Amounts, limits: Limits): Measure | null {
  return (
    MEASURES.find(
      (measure) => limits[measure] !== null && amounts[measure] > limits[measure] * (1 + ROUNDING),
    ) ?? null
  );
}

/** The most that the next call of a task can take. */
export function worstCase(
  task: Pick<Task<unknown>, 'request' | 'replyTokens' | 'model'>,
  factor: number,
): Amounts {
  const tokens = worstCaseTokens(task);
  return {
    usd: (costOf(task.model, tokens) ?? 0) * factor,
    tokens: Math.ceil((tokens.input + tokens.output) * factor),
    calls: 1,
  };
}

/** What decides what a call cost. */
export type PaidCall = Pick<CallRecord, 'errorKind' | 'usage' | 'costUsd' | 'exchange'>;

/** A gateway gave up waiting: the provider may have gone on, and may charge for the call. */
const GIVEN_UP: readonly number[] = [408, 499, 502, 504, 520, 522, 524];

/** Whether it is unknown if the provider charges for a failed call: no reply says so. */
export function isUnconfirmed({
  errorKind,
  exchange: { status },
}: Pick<PaidCall, 'errorKind' | 'exchange'>): boolean {
  if (errorKind === null || errorKind === 'throttled') return false;
  return status === null || status < 400 || GIVEN_UP.includes(status);
}

/**
 * What a call cost. Rejections and errors that the provider answered with are free; the cost of any
 * other failure is unknown, so its worst case counts.
 */
export function spentBy(call: PaidCall, model: ModelEntry, most: Amounts): Amounts {
  if (call.errorKind === 'throttled') return NOTHING;
  if (call.errorKind !== null && !isUnconfirmed(call)) return { ...NOTHING, calls: 1 };
  const { inputTokens, outputTokens } = call.usage ?? { inputTokens: null, outputTokens: null };
  return {
    usd: model.price === null ? 0 : (call.costUsd ?? most.usd),
    tokens:
      inputTokens === null || outputTokens === null ? most.tokens : inputTokens + outputTokens,
    calls: 1,
  };
}

/** `$0.0123`, `1,200 tokens`, `3 calls`. */
export function describeAmount(measure: Measure, value: number): string {
  if (measure === 'usd') return formatDollars(value);
  return `${formatCount(value)} ${measure === 'calls' && value === 1 ? 'call' : measure}`;
}
