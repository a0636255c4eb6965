/**
 * The tables and figures of a study, computed when somebody asks for them, from the rows as they
 * are then. The process serves pages meanwhile: it looks after them before each table.
 */
import { setImmediate as others } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/connect.ts';
import { readOnly } from '../db/read-only.ts';
import { messageOf } from '../errors.ts';
import { readForTables, type StudyTables, tablesInTurn } from '../studies/analyze.ts';
import { readPace } from './overview-store.ts';

/** What tells a state from every other one. */
export function nameState(state: TablesState): string {
  if (state.kind === 'computing') return state.step;
  return state.kind === 'computed' ? `computed at ${state.at.getTime()}` : state.kind;
}

/** What was computed, and from what. */
export interface Computed {
  readonly tables: StudyTables;
  readonly at: Date;
  /** The last call that was stored then; null before the first. */
  readonly lastCall: number | null;
}

export type TablesState =
  | { readonly kind: 'computing'; readonly step: string }
  | { readonly kind: 'failed'; readonly problem: string }
  | ({ readonly kind: 'computed' } & Computed);

export interface TablesOfStudy {
  /** Begins to compute where nobody has yet. */
  readonly state: () => TablesState;
  /** Computes them from the rows of now, unless that is being done. */
  readonly again: () => void;
  /** Resolves with the state when it is another one than `since` names, or on `signal`. */
  readonly changed: (since: string, signal: AbortSignal) => Promise<TablesState>;
}

export function tablesOfStudy(
  database: Database,
  config: Config,
  now: () => Date = () => new Date(),
): TablesOfStudy {
  let state: TablesState | null = null;
  let waiting: (() => void)[] = [];

  function become(next: TablesState): void {
    state = next;
    for (const wake of waiting) wake();
    waiting = [];
  }

  async function compute(): Promise<void> {
    const { lastCall } = await readOnly(database, readPace);
    // It reads in a transaction of its own.
    const input = await readForTables(database, config);
    const at = now();
    const turns = tablesInTurn(input, config);
    let turn = turns.next();
    while (turn.done !== true) {
      const { next, index, of } = turn.value;
      become({ kind: 'computing', step: `Table ${next}, ${index + 1} of ${of}` });
      await others();
      turn = turns.next();
    }
    become({ kind: 'computed', tables: turn.value, at, lastCall });
  }

  function begin(): TablesState {
    const first: TablesState = { kind: 'computing', step: 'reading the answers' };
    become(first);
    compute().catch((error: unknown) => become({ kind: 'failed', problem: messageOf(error) }));
    return first;
  }

  return {
    state: () => state ?? begin(),
    again() {
      if (state?.kind !== 'computing') begin();
    },
    async changed(since, signal) {
      if (nameState(state ?? begin()) === since && !signal.aborted)
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      return state ?? begin();
    },
  };
}
