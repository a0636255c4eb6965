/**
 * Stores a batch although the database refuses some of its records: finds these by bisection, and
 * stores them in a simpler form, so that no record blocks another.
 */
import { messageOf, UserError } from '../../errors.ts';
import { shorten } from '../../shorten.ts';
import type { Batch, Finished, StoredCall, Task } from '../task.ts';
import { isTransient } from './db-retry.ts';

/** A call that the database refuses in every form. */
export interface RefusedCall {
  readonly call: StoredCall;
  /** Whether it would have decided its task. */
  readonly final: boolean;
  readonly reason: string;
}

export interface IsolatedStore<V, T extends Task<V>> {
  /** One transaction. Errors that do not concern a record are thrown on. */
  readonly store: (batch: Batch<V, T>) => Promise<ReadonlySet<number>>;
  /** Called with what was stored, some of it perhaps in a simpler form. */
  readonly onStored: (batch: Batch<V, T>, stored: ReadonlySet<number>) => void;
  readonly onRefused: (refused: RefusedCall) => void;
}

const LONGEST_REASON = 300;

export async function storeIsolated<V, T extends Task<V>>(
  batch: Batch<V, T>,
  into: IsolatedStore<V, T>,
): Promise<void> {
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
 * Whether the database refused this record and may accept another: wrong or too large data, keys,
 * the rules of a trigger. Errors of the server, the connection and the schema would concern every
 * record.
 */
function isAboutRecord(error: unknown): boolean {
  if (error instanceof UserError || isTransient(error)) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return /^(?:22|23|44|54|P0|XX000)/.test(code);
  // A record too large for one string never reaches the server.
  return error instanceof RangeError;
}

/** Simpler forms of one record: without readable copies, and then without the parsed result. */
function simplerForms<V, T extends Task<V>>(
  { calls, finished }: Batch<V, T>,
  refusal: string,
): Batch<V, T>[] {
  const note = `the database refuses it: ${refusal}`;
  const noted = <C extends StoredCall>(call: C): C => ({ ...call, note });
  if (finished.length === 0) return [{ calls: calls.map(noted), finished }];
  const reason = `the database refuses the result of the reply: ${refusal}`;
  const withNote = finished.map(
    (one): Finished<V, T> => ({ ...one, result: { ...one.result, call: noted(one.result.call) } }),
  );
  const withoutResult = withNote.map((one): Finished<V, T> => {
    const call = { ...one.result.call, outcome: 'failed' as const, reason };
    const { attempts } = one.result;
    return {
      ...one,
      result: {
        kind: 'unanswered',
        outcome: 'failed',
        reason,
        closes: null,
        deferred: false,
        attempts,
        call,
      },
    };
  });
  return [
    { calls, finished: withNote },
    { calls, finished: withoutResult },
  ];
}

/** Separates calls from finished tasks where there are both; else halves the one kind. */
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
