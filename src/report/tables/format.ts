/**
 * Numbers as text for people: corrected tables, captions and figures. What the published code
 * printed is in `published-text.ts`.
 */
import { formatCount } from '../../numbers.ts';
import { formatFixed } from './custom-format.ts';

/** Stands where a statistic does not exist. */
export const NOT_AVAILABLE = 'n/a';
/** Stands where a statistic is not asked for. */
export const DOES_NOT_APPLY = '–';

const MINUS = '\u2212';
/** Below this p-values are given as a bound. */
const SMALLEST_P = 0.001;

/** From here on decimals say nothing to people. */
const LARGE = 1000;

/**
 * With a true minus sign, and without one before what rounds to 0. Large numbers, such as amounts of
 * money, are whole.
 */
export function formatNumber(value: number, decimals: number): string {
  const size = Math.abs(value);
  const text = size < LARGE ? formatFixed(size, decimals) : formatCount(Math.round(size));
  return value < 0 && /[1-9]/.test(text) ? `${MINUS}${text}` : text;
}

/** With a sign always, but for what rounds to 0. */
export function formatDifference(value: number, decimals: number): string {
  const text = formatNumber(value, decimals);
  return value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** Three decimals, never "0.000": "<0.001", and "1.000" for what rounds to 1. */
export function formatP(p: number): string {
  return p < SMALLEST_P ? `<${SMALLEST_P}` : formatFixed(p, 3);
}

/** As it stands in a sentence: "p = 0.020", "p < 0.001". */
export function describeP(p: number, name = 'p'): string {
  return p < SMALLEST_P ? `${name} < ${SMALLEST_P}` : `${name} = ${formatP(p)}`;
}

export function formatInterval(low: number, high: number, decimals: number): string {
  return `[${formatNumber(low, decimals)}, ${formatNumber(high, decimals)}]`;
}

/** An interval as it follows its value: " [0.26, 0.92]"; empty where there is none. */
export function afterValue(low: number | null, high: number | null, decimals: number): string {
  return low === null || high === null ? '' : ` ${formatInterval(low, high, decimals)}`;
}

/** What a difference says as it is shown, with two decimals. */
export function directionOf(difference: number): string {
  const shown = formatDifference(difference, 2);
  return shown.startsWith('+') ? 'higher' : shown.startsWith(MINUS) ? 'lower' : 'the same';
}

/** "40", or "39 to 40" where they differ; null where there is none. */
export function formatRange(counts: readonly number[]): string | null {
  if (counts.length === 0) return null;
  const low = counts.reduce((least, count) => Math.min(least, count));
  const high = counts.reduce((most, count) => Math.max(most, count));
  return low === high ? formatCount(low) : `${formatCount(low)} to ${formatCount(high)}`;
}

/** A mean number: "5", or "4.93" where persons have different ones. */
export function formatAdministrations(m: number): string {
  return Number.isInteger(m) ? formatCount(m) : formatNumber(m, 2);
}

/** "A", "A and B", "A, B and C"; "A, a; B and C" where names have commas themselves. */
export function formatList(names: readonly string[]): string {
  const separator = names.some((name) => name.includes(', ')) ? '; ' : ', ';
  return names.length < 2
    ? names.join('')
    : `${names.slice(0, -1).join(separator)}${separator === '; ' && names.length > 2 ? ';' : ''} and ${names.at(-1)}`;
}
