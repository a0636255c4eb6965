/**
 * Adapts the number of calls in flight: doubled from round to round at first, then a twentieth more
 * in each, as long as latency does not grow; fewer after the provider pushed back. Pure.
 */

/** Calls in flight at first. */
const FIRST = 16;
/** Fewest replies from which latency is judged. */
const ROUND = 32;
const GROWTH = 0.05;
/** Replies from one step up to the next after a timeout; doubled after each further timeout. */
const CAREFUL = 32;
const MOST_CAREFUL = 2048;
/** What is left after the provider pushed back. */
const AFTER_PUSH_BACK = 0.7;
/**
 * The least: with fewer calls it takes too long to see whether their number causes the rejections.
 */
const FEWEST = 4;
/** What is left when latency is far too high. */
const AFTER_SLOWNESS = 0.8;
/**
 * Multiples of the usual latency above which concurrency no longer grows, and above which it
 * shrinks.
 */
const SLOW = 2;
const FAR_TOO_SLOW = 3;
/** Share of the difference by which the usual latency follows a faster round, and a slower one. */
const FOLLOW_DOWN = 0.5;
const FOLLOW_UP = 0.002;
/** Lower latencies are noise of this machine. */
const QUICK_MS = 50;
/**
 * Long replies take longer, so latency is measured per token, with this many added to every reply.
 */
const TOKENS_OF_ANY_REPLY = 100;

export class AdaptiveConcurrency {
  readonly #ceiling: number;
  #allowed: number;
  #doubling = true;
  #slow = false;
  /** Replies for each step up, since calls have timed out; 0 before that. */
  #careful = 0;
  #sinceStep = 0;
  #usual: number | null = null;
  /** Replies since the last reduction for slowness. */
  #sinceSlowness = 0;
  #round = { replies: 0, latencyMs: 0, size: 0, full: false };

  constructor(ceiling: number) {
    this.#ceiling = ceiling;
    this.#allowed = Math.min(ceiling, FIRST);
  }

  get allowed(): number {
    return Math.max(1, Math.floor(this.#allowed));
  }

  /** @param full whether the limit was reached: without that, growth proves nothing */
  replied(latencyMs: number, outputTokens: number, full: boolean): void {
    const round = this.#round;
    round.replies++;
    round.latencyMs += Math.max(QUICK_MS, latencyMs);
    round.size += TOKENS_OF_ANY_REPLY + outputTokens;
    round.full ||= full;
    if (full && !this.#slow) this.#grow();
    this.#sinceSlowness++;
    if (round.replies >= ROUND) this.#endRound();
  }

  /** Called once for each episode of rejections. */
  shrink(underWay: number): void {
    this.#allowed = Math.min(
      this.#allowed,
      Math.max(FEWEST, Math.min(this.#allowed, underWay) * AFTER_PUSH_BACK),
    );
    this.#doubling = false;
  }

  /** @param allowed calls that may be in flight from now on, because too many timed out */
  timedOut(allowed: number): void {
    this.#allowed = Math.min(this.#allowed, allowed);
    this.#doubling = false;
    this.#careful = Math.min(MOST_CAREFUL, Math.max(CAREFUL, this.#careful * 2));
    this.#sinceStep = 0;
  }

  /** Undoes the reduction when it turned out not to help. */
  restore(allowed: number): void {
    this.#allowed = Math.min(this.#ceiling, Math.max(this.#allowed, allowed));
    this.#doubling = true;
  }

  #grow(): void {
    this.#allowed = Math.min(this.#ceiling, this.#allowed + this.#step());
  }

  #step(): number {
    if (this.#careful === 0) return this.#doubling ? 1 : Math.max(1 / this.#allowed, GROWTH);
    if (++this.#sinceStep < this.#careful) return 0;
    this.#sinceStep = 0;
    return Math.max(1, GROWTH * this.#allowed);
  }

  #endRound(): void {
    const { latencyMs, size, full } = this.#round;
    this.#round = { replies: 0, latencyMs: 0, size: 0, full: false };
    const mean = latencyMs / size;
    if (this.#usual === null) {
      this.#usual = mean;
      return;
    }
    this.#slow = mean > this.#usual * SLOW;
    if (this.#slow && full) {
      this.#doubling = false;
      // Replies to calls sent before the last reduction do not show its effect.
      if (
        mean > this.#usual * FAR_TOO_SLOW &&
        this.#sinceSlowness > this.#allowed / AFTER_SLOWNESS
      ) {
        this.#allowed = Math.min(
          this.#allowed,
          Math.max(Math.min(this.#ceiling, FIRST), this.#allowed * AFTER_SLOWNESS),
        );
        this.#sinceSlowness = 0;
      }
    }
    this.#usual += (mean - this.#usual) * (mean < this.#usual ? FOLLOW_DOWN : FOLLOW_UP);
  }
}
