/**
 * Servers of one's own that serve one call at a time, as llama-cpp-python does, asked as a run asks
 * them, on a virtual clock.
 */
import { describe, expect, test } from 'vitest';
import { type Asked, askAll, type SerialServer } from '../../test/support/serial-server.ts';
import { textTask } from '../../test/support/task.ts';
import { createVirtualClock, seededRandom } from '../../test/support/virtual-clock.ts';

const HOUR = 3_600_000;
const tasks = (count: number) => Array.from({ length: count }, (_, index) => textTask(index + 1));
const answered = ({ results }: Asked) => results.filter((one) => one.kind === 'answered').length;

function around(ms: number, spread: number, random: () => number): SerialServer['replyMs'] {
  return () => ms * (1 + spread * (2 * random() - 1));
}

/**
 * Every task is answered, and hardly any calls are wasted but those that had left before anything
 * was known.
 */
describe('a server that serves one call at a time, and goes on with those whose callers have left', () => {
  const cases = [
    { replyMs: 6000, timeoutMs: 20_000, count: 12, workers: 8, most: 8 },
    { replyMs: 2000, timeoutMs: 9000, count: 12, workers: 8, most: 8 },
    { replyMs: 15_000, timeoutMs: 20_000, count: 12, workers: 8, most: 12 },
    { replyMs: 20_000, timeoutMs: 120_000, count: 40, workers: 8, most: 8 },
    { replyMs: 2000, timeoutMs: 9000, count: 40, workers: 8, most: 12 },
    { replyMs: 6000, timeoutMs: 20_000, count: 200, workers: 8, most: 20 },
    { replyMs: 6000, timeoutMs: 20_000, count: 40, workers: 32, most: 24 },
  ].flatMap((one) => [0, 0.25].map((spread) => ({ ...one, spread })));
  test.each(cases)(
    '$count tasks, $workers at a time, replies in $replyMs ms (spread $spread), timeout $timeoutMs ms: at most $most calls are wasted',
    async ({ replyMs, timeoutMs, count, workers, most, spread }) => {
      const random = seededRandom(7);
      const clock = createVirtualClock(random);
      const server = { replyMs: around(replyMs, spread, random), timeoutMs };
      const found = await askAll(clock, server, tasks(count), { workers, untilMs: HOUR });
      expect(answered(found)).toBe(count);
      // How long the server is busy with what was abandoned is a guess, which slower replies than
      // the last one prove wrong.
      if (spread === 0)
        expect(found.results.every((one) => one.kind === 'answered' && one.attempts === 1)).toBe(
          true,
        );
      expect(found.timedOut).toBeLessThanOrEqual(most);
      expect(found.calls).toBe(count + found.timedOut);
      // The time that the server works for callers who have left, and a little for finding out.
      expect(found.endedAt).toBeLessThan((count + 2 + 1.2 * found.timedOut) * replyMs * 1.1);
    },
  );

  test('with max_workers of one not a single call is wasted', async () => {
    const clock = createVirtualClock(seededRandom(7));
    const server = { replyMs: () => 6000, timeoutMs: 20_000 };
    const found = await askAll(clock, server, tasks(12), {
      workers: 8,
      maxWorkers: 1,
      untilMs: HOUR,
    });
    expect(found).toMatchObject({ calls: 12, timedOut: 0, endedAt: 72_000 });
    expect(answered(found)).toBe(12);
  });
});

test('one that serves four at a time is asked four at a time in the end', async () => {
  const clock = createVirtualClock(seededRandom(7));
  const server = { replyMs: () => 12_000, timeoutMs: 20_000, slots: 4 };
  const found = await askAll(clock, server, tasks(40), { workers: 16, untilMs: HOUR });
  expect(answered(found)).toBe(40);
  expect(found.timedOut).toBeLessThanOrEqual(24);
});

test('one call under way that times out is an attempt: a model that is too slow is given up', async () => {
  const clock = createVirtualClock(seededRandom(7));
  const found = await askAll(clock, { replyMs: () => 25_000, timeoutMs: 20_000 }, tasks(2), {
    workers: 1,
    untilMs: HOUR,
  });
  expect(found.results).toMatchObject(
    tasks(2).map(() => ({
      kind: 'unanswered',
      attempts: 3,
      deferred: false,
      call: { failure: 'timeout', reservedUsd: 0 },
    })),
  );
  expect(found.calls).toBe(6);
});

test('one that answers nobody is asked one call at a time before long, and then each timeout counts', async () => {
  const clock = createVirtualClock(seededRandom(7));
  const silent = { replyMs: () => HOUR, timeoutMs: 20_000, slots: 1000 };
  const found = await askAll(clock, silent, tasks(3), { workers: 8, untilMs: HOUR });
  expect(found.results).toMatchObject(
    tasks(3).map(() => ({ kind: 'unanswered', attempts: 3, deferred: false })),
  );
  // Three at once, then one at a time.
  expect(found.calls).toBeLessThanOrEqual(3 + 1 + 9);
});

describe('a server that is still loading its model', () => {
  test('is waited for, with a call now and then, and no attempt is lost', async () => {
    const clock = createVirtualClock(seededRandom(7));
    const server = { replyMs: () => 100, timeoutMs: 20_000, readyAt: 300_000 };
    const found = await askAll(clock, server, tasks(30), { workers: 8, untilMs: HOUR });
    expect(found.results.every((one) => one.kind === 'answered' && one.attempts === 1)).toBe(true);
    expect(found.results).toHaveLength(30);
    // Those that had left before the first one was told, and the doubling waits of whoever looks
    // again.
    expect(found.calls - 30).toBeLessThan(8 + 15);
    expect(found.endedAt).toBeLessThan(300_000 + 90_000);
  });

  test('for no longer than throttling is, and then nothing is held against the model', async () => {
    const clock = createVirtualClock(seededRandom(7));
    const server = { replyMs: () => 100, timeoutMs: 20_000, readyAt: HOUR };
    const found = await askAll(clock, server, tasks(1), {
      workers: 1,
      policy: { throttle_patience_s: 60 },
      untilMs: HOUR,
    });
    expect(found.results).toMatchObject([
      { kind: 'unanswered', attempts: 0, deferred: true, call: { failure: 'server' } },
    ]);
    expect(found.endedAt).toBeLessThan(61_000);
  });
});
