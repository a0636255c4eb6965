/**
 * The budget of a run, within that of the study. Calls in flight are reserved at their worst case,
 * so that no limit is exceeded.
 */
import { UserError } from '../../errors.ts';
import type { ModelEntry } from '../../models/catalogue.ts';
import type { Task } from '../task.ts';
import {
  type Amounts,
  describeAmount,
  excess,
  isUnconfirmed,
  type Limits,
  type Measure,
  minus,
  NOTHING,
  type PaidCall,
  plus,
  spentBy,
  total,
  worstCase,
} from './amounts.ts';
import type { BudgetLease } from './study-budget.ts';

/** What is reserved for one call. */
interface Reservation {
  readonly model: ModelEntry;
  readonly most: Amounts;
  /** By which the worst case of the request was multiplied. */
  readonly factor: number;
}

export interface Budget {
  /**
   * Reserves the worst case of a task's next call. Waits while calls in flight may turn out cheaper
   * and leave room.
   * @returns null when the budget is used up, or `stop` was aborted
   * @throws UserError when dollars are limited and the model has no price
   */
  reserve(task: Task<unknown>, stop: AbortSignal): Promise<Reservation | null>;
  /**
   * Raises a reservation to what its call took, where that is more: it is known as soon as the
   * reply is there, before it is on the disk, and before another call takes its place.
   */
  raise(reservation: Reservation, call: PaidCall): Reservation;
  /** @param call that the reservation was for, or null when it was not sent */
  settle(reservation: Reservation, call: PaidCall | null): void;
  /** Why a call was denied, in one line; null while none was. */
  readonly exhausted: string | null;
  /**
   * A limit that was exceeded nevertheless, by calls that used more than their requests allow; null
   * for none.
   */
  readonly passed: string | null;
}

const FLAGS: Readonly<Record<Measure, string>> = {
  usd: '--max-cost',
  tokens: '--max-tokens',
  calls: '--max-calls',
};

/**
 * @param limits of the run
 * @param lease on the study's budget
 */
export function createBudget(limits: Limits, lease: BudgetLease): Budget {
  let spent = NOTHING;
  let reserved = NOTHING;
  let exhausted: (() => string) | null = null;
  let passed: string | null = null;
  let settled = Promise.withResolvers<void>();
  /** By model, the factor by which calls have exceeded their worst case. */
  const factors = new Map<string, number>();

  const release = ({ most }: Reservation, actual: Amounts, unconfirmed: boolean) => {
    reserved = minus(reserved, most);
    spent = plus(spent, actual);
    lease.settle(most, actual, unconfirmed);
    notePassing((measure) => `the run's ${FLAGS[measure]}`, limits, spent);
    wake();
  };
  const wake = () => {
    settled.resolve();
    settled = Promise.withResolvers<void>();
  };
  const notePassing = (nameOf: (measure: Measure) => string, of: Limits, taken: Amounts) => {
    const measure = excess(taken, of);
    if (measure === null) return;
    const say = (value: number) => describeAmount(measure, value);
    passed = `${nameOf(measure)} is ${say(of[measure]!)}, and ${say(taken[measure])} ${taken[measure] === 1 ? 'is' : 'are'} spent`;
  };
  const deny = (describe: () => string): null => {
    exhausted ??= describe;
    wake();
    return null;
  };
  /** @returns false when the run's own limits leave no room */
  const reserveHere = async (most: Amounts, stop: AbortSignal): Promise<boolean> => {
    while (!stop.aborted && exhausted === null) {
      const lacking = excess(plus(spent, most), limits);
      if (lacking !== null) {
        // What is in flight is settled by the time that anybody asks.
        deny(() => describeDenial(`the run's ${FLAGS[lacking]}`, lacking, limits, spent, most));
        return false;
      }
      if (excess(plus(plus(spent, reserved), most), limits) === null) {
        reserved = plus(reserved, most);
        return true;
      }
      await orAborted(settled.promise, stop);
    }
    return false;
  };
  return {
    get exhausted() {
      return exhausted?.() ?? null;
    },
    get passed() {
      return passed;
    },
    async reserve(task, stop) {
      const { model } = task;
      if (model.price === null && (limits.usd !== null || lease.limits.usd !== null))
        throw withoutPrice(model, limits.usd === null);
      const factor = factors.get(model.name) ?? 1;
      const most = worstCase(task, factor);
      if (!(await reserveHere(most, stop))) return null;
      const answer = await lease.reserve(most, stop);
      if (answer === null) return { model, most, factor };
      reserved = minus(reserved, most);
      wake();
      if (answer === 'stopped') return null;
      const taken = total(answer);
      const lacking = excess(plus(taken, most), answer.limits);
      notePassing(() => "the study's budget", answer.limits, taken);
      return deny(() =>
        describeDenial("the study's budget", lacking ?? 'calls', answer.limits, taken, most),
      );
    },
    raise(reservation, call) {
      const { model, most, factor } = reservation;
      const actual = spentBy(call, model, most);
      const passed = Math.max(
        most.usd > 0 ? actual.usd / most.usd : 0,
        actual.tokens / most.tokens,
      );
      if (passed <= 1) return reservation;
      factors.set(model.name, Math.max(factors.get(model.name) ?? 1, factor * passed));
      const raised = {
        usd: Math.max(most.usd, actual.usd),
        tokens: Math.max(most.tokens, actual.tokens),
        calls: most.calls,
      };
      const more = minus(raised, most);
      reserved = plus(reserved, more);
      lease.raise(more);
      return { ...reservation, most: raised };
    },
    settle(reservation, call) {
      const { model, most } = reservation;
      const actual = call === null ? NOTHING : spentBy(call, model, most);
      release(reservation, actual, call !== null && isUnconfirmed(call));
    },
  };
}

/**
 * @param limits of the run, or of the study
 * @throws UserError naming the first model that has no price, when dollars are limited
 */
export async function requirePrices(
  limits: Limits,
  ofStudy: boolean,
  models: () => Promise<readonly ModelEntry[]>,
): Promise<void> {
  if (limits.usd === null) return;
  const model = (await models()).find((one) => one.price === null);
  if (model !== undefined) throw withoutPrice(model, ofStudy);
}

function describeDenial(
  whose: string,
  measure: Measure,
  limits: Limits,
  taken: Amounts,
  most: Amounts,
): string {
  const limit = limits[measure] ?? 0;
  const say = (amounts: Amounts) => describeAmount(measure, amounts[measure]);
  const left = describeAmount(measure, Math.max(0, limit - taken[measure]));
  return `${whose} is ${describeAmount(measure, limit)}: ${say(taken)} spent, ${left} left, and the next call may take ${say(most)}`;
}

function withoutPrice({ name }: ModelEntry, ofStudy: boolean): UserError {
  return ofStudy
    ? new UserError(
        `The model ${name} has no price, so the study's budget in dollars cannot be kept`,
        {
          code: 'price-missing',
          hint: `Add a price under models.${name}.price in the config file, or lift that limit with: personas budget --max-cost none.`,
        },
      )
    : new UserError(`The model ${name} has no price, so --max-cost cannot be kept`, {
        code: 'price-missing',
        hint: `Add a price under models.${name}.price in the config file, or leave --max-cost out.`,
      });
}

async function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>();
  const onAbort = () => aborted.resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  await Promise.race([promise, aborted.promise]);
  signal.removeEventListener('abort', onAbort);
}

/** Limits of a run as its options say them. */
export function limitsOf(options: {
  readonly maxCost?: number;
  readonly maxTokens?: number;
  readonly maxCalls?: number;
}): Limits {
  return {
    usd: options.maxCost ?? null,
    tokens: options.maxTokens ?? null,
    calls: options.maxCalls ?? null,
  };
}
