import { expect, test } from 'vitest';
import { textTask } from '../../test/support/task.ts';
import { createVirtualClock } from '../../test/support/virtual-clock.ts';
import { ProviderError } from '../errors.ts';
import type { CallResult } from '../providers/provider.ts';
import type { Budget } from './budget/run-budget.ts';
import {
  type FundedCall,
  type SentCall,
  toProvider,
  withBudget,
  withJournal,
  withRateLimit,
  withSlot,
} from './call.ts';
import type { Journal } from './journal/journal.ts';
import { createBreaker, createRateLimiter } from './rate/rate-limiter.ts';

const NEVER = new AbortController().signal;
const task = textTask(1);
const call = { task, attempt: 1, request: { ...task.request, seed: null } };

const exchange = {
  requestBody: new Uint8Array([1]),
  responseBody: null,
  status: 200,
  requestId: null,
  startedAt: 0,
  latencyMs: 1,
};
const answer: CallResult = {
  ok: true,
  completion: {
    text: 'yes',
    stopReason: 'stop',
    rawStopReason: 'stop',
    usage: null,
    modelServed: null,
  },
  exchange,
};
const failure = (kind: ProviderError['kind'], request: readonly number[] = [1]): CallResult => ({
  ok: false,
  error: new ProviderError(kind, 'failed'),
  exchange: { ...exchange, requestBody: new Uint8Array(request), status: null },
});
const sent = (result: CallResult, logged = Promise.resolve()): SentCall => ({
  id: 'call-1',
  result,
  pushedBack: false,
  unconfirmedUsd: null,
  logged,
});

function journalOf(events: string[], whileWriting = () => {}): Journal {
  return {
    async logRequest({ reservedUsd }) {
      events.push(`request ${reservedUsd}`);
      whileWriting();
      return 'call-1';
    },
    async logReply(id) {
      events.push(`reply ${id}`);
    },
    markStored: (ids) => events.push(`stored ${ids.join()}`),
    setAside: () => {},
    async [Symbol.asyncDispose]() {},
  };
}

function limiterOn(clock = createVirtualClock(() => 0.5)) {
  const waits = { base_delay_s: 1, max_delay_s: 60, jitter: 0.5 };
  return createRateLimiter({
    waits,
    ceiling: 8,
    timing: clock,
    breaker: createBreaker(waits, clock),
  });
}

function budgetOf(settled: unknown[], denied = false): Budget {
  return {
    reserve: async ({ model }) =>
      denied ? null : { model, factor: 1, most: { usd: 0.25, tokens: 100, calls: 1 } },
    raise: (reservation) => reservation,
    settle: (_, paid) => settled.push(paid === null ? null : paid.errorKind),
    exhausted: null,
    passed: null,
  };
}

test('the slot is released when the provider is done, before the reply is on the disk', async () => {
  const disk = Promise.withResolvers<void>();
  let released = 0;
  const send = withSlot({ release: () => released++ }, async () => sent(answer, disk.promise));
  const one = await send(call);
  expect(released).toBe(1);
  disk.resolve();
  await one!.logged;
});

test('the slot is released when the call cannot be sent', async () => {
  let released = 0;
  const send = withSlot({ release: () => released++ }, () =>
    Promise.reject(new Error('disk full')),
  );
  await expect(send(call)).rejects.toThrow('disk full');
  expect(released).toBe(1);
});

test('a call that is not sent gives its permit back without a word about the provider', async () => {
  const limiter = limiterOn();
  expect(await withRateLimit(limiter, NEVER, async () => null)(call)).toBeNull();
  expect(limiter).toMatchObject({ free: true, waiting: null });
});

test('the permit is given back when the call cannot be sent', async () => {
  const limiter = limiterOn();
  const send = withRateLimit(limiter, NEVER, () => Promise.reject(new Error('disk full')));
  for (let i = 0; i < 20; i++) await expect(send(call)).rejects.toThrow('disk full');
  expect(limiter.free).toBe(true);
});

test('of two calls at once that time out, the one that was not alone is pushed back', async () => {
  const limiter = limiterOn();
  const other = await limiter.acquire({ tokens: 1 }, NEVER);
  const send = withRateLimit(limiter, NEVER, async () => sent(failure('timeout')));
  expect(await send(call)).toMatchObject({ pushedBack: true });
  limiter.release(other!, { kind: 'ok', retryAfterMs: null, usage: null, rateLimit: null });
  expect(await send(call)).toMatchObject({ pushedBack: false });
});

test('the reservation is settled once the reply is on the disk, not before', async () => {
  const settled: unknown[] = [];
  const disk = Promise.withResolvers<void>();
  const funded: FundedCall[] = [];
  const send = withBudget(budgetOf(settled), NEVER, async (one) => {
    funded.push(one);
    return sent(answer, disk.promise);
  });
  const one = await send(call);
  expect(funded).toMatchObject([{ reservedUsd: 0.25 }]);
  expect(settled).toEqual([]);
  disk.resolve();
  await one!.logged;
  expect(settled).toEqual([null]);
});

test.each([
  ['an answered call', answer, null, null],
  ['a call without a reply', failure('network'), 'network', 0.25],
  ['a rejected call', failure('throttled'), 'throttled', null],
  ['a call that was never sent', failure('aborted', []), null, null],
])('%s is settled as what it is', async (_, result, errorKind, unconfirmedUsd) => {
  const settled: unknown[] = [];
  const one = await withBudget(budgetOf(settled), NEVER, async () => sent(result))(call);
  await one!.logged;
  expect(settled).toEqual([errorKind]);
  expect(one).toMatchObject({ unconfirmedUsd });
});

test('without room in the budget no call is sent', async () => {
  const send = withBudget(budgetOf([], true), NEVER, () => Promise.reject(new Error('sent')));
  expect(await send(call)).toBeNull();
});

test('the request is in the journal before the call is sent, and the reply after it', async () => {
  const events: string[] = [];
  const send = withJournal(journalOf(events), NEVER, async () => {
    events.push('sent');
    return answer;
  });
  const one = await send({ ...call, reservedUsd: 0.25 });
  await one!.logged;
  expect(events).toEqual(['request 0.25', 'sent', 'reply call-1']);
});

test('a call is not sent when the run is stopped while its request is written', async () => {
  const events: string[] = [];
  const stop = new AbortController();
  const send = withJournal(
    journalOf(events, () => stop.abort()),
    stop.signal,
    () => Promise.reject(new Error('sent')),
  );
  expect(await send({ ...call, reservedUsd: 0 })).toBeNull();
  expect(events).toEqual(['request 0', 'stored call-1']);
});

test('the journal forgets a call that was aborted before it was sent', async () => {
  const events: string[] = [];
  const one = await withJournal(journalOf(events), NEVER, async () => failure('aborted', []))({
    ...call,
    reservedUsd: 0,
  });
  await one!.logged;
  expect(events).toEqual(['request 0', 'reply call-1', 'stored call-1']);
});

test('the provider receives the request and the signal that aborts it', async () => {
  const { signal } = new AbortController();
  const received: unknown[] = [];
  const provider = {
    name: 'recorder',
    async complete(...given: readonly unknown[]) {
      received.push(...given);
      return answer;
    },
    async [Symbol.asyncDispose]() {},
  };
  expect(await toProvider(provider, signal)(call.request)).toBe(answer);
  expect(received).toEqual([call.request, signal]);
});
