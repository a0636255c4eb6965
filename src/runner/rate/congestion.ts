/**
 * What timeouts tell of a provider that answers other calls: it has more of them than it can serve in time. A server that serves one call at
 * a time goes on with those whose callers have left, so more calls only make it worse. Pure: the time is given.
 */

/** The share of the calls that fit into one timeout that may be under way: how long a call takes varies. */
const SAFE = 0.7;
/** Share of calls that time out from which on it is no chance. */
const NO_CHANCE = 0.1;
/** What is left of the calls under way, at most. */
const AFTER_TIMEOUT = 0.5;
/** The backlog is a guess. The wait for it is longer than the guess by this factor, and never longer than this. */
const MARGIN = 1.2;
const LONGEST_BACKLOG_MS = 300_000;

export class Congestion {
  #busySince = 0;
  #replies = 0;
  #lastReplyAt = 0;
  /** Time that the provider takes for each call while it is busy; null before anything is known. */
  #msPerReply: number | null = null;
  /** Calls since the last reply whose callers have left. */
  #abandoned = 0;
  #share = 0;
  /** Calls before this one left before the last reduction, and say nothing of what it was good for. */
  #since = 0;

  /** When the provider is likely to be done with the calls whose callers have left, milliseconds. */
  get readyAt(): number {
    if (this.#abandoned === 0 || this.#msPerReply === null) return 0;
    return this.#lastReplyAt + Math.min(LONGEST_BACKLOG_MS, this.#abandoned * this.#msPerReply * MARGIN);
  }

  /** A call leaves and no other one is under way. */
  begin(now: number): void {
    this.#busySince = now;
    this.#replies = 0;
  }

  /** @param allowed calls that may be under way */
  replied(now: number, allowed: number): void {
    this.#replies++;
    this.#lastReplyAt = now;
    this.#msPerReply = (now - this.#busySince) / this.#replies;
    this.#abandoned = 0;
    this.#share -= this.#share / allowed;
  }

  /**
   * @param call number of the call, in the order of leaving
   * @param next number of the next one
   * @param atOnce calls that were under way with it
   * @returns how many calls may be under way from now on, or null when that stays as it is
   */
  timedOut(call: number, next: number, afterMs: number, atOnce: number): number | null {
    this.#abandoned++;
    this.#share += (1 - this.#share) / atOnce;
    if (call < this.#since || this.#share < NO_CHANCE) return null;
    this.#since = next;
    this.#share = 0;
    const served = this.#msPerReply === null ? Number.POSITIVE_INFINITY : afterMs / this.#msPerReply;
    return Math.max(1, Math.floor(Math.min(atOnce * AFTER_TIMEOUT, served * SAFE)));
  }
}
