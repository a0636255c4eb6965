/**
 * One process's lease on the study's budget. While the study has no limits, it only reports what
 * was spent, now and then; with limits, every call is reserved in the database before it is sent,
 * many at a time.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../../db/connect.ts';
import { messageOf } from '../../errors.ts';
import {
  type Amounts,
  excess,
  isLimited,
  type Limits,
  minus,
  NOTHING,
  plus,
  type StudyBudget,
} from './amounts.ts';
import { closeLease, type ProcessSpending, reconcile, syncLease } from './budget-store.ts';

export interface BudgetLease extends AsyncDisposable {
  /** Limits of the study, as last read. */
  readonly limits: Limits;
  /**
   * Reserves an amount. Waits while calls in flight, here or elsewhere, may turn out cheaper and
   * leave room.
   * @returns null when it is reserved, or the budget that leaves no room for it; `stopped` when the
   *   wait was ended
   */
  reserve(most: Amounts, stop: AbortSignal): Promise<StudyBudget | 'stopped' | null>;
  /** Adds to what is reserved, whether there is room or not: it has been spent already. */
  raise(by: Amounts): void;
  /**
   * Replaces a reservation by what was spent.
   * @param unconfirmed true when it is unknown whether that much was spent; it counts as spent, and
   *   as unconfirmed once the process ends
   */
  settle(most: Amounts, spent: Amounts, unconfirmed?: boolean): void;
}

/** Interval at which limits are read and spending is reported. */
const SYNC_MS = 2000;
/** A budget that is exhausted by calls in flight elsewhere is read again after this time. */
const FULL_MS = 200;
const ERROR_RETRY_MS = 1000;
/** Calls reserved in one transaction. */
const MOST_AT_ONCE = 256;

interface Waiting {
  readonly most: Amounts;
  readonly answer: (answer: StudyBudget | 'stopped' | null) => void;
  stopped: boolean;
}

/** @param onError called when the database does not answer; the sync is retried */
export async function openBudgetLease(
  database: Database,
  onError: (error: Error) => void,
): Promise<BudgetLease> {
  const lease = new OpenLease(database, onError, await reconcile(database));
  await lease.beat();
  return lease;
}

class OpenLease implements BudgetLease {
  readonly #database: Database;
  readonly #onError: (error: Error) => void;
  readonly #id = randomUUID();
  readonly #timer: NodeJS.Timeout;
  #limits: Limits;
  #mine: ProcessSpending = { spent: NOTHING, reserved: NOTHING };
  #unconfirmed = NOTHING;
  #waiting: Waiting[] = [];
  #serving = false;
  /** One sync at a time, so that no report is older than the one before. */
  #last: Promise<unknown> = Promise.resolve();
  #settled: () => void = () => {};
  #failing = false;

  constructor(database: Database, onError: (error: Error) => void, budget: StudyBudget) {
    this.#database = database;
    this.#onError = onError;
    this.#limits = budget.limits;
    this.#timer = setInterval(() => {
      this.beat().catch((error: unknown) => this.#report(error));
    }, SYNC_MS);
  }

  get limits(): Limits {
    return this.#limits;
  }

  async beat(): Promise<void> {
    await this.#sync([]);
  }

  async reserve(most: Amounts, stop: AbortSignal): Promise<StudyBudget | 'stopped' | null> {
    if (stop.aborted) return 'stopped';
    if (!isLimited(this.#limits)) {
      this.#mine = { ...this.#mine, reserved: plus(this.#mine.reserved, most) };
      return null;
    }
    const { promise, resolve } = Promise.withResolvers<StudyBudget | 'stopped' | null>();
    const waiting: Waiting = { most, answer: resolve, stopped: false };
    const onStop = () => {
      waiting.stopped = true;
      resolve('stopped');
      this.#settled();
    };
    stop.addEventListener('abort', onStop, { once: true });
    this.#waiting.push(waiting);
    void this.#serve();
    try {
      return await promise;
    } finally {
      stop.removeEventListener('abort', onStop);
    }
  }

  raise(by: Amounts): void {
    this.#mine = { ...this.#mine, reserved: plus(this.#mine.reserved, by) };
  }

  settle(most: Amounts, spent: Amounts, unconfirmed = false): void {
    if (unconfirmed) this.#unconfirmed = plus(this.#unconfirmed, spent);
    this.#mine = {
      spent: plus(this.#mine.spent, spent),
      reserved: minus(this.#mine.reserved, most),
    };
    this.#settled();
  }

  /** Serves waiting reservations until there are none. */
  async #serve(): Promise<void> {
    if (this.#serving) return;
    this.#serving = true;
    for (;;) {
      this.#waiting = this.#waiting.filter((one) => !one.stopped);
      const batch = this.#waiting.slice(0, MOST_AT_ONCE);
      if (batch.length === 0) break;
      try {
        const { granted, budget } = await this.#sync(batch.map((one) => one.most));
        for (const one of batch.slice(0, granted)) {
          if (one.stopped) this.settle(one.most, NOTHING);
          else one.answer(null);
        }
        this.#waiting.splice(0, granted);
        if (granted < batch.length) await this.#whenFull(batch[granted]!, budget);
      } catch (error) {
        this.#report(error);
        await this.#orSettled(ERROR_RETRY_MS);
      }
    }
    this.#serving = false;
  }

  /**
   * Denies reservations where no call in flight could turn out cheaper, or where even that would
   * not help.
   */
  async #whenFull(first: Waiting, budget: StudyBudget): Promise<void> {
    const certain = plus(plus(budget.spent, budget.unconfirmed), first.most);
    if (budget.reserved.calls > 0 && excess(certain, budget.limits) === null) {
      await this.#orSettled(FULL_MS);
      return;
    }
    for (const one of this.#waiting.splice(0)) one.answer(budget);
  }

  async #orSettled(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#settled = resolve;
    await Promise.race([promise, pause(milliseconds)]);
  }

  #sync(wanted: readonly Amounts[]): ReturnType<typeof syncLease> {
    const next = this.#last.then(async () => {
      const result = await syncLease(this.#database, this.#id, this.#mine, wanted);
      const reserved = wanted.slice(0, result.granted).reduce(plus, NOTHING);
      this.#mine = { ...this.#mine, reserved: plus(this.#mine.reserved, reserved) };
      this.#limits = result.budget.limits;
      this.#failing = false;
      return result;
    });
    this.#last = next.catch(() => {});
    return next;
  }

  #report(error: unknown): void {
    if (!this.#failing) this.#onError(error instanceof Error ? error : new Error(messageOf(error)));
    this.#failing = true;
  }

  async [Symbol.asyncDispose]() {
    clearInterval(this.#timer);
    await this.#last;
    try {
      await closeLease(this.#database, this.#id, this.#mine, this.#unconfirmed);
    } catch (error) {
      // Other processes end this lease once its heartbeat is overdue; whatever needs the database
      // reports the error.
      this.#report(error);
    }
  }
}
