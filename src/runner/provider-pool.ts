/**
 * The providers that a run has opened, and everything that all calls to one provider or model
 * share.
 */
import { dateOf, type Timing } from '../clock.ts';
import { type Config, providerSection } from '../config/config.ts';
import type { RetryPolicy } from '../config/schema.ts';
import type { ModelEntry } from '../models/catalogue.ts';
import { openProvider, type SimulatedInstrument } from '../providers/open.ts';
import type { Provider } from '../providers/provider.ts';
import { providerNotices, providerSettings } from '../providers/settings.ts';
import type { Budget } from './budget/run-budget.ts';
import { type Send, toProvider, withBudget, withJournal, withRateLimit, withSlot } from './call.ts';
import type { Journal } from './journal/journal.ts';
import type { CircuitBreaker } from './rate/circuit-breaker.ts';
import { ConcurrencyLimit } from './rate/in-flight.ts';
import { createBreaker, createRateLimiter, type RateLimiter } from './rate/rate-limiter.ts';
import type { Slot } from './slots.ts';
import { createFailureMonitor, type FailureMonitor } from './stop-rules.ts';

export interface ProviderPoolOptions {
  readonly config: Config;
  /** Calls in flight at the same time. */
  readonly workers: number;
  readonly timing: Timing;
  /** In place of the providers that the configuration names. */
  readonly provider?: ((name: string) => Provider | Promise<Provider>) | undefined;
  /** What a simulated model knows. */
  readonly instruments?: (() => readonly SimulatedInstrument[]) | undefined;
  readonly onNotice: (message: string) => void;
}

/** What the layers around a provider need. */
export interface CallTools {
  readonly slot: Slot;
  readonly budget: Budget;
  readonly journal: Journal;
  /** Once this is aborted, no further call starts. */
  readonly stop: AbortSignal;
  /** Once this is aborted, calls in flight are aborted as well. */
  readonly abort: AbortSignal;
}

const BECAUSE = {
  quota: 'queued for quota until',
  throttled: 'rate-limited until',
  unavailable: 'paused while the provider is unavailable, next attempt at',
} as const;

export class ProviderPool implements AsyncDisposable {
  readonly #options: ProviderPoolOptions;
  readonly #open = new Map<string, Promise<Provider>>();
  /** Providers whose notices have been shown. */
  readonly #noticed = new Set<string>();
  readonly #limiters = new Map<string, { readonly limiter: RateLimiter; readonly label: string }>();
  readonly #breakers = new Map<string, CircuitBreaker>();
  readonly #inFlight = new Map<string, ConcurrencyLimit>();
  readonly #monitors = new Map<string, FailureMonitor>();

  constructor(options: ProviderPoolOptions) {
    this.#options = options;
  }

  /** The chain of layers that one task's calls go through. */
  async sendWith(
    { slot, budget, journal, stop, abort }: CallTools,
    model: ModelEntry,
  ): Promise<Send> {
    const provider = toProvider(await this.#provider(model), abort);
    const funded = withBudget(budget, stop, withJournal(journal, stop, provider));
    return withSlot(slot, withRateLimit(this.#limiter(model), stop, funded));
  }

  policy(name: string): RetryPolicy {
    return providerSection(this.#options.config, name).retry;
  }

  /** Whether all models of the account share its quotas. */
  hasOneQuota(name: string): boolean {
    return providerSection(this.#options.config, name).limits.per === 'account';
  }

  /** What this run knows about the failures of a provider. */
  monitorOf(name: string): FailureMonitor {
    return entry(this.#monitors, name, () => createFailureMonitor(this.policy(name)));
  }

  /** What calls wait for, how many and until when; null when no call waits. */
  get waitingFor(): string | null {
    const { timing } = this.#options;
    const parts = [...this.#limiters.values()].flatMap(({ limiter, label }) => {
      const { waiting } = limiter;
      if (waiting === null) return [];
      const calls = waiting.calls === 1 ? '1 call' : `${waiting.calls} calls`;
      const until = new Date(waiting.until + dateOf(timing) - timing.now());
      return [
        `${calls} to ${label} ${BECAUSE[waiting.why]} ${until.toISOString().slice(11, 19)} UTC`,
      ];
    });
    return parts.length === 0 ? null : parts.join('; ');
  }

  /** Each region has a client of its own. */
  #provider({ provider: name, region }: ModelEntry): Promise<Provider> {
    const { config, workers, provider: given, instruments, onNotice } = this.#options;
    return entry(this.#open, `${name} ${region ?? ''}`, () => {
      if (given !== undefined) return Promise.resolve(given(name));
      if (!this.#noticed.has(name)) {
        this.#noticed.add(name);
        for (const message of providerNotices(config, name)) onNotice(message);
      }
      const settings = providerSettings(config, name, region, workers);
      return openProvider(
        settings.type === 'simulated' && instruments !== undefined
          ? { ...settings, instruments: instruments() }
          : settings,
      );
    });
  }

  /** Quotas belong to a model in a region, unless the whole account shares them. */
  #limiter({ provider: name, region, modelId }: ModelEntry): RateLimiter {
    const { config, workers, timing } = this.#options;
    const { limits, retry, max_workers: most } = providerSection(config, name);
    const ofAccount = limits.per === 'account';
    const key = ofAccount ? name : [name, region ?? '', modelId].join(' ');
    return entry(this.#limiters, key, () => ({
      label: ofAccount ? name : `${name}/${modelId}`,
      limiter: createRateLimiter({
        waits: retry,
        ceiling: Math.min(workers, most ?? workers),
        timing,
        requestsPerMinute: limits.requests_per_minute ?? null,
        tokensPerMinute: limits.tokens_per_minute ?? null,
        share: limits.share,
        breaker: entry(this.#breakers, `${name} ${region ?? ''}`, () =>
          createBreaker(retry, timing),
        ),
        inFlight: entry(
          this.#inFlight,
          name,
          () => new ConcurrencyLimit(most ?? Number.POSITIVE_INFINITY),
        ),
      }),
    })).limiter;
  }

  async [Symbol.asyncDispose]() {
    if (this.#options.provider !== undefined) return;
    const opened = await Promise.allSettled(this.#open.values());
    await Promise.all(
      opened.map((one) =>
        one.status === 'fulfilled' ? one.value[Symbol.asyncDispose]() : undefined,
      ),
    );
  }
}

/** The entry of a map, made when it is missing. */
function entry<K, E>(map: Map<K, E>, key: K, make: () => E): E {
  let found = map.get(key);
  if (found === undefined) {
    found = make();
    map.set(key, found);
  }
  return found;
}
