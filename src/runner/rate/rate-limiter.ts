/**
 * Decides when a call may be sent. This is where calls wait, whatever for: quotas that are
 * configured or reported, a quota learned from rejections, the limit of calls in flight, a provider
 * that is unavailable.
 */
import { setMaxListeners } from 'node:events';
import type { Timing } from '../../clock.ts';
import type { RateLimit, Usage } from '../../providers/provider.ts';
import { AdaptiveConcurrency } from './adaptive-concurrency.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { Congestion } from './congestion.ts';
import { ConcurrencyLimit } from './in-flight.ts';
import { type Dispatch, LearnedQuota } from './learned-quota.ts';
import { Quota } from './quota.ts';

/** How long to pause when the provider does not say. */
export interface Waits {
  readonly base_delay_s: number;
  readonly max_delay_s: number;
  /** The random share of each wait, 0 to 1. */
  readonly jitter: number;
}

export interface RateLimiterOptions {
  readonly waits: Waits;
  /** Most calls in flight. */
  readonly ceiling: number;
  readonly timing: Timing;
  /** Quotas of the account, where they are configured. */
  readonly requestsPerMinute?: number | null;
  readonly tokensPerMinute?: number | null;
  /** The share of the account's quotas that is this process's. Default 1. */
  readonly share?: number;
  /** Shared by all rate limiters of one provider. */
  readonly breaker: CircuitBreaker;
  /** Shared by all rate limiters of one provider. Default: not shared, without a limit. */
  readonly inFlight?: ConcurrencyLimit;
}

interface Need {
  /** Estimated tokens of request and reply. */
  readonly tokens: number;
}

/** The permission to send one call. It must be released once. */
export interface Permit {
  readonly dispatch: Dispatch;
  /** In the order of sending. */
  readonly number: number;
  /** The estimate, and what was taken of the quota for it. */
  readonly guessed: number;
  readonly taken: number;
  /** The call probes whether the provider is available again. */
  readonly probe: boolean;
}

/**
 * How a call ended:
 * - `ok`          a reply came, whatever it said
 * - `throttled`   the provider rejected the call because of a rate limit
 * - `unavailable` the provider failed, or could not be reached
 * - `timeout`     no complete reply came in time
 * - `loading`     the provider reports that it is not ready yet
 * - `cancelled`   says nothing: the call was never sent, or its caller aborted it
 */
export interface Feedback {
  readonly kind: 'ok' | 'throttled' | 'unavailable' | 'timeout' | 'loading' | 'cancelled';
  readonly retryAfterMs: number | null;
  readonly usage: Usage | null;
  readonly rateLimit: RateLimit | null;
}

/** The calls that wait, and why. */
interface Waiting {
  readonly calls: number;
  readonly why: 'quota' | 'throttled' | 'unavailable';
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** The rate limiter of one model of one account. */
export interface RateLimiter {
  /**
   * Resolves when a call may be sent, or with null when the signal was aborted. Each permit must be
   * released once.
   */
  acquire(need: Need, signal: AbortSignal): Promise<Permit | null>;
  /**
   * @returns true for a timeout that means overload: other calls were in flight at the same time
   */
  release(permit: Permit, feedback: Feedback): boolean;
  /** Null when no call waits. */
  readonly waiting: Waiting | null;
  /** How many calls may be in flight at present. */
  readonly allowed: number;
  /** False when a call would have to wait now. */
  readonly free: boolean;
}

/** Quotas are per minute: a longer pause that the provider did not ask for would waste quota. */
const LONGEST_GUESS_MS = 15_000;
/**
 * After a pause, waiting calls are spread over this time: sent at the same instant, they would be
 * rejected again.
 */
const SPREAD_MS = 1000;
/** Weight of the latest call in the running ratio of real to estimated tokens. */
const LATEST = 0.05;
const FURTHEST_OFF = 20;

export function createBreaker(waits: Waits, timing: Timing): CircuitBreaker {
  return new CircuitBreaker((failures) => backoffMs(waits, failures, timing));
}

/**
 * How long to wait after the n-th failure in a row, in milliseconds: doubled each time up to the
 * maximum, less a random share.
 */
function backoffMs(waits: Waits, failures: number, timing: Timing): number {
  const full =
    Math.min(waits.max_delay_s, waits.base_delay_s * 2 ** Math.max(0, failures - 1)) * 1000;
  return full * (1 - waits.jitter * timing.random());
}

interface Waiter {
  readonly need: Need;
  readonly resolve: (permit: Permit | null) => void;
  readonly signal: AbortSignal;
  readonly cancel: () => void;
}

export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
  const { waits, timing, breaker, ceiling } = options;
  const share = options.share ?? 1;
  const requests = new Quota(options.requestsPerMinute ?? null, share);
  const tokens = new Quota(options.tokensPerMinute ?? null, share);
  const learned = new LearnedQuota();
  const concurrency = new AdaptiveConcurrency(ceiling);
  const congestion = new Congestion();
  const shared = options.inFlight ?? new ConcurrencyLimit(Number.POSITIVE_INFINITY);
  shared.onFree(pump);

  const queue: Waiter[] = [];
  let inFlight = 0;
  /** Real tokens per estimated token. */
  let ratio = 1;
  let pausedUntil = 0;
  /** After a pause of guessed length, calls probe one at a time whether it was long enough. */
  let guessedPause = false;
  let sinceResumed = 0;
  let spread = { until: 0, gapMs: 0 };
  let allowedBefore = 0;
  let timer: { readonly at: number; readonly off: AbortController } | null = null;
  let lastSignal: AbortSignal | null = null;

  /**
   * When the first waiting call may be sent, milliseconds; infinite when that depends on a call in
   * flight.
   */
  function readyAt(now: number): number {
    const first = queue[0];
    if (inFlight >= concurrency.allowed || shared.full) return Number.POSITIVE_INFINITY;
    const blockedUntil = Math.max(pausedUntil, breaker.readyAt, congestion.readyAt);
    if (blockedUntil > now) return blockedUntil;
    const unlimited = !learned.hasRate && requests.perMinute === null;
    if (unlimited && guessedPause && learned.open && sinceResumed > 0)
      return Number.POSITIVE_INFINITY;
    const spreading =
      unlimited && now < spread.until ? pausedUntil + sinceResumed * spread.gapMs : 0;
    return Math.max(
      spreading,
      learned.readyAt,
      requests.readyAt(1),
      tokens.readyAt((first?.need.tokens ?? 0) * ratio),
    );
  }

  function pump(): void {
    const now = timing.now();
    while (queue.length > 0) {
      const at = readyAt(now);
      if (at > now) {
        wakeAt(at, now);
        return;
      }
      const waiter = queue.shift()!;
      waiter.signal.removeEventListener('abort', waiter.cancel);
      waiter.resolve(permitFor(waiter.need, now));
    }
    timer?.off.abort();
    timer = null;
  }

  function permitFor(need: Need, now: number): Permit {
    inFlight++;
    if (inFlight === 1) congestion.begin(now);
    sinceResumed++;
    const taken = need.tokens * ratio;
    requests.take(now, 1);
    tokens.take(now, taken);
    return {
      dispatch: learned.dispatch(now),
      number: shared.start(),
      guessed: need.tokens,
      taken,
      probe: breaker.dispatch(),
    };
  }

  function wakeAt(at: number, now: number): void {
    if (timer !== null && timer.at <= at && timer.at > now) return;
    timer?.off.abort();
    timer = null;
    if (at === Number.POSITIVE_INFINITY) return;
    const mine = { at, off: new AbortController() };
    timer = mine;
    void timing.sleep(at - now, mine.off.signal).then(() => {
      if (timer !== mine) return;
      timer = null;
      pump();
    });
  }

  function pushedBack(call: Permit, retryAfterMs: number | null, now: number): void {
    const response = learned.rejected(call.dispatch, now);
    if (response.shrink) {
      allowedBefore = Math.max(allowedBefore, concurrency.allowed);
      concurrency.shrink(inFlight + 1);
    }
    if (response.restore) {
      concurrency.restore(allowedBefore);
      allowedBefore = 0;
      pausedUntil = now;
      spread = { until: 0, gapMs: 0 };
    }
    if (!response.pause) return;
    const pause =
      retryAfterMs === null
        ? Math.min(LONGEST_GUESS_MS, backoffMs(waits, response.inARow, timing))
        : retryAfterMs + timing.random() * waits.jitter * Math.min(retryAfterMs, SPREAD_MS);
    learned.resumeAt(now + pause);
    if (now + pause <= pausedUntil) return;
    pausedUntil = now + pause;
    guessedPause = retryAfterMs === null;
    sinceResumed = 0;
    const spreadMs = pause === 0 ? 0 : SPREAD_MS;
    spread = { until: pausedUntil + spreadMs, gapMs: spreadMs / concurrency.allowed };
  }

  function correctTokens(call: Permit, kind: Feedback['kind'], usage: Usage | null): void {
    if (kind === 'throttled') tokens.correct(-call.taken);
    if (
      kind !== 'ok' ||
      usage === null ||
      usage.inputTokens === null ||
      usage.outputTokens === null
    )
      return;
    const real = usage.inputTokens + usage.outputTokens;
    tokens.correct(real - call.taken);
    if (call.guessed > 0) ratio += LATEST * (Math.min(FURTHEST_OFF, real / call.guessed) - ratio);
  }

  return {
    acquire(need, signal) {
      if (signal.aborted) return Promise.resolve(null);
      if (queue.length === 0) {
        const now = timing.now();
        if (readyAt(now) <= now && tokens.readyAt(need.tokens * ratio) <= now)
          return Promise.resolve(permitFor(need, now));
      }
      return new Promise((resolve) => {
        const waiter: Waiter = {
          need,
          resolve,
          signal,
          cancel() {
            const index = queue.indexOf(waiter);
            if (index >= 0) queue.splice(index, 1);
            resolve(null);
            pump();
          },
        };
        queue.push(waiter);
        listenTo(signal, waiter.cancel);
        if (queue.length === 1) pump();
      });
    },
    release(call, { kind, retryAfterMs, usage, rateLimit }) {
      const now = timing.now();
      const full = inFlight >= concurrency.allowed;
      inFlight--;
      const alone = shared.isAlone(call.number);
      if (rateLimit?.requests) requests.read(rateLimit.requests, call.number, now);
      if (rateLimit?.tokens) tokens.read(rateLimit.tokens, call.number, now);
      correctTokens(call, kind, usage);
      if (kind === 'ok' || kind === 'throttled') breaker.answered();
      else if (kind === 'unavailable' || kind === 'loading')
        breaker.failed(now, call.probe, kind === 'loading');
      else if (kind === 'timeout' && (alone || call.probe)) breaker.failed(now, call.probe);
      else breaker.cancelled(call.probe);
      if (kind === 'ok') {
        learned.accepted(call.dispatch);
        congestion.replied(now, concurrency.allowed);
        concurrency.replied(now - call.dispatch.sentAt, usage?.outputTokens ?? 0, full);
      } else if (kind === 'throttled') {
        pushedBack(call, retryAfterMs, now);
      } else {
        if (kind === 'timeout' && !alone) {
          const fewer = congestion.timedOut(
            call.number,
            shared.next,
            now - call.dispatch.sentAt,
            Math.min(concurrency.allowed, inFlight + 1),
          );
          if (fewer !== null) concurrency.timedOut(fewer);
        }
        learned.discard(call.dispatch, now);
        // The probe was inconclusive, so the next call is one.
        if (learned.open) sinceResumed = 0;
      }
      shared.end();
      pump();
      return kind === 'timeout' && !alone;
    },
    get waiting(): Waiting | null {
      if (queue.length === 0) return null;
      const now = timing.now();
      const calls = queue.length;
      if (breaker.until !== null)
        return { calls, why: 'unavailable', until: Math.max(now, breaker.until) };
      if (pausedUntil > now) return { calls, why: 'throttled', until: pausedUntil };
      const until = Math.max(
        learned.readyAt,
        requests.readyAt(1),
        tokens.readyAt((queue[0]?.need.tokens ?? 0) * ratio),
      );
      return until > now ? { calls, why: 'quota', until } : null;
    },
    get allowed() {
      return concurrency.allowed;
    },
    get free() {
      const now = timing.now();
      return queue.length === 0 && readyAt(now) <= now;
    },
  };

  /** Hundreds of calls listen to the signal of the run; Node would warn of a leak above ten. */
  function listenTo(signal: AbortSignal, cancel: () => void): void {
    if (signal !== lastSignal) setMaxListeners(0, signal);
    lastSignal = signal;
    signal.addEventListener('abort', cancel, { once: true });
  }
}
