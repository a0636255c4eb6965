/** Whole datasets, in and out. */
import { dateOf } from '../clock.ts';
import type { ExportResult } from '../dataset/export/export.ts';
import * as exporting from '../dataset/export/export.ts';
import { readersOf } from '../dataset/export/readers.ts';
import type { ImportOptions, ImportResult } from '../dataset/import/load.ts';
import * as loading from '../dataset/import/load.ts';
import { requireRecovered } from '../experiments/recover.ts';
import { PROGRAM } from '../package-info.ts';
import { insideOf, insideToWrite, type Study } from './study.ts';

/** How a dataset is written. */
export interface ExportOptions {
  /** `csv` by default, the only one that is imported again. */
  readonly format?: 'csv' | 'jsonl' | 'parquet';
  /** Also one row for each experiment of each questionnaire, with a codebook. Default false. */
  readonly answersWide?: boolean;
  /** Also one row for each item of each experiment, beside those. Default false. */
  readonly answersLong?: boolean;
  /** In these files also what is known of the personas: name, age, description. Default false. */
  readonly personaColumns?: boolean;
  /** Replace files of the same names. Default false. */
  readonly overwrite?: boolean;
  /** Told of each file that is written. */
  readonly onFile?: (file: exporting.ExportedFile) => void;
  /** Aborted: nothing is left in the folder, and the export throws. */
  readonly signal?: AbortSignal;
}

/**
 * Writes every table of the schema into a folder, as it is at one moment, and `dataset.json`, which
 * says what they are.
 * @throws UserError when the folder holds an export already or anything else, or cannot be written;
 *   then it is as it was
 */
export async function exportDataset(
  study: Study,
  folder: string,
  options: ExportOptions = {},
): Promise<ExportResult> {
  const { database, catalogue, timing } = insideOf(study);
  const now = new Date(dateOf(timing));
  return exporting.exportDataset(database, folder, {
    ...options,
    catalogue,
    program: PROGRAM,
    now,
    companions: readersOf(options.format ?? 'csv', PROGRAM, now),
  });
}

/**
 * Reads a whole dataset into the schema, all or nothing: every file `TABLE.csv` or `TABLE.csv.gz`
 * of a folder, or a dump (`.sql`, `.sql.gz`).
 * @returns rows by table, and what is conspicuous in them
 * @throws UserError naming file, line and column of what is wrong; then nothing was imported
 */
export async function importDataset(
  study: Study,
  source: string,
  options: ImportOptions = {},
): Promise<ImportResult> {
  const { database, catalogue, config } = insideToWrite(study);
  return loading.importDataset(database, source, catalogue, options, () =>
    requireRecovered(database, config),
  );
}
