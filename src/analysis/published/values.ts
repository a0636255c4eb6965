import { isAvailable, type NotAvailable } from '../../statistics/not-available.ts';

/** The published rows give no reasons: what does not exist is null. */
export function orNull<Value>(result: Value | NotAvailable): Value | null {
  return isAvailable(result) ? result : null;
}
