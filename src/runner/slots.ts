/**
 * The places of those who call at the same time. A task whose reply has come, or that waits before its next attempt, gives its place to
 * another one, and takes one again for the next call, before anything new is begun.
 */
import type { Timing } from '../clock.ts';

/** Calls under way at the same time, where nobody says how many. */
export const DEFAULT_WORKERS = 8;

/** Tasks that wait for their next attempt, for the same reason. */
export interface Waiting {
  readonly reason: string;
  readonly tasks: number;
  /** When the first of them goes on, milliseconds since 1970. */
  readonly until: number;
}

/** What a task works in, from its beginning to its end. */
export interface Slot {
  /** Gives the place to others: nothing of this task is with a provider any more. Given back already, nothing happens. */
  release(): void;
  /** Waits without a place, no longer than until `stop` is aborted. Resolves with one. */
  backOff(reason: string, ms: number, stop: AbortSignal): Promise<void>;
  /** The task is done with. */
  done(): void;
}

export interface SlotPool {
  /** Places that are taken. */
  readonly taken: number;
  /** Tasks that have been begun and are not done with: at work, being read and stored, or waiting for their next attempt. */
  readonly inHand: number;
  /** By reason, the earliest first; times are those of the clock that was given. */
  readonly waiting: readonly Waiting[];
  /** @returns null when no place is free, or so many tasks wait that no further one should be begun */
  take(): Slot | null;
}

/** Waiting tasks for each place: enough that a spell of failures stops nobody, few enough to leave other machines their share. */
const BACKING_OFF_PER_SLOT = 4;

/**
 * @param stop ends all standing in line for a place
 * @param onChange told when a place has become free, a task has begun to wait, or is done with
 */
export function createSlotPool(count: number, timing: Timing, stop: AbortSignal, onChange: () => void): SlotPool {
  const backingOff = new Set<{ readonly reason: string; readonly until: number }>();
  /** Those whose waiting is over and who want a place again. */
  const returning: (() => void)[] = [];
  let taken = 0;
  let inHand = 0;

  const giveBack = () => {
    taken--;
    if (taken < count) returning.shift()?.();
    onChange();
  };
  const takeAgain = () =>
    new Promise<void>((resolve) => {
      const proceed = () => {
        taken++;
        resolve();
      };
      if (taken < count || stop.aborted) proceed();
      else returning.push(proceed);
    });
  // Whoever is to end must not stand in line for it.
  stop.addEventListener('abort', () => {
    for (const proceed of returning.splice(0)) proceed();
  });
  const createSlot = (): Slot => {
    let held = true;
    const leave = () => {
      if (!held) return;
      held = false;
      giveBack();
    };
    return {
      release: leave,
      async backOff(reason, ms, until) {
        const one = { reason, until: timing.now() + ms };
        backingOff.add(one);
        leave();
        await timing.sleep(ms, until);
        await takeAgain();
        held = true;
        backingOff.delete(one);
      },
      done() {
        inHand--;
        if (held) leave();
        else onChange();
      },
    };
  };
  return {
    get taken() {
      return taken;
    },
    get inHand() {
      return inHand;
    },
    get waiting() {
      const byReason = new Map<string, Waiting>();
      for (const { reason, until } of backingOff) {
        const others = byReason.get(reason);
        byReason.set(reason, { reason, tasks: (others?.tasks ?? 0) + 1, until: Math.min(until, others?.until ?? until) });
      }
      return [...byReason.values()].sort((a, b) => a.until - b.until);
    },
    take() {
      if (taken >= count || returning.length > 0 || backingOff.size >= count * BACKING_OFF_PER_SLOT) return null;
      taken++;
      inHand++;
      return createSlot();
    },
  };
}
