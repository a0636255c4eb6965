/**
 * The one place that waits: how many calls to a provider may be under way, when the next may leave, and how long to stay
 * away after it pushed back. Clock, timers and randomness come from outside.
 */
import type { RetryPolicy } from '../config.ts';

export interface Timing {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`, or at once when the signal is aborted: the caller looks at the signal. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
}

export const systemTiming: Timing = {
  now: Date.now,
  random: Math.random,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted || ms <= 0) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done, { once: true });
    }),
};

/** How a call ended, as far as the limits are concerned. */
type Feedback = { readonly kind: 'fine' } | { readonly kind: 'throttled'; readonly retryAfterMs: number | null };

/** The pace of one provider. */
export interface Pace {
  /** Resolves with true when a call may leave, false when the signal ended the waiting. Each true owes one `settle`. */
  admit(signal: AbortSignal): Promise<boolean>;
  settle(feedback: Feedback): void;
  /** When the present pause ends, milliseconds since 1970; null when nothing is paused. */
  readonly pausedUntil: number | null;
}

/** Share of the calls under way that may go on after a provider pushed back. */
const SHRINK = 0.7;
const SMALLEST = 1;

/**
 * Concurrency grows by one for each round of calls that went well and shrinks once for each episode of throttling; a
 * pause, told by the provider or doubled from one throttled call to the next, holds for every caller.
 */
export function createPace(policy: RetryPolicy, ceiling: number, timing: Timing): Pace {
  let allowed = ceiling;
  let underWay = 0;
  let pausedUntil = 0;
  let episodeEnds = 0;
  let inARow = 0;
  const queue: (() => void)[] = [];

  const wakeNext = () => {
    if (underWay < allowed) queue.shift()?.();
  };
  return {
    get pausedUntil() {
      return pausedUntil > timing.now() ? pausedUntil : null;
    },
    async admit(signal) {
      while (!signal.aborted) {
        const wait = pausedUntil - timing.now();
        if (wait > 0) {
          // Not all at the same instant: a burst after the pause would only be pushed back again.
          await timing.sleep(wait + timing.random() * policy.jitter * Math.min(wait, 1000), signal);
        } else if (underWay >= Math.max(SMALLEST, Math.floor(allowed))) {
          await waitInLine(queue, signal);
        } else {
          underWay++;
          return true;
        }
      }
      wakeNext();
      return false;
    },
    settle(feedback) {
      underWay--;
      const now = timing.now();
      if (feedback.kind === 'fine') {
        inARow = 0;
        allowed = Math.min(ceiling, allowed + 1 / Math.max(1, allowed));
      } else {
        if (now >= episodeEnds) {
          allowed = Math.max(SMALLEST, Math.min(allowed, underWay + 1) * SHRINK);
          inARow++;
        }
        const pause = feedback.retryAfterMs ?? backoffMs(policy, inARow, timing);
        pausedUntil = Math.max(pausedUntil, now + pause);
        // Calls that were already under way when the provider pushed back belong to the same episode.
        episodeEnds = Math.max(episodeEnds, pausedUntil);
      }
      wakeNext();
    },
  };
}

function waitInLine(queue: (() => void)[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const proceed = () => {
      signal.removeEventListener('abort', leave);
      resolve();
    };
    const leave = () => {
      const place = queue.indexOf(proceed);
      if (place >= 0) queue.splice(place, 1);
      resolve();
    };
    queue.push(proceed);
    signal.addEventListener('abort', leave, { once: true });
  });
}

/**
 * How long to wait after the n-th failure in a row, in milliseconds: doubled each time up to the policy's maximum, of
 * which a share is random so that callers do not march in step.
 */
export function backoffMs(policy: RetryPolicy, failures: number, timing: Timing): number {
  const full = Math.min(policy.max_delay_s, policy.base_delay_s * 2 ** Math.max(0, failures - 1)) * 1000;
  return full * (1 - policy.jitter * timing.random());
}
