/** Computes the tables of a bundle anew from its data, and compares them with those in it. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Checked, count, type Deviation } from '../experiments/verification/deviation.ts';
import { firstDifference } from '../experiments/verification/json-difference.ts';
import { writeTableFiles } from '../report/tables/files.ts';
import { computeTables } from '../studies/analyze.ts';
import { compareFacts, type Facts } from './diff/compare.ts';
import { rowsByName } from './diff/facts.ts';
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
  const again = mkdtempSync(path.join(tmpdir(), 'personas-replay-'));
  try {
    if (existsSync(results)) writeTableFiles(again, await computeTables(database, config));
    const [stored, expected] = [path.join(results, 'tables'), path.join(again, 'tables')];
    const names = [...new Set([stored, expected].flatMap(tableFilesBelow))].sort();
    count(checked, 'tables', new Set(names.map(tableOf)).size);
    for (const name of names) {
      const [one, other] = [path.join(stored, name), path.join(expected, name)] as const;
      const table = tableOf(name);
      if (!existsSync(one) || !existsSync(other)) {
        const [there, missing] = existsSync(one) ? [name, null] : [null, name];
        yield deviation(table, `file results/tables/${name}`, there, missing);
      } else if (name.endsWith('.json')) {
        const found = firstDifference(readJson(one), readJson(other));
        if (found !== null)
          yield deviation(table, `${found.path} of the JSON file`, found.stored, found.expected);
      } else yield* deviatingCells(table, await rowsByName(one), await rowsByName(other));
    }
  } finally {
    rmSync(again, { recursive: true, force: true });
  }
}

/** Tables of both modes have the same names. */
function tableOf(file: string): string {
  return file.replace(/\.(?:csv|json)$/, '');
}

function* deviatingCells(table: string, stored: Facts, expected: Facts): Generator<Deviation> {
  const others = { design: null, parameters: null, personas: null, answers: null };
  const { differences } = compareFacts(
    { ...others, tables: stored },
    { ...others, tables: expected },
  );
  for (const { key, name, a, b } of differences)
    yield deviation(table, name === '' ? `row ${key}` : `${name} of row ${key}`, a, b);
}

function deviation(
  table: string,
  what: string,
  stored: string | null,
  expected: string | null,
): Deviation {
  const subject = `table ${table}`;
  return { check: 'tables', subject, administration: null, call: null, what, stored, expected };
}

function tableFilesBelow(folder: string): string[] {
  return existsSync(folder) ? filesBelow(folder).filter((name) => tableOf(name) !== name) : [];
}

/** Null for a file that is not there, or is not JSON. */
function readJson(file: string): unknown {
  if (!existsSync(file)) return null;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
