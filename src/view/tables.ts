/**
 * The tables and figures of a study, computed when somebody asks for them. The process serves pages
 * meanwhile: it looks after them before each table.
 */
import { setImmediate as others } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/connect.ts';
import { readForTables, type StudyTables, tablesInTurn } from '../studies/analyze.ts';
import { type Computation, computation } from './computation.ts';

export function tablesOfStudy(database: Database, config: Config): Computation<StudyTables> {
  return computation(database, async (say) => {
    const turns = tablesInTurn(await readForTables(database, config), config);
    let turn = turns.next();
    while (turn.done !== true) {
      const { next, index, of } = turn.value;
      say(`Table ${next}, ${index + 1} of ${of}`);
      await others();
      turn = turns.next();
    }
    return turn.value;
  });
}
