/**
 * A server that answers one call at a time, modelled on a virtual clock: it goes on with calls
 * whose callers have left, and the others wait behind them. `askAll` has tasks asked of it as a run
 * does.
 */

import { providerSection } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { RetryPolicy } from '../../src/config/schema.ts';
import { ProviderError } from '../../src/errors.ts';
import type { CallResult, Exchange, Provider } from '../../src/providers/provider.ts';
import type { Budget } from '../../src/runner/budget/run-budget.ts';
import {
  toProvider,
  withBudget,
  withJournal,
  withRateLimit,
  withSlot,
} from '../../src/runner/call.ts';
import type { Journal } from '../../src/runner/journal/journal.ts';
import { ConcurrencyLimit } from '../../src/runner/rate/in-flight.ts';
import { createBreaker, createRateLimiter } from '../../src/runner/rate/rate-limiter.ts';
import { runTask, type TaskContext } from '../../src/runner/run-task.ts';
import { createSlotPool } from '../../src/runner/slots.ts';
import type { Result, Task } from '../../src/runner/task.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface SerialServer {
  /** Of one reply, given its number. */
  readonly replyMs: (reply: number) => number;
  readonly timeoutMs: number;
  /** Calls that are served at the same time. Default 1. */
  readonly slots?: number;
  /** Until then the server says that it is loading. Default 0. */
  readonly readyAt?: number;
}

const POLICY: RetryPolicy = providerSection(loadConfig({}, {}, '/nowhere'), 'local').retry;
const NEVER = new AbortController().signal;

export interface Asked {
  readonly results: readonly Result<string>[];
  /** Calls that were made, and those of them that timed out. */
  readonly calls: number;
  readonly timedOut: number;
  /** When the last task was done, milliseconds. */
  readonly endedAt: number;
}

/** @param workers calls under way at the same time; `maxWorkers` of the provider's own */
export async function askAll(
  clock: VirtualClock,
  server: SerialServer,
  tasks: readonly Task<string>[],
  options: {
    readonly workers: number;
    readonly maxWorkers?: number;
    readonly policy?: Partial<RetryPolicy>;
    readonly untilMs: number;
  },
): Promise<Asked> {
  const counts = { calls: 0, timedOut: 0 };
  const provider = serve(clock, server, counts);
  const policy = { ...POLICY, ...options.policy };
  const limiter = createRateLimiter({
    waits: policy,
    ceiling: options.workers,
    timing: clock,
    breaker: createBreaker(policy, clock),
    inFlight: new ConcurrencyLimit(options.maxWorkers ?? Number.POSITIVE_INFINITY),
  });
  let ids = 0;
  const budget: Budget = {
    reserve: async ({ model }) => ({ model, factor: 1, most: { usd: 0, tokens: 0, calls: 1 } }),
    raise: (reservation) => reservation,
    settle: () => {},
    exhausted: null,
    passed: null,
  };
  const journal: Journal = {
    logRequest: async () => `call-${ids++}`,
    async logReply() {},
    markStored: () => {},
    setAside: () => {},
    async [Symbol.asyncDispose]() {},
  };
  const send = withRateLimit(
    limiter,
    NEVER,
    withBudget(budget, NEVER, withJournal(journal, NEVER, toProvider(provider, NEVER))),
  );
  const context: Omit<TaskContext, 'send' | 'backOff'> = {
    policy,
    timing: clock,
    sendSeed: false,
    stop: NEVER,
    onRetry: () => {},
    onContinued: () => {},
    resume: async () => {},
  };
  const results: Result<string>[] = [];
  const waiting = [...tasks];
  let endedAt = 0;
  const slots = createSlotPool(options.workers, clock, NEVER, begin);
  function begin(): void {
    while (waiting.length > 0) {
      const slot = slots.take();
      if (slot === null) return;
      const task = waiting.shift()!;
      const backOff: TaskContext['backOff'] = (why, ms) => slot.backOff(why, ms, NEVER);
      void runTask(task, { ...context, send: withSlot(slot, send), backOff }).then((result) => {
        results.push(result);
        endedAt = clock.now();
        slot.done();
      });
    }
  }
  begin();
  await clock.runUntil(options.untilMs);
  return { results, ...counts, endedAt };
}

function serve(
  clock: VirtualClock,
  server: SerialServer,
  counts: { calls: number; timedOut: number },
): Provider {
  /** When each slot is done with all that it was given. */
  const free = Array.from({ length: server.slots ?? 1 }, () => 0);
  const exchange = (status: number | null): Exchange => ({
    requestBody: new Uint8Array([1]),
    responseBody: null,
    status,
    requestId: null,
    startedAt: clock.now(),
    latencyMs: 0,
  });
  return {
    name: 'local',
    async complete(): Promise<CallResult> {
      const reply = counts.calls++;
      if (clock.now() < (server.readyAt ?? 0)) {
        await clock.sleep(5, NEVER);
        return {
          ok: false,
          error: new ProviderError('server', 'loading', { status: 503, loading: true }),
          exchange: exchange(503),
        };
      }
      const slot = free.indexOf(Math.min(...free));
      const doneAt = Math.max(clock.now(), free[slot]!) + server.replyMs(reply);
      free[slot] = doneAt;
      const ms = doneAt - clock.now();
      await clock.sleep(Math.min(ms, server.timeoutMs), NEVER);
      if (ms <= server.timeoutMs) {
        const completion = {
          text: 'yes',
          stopReason: 'stop',
          rawStopReason: 'stop',
          usage: null,
          modelServed: null,
        } as const;
        return { ok: true, completion, exchange: exchange(200) };
      }
      counts.timedOut++;
      return {
        ok: false,
        error: new ProviderError('timeout', 'no reply in time'),
        exchange: exchange(null),
      };
    },
    async [Symbol.asyncDispose]() {},
  };
}
