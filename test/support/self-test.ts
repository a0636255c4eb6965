/** The small dataset of `data/self-test` and its tables, as the study's published code computed them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Database } from '../../src/database/connect.ts';
import { importDataset } from '../../src/dataset/load.ts';
import { createCatalogue } from '../../src/providers/models.ts';
import { loadStudy } from '../../src/tables/store.ts';
import type { Study } from '../../src/tables/study.ts';
import type { Cell, TableId } from '../../src/tables/table.ts';

const FOLDER = path.join(import.meta.dirname, '../../data/self-test');

export type ExpectedRow = Readonly<Record<string, Cell>>;

export function expectedRows(table: TableId): readonly ExpectedRow[] {
  const text = readFileSync(path.join(FOLDER, 'expected', `table${table}.json`), 'utf8');
  return (JSON.parse(text) as { rows: readonly ExpectedRow[] }).rows;
}

/** Imports the dataset into an empty schema and reads it as a study. */
export async function loadSelfTest(database: Database): Promise<Study> {
  const catalogue = createCatalogue();
  await importDataset(database, FOLDER, catalogue);
  return await loadStudy(database, {
    models: catalogue.list().map(({ name, modelId, label }) => ({ name, modelId, label, isLabelChosen: false })),
  });
}
