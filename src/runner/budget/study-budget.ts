/**
 * A process's share of the study's budget. While the study has no limits it only keeps the books, once in a while; when it has,
 * every call is reserved in the database before it leaves, many at a time.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../../db/connect.ts';
import { messageOf } from '../../errors.ts';
import { type Amounts, excess, isLimited, type Limits, minus, NOTHING, plus, type StudyBudget } from './amounts.ts';
import { closeLease, type ProcessSpending, reconcile, syncLease } from './budget-store.ts';

export interface BudgetLease extends AsyncDisposable {
  /** Limits of the study, as last heard. */
  readonly limits: Limits;
  /**
   * Sets something aside. Waits while calls under way, here or elsewhere, may turn out to leave room.
   * @returns null when it is set aside, or the budget that leaves no room for it; `stopped` when that was not waited for
   */
  reserve(most: Amounts, stop: AbortSignal): Promise<StudyBudget | 'stopped' | null>;
  /**
   * What was set aside has become this.
   * @param lost true when nobody knows whether that much was spent; counted as spent, and in doubt once the process is done
   */
  settle(most: Amounts, spent: Amounts, lost?: boolean): void;
}

/** New limits are heard of, and what is spent is told, at least so often. */
const SYNC_MS = 2000;
/** A budget that is full of calls under way elsewhere is looked at again after this time. */
const FULL_MS = 200;
const TROUBLE_MS = 1000;
/** Calls reserved in one transaction. */
const MOST_AT_ONCE = 256;

interface Waiting {
  readonly most: Amounts;
  readonly answer: (answer: StudyBudget | 'stopped' | null) => void;
  stopped: boolean;
}

/** @param onTrouble told when the database does not answer; it is asked again */
export async function openBudgetLease(database: Database, onTrouble: (error: Error) => void): Promise<BudgetLease> {
  const ledger = new OpenLease(database, onTrouble, await reconcile(database));
  await ledger.beat();
  return ledger;
}

class OpenLease implements BudgetLease {
  readonly #database: Database;
  readonly #onTrouble: (error: Error) => void;
  readonly #id = randomUUID();
  readonly #timer: NodeJS.Timeout;
  #limits: Limits;
  #mine: ProcessSpending = { spent: NOTHING, reserved: NOTHING };
  #lost = NOTHING;
  #waiting: Waiting[] = [];
  #serving = false;
  /** One exchange at a time: what it tells must not be older than what was told before. */
  #last: Promise<unknown> = Promise.resolve();
  #settled: () => void = () => {};
  #troubled = false;

  constructor(database: Database, onTrouble: (error: Error) => void, budget: StudyBudget) {
    this.#database = database;
    this.#onTrouble = onTrouble;
    this.#limits = budget.limits;
    this.#timer = setInterval(() => {
      this.beat().catch((error: unknown) => this.#tell(error));
    }, SYNC_MS);
  }

  get limits(): Limits {
    return this.#limits;
  }

  async beat(): Promise<void> {
    await this.#exchange([]);
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

  settle(most: Amounts, spent: Amounts, lost = false): void {
    if (lost) this.#lost = plus(this.#lost, spent);
    this.#mine = { spent: plus(this.#mine.spent, spent), reserved: minus(this.#mine.reserved, most) };
    this.#settled();
  }

  /** Until nobody waits any more. */
  async #serve(): Promise<void> {
    if (this.#serving) return;
    this.#serving = true;
    for (;;) {
      this.#waiting = this.#waiting.filter((one) => !one.stopped);
      const batch = this.#waiting.slice(0, MOST_AT_ONCE);
      if (batch.length === 0) break;
      try {
        const { granted, budget } = await this.#exchange(batch.map((one) => one.most));
        for (const one of batch.slice(0, granted)) {
          if (one.stopped) this.settle(one.most, NOTHING);
          else one.answer(null);
        }
        this.#waiting.splice(0, granted);
        if (granted < batch.length) await this.#whenFull(batch[granted]!, budget);
      } catch (error) {
        this.#tell(error);
        await this.#orSettled(TROUBLE_MS);
      }
    }
    this.#serving = false;
  }

  /** Where nothing is under way that could turn out cheaper, or where not even that would help, there is no room. */
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

  #exchange(wanted: readonly Amounts[]): ReturnType<typeof syncLease> {
    const next = this.#last.then(async () => {
      const result = await syncLease(this.#database, this.#id, this.#mine, wanted);
      const reserved = wanted.slice(0, result.granted).reduce(plus, NOTHING);
      this.#mine = { ...this.#mine, reserved: plus(this.#mine.reserved, reserved) };
      this.#limits = result.budget.limits;
      this.#troubled = false;
      return result;
    });
    this.#last = next.catch(() => {});
    return next;
  }

  #tell(error: unknown): void {
    if (!this.#troubled) this.#onTrouble(error instanceof Error ? error : new Error(messageOf(error)));
    this.#troubled = true;
  }

  async [Symbol.asyncDispose]() {
    clearInterval(this.#timer);
    await this.#last;
    try {
      await closeLease(this.#database, this.#id, this.#mine, this.#lost);
    } catch (error) {
      // Its share is given up by others when it has been silent for a while; why the database is gone is told by what needs it.
      this.#tell(error);
    }
  }
}
