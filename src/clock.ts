/** Clock, timers and randomness, handed in so that a test can stand still. */
import { LARGEST_INTEGER } from './numbers.ts';

/** What a run measures time by, and waits. */
export interface Timing {
  /**
   * Milliseconds of time in which the process ran; at its start, those since 1970. For waits and
   * timeouts: nobody sets this clock, and it does not count the time for which the process was
   * stopped or its machine slept.
   */
  now(): number;
  /** Resolves after `ms`, or at once when the signal is aborted: the caller looks at the signal. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
  /**
   * Milliseconds since 1970 by the machine's own clock, which may be set. For dates. Default:
   * `now`.
   */
  date?(): number;
}

/**
 * Longest delay of a timer; Node takes more for 1 ms. Whoever sleeps for longer looks at the clock
 * and sleeps again.
 */
const LONGEST_SLEEP_MS = LARGEST_INTEGER;
/** The clock is read at least this often while the process runs. */
const BEAT_MS = 500;
/** Not read for longer than this, the process did not run. */
const STOPPED_MS = 2000;

/**
 * A clock that counts only time in which it is read often.
 * @param read milliseconds of a clock that nobody sets
 */
export function runningClock(read: () => number): () => number {
  let last = read();
  let stopped = 0;
  return () => {
    const at = read();
    if (at - last > STOPPED_MS) stopped += at - last;
    last = at;
    return at - stopped;
  };
}

let clock: (() => number) | null = null;

function now(): number {
  if (clock === null) {
    clock = runningClock(() => performance.timeOrigin + performance.now());
    setInterval(clock, BEAT_MS).unref();
  }
  return clock();
}

export const systemTiming: Timing = {
  now,
  date: Date.now,
  random: Math.random,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted || ms <= 0) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(ms, LONGEST_SLEEP_MS));
      signal.addEventListener('abort', done, { once: true });
    }),
};

/** Milliseconds since 1970, for dates. */
export function dateOf(timing: Timing): number {
  return timing.date?.() ?? timing.now();
}

/**
 * Calls back once the process has run for `ms`, and not before what has arrived by then was read:
 * after a stop a timer and the reply that it is for are due together, and timers come first.
 * @returns ends the waiting
 */
export function afterRunning(ms: number, ring: () => void, clock: () => number = now): () => void {
  const due = clock() + ms;
  let immediate: NodeJS.Immediate | undefined;
  const look = () => {
    const left = due - clock();
    if (left > 0) timer = setTimeout(look, Math.ceil(left));
    else immediate = setImmediate(ring);
  };
  let timer = setTimeout(look, ms);
  return () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };
}
