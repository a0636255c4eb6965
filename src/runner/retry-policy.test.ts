import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { providerSection } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import type { RetryPolicy } from '../config/schema.ts';
import {
  afterFailure,
  type Decision,
  FAILURE_KINDS,
  type Failure,
  type FailureKind,
  type History,
  NOTHING_YET,
  type Scope,
} from './retry-policy.ts';

const DEFAULT: RetryPolicy = providerSection(loadConfig({}, {}, '/nowhere'), 'openai').retry;
const COUNTED = FAILURE_KINDS.filter((kind) => kind !== 'throttled');
const CLOSING: Partial<Record<FailureKind, Scope>> = {
  authentication: 'provider',
  unknown_model: 'model',
  quota: 'provider',
};
const ONCE: readonly FailureKind[] = [
  'truncated',
  'refused',
  'content_filter',
  'bad_request',
  'authentication',
  'unknown_model',
  'quota',
];
const ABOUT_THE_REPLY: readonly FailureKind[] = ['unparseable', 'invalid'];

const policy = (changes: Partial<RetryPolicy> = {}): RetryPolicy => ({ ...DEFAULT, ...changes });

/**
 * Failures one after the other at the instants that the policy itself names, until it has enough.
 */
function play(
  rules: RetryPolicy,
  next: (call: number) => Partial<Failure> & Pick<Failure, 'kind'>,
  options: { random?: () => number; callMs?: number; most?: number } = {},
): { decision: Decision; waits: number[]; now: number; kinds: FailureKind[] } {
  const { random = () => 0, callMs = 0, most = 200_000 } = options;
  const waits: number[] = [];
  const kinds: FailureKind[] = [];
  let history: History = NOTHING_YET;
  let now = 0;
  for (let call = 1; call <= most; call++) {
    now += callMs;
    const failure: Failure = { reason: `why ${call}`, retryAfterMs: null, at: now, ...next(call) };
    kinds.push(failure.kind);
    const after = afterFailure(rules, history, failure, random);
    history = after.history;
    if (after.decision.next !== 'again') return { decision: after.decision, waits, now, kinds };
    waits.push(after.decision.afterMs);
    now += after.decision.afterMs;
  }
  throw new Error(`no end after ${most} calls`);
}

describe('the default policy', () => {
  test.each(COUNTED.filter((kind) => !ONCE.includes(kind)))('%s: three attempts', (kind) => {
    const { decision, waits } = play(DEFAULT, () => ({ kind }));
    expect(decision).toEqual({ next: 'give up', reason: 'why 3' });
    expect(waits).toEqual(ABOUT_THE_REPLY.includes(kind) ? [0, 0] : [1000, 2000]);
  });

  test.each(ONCE)('%s: one attempt', (kind) => {
    const { decision, waits } = play(DEFAULT, () => ({ kind }));
    const scope = CLOSING[kind];
    expect(decision).toEqual(
      scope === undefined
        ? { next: 'give up', reason: 'why 1' }
        : { next: 'close', scope, reason: 'why 1' },
    );
    expect(waits).toEqual([]);
  });

  test('different failures share the attempts', () => {
    const kinds: FailureKind[] = ['server', 'invalid', 'timeout'];
    expect(play(DEFAULT, (call) => ({ kind: kinds[call - 1]! })).kinds).toEqual(kinds);
  });

  test('throttling is never an attempt, but has an end', () => {
    const { decision, waits, now } = play(DEFAULT, () => ({ kind: 'throttled' }));
    expect(decision).toMatchObject({
      next: 'give up',
      reason: expect.stringContaining('(for more than 3600 s)'),
    });
    expect(waits.slice(0, 8)).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    expect(now).toBeLessThanOrEqual(3_600_000);
    expect(now).toBeGreaterThan(3_500_000);
  });

  test('throttling between two attempts changes neither count nor sameness', () => {
    const rules = policy({ attempts: 10, same_in_a_row: 3 });
    const { decision, kinds } = play(rules, (call) =>
      call % 2 === 1 ? { kind: 'server', reason: 'down' } : { kind: 'throttled' },
    );
    expect(kinds.filter((kind) => kind === 'server')).toHaveLength(3);
    expect(decision).toEqual({ next: 'give up', reason: 'down (the same 3 times in a row)' });
  });

  test('a call that got through gives throttling its patience anew', () => {
    const rules = policy({ throttle_patience_s: 10, attempts: 4, same_in_a_row: 9 });
    // Nine seconds of throttling before each of the attempts.
    const { kinds, now } = play(rules, (call) =>
      call % 2 === 0 ? { kind: 'server' } : { kind: 'throttled', retryAfterMs: 9000 },
    );
    expect(kinds.filter((kind) => kind === 'server')).toHaveLength(4);
    expect(now).toBeGreaterThanOrEqual(36_000);
  });
});

describe('a provider that says how long to wait', () => {
  test('is believed, to the millisecond or a little more', () => {
    for (const [random, expected] of [
      [0, 7000],
      [1, 7500],
    ] as const) {
      const { waits } = play(DEFAULT, () => ({ kind: 'throttled', retryAfterMs: 7000 }), {
        random: () => random,
      });
      expect(waits[0]).toBe(expected);
    }
    expect(play(DEFAULT, () => ({ kind: 'server', retryAfterMs: 4000 })).waits).toEqual([
      4000, 4000,
    ]);
  });

  test('"come again at once", for ever: not more than one call a second in the long run', () => {
    const { decision, waits } = play(DEFAULT, () => ({ kind: 'throttled', retryAfterMs: 0 }));
    expect(decision.next).toBe('give up');
    expect(waits.length).toBeLessThan(3620);
    expect(waits.slice(0, 7)).toEqual([5, 10, 20, 40, 80, 160, 320]);
  });

  test('more patience than anybody is given: asked of all calls when it is throttling, of one when it is not', () => {
    expect(
      play(DEFAULT, () => ({ kind: 'throttled', reason: 'slow down', retryAfterMs: 86_400_000 }))
        .decision,
    ).toEqual({
      next: 'close',
      scope: 'model',
      reason: 'slow down (it asks for a pause of 86400 s; the limit is 3600 s)',
    });
    expect(
      play(DEFAULT, () => ({ kind: 'server', reason: 'down', retryAfterMs: 86_400_000 })).decision,
    ).toEqual({
      next: 'give up',
      reason: 'down (for more than 3600 s)',
    });
  });
});

describe('settings for one kind', () => {
  test('attempts of its own are counted apart', () => {
    const rules = policy({ kinds: { server: { attempts: 5, same_in_a_row: 100 } } });
    const { kinds } = play(rules, (call) => ({ kind: call <= 4 ? 'server' : 'invalid' }));
    expect(kinds).toEqual([
      'server',
      'server',
      'server',
      'server',
      'invalid',
      'invalid',
      'invalid',
    ]);
    expect(play(rules, (call) => ({ kind: call <= 2 ? 'invalid' : 'server' })).kinds).toHaveLength(
      7,
    );
  });

  test('refusals are sampled again only when that is asked for', () => {
    expect(play(policy({ attempts: 50 }), () => ({ kind: 'refused' })).kinds).toHaveLength(1);
    expect(
      play(policy({ kinds: { refused: { attempts: 4 } } }), () => ({ kind: 'refused' })).kinds,
    ).toHaveLength(4);
  });

  test('a key may be given a second chance; then its provider is closed all the same', () => {
    const { decision, kinds } = play(
      policy({ kinds: { authentication: { attempts: 2 } } }),
      () => ({ kind: 'authentication' }),
    );
    expect(kinds).toHaveLength(2);
    expect(decision).toEqual({ next: 'close', scope: 'provider', reason: 'why 2' });
  });

  test('what would fail for every call closes the provider, whatever its kind', () => {
    const { decision, kinds } = play(DEFAULT, () => ({ kind: 'bad_request', fatal: true }));
    expect([kinds.length, decision]).toEqual([
      1,
      { next: 'close', scope: 'provider', reason: 'why 1' },
    ]);
  });

  test('a reply that was cut off is asked for again only when that is configured', () => {
    expect(play(policy({ attempts: 50 }), () => ({ kind: 'truncated' })).kinds).toHaveLength(1);
    expect(
      play(policy({ kinds: { truncated: { attempts: 3 } } }), () => ({ kind: 'truncated' })).kinds,
    ).toHaveLength(3);
  });

  test('waits, jitter and total time are laid over the general ones, each by itself', () => {
    const rules = policy({
      attempts: 100,
      same_in_a_row: 100,
      kinds: { timeout: { base_delay_s: 5, max_delay_s: 12, total_s: 60 } },
    });
    const { waits, decision, now } = play(rules, () => ({ kind: 'timeout' }), { random: () => 1 });
    expect(waits.slice(0, 4)).toEqual([2500, 5000, 6000, 6000]);
    expect(now).toBeLessThanOrEqual(60_000);
    expect(decision).toMatchObject({
      next: 'give up',
      reason: expect.stringContaining('(for more than 60 s)'),
    });
    expect(play(rules, () => ({ kind: 'server' })).waits.slice(0, 3)).toEqual([1000, 2000, 4000]);
  });

  test('the same failure in a row ends the experiment, other words do not', () => {
    const rules = policy({ attempts: 100 });
    expect(play(rules, () => ({ kind: 'unparseable', reason: 'no JSON' })).kinds).toHaveLength(5);
    expect(
      play(rules, (call) => ({ kind: 'unparseable', reason: `no JSON ${call % 2}` })).kinds,
    ).toHaveLength(100);
    expect(
      play(rules, (call) => ({ kind: call % 2 === 0 ? 'unparseable' : 'invalid', reason: 'no' }))
        .kinds,
    ).toHaveLength(100);
  });
});

describe('whatever the policy and whatever happens', () => {
  const seconds = (max: number) => fc.integer({ min: 0, max: max * 1000 }).map((ms) => ms / 1000);
  const waits = {
    base_delay_s: seconds(30),
    max_delay_s: seconds(120),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    total_s: seconds(400),
  };
  const counts = {
    attempts: fc.integer({ min: 1, max: 12 }),
    same_in_a_row: fc.integer({ min: 1, max: 12 }),
  };
  const special = (kind: FailureKind) =>
    fc.option(
      fc.record(kind === 'throttled' ? waits : { ...waits, ...counts }, { requiredKeys: [] }),
      { nil: undefined },
    );
  const policies = fc
    .record({
      ...waits,
      ...counts,
      throttle_patience_s: seconds(400),
      kinds: fc.record(Object.fromEntries(FAILURE_KINDS.map((kind) => [kind, special(kind)]))),
    })
    .map((made) => made as RetryPolicy);
  const failures = fc.infiniteStream(
    fc.record({
      kind: fc.constantFrom(...FAILURE_KINDS, 'throttled' as const, 'server' as const),
      reason: fc.constantFrom('a', 'b'),
      retryAfterMs: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 500_000 })),
    }),
  );
  const chances = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));

  test('it ends, in no more attempts and no more time than the policy allows', () => {
    fc.assert(
      fc.property(
        policies,
        failures,
        chances,
        fc.integer({ min: 0, max: 5000 }),
        (rules, stream, chance, callMs) => {
          const { waits, kinds, decision } = play(rules, () => stream.next().value!, {
            random: () => chance.next().value!,
            callMs,
          });
          const own = (kind: FailureKind) =>
            (rules.kinds[kind] as { attempts?: number } | undefined)?.attempts;
          const sharing = kinds.filter(
            (kind) => kind !== 'throttled' && own(kind) === undefined && !ONCE.includes(kind),
          );
          expect(sharing.length).toBeLessThanOrEqual(rules.attempts);
          for (const kind of COUNTED) {
            const most = own(kind) ?? (ONCE.includes(kind) ? 1 : rules.attempts);
            expect(kinds.filter((one) => one === kind).length).toBeLessThanOrEqual(most);
          }
          for (const [index, wait] of waits.entries()) {
            expect(wait).toBeGreaterThanOrEqual(kinds[index] === 'throttled' ? 5 : 0);
            const total =
              rules.kinds[kinds[index]!]?.total_s ??
              (kinds[index] === 'throttled' ? rules.throttle_patience_s : rules.total_s);
            expect(wait).toBeLessThanOrEqual(total * 1000 + 1e-6);
          }
          expect(
            CLOSING[kinds.at(-1)!] !== undefined ||
              kinds.at(-1) === 'throttled' ||
              decision.next === 'give up',
          ).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('the same history, failure and chance bring the same decision, and the history given is left as it was', () => {
    fc.assert(
      fc.property(
        policies,
        fc.array(fc.constantFrom(...FAILURE_KINDS), { maxLength: 8 }),
        (rules, kinds) => {
          let history = NOTHING_YET;
          for (const [index, kind] of kinds.entries()) {
            const failure: Failure = { kind, reason: 'r', retryAfterMs: null, at: index * 10 };
            const before = structuredClone(history);
            const first = afterFailure(rules, history, failure, () => 0.5);
            expect(history).toEqual(before);
            expect(afterFailure(rules, history, failure, () => 0.5)).toEqual(first);
            history = first.history;
          }
        },
      ),
    );
  });

  test('one kind alone is waited for no longer than its total time', () => {
    fc.assert(
      fc.property(policies, fc.constantFrom(...FAILURE_KINDS), chances, (rules, kind, chance) => {
        const { now } = play(rules, () => ({ kind, reason: 'r' }), {
          random: () => chance.next().value!,
        });
        const total =
          rules.kinds[kind]?.total_s ??
          (kind === 'throttled' ? rules.throttle_patience_s : rules.total_s);
        expect(now).toBeLessThanOrEqual(total * 1000 + 1e-6);
      }),
    );
  });
});

describe('in the configuration', () => {
  const read = (environment: Record<string, string>) =>
    loadConfig({}, environment, '/nowhere').providers.openai!.retry;

  test('an environment variable reaches the settings of one kind', () => {
    expect(
      read({ PERSONAS_PROVIDERS__OPENAI__RETRY__KINDS__CONTENT_FILTER__ATTEMPTS: '4' }).kinds
        .content_filter,
    ).toEqual({ attempts: 4 });
  });

  test.each([
    [
      'KINDS__SERVFER__ATTEMPTS',
      /unknown key.*Did you mean "providers.openai.retry.kinds.server"/s,
    ],
    [
      'KINDS__SERVER__ATTEMPT',
      /unknown key.*Did you mean "providers.openai.retry.kinds.server.attempts"/s,
    ],
    ['KINDS__THROTTLED__ATTEMPTS', /unknown key/],
  ])('%s is refused', (name, message) => {
    let said = '';
    try {
      read({ [`PERSONAS_PROVIDERS__OPENAI__RETRY__${name}`]: '2' });
    } catch (error) {
      said = `${(error as Error).message}\n${(error as { hint?: string }).hint}`;
    }
    expect(said).toMatch(message);
  });
});
