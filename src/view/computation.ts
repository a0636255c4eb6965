/**
 * What takes longer than a page may: it is computed once, beside the pages, from the rows as they
 * are when it begins, and kept until somebody asks for it again.
 */
import type { Database } from '../db/connect.ts';
import { readOnly } from '../db/read-only.ts';
import { messageOf } from '../errors.ts';
import { readPace } from './overview-store.ts';

export interface Computed<T> {
  readonly value: T;
  readonly at: Date;
  /** Names the calls that were stored when it began. */
  readonly calls: string;
}

export type State<T> =
  | { readonly kind: 'computing'; readonly step: string }
  | { readonly kind: 'failed'; readonly problem: string }
  | ({ readonly kind: 'computed' } & Computed<T>);

export interface Computation<T> {
  /** Begins to compute where nobody has yet. */
  readonly state: () => State<T>;
  /** Computes it from the rows of now, unless that is being done. */
  readonly again: () => void;
  /** Resolves when what is being computed has come to its end, whichever. */
  readonly settled: () => Promise<void>;
}

/** @param work says each step before it begins; it reads in transactions of its own */
export function computation<T>(
  database: Database,
  work: (say: (step: string) => void) => Promise<T>,
  now: () => Date = () => new Date(),
): Computation<T> {
  let state: State<T> | null = null;
  let settled = Promise.resolve();

  async function compute(): Promise<void> {
    const { calls } = await readOnly(database, readPace);
    const at = now();
    const value = await work((step) => {
      state = { kind: 'computing', step };
    });
    state = { kind: 'computed', value, at, calls };
  }

  function begin(): State<T> {
    const first: State<T> = { kind: 'computing', step: 'reading the answers' };
    state = first;
    settled = compute().catch((error: unknown) => {
      state = { kind: 'failed', problem: messageOf(error) };
    });
    return first;
  }

  return {
    state: () => state ?? begin(),
    again() {
      if (state?.kind !== 'computing') begin();
    },
    settled: () => settled,
  };
}

/** What tells a state from every other one. */
export function nameState(state: State<unknown>): string {
  if (state.kind === 'computing') return state.step;
  return state.kind === 'computed' ? `computed at ${state.at.getTime()}` : state.kind;
}
