/**
 * Providers as they are modelled, on a virtual clock: what they accept, what they tell of it, how
 * long they take. `simulate` has callers call one of them through a pace and says what became of
 * it.
 */

import type { Timing } from '../../src/clock.ts';
import type { RateLimit } from '../../src/providers/provider.ts';
import type { Feedback, Permit } from '../../src/runner/rate/rate-limiter.ts';
import type { VirtualClock } from './virtual-clock.ts';

const MINUTE = 60_000;

/**
 * A quota that the provider enforces. `take` says whether so much may be had at that time, and has
 * it.
 */
export interface Quota {
  take(now: number, amount: number): boolean;
  remaining(now: number): number;
  /** Until the quota is whole again, milliseconds. */
  resetMs(now: number): number;
  /** What a rejected caller is told to wait. */
  retryAfterMs(now: number, amount: number): number;
  /** Per minute. */
  limit: number;
}

/** So much in each minute of the provider's clock. */
export function fixedWindow(limit: number, offset = 0): Quota {
  let window = Number.NaN;
  let used = 0;
  const roll = (now: number) => {
    const current = Math.floor((now + offset) / MINUTE);
    if (current !== window) used = 0;
    window = current;
  };
  const resetMs = (now: number) => MINUTE - ((now + offset) % MINUTE);
  const quota: Quota = {
    limit,
    take(now, amount) {
      roll(now);
      if (used + amount > quota.limit) return false;
      used += amount;
      return true;
    },
    remaining(now) {
      roll(now);
      return Math.max(0, quota.limit - used);
    },
    resetMs,
    retryAfterMs: resetMs,
  };
  return quota;
}

/** So much in any sixty seconds. */
export function slidingWindow(limit: number): Quota {
  const taken: { at: number; amount: number }[] = [];
  let used = 0;
  const roll = (now: number) => {
    while (taken.length > 0 && taken[0]!.at <= now - MINUTE) used -= taken.shift()!.amount;
  };
  const untilFree = (now: number, amount: number) => {
    roll(now);
    let free = 0;
    for (const one of taken) {
      free += one.amount;
      if (free >= amount) return one.at + MINUTE - now;
    }
    return 0;
  };
  const quota: Quota = {
    limit,
    take(now, amount) {
      roll(now);
      if (used + amount > quota.limit) return false;
      used += amount;
      taken.push({ at: now, amount });
      return true;
    },
    remaining(now) {
      roll(now);
      return Math.max(0, quota.limit - used);
    },
    resetMs: (now) => untilFree(now, 1),
    retryAfterMs: untilFree,
  };
  return quota;
}

/** Fills evenly, up to a minute's worth. */
export function bucket(limit: number): Quota {
  let level = limit;
  let at = 0;
  const fill = (now: number, full: number) => {
    level = Math.min(full, level + ((now - at) * full) / MINUTE);
    at = now;
  };
  const quota: Quota = {
    limit,
    take(now, amount) {
      fill(now, quota.limit);
      if (level < amount) return false;
      level -= amount;
      return true;
    },
    remaining(now) {
      fill(now, quota.limit);
      return Math.floor(level);
    },
    resetMs(now) {
      fill(now, quota.limit);
      return Math.ceil(((quota.limit - level) * MINUTE) / quota.limit);
    },
    retryAfterMs(now, amount) {
      fill(now, quota.limit);
      return Math.ceil((Math.max(0, amount - level) * MINUTE) / quota.limit);
    },
  };
  return quota;
}

export interface ModelledProvider {
  readonly requests?: Quota;
  readonly tokens?: Quota;
  /** In headers. Default false. */
  readonly told?: boolean;
  /** With a rejection. Default false. */
  readonly tellsRetryAfter?: boolean;
  /** Of a reply, given how many calls are under way. */
  readonly latencyMs: (underWay: number, random: () => number) => number;
  /** Of a rejection. Default 50. */
  readonly rejectionMs?: number;
  /** What goes wrong with a call that the quotas let through. */
  readonly fault?: (
    now: number,
    random: () => number,
  ) => {
    readonly kind: 'throttled' | 'unavailable' | 'timeout';
    readonly retryAfterMs: number | null;
  } | null;
  /** Tokens of a call. Default 400. */
  readonly tokensOf?: (random: () => number) => number;
}

/** Whatever gives calls leave: the pace that is tested, or somebody who knows it all. */
export interface Gate {
  acquire(need: { readonly tokens: number }, signal: AbortSignal): Promise<Permit | null>;
  release(admission: Permit, feedback: Feedback): void;
}

export interface SimulationOptions {
  readonly callers: number;
  /** Calls that are to succeed before the end, at most. Default: as many as time allows. */
  readonly tasks?: number;
  /** What callers believe a call to take. Default: what `tokensOf` gives on average. */
  readonly guess?: number;
  readonly untilMs: number;
  /** How long the caller itself waits after a failure, beyond what the gate does. */
  readonly restMs?: (
    kind: 'throttled' | 'unavailable' | 'timeout',
    retryAfterMs: number | null,
  ) => number;
}

export interface Simulated {
  /** Calls that were accepted, rejected and failed, by the minute in which they arrived. */
  readonly minutes: readonly {
    accepted: number;
    tokens: number;
    rejected: number;
    failed: number;
  }[];
  readonly mostUnderWay: number;
  /** When the last task succeeded, milliseconds. */
  readonly endedAt: number;
  readonly succeeded: number;
  readonly meanLatencyMs: number;
}

export async function simulate(
  clock: VirtualClock,
  gate: Gate,
  provider: ModelledProvider,
  options: SimulationOptions,
): Promise<Simulated> {
  const minutes: { accepted: number; tokens: number; rejected: number; failed: number }[] = [];
  const { random } = clock;
  const told = provider.told ?? false;
  let underWay = 0;
  let mostUnderWay = 0;
  let succeeded = 0;
  let endedAt = 0;
  let latencies = 0;
  const tasks = options.tasks ?? Number.POSITIVE_INFINITY;
  let begun = 0;

  const minuteAt = (now: number) => {
    const index = Math.floor(now / MINUTE);
    while (minutes.length <= index)
      minutes.push({ accepted: 0, tokens: 0, rejected: 0, failed: 0 });
    return minutes[index]!;
  };
  const rateLimit = (now: number): RateLimit | null => {
    if (!told) return null;
    const of = (quota: Quota | undefined) =>
      quota === undefined
        ? null
        : {
            limit: quota.limit,
            remaining: Math.floor(quota.remaining(now)),
            resetMs: Math.ceil(quota.resetMs(now)),
          };
    return { requests: of(provider.requests), tokens: of(provider.tokens) };
  };

  async function call(timing: Timing): Promise<Feedback> {
    const arrived = timing.now();
    const minute = minuteAt(arrived);
    const amount = provider.tokensOf?.(random) ?? 400;
    const quotas = [
      { quota: provider.requests, amount: 1 },
      { quota: provider.tokens, amount },
    ];
    underWay++;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    try {
      const lacking = quotas.find(
        ({ quota, amount: wanted }) => quota !== undefined && quota.remaining(arrived) < wanted,
      );
      if (lacking !== undefined) {
        minute.rejected++;
        const headers = rateLimit(arrived);
        const wait = lacking.quota!.retryAfterMs(arrived, lacking.amount);
        await timing.sleep(provider.rejectionMs ?? 50, new AbortController().signal);
        return {
          kind: 'throttled',
          retryAfterMs: (provider.tellsRetryAfter ?? false) ? wait : null,
          usage: null,
          rateLimit: headers,
        };
      }
      const fault = provider.fault?.(arrived, random) ?? null;
      if (fault !== null) {
        if (fault.kind === 'throttled') minute.rejected++;
        else minute.failed++;
        await timing.sleep(provider.rejectionMs ?? 50, new AbortController().signal);
        return { ...fault, usage: null, rateLimit: null };
      }
      for (const { quota, amount: wanted } of quotas) quota?.take(arrived, wanted);
      minute.accepted++;
      minute.tokens += amount;
      const headers = rateLimit(arrived);
      const latency = provider.latencyMs(underWay, random);
      latencies += latency;
      await timing.sleep(latency, new AbortController().signal);
      const usage = {
        inputTokens: Math.ceil(amount / 2),
        outputTokens: Math.floor(amount / 2),
        reasoningTokens: null,
        cachedTokens: null,
      };
      return { kind: 'ok', retryAfterMs: null, usage, rateLimit: headers };
    } finally {
      underWay--;
    }
  }

  async function caller(): Promise<void> {
    while (clock.now() < options.untilMs && begun < tasks) {
      begun++;
      for (;;) {
        const admission = await gate.acquire(
          { tokens: options.guess ?? 400 },
          new AbortController().signal,
        );
        if (admission === null || clock.now() >= options.untilMs) return;
        const feedback = await call(clock);
        gate.release(admission, feedback);
        if (feedback.kind === 'ok') break;
        const rest =
          feedback.kind === 'cancelled' || feedback.kind === 'loading'
            ? 0
            : (options.restMs?.(feedback.kind, feedback.retryAfterMs) ?? 0);
        if (rest > 0) await clock.sleep(rest, new AbortController().signal);
      }
      succeeded++;
      endedAt = clock.now();
    }
  }
  const callers = Array.from({ length: options.callers }, caller);
  await clock.runUntil(options.untilMs);
  void callers;
  return {
    minutes,
    mostUnderWay,
    endedAt,
    succeeded,
    meanLatencyMs: latencies / Math.max(1, succeeded),
  };
}
