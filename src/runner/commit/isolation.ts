/**
 * Storing in spite of single records: what the database refuses is looked for by halves, and stored in a form that it takes, so that no
 * record is in the way of another.
 */
import { messageOf, UserError } from '../../errors.ts';
import { shorten } from '../../shorten.ts';
import type { Batch, Finished, StoredCall, Task } from '../task.ts';
import { isTransient } from './db-retry.ts';

/** A call that the database takes in no form. */
export interface RefusedCall {
  readonly call: StoredCall;
  /** Whether it would have decided its task. */
  readonly final: boolean;
  readonly reason: string;
}

export interface IsolatedStore<V, T extends Task<V>> {
  /** One transaction. What it throws for trouble that has nothing to do with a record is thrown on. */
  readonly store: (batch: Batch<V, T>) => Promise<ReadonlySet<number>>;
  /** Told of what was stored, some of it perhaps otherwise than it was given. */
  readonly onStored: (batch: Batch<V, T>, stored: ReadonlySet<number>) => void;
  readonly onRefused: (refused: RefusedCall) => void;
}

const LONGEST_REASON = 300;

export async function storeIsolated<V, T extends Task<V>>(batch: Batch<V, T>, into: IsolatedStore<V, T>): Promise<void> {
  /** @returns why the database refuses it, or null */
  const tryToStore = async (one: Batch<V, T>): Promise<string | null> => {
    let stored: ReadonlySet<number>;
    try {
      stored = await into.store(one);
    } catch (error) {
      if (!isAboutRecord(error)) throw error;
      return shorten(messageOf(error), LONGEST_REASON);
    }
    into.onStored(one, stored);
    return null;
  };
  const storeWhole = async (whole: Batch<V, T>): Promise<void> => {
    const refusal = await tryToStore(whole);
    if (refusal === null) return;
    if (whole.calls.length + whole.finished.length > 1) {
      for (const half of halves(whole)) await storeWhole(half);
      return;
    }
    let reason = refusal;
    for (const simpler of simplerForms(whole, refusal)) {
      const still = await tryToStore(simpler);
      if (still === null) return;
      reason = still;
    }
    const call = whole.calls[0] ?? whole.finished[0]!.result.call;
    into.onRefused({ call, final: whole.calls.length === 0, reason });
  };
  await storeWhole(batch);
}

/**
 * Whether the database refused what it was given, so that something else might be taken: wrong or too large data, keys, the rules of
 * a trigger. Troubles of the server, of the way to it and of the schema would meet every record.
 */
function isAboutRecord(error: unknown): boolean {
  if (error instanceof UserError || isTransient(error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return /^(?:22|23|44|54|P0|XX000)/.test(code);
  // What is too large to be written as one text never reaches the server.
  return error instanceof RangeError;
}

/** One record, ever less of it: without readable copies, and without what was made of the reply. */
function simplerForms<V, T extends Task<V>>({ calls, finished }: Batch<V, T>, refusal: string): Batch<V, T>[] {
  const note = `the database refuses it: ${refusal}`;
  const noted = <C extends StoredCall>(call: C): C => ({ ...call, note });
  if (finished.length === 0) return [{ calls: calls.map(noted), finished }];
  const reason = `the database refuses what was made of the reply: ${refusal}`;
  const withNote = finished.map((one): Finished<V, T> => ({ ...one, result: { ...one.result, call: noted(one.result.call) } }));
  const withoutResult = withNote.map((one): Finished<V, T> => {
    const call = { ...one.result.call, outcome: 'failed' as const, reason };
    const { attempts } = one.result;
    return { ...one, result: { kind: 'unanswered', outcome: 'failed', reason, closes: null, deferred: false, attempts, call } };
  });
  return [
    { calls, finished: withNote },
    { calls, finished: withoutResult },
  ];
}

/** Calls apart from finished tasks where both are there; else the one kind in two. */
function halves<V, T extends Task<V>>({ calls, finished }: Batch<V, T>): Batch<V, T>[] {
  if (calls.length > 0 && finished.length > 0)
    return [
      { calls, finished: [] },
      { calls: [], finished },
    ];
  const middle = Math.ceil((calls.length + finished.length) / 2);
  return [
    { calls: calls.slice(0, middle), finished: finished.slice(0, middle) },
    { calls: calls.slice(middle), finished: finished.slice(middle) },
  ];
}
