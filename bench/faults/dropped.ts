/**
 * Power cuts under the embedded database: what was written and not synced is gone. Shown on files,
 * with a record of what was synced kept by the process itself; what a disk does that keeps some
 * unsynced pages and drops others is not shown by this.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { seededNumbers } from '../../test/support/instants.ts';
import { settleAccounts } from './account.ts';
import { type Claims, claimSound } from './claims.ts';
import { startFaultyProvider } from './provider.ts';
import { makeStudy, readStored, startRun } from './study.ts';

const WORKERS = 16;
const LATENCY_MS = 200;
const RECORDER = fileURLToPath(new URL('durable.ts', import.meta.url));

export async function benchDropped(claims: Claims, seed: number, small: boolean): Promise<void> {
  if (process.platform !== 'linux') {
    claims.skip('power cuts: which file is synced is told by Linux only');
    return;
  }
  const cuts = small ? 3 : 20;
  const experiments = cuts * 60;
  const random = seededNumbers(seed);
  await using study = await makeStudy({ experiments });
  const database = (study.database as { folder: string }).folder;
  const shadow = path.join(study.folder, 'durable');
  const env = { NODE_OPTIONS: `--import=${RECORDER}`, DURABLE_OF: database, DURABLE_IN: shadow };
  let onCall = () => {};
  await using provider = await startFaultyProvider({
    seed,
    latencyMs: LATENCY_MS,
    onCall: () => onCall(),
  });
  for (let cut = 0; cut < cuts; cut++) {
    beginRecord(database, shadow);
    const called = new Promise<void>((resolve) => {
      onCall = resolve;
    });
    const run = startRun(study, WORKERS, { baseUrl: provider.baseUrl, env });
    await Promise.race([called, run.ended]);
    await pause(random(1500));
    run.child.kill('SIGKILL');
    const { signal, said } = await run.ended;
    if (signal !== 'SIGKILL') throw new Error(`a process ended before its power was cut: ${said}`);
    cutPower(database, shadow);
  }
  const last = await startRun(study, WORKERS, { baseUrl: provider.baseUrl }).ended;
  const of = `embedded, ${cuts} power cuts, ${experiments} experiments`;
  claims.atMost(`${of}: exit code of the last run`, last.code ?? -1, 0);
  if (last.code !== 0) console.log(last.said);
  const account = settleAccounts(experiments, provider.calls, await readStored(study));
  claimSound(claims, of, account);
  claims.tell(`${of}: calls`, account.calls);
  claims.tell(`${of}: calls reported as of unknown fate`, account.unknownFate);
}

/** Everything that is there now counts as synced. */
function beginRecord(folder: string, shadow: string): void {
  rmSync(shadow, { recursive: true, force: true });
  cpSync(folder, path.join(shadow, 'content'), { recursive: true });
  const note = (inside: string) => {
    const entries = readdirSync(path.join(folder, inside), { withFileTypes: true });
    mkdirSync(path.join(shadow, 'names', inside), { recursive: true });
    writeFileSync(
      path.join(shadow, 'names', inside, '.names'),
      JSON.stringify(entries.map((entry) => entry.name)),
    );
    for (const entry of entries) if (entry.isDirectory()) note(path.join(inside, entry.name));
  };
  note('');
}

/** Makes the folder what its disk has of it. */
function cutPower(folder: string, shadow: string): void {
  const [names, content] = [path.join(shadow, 'names'), path.join(shadow, 'content')];
  const after = `${folder}.after`;
  const restore = (inside: string) => {
    mkdirSync(path.join(after, inside), { recursive: true });
    const list = path.join(names, inside, '.names');
    if (!existsSync(list)) return;
    for (const name of JSON.parse(readFileSync(list, 'utf8')) as string[]) {
      const one = path.join(inside, name);
      const now = path.join(folder, one);
      // What had been removed is gone.
      if (!existsSync(now) && !isKept(one)) continue;
      if (existsSync(path.join(names, one, '.names'))) restore(one);
      else if (existsSync(path.join(content, one)))
        cpSync(path.join(content, one), path.join(after, one), { recursive: true });
      else if (existsSync(now)) writeFileSync(path.join(after, one), '');
    }
  };
  restore('');
  rmSync(folder, { recursive: true });
  renameSync(after, folder);
}

/** The database's own files are put back as a whole: those of one moment belong together. */
function isKept(inside: string): boolean {
  return inside.split(path.sep)[0] === 'pgdata';
}
