/**
 * The published study again: its rows in, its tables out, and beside each printed cell what comes
 * out here.
 */
import { fileURLToPath } from 'node:url';
import { listModels } from '../analysis/models.ts';
import type { Config } from '../config/config.ts';
import { type ImportOptions, type ImportResult, importDataset } from '../dataset/import/load.ts';
import type { Database } from '../db/connect.ts';
import { requireRecovered } from '../experiments/recover.ts';
import { createCatalogue } from '../models/catalogue.ts';
import type { Analysis } from '../report/analysis.ts';
import { compareTables, readFigures, type TableVerdict } from '../report/compare.ts';
import { analyzeStudy } from './analyze.ts';

/** A dataset, and figures that were computed from it. */
export interface Reproducible {
  readonly source: string;
  readonly figures: string;
}

const DATA = new URL('../../data/', import.meta.url);

/**
 * A small dataset that comes with the program, with what the study's published code computes from
 * it at full precision.
 */
export const SELF_TEST: Reproducible = {
  source: fileURLToPath(new URL('self-test', DATA)),
  figures: fileURLToPath(new URL('self-test/expected', DATA)),
};

/** @param source the published dataset: a folder of CSV files, or a dump */
export function publishedStudy(source: string): Reproducible {
  return { source, figures: fileURLToPath(new URL('published', DATA)) };
}

export interface Reproduction {
  readonly imported: ImportResult;
  readonly analysis: Analysis;
  readonly verdicts: readonly TableVerdict[];
}

/**
 * Imports a dataset, makes its tables and compares them with the figures.
 * @throws UserError as `importDataset` does; then nothing was imported
 */
export async function reproduce(
  database: Database,
  config: Config,
  { source, figures }: Reproducible,
  options: ImportOptions = {},
): Promise<Reproduction> {
  const imported = await importDataset(
    database,
    source,
    createCatalogue(config.models),
    options,
    () => requireRecovered(database, config),
  );
  const analysis = await analyzeStudy(database, config);
  const { study, published } = analysis;
  // Stand-ins are not the models that the figures are about.
  const models = study.dataOrigin === 'simulated' ? [] : listModels(study);
  return { imported, analysis, verdicts: compareTables(published, readFigures(figures), models) };
}

/** True when every cell is as printed. */
export function isReproduced(verdicts: readonly TableVerdict[]): boolean {
  return verdicts.every((one) => one.equal === one.cells);
}
