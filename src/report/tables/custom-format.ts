/** The ways in which the study's published code writes numbers. */

/** Below this a number is written as if it were 0, and so is every negative one. */
const SMALLEST = 1e-99;
/** Below this a number is written with an exponent. */
const SMALL = 0.01;

/**
 * Python's `f"{value:.{digits}f}"`: rounds the double's exact value, and a value that is exactly
 * between two texts to the even one, where `toFixed` takes the larger.
 */
export function formatFixed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  // A double is exactly halfway only when it is an odd number of halves of the last place's power
  // of 2.
  const isHalfway = (Math.abs(value) * 2 ** (digits + 1)) % 2 === 1;
  const last = Number(text.at(-1));
  return isHalfway && last % 2 === 1 ? `${text.slice(0, -1)}${last - 1}` : text;
}

/**
 * The study's `custom_format`: two decimals; an exponent below 0.01; `0.00` for every negative
 * number, for what is not there, and for infinities.
 */
export function customFormat(value: number | null): string {
  if (value === null || !Number.isFinite(value) || value < SMALLEST) return '0.00';
  if (value >= SMALL) return formatFixed(value, 2);
  const [digits, exponent] = value.toExponential(2).split('e-') as [string, string];
  return `${digits}E-${exponent.padStart(2, '0')}`;
}

/**
 * `str(round(value, 2))` of numpy's floats: rounds after multiplying, halves to even, and drops
 * closing zeros but one.
 */
export function formatRounded(value: number | null): string {
  if (value === null) return 'nan';
  const text = String(roundHalfEven(value * 100) / 100);
  return text.includes('.') ? text : `${text}.0`;
}

function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
