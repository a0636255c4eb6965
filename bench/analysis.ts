/**
 * How long the tables of a study at full size take, each measurement in a process of its own with
 * the built program.
 */
import { execFileSync } from 'node:child_process';
import type { DatabaseLocation } from '../src/config/location.ts';
import { importDataset } from '../src/dataset/import/load.ts';
import { openMigrated } from '../src/db/connect.ts';
import { dropSchema } from '../src/db/schema/list.ts';
import { createCatalogue } from '../src/models/catalogue.ts';

export interface AnalysisTimes {
  /** All tables in published mode, from the rows in the database, in seconds. */
  readonly published: number;
  /** Resident memory at its highest until then, in MB. */
  readonly megabytes: number;
  /** All tables in corrected mode, from the rows in the database. */
  readonly corrected: number;
  /** What comes on top of the tables: provenance, data quality, figures and files. */
  readonly report: number;
}

/** Imports a dataset into a schema of its own and hands its name over. */
export async function withImported<T>(
  location: DatabaseLocation,
  schema: string,
  folder: string,
  use: () => Promise<T> | T,
): Promise<T> {
  {
    await using database = await openMigrated({ database: location, schema });
    await importDataset(database, folder, createCatalogue(), { mode: 'replace' });
  }
  try {
    return await use();
  } finally {
    await using database = await openMigrated({ database: location, schema });
    await dropSchema(database);
  }
}

/** @param out folder for the files of the report */
export function timeAnalysis(
  location: DatabaseLocation,
  schema: string,
  out: string,
): AnalysisTimes {
  const module = (file: string) => JSON.stringify(new URL(`../dist/${file}`, import.meta.url).href);
  const script = `
    const { open } = await import(${module('db/connect.js')});
    const { analyzeStudy, computeTables, writeAnalysis } = await import(${module('studies/analyze.js')});
    const config = { models: {}, providers: {} };
    await using database = await open({ database: ${JSON.stringify(location)}, schema: ${JSON.stringify(schema)} });
    const timed = async (work) => { const begun = performance.now(); const result = await work(); return [(performance.now() - begun) / 1000, result]; };
    const [published] = await timed(() => computeTables(database, config, { mode: 'published' }));
    const megabytes = process.resourceUsage().maxRSS / 1024;
    const [corrected] = await timed(() => computeTables(database, config, { mode: 'corrected' }));
    const [tables] = await timed(() => computeTables(database, config));
    const [all] = await timed(async () => writeAnalysis(${JSON.stringify(out)}, await analyzeStudy(database, config), new Date(0)));
    process.stdout.write(JSON.stringify({ published, megabytes, corrected, report: all - tables }));`;
  return JSON.parse(
    execFileSync(
      process.execPath,
      ['--max-semi-space-size=2', '--input-type=module', '-e', script],
      { encoding: 'utf8' },
    ),
  ) as AnalysisTimes;
}
