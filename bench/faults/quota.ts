/**
 * Quotas of requests and of tokens, enforced and told in headers: how much of them is used, and how
 * often they are overstepped.
 */
import { slidingWindow } from '../../test/support/modelled-provider.ts';
import type { Claims } from './claims.ts';
import { startFaultyProvider } from './provider.ts';
import { makeStudy, startRun } from './study.ts';

const REQUESTS = 500;
const TOKENS = 200_000;
const MINUTE = 60_000;

export async function benchQuota(
  claims: Claims,
  seed: number,
  small: boolean,
  postgres: string,
): Promise<void> {
  const minutes = small ? 3 : 10;
  await using study = await makeStudy({ postgres, experiments: REQUESTS * (minutes + 2) });
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  let first: number | null = null;
  await using provider = await startFaultyProvider({
    seed,
    latencyMs: 800,
    requests: slidingWindow(REQUESTS),
    tokens: slidingWindow(TOKENS),
    // With replies of 140 tokens on average, both quotas are used up at nearly the same time.
    inputTokens: 260,
    onCall: ({ at }) => {
      first ??= at;
      if (at >= first + minutes * MINUTE) end();
    },
  });
  const run = startRun(study, 64, { baseUrl: provider.baseUrl });
  await Promise.race([over, run.ended]);
  run.child.kill('SIGINT');
  await run.ended;
  // The first minute finds the quota whole, and later ones do not.
  const within = provider.calls.filter(
    ({ at }) => at >= first! + MINUTE && at < first! + minutes * MINUTE,
  );
  const accepted = within.filter((call) => call.fault !== 'over the quota');
  const share = Math.max(
    accepted.length / (REQUESTS * (minutes - 1)),
    accepted.reduce((sum, call) => sum + call.tokens, 0) / (TOKENS * (minutes - 1)),
  );
  const of = `${REQUESTS} requests and ${TOKENS} tokens in any minute, told, over ${minutes} minutes`;
  claims.atLeast(`${of}: share of the one that binds`, share, 0.95);
  const rejected = provider.calls.filter((call) => call.fault === 'over the quota').length;
  claims.atMost(`${of}: share of calls that were rejected`, rejected / provider.calls.length, 0.01);
}
