/** Clock, timers and randomness, handed in so that a test can stand still. */
export interface Timing {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`, or at once when the signal is aborted: the caller looks at the signal. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
}

/** Longest delay of a timer; Node takes more for 1 ms. Whoever sleeps for longer looks at the clock and sleeps again. */
const LONGEST_SLEEP_MS = 2_147_483_647;

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
      const timer = setTimeout(done, Math.min(ms, LONGEST_SLEEP_MS));
      signal.addEventListener('abort', done, { once: true });
    }),
};
