/**
 * Learns from timeouts of a provider that answers other calls: it has more calls than it can serve
 * in time. A server that serves one call at a time goes on with abandoned ones, so further calls
 * make it worse. Pure: the time is given.
 */

/** The share of the calls served within one timeout that may be in flight: service times vary. */
const SAFE = 0.7;
/** A larger share of timeouts is not random. */
const NOT_RANDOM = 0.1;
/** The most that is left of the calls in flight. */
const AFTER_TIMEOUT = 0.5;
/** The backlog is an estimate. The wait is longer by this factor, and never longer than this. */
const MARGIN = 1.2;
const LONGEST_BACKLOG_MS = 300_000;

export class Congestion {
  #busySince = 0;
  #replies = 0;
  #lastReplyAt = 0;
  /** Service time of each call while the provider is busy; null before it is known. */
  #msPerReply: number | null = null;
  /** Calls abandoned since the last reply. */
  #abandoned = 0;
  #share = 0;
  /** Calls before this one were sent before the last reduction, and do not show its effect. */
  #since = 0;

  /** When the provider has probably finished the abandoned calls, milliseconds. */
  get readyAt(): number {
    if (this.#abandoned === 0 || this.#msPerReply === null) return 0;
    return (
      this.#lastReplyAt + Math.min(LONGEST_BACKLOG_MS, this.#abandoned * this.#msPerReply * MARGIN)
    );
  }

  /** A call is sent while no other one is in flight. */
  begin(now: number): void {
    this.#busySince = now;
    this.#replies = 0;
  }

  /** @param allowed calls that may be in flight */
  replied(now: number, allowed: number): void {
    this.#replies++;
    this.#lastReplyAt = now;
    this.#msPerReply = (now - this.#busySince) / this.#replies;
    this.#abandoned = 0;
    this.#share -= this.#share / allowed;
  }

  /**
   * @param call number of the call, in the order of sending
   * @param next number of the next one
   * @param atOnce calls in flight, this one included
   * @returns how many calls may be in flight from now on, or null for no change
   */
  timedOut(call: number, next: number, afterMs: number, atOnce: number): number | null {
    this.#abandoned++;
    this.#share += (1 - this.#share) / atOnce;
    if (call < this.#since || this.#share < NOT_RANDOM) return null;
    this.#since = next;
    this.#share = 0;
    const served =
      this.#msPerReply === null ? Number.POSITIVE_INFINITY : afterMs / this.#msPerReply;
    return Math.max(1, Math.floor(Math.min(atOnce * AFTER_TIMEOUT, served * SAFE)));
  }
}
