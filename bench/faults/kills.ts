/** A run that is killed a hundred times. */
import { setTimeout as pause } from 'node:timers/promises';
import { seededNumbers } from '../../test/support/instants.ts';
import { settleAccounts } from './account.ts';
import { type Claims, claimSound } from './claims.ts';
import { startFaultyProvider } from './provider.ts';
import { makeStudy, readStored, startRun } from './study.ts';

const WORKERS = 16;
const LATENCY_MS = 300;
/** From the first call of a process to its death, at most. */
const LONGEST_MS = 1200;

export async function benchKills(
  claims: Claims,
  seed: number,
  small: boolean,
  postgres: string,
): Promise<void> {
  for (const kind of ['embedded', 'PostgreSQL'] as const) {
    const kills = small ? 8 : 100;
    const experiments = kills * 40;
    const random = seededNumbers(seed);
    await using study = await makeStudy({
      postgres: kind === 'PostgreSQL' ? postgres : undefined,
      experiments,
    });
    let onCall = () => {};
    await using provider = await startFaultyProvider({
      seed,
      latencyMs: LATENCY_MS,
      onCall: () => onCall(),
    });
    let early = 0;
    for (let kill = 0; kill < kills; kill++) {
      const called = new Promise<void>((resolve) => {
        onCall = resolve;
      });
      const run = startRun(study, WORKERS, { baseUrl: provider.baseUrl });
      // Every tenth before it has called anybody, perhaps while it brings in what the last one
      // left.
      const soon = kill % 10 === 9;
      if (!soon) await Promise.race([called, run.ended]);
      await pause(random(LONGEST_MS));
      run.child.kill('SIGKILL');
      if ((await run.ended).signal !== 'SIGKILL') early++;
    }
    const last = await startRun(study, WORKERS, { baseUrl: provider.baseUrl }).ended;
    const of = `${kind}, ${kills} kills, ${experiments} experiments`;
    claims.atMost(`${of}: processes that ended before they were killed`, early, 0);
    claims.atMost(`${of}: exit code of the last run`, last.code ?? -1, 0);
    const account = settleAccounts(experiments, provider.calls, await readStored(study));
    claimSound(claims, of, account);
    claims.tell(`${of}: calls`, account.calls);
    claims.tell(`${of}: calls reported as of unknown fate`, account.unknownFate);
    claims.tell(`${of}: those of them that had never left`, account.unsentCalls);
  }
}
