/**
 * Stays away from a provider that is down, and looks now and then whether it is back. One that never answered is left to whoever ends
 * the run: its address may be wrong. Pure: the time is given.
 */

/** So many failures and not one reply in between. One in five calls failing by chance gets there once in ten million calls. */
const FAILURES = 10;

export class CircuitBreaker {
  readonly #backoff: (failures: number) => number;
  #heard = false;
  #inARow = 0;
  #until: number | null = null;
  #probes = 0;
  #probing = false;

  /** @param backoff how long to stay away after the n-th probe in vain, milliseconds */
  constructor(backoff: (failures: number) => number) {
    this.#backoff = backoff;
  }

  /** When the provider is tried again, milliseconds; null when it is not thought to be down. */
  get until(): number | null {
    return this.#until;
  }

  /** When a call may leave, milliseconds; infinitely late while another one finds out. */
  get readyAt(): number {
    if (this.#until === null) return 0;
    return this.#probing ? Number.POSITIVE_INFINITY : this.#until;
  }

  /** @returns true when the call that leaves now is the one that finds out */
  dispatch(): boolean {
    if (this.#until === null) return false;
    this.#probing = true;
    return true;
  }

  /** A reply came, whatever it said. */
  answered(): void {
    this.#heard = true;
    this.#inARow = 0;
    this.#probes = 0;
    this.#until = null;
    this.#probing = false;
  }

  /**
   * @param probe what `leave` returned for the call
   * @param certain the provider says itself that it is not ready yet
   */
  failed(now: number, probe: boolean, certain = false): void {
    this.#inARow++;
    if (this.#until !== null && !probe) return;
    this.#probing = false;
    if (this.#until === null && !certain && (!this.#heard || this.#inARow < FAILURES)) return;
    this.#probes++;
    this.#until = now + this.#backoff(this.#probes);
  }

  /** The call told nothing: it never left, or was cut off by its caller. */
  cancelled(probe: boolean): void {
    if (probe) this.#probing = false;
  }
}
