/**
 * What is learned from being pushed back: the quota that nobody told, as a pace that is kept just below what was last accepted and
 * tried a little higher as time goes by, or that the pushing back has nothing to do with the pace at all. Pure: the time is given.
 */
import { LeakyBucket } from './leaky-bucket.ts';

const WINDOW_MS = 60_000;
const SECOND_MS = 1000;
/** How far below what was accepted the pace goes. */
const STEP_DOWN = 0.06;
/** How long it takes to get back to what was accepted. From there on the steps grow: half as much again after as long twice over. */
const BACK_MS = 300_000;
/** Calls to be known of before a shorter stride is judged. */
const ENOUGH = 10;
/** Below this share of what was accepted no quota explains a rejection. */
const WELL_BELOW = 0.985;
/** Below this share of the calls that got through before, fewer got through. */
const LESS = 0.85;
/** After so many rejections that no quota explains it is tried whether there is one: for a moment calls leave as if there were none. */
const UNEXPLAINED = 2;
/** What a rejection that a quota explains takes back of that. */
const EXPLAINED = 0.5;
/** So many rejections of calls in that moment, if they are many of those that left, and there is one. */
const REFUTED = 7;
/** A provider that rejects more than this share does it for a reason. */
const MOSTLY = 0.3;
/** Weight of the latest call in the running share of rejections. */
const LATEST = 0.01;
/** Rejections by chance are thought to have become something else when their share triples and is more than this. */
const NO_MORE_CHANCE = 0.3;
/** More is never by chance. */
const NEVER_CHANCE = 0.5;

/** A call as far as this is concerned. */
export interface Dispatch {
  readonly leftAt: number;
  /** Which stride it left in. */
  readonly epoch: number;
}

/** What there is to do after a rejection. */
export interface Response {
  /** Everybody stays away for a while. */
  readonly pause: boolean;
  /** Fewer calls may be under way. */
  readonly shrink: boolean;
  /** Pushing back has nothing to do with the pace: what was taken back for it is given again. */
  readonly restore: boolean;
  /** Rejections of calls that were sent to find out, one after the other; for growing pauses. */
  readonly inARow: number;
}

export class LearnedQuota {
  readonly #sent = new SecondCounts();
  readonly #bucket = new LeakyBucket();
  #firstAt: number | null = null;
  /** Calls a minute that were accepted when the provider last pushed back, and when that was. */
  #acceptedRate: number | null = null;
  #provenAt = 0;
  /** The episode is open from a rejection until a call that left after the pause is accepted. */
  #open = false;
  #openedAt = 0;
  #acceptedAtOpening = 0;
  #resumesAt = 0;
  #inARow = 0;
  /** From one step down to the next. */
  #epoch = { id: 0, begunAt: 0, left: 0, settled: 0, rejected: 0 };
  /** Calls accepted in a millisecond of the stride before. */
  #throughput = 0;
  /** The same, before the first rejection that is unexplained. */
  #throughputBefore = 0;
  #unexplained = 0;
  /** Share of calls that are rejected whatever the pace, or null when the pace is what they are rejected for. */
  #randomRejectionRate: number | null = null;
  #share = 0;
  /** What was accepted before it was tried whether that has anything to do with it. */
  #acceptedRateBefore: number | null = null;

  /** Calls a minute that may leave now, or null when nothing was learned. */
  perMinute(now: number): number | null {
    if (this.#acceptedRate === null) return null;
    const way = (now - this.#provenAt - BACK_MS) / BACK_MS;
    return this.#acceptedRate * (1 + STEP_DOWN * way ** 3);
  }

  /** True once there is a pace to keep. */
  get hasRate(): boolean {
    return this.#acceptedRate !== null;
  }

  get readyAt(): number {
    return this.#acceptedRate === null ? 0 : this.#bucket.readyAt;
  }

  /** True while it is not known whether the provider accepts calls again. */
  get open(): boolean {
    return this.#open;
  }

  dispatch(now: number): Dispatch {
    if (this.#firstAt === null) {
      this.#firstAt = now;
      this.#epoch.begunAt = now;
    }
    this.#sent.add(now, 1);
    this.#epoch.left++;
    const perMinute = this.perMinute(now);
    if (perMinute !== null) this.#bucket.take(now, WINDOW_MS / perMinute);
    return { leftAt: now, epoch: this.#epoch.id };
  }

  accepted(call: Dispatch): void {
    this.#note(call, false);
    if (this.#open && call.leftAt > this.#openedAt) {
      this.#open = false;
      this.#inARow = 0;
    }
  }

  /** What neither was accepted nor pushed back. */
  discard(call: Dispatch, now: number): void {
    this.#sent.remove(call.leftAt, now);
  }

  rejected(call: Dispatch, now: number): Response {
    this.#note(call, true);
    this.#sent.remove(call.leftAt, now);
    if (this.#randomRejectionRate !== null) {
      const { left, rejected } = this.#epoch;
      const refuted = rejected >= REFUTED && rejected > left * MOSTLY;
      if (!refuted && this.#share < Math.max(NO_MORE_CHANCE, Math.min(NEVER_CHANCE, 3 * this.#randomRejectionRate))) {
        return { pause: false, shrink: false, restore: false, inARow: 0 };
      }
      this.#randomRejectionRate = null;
      this.#unexplained = 0;
      if (refuted) {
        this.#acceptedRate = this.#acceptedRateBefore;
        this.#provenAt = now;
      }
    }
    if (!this.#open) return this.#beginEpisode(now);
    if (call.leftAt >= this.#resumesAt) this.#inARow++;
    else this.#lowerProven();
    return { pause: true, shrink: false, restore: false, inARow: this.#inARow };
  }

  /** Everybody stays away until then. */
  resumeAt(at: number): void {
    this.#resumesAt = Math.max(this.#resumesAt, at);
  }

  #beginEpisode(now: number): Response {
    this.#open = true;
    this.#openedAt = now;
    this.#inARow = 1;
    this.#resumesAt = now;
    this.#acceptedAtOpening = Number.POSITIVE_INFINITY;
    const { id, begunAt, left, settled, rejected } = this.#epoch;
    // Too soon to tell whether the last step down was of use.
    if (id > 0 && settled < ENOUGH) return { pause: true, shrink: false, restore: false, inARow: 1 };

    const rate = this.perMinute(now);
    const throughput = (left - rejected) / Math.max(1, now - begunAt);
    // A quota lets through what it lets through. When fewer calls leave than got through before, and some are still rejected, it is none.
    const less =
      rate === null
        ? throughput < this.#throughputBefore * LESS ** (this.#unexplained + 1)
        : rate < Math.min(this.#acceptedRate!, this.#throughput * WINDOW_MS) * WELL_BELOW;
    const unexplained = id > 0 && less && rejected < settled * MOSTLY;
    this.#throughput = throughput;
    this.#unexplained = unexplained ? this.#unexplained + 1 : Math.max(0, this.#unexplained - EXPLAINED);
    if (this.#unexplained === 0) this.#throughputBefore = throughput;
    if (this.#unexplained >= UNEXPLAINED) {
      this.#randomRejectionRate = rejected / settled;
      this.#share = this.#randomRejectionRate;
      this.#open = false;
      this.#acceptedRateBefore = this.#acceptedRate;
      this.#acceptedRate = null;
      this.#epoch = { id: id + 1, begunAt: now, left: 0, settled: 0, rejected: 0 };
      return { pause: false, shrink: false, restore: true, inARow: 0 };
    }
    this.#epoch = { id: id + 1, begunAt: now, left: 0, settled: 0, rejected: 0 };
    // What a full window let through is the quota. Before there was one, only the number of places can be reduced.
    if (rate === null && now - this.#firstAt! < WINDOW_MS) return { pause: true, shrink: true, restore: false, inARow: 1 };
    this.#acceptedAtOpening = Math.max(1, this.#sent.within(now));
    this.#acceptedRate = Math.min(rate ?? Number.POSITIVE_INFINITY, this.#acceptedAtOpening);
    this.#provenAt = now;
    return { pause: true, shrink: false, restore: false, inARow: 1 };
  }

  /** A call that was taken for accepted when the episode began was not. */
  #lowerProven(): void {
    this.#acceptedAtOpening = Math.max(1, this.#acceptedAtOpening - 1);
    if (this.#acceptedRate !== null) this.#acceptedRate = Math.min(this.#acceptedRate, this.#acceptedAtOpening);
  }

  #note(call: Dispatch, rejected: boolean): void {
    this.#share += LATEST * ((rejected ? 1 : 0) - this.#share);
    if (call.epoch !== this.#epoch.id) return;
    this.#epoch.settled++;
    if (rejected) this.#epoch.rejected++;
  }
}

/** Counts calls by the second in which they left, for one window. */
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

  /** How many of the window that ends now. */
  within(now: number): number {
    let sum = 0;
    for (const [second, count] of this.#counts) if (second > Math.floor((now - WINDOW_MS) / SECOND_MS)) sum += count;
    return sum;
  }
}
