/**
 * A table in one object: its rows' types, what names a row, how each mode is computed, captioned,
 * laid out and traced to SQL, and what the two modes show differently. `families` has one
 * definition or more in each file; `tables.ts` lists them.
 */
import type { StudyData } from '../../analysis/data.ts';
import type { Mode } from '../../analysis/table.ts';
import type { AnalysisSettings, Difference } from '../analysis.ts';
import type { Grid, ReasonNotes } from './layout.ts';
import type { Pairs } from './pairs.ts';

export interface Caption {
  /** Without the number of the table and without a full stop. */
  readonly title: string;
  /**
   * What a reader needs in order to judge the numbers: n, test, correction, flaws. Full sentences.
   */
  readonly notes: readonly string[];
}

/**
 * How one mode of a table is made. `Printed` is a row with the text that the study printed, where
 * it printed one.
 */
export interface ModeDefinition<Row extends object, Printed extends Row = Row> {
  readonly table: string;
  readonly mode: Mode;
  tabulate(study: StudyData, settings: AnalysisSettings): readonly Row[];
  /** Adds marker and text as printed. */
  print?(row: Row): Printed;
  /** Takes markers of significance away again, for simulated data. */
  unmark?(row: Printed): Printed;
  title(rows: readonly Row[]): string;
  notes(rows: readonly Row[]): readonly string[];
  /** What the markers mean. */
  readonly legend?: string;
  layOut(rows: readonly Printed[], reasons: ReasonNotes): Grid;
  /**
   * One statement, several lines, without a semicolon, that yields the rows from which a row was
   * computed.
   */
  sql(row: Row, study: StudyData): string;
}

/** What decides whether two modes differ, beyond the two rows. */
export interface ComparisonContext {
  readonly isSimulated: boolean;
  /** Models that also answered as the reference population. */
  readonly answeredAsReference: ReadonlySet<string>;
}

/** A table that the study did not have, in the corrected mode only. */
export interface NewTableDefinition<Row extends object> {
  readonly id: string;
  /** Columns that name a row. */
  readonly keys: readonly (keyof Row & string)[];
  readonly corrected: ModeDefinition<Row>;
}

export interface TableDefinition<
  Published extends object,
  Corrected extends object,
  Printed extends Published = Published,
> {
  readonly id: string;
  /** Columns that name a row in both modes. */
  readonly keys: readonly (keyof Published & keyof Corrected & string)[];
  readonly published: ModeDefinition<Published, Printed>;
  readonly corrected: ModeDefinition<Corrected>;
  differences(pairs: Pairs<Printed, Corrected>, context: ComparisonContext): readonly Difference[];
}
