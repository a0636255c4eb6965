/** Lets calls leave evenly. Pure: the time is given. */

/** So much lateness is made up for: timers are never exact, and a place may have been free with nobody to take it. */
const MADE_UP_MS = 500;

export class LeakyBucket {
  #next = 0;

  /** When the next call may leave, milliseconds. */
  get readyAt(): number {
    return this.#next;
  }

  /** @param ms what the call that leaves now takes of the time; negative gives back */
  take(now: number, ms: number): void {
    this.#next = Math.max(this.#next, now - MADE_UP_MS) + ms;
  }

  giveBack(ms: number): void {
    this.#next -= ms;
  }
}
