/** One quota of an account, of requests or of tokens: configured, or told by the provider's headers. Pure: the time is given. */
import type { QuotaState } from '../../providers/provider.ts';
import { LeakyBucket } from './leaky-bucket.ts';

const MINUTE_MS = 60_000;
/** The share of a known quota that is used. The rest is for clocks that differ and windows that begin elsewhere. */
const MARGIN = 0.985;
/** A reset that is further away belongs to a longer window than a minute. */
const BEYOND_A_MINUTE_MS = 61_000;
/** How far a told reset may be from what a bucket that fills evenly would tell, as a share of the window. */
const LIKE_A_BUCKET = 0.03;

/** What the provider said last, and what happened since. */
interface Reported {
  remaining: number;
  at: number;
  /** What comes back evenly; null when all comes back at `resetAt`. */
  readonly perMs: number | null;
  readonly resetAt: number | null;
}

export class Quota {
  readonly #share: number;
  readonly #configured: number | null;
  readonly #bucket = new LeakyBucket();
  #limit: number | null = null;
  #reported: Reported | null = null;
  #latest = -1;

  /**
   * @param configured per minute, or null
   * @param share of the account's quota that is this process's, 0 to 1
   */
  constructor(configured: number | null, share: number) {
    this.#configured = configured;
    this.#share = share;
  }

  /** How much may be taken in a minute, or null when nobody knows. */
  get perMinute(): number | null {
    if (this.#configured === null && this.#limit === null) return null;
    return Math.min(this.#configured ?? Number.POSITIVE_INFINITY, this.#limit ?? Number.POSITIVE_INFINITY) * this.#share;
  }

  /** When so much may be taken, milliseconds. In the past: now. */
  readyAt(amount: number): number {
    return Math.max(this.perMinute === null ? 0 : this.#bucket.readyAt, this.#heldUntil(amount));
  }

  take(now: number, amount: number): void {
    const perMinute = this.perMinute;
    if (perMinute !== null) this.#bucket.take(now, this.#msFor(amount, perMinute));
    if (this.#reported !== null) this.#reported.remaining -= amount;
  }

  /** After it is known what a call took: the difference to what was taken for it, negative when it took less. */
  correct(difference: number): void {
    const perMinute = this.perMinute;
    if (perMinute !== null) this.#bucket.giveBack(-this.#msFor(difference, perMinute));
  }

  /** @param call number of the call whose reply this was told in: what an older call brings late is stale */
  read({ limit, remaining, resetMs }: QuotaState, call: number, now: number): void {
    if (call < this.#latest) return;
    this.#latest = call;
    // A day's quota that fills evenly would be spread over the day. What is left of it may be used at once.
    const long = resetMs !== null && resetMs > BEYOND_A_MINUTE_MS;
    if (limit !== null) this.#limit = long || limit === 0 ? null : limit;
    if (remaining === null) {
      this.#reported = null;
      return;
    }
    this.#reported = { remaining, at: now, perMs: refillOf(limit, remaining, resetMs), resetAt: resetMs === null ? null : now + resetMs };
  }

  #heldUntil(amount: number): number {
    const reported = this.#reported;
    if (reported === null || reported.remaining >= amount) return 0;
    if (reported.perMs !== null) return reported.at + (amount - reported.remaining) / reported.perMs;
    return reported.resetAt ?? 0;
  }

  #msFor(amount: number, perMinute: number): number {
    return (amount * MINUTE_MS) / (perMinute * MARGIN);
  }
}

/** What comes back in a millisecond where the told reset is that of a quota that fills evenly, else null. */
function refillOf(limit: number | null, remaining: number, resetMs: number | null): number | null {
  if (limit === null || resetMs === null || resetMs === 0 || remaining >= limit) return null;
  const missing = limit - remaining;
  const like = (windowMs: number) => Math.abs(resetMs - (missing / limit) * windowMs) <= LIKE_A_BUCKET * windowMs;
  return like(MINUTE_MS) || resetMs > BEYOND_A_MINUTE_MS ? missing / resetMs : null;
}
