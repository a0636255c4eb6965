import { describe, expect, test } from 'vitest';
import { textTask } from '../../test/support/task.ts';
import { createVirtualClock } from '../../test/support/virtual-clock.ts';
import type { RetryPolicy } from '../config/schema.ts';
import { ProviderError, type ProviderErrorKind } from '../errors.ts';
import type { CallResult, Provider } from '../providers/provider.ts';
import type { Budget } from './budget/run-budget.ts';
import { type SentCall, toProvider, withBudget, withJournal, withRateLimit } from './call.ts';
import { classifyResult, describeCall } from './call-result.ts';
import type { Journal } from './journal/journal.ts';
import { createBreaker, createRateLimiter } from './rate/rate-limiter.ts';
import { runTask, type TaskContext } from './run-task.ts';
import type { CallRecord, Task } from './task.ts';

const task = textTask(1);

const answer = {
  ok: true,
  completion: {
    text: 'yes',
    stopReason: 'stop',
    rawStopReason: 'stop',
    usage: null,
    modelServed: null,
  },
  exchange: {
    requestBody: new Uint8Array([1]),
    responseBody: null,
    status: 200,
    requestId: null,
    startedAt: 0,
    latencyMs: 1,
  },
} as const satisfies CallResult;

test('a reply that ended at the token limit is read only where its task says that it is whole', () => {
  const cut: CallResult = { ...answer, completion: { ...answer.completion, stopReason: 'length' } };
  const isWhole = (text: string) => text === 'yes';
  expect(classifyResult(task, cut)).toMatchObject({ outcome: 'truncated' });
  expect(classifyResult({ ...task, isWhole }, cut)).toEqual({ outcome: 'answered', value: 'yes' });
  expect(classifyResult({ ...task, isWhole: () => false }, cut)).toMatchObject({
    outcome: 'truncated',
  });
});

const policy: RetryPolicy = {
  attempts: 3,
  base_delay_s: 1,
  max_delay_s: 60,
  jitter: 0.5,
  total_s: 3600,
  throttle_patience_s: 3600,
  same_in_a_row: 5,
  kinds: {},
};

/**
 * @param whileWriting what happens between the decision to call and the moment when that is on the
 *   disk
 */
function prepare(whileWriting: (stop: AbortController) => void) {
  const clock = createVirtualClock(() => 0.5);
  const waits = { base_delay_s: 1, max_delay_s: 60, jitter: 0.5 };
  const stop = new AbortController();
  const seen = { calls: 0, settled: [] as unknown[], forgotten: [] as string[] };
  const most = { usd: 0.01, tokens: 100, calls: 1 };
  const budget: Budget = {
    reserve: async () => ({ model: task.model, factor: 1, most }),
    raise: (reservation) => reservation,
    settle: (_, call) => seen.settled.push(call),
    exhausted: null,
    passed: null,
  };
  const provider: Provider = {
    name: 'one that counts',
    async complete() {
      seen.calls++;
      return answer;
    },
    async [Symbol.asyncDispose]() {},
  };
  const limiter = createRateLimiter({
    waits,
    ceiling: 8,
    timing: clock,
    breaker: createBreaker(waits, clock),
  });
  const journal: Journal = {
    async logRequest() {
      whileWriting(stop);
      return 'call-1';
    },
    async logReply() {},
    setAside() {},
    markStored: (ids) => seen.forgotten.push(...ids),
    async [Symbol.asyncDispose]() {},
  };
  const { signal } = stop;
  const funded = withBudget(
    budget,
    signal,
    withJournal(journal, signal, toProvider(provider, new AbortController().signal)),
  );
  const context: TaskContext = {
    send: withRateLimit(limiter, signal, funded),
    policy,
    timing: clock,
    sendSeed: false,
    stop: signal,
    onRetry: () => {},
    onContinued: () => {},
    resume: async () => {},
    backOff: async () => {},
  };
  return { context, seen, limiter };
}

test('a call that is written down leaves', async () => {
  const { context, seen } = prepare(() => {});
  expect(await runTask(task, context)).toMatchObject({
    kind: 'answered',
    value: 'yes',
    attempts: 1,
  });
  expect(seen).toMatchObject({ calls: 1, forgotten: [] });
});

test('one that was being written down when the run was stopped does not: it costs nothing, and nobody is told that it left', async () => {
  const { context, seen, limiter } = prepare((stop) => stop.abort());
  expect(await runTask(task, context)).toEqual({ kind: 'interrupted', call: null });
  expect(seen).toEqual({ calls: 0, settled: [null], forgotten: ['call-1'] });
  expect(limiter.free).toBe(true);
});

/** A context whose calls end in the given ways, one after the other. */
function answering(results: readonly Partial<SentCall>[]) {
  const attempts: number[] = [];
  const rests: string[] = [];
  const context: TaskContext = {
    send: async ({ attempt }) => {
      attempts.push(attempt);
      const common = {
        id: `call-${attempts.length}`,
        pushedBack: false,
        unconfirmedUsd: null,
        logged: Promise.resolve(),
      };
      return { ...common, result: answer, ...results[attempts.length - 1] };
    },
    policy,
    timing: createVirtualClock(() => 0.5),
    sendSeed: false,
    stop: new AbortController().signal,
    onRetry: () => {},
    onContinued: () => {},
    resume: async () => {},
    backOff: async (why) => {
      rests.push(why);
    },
  };
  return { context, attempts, rests };
}

const failed = (kind: ProviderErrorKind, options: { loading?: boolean } = {}): CallResult => ({
  ok: false,
  error: new ProviderError(kind, kind, options),
  exchange: answer.exchange,
});

test('a timeout that pushes back and a server that is loading do not count as attempts, a failure does', async () => {
  const { context, attempts, rests } = answering([
    { result: failed('timeout'), pushedBack: true },
    { result: failed('server', { loading: true }) },
    { result: failed('server') },
    {},
  ]);
  expect(await runTask(task, context)).toMatchObject({ kind: 'answered', attempts: 2 });
  expect(attempts).toEqual([1, 1, 1, 2]);
  expect(rests).toEqual(['timeout', 'server', 'server']);
});

test('a call that nobody can confirm carries what was reserved for it', async () => {
  const { context } = answering([
    { result: failed('timeout'), unconfirmedUsd: 0.25 },
    { unconfirmedUsd: null },
  ]);
  const retried: CallRecord[] = [];
  await runTask(task, { ...context, onRetry: (call) => retried.push(call) });
  expect(retried).toMatchObject([{ id: 'call-1', failure: 'timeout', reservedUsd: 0.25 }]);
});

test('a reply that holds something else than text says what, and keeps the price that its provider tells', () => {
  const instead = {
    ...answer.completion,
    text: '',
    insteadOfText: 'the model called a tool',
    providerCostUsd: 0.02,
  };
  const result: CallResult = { ...answer, completion: instead };
  const verdict = classifyResult(task, result);
  expect(verdict).toEqual({ outcome: 'unparseable', reason: 'the model called a tool' });
  expect(describeCall('call-1', task, null, 1, result, verdict)).toMatchObject({
    failure: 'unparseable',
    providerCostUsd: 0.02,
  });
});

describe('a task of several calls', () => {
  /** A task whose calls bring their texts together, `count` of them. */
  const several = (count: number, before = ''): Task<string> => ({
    ...textTask(1),
    call: before.length + 1,
    kept: () => before,
    read: ({ text }) => {
      const value = `${before}${text[0]}`;
      const part = { call: value.length, items: [value.length] };
      return value.length === count
        ? { outcome: 'answered', value, part }
        : { outcome: 'continued', next: several(count, value), part };
    },
  });

  test('begins its retries anew at each call, and adds up its attempts', async () => {
    const twice = [{ result: failed('server') }, { result: failed('server') }, {}];
    const { context, attempts } = answering([...twice, ...twice, ...twice]);
    const continued: CallRecord[] = [];
    const result = await runTask(several(3), {
      ...context,
      onContinued: (call) => continued.push(call),
    });
    expect(result).toMatchObject({ kind: 'answered', value: 'yyy', attempts: 9 });
    expect(attempts).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3]);
    expect(continued).toMatchObject([
      { id: 'call-3', outcome: 'answered', part: { call: 1, items: [1] }, reply: 'yes' },
      { id: 'call-6', outcome: 'answered', part: { call: 2, items: [2] } },
    ]);
    expect(result).toMatchObject({ call: { id: 'call-9', part: { call: 3 } } });
  });

  test('takes a slot for each further call', async () => {
    const { context } = answering([]);
    let taken = 0;
    await runTask(several(3), {
      ...context,
      resume: async () => {
        taken++;
      },
    });
    expect(taken).toBe(2);
  });

  const refusal: CallResult = {
    ...answer,
    completion: { ...answer.completion, text: 'No.', stopReason: 'refusal' },
  };

  test('is refused with one of its calls, and keeps what came before', async () => {
    const { context } = answering([{}, { result: refusal }]);
    expect(await runTask(several(3), context)).toMatchObject({
      ...{ kind: 'unanswered', outcome: 'refused', kept: 'y', attempts: 2, closes: null },
    });
  });

  test('goes on without a call that is given up where it can, and the call keeps its own outcome', async () => {
    const { context } = answering([{ result: refusal }, { result: failed('server') }, {}]);
    const continued: CallRecord[] = [];
    const task: Task<string> = {
      ...several(2),
      otherwise: ({ outcome }) =>
        outcome === 'refused'
          ? { outcome: 'continued', next: several(2, '-'), part: { call: 1, items: [1] } }
          : null,
    };
    expect(
      await runTask(task, { ...context, onContinued: (call) => continued.push(call) }),
    ).toMatchObject({ kind: 'answered', value: '-y', attempts: 3 });
    expect(continued).toMatchObject([{ outcome: 'refused', part: { call: 1, items: [1] } }]);
  });

  test('does not go on without a call that would close its model', async () => {
    const { context } = answering([{ result: failed('authentication') }]);
    const task = { ...textTask(1), otherwise: () => ({ outcome: 'answered', value: '' }) as const };
    expect(await runTask(task, context)).toMatchObject({ kind: 'unanswered', closes: 'provider' });
  });
});

test('a failure that every other task would have closes the subject at once', async () => {
  const { context, attempts } = answering([{}, {}]);
  const task: Task<string> = {
    ...textTask(1),
    read: () => ({ outcome: 'invalid', reason: 'it cannot', isHopeless: true }),
  };
  expect(await runTask(task, context)).toMatchObject({
    ...{ kind: 'unanswered', outcome: 'invalid', closes: 'subject', attempts: 1 },
  });
  expect(attempts).toEqual([1]);
});
