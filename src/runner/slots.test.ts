import { describe, expect, test } from 'vitest';
import type { Timing } from '../clock.ts';
import { createSlotPool, type Slot } from './slots.ts';

/** A clock that stands still until it is moved on. */
class StillClock implements Timing {
  #now = 0;
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  now = () => this.#now;
  random = () => 0.5;
  sleep = (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      this.#sleepers.push({ at: this.#now + ms, wake: resolve });
      signal.addEventListener('abort', () => resolve(), { once: true });
    });

  async move(ms: number): Promise<void> {
    this.#now += ms;
    const due = this.#sleepers.filter((one) => one.at <= this.#now).sort((a, b) => a.at - b.at);
    this.#sleepers = this.#sleepers.filter((one) => one.at > this.#now);
    for (const one of due) one.wake();
    await settled();
  }
}

/** Lets everything that can go on go on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

function setUp(count: number) {
  const clock = new StillClock();
  const stop = new AbortController();
  let changes = 0;
  const places = createSlotPool(count, clock, stop.signal, () => {
    changes++;
  });
  const back: string[] = [];
  const taken: Slot[] = [];
  const take = () => {
    const place = places.take();
    if (place !== null) taken.push(place);
    return place !== null;
  };
  /** Of whoever has taken a place last. */
  const rest = (name: string, ms: number, reason = 'server') =>
    taken
      .at(-1)!
      .backOff(reason, ms, stop.signal)
      .then(() => back.push(name));
  return { clock, stop, places, take, taken, back, rest, changes: () => changes };
}

describe('places', () => {
  test('no more than there are', () => {
    const { places, take, taken } = setUp(2);
    expect([take(), take(), take()]).toEqual([true, true, false]);
    taken[0]!.done();
    expect([places.taken, take(), take()]).toEqual([1, true, false]);
  });

  test('a place that is left early is left once, and its task is in hand until it ends', () => {
    const { places, take, taken } = setUp(1);
    take();
    taken[0]!.release();
    taken[0]!.release();
    expect(places).toMatchObject({ taken: 0, inHand: 1 });
    expect([take(), take()]).toEqual([true, false]);
    taken[0]!.done();
    expect(places).toMatchObject({ taken: 1, inHand: 1 });
    taken[1]!.done();
    expect(places).toMatchObject({ taken: 0, inHand: 0 });
  });

  test('a task that waits gives its place to another and is told of', async () => {
    const { places, take, taken, clock, rest, back, changes } = setUp(1);
    take();
    void rest('first', 1000);
    expect(changes()).toBe(1);
    expect(places).toMatchObject({
      taken: 0,
      inHand: 1,
      waiting: [{ reason: 'server', tasks: 1, until: 1000 }],
    });
    expect(take()).toBe(true);
    await clock.move(1000);
    // Its time has come, but the place is taken.
    expect(back).toEqual([]);
    expect(places.inHand).toBe(2);
    taken[1]!.done();
    await settled();
    expect(back).toEqual(['first']);
    expect(places).toMatchObject({ taken: 1, inHand: 1, waiting: [] });
  });

  test('one that had left its place before it waits gets one again', async () => {
    const { places, take, taken, clock, rest, back } = setUp(1);
    take();
    taken[0]!.release();
    void rest('first', 1000);
    expect(places).toMatchObject({ taken: 0, inHand: 1 });
    await clock.move(1000);
    expect(back).toEqual(['first']);
    expect(places).toMatchObject({ taken: 1, inHand: 1 });
    expect(take()).toBe(false);
  });

  test('whoever comes back goes before anything new, in the order of coming back', async () => {
    const { take, taken, clock, rest, back } = setUp(1);
    take();
    void rest('late', 2000);
    take();
    void rest('early', 1000);
    take();
    await clock.move(1000);
    await clock.move(1000);
    expect(take()).toBe(false);
    taken[2]!.done();
    expect(take()).toBe(false);
    await settled();
    expect(back).toEqual(['early']);
    taken[1]!.done();
    await settled();
    expect(back).toEqual(['early', 'late']);
  });

  test('waiting is told by reason, with the next time', () => {
    const { places, take, rest } = setUp(4);
    for (const [reason, ms] of [
      ['server', 3000],
      ['timeout', 1000],
      ['server', 2000],
    ] as const) {
      take();
      void rest(reason, ms, reason);
    }
    expect(places.waiting).toEqual([
      { reason: 'timeout', tasks: 1, until: 1000 },
      { reason: 'server', tasks: 2, until: 2000 },
    ]);
  });

  test('a spell of failures does not take the whole study in hand', () => {
    const { places, take, rest } = setUp(2);
    let begun = 0;
    while (take()) {
      begun++;
      void rest(`${begun}`, 1000);
    }
    expect(begun).toBe(8);
    expect(places.inHand).toBe(8);
  });

  test('a stop ends all waiting at once, of those who sleep and of those who stand in line', async () => {
    const { places, take, clock, stop, rest, back } = setUp(1);
    take();
    void rest('in line', 1000);
    take();
    void rest('asleep', 9000);
    take();
    await clock.move(1000);
    expect(back).toEqual([]);
    stop.abort();
    await settled();
    expect(back.toSorted()).toEqual(['asleep', 'in line']);
    expect(places).toMatchObject({ taken: 3, inHand: 3, waiting: [] });
  });
});
