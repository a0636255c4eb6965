/** Answers to a questionnaire as the rows of a file. */
import type { Instrument } from '../../instruments/instrument.ts';
import type { Value } from './export-store.ts';
import type { Absence } from './labelled.ts';
import type { WideColumn } from './wide-columns.ts';

export interface AnswersTable {
  /** One row an administration, or one an item of it. */
  readonly kind: 'wide' | 'long';
  /** Of the questionnaire. */
  readonly slug: string;
  readonly title: string;
  /** Name of the file, without its ending. */
  readonly name: string;
  readonly columns: readonly WideColumn[];
  /** The wordings of the questionnaire. */
  readonly instruments: readonly Instrument[];
  rows(): AsyncGenerator<readonly AnswersRow[]>;
}

export interface AnswersRow {
  /** In the order of the columns. */
  readonly values: readonly Value[];
  /** Why an item, by its id, or a score has no value; null for no reason that is known. */
  readonly absenceOf: (item: string | null) => Absence | null;
}
