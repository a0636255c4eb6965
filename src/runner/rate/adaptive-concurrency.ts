/**
 * How many calls may be under way: doubled from round to round at first, then a twentieth more in each, as long as replies do not
 * take longer for it; less after the provider pushed back. Pure.
 */

/** Calls that may be under way before anything is known. */
const FIRST = 16;
/** Replies that a judgement on latency rests on, at least. */
const ROUND = 32;
const GROWTH = 0.05;
/** Replies from one step up to the next after calls timed out, at first; twice as many after each time that it was a step too far. */
const CAREFUL = 32;
const MOST_CAREFUL = 2048;
/** What is left after the provider pushed back. */
const AFTER_PUSH_BACK = 0.7;
/** So few, at least: with less it takes too long to see whether being pushed back has anything to do with the number of calls. */
const FEWEST = 4;
/** What is left when replies take far too long. */
const AFTER_SLOWNESS = 0.8;
/** Times the usual latency from which on there is no more growth, and from which on there is less. */
const SLOW = 2;
const FAR_TOO_SLOW = 3;
/** Share of the difference by which the usual latency follows a faster round, and a slower one. */
const FOLLOW_DOWN = 0.5;
const FOLLOW_UP = 0.002;
/** Below, it is noise of this machine and not the provider's. */
const QUICK_MS = 50;
/** A long reply takes longer by nature. Latency is counted per token of it, of which every reply is taken to have so many more. */
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

  /** @param full whether every place was taken: growth that nobody asked for proves nothing */
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

  /** Once for each episode of being pushed back. */
  shrink(underWay: number): void {
    this.#allowed = Math.min(this.#allowed, Math.max(FEWEST, Math.min(this.#allowed, underWay) * AFTER_PUSH_BACK));
    this.#doubling = false;
  }

  /** @param allowed calls that may be under way from now on, since there were too many and they timed out */
  timedOut(allowed: number): void {
    this.#allowed = Math.min(this.#allowed, allowed);
    this.#doubling = false;
    this.#careful = Math.min(MOST_CAREFUL, Math.max(CAREFUL, this.#careful * 2));
    this.#sinceStep = 0;
  }

  /** Back to what was allowed when it has turned out that shrinking was of no use. */
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
      // Replies to calls that left before the last reduction do not show what it was good for.
      if (mean > this.#usual * FAR_TOO_SLOW && this.#sinceSlowness > this.#allowed / AFTER_SLOWNESS) {
        this.#allowed = Math.min(this.#allowed, Math.max(Math.min(this.#ceiling, FIRST), this.#allowed * AFTER_SLOWNESS));
        this.#sinceSlowness = 0;
      }
    }
    this.#usual += (mean - this.#usual) * (mean < this.#usual ? FOLLOW_DOWN : FOLLOW_UP);
  }
}
