/**
 * The one way in which this room says that a statistic does not exist for the data at hand. Callers
 * print it as "n/a" with its reason; it can be mistaken neither for a number nor for a missing
 * property.
 */
export interface NotAvailable {
  readonly notAvailable: string;
}

/**
 * `reason` is a clause without a capital and without a full stop, such as "fewer than 2 values".
 */
export function notAvailable(reason: string): NotAvailable {
  return { notAvailable: reason };
}

export function isAvailable<Value>(result: Value | NotAvailable): result is Value {
  return !(typeof result === 'object' && result !== null && 'notAvailable' in result);
}
