import { expect, test } from 'vitest';
import { textTask } from '../../../test/support/task.ts';
import { systemTiming } from '../../clock.ts';
import type { Batch, CallRecord, Finished, Task } from '../task.ts';
import { createCommitter, type ResultStore, takePortion } from './committer.ts';

function callOf(taskId: number): CallRecord {
  return {
    id: `call-${taskId}`,
    taskId,
    attempt: 1,
    outcome: 'answered',
    reason: null,
    errorKind: null,
    failure: null,
    exchange: {
      requestBody: new Uint8Array([1]),
      responseBody: null,
      status: 200,
      requestId: null,
      startedAt: 0,
      latencyMs: 1,
    },
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
    this.calls.push(
      ...batch.calls.map((call) => call.id),
      ...batch.finished.map((one) => one.result.call.id),
    );
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
  const told = {
    tasks: [] as number[],
    calls: [] as string[],
    refused: [] as string[],
    failures: [] as unknown[],
  };
  const committer = createCommitter<string, Task<string>>(store, {
    gatherMs: 0,
    timing: systemTiming,
    onStored: ({ calls, finished }, stored) => {
      told.tasks.push(...finished.map((one) => one.task.id).filter((id) => stored.has(id)));
      told.calls.push(
        ...calls.map((call) => call.id),
        ...finished.map((one) => one.result.call.id),
      );
    },
    onRefused: ({ call }, one) => told.refused.push(`${call.id} ${one?.task.id ?? 'no task'}`),
    onFailure: (error) => told.failures.push(error),
  });
  return { committer, told };
}

test.each(['before', 'after'] as const)(
  'a connection that breaks %s a commit: everything is stored once, and told',
  async (when) => {
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
  },
);

/** Refuses whatever holds one of these calls, in every form that `refuses` names. */
function picky(
  store: Store,
  refuses: (batch: Batch<string>) => boolean,
  code = '22021',
): ResultStore<string, Task<string>> {
  return {
    store: (batch) =>
      refuses(batch)
        ? Promise.reject(Object.assign(new Error('invalid input'), { code }))
        : store.store(batch),
    storedCalls: (tasks) => store.storedCalls(tasks),
  };
}

const callsOf = ({ calls, finished }: Batch<string>) => [
  ...calls,
  ...finished.map((one) => one.result.call),
];

test('what the database refuses is stored with a note, and nothing else is', async () => {
  const store = new Store();
  const hasBad = (batch: Batch<string>) =>
    callsOf(batch).some((call) => call.taskId === 3 && call.note === undefined);
  const { committer, told } = committerOf(picky(store, hasBad));
  for (const id of [1, 2]) committer.add(callOf(id));
  for (const id of [3, 4, 5]) committer.finish(finishedOf(id));
  await committer.flush();
  expect(told.tasks.toSorted()).toEqual([3, 4, 5]);
  expect(told.refused).toEqual([]);
  const notes = store.batches.flatMap(callsOf).filter((call) => call.note !== undefined);
  expect(notes.map((call) => [call.taskId, call.note])).toEqual([
    [3, 'the database refuses it: invalid input'],
  ]);
});

test('an answer that the database refuses even then is stored as a call that failed', async () => {
  const store = new Store();
  const hasBad = (batch: Batch<string>) =>
    batch.finished.some((one) => one.task.id === 3 && one.result.kind === 'answered');
  const { committer, told } = committerOf(picky(store, hasBad));
  for (const id of [3, 4]) committer.finish(finishedOf(id));
  await committer.flush();
  expect(told.tasks.toSorted()).toEqual([3, 4]);
  const results = store.batches.flatMap((batch) =>
    batch.finished.map((one) => [one.task.id, one.result.kind, one.result.call.outcome]),
  );
  expect(results).toEqual([
    [3, 'unanswered', 'failed'],
    [4, 'answered', 'answered'],
  ]);
});

test.each(['22021', '23503', '54001', 'P0001', 'XX000'])(
  'a call that is refused in every form (%s) is told, and all others are stored',
  async (code) => {
    const store = new Store();
    const { committer, told } = committerOf(
      picky(store, (batch) => callsOf(batch).some((call) => [2, 5].includes(call.taskId)), code),
    );
    for (const id of [1, 2, 3]) committer.add(callOf(id));
    for (const id of [4, 5, 6]) committer.finish(finishedOf(id));
    await committer.flush();
    expect(told.calls.toSorted()).toEqual(['call-1', 'call-3', 'call-4', 'call-6']);
    expect(told.refused).toEqual(['call-2 no task', 'call-5 5']);
    expect(told.failures).toEqual([]);
    expect(committer.backlogBytes).toBe(0);
  },
);

test.each(['42501', '42P01', '28P01', 'XX001'])(
  'trouble that has nothing to do with a record (%s) ends the run and refuses none',
  async (code) => {
    const store = new Store();
    const { committer, told } = committerOf(picky(store, () => true, code));
    for (const id of [1, 2]) committer.finish(finishedOf(id));
    await expect(committer.flush()).rejects.toMatchObject({ code });
    expect(told.refused).toEqual([]);
    expect(told.failures).toHaveLength(1);
  },
);

test('a database that is away while a record is looked for is waited for, and takes nothing for refused', async () => {
  const store = new Store();
  let calls = 0;
  const flaky: ResultStore<string, Task<string>> = {
    store(batch) {
      calls++;
      if (calls % 2 === 0)
        return Promise.reject(
          Object.assign(new Error('the server is shutting down'), { code: '57P01' }),
        );
      if (callsOf(batch).some((call) => call.taskId === 2))
        return Promise.reject(Object.assign(new Error('no'), { code: '22P05' }));
      return store.store(batch);
    },
    storedCalls: (tasks) => store.storedCalls(tasks),
  };
  const { committer, told } = committerOf(flaky);
  for (const id of [1, 2, 3, 4]) committer.finish(finishedOf(id));
  await committer.flush();
  expect(told.tasks.toSorted()).toEqual([1, 3, 4]);
  expect(told.refused).toEqual(['call-2 2']);
});

test('a database that refuses everything ends the run before much is paid for', async () => {
  const { committer, told } = committerOf(picky(new Store(), () => true, '23514'));
  for (let id = 1; id <= 40; id++) committer.finish(finishedOf(id));
  await expect(committer.flush()).rejects.toThrow(/refused 10 calls in a row/);
  expect(told.refused).toHaveLength(10);
});

test('no transaction holds more than its share of large replies', () => {
  const sizes = [5, 5, 5, 5, 20, 1].map((mb) => mb * 2 ** 20);
  const portions: number[][] = [];
  while (sizes.length > 0)
    portions.push(takePortion(sizes, (size) => size).map((size) => size / 2 ** 20));
  expect(portions).toEqual([[5, 5, 5, 5], [20], [1]]);
});
