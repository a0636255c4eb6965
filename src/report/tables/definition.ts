/**
 * A table in one object: its rows' types, what names a row, how each mode is computed, captioned,
 * laid out and traced to SQL, and what the two modes show differently. `families` has one
 * definition or more in each file; `tables.ts` lists them.
 */
import type { StudyData } from '../../analysis/data.ts';
import type { Mode } from '../../analysis/table.ts';
import type { AnalysisSettings, Difference } from '../analysis.ts';
import type { Behind } from './chosen.ts';
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

/** What the methods of a table depend on besides its rows. */
export interface MethodsContext {
  readonly study: StudyData;
  readonly settings: AnalysisSettings;
  /** Whether nobody has been asked yet, so that nothing can be counted. */
  readonly isPlanned: boolean;
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
  /**
   * How the rows came about, in sentences that name no table. They must be true of a plan too, where
   * `isPlanned`. Tables with the same function are described together, with the rows of all.
   */
  methods?(rows: readonly Row[], context: MethodsContext): readonly string[];
  /** What the markers mean. */
  readonly legend?: string;
  layOut(rows: readonly Printed[], reasons: ReasonNotes): Grid;
  /** The rows from which a row was computed, as SQL and as lists of administrations. */
  behind(row: Row, study: StudyData): Behind;
}

/**
 * Something that rows of a table say, which a study may have planned to find out: an estimate, and
 * a test where its p is named.
 */
export interface Claim<Row extends object, Column extends string = keyof Row & string> {
  /** As study files name it. */
  readonly name: string;
  /** What is estimated, in words: "difference of the mean from that of the sheets". */
  readonly about: string;
  readonly estimate: Column;
  readonly low: Column;
  readonly high: Column;
  /** Of the interval, in per cent. Default 95. */
  readonly level?: number;
  /** Whether the estimate is a share or a difference of shares, which is shown in per cent. */
  readonly isShare?: boolean;
  /**
   * With the columns of `p`, or of `p_NAME`, that Holm's correction fills; left out where nothing is
   * tested.
   */
  readonly test?: {
    readonly p: Column;
    /** What a small p shows, and what a large one leaves. */
    readonly shown: string;
    readonly notShown: string;
  };
  /** Whether a row makes the claim at all. Default: every row. */
  isMadeBy?(row: Row): boolean;
  /** Columns that follow from the corrected p. */
  settle?(row: Row): Row;
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
  /** Further columns by which a planned analysis may choose rows. */
  readonly alsoBy?: readonly (keyof Row & string)[];
  readonly claims?: readonly Claim<Row>[];
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
  /** Further columns of corrected rows by which a planned analysis may choose them. */
  readonly alsoBy?: readonly (keyof Corrected & string)[];
  /** Of corrected rows. */
  readonly claims?: readonly Claim<Corrected>[];
  readonly published: ModeDefinition<Published, Printed>;
  readonly corrected: ModeDefinition<Corrected>;
  differences(pairs: Pairs<Printed, Corrected>, context: ComparisonContext): readonly Difference[];
}
