/** The calls that are under way with one provider, whatever their model. Pure. */

export class ConcurrencyLimit {
  readonly #most: number;
  readonly #onFree: (() => void)[] = [];
  #count = 0;
  #started = 0;
  /** The last call that left while others were under way: neither it nor any of them is alone. */
  #lastConcurrent = -1;

  /** @param most that may be under way at once */
  constructor(most: number) {
    this.#most = most;
  }

  get full(): boolean {
    return this.#count >= this.#most;
  }

  /** Number of the next call to leave. */
  get next(): number {
    return this.#started;
  }

  /** @param listener called whenever a provider that was full has room again */
  onFree(listener: () => void): void {
    this.#onFree.push(listener);
  }

  /** @returns the number of the call that leaves now */
  start(): number {
    this.#count++;
    if (this.#count > 1) this.#lastConcurrent = this.#started;
    return this.#started++;
  }

  /** Whether no other call has been under way at any time while this one was. */
  isAlone(call: number): boolean {
    return call > this.#lastConcurrent;
  }

  /** A call is over, and all that it told of the provider is taken note of. */
  end(): void {
    const wasFull = this.full;
    this.#count--;
    if (wasFull) for (const listener of this.#onFree) listener();
  }
}
