/** The calls that are under way with one provider, whatever their model. Pure. */

export class ConcurrencyLimit {
  readonly #most: number;
  readonly #onRoom: (() => void)[] = [];
  #count = 0;
  #left = 0;
  /** The last call that left while others were under way: neither it nor any of them is alone. */
  #lastInCompany = -1;

  /** @param most that may be under way at once */
  constructor(most: number) {
    this.#most = most;
  }

  get full(): boolean {
    return this.#count >= this.#most;
  }

  /** Number of the next call to leave. */
  get next(): number {
    return this.#left;
  }

  /** @param look called whenever a provider that was full has room again */
  onRoom(look: () => void): void {
    this.#onRoom.push(look);
  }

  /** @returns the number of the call that leaves now */
  leave(): number {
    this.#count++;
    if (this.#count > 1) this.#lastInCompany = this.#left;
    return this.#left++;
  }

  /** Whether no other call has been under way at any time while this one was. */
  isAlone(call: number): boolean {
    return call > this.#lastInCompany;
  }

  /** A call is over, and all that it told of the provider is taken note of. */
  end(): void {
    const wasFull = this.full;
    this.#count--;
    if (wasFull) for (const look of this.#onRoom) look();
  }
}
