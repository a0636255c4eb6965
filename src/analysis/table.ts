/** What a table is: numbers in rows. Texts, markers and rounding are the report's. */
import type { DataOrigin } from './data.ts';

export const TABLE_IDS = ['1', '2', '3', '4', '5', '6', 'A4', 'A5', 'A6', 'A7'] as const;
/** A table of the study. */
export type TableId = (typeof TABLE_IDS)[number];

/** Columns that name a row, in both modes. */
export const ROW_KEYS: Readonly<Record<TableId, readonly string[]>> = {
  1: ['model', 'condition', 'metric'],
  2: ['model', 'condition', 'metric'],
  3: ['model', 'condition', 'metric'],
  4: ['model', 'population', 'scale'],
  5: ['model', 'epqra_scale', 'bigfive_scale'],
  6: ['model', 'population', 'scale'],
  A4: ['model', 'scale'],
  A5: ['model', 'scale'],
  A6: ['model', 'population', 'scale'],
  A7: ['model', 'population', 'scale'],
};

/** `published`: as the study's published code computes it, flaws included. `corrected`: as it should be. */
export type Mode = 'published' | 'corrected';

/** A value of a row. Null is "not available"; corrected rows say why in `reason`. */
export type Cell = string | number | boolean | null | readonly string[] | readonly (number | null)[];

export interface Table<Row extends object = Readonly<Record<string, Cell>>> {
  readonly table: TableId;
  readonly mode: Mode;
  readonly data_origin: DataOrigin;
  readonly rows: readonly Row[];
}

/** Names of rows that are no model's. */
export const REFERENCE_ROW = 'Reference';
export const RANDOM_ROW = 'Random';
