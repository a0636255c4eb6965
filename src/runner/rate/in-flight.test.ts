import { expect, test } from 'vitest';
import { createVirtualClock, seededRandom } from '../../../test/support/virtual-clock.ts';
import { ConcurrencyLimit } from './in-flight.ts';
import { createBreaker, createRateLimiter, type Feedback } from './rate-limiter.ts';

const waits = { base_delay_s: 1, max_delay_s: 60, jitter: 0 };
const NEVER = new AbortController().signal;
const FINE: Feedback = { kind: 'ok', retryAfterMs: null, usage: null, rateLimit: null };

test('a call is alone when no other was under way at any time while it was', () => {
  const inFlight = new ConcurrencyLimit(Number.POSITIVE_INFINITY);
  const [first, second] = [inFlight.start(), inFlight.start()];
  expect([inFlight.isAlone(first), inFlight.isAlone(second)]).toEqual([false, false]);
  inFlight.end();
  inFlight.end();
  const third = inFlight.start();
  expect(inFlight.isAlone(third)).toBe(true);
  inFlight.start();
  inFlight.end();
  expect(inFlight.isAlone(third)).toBe(false);
});

test('paces of one provider share its places, and what a call told is known before the next one leaves', async () => {
  const clock = createVirtualClock(seededRandom(1));
  const inFlight = new ConcurrencyLimit(1);
  const paceOf = () =>
    createRateLimiter({
      waits,
      ceiling: 8,
      timing: clock,
      breaker: createBreaker(waits, clock),
      inFlight,
    });
  const [one, other] = [paceOf(), paceOf()];
  const first = await one.acquire({ tokens: 1 }, NEVER);
  const left: string[] = [];
  void one.acquire({ tokens: 1 }, NEVER).then(() => left.push(`one at ${clock.now()}`));
  void other.acquire({ tokens: 1 }, NEVER).then(() => left.push(`other at ${clock.now()}`));
  await clock.runUntil(1000);
  expect(left).toEqual([]);
  one.release(first!, { ...FINE, kind: 'throttled', retryAfterMs: 30_000 });
  await clock.runUntil(2000);
  // The model that was pushed back waits, the other one takes the place.
  expect(left).toEqual(['other at 1000']);
});

test('a timeout is pushing back only in company', async () => {
  const clock = createVirtualClock(seededRandom(1));
  const pace = createRateLimiter({
    waits,
    ceiling: 8,
    timing: clock,
    breaker: createBreaker(waits, clock),
  });
  const [first, second] = [
    await pace.acquire({ tokens: 1 }, NEVER),
    await pace.acquire({ tokens: 1 }, NEVER),
  ];
  expect(pace.release(first!, { ...FINE, kind: 'timeout' })).toBe(true);
  expect(pace.allowed).toBe(1);
  expect(pace.release(second!, { ...FINE, kind: 'timeout' })).toBe(true);
  const third = await pace.acquire({ tokens: 1 }, NEVER);
  expect(pace.release(third!, { ...FINE, kind: 'timeout' })).toBe(false);
});
