/**
 * Disks that are full for a while: the journal's beside a server, and the one that the embedded
 * database and its journal are on.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { settleAccounts } from './account.ts';
import { type Claims, claimSound } from './claims.ts';
import { startFaultyProvider } from './provider.ts';
import { makeStudy, readStored, startRun } from './study.ts';

const WORKERS = 16;
const LATENCY_MS = 200;

export async function benchDisk(
  claims: Claims,
  seed: number,
  small: boolean,
  postgres: string,
): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    claims.skip('full disks: a small disk is mounted for them, which takes Linux and root');
    return;
  }
  const experiments = small ? 300 : 1000;
  for (const kind of ['embedded', 'PostgreSQL'] as const) {
    using disk = smallDisk(kind === 'embedded' ? 400 : 16);
    await using study = await makeStudy(
      kind === 'embedded'
        ? { experiments, folder: path.join(disk.path, 'study') }
        : { experiments, postgres },
    );
    const config =
      kind === 'embedded' ? {} : { journal: { folder: path.join(disk.path, 'journal') } };
    const { promise: underWay, resolve: begin } = Promise.withResolvers<void>();
    let calls = 0;
    await using provider = await startFaultyProvider({
      seed,
      latencyMs: LATENCY_MS,
      onCall: () => ++calls === 100 && begin(),
    });
    const first = startRun(study, WORKERS, { baseUrl: provider.baseUrl, config });
    await Promise.race([underWay, first.ended]);
    const filler = path.join(disk.path, 'filler');
    fillUp(filler);
    const atFull = provider.calls.length;
    await pause(5000);
    const whileFull = provider.calls.length - atFull;
    rmSync(filler);
    const { code, said } = await first.ended;
    const of = `${kind}, the disk full for 5 s, ${experiments} experiments`;
    claims.tell(`${of}: calls begun meanwhile`, whileFull);
    claims.tell(`${of}: exit code of the run it happened to`, code ?? -1);
    if (code !== 0 && !/cannot be written|No space left/i.test(said)) console.log(said);
    const second = await startRun(study, WORKERS, { baseUrl: provider.baseUrl, config }).ended;
    claims.atMost(`${of}: exit code of the next one`, second.code ?? -1, 0);
    if (second.code !== 0) console.log(second.said);
    const account = settleAccounts(experiments, provider.calls, await readStored(study));
    claimSound(claims, of, account);
    claims.atMost(
      `${of}: calls of which it is unknown whether they were answered`,
      account.unknownFate,
      0,
    );
  }
}

function smallDisk(megabytes: number): Disposable & { readonly path: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'personas-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  return {
    path: folder,
    [Symbol.dispose]() {
      execFileSync('umount', [folder]);
      rmdirSync(folder);
    },
  };
}

function fillUp(file: string): void {
  const handle = openSync(file, 'w');
  try {
    for (let bytes = 1 << 20; bytes >= 1; ) {
      try {
        writeSync(handle, Buffer.alloc(bytes));
      } catch {
        bytes >>= 1;
      }
    }
  } finally {
    closeSync(handle);
  }
}
