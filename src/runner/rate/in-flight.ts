/** Limits the calls in flight to one provider, whatever their model. Pure. */

export class ConcurrencyLimit {
  readonly #most: number;
  readonly #onFree: (() => void)[] = [];
  #count = 0;
  #started = 0;
  /** The last call sent while others were in flight: neither it nor any of them is alone. */
  #lastConcurrent = -1;

  /** @param most calls in flight */
  constructor(most: number) {
    this.#most = most;
  }

  get full(): boolean {
    return this.#count >= this.#most;
  }

  /** Number of the next call. */
  get next(): number {
    return this.#started;
  }

  /** @param listener called when the limit was reached and a call has ended */
  onFree(listener: () => void): void {
    this.#onFree.push(listener);
  }

  /** @returns the number of the call that is sent now */
  start(): number {
    this.#count++;
    if (this.#count > 1) this.#lastConcurrent = this.#started;
    return this.#started++;
  }

  /** Whether no other call was in flight at any time during this one. */
  isAlone(call: number): boolean {
    return call > this.#lastConcurrent;
  }

  /** A call has ended, and its feedback has been processed. */
  end(): void {
    const wasFull = this.full;
    this.#count--;
    if (wasFull) for (const listener of this.#onFree) listener();
  }
}
