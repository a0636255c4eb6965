/** Computes the tables of a bundle anew from its data, and compares them with those in it. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Checked, count, type Deviation } from '../experiments/verification/deviation.ts';
import { firstDifference } from '../experiments/verification/json-difference.ts';
import { writeTableFiles } from '../report/tables/files.ts';
import { computeTables } from '../studies/analyze.ts';
import { compareFacts } from './diff/compare.ts';
import { tableFacts } from './diff/facts.ts';
import type { LoadedBundle } from './loaded-bundle.ts';
import { filesBelow } from './manifest.ts';

/**
 * @param checked is counted up by tables
 * @yields each cell of a CSV file that differs, and each JSON file that does
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
    const names = [...new Set([stored, expected].flatMap(jsonBelow))].sort();
    count(checked, 'tables', names.length);
    yield* deviatingCells(await tableFacts(stored), await tableFacts(expected));
    for (const name of names) {
      const found = firstDifference(
        readJson(path.join(stored, name)),
        readJson(path.join(expected, name)),
      );
      if (found !== null)
        yield deviation(`file results/tables/${name}`, found.path, found.stored, found.expected);
    }
  } finally {
    rmSync(again, { recursive: true, force: true });
  }
}

type TableFacts = Awaited<ReturnType<typeof tableFacts>>;

function* deviatingCells(stored: TableFacts, expected: TableFacts): Generator<Deviation> {
  const others = { design: null, parameters: null, personas: null, answers: null };
  const { differences } = compareFacts(
    { ...others, tables: stored },
    { ...others, tables: expected },
  );
  for (const { key, name, a, b } of differences)
    yield deviation(`table ${key}`, name === '' ? 'row' : name, a, b);
}

function deviation(
  subject: string,
  what: string,
  stored: string | null,
  expected: string | null,
): Deviation {
  return { check: 'tables', subject, administration: null, call: null, what, stored, expected };
}

function jsonBelow(folder: string): string[] {
  return existsSync(folder) ? filesBelow(folder).filter((name) => name.endsWith('.json')) : [];
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
