/** Verification of a study that was asked, in a database and in a bundle, by the built program. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runPendingExperiments } from '../src/experiments/run.ts';
import { formatCount } from '../src/numbers.ts';
import { configAt, register, scratch, startLoopback, withPersonas } from './pace.ts';

const BIN = fileURLToPath(new URL('../bin/personas.js', import.meta.url));
const ADMINISTRATIONS = 10_000;
const MOST_SECONDS = 10;

export async function benchEvidence(
  postgres: string,
  atMost: (what: string, measured: number, limit: number) => void,
): Promise<void> {
  await using server = await startLoopback(0);
  const config = configAt(server.baseUrl);
  const folder = mkdtempSync(path.join(tmpdir(), 'personas-bench-'));
  const secondsOf = (...args: readonly string[]) => {
    const begun = performance.now();
    execFileSync(process.execPath, [BIN, ...args], { cwd: folder, stdio: 'ignore' });
    return (performance.now() - begun) / 1000;
  };
  try {
    await scratch({ kind: 'postgres', url: postgres }, async (database) => {
      await withPersonas(database, ADMINISTRATIONS);
      await register(database);
      await runPendingExperiments(database, config, { maxWorkers: 64 });
      const place = ['--database', postgres, '--schema', database.schema];
      const what = `${formatCount(ADMINISTRATIONS)} administrations`;
      atMost(`PostgreSQL, ${what}: verify, s`, secondsOf('verify', ...place), MOST_SECONDS);
      console.log(`  bundle ${secondsOf('bundle', 'study.zip', ...place).toFixed(1)} s`);
    });
    atMost(
      `bundle, ${formatCount(ADMINISTRATIONS)} administrations: verify, s`,
      secondsOf('verify', 'study.zip'),
      MOST_SECONDS,
    );
    console.log(`  replay ${secondsOf('replay', 'study.zip').toFixed(1)} s`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
