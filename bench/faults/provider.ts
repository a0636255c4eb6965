/**
 * The provider of the fault bench: keeps to a seeded plan of faults, enforces quotas and tells
 * them, and remembers every call, so that what the program stored can be held against what was
 * really said.
 */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type Behaviour,
  breaksDown,
  cutsBeforeReply,
  cutsHalfway,
  hangs,
  MisbehavingServer,
  refuses,
  type Seen,
  says,
  saysFenced,
  throttles,
  truncates,
} from '../../test/support/misbehaving-server.ts';
import type { Quota } from '../../test/support/modelled-provider.ts';
import { EPQRA, sheet } from '../../test/support/study.ts';

const FAULTS = ['throttled', 'broken', 'cut', 'hung', 'fenced', 'truncated', 'incomplete'] as const;
export type Fault = (typeof FAULTS)[number];
export type FaultPlan = Partial<Readonly<Record<Fault, number>>> & {
  /** Share of the persons whom the model refuses to impersonate, however often it is asked. */
  readonly refused?: number;
};

/** One call as the provider knows it. */
export interface Call {
  /** In the order of arrival; the id that its reply carries is `req-INDEX`. */
  readonly index: number;
  readonly person: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly fault: Fault | 'refused' | 'over the quota' | null;
  /** What a complete and valid reply says: true by item. */
  readonly answers: ReadonlyMap<number, boolean> | null;
  readonly tokens: number;
  readonly ended: Promise<unknown>;
}

export interface FaultyProviderOptions {
  readonly seed: number;
  readonly latencyMs: number;
  readonly faults?: FaultPlan;
  readonly retryAfterS?: number;
  /** Enforced, and told in the headers of every reply. */
  readonly requests?: Quota;
  readonly tokens?: Quota;
  /** Of a request, as the provider counts. Default: a quarter of its bytes. */
  readonly inputTokens?: number;
  /** Told of each call when its request has arrived. */
  readonly onCall?: (call: Call) => void;
}

export interface FaultyProvider extends AsyncDisposable {
  /** For OpenAI clients. */
  readonly baseUrl: string;
  readonly calls: readonly Call[];
}

/** What becomes of the n-th call (from 0) about a person; the same for the same seed. */
export function faultOf(
  plan: FaultPlan,
  seed: number,
  person: number,
  n: number,
): Fault | 'refused' | null {
  const refused = chance(seed, person, 0, 'refused') < (plan.refused ?? 0);
  let left = chance(seed, person, n, 'fault');
  for (const fault of FAULTS) {
    left -= plan[fault] ?? 0;
    if (left < 0) return refused && fault === 'fenced' ? 'refused' : fault;
  }
  return refused ? 'refused' : null;
}

export async function startFaultyProvider(options: FaultyProviderOptions): Promise<FaultyProvider> {
  const { seed, latencyMs, faults = {}, requests, tokens } = options;
  const calls: Call[] = [];
  const times = new Map<number, number>();
  const server = await MisbehavingServer.start(async (seen, index): Promise<Behaviour> => {
    const at = Date.now();
    const person = personOf(seen);
    const n = times.get(person) ?? 0;
    times.set(person, n + 1);
    const usage = {
      input: options.inputTokens ?? Math.round(seen.body.length / 4),
      output: 100 + Math.floor(chance(seed, person, n, 'length') * 80),
    };
    const used = usage.input + usage.output;
    const quotas = [
      ['requests', requests, 1],
      ['tokens', tokens, used],
    ] as const;
    const over = quotas.some(
      ([, quota, amount]) => quota !== undefined && quota.remaining(at) < amount,
    );
    if (!over) for (const [, quota, amount] of quotas) quota?.take(at, amount);
    const fault = over ? 'over the quota' : faultOf(faults, seed, person, n);
    const yes = (item: number) => chance(seed, person, n, `item ${item}`) < 0.5;
    const valid = fault === null || fault === 'fenced';
    const call: Call = {
      index,
      person,
      at,
      fault,
      answers: valid ? new Map(EPQRA.items.map((item) => [item.number, yes(item.number)])) : null,
      tokens: over ? 0 : used,
      ended: seen.ended,
    };
    calls.push(call);
    options.onCall?.(call);
    const headers = Object.assign(
      {},
      ...quotas.map(([what, quota]) =>
        quota === undefined ? {} : toldOf(what, quota, Date.now()),
      ),
    );
    if (fault === 'over the quota') return { ...throttles(), headers };
    if (fault === 'throttled') return throttles(String(options.retryAfterS ?? 1));
    await pause(latencyMs);
    const text = sheet(yes);
    switch (fault) {
      case 'broken':
        return breaksDown();
      case 'cut':
        return n % 2 === 0 ? cutsBeforeReply() : cutsHalfway(says(text, { usage }));
      case 'hung':
        return hangs();
      case 'fenced':
        return { ...saysFenced(text), usage, headers };
      case 'truncated':
        return truncates(text.slice(0, Math.floor(text.length / 2)));
      case 'incomplete':
        return says(text.replace(/"7":"\w+",/, ''), { usage, headers });
      case 'refused':
        return refuses();
      default:
        return says(text, { usage, headers });
    }
  });
  return {
    baseUrl: server.openaiBaseUrl,
    calls,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Whom a request is about; the personas of the bench say their number. */
function personOf(seen: Seen): number {
  return Number(/I am person (\d+)\b/.exec(seen.body.toString('utf8'))![1]);
}

function toldOf(what: string, quota: Quota, now: number): Record<string, string> {
  return {
    [`x-ratelimit-limit-${what}`]: String(quota.limit),
    [`x-ratelimit-remaining-${what}`]: String(Math.floor(quota.remaining(now))),
    [`x-ratelimit-reset-${what}`]: `${Math.ceil(quota.resetMs(now))}ms`,
  };
}

/** Uniform in [0, 1), the same for the same words. */
function chance(seed: number, person: number, n: number, what: string): number {
  return (
    createHash('sha256').update(`${seed} ${person} ${n} ${what}`).digest().readUInt32BE(0) / 2 ** 32
  );
}
