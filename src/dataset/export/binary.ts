/** Pieces that files of SPSS and Stata have in common; numbers are little-endian. */

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

export function int32s(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeInt32LE(value, 4 * at);
  return bytes;
}

/** In UTC, each with two digits but for the year, which has four, and the month's English name. */
export function stampOf(made: Date) {
  const two = (number: number) => String(number).padStart(2, '0');
  return {
    day: two(made.getUTCDate()),
    month: MONTHS[made.getUTCMonth()]!,
    year: String(made.getUTCFullYear()),
    hour: two(made.getUTCHours()),
    minute: two(made.getUTCMinutes()),
    second: two(made.getUTCSeconds()),
  };
}
