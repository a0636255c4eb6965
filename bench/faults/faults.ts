/**
 * A provider that fails in every way at once: does everything succeed, is everything accounted for,
 * and what does it cost in time?
 */
import { settleAccounts } from './account.ts';
import { type Claims, claimSound } from './claims.ts';
import { type FaultPlan, faultOf, startFaultyProvider } from './provider.ts';
import { makeStudy, readStored, startRun } from './study.ts';

const PLAN: FaultPlan = {
  throttled: 0.1,
  broken: 0.1,
  cut: 0.05,
  hung: 0.05,
  fenced: 0.1,
  truncated: 0.1,
  incomplete: 0.1,
  refused: 0.03,
};
const WORKERS = 64;
/** So long that waiting for the provider, and not this machine, is what takes the time. */
const LATENCY_MS = 500;
const TIMEOUT_MS = 3000;
const RETRY_AFTER_S = 1;
const INVOCATIONS = 3;

const OUTCOMES: Readonly<Record<string, string>> = {
  none: 'answered',
  fenced: 'answered',
  truncated: 'truncated',
  incomplete: 'invalid',
  refused: 'refused',
  throttled: 'failed',
  broken: 'failed',
  cut: 'failed',
  hung: 'failed',
};

export async function benchFaults(
  claims: Claims,
  seed: number,
  small: boolean,
  postgres: string,
): Promise<void> {
  const experiments = small ? 600 : 5000;
  await using study = await makeStudy({ postgres, experiments });
  await using provider = await startFaultyProvider({
    seed,
    latencyMs: LATENCY_MS,
    faults: PLAN,
    retryAfterS: RETRY_AFTER_S,
  });
  const refused = persons(experiments).filter((person) => isRefused(seed, person)).length;
  const config = {
    providers: {
      openai: {
        timeout_s: TIMEOUT_MS / 1000,
        retry: { attempts: 12, same_in_a_row: 12, base_delay_s: 0.2, max_delay_s: 2 },
      },
    },
  };
  let elapsed = 0;
  let invocations = 0;
  let stored = await readStored(study);
  while (invocations < INVOCATIONS && stored.succeeded.size < experiments - refused) {
    invocations++;
    const begun = performance.now();
    await startRun(study, WORKERS, { baseUrl: provider.baseUrl, config }).ended;
    elapsed += performance.now() - begun;
    stored = await readStored(study);
  }
  const of = `${experiments} experiments, 60 % of calls with a fault`;
  claims.atMost(`${of}: invocations`, invocations, INVOCATIONS);
  claimSound(claims, of, {
    ...settleAccounts(experiments, provider.calls, stored),
    open: experiments - refused - stored.succeeded.size,
  });
  const kinds = stored.calls.filter(({ index, kind, outcome }) => {
    if (index === null) return false;
    const { fault } = provider.calls[index]!;
    return (
      outcome !== OUTCOMES[fault ?? 'none'] || (fault === 'throttled') !== (kind === 'throttled')
    );
  });
  claims.atMost(`${of}: calls stored as something else than what happened`, kinds.length, 0);
  const asked = stored.calls.filter((call) => call.outcome === 'refused');
  claims.atMost(
    `${of}: refusals per refused person and invocation`,
    asked.length / (refused * invocations),
    1,
  );
  const ideal = perfectMs(seed, experiments);
  claims.tell(`${of}: seconds`, elapsed / 1000);
  claims.atMost(`${of}: time / time of one who knows everything beforehand`, elapsed / ideal, 1.3);
}

function persons(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

function isRefused(seed: number, person: number): boolean {
  return faultOf({ refused: PLAN.refused! }, seed, person, 0) === 'refused';
}

/**
 * What the same faults cost at least: never a place empty while anything is to be called, no wait
 * but the one that the provider asks for, everything in one invocation that starts in no time.
 */
function perfectMs(seed: number, experiments: number): number {
  const places = new Array<number>(WORKERS).fill(0);
  const fresh = persons(experiments).map((person) => ({ person, n: 0, at: 0 }));
  const again: { person: number; n: number; at: number }[] = [];
  let end = 0;
  for (let next = 0; next < fresh.length || again.length > 0; ) {
    const place = places.indexOf(Math.min(...places));
    const now = places[place]!;
    again.sort((a, b) => a.at - b.at);
    const due = again[0] !== undefined && (again[0].at <= now || next === fresh.length);
    const { person, n, at } = due ? again.shift()! : fresh[next++]!;
    const fault = faultOf(PLAN, seed, person, n);
    const begun = Math.max(now, at);
    const done = begun + (fault === 'throttled' ? 0 : fault === 'hung' ? TIMEOUT_MS : LATENCY_MS);
    places[place] = done;
    end = Math.max(end, done);
    if (fault === null || fault === 'fenced' || fault === 'refused') continue;
    again.push({ person, n: n + 1, at: done + (fault === 'throttled' ? RETRY_AFTER_S * 1000 : 0) });
  }
  return end;
}
