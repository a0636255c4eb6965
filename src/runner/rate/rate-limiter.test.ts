/**
 * The controller against modelled providers on a virtual clock. Seeds are in the names, so that a
 * failing test names its own.
 */
import { describe, expect, test } from 'vitest';
import {
  bucket,
  fixedWindow,
  type ModelledProvider,
  type Quota,
  type Simulated,
  simulate,
  slidingWindow,
} from '../../../test/support/modelled-provider.ts';
import {
  createVirtualClock,
  seededRandom,
  type VirtualClock,
} from '../../../test/support/virtual-clock.ts';
import {
  createBreaker,
  createRateLimiter,
  type Feedback,
  type RateLimiter,
} from './rate-limiter.ts';

const MINUTE = 60_000;
const waits = { base_delay_s: 1, max_delay_s: 60, jitter: 0.5 };
const NEVER = new AbortController().signal;
const FINE: Feedback = { kind: 'ok', retryAfterMs: null, usage: null, rateLimit: null };
const SEEDS = [1, 2, 3];

interface Settings {
  readonly ceiling?: number;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  readonly share?: number;
}

function paceOn(clock: VirtualClock, { ceiling = 256, ...settings }: Settings = {}): RateLimiter {
  return createRateLimiter({
    waits,
    ceiling,
    timing: clock,
    breaker: createBreaker(waits, clock),
    ...settings,
  });
}

/** Log-normal, as replies of models are. */
function around(ms: number) {
  return (_inFlight: number, random: () => number) =>
    ms *
    Math.exp(
      0.5 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()) - 0.125,
    );
}

function clockOf(seed: number): VirtualClock {
  return createVirtualClock(seededRandom(seed));
}

/** What became of the minutes from `from` on. */
function steady({ minutes }: Simulated, from: number, until: number) {
  const some = minutes.slice(from, until);
  const sum = (key: 'accepted' | 'tokens' | 'rejected' | 'failed') =>
    some.reduce((total, minute) => total + minute[key], 0);
  const accepted = sum('accepted');
  return {
    accepted: accepted / some.length,
    tokens: sum('tokens') / some.length,
    rejectedShare: sum('rejected') / (accepted + sum('rejected')),
    least: Math.min(...some.map((minute) => minute.accepted)),
    most: Math.max(...some.map((minute) => minute.accepted)),
  };
}

const QUOTAS: readonly (readonly [string, (limit: number) => Quota])[] = [
  ['a fixed window', (limit) => fixedWindow(limit, 23_000)],
  ['a sliding window', slidingWindow],
  ['a bucket', bucket],
];
const each = SEEDS.flatMap((seed) =>
  QUOTAS.flatMap(([name, quota]) =>
    [true, false].flatMap((tellsRetryAfter) =>
      [2000, 20_000].map((latency) => ({
        seed,
        name,
        quota,
        tellsRetryAfter,
        latency,
        retryAfter: tellsRetryAfter ? 'with' : 'without',
      })),
    ),
  ),
);

describe('a quota of 500 requests a minute', () => {
  test.each(each)(
    'told: $name, $retryAfter retry-after, replies in $latency ms, seed $seed',
    async ({ seed, quota, tellsRetryAfter, latency }) => {
      const clock = clockOf(seed);
      const provider: ModelledProvider = {
        requests: quota(500),
        told: true,
        tellsRetryAfter,
        latencyMs: around(latency),
      };
      const found = steady(
        await simulate(clock, paceOn(clock), provider, { callers: 256, untilMs: 20 * MINUTE }),
        2,
        20,
      );
      expect(found.accepted).toBeGreaterThanOrEqual(0.95 * 500);
      expect(found.rejectedShare).toBeLessThan(0.01);
      // No oscillation.
      expect(found.least).toBeGreaterThan(0.94 * 500);
    },
  );

  test.each(each)(
    'untold: $name, $retryAfter retry-after, replies in $latency ms, seed $seed',
    async ({ seed, quota, tellsRetryAfter, latency }) => {
      const clock = clockOf(seed);
      const provider: ModelledProvider = {
        requests: quota(500),
        tellsRetryAfter,
        latencyMs: around(latency),
      };
      const found = steady(
        await simulate(clock, paceOn(clock), provider, { callers: 256, untilMs: 40 * MINUTE }),
        5,
        40,
      );
      expect(found.accepted).toBeGreaterThanOrEqual(0.85 * 500);
      expect(found.rejectedShare).toBeLessThan(0.01);
      expect(found.least).toBeGreaterThan(0.8 * 500);
    },
  );

  const halving = each
    .filter(({ latency }) => latency === 2000)
    .flatMap((one) => [true, false].map((told) => ({ ...one, told })));
  test.each(halving)(
    'halved: $name, told $told, $retryAfter retry-after, seed $seed',
    async ({ seed, quota, told, tellsRetryAfter }) => {
      const clock = clockOf(seed);
      const requests = quota(500);
      void clock.sleep(10 * MINUTE, NEVER).then(() => {
        requests.limit = 250;
      });
      const provider: ModelledProvider = {
        requests,
        told,
        tellsRetryAfter,
        latencyMs: around(2000),
      };
      const after = steady(
        await simulate(clock, paceOn(clock), provider, { callers: 256, untilMs: 25 * MINUTE }),
        12,
        25,
      );
      expect(after.accepted).toBeGreaterThanOrEqual((told ? 0.95 : 0.85) * 250);
      expect(after.rejectedShare).toBeLessThan(0.01);
    },
  );
});

describe('tokens', () => {
  const cases = SEEDS.flatMap((seed) => [200, 400, 1200].map((guess) => ({ seed, guess })));
  test.each(cases)(
    'a told quota of 200,000 a minute is used, guesses of $guess for 600 corrected, seed $seed',
    async ({ seed, guess }) => {
      const clock = clockOf(seed);
      const provider: ModelledProvider = {
        requests: bucket(500),
        tokens: bucket(200_000),
        told: true,
        latencyMs: around(3000),
        tokensOf: (random) => 400 + Math.floor(400 * random()),
      };
      const found = steady(
        await simulate(clock, paceOn(clock), provider, {
          callers: 128,
          guess,
          untilMs: 20 * MINUTE,
        }),
        2,
        20,
      );
      expect(found.tokens).toBeGreaterThanOrEqual(0.95 * 200_000);
      expect(found.rejectedShare).toBeLessThan(0.01);
    },
  );

  test('what is configured is kept to without a word from the provider', async () => {
    const clock = clockOf(1);
    const pace = paceOn(clock, { requestsPerMinute: 300, tokensPerMinute: 60_000 });
    const provider: ModelledProvider = {
      tokens: slidingWindow(60_000),
      latencyMs: around(2000),
      tokensOf: () => 400,
    };
    const found = steady(
      await simulate(clock, pace, provider, { callers: 64, untilMs: 10 * MINUTE }),
      2,
      10,
    );
    expect(found.tokens).toBeGreaterThanOrEqual(0.95 * 60_000);
    expect(found.rejectedShare).toBe(0);
  });
});

test.each(SEEDS)('two machines with half an account each, seed %i', async (seed) => {
  const clock = clockOf(seed);
  const provider: ModelledProvider = {
    requests: slidingWindow(500),
    told: true,
    latencyMs: around(2000),
  };
  const options = { callers: 64, untilMs: 15 * MINUTE };
  const [one, two] = [paceOn(clock, { share: 0.5 }), paceOn(clock, { share: 0.5 })];
  let turn = 0;
  const owners = new WeakMap<object, RateLimiter>();
  const found = await simulate(
    clock,
    {
      async acquire(need, signal) {
        const pace = turn++ % 2 === 0 ? one : two;
        const admission = await pace.acquire(need, signal);
        if (admission !== null) owners.set(admission, pace);
        return admission;
      },
      release: (admission, feedback) => owners.get(admission)!.release(admission, feedback),
    },
    provider,
    options,
  );
  const { accepted, rejectedShare } = steady(found, 2, 15);
  expect(accepted).toBeGreaterThanOrEqual(0.95 * 500);
  expect(rejectedShare).toBeLessThan(0.01);
});

test.each(SEEDS)(
  'where latency grows with load, calls beyond what is served only queue up, seed %i',
  async (seed) => {
    const clock = clockOf(seed);
    const usual = around(2000);
    const provider: ModelledProvider = {
      latencyMs: (underWay, random) => usual(underWay, random) * Math.max(1, underWay / 40),
    };
    const pace = paceOn(clock, { ceiling: 2048 });
    const found = await simulate(clock, pace, provider, { callers: 2048, untilMs: 20 * MINUTE });
    // 40 at a time, 2 s each.
    expect(steady(found, 2, 20).accepted).toBeGreaterThanOrEqual(0.95 * 1200);
    expect(found.mostUnderWay).toBeLessThan(600);
  },
);

test('concurrency has no other ceiling than that of the run', async () => {
  const clock = clockOf(1);
  const pace = paceOn(clock, { ceiling: 1000 });
  const found = await simulate(
    clock,
    pace,
    { latencyMs: around(2000) },
    { callers: 1000, untilMs: 3 * MINUTE },
  );
  expect(found.mostUnderWay).toBe(1000);
});

describe('a provider that is down', () => {
  test.each(SEEDS)(
    'is left alone but for a call now and then, and taken up again within two minutes, seed %i',
    async (seed) => {
      const clock = clockOf(seed);
      const down = (now: number) =>
        (now > 5 * MINUTE && now < 5.5 * MINUTE) || (now > 8 * MINUTE && now < 11 * MINUTE);
      const provider: ModelledProvider = {
        latencyMs: around(2000),
        fault: (now) => (down(now) ? { kind: 'unavailable', retryAfterMs: null } : null),
      };
      const found = await simulate(clock, paceOn(clock, { ceiling: 64 }), provider, {
        callers: 64,
        untilMs: 15 * MINUTE,
        restMs: () => 1000,
      });
      const usual = found.minutes[3]!.accepted;
      for (const minute of [6, 7, 13, 14])
        expect(found.minutes[minute]!.accepted).toBeGreaterThan(0.95 * usual);
      // Those under way when it went down, and the probes.
      expect(found.minutes[5]!.failed).toBeLessThan(300);
      expect(found.minutes[9]!.failed + found.minutes[10]!.failed).toBeLessThan(10);
    },
  );

  test('one that fails now and then is not thought to be down', async () => {
    const clock = clockOf(1);
    const fault: ModelledProvider['fault'] = (_now, random) =>
      random() < 0.25 ? { kind: 'unavailable', retryAfterMs: null } : null;
    const found = await simulate(
      clock,
      paceOn(clock, { ceiling: 64 }),
      { latencyMs: around(2000), fault },
      { callers: 64, untilMs: 10 * MINUTE },
    );
    expect(steady(found, 2, 10).accepted).toBeGreaterThan(0.95 * 64 * 30);
  });

  test('says so to whoever waits', async () => {
    const clock = clockOf(1);
    const pace = paceOn(clock);
    const once = await pace.acquire({ tokens: 1 }, NEVER);
    pace.release(once!, FINE);
    for (let failures = 0; failures < 10; failures++) {
      const admission = await pace.acquire({ tokens: 1 }, NEVER);
      pace.release(admission!, { ...FINE, kind: 'unavailable' });
    }
    const stop = new AbortController();
    const waiting = pace.acquire({ tokens: 1 }, stop.signal);
    expect(pace.waiting).toMatchObject({ calls: 1, why: 'unavailable' });
    expect(pace.waiting!.until).toBeGreaterThan(0);
    stop.abort();
    expect(await waiting).toBeNull();
    expect(pace.waiting).toBeNull();
  });
});

test.each(SEEDS)(
  'where one call in a hundred gets no reply by chance, the others are not held up for it, seed %i',
  async (seed) => {
    const clock = clockOf(seed);
    const provider: ModelledProvider = {
      latencyMs: around(2000),
      fault: (_now, random) => (random() < 0.01 ? { kind: 'timeout', retryAfterMs: null } : null),
      rejectionMs: 30_000,
    };
    const found = await simulate(clock, paceOn(clock, { ceiling: 64 }), provider, {
      callers: 64,
      untilMs: 15 * MINUTE,
    });
    const knowing = (64 * MINUTE) / (2000 * 0.99 + 30_000 * 0.01);
    expect(steady(found, 2, 15).accepted).toBeGreaterThan(0.85 * 0.99 * knowing);
  },
);

describe('being pushed back', () => {
  const cases = SEEDS.flatMap((seed) =>
    [1000, 5000].map((retryAfterMs) => ({ seed, retryAfterMs })),
  );
  test.each(cases)(
    'by chance, whatever the pace, only the call itself waits: retry-after $retryAfterMs, seed $seed',
    async ({ seed, retryAfterMs }) => {
      const clock = clockOf(seed);
      const provider: ModelledProvider = {
        latencyMs: around(500),
        fault: (_now, random) => (random() < 0.1 ? { kind: 'throttled', retryAfterMs } : null),
      };
      const found = await simulate(clock, paceOn(clock, { ceiling: 64 }), provider, {
        callers: 64,
        untilMs: 10 * MINUTE,
        restMs: (_kind, ms) => ms ?? 1000,
      });
      // A caller is busy for half a second and a tenth of the retry-after for each call; one that
      // knew all would lose no more.
      const knowing = (64 * MINUTE * 0.9) / (500 * 0.9 + 50 * 0.1 + retryAfterMs * 0.1);
      expect(steady(found, 5, 10).accepted).toBeGreaterThan(0.85 * knowing);
    },
  );

  test('a retry-after holds for everybody', async () => {
    const clock = clockOf(1);
    const pace = paceOn(clock);
    const [first, ...others] = await Promise.all(
      Array.from({ length: 10 }, () => pace.acquire({ tokens: 1 }, NEVER)),
    );
    pace.release(first!, { ...FINE, kind: 'throttled', retryAfterMs: 30_000 });
    for (const other of others) pace.release(other!, FINE);
    const left: number[] = [];
    for (let call = 0; call < 5; call++)
      void pace.acquire({ tokens: 1 }, NEVER).then(() => left.push(clock.now()));
    expect(pace.waiting).toMatchObject({ calls: 5, why: 'throttled' });
    await clock.runUntil(29_999);
    expect(left).toEqual([]);
    await clock.runUntil(33_000);
    expect(left).toHaveLength(5);
  });

  test('nobody waits any more once the signal says so, and those behind go on', async () => {
    const clock = clockOf(1);
    const pace = paceOn(clock, { ceiling: 1 });
    const first = await pace.acquire({ tokens: 1 }, NEVER);
    const stop = new AbortController();
    const second = pace.acquire({ tokens: 1 }, stop.signal);
    const third = pace.acquire({ tokens: 1 }, NEVER);
    stop.abort();
    expect(await second).toBeNull();
    pace.release(first!, FINE);
    expect(await third).not.toBeNull();
  });
});
