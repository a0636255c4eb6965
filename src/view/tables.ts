/**
 * The tables and figures of a study, computed when somebody asks for them. The process serves pages
 * meanwhile: it looks after them before each table.
 */
import type { Config } from '../config/config.ts';
import type { Database } from '../db/connect.ts';
import { computeTables, type StudyTables } from '../studies/analyze.ts';
import { type Computation, computation } from './computation.ts';

export function tablesOfStudy(database: Database, config: Config): Computation<StudyTables> {
  return computation(database, (say) =>
    computeTables(database, config, {
      onTable: ({ next, index, of }) => say(`Table ${next}, ${index + 1} of ${of}`),
    }),
  );
}
