/**
 * Learns from rejections a quota that the provider does not report. It keeps the rate of calls just
 * below what was last accepted and raises it as time goes by; or it finds that rejections are
 * random. Pure: the time is given.
 */
import { LeakyBucket } from './leaky-bucket.ts';

const WINDOW_MS = 60_000;
const SECOND_MS = 1000;
/** How far below the accepted rate a step down goes. */
const STEP_DOWN = 0.06;
/**
 * Time until the rate is back at what was accepted. From there it grows cubically: as far above
 * after twice this time.
 */
const BACK_MS = 300_000;
/** Settled calls before a later epoch is judged. */
const ENOUGH = 10;
/** Below this share of the accepted rate, no quota explains a rejection. */
const WELL_BELOW = 0.985;
/** Below this share of the earlier throughput, fewer calls were accepted. */
const LESS = 0.85;
/**
 * After this many rejections that no quota explains, probe: briefly send as if there were no quota.
 */
const UNEXPLAINED = 2;
/** How much an explained rejection lowers that count. */
const EXPLAINED = 0.5;
/**
 * This many rejections during the probe, if they are many of the calls sent, show that there is a
 * quota.
 */
const REFUTED = 7;
/** A provider that rejects more than this share does not do so at random. */
const MOSTLY = 0.3;
/** Weight of the latest call in the running share of rejections. */
const LATEST = 0.01;
/** Rejections are no longer taken for random when their share triples and exceeds this. */
const NO_LONGER_RANDOM = 0.3;
/** A larger share is never random. */
const NEVER_RANDOM = 0.5;

/** When a call was sent. */
export interface Dispatch {
  readonly sentAt: number;
  /** The epoch in which it was sent. */
  readonly epoch: number;
}

/** What to do after a rejection. */
export interface Response {
  /** All calls pause for a while. */
  readonly pause: boolean;
  /** Fewer calls may be in flight. */
  readonly shrink: boolean;
  /** The rate of calls is not the reason: the reductions made for it are undone. */
  readonly restore: boolean;
  /** Consecutive rejections of calls sent after a pause; each makes the next pause longer. */
  readonly inARow: number;
}

export class LearnedQuota {
  readonly #sent = new SecondCounts();
  readonly #bucket = new LeakyBucket();
  #firstAt: number | null = null;
  /**
   * Calls a minute that the provider accepted when it last pushed back, when that was, and the rate
   * before the probe.
   */
  readonly #rate: { accepted: number | null; since: number; beforeProbe: number | null } = {
    accepted: null,
    since: 0,
    beforeProbe: null,
  };
  /** Open from a rejection until a call sent after the pause is accepted. */
  readonly #episode = { open: false, openedAt: 0, accepted: 0, resumesAt: 0, inARow: 0 };
  /** The calls from one step down to the next. */
  #epoch = { id: 0, begunAt: 0, sent: 0, settled: 0, rejected: 0 };
  /**
   * Calls accepted in a millisecond of the last epoch, the same before the first unexplained
   * rejection, and their number.
   */
  readonly #evidence = { throughput: 0, throughputBefore: 0, unexplained: 0 };
  /**
   * Rate of random rejections, or null when the rate of calls is what they are rejected for; and
   * the running share of rejections.
   */
  readonly #random: { rate: number | null; share: number } = { rate: null, share: 0 };

  /** Calls a minute that may be sent now, or null when nothing was learned. */
  perMinute(now: number): number | null {
    if (this.#rate.accepted === null) return null;
    const way = (now - this.#rate.since - BACK_MS) / BACK_MS;
    return this.#rate.accepted * (1 + STEP_DOWN * way ** 3);
  }

  /** True once a rate was learned. */
  get hasRate(): boolean {
    return this.#rate.accepted !== null;
  }

  get readyAt(): number {
    return this.#rate.accepted === null ? 0 : this.#bucket.readyAt;
  }

  /** True while it is not known whether the provider accepts calls again. */
  get open(): boolean {
    return this.#episode.open;
  }

  dispatch(now: number): Dispatch {
    if (this.#firstAt === null) {
      this.#firstAt = now;
      this.#epoch.begunAt = now;
    }
    this.#sent.add(now, 1);
    this.#epoch.sent++;
    const perMinute = this.perMinute(now);
    if (perMinute !== null) this.#bucket.take(now, WINDOW_MS / perMinute);
    return { sentAt: now, epoch: this.#epoch.id };
  }

  accepted(call: Dispatch): void {
    this.#note(call, false);
    if (this.#episode.open && call.sentAt > this.#episode.openedAt) {
      this.#episode.open = false;
      this.#episode.inARow = 0;
    }
  }

  /** A call that was neither accepted nor rejected. */
  discard(call: Dispatch, now: number): void {
    this.#sent.remove(call.sentAt, now);
  }

  rejected(call: Dispatch, now: number): Response {
    this.#note(call, true);
    this.#sent.remove(call.sentAt, now);
    if (this.#random.rate !== null) {
      const { sent, rejected } = this.#epoch;
      const refuted = rejected >= REFUTED && rejected > sent * MOSTLY;
      if (
        !refuted &&
        this.#random.share <
          Math.max(NO_LONGER_RANDOM, Math.min(NEVER_RANDOM, 3 * this.#random.rate))
      ) {
        return { pause: false, shrink: false, restore: false, inARow: 0 };
      }
      this.#random.rate = null;
      this.#evidence.unexplained = 0;
      if (refuted) {
        this.#rate.accepted = this.#rate.beforeProbe;
        this.#rate.since = now;
      }
    }
    if (!this.#episode.open) return this.#beginEpisode(now);
    if (call.sentAt >= this.#episode.resumesAt) this.#episode.inARow++;
    else this.#lowerAccepted();
    return { pause: true, shrink: false, restore: false, inARow: this.#episode.inARow };
  }

  /** No call is sent until then. */
  resumeAt(at: number): void {
    this.#episode.resumesAt = Math.max(this.#episode.resumesAt, at);
  }

  #beginEpisode(now: number): Response {
    this.#episode.open = true;
    this.#episode.openedAt = now;
    this.#episode.inARow = 1;
    this.#episode.resumesAt = now;
    this.#episode.accepted = Number.POSITIVE_INFINITY;
    const { id, begunAt, sent, settled, rejected } = this.#epoch;
    // Too soon to tell whether the last step down helped.
    if (id > 0 && settled < ENOUGH)
      return { pause: true, shrink: false, restore: false, inARow: 1 };

    const rate = this.perMinute(now);
    const throughput = (sent - rejected) / Math.max(1, now - begunAt);
    // A quota accepts a fixed rate. When fewer calls are sent than were accepted before, and some
    // are still rejected, no quota explains the rejections.
    const less =
      rate === null
        ? throughput < this.#evidence.throughputBefore * LESS ** (this.#evidence.unexplained + 1)
        : rate < Math.min(this.#rate.accepted!, this.#evidence.throughput * WINDOW_MS) * WELL_BELOW;
    const unexplained = id > 0 && less && rejected < settled * MOSTLY;
    this.#evidence.throughput = throughput;
    this.#evidence.unexplained = unexplained
      ? this.#evidence.unexplained + 1
      : Math.max(0, this.#evidence.unexplained - EXPLAINED);
    if (this.#evidence.unexplained === 0) this.#evidence.throughputBefore = throughput;
    if (this.#evidence.unexplained >= UNEXPLAINED) {
      this.#random.rate = rejected / settled;
      this.#random.share = this.#random.rate;
      this.#episode.open = false;
      this.#rate.beforeProbe = this.#rate.accepted;
      this.#rate.accepted = null;
      this.#epoch = { id: id + 1, begunAt: now, sent: 0, settled: 0, rejected: 0 };
      return { pause: false, shrink: false, restore: true, inARow: 0 };
    }
    this.#epoch = { id: id + 1, begunAt: now, sent: 0, settled: 0, rejected: 0 };
    // What a full window accepted is the quota. Before the first window is over, only concurrency
    // can be reduced.
    if (rate === null && now - this.#firstAt! < WINDOW_MS)
      return { pause: true, shrink: true, restore: false, inARow: 1 };
    this.#episode.accepted = Math.max(1, this.#sent.within(now));
    this.#rate.accepted = Math.min(rate ?? Number.POSITIVE_INFINITY, this.#episode.accepted);
    this.#rate.since = now;
    return { pause: true, shrink: false, restore: false, inARow: 1 };
  }

  /** A call that seemed accepted when the episode began was rejected. */
  #lowerAccepted(): void {
    this.#episode.accepted = Math.max(1, this.#episode.accepted - 1);
    if (this.#rate.accepted !== null)
      this.#rate.accepted = Math.min(this.#rate.accepted, this.#episode.accepted);
  }

  #note(call: Dispatch, rejected: boolean): void {
    this.#random.share += LATEST * ((rejected ? 1 : 0) - this.#random.share);
    if (call.epoch !== this.#epoch.id) return;
    this.#epoch.settled++;
    if (rejected) this.#epoch.rejected++;
  }
}

/** Counts calls by the second in which they were sent, for one window. */
class SecondCounts {
  readonly #counts = new Map<number, number>();

  add(at: number, count: number): void {
    const second = Math.floor(at / SECOND_MS);
    this.#counts.set(second, (this.#counts.get(second) ?? 0) + count);
    for (const old of this.#counts.keys()) {
      if (old > second - WINDOW_MS / SECOND_MS - 1) break;
      this.#counts.delete(old);
    }
  }

  remove(at: number, now: number): void {
    if (now - at <= WINDOW_MS) this.add(at, -1);
  }

  /** Calls in the window that ends now. */
  within(now: number): number {
    let sum = 0;
    for (const [second, count] of this.#counts)
      if (second > Math.floor((now - WINDOW_MS) / SECOND_MS)) sum += count;
    return sum;
  }
}
