/** Money that may be spent in a run. What is under way is reserved at its dearest, so that the limit is never passed. */
import { UserError } from '../errors.ts';
import type { ModelEntry } from '../providers/models.ts';
import { dearestCall, priceOf } from './estimate.ts';
import type { Task } from './task.ts';

export interface Budget {
  /** @returns the amount set aside for one call, or null when it might pass the limit */
  reserve(task: Task<unknown>): number | null;
  /** @param spent what the call cost, or null when that is not known: then what was reserved counts as spent */
  settle(reserved: number, spent: number | null): void;
  /** True once a call was denied. */
  readonly exhausted: boolean;
}

/** @param limitUsd US dollars, or null for no limit */
export function createBudget(limitUsd: number | null): Budget {
  if (limitUsd === null) return { reserve: () => 0, settle: () => {}, exhausted: false };
  let spentOrReserved = 0;
  let exhausted = false;
  return {
    get exhausted() {
      return exhausted;
    },
    reserve(task) {
      const most = priceOf(task.model, dearestCall(task));
      if (most === null) throw withoutPrice(task.model);
      if (spentOrReserved + most > limitUsd) {
        exhausted = true;
        return null;
      }
      spentOrReserved += most;
      return most;
    },
    settle(reserved, spent) {
      if (spent !== null) spentOrReserved += spent - reserved;
    },
  };
}

/** @throws UserError naming the first model that has no price */
export function requirePrices(models: readonly ModelEntry[]): void {
  const model = models.find((one) => one.price === null);
  if (model !== undefined) throw withoutPrice(model);
}

function withoutPrice({ name }: ModelEntry): UserError {
  return new UserError(`The model ${name} has no price, so --max-cost cannot be kept`, {
    hint: `Add a price under models.${name}.price in the config file, or leave --max-cost out.`,
  });
}
