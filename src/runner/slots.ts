/**
 * A pool of concurrency slots. A task releases its slot while its reply is stored or while it backs
 * off, and gets one again, ahead of new tasks, for its next call.
 */
import type { Timing } from '../clock.ts';

/** Calls in flight at the same time, by default. */
export const DEFAULT_WORKERS = 8;

/** Tasks that wait for their next attempt, for the same reason. */
export interface Waiting {
  readonly reason: string;
  readonly tasks: number;
  /** When the first of them continues, milliseconds since 1970. */
  readonly until: number;
}

/** The slot of one task, from its start to its end. */
export interface Slot {
  /** Frees the slot for other tasks: the provider is done with this one. May be called again. */
  release(): void;
  /** Waits without a slot, at most until `stop` is aborted, and then takes one again. */
  backOff(reason: string, ms: number, stop: AbortSignal): Promise<void>;
  /** Takes a slot for the next call of the task, ahead of new tasks. */
  resume(): Promise<void>;
  /** The task is finished. */
  done(): void;
}

export interface SlotPool {
  /** Slots that are taken. */
  readonly taken: number;
  /** Tasks in progress: in a call, being stored, or backing off. */
  readonly inHand: number;
  /** By reason, the earliest first, in the time of the given clock. */
  readonly waiting: readonly Waiting[];
  /** @returns null when no slot is free, or when too many tasks are backing off to start another */
  take(): Slot | null;
}

/**
 * Tasks that may back off for each slot: enough to ride out a series of failures, few enough to
 * leave tasks to other machines.
 */
const BACKING_OFF_PER_SLOT = 4;

/**
 * @param stop when aborted, returning tasks no longer wait for a slot
 * @param onChange called when a slot has become free, or a task has finished
 */
export function createSlotPool(
  count: number,
  timing: Timing,
  stop: AbortSignal,
  onChange: () => void,
): SlotPool {
  const backingOff = new Set<{ readonly reason: string; readonly until: number }>();
  /** Tasks that have backed off and wait for a slot. */
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
  // A task that is to end must not wait for a slot.
  stop.addEventListener('abort', () => {
    for (const proceed of returning.splice(0)) proceed();
  });
  const createSlot = (): Slot => {
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      giveBack();
    };
    return {
      release,
      async backOff(reason, ms, until) {
        const one = { reason, until: timing.now() + ms };
        backingOff.add(one);
        release();
        await timing.sleep(ms, until);
        await takeAgain();
        held = true;
        backingOff.delete(one);
      },
      async resume() {
        release();
        await takeAgain();
        held = true;
      },
      done() {
        inHand--;
        if (held) release();
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
        byReason.set(reason, {
          reason,
          tasks: (others?.tasks ?? 0) + 1,
          until: Math.min(until, others?.until ?? until),
        });
      }
      return [...byReason.values()].sort((a, b) => a.until - b.until);
    },
    take() {
      if (taken >= count || returning.length > 0 || backingOff.size >= count * BACKING_OFF_PER_SLOT)
        return null;
      taken++;
      inHand++;
      return createSlot();
    },
  };
}
