/**
 * A share of somebody's time for others: used at once while there is enough of it, and otherwise as
 * it comes back.
 */
export class TimeShare {
  readonly #share: number;
  readonly #mostMs: number;
  #leftMs: number;
  #at: number;

  /**
   * @param share of the time that passes, above 0 and at most 1
   * @param mostMs what is saved up at most, and there at the beginning
   * @param now milliseconds of any clock that never goes back
   */
  constructor(share: number, mostMs: number, now: number) {
    this.#share = share;
    this.#mostMs = mostMs;
    this.#leftMs = mostMs;
    this.#at = now;
  }

  /**
   * Milliseconds until something may be begun; 0 where it may now. However long it then takes, it
   * is not cut off.
   */
  waitMs(now: number): number {
    this.#refill(now);
    return this.#leftMs > 0 ? 0 : Math.ceil((1 - this.#leftMs) / this.#share);
  }

  /** Takes what was used, which may be more than there was. */
  spend(usedMs: number, now: number): void {
    this.#refill(now);
    this.#leftMs -= usedMs;
  }

  #refill(now: number): void {
    this.#leftMs = Math.min(this.#mostMs, this.#leftMs + (now - this.#at) * this.#share);
    this.#at = now;
  }
}
