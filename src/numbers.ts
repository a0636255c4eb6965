/** Numbers as they are checked and shown everywhere. */
import { UserError } from './errors.ts';

/**
 * The largest integer of 32 bits: of PostgreSQL's `integer`, and of Node's timers in milliseconds.
 */
export const LARGEST_INTEGER = 2_147_483_647;

/** 1234567 as 1,234,567. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Dollars with as many digits as they are worth. */
export function formatDollars(value: number): string {
  return `$${value === 0 || value >= 1 ? value.toFixed(2) : value.toPrecision(2)}`;
}

/** @throws UserError if an option is not a positive integer */
export function requirePositive(value: number, option: string): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new UserError(`${option} must be a positive integer, not ${value}`, {
    code: 'number-invalid',
    hint: 'Pass a positive integer or omit the option.',
  });
}
