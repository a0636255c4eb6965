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
  /** Names the calls that were stored then. */
  readonly calls: string;
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
}

export function tablesOfStudy(
  database: Database,
  config: Config,
  now: () => Date = () => new Date(),
): TablesOfStudy {
  let state: TablesState | null = null;

  async function compute(): Promise<void> {
    const { calls } = await readOnly(database, readPace);
    // It reads in a transaction of its own.
    const input = await readForTables(database, config);
    const at = now();
    const turns = tablesInTurn(input, config);
    let turn = turns.next();
    while (turn.done !== true) {
      const { next, index, of } = turn.value;
      state = { kind: 'computing', step: `Table ${next}, ${index + 1} of ${of}` };
      await others();
      turn = turns.next();
    }
    state = { kind: 'computed', tables: turn.value, at, calls };
  }

  function begin(): TablesState {
    const first: TablesState = { kind: 'computing', step: 'reading the answers' };
    state = first;
    compute().catch((error: unknown) => {
      state = { kind: 'failed', problem: messageOf(error) };
    });
    return first;
  }

  return {
    state: () => state ?? begin(),
    again() {
      if (state?.kind !== 'computing') begin();
    },
  };
}
