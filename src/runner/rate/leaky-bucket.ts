/** Spaces calls evenly. Pure: the time is given. */

/**
 * Burst: this much delay is made up for, because timers are inexact and slots may have been free.
 */
const BURST_MS = 500;

export class LeakyBucket {
  #next = 0;

  /** When the next call may be sent, milliseconds. */
  get readyAt(): number {
    return this.#next;
  }

  /** @param ms time that the call sent now takes up */
  take(now: number, ms: number): void {
    this.#next = Math.max(this.#next, now - BURST_MS) + ms;
  }

  giveBack(ms: number): void {
    this.#next -= ms;
  }
}
