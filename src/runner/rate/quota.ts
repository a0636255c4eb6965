/**
 * One quota of an account, of requests or of tokens: configured, or reported in the provider's
 * headers. Pure: the time is given.
 */
import type { Allowance } from '../../providers/provider.ts';
import { LeakyBucket } from './leaky-bucket.ts';

const MINUTE_MS = 60_000;
/** The share of a known quota that is used. The rest allows for clocks and windows that differ. */
const MARGIN = 0.985;
/** A later reset belongs to a longer window than a minute. */
const BEYOND_A_MINUTE_MS = 61_000;
/** How far a reported reset may differ from that of a token bucket, as a share of the window. */
const LIKE_A_BUCKET = 0.03;

/** The provider's last report, less what was used since. */
interface Reported {
  remaining: number;
  at: number;
  /** Refill rate; null when everything is refilled at `resetAt`. */
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

  /** How much may be taken in a minute, or null when that is unknown. */
  get perMinute(): number | null {
    if (this.#configured === null && this.#limit === null) return null;
    return (
      Math.min(
        this.#configured ?? Number.POSITIVE_INFINITY,
        this.#limit ?? Number.POSITIVE_INFINITY,
      ) * this.#share
    );
  }

  /** When this amount may be taken, milliseconds; in the past when it may be taken now. */
  readyAt(amount: number): number {
    return Math.max(this.perMinute === null ? 0 : this.#bucket.readyAt, this.#heldUntil(amount));
  }

  take(now: number, amount: number): void {
    const perMinute = this.perMinute;
    if (perMinute !== null) this.#bucket.take(now, this.#msFor(amount, perMinute));
    if (this.#reported !== null) this.#reported.remaining -= amount;
  }

  /** Corrects the amount taken for a call; negative when the call took less. */
  correct(difference: number): void {
    const perMinute = this.perMinute;
    if (perMinute !== null) this.#bucket.giveBack(-this.#msFor(difference, perMinute));
  }

  /**
   * @param call number of the call whose reply reported this; a late reply to an older call is
   *   stale
   */
  read({ limit, remaining, resetMs }: Allowance, call: number, now: number): void {
    if (call < this.#latest) return;
    this.#latest = call;
    // A daily quota that refills evenly would be spread over the day. What is left of it may be
    // used at once.
    const long = resetMs !== null && resetMs > BEYOND_A_MINUTE_MS;
    if (limit !== null) this.#limit = long || limit === 0 ? null : limit;
    if (remaining === null) {
      this.#reported = null;
      return;
    }
    this.#reported = {
      remaining,
      at: now,
      perMs: refillOf(limit, remaining, resetMs),
      resetAt: resetMs === null ? null : now + resetMs,
    };
  }

  #heldUntil(amount: number): number {
    const reported = this.#reported;
    if (reported === null || reported.remaining >= amount) return 0;
    if (reported.perMs !== null)
      return reported.at + (amount - reported.remaining) / reported.perMs;
    return reported.resetAt ?? 0;
  }

  #msFor(amount: number, perMinute: number): number {
    return (amount * MINUTE_MS) / (perMinute * MARGIN);
  }
}

/** Refill in a millisecond where the reported reset is that of a token bucket, else null. */
function refillOf(limit: number | null, remaining: number, resetMs: number | null): number | null {
  if (limit === null || resetMs === null || resetMs === 0 || remaining >= limit) return null;
  const missing = limit - remaining;
  const like = (windowMs: number) =>
    Math.abs(resetMs - (missing / limit) * windowMs) <= LIKE_A_BUCKET * windowMs;
  return like(MINUTE_MS) || resetMs > BEYOND_A_MINUTE_MS ? missing / resetMs : null;
}
