/** What a table is: numbers in rows. Texts, markers and rounding are the report's. */
import type { StudyDataOrigin } from './data.ts';

/**
 * `published`: as the study's published code computes it, flaws included. `corrected`: as it should
 * be.
 */
export type Mode = 'published' | 'corrected';

/** A value of a row. Null is "not available"; corrected rows say why in `reason`. */
export type Cell =
  | string
  | number
  | boolean
  | null
  | readonly string[]
  | readonly (number | null)[];

export type ScaleNames = ReadonlyMap<string, ReadonlyMap<string, string>>;

export interface Table<Row extends object = Readonly<Record<string, Cell>>> {
  /** `4` or `A4`: the number that the study gave it, or a new one. */
  readonly table: string;
  readonly mode: Mode;
  readonly data_origin: StudyDataOrigin;
  /** Of a table of reliabilities of simulated answers: the alpha that was set for each scale. */
  readonly set_reliability?: number;
  readonly rows: readonly Row[];
  /**
   * Names of the scales by id, for each instrument of the rows as they call it. Names that say no
   * more than the id are left out.
   */
  readonly scaleNames?: ScaleNames;
  /** Units of items that ask for a number, "(EUR)", in the same way. */
  readonly units?: ScaleNames;
  /** Whether those who answer are the study's own cases, and not personas written from sheets. */
  readonly isOfCases?: boolean;
}

/** Names of rows that belong to no model. */
export const REFERENCE_ROW = 'Reference';
export const RANDOM_ROW = 'Random';

/** The family of the tests that a study was made for. */
export const PRIMARY_FAMILY = 'primary analyses';
