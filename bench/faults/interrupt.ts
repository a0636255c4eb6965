/** Ctrl-C at any moment. */
import { setTimeout as pause } from 'node:timers/promises';
import { seededNumbers } from '../../test/support/instants.ts';
import { settleAccounts } from './account.ts';
import { type Claims, claimSound } from './claims.ts';
import { type FaultPlan, startFaultyProvider } from './provider.ts';
import { makeStudy, readStored, startRun } from './study.ts';

const WORKERS = 16;
const LATENCY_MS = 300;
const TIMEOUT_S = 2;
/** Some wait for their next attempt, some for a reply that never comes. */
const PLAN: FaultPlan = { throttled: 0.1, broken: 0.1, hung: 0.05 };
/**
 * What a call takes from leaving the client until it is counted by the provider, which shares the
 * machine with it.
 */
const COUNTING_MS = 100;

export async function benchInterrupt(
  claims: Claims,
  seed: number,
  small: boolean,
  postgres: string,
): Promise<void> {
  const rounds = small ? 6 : 20;
  for (const kind of ['embedded', 'PostgreSQL'] as const) {
    const experiments = rounds * 60;
    const random = seededNumbers(seed);
    await using study = await makeStudy({
      postgres: kind === 'PostgreSQL' ? postgres : undefined,
      experiments,
    });
    let onCall = () => {};
    await using provider = await startFaultyProvider({
      seed,
      latencyMs: LATENCY_MS,
      faults: PLAN,
      onCall: () => onCall(),
    });
    const config = {
      providers: { openai: { timeout_s: TIMEOUT_S, retry: { attempts: 6, base_delay_s: 0.2 } } },
    };
    let latest = 0;
    let longest = 0;
    let longestAtOnce = 0;
    let late = 0;
    for (let round = 0; round < rounds; round++) {
      const called = new Promise<void>((resolve) => {
        onCall = resolve;
      });
      const run = startRun(study, WORKERS, { baseUrl: provider.baseUrl, config });
      if (round % 5 !== 4) await Promise.race([called, run.ended]);
      await pause(random(1500));
      const twice = round % 4 === 3;
      const before = provider.calls.length;
      const at = Date.now();
      run.child.kill('SIGINT');
      if (twice) {
        await pause(50 + random(200));
        run.child.kill('SIGINT');
        const second = Date.now();
        await run.ended;
        longestAtOnce = Math.max(longestAtOnce, Date.now() - second);
      } else {
        await run.ended;
        longest = Math.max(longest, Date.now() - at);
      }
      for (const call of provider.calls.slice(before)) {
        latest = Math.max(latest, call.at - at);
        if (call.at - at > COUNTING_MS) late++;
      }
    }
    const last = await startRun(study, WORKERS, { baseUrl: provider.baseUrl, config }).ended;
    const of = `${kind}, Ctrl-C at ${rounds} moments`;
    claims.atMost(`${of}: calls later than ${COUNTING_MS} ms after it`, late, 0);
    claims.tell(`${of}: the latest call, ms after it`, latest);
    claims.atMost(
      `${of}: longest until the end, s (timeout of a call: ${TIMEOUT_S} s)`,
      longest / 1000,
      TIMEOUT_S + 2,
    );
    claims.atMost(`${of}: longest after a second Ctrl-C, s`, longestAtOnce / 1000, 1);
    claims.atMost(`${of}: exit code of the last run`, last.code ?? -1, 0);
    claimSound(claims, of, settleAccounts(experiments, provider.calls, await readStored(study)));
  }
}
