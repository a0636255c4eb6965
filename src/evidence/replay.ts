/** Computes the tables of a bundle anew from its data, and compares them with those in it. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Checked, count, type Deviation } from '../experiments/verification/deviation.ts';
import { writeTableFiles } from '../report/tables/files.ts';
import { computeTables } from '../studies/analyze.ts';
import { compareFile } from './compare-files.ts';
import type { LoadedBundle } from './loaded-bundle.ts';
import { filesBelow } from './manifest.ts';

/**
 * @param checked is counted up by tables; a table is a CSV and a JSON file of one name
 * @yields each cell of a CSV file that differs, and the first value of each JSON file that does
 */
export async function* replayTables(
  { database, config, folder }: LoadedBundle,
  checked: Checked,
): AsyncGenerator<Deviation> {
  const results = path.join(folder, 'results');
  if (!existsSync(results)) return;
  const again = mkdtempSync(path.join(tmpdir(), 'personas-replay-'));
  try {
    writeTableFiles(again, await computeTables(database, config));
    const names = [...new Set([results, again].flatMap(tableFilesBelow))].sort();
    count(checked, 'tables', new Set(names.map(tableOf)).size);
    for (const name of names)
      for await (const one of compareFile(name, path.join(results, name), path.join(again, name)))
        yield { ...one, subject: `table ${tableOf(name).slice(TABLES.length)}` };
  } finally {
    rmSync(again, { recursive: true, force: true });
  }
}

const TABLES = 'tables/';

/** Tables of both modes have the same names. */
function tableOf(file: string): string {
  return file.replace(/\.(?:csv|json)$/, '');
}

function tableFilesBelow(folder: string): string[] {
  return filesBelow(folder).filter((name) => name.startsWith(TABLES) && tableOf(name) !== name);
}
