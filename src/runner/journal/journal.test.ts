import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seedOfTest } from '../../../test/support/seed.ts';
import { ProviderError, UserError } from '../../errors.ts';
import { createCatalogue } from '../../models/catalogue.ts';
import type { CallResult, Completion, CompletionRequest } from '../../providers/provider.ts';
import { describeCall } from '../call-result.ts';
import type { Batch, Prepared, RecoverableSource, StoredCall, Task, Verdict } from '../task.ts';
import { type JournalLocation, readSetAside, segmentsOf, waitingJournals } from './files.ts';
import {
  bytesOfRecord,
  decodeRecords,
  encodeRecord,
  hashRequest,
  type IntentRecord,
  type JournalRecord,
} from './format.ts';
import { createJournal, type Intent, type JournalFiles } from './journal.ts';
import { describeRecovered, recoverKind } from './recovery.ts';
import { describeJournals } from './scan.ts';

const STUDY = '6f9ff3c8-58fb-4d4b-8f9b-3b0c7c0f1d11';

const request: CompletionRequest = {
  modelId: 'm',
  system: 'You are somebody.',
  turns: [],
  user: 'Answer.',
  temperature: 1,
  topP: null,
  maxTokens: null,
  maxTokensField: 'max_tokens',
  format: 'json',
  logprobs: null,
  seed: 3,
  extra: {},
};

function intentOf(taskId: number, attempt = 1): Intent {
  return { taskId, model: 'sim-gpt4o', attempt, request, reservedUsd: 0.25 };
}

function replied(text: string): CallResult {
  return {
    ok: true,
    completion: {
      text,
      stopReason: 'stop',
      rawStopReason: 'stop',
      usage: null,
      modelServed: 'simulated/m',
    },
    exchange: exchangeOf(Buffer.from(`{"content":${JSON.stringify(text)}}`)),
  };
}

function exchangeOf(responseBody: Uint8Array | null) {
  return {
    requestBody: Buffer.from('{"user":"Answer."}'),
    responseBody,
    status: 200,
    requestId: 'r',
    startedAt: 5,
    latencyMs: 7.5,
  };
}

describe('frames', () => {
  const records: readonly JournalRecord[] = [
    {
      kind: 'intent',
      id: 'a-0',
      taskId: 1,
      model: 'gpt4o',
      attempt: 1,
      seed: null,
      requestSha256: 'f'.repeat(64),
      reservedUsd: 0.5,
      at: 9,
    },
    {
      kind: 'reply',
      id: 'a-0',
      taskId: 1,
      attempt: 1,
      seed: null,
      result: replied('José 東京 \0 😀 PtJ1'),
    },
    {
      kind: 'reply',
      id: 'a-1',
      taskId: 2,
      attempt: 2,
      seed: 4,
      result: {
        ok: false,
        error: new ProviderError('throttled', 'later', { status: 429, retryAfterMs: 1500 }),
        exchange: { ...exchangeOf(null), requestBody: new Uint8Array([0, 255, 10, 13]) },
      },
    },
    {
      kind: 'reply',
      id: 'a-2',
      taskId: 3,
      attempt: 1,
      seed: null,
      result: {
        ok: true,
        completion: {
          text: 'yes',
          stopReason: 'stop',
          rawStopReason: 'stop',
          usage: null,
          modelServed: null,
          providerCostUsd: 0.02,
        },
        exchange: { ...exchangeOf(new Uint8Array([31, 139])), responseEncoding: 'gzip' },
      },
    },
  ];
  const file = Buffer.concat(records.flatMap(encodeRecord));
  const written = (all: Iterable<JournalRecord>) =>
    [...all].map((record) => Buffer.concat(encodeRecord(record)).toString('hex'));

  test('come back as they were, bytes and all', () => {
    expect(written(decodeRecords(file))).toEqual(written(records));
    const [, reply, failure, compressed] = [...decodeRecords(file)];
    expect(compressed).toMatchObject({
      result: { completion: { providerCostUsd: 0.02 }, exchange: { responseEncoding: 'gzip' } },
    });
    expect(reply).toMatchObject({
      result: {
        ok: true,
        completion: { text: 'José 東京 \0 😀 PtJ1' },
        exchange: { latencyMs: 7.5 },
      },
    });
    if (failure?.kind !== 'reply' || failure.result.ok) throw new Error('no failure');
    expect(failure.result.error).toBeInstanceOf(ProviderError);
    expect(failure.result.error).toMatchObject({
      kind: 'throttled',
      message: 'later',
      status: 429,
      retryAfterMs: 1500,
    });
    expect([...failure.result.exchange.requestBody]).toEqual([0, 255, 10, 13]);
    expect(failure.result.exchange.responseBody).toBeNull();
  });

  test('name a request as earlier versions did where it makes no use of what is new', () => {
    const { turns: _, format: __, logprobs: ___, seed, extra, ...before } = request;
    const written = JSON.stringify({ ...before, json: true, seed, extra });
    expect(hashRequest(request)).toBe(createHash('sha256').update(written).digest('hex'));
    const others: Partial<CompletionRequest>[] = [
      { turns: [{ role: 'user', content: 'Hello.' }] },
      { format: 'text' },
      { format: { schema: {} } },
      { logprobs: 20 },
    ];
    const hashes = others.map((other) => hashRequest({ ...request, ...other }));
    expect(new Set([...hashes, hashRequest(request)]).size).toBe(5);
  });

  test('cut off at any byte, the whole ones are left', () => {
    const ends = records.map((_, index) =>
      records
        .slice(0, index + 1)
        .reduce((sum, record) => sum + bytesOfRecord(encodeRecord(record)), 0),
    );
    for (let length = 0; length <= file.length; length++) {
      const whole = ends.filter((end) => end <= length).length;
      expect([...decodeRecords(file.subarray(0, length))]).toHaveLength(whole);
    }
  });

  test('whatever byte is damaged, no other record is lost and none is altered', () => {
    const seed = seedOfTest('These bytes come');
    const sound = new Set(written(records));
    for (let at = 0; at < file.length; at++) {
      const damaged = Buffer.from(file);
      damaged[at] = damaged[at]! ^ (1 + ((seed + at * 31) % 255));
      const left = written(decodeRecords(damaged));
      expect(left).toHaveLength(records.length - 1);
      expect(left.every((one) => sound.has(one))).toBe(true);
    }
  });
});

/** Tasks that hold whatever is stored, as a database would. */
class Tasks implements RecoverableSource<string, Task<string>> {
  readonly queue = 'experiments';
  readonly calls: StoredCall[] = [];
  readonly values = new Map<number, string>();
  readonly refused = new Set<number>();
  runnable = false;
  away = false;
  refuses: (call: StoredCall) => boolean = () => false;
  readonly ids: number[];

  constructor(ids: readonly number[]) {
    this.ids = [...ids];
  }

  async loadAny(ids: readonly number[]): Promise<Prepared<Task<string>>[]> {
    return ids
      .filter((id) => this.ids.includes(id))
      .map((id) =>
        id === UNRUNNABLE && !this.runnable ? nothing(id) : { runnable: true, task: taskOf(id) },
      );
  }

  async storedCalls(ids: readonly number[]): Promise<Set<string>> {
    return new Set(this.calls.filter((call) => ids.includes(call.taskId)).map((call) => call.id));
  }

  async storeRecovered({ calls, finished }: Batch<string>): Promise<Set<number>> {
    if (this.away) throw Object.assign(new Error('the server is shutting down'), { code: '57P01' });
    if ([...calls, ...finished.map((one) => one.result.call)].some(this.refuses)) {
      throw Object.assign(new Error('not this one'), { code: '23514' });
    }
    this.calls.push(...calls, ...finished.map((one) => one.result.call));
    const open = finished.filter((one) => !this.values.has(one.task.id));
    for (const { task, result } of open) {
      if (result.kind === 'answered') this.values.set(task.id, result.value);
      else this.refused.add(task.id);
    }
    return new Set(open.map((one) => one.task.id));
  }
}

const UNRUNNABLE = 99;
const nothing = (id: number): Prepared<Task<string>> => ({
  runnable: false,
  id,
  reason: 'its model is unknown',
});

function taskOf(id: number): Task<string> {
  return {
    id,
    groupId: 1,
    subject: 'epqra',
    model: createCatalogue().find('sim-gpt4o'),
    request,
    replyTokens: 1,
    seedOf: () => 3,
    read({ text }) {
      if (text === 'Stumble.') throw new RangeError('too deep');
      if (text.startsWith('No,')) return { outcome: 'refused', reason: text };
      return text === ''
        ? { outcome: 'invalid', reason: 'empty' }
        : { outcome: 'answered', value: text };
    },
  };
}

/** A task of three calls, which bring one letter each. */
function partOf(id: number, before = '', previous?: Task<string>): Task<string> {
  const call = before.length + 1;
  const task: Task<string> = {
    ...taskOf(id),
    call,
    request: { ...request, user: `Call ${call} after "${before}".` },
    ...(previous === undefined ? {} : { previous }),
    otherwise: ({ outcome }) => (outcome === 'refused' && call === 2 ? after('-') : null),
    read: ({ text }) =>
      text.startsWith('No,') ? { outcome: 'refused', reason: text } : after(text),
  };
  const after = (text: string): Verdict<string> => {
    const part = { call, items: [call] };
    return call === 3
      ? { outcome: 'answered', value: before + text, part }
      : { outcome: 'continued', next: partOf(id, before + text, task), part };
  };
  return task;
}

function said(text: string): Completion {
  return { text, stopReason: 'stop', rawStopReason: null, usage: null, modelServed: null };
}

/** Tasks of several calls, each at the call that follows those that are stored. */
class TasksInParts extends Tasks {
  override async loadAny(ids: readonly number[]): Promise<Prepared<Task<string>>[]> {
    return ids.map((id) => {
      let task = partOf(id);
      for (const { part, reply, outcome } of this.calls.filter((call) => call.taskId === id)) {
        if (part?.call !== task.call) continue;
        const step =
          outcome === 'refused'
            ? task.otherwise!({ outcome, reason: '' })
            : task.read(said(reply ?? ''));
        if (step?.outcome === 'answered') return { runnable: true, task: partOf(id, '', task) };
        if (step?.outcome === 'continued') task = step.next;
      }
      return { runnable: true, task };
    });
  }

  override async storeRecovered({ calls, finished }: Batch<string>): Promise<Set<number>> {
    return super.storeRecovered({
      calls: calls.map(({ part, ...call }) =>
        part === undefined || this.values.has(call.taskId) ? call : { ...call, part },
      ),
      finished,
    });
  }
}

describe('a journal', () => {
  let root: string;
  let place: JournalLocation;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'personas-journal-'));
    place = { folder: path.join(root, 'journal', 'key'), studyId: STUDY, makeDurable: null };
  });
  afterEach(async () => {
    for (const journal of opened.splice(0)) await journal[Symbol.asyncDispose]();
    rmSync(root, { recursive: true, force: true });
  });

  const options = { now: () => 1000, reserveBytes: 4096 };
  const opened: AsyncDisposable[] = [];
  const start = (files?: JournalFiles, at = place, kind = 'experiments') => {
    const journal = createJournal(at, {
      ...options,
      kind,
      ...(files === undefined ? {} : { files }),
    });
    opened.push(journal);
    return journal;
  };
  const folders = () =>
    existsSync(place.folder)
      ? readdirSync(place.folder).map((name) => path.join(place.folder, name))
      : [];
  const records = (): JournalRecord[] =>
    folders().flatMap((folder) =>
      segmentsOf(folder).flatMap((file) => [...decodeRecords(readFileSync(file))]),
    );
  /**
   * What is on the disk when its process is killed: everything but its lock, whose process is alive
   * here.
   */
  const abandon = () => {
    for (const folder of folders()) rmSync(path.join(folder, 'lock.json'), { force: true });
  };
  /** Appends as the system does, unless told to fail. */
  const watched = (fails: (bytes: Buffer) => boolean): JournalFiles & { appends: number } => ({
    appends: 0,
    async append(handle: FileHandle, pieces: readonly Uint8Array[]) {
      this.appends++;
      const bytes = Buffer.concat(pieces);
      if (fails(bytes)) {
        await handle.write(bytes.subarray(0, 5));
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
          code: 'ENOSPC',
        });
      }
      await handle.write(bytes);
    },
  });

  test('nothing is there before the first call, nor after all are stored', async () => {
    const journal = start();
    expect(folders()).toEqual([]);
    const id = await journal.logRequest(intentOf(1));
    expect(records()).toMatchObject([
      { kind: 'intent', id, taskId: 1, reservedUsd: 0.25, at: 1000 },
    ]);
    await journal.logReply(id, replied('Yes.'));
    expect(records()).toMatchObject([{ kind: 'intent' }, { kind: 'reply', id }]);
    journal.markStored([id]);
    await journal[Symbol.asyncDispose]();
    expect(readdirSync(root)).toEqual([]);
  });

  test('what comes together is synced together', async () => {
    const files = watched(() => false);
    const journal = start(files);
    const ids = await Promise.all(
      Array.from({ length: 200 }, (_, index) => journal.logRequest(intentOf(index))),
    );
    expect(new Set(ids).size).toBe(200);
    expect(files.appends).toBeLessThanOrEqual(3);
    journal.markStored(ids);
    await journal[Symbol.asyncDispose]();
  });

  test('replies that were not stored are brought in once, and calls without any are named', async () => {
    const journal = start();
    const tasks = new Tasks([1, 2, 3, 4, 5, UNRUNNABLE]);
    const texts = ['One.', 'No, I will not.', '', 'Four.'];
    for (const [index, text] of texts.entries())
      await journal.logReply(await journal.logRequest(intentOf(index + 1)), replied(text));
    const lost = await journal.logRequest(intentOf(5, 2));
    await journal.logReply(await journal.logRequest(intentOf(UNRUNNABLE)), replied('Unread.'));
    await journal.logReply(await journal.logRequest(intentOf(77)), replied('Nobody asked.'));
    tasks.values.set(4, 'Answered by another call.');
    abandon();

    const next = start();
    const recovered = await recoverKind(place, tasks, next);
    expect(recovered).toMatchObject({ journals: 1, replies: 4, answered: 1, gone: 1, held: 0 });
    expect(recovered.unknown).toEqual([
      { callId: lost, taskId: 5, model: 'sim-gpt4o', attempt: 2, at: 1000, reservedUsd: 0.25 },
    ]);
    expect(Object.fromEntries(tasks.values)).toEqual({ 1: 'One.', 4: 'Answered by another call.' });
    expect([...tasks.refused]).toEqual([2]);
    const outcomes = new Map(
      tasks.calls.map((call) => [call.taskId, [call.outcome, call.errorKind]]),
    );
    expect(Object.fromEntries(outcomes)).toEqual({
      1: ['answered', null],
      2: ['refused', null],
      3: ['invalid', null],
      4: ['answered', null],
      5: ['failed', 'unknown_fate'],
    });
    expect(tasks.calls.find((call) => call.taskId === 4)!.exchange.responseBody?.toString()).toBe(
      Buffer.from('{"content":"Four."}').toString(),
    );
    expect(describeRecovered(recovered, 'experiments')).toMatch(
      /4 replies .* 1 calls .*experiments 5/,
    );
    // What nobody can read now is kept, and read when somebody can.
    expect(recovered.left.map((one) => [one.taskId, one.reason])).toEqual([
      [UNRUNNABLE, 'its model is unknown'],
      [77, 'its task no longer exists'],
    ]);
    expect(readSetAside(folders()[0]!).map((one) => one.taskId)).toEqual([UNRUNNABLE, 77]);
    tasks.runnable = true;
    tasks.ids.push(77);
    expect(await recoverKind(place, tasks, next)).toMatchObject({
      journals: 1,
      replies: 2,
      answered: 2,
      unknown: [],
      left: [],
    });
    expect(folders()).toEqual([]);
    expect(await recoverKind(place, tasks, next)).toMatchObject({
      journals: 0,
      replies: 0,
      unknown: [],
    });
  });

  test('a reply to another request than the task would send now is left where it is, with or without a study id', async () => {
    const tasks = new Tasks([1, 2, 3, 4]);
    const journal = start();
    const other = { ...request, system: 'You are somebody else.' };
    await journal.logReply(
      await journal.logRequest({ ...intentOf(1), request: other }),
      replied('From another persona.'),
    );
    await journal.logReply(await journal.logRequest(intentOf(2)), replied('Two.'));
    await journal.logRequest({ ...intentOf(3), request: other });
    const folder = folders()[0]!;
    const old = {
      id: 'old-0',
      taskId: 4,
      model: 'sim-gpt4o',
      attempt: 1,
      seed: 3,
      requestSha256: hashRequest(request),
      reservedUsd: 0,
      at: 9,
    };
    const records: JournalRecord[] = [
      { kind: 'intent', ...old },
      {
        kind: 'reply',
        id: 'old-0',
        taskId: 4,
        attempt: 1,
        seed: 3,
        result: replied('Four, of an earlier version.'),
      },
      {
        kind: 'reply',
        id: 'old-1',
        taskId: 3,
        attempt: 1,
        seed: 3,
        result: replied('Nobody knows to what.'),
      },
    ];
    writeFileSync(path.join(folder, '000007.calls'), Buffer.concat(records.flatMap(encodeRecord)));
    abandon();
    const recovered = await recoverKind(place, tasks, start());
    expect(recovered).toMatchObject({ replies: 2, answered: 2, unknown: [], gone: 1 });
    expect(Object.fromEntries(tasks.values)).toEqual({
      2: 'Two.',
      4: 'Four, of an earlier version.',
    });
    expect(tasks.calls).toHaveLength(2);
    expect(recovered.left.map((one) => [one.taskId, one.reason])).toEqual([
      [1, 'its request differs from the one that would be sent now'],
      [3, 'its request differs from the one that would be sent now'],
    ]);
    expect(describeRecovered(recovered, 'experiments')).toContain(folder);
    expect(folders()).toEqual([folder]);
  });

  describe('of tasks of several calls', () => {
    /** Logs a call as it would be sent now, and its reply. */
    const log = async (
      journal: ReturnType<typeof start>,
      { id: taskId, call, request: own }: Task<string>,
      text: string | null,
      attempt = 1,
    ) => {
      const id = await journal.logRequest({
        ...{ taskId, model: 'sim-gpt4o', call: call!, attempt, reservedUsd: 0 },
        request: { ...own, seed: 3 },
      });
      if (text !== null) await journal.logReply(id, replied(text));
      return id;
    };
    const parts = (tasks: Tasks) => tasks.calls.map(({ part }) => part?.call ?? null);

    test('brings in all calls of a task, one after the other, and finishes it with the last', async () => {
      const tasks = new TasksInParts([1]);
      const journal = start();
      const first = partOf(1);
      await log(journal, first, 'a');
      await log(journal, partOf(1, 'a'), 'No, thanks.', 2);
      await log(journal, partOf(1, 'a-'), 'c');
      abandon();
      expect(await recoverKind(place, tasks, start())).toMatchObject({ replies: 3, answered: 1 });
      expect(tasks.values.get(1)).toBe('a-c');
      expect(parts(tasks)).toEqual([1, 2, 3]);
      expect(tasks.calls.map(({ outcome }) => outcome)).toEqual([
        'answered',
        'refused',
        'answered',
      ]);
    });

    test('goes on from the calls that are stored, and names the one without a reply', async () => {
      const tasks = new TasksInParts([1]);
      const journal = start();
      const id = await log(journal, partOf(1), 'a');
      journal.markStored([id]);
      await tasks.storeRecovered({
        calls: [describeCall(id, partOf(1), 3, 1, replied('a'), partOf(1).read(said('a')))],
        finished: [],
      });
      await log(journal, partOf(1, 'a'), 'b');
      await log(journal, partOf(1, 'ab'), null);
      abandon();
      const recovered = await recoverKind(place, tasks, start());
      expect(recovered).toMatchObject({ replies: 1, answered: 0, gone: 0, left: [] });
      expect(recovered.unknown).toHaveLength(1);
      expect(parts(tasks)).toEqual([1, 2, null]);
      expect((await tasks.loadAny([1]))[0]).toMatchObject({ task: { call: 3 } });
    });

    test('brings in a reply to a call that another has answered since, as one that decides nothing', async () => {
      const tasks = new TasksInParts([1]);
      const [late, other] = [start(), start()];
      await log(late, partOf(1), 'x');
      await log(late, partOf(1, 'x'), 'y');
      for (const [text, before] of [
        ['a', ''],
        ['b', 'a'],
        ['c', 'ab'],
      ] as const)
        await log(other, partOf(1, before), text);
      const [first, second] = folders();
      const isLate = (folder: string) =>
        segmentsOf(folder).some((file) => readFileSync(file).includes('"x"'));
      const order = isLate(first!) ? [second!, first!] : [first!, second!];
      for (const folder of order) {
        rmSync(path.join(folder, 'lock.json'), { force: true });
        await recoverKind(place, tasks, start());
      }
      expect(tasks.values.get(1)).toBe('abc');
      expect(parts(tasks)).toEqual([1, 2, 3, null, null]);
    });
  });

  test('the journal of another study is neither read nor changed, and named', async () => {
    const tasks = new Tasks([1]);
    const journal = start();
    await journal.logReply(await journal.logRequest(intentOf(1)), replied('For the study before.'));
    const [folder] = folders();
    abandon();
    const later = { ...place, studyId: 'another' };
    const before = readFileSync(segmentsOf(folder!)[0]!);
    const recovered = await recoverKind(later, tasks, start(undefined, later));
    expect(recovered).toMatchObject({ journals: 0, replies: 0, otherStudy: [folder] });
    expect(describeRecovered(recovered, 'experiments')).toContain(folder);
    expect(tasks.calls).toEqual([]);
    expect(readFileSync(segmentsOf(folder!)[0]!)).toEqual(before);
    expect(await describeJournals(later, {})).toMatchObject([
      { folder, otherStudy: true, replies: 1 },
    ]);
  });

  test('a journal that cannot be read, or a record that is refused, is in the way of no other', async () => {
    const tasks = new Tasks([1, 2, 3, 4, 5]);
    const abandoned: string[] = [];
    for (const ids of [[1], [2, 3], [4, 5]]) {
      const journal = start();
      for (const id of ids)
        await journal.logReply(await journal.logRequest(intentOf(id)), replied(`${id}.`));
      abandoned.push(folders().find((folder) => !abandoned.includes(folder))!);
    }
    abandon();
    // The file of one is a folder, another has one more such file, and the third holds what the
    // database refuses.
    const [unreadable, half, refusing] = abandoned as [string, string, string];
    rmSync(segmentsOf(unreadable)[0]!);
    mkdirSync(path.join(unreadable, '000000.calls'));
    mkdirSync(path.join(half, '000005.calls'));
    tasks.refuses = (call) => call.taskId === 4;
    const states = () => describeJournals(place, { experiments: (ids) => tasks.storedCalls(ids) });
    expect((await states()).map((one) => one.replies).toSorted()).toEqual([0, 2, 2]);
    const recovered = await recoverKind(place, tasks, start());
    expect(recovered).toMatchObject({ replies: 3, answered: 3 });
    expect(Object.fromEntries(tasks.values)).toEqual({ 2: '2.', 3: '3.', 5: '5.' });
    expect(recovered.unreadable.map((one) => one.folder).toSorted()).toEqual(
      [unreadable, half].toSorted(),
    );
    expect(recovered.left).toMatchObject([
      {
        taskId: 4,
        decides: true,
        folder: refusing,
        reason: 'the database refuses it: not this one',
      },
    ]);
    expect((await states()).find((one) => one.folder === refusing)).toMatchObject({
      replies: 1,
      unknown: 0,
      setAside: [{ taskId: 4 }],
    });
    expect(folders().toSorted()).toEqual(abandoned.toSorted());
    tasks.refuses = () => false;
    expect(await recoverKind(place, tasks, start())).toMatchObject({
      replies: 1,
      answered: 1,
      left: [],
    });
    expect(existsSync(refusing)).toBe(false);
  });

  test('a database that is away while a journal is brought in refuses nothing, and nothing is lost', async () => {
    const tasks = new Tasks([1, 2]);
    const journal = start();
    for (const id of [1, 2])
      await journal.logReply(await journal.logRequest(intentOf(id)), replied(`${id}.`));
    abandon();
    tasks.away = true;
    await expect(recoverKind(place, tasks, start())).rejects.toMatchObject({ code: '57P01' });
    expect(readSetAside(folders()[0]!)).toEqual([]);
    tasks.away = false;
    expect(await recoverKind(place, tasks, start())).toMatchObject({
      replies: 2,
      answered: 2,
      left: [],
    });
    expect(folders()).toEqual([]);
  });

  test('a reply over which its reader stumbles is stored, and the next is read', async () => {
    const tasks = new Tasks([1, 2]);
    const journal = start();
    await journal.logReply(await journal.logRequest(intentOf(1)), replied('Stumble.'));
    await journal.logReply(await journal.logRequest(intentOf(2)), replied('Two.'));
    abandon();
    expect(await recoverKind(place, tasks, start())).toMatchObject({
      replies: 2,
      answered: 1,
      left: [],
    });
    expect(tasks.calls.find((call) => call.taskId === 1)).toMatchObject({
      outcome: 'unparseable',
      reason: expect.stringContaining('too deep'),
    });
  });

  test('what the database has is not brought in again, whatever else was lost', async () => {
    const durable = { ...place, makeDurable: () => Promise.reject(new Error('the disk is gone')) };
    const tasks = new Tasks([1, 2, 3]);
    const journal = start(undefined, durable);
    for (const id of [1, 2, 3])
      await journal.logReply(await journal.logRequest(intentOf(id)), replied(`${id}.`));
    abandon();
    for (const expected of [3, 0, 0]) {
      const next = start(undefined, durable);
      expect(await recoverKind(durable, tasks, next)).toMatchObject({
        journals: 1,
        replies: expected,
      });
      // Not durable, and therefore not removed.
      await next[Symbol.asyncDispose]();
    }
    expect(tasks.calls).toHaveLength(3);
    // The database comes back as it was before.
    tasks.calls.length = 0;
    tasks.values.clear();
    const last = start();
    expect(await recoverKind(place, tasks, last)).toMatchObject({ replies: 3, answered: 3 });
    expect(folders()).toEqual([]);
  });

  test('a torn tail, an empty file and a foreign one are passed over', async () => {
    const journal = start();
    await journal.logReply(await journal.logRequest(intentOf(1)), replied('One.'));
    await journal.logReply(await journal.logRequest(intentOf(2)), replied('Two.'));
    const [folder] = folders();
    const file = segmentsOf(folder!)[0]!;
    truncateSync(file, readFileSync(file).length - 3);
    writeFileSync(path.join(folder!, '000001.calls'), '');
    writeFileSync(path.join(folder!, 'notes.txt'), 'PtJ1');
    abandon();
    const tasks = new Tasks([1, 2]);
    const recovered = await recoverKind(place, tasks, start());
    expect(recovered).toMatchObject({ replies: 1, answered: 1 });
    expect(recovered.unknown.map((one) => one.taskId)).toEqual([2]);
  });

  test('the journal of a process at work is left alone, as are those of other kinds', async () => {
    const tasks = new Tasks([1]);
    const alive = start();
    const id = await alive.logRequest(intentOf(1));
    expect(await waitingJournals(place)).toEqual([]);
    expect(await recoverKind(place, tasks, start())).toMatchObject({ journals: 0, held: 1 });
    alive.markStored([id]);
    await alive[Symbol.asyncDispose]();

    const other = start(undefined, place, 'personas');
    await other.logRequest(intentOf(1));
    abandon();
    expect(await waitingJournals(place)).toMatchObject([{ kind: 'personas' }]);
    expect(await recoverKind(place, tasks, start())).toMatchObject({ journals: 0, held: 0 });
    expect(folders()).toHaveLength(1);
  });

  test('a journal that begins while others are recovered is not mistaken for an abandoned one', async () => {
    const tasks = new Tasks([1]);
    let beginning = true;
    const recovering = (async () => {
      while (beginning) await recoverKind(place, tasks, start());
    })();
    for (let round = 0; round < 10; round++) {
      const journals = Array.from({ length: 20 }, () => start());
      await Promise.all(journals.map((journal) => journal.logRequest(intentOf(1))));
    }
    beginning = false;
    await recovering;
    expect(records()).toHaveLength(200);
  });

  test('files are removed as the database gets their calls', async () => {
    const journal = start();
    const long = 'x'.repeat(2 ** 20);
    const ids: string[] = [];
    for (let index = 0; index < 20; index++) {
      const id = await journal.logRequest(intentOf(index));
      ids.push(id);
      await journal.logReply(id, replied(long));
    }
    const files = () => segmentsOf(folders()[0]!).length;
    const most = files();
    expect(most).toBeGreaterThan(3);
    journal.markStored(ids.slice(0, -1));
    await expect.poll(files).toBe(1);
    journal.markStored(ids.slice(-1));
    await journal[Symbol.asyncDispose]();
    expect(folders()).toEqual([]);
  });

  test('where commits are not durable, nothing is removed before the database is synced', async () => {
    let syncs = 0;
    const durable: JournalLocation = {
      ...place,
      async makeDurable() {
        expect(records().length).toBeGreaterThan(0);
        syncs++;
      },
    };
    const journal = start(undefined, durable);
    const long = 'x'.repeat(2 ** 20);
    for (let index = 0; index < 12; index++) {
      const id = await journal.logRequest(intentOf(index));
      await journal.logReply(id, replied(long));
      journal.markStored([id]);
    }
    expect(syncs).toBe(0);
    expect(records()).toHaveLength(24);
    await journal[Symbol.asyncDispose]();
    expect(syncs).toBe(1);
    expect(folders()).toEqual([]);
  });

  test('on a full disk no call leaves, and what comes back takes the room that was kept', async () => {
    let full = false;
    const files = watched(() => full && readdirSync(folders()[0]!).includes('reserve'));
    const journal = start(files);
    const ids = await Promise.all([1, 2, 3].map((id) => journal.logRequest(intentOf(id))));
    full = true;
    const said = await journal.logRequest(intentOf(4)).catch((error: unknown) => error);
    expect(said).toBeInstanceOf(UserError);
    expect((said as UserError).message).toContain('no space left on device');
    for (const [index, id] of ids.entries()) await journal.logReply(id, replied(`${index + 1}.`));
    await expect(journal.logRequest(intentOf(5))).rejects.toThrow(UserError);
    abandon();
    const tasks = new Tasks([1, 2, 3, 4, 5]);
    expect(await recoverKind(place, tasks, start())).toMatchObject({
      replies: 3,
      answered: 3,
      unknown: [],
    });
  });

  test('a reply that the disk refuses is kept, and written when it can be', async () => {
    let full = false;
    const journal = start(watched(() => full));
    const [one, two] = [
      await journal.logRequest(intentOf(1)),
      await journal.logRequest(intentOf(2)),
    ];
    full = true;
    await journal.logReply(one, replied('One.'));
    await journal.logReply(two, replied('Two.'));
    expect(records().map((record) => record.kind)).toEqual(['intent', 'intent']);
    journal.markStored([two]);
    full = false;
    await journal[Symbol.asyncDispose]();
    expect(records().filter((record) => record.kind === 'reply')).toMatchObject([{ id: one }]);
    expect((records() as IntentRecord[]).map((record) => record.id)).toContain(two);
  });

  test('a journal that cannot be begun says so before anything leaves', async () => {
    writeFileSync(path.join(root, 'journal'), 'a file in its place');
    const journal = start();
    const said = await journal.logRequest(intentOf(1)).catch((error: unknown) => error);
    expect(said).toBeInstanceOf(UserError);
    expect((said as UserError).hint).toContain('journal.folder');
    await journal[Symbol.asyncDispose]();
  });

  test('without a place there are only ids', async () => {
    const journal = createJournal(null, { ...options, kind: 'experiments' });
    expect(await journal.logRequest(intentOf(1))).not.toBe(await journal.logRequest(intentOf(1)));
    await journal.logReply('x', replied('One.'));
    journal.markStored(['x']);
    await journal[Symbol.asyncDispose]();
    expect(readdirSync(root)).toEqual([]);
  });
});
