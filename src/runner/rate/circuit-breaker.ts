/**
 * Pauses calls to a provider that is down, and probes now and then whether it is available again. A
 * provider that never answered is left to the stop rules: its address may be wrong. Pure: the time
 * is given.
 */

/**
 * Consecutive failures that open the breaker. Where one in five calls fails at random, that happens
 * once in ten million calls.
 */
const FAILURES = 10;

export class CircuitBreaker {
  readonly #backoff: (failures: number) => number;
  #hasAnswered = false;
  #inARow = 0;
  #until: number | null = null;
  #probes = 0;
  #probing = false;

  /** @param backoff the pause after the n-th failed probe, milliseconds */
  constructor(backoff: (failures: number) => number) {
    this.#backoff = backoff;
  }

  /** When the next probe is due, milliseconds; null while the breaker is closed. */
  get until(): number | null {
    return this.#until;
  }

  /** When a call may be sent, milliseconds; infinite while another call probes. */
  get readyAt(): number {
    if (this.#until === null) return 0;
    return this.#probing ? Number.POSITIVE_INFINITY : this.#until;
  }

  /** @returns true when the call that is sent now is the probe */
  dispatch(): boolean {
    if (this.#until === null) return false;
    this.#probing = true;
    return true;
  }

  /** A reply came, whatever it said. */
  answered(): void {
    this.#hasAnswered = true;
    this.#inARow = 0;
    this.#probes = 0;
    this.#until = null;
    this.#probing = false;
  }

  /**
   * @param probe what `dispatch` returned for the call
   * @param certain the provider itself reports that it is not ready
   */
  failed(now: number, probe: boolean, certain = false): void {
    this.#inARow++;
    if (this.#until !== null && !probe) return;
    this.#probing = false;
    if (this.#until === null && !certain && (!this.#hasAnswered || this.#inARow < FAILURES)) return;
    this.#probes++;
    this.#until = now + this.#backoff(this.#probes);
  }

  /** The call says nothing: it was never sent, or its caller aborted it. */
  cancelled(probe: boolean): void {
    if (probe) this.#probing = false;
  }
}
