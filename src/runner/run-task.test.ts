import { expect, test } from 'vitest';
import { textTask } from '../../test/support/task.ts';
import { createVirtualClock } from '../../test/support/virtual-clock.ts';
import type { CallResult } from '../providers/provider.ts';
import type { Budget } from './budget/run-budget.ts';
import { createBreaker, createRateLimiter } from './rate/rate-limiter.ts';
import { classifyResult, describeCall, runTask, type TaskContext } from './run-task.ts';

const task = textTask(1);

const answer = {
  ok: true,
  completion: { text: 'yes', stopReason: 'stop', rawStopReason: 'stop', usage: null, modelServed: null },
  exchange: { requestBody: new Uint8Array([1]), responseBody: null, status: 200, requestId: null, startedAt: 0, latencyMs: 1 },
} as const satisfies CallResult;

test('a reply that ended at the token limit is read only where its task says that it is whole', () => {
  const cut: CallResult = { ...answer, completion: { ...answer.completion, stopReason: 'length' } };
  const isWhole = (text: string) => text === 'yes';
  expect(classifyResult(task, cut)).toMatchObject({ outcome: 'truncated' });
  expect(classifyResult({ ...task, isWhole }, cut)).toEqual({ outcome: 'answered', value: 'yes' });
  expect(classifyResult({ ...task, isWhole: () => false }, cut)).toMatchObject({ outcome: 'truncated' });
});

/** @param whileWriting what happens between the decision to call and the moment when that is on the disk */
function prepare(whileWriting: (stop: AbortController) => void) {
  const clock = createVirtualClock(() => 0.5);
  const waits = { base_delay_s: 1, max_delay_s: 60, jitter: 0.5 };
  const stop = new AbortController();
  const seen = { calls: 0, settled: [] as unknown[], forgotten: [] as string[] };
  const most = { usd: 0.01, tokens: 100, calls: 1 };
  const budget: Budget = {
    reserve: async () => ({ model: task.model, most }),
    settle: (_, call) => seen.settled.push(call),
    exhausted: null,
    passed: null,
  };
  const tools: TaskContext = {
    provider: {
      name: 'one that counts',
      async complete() {
        seen.calls++;
        return answer;
      },
      async [Symbol.asyncDispose]() {},
    },
    pace: createRateLimiter({ waits, ceiling: 8, timing: clock, breaker: createBreaker(waits, clock) }),
    policy: {
      attempts: 3,
      base_delay_s: 1,
      max_delay_s: 60,
      jitter: 0.5,
      total_s: 3600,
      throttle_patience_s: 3600,
      same_in_a_row: 5,
      kinds: {},
    },
    timing: clock,
    budget,
    journal: {
      async logRequest() {
        whileWriting(stop);
        return 'call-1';
      },
      async logReply() {},
      setAside() {},
      markStored: (ids) => seen.forgotten.push(...ids),
      async [Symbol.asyncDispose]() {},
    },
    sendSeed: false,
    stop: stop.signal,
    abort: new AbortController().signal,
    onRetry: () => {},
    releaseSlot: () => {},
    backOff: async () => {},
  };
  return { tools, seen };
}

test('a call that is written down leaves', async () => {
  const { tools, seen } = prepare(() => {});
  expect(await runTask(task, tools)).toMatchObject({ kind: 'answered', value: 'yes', attempts: 1 });
  expect(seen).toMatchObject({ calls: 1, forgotten: [] });
});

test('one that was being written down when the run was stopped does not: it costs nothing, and nobody is told that it left', async () => {
  const { tools, seen } = prepare((stop) => stop.abort());
  expect(await runTask(task, tools)).toEqual({ kind: 'interrupted', call: null });
  expect(seen).toEqual({ calls: 0, settled: [null], forgotten: ['call-1'] });
  expect(tools.pace.free).toBe(true);
});

test('a reply that holds something else than text says what, and keeps the price that its provider tells', () => {
  const instead = { ...answer.completion, text: '', insteadOfText: 'the model called a tool', providerCostUsd: 0.02 };
  const result: CallResult = { ...answer, completion: instead };
  const verdict = classifyResult(task, result);
  expect(verdict).toEqual({ outcome: 'unparseable', reason: 'the model called a tool' });
  expect(describeCall('call-1', task, null, 1, result, verdict)).toMatchObject({ failure: 'unparseable', providerCostUsd: 0.02 });
});
