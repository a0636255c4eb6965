/**
 * A database in memory with the small dataset that comes with the program, for what only rows can
 * tell.
 */
import { loadConfig } from '../../src/config/load.ts';
import { importDataset } from '../../src/dataset/import/load.ts';
import { type Database, openMigrated } from '../../src/db/connect.ts';
import { createCatalogue } from '../../src/models/catalogue.ts';
import { computeTables, type StudyTables } from '../../src/studies/analyze.ts';
import { SELF_TEST } from '../../src/studies/reproduce.ts';

export interface Sample extends AsyncDisposable {
  readonly database: Database;
  readonly tables: StudyTables;
}

export async function openSample(): Promise<Sample> {
  // Nothing of this machine's configuration or environment.
  const config = loadConfig({ database: 'memory' }, {}, import.meta.dirname);
  const database = await openMigrated(config);
  await importDataset(database, SELF_TEST.source, createCatalogue());
  const tables = await computeTables(database, config);
  return { database, tables, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}
