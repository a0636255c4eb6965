/**
 * How the time of commands grows with ten times the rows, and how soon a run of a million pending
 * experiments makes its first call.
 */
import { channel } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { runPendingExperiments } from '../src/experiments/run.ts';
import { costOf } from './command-cost.ts';
import { writeFullSizeDataset } from './full-size-dataset.ts';
import type { AtMost } from './import.ts';
import { median } from './median.ts';
import { configAt, register, scratch, startLoopback, withPersonas } from './pace.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ROUNDS = 3;
/** Personalities of a small study, and of one with ten times as many rows. */
const SIZES = [160, 1600] as const;
const PENDING = 1_000_000;

export async function benchGrowth(postgres: string, atMost: AtMost): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'personas-growth-'));
  try {
    const times = new Map<string, number[]>();
    for (const personalities of SIZES) {
      const schema = `growth_${personalities}`;
      const dataset = path.join(folder, schema);
      await writeFullSizeDataset(dataset, { seed: 1, personalities });
      const out = path.join(folder, 'out');
      const timed = (name: string, args: readonly string[], rounds = ROUNDS) => {
        const seconds = Array.from({ length: rounds }, () => {
          rmSync(out, { recursive: true, force: true });
          return costOf(ROOT, args, { folder, schema, database: postgres }).seconds;
        });
        times.set(name, [...(times.get(name) ?? []), median(seconds)]);
      };
      timed('import', ['import', dataset, '--replace']);
      timed('analyze', ['analyze', '--out', out]);
      timed('export', ['export', out]);
      timed('export of wide answers', ['export', out, '--answers-wide']);
    }
    for (const [name, [small, large]] of times)
      atMost(`PostgreSQL, ten times the rows: time of ${name} / time`, large! / small!, 10.5);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  await benchStart(postgres, atMost);
}

/** From the start of a run to its first call, of an open database with a million pending. */
async function benchStart(postgres: string, atMost: AtMost): Promise<void> {
  await using server = await startLoopback(0);
  await scratch({ kind: 'postgres', url: postgres }, async (database) => {
    await withPersonas(database, PENDING);
    await sql`analyze ${database.t.personas}`.execute(database.db);
    await register(database);
    const waits: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      let first = Number.NaN;
      const begun = performance.now();
      const note = () => {
        if (Number.isNaN(first)) first = performance.now() - begun;
      };
      const requests = channel('http.client.request.start');
      requests.subscribe(note);
      await runPendingExperiments(database, configAt(server.baseUrl), { batchSize: 16 });
      requests.unsubscribe(note);
      waits.push(first / 1000);
    }
    atMost('PostgreSQL, 1,000,000 pending: seconds to the first call', median(waits), 1);
  });
}
