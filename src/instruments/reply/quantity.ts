/** The number that an item asks for, as people write numbers: `45000`, `45,000`, `€45 000`. */
import type { NumberFormat } from '../structure.ts';
import { meansNothing, plainText, withPlainMinus } from './plain-text.ts';
import { type Reading, unreadable } from './reading.ts';
import { replyWords } from './words.ts';

/** @param isBare whether it stood without quotes in JSON, where a point is a decimal point */
export type QuantityReader = (text: string, isBare: boolean) => Reading;

/** A longer text is no number. */
const LONGEST_NUMBER = 80;

const SPACED = /^(\d{1,3}(?:([ '’])\d{3})(?:\2\d{3})*)(?:[.,](\d+))?$/;
const GROUPED = /^(\d{1,3}([.,])\d{3}(?:\2\d{3})+)$/;
const GROUPED_WITH_DECIMALS = /^(\d{1,3}(?:,\d{3})+)\.(\d+)$|^(\d{1,3}(?:\.\d{3})+),(\d+)$/;
const TWO_PARTS = /^(\d+)([.,])(\d+)$/;

/** A number that may be meant. */
interface Candidate {
  readonly value: number;
  /** Digits after the decimal point, without zeros at the end. */
  readonly decimals: number;
}

/**
 * Three digits after a comma or a point are thousands, unless so many decimals are allowed: then
 * the bounds decide. Where both may be meant, nothing is read.
 */
export function quantityReader(format: NumberFormat): QuantityReader {
  const { min, max, decimals } = format;
  const units = unitsOf(format.unit);
  return (text, isBare) => {
    const unknown = (what: string) => unreadable('not_an_answer', text, what);
    if (text.length > LONGEST_NUMBER) return unknown('is not a number');
    const plain = plainText(text);
    if (meansNothing(plain)) return { kind: 'nothing' };
    const [written, other] = candidatesOf(
      withoutUnit(withPlainMinus(plain), units),
      format,
      isBare,
    );
    if (written === undefined) return unknown('is not a number');
    if (other !== undefined) return unknown(`can mean ${written.value} or ${other.value}`);
    if (!isWithin(format)(written))
      return unreadable('off_scale', text, `is not between ${min} and ${max}`);
    if (written.decimals > decimals)
      return unknown(
        decimals === 0 ? 'is not a whole number' : `has more than ${decimals} decimals`,
      );
    return { kind: 'answer', value: written.value };
  };
}

function candidatesOf(plain: string, format: NumberFormat, isBare: boolean): Candidate[] {
  const [, sign = '', digits = ''] = /^([+-]?) ?(\d.*)$/.exec(plain) ?? [];
  const number = (whole: string, fraction = ''): Candidate => {
    const significant = withoutEndingZeros(fraction);
    const size = Number(`${whole.replace(/\D/g, '')}.${significant}0`);
    return { value: sign === '-' && size !== 0 ? -size : size, decimals: significant.length };
  };
  if (/^\d+$/.test(digits)) return [number(digits)];
  const grouped = SPACED.exec(digits);
  if (grouped !== null) return [number(grouped[1]!, grouped[3])];
  const whole = GROUPED.exec(digits);
  if (whole !== null) return [number(whole[1]!)];
  const both = GROUPED_WITH_DECIMALS.exec(digits);
  if (both !== null) return [number(both[1] ?? both[3]!, both[2] ?? both[4])];
  const parts = TWO_PARTS.exec(digits);
  if (parts === null) return [];
  const [, before = '', mark, after = ''] = parts;
  const fraction = number(before, after);
  if (after.length > Math.max(format.decimals, 3)) return [];
  if (after.length !== 3 || before.length > 3 || before.startsWith('0')) return [fraction];
  const thousands = number(before + after);
  if (isBare && mark === '.') return format.decimals < 3 ? [thousands, fraction] : [fraction];
  return format.decimals < 3 ? [thousands] : [thousands, fraction].filter(isWithin(format));
}

function isWithin({ min, max }: NumberFormat): (candidate: Candidate) => boolean {
  return ({ value }) => value >= min && value <= max;
}

/** By hand: a pattern anchored at the end takes quadratic time on a long run of zeros. */
function withoutEndingZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end);
}

/** What may be written for a unit, longest first. */
function unitsOf(unit: string | null): string[] {
  if (unit === null) return [];
  const plain = plainText(unit);
  const singular = plain.endsWith('s') && plain.length > 2 ? [plain.slice(0, -1)] : [];
  return [plain, ...singular, ...(replyWords.currencies[plain] ?? [])].toSorted(
    (first, second) => second.length - first.length,
  );
}

function withoutUnit(plain: string, units: readonly string[]): string {
  for (const unit of units) {
    if (plain.startsWith(unit)) return plain.slice(unit.length).trim();
    if (plain.endsWith(unit)) return plain.slice(0, -unit.length).trim();
  }
  return plain;
}
