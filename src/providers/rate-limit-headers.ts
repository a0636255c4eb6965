/**
 * What the headers of a reply tell of the account's rate limits (`x-ratelimit-*`, as OpenAI and its
 * likes write them). Pure.
 */
import type { Headers } from './failures.ts';
import type { Allowance, RateLimit } from './provider.ts';

/** The limits that a reply tells, or null when it tells none. */
export function readRateLimit(headers: Headers): RateLimit | null {
  const requests = readAllowance(headers, 'requests');
  const tokens = readAllowance(headers, 'tokens');
  return requests === null && tokens === null ? null : { requests, tokens };
}

function readAllowance(headers: Headers, what: 'requests' | 'tokens'): Allowance | null {
  const limit = count(headers[`x-ratelimit-limit-${what}`]);
  const remaining = count(headers[`x-ratelimit-remaining-${what}`]);
  if (limit === null && remaining === null) return null;
  return { limit, remaining, resetMs: durationMs(headers[`x-ratelimit-reset-${what}`]) };
}

function count(value: string | undefined): number | null {
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : null;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};

/**
 * `6m0s`, `1.5s`, `120ms`: Go's way of writing durations. Anything else tells nothing that could be
 * relied on.
 */
function durationMs(value: string | undefined): number | null {
  if (value === undefined || !/^(?:\d+(?:\.\d+)?(?:ms|[dhms]))+$/.test(value)) return null;
  let total = 0;
  for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g))
    total += Number(amount) * UNIT_MS[unit!]!;
  return Math.ceil(total);
}
