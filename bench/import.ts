/**
 * Importing the full-size dataset: time as a ratio to `psql \copy` of the same files into the same
 * tables with the same indexes, and memory. Building the materialised view afterwards is not part
 * of it. `node bench/import.ts` by itself, or as a part of `npm run bench`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { importDataset } from '../src/dataset/import/load.ts';
import { STUDY_TABLES } from '../src/dataset/tables.ts';
import { type Database, openMigrated } from '../src/db/connect.ts';
import { dropSchema } from '../src/db/schema/list.ts';
import { createCatalogue } from '../src/models/catalogue.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { writeFullSizeDataset } from './full-size-dataset.ts';
import { median } from './median.ts';

const ROUNDS = 3;

/** What was measured, and how large it may be. */
export type AtMost = (what: string, measured: number, limit: number) => void;

export async function benchImport(postgres: string, atMost: AtMost): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'personas-bench-'));
  const dataset = path.join(folder, 'dataset');
  const embedded = path.join(folder, 'embedded');
  try {
    const rows = (await writeFullSizeDataset(dataset, { seed: 1 })).toLocaleString('en');
    await using server = await openMigrated({
      database: { kind: 'postgres', url: postgres },
      schema: 'bench',
    });
    await using local = await openMigrated({
      database: { kind: 'embedded', folder: embedded },
      schema: 'bench',
    });
    const emptied = async ({ db, t }: Database) => {
      await sql`truncate ${sql.join(STUDY_TABLES.map((table) => t[table]))}`.execute(db);
      await sql`checkpoint`.execute(db);
    };
    const times = { psql: [] as number[], postgres: [] as number[], embedded: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      // The server rests in between: what one leaves behind (autovacuum, dirty pages) would burden
      // the other.
      await emptied(server);
      times.psql.push(copyByPsql(postgres, dataset));
      await emptied(local);
      times.embedded.push(await timeOfLoad(local, dataset));
      await emptied(server);
      times.postgres.push(await timeOfLoad(server, dataset));
    }
    atMost(
      `PostgreSQL, ${rows} rows: import / psql \\copy (medians of ${ROUNDS})`,
      median(times.postgres) / median(times.psql),
      0.9,
    );
    atMost(
      `embedded, ${rows} rows: import / psql \\copy (medians of ${ROUNDS})`,
      median(times.embedded) / median(times.psql),
      3,
    );
    await local[Symbol.asyncDispose]();
    atMost(
      'embedded: peak memory above the open database, MB',
      growthOf({ kind: 'embedded', folder: embedded }, dataset),
      100,
    );
    atMost(
      'PostgreSQL: peak memory of the client above the open database, MB',
      growthOf({ kind: 'postgres', url: postgres }, dataset),
      100,
    );
    await dropSchema(server);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Until everything is loaded and every key and index is there. */
async function timeOfLoad(database: Database, dataset: string): Promise<number> {
  const begun = performance.now();
  let loaded = begun;
  await importDataset(database, dataset, createCatalogue(), {
    onStep: (step) => {
      if (step.startsWith('Scoring')) loaded = performance.now();
    },
  });
  return loaded - begun;
}

function copyByPsql(postgres: string, dataset: string): number {
  const psql = (...commands: readonly string[]) =>
    execFileSync(
      'psql',
      ['-q', '-v', 'ON_ERROR_STOP=1', postgres, ...commands.flatMap((command) => ['-c', command])],
      {
        stdio: 'inherit',
      },
    );
  const files = readdirSync(dataset).map((file) => ({
    table: `bench.${path.basename(file, '.csv')}`,
    file: path.join(dataset, file),
  }));
  const begun = performance.now();
  psql(
    ...files.map(({ table, file }) => `\\copy ${table} from '${file}' with (format csv, header)`),
  );
  return performance.now() - begun;
}

/**
 * By how much an import raises the resident memory of a process that has the database open, in MB.
 */
function growthOf(
  location: Parameters<typeof openMigrated>[0]['database'],
  dataset: string,
): number {
  const module = (file: string) => JSON.stringify(new URL(`../src/${file}`, import.meta.url).href);
  // The kernel keeps the peak, which can be begun anew: opening takes more for a moment, and one
  // statement may hold the process for seconds.
  const script = `
    import { readFileSync, writeFileSync } from 'node:fs';
    import { setTimeout as pause } from 'node:timers/promises';
    const { keepHeapSmall } = await import(${module('cli/memory.ts')});
    keepHeapSmall();
    const { openMigrated } = await import(${module('db/connect.ts')});
    const { importDataset } = await import(${module('dataset/import/load.ts')});
    const { createCatalogue } = await import(${module('models/catalogue.ts')});
    await using database = await openMigrated({ database: ${JSON.stringify(location)}, schema: 'bench' });
    await pause(3000);
    const opened = process.memoryUsage.rss();
    writeFileSync('/proc/self/clear_refs', '5');
    await importDataset(database, ${JSON.stringify(dataset)}, createCatalogue(), { mode: 'replace' });
    const peak = Number(/VmHWM:\\s+(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
    console.log((peak - opened) / 2 ** 20);`;
  return Number(
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }),
  );
}

if (import.meta.main) {
  const postgres = await startPostgres();
  try {
    await benchImport(postgres.url, (what, measured, limit) => {
      console.log(
        `${measured <= limit ? 'kept  ' : 'MISSED'}  ${what.padEnd(72)} ${measured.toFixed(2)}  (≤ ${limit})`,
      );
    });
  } finally {
    await postgres.stop();
  }
}
