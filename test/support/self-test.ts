/**
 * The small dataset of `data/self-test` and its tables, as the study's published code computed
 * them.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { StudyData } from '../../src/analysis/data.ts';
import { loadStudy } from '../../src/analysis/data-store.ts';
import type { Cell } from '../../src/analysis/table.ts';
import { importDataset } from '../../src/dataset/import/load.ts';
import type { Database } from '../../src/db/connect.ts';
import { createCatalogue } from '../../src/models/catalogue.ts';
import type { TableId } from '../../src/report/tables/tables.ts';

const FOLDER = path.join(import.meta.dirname, '../../data/self-test');

export type ExpectedRow = Readonly<Record<string, Cell>>;

export function expectedRows(table: TableId): readonly ExpectedRow[] {
  const text = readFileSync(path.join(FOLDER, 'expected', `table${table}.json`), 'utf8');
  return (JSON.parse(text) as { rows: readonly ExpectedRow[] }).rows;
}

/** Imports the dataset into an empty schema and reads it as a study. */
export async function loadSelfTest(database: Database): Promise<StudyData> {
  const catalogue = createCatalogue();
  await importDataset(database, FOLDER, catalogue);
  return await loadStudy(database, {
    models: catalogue
      .list()
      .map(({ name, modelId, label }) => ({ name, modelId, label, isLabelChosen: false })),
  });
}
