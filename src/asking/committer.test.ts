import { expect, test } from 'vitest';
import { textTask } from '../../test/support/task.ts';
import { systemTiming } from '../providers/limits.ts';
import { createCommitter, type ResultStore } from './committer.ts';
import type { Batch, CallRecord, Finished, Task } from './task.ts';

function callOf(taskId: number): CallRecord {
  return {
    id: `call-${taskId}`,
    taskId,
    attempt: 1,
    outcome: 'answered',
    reason: null,
    errorKind: null,
    failure: null,
    exchange: { requestBody: new Uint8Array([1]), responseBody: null, status: 200, requestId: null, startedAt: 0, latencyMs: 1 },
    stopReason: 'stop',
    modelServed: null,
    usage: null,
    costUsd: 0,
    seed: null,
  };
}

function finishedOf(taskId: number): Finished<string> {
  return {
    claim: { taskId, id: String(taskId), retryCount: 0 },
    task: textTask(taskId),
    result: { kind: 'answered', value: 'yes', simulated: true, attempts: 1, call: callOf(taskId) },
  };
}

/** A database whose connection breaks when told to, before or after a commit. */
class Store implements ResultStore<string, Task<string>> {
  readonly batches: Batch<string>[] = [];
  readonly calls: string[] = [];
  readonly done = new Set<number>();
  breaks: ('before' | 'after')[] = [];

  async store(batch: Batch<string>): Promise<Set<number>> {
    this.batches.push(batch);
    const broken = this.breaks.shift();
    const error = Object.assign(new Error('Connection terminated unexpectedly'), { code: '57P01' });
    if (broken === 'before') throw error;
    this.calls.push(...batch.calls.map((call) => call.id), ...batch.finished.map((one) => one.result.call.id));
    const stored = batch.finished.map((one) => one.task.id).filter((id) => !this.done.has(id));
    for (const id of stored) this.done.add(id);
    if (broken === 'after') throw error;
    return new Set(stored);
  }

  async storedCalls(tasks: readonly number[]): Promise<Set<string>> {
    return new Set(this.calls.filter((id) => tasks.includes(Number(id.slice('call-'.length)))));
  }
}

function committerOf(store: ResultStore<string, Task<string>>) {
  const told = { tasks: [] as number[], calls: [] as string[], failures: [] as unknown[] };
  const committer = createCommitter<string, Task<string>>(store, {
    gatherMs: 0,
    timing: systemTiming,
    onStored: ({ calls, finished }, stored) => {
      told.tasks.push(...finished.map((one) => one.task.id).filter((id) => stored.has(id)));
      told.calls.push(...calls.map((call) => call.id), ...finished.map((one) => one.result.call.id));
    },
    onFailure: (error) => told.failures.push(error),
  });
  return { committer, told };
}

test.each(['before', 'after'] as const)('a connection that breaks %s a commit: everything is stored once, and told', async (when) => {
  const store = new Store();
  store.breaks = [when];
  const { committer, told } = committerOf(store);
  committer.add(callOf(1));
  for (const id of [2, 3]) committer.finish(finishedOf(id));
  await committer.flush();
  expect(store.calls.toSorted()).toEqual(['call-1', 'call-2', 'call-3']);
  expect(told.tasks.toSorted()).toEqual([2, 3]);
  expect(told.calls.toSorted()).toEqual(['call-1', 'call-2', 'call-3']);
  expect(told.failures).toEqual([]);
  expect(committer.backlog).toBe(0);
});

test('one value that the database refuses leaves the others stored, and is told once', async () => {
  const store = new Store();
  const refusal = Object.assign(new Error('invalid input'), { code: '22021' });
  const { committer, told } = committerOf({
    store: (batch) => (batch.finished.some((one) => one.task.id === 2) ? Promise.reject(refusal) : store.store(batch)),
    storedCalls: (tasks) => store.storedCalls(tasks),
  });
  for (const id of [1, 2]) committer.finish(finishedOf(id));
  await expect(committer.flush()).rejects.toBe(refusal);
  expect(told.calls).toEqual(['call-1']);
  expect(told.failures).toEqual([refusal]);
});
