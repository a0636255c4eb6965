/**
 * A clock that jumps from one awaited instant to the next, so that hours pass in milliseconds and
 * always in the same way.
 */
import { setImmediate as afterPromises } from 'node:timers/promises';
import type { Timing } from '../../src/clock.ts';

interface Alarm {
  readonly at: number;
  readonly order: number;
  readonly ring: () => void;
}

export interface VirtualClock extends Timing {
  /** Lets time pass until nobody waits for it any more, or until then. */
  runUntil(end: number): Promise<void>;
}

/** Numbers in [0, 1) that a seed decides (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function createVirtualClock(random: () => number, start = 0): VirtualClock {
  const heap: Alarm[] = [];
  let now = start;
  let order = 0;
  const before = (a: Alarm, b: Alarm) => a.at < b.at || (a.at === b.at && a.order < b.order);

  function push(alarm: Alarm): void {
    let place = heap.push(alarm) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!before(heap[place]!, heap[parent]!)) break;
      [heap[place], heap[parent]] = [heap[parent]!, heap[place]!];
      place = parent;
    }
  }

  function pop(): Alarm {
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) {
      heap[0] = last;
      for (let place = 0; ; ) {
        let least = place;
        for (const child of [2 * place + 1, 2 * place + 2]) {
          if (child < heap.length && before(heap[child]!, heap[least]!)) least = child;
        }
        if (least === place) break;
        [heap[place], heap[least]] = [heap[least]!, heap[place]!];
        place = least;
      }
    }
    return first;
  }

  return {
    now: () => now,
    random,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted || ms <= 0) return resolve();
        const ring = () => {
          signal.removeEventListener('abort', ring);
          resolve();
        };
        push({ at: now + ms, order: order++, ring });
        signal.addEventListener('abort', ring, { once: true });
      }),
    async runUntil(end) {
      await afterPromises();
      while (heap.length > 0 && heap[0]!.at <= end) {
        const alarm = pop();
        now = Math.max(now, alarm.at);
        alarm.ring();
        await afterPromises();
      }
      now = Math.max(now, end);
    },
  };
}
