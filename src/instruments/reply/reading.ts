/** What a reply says of one item. */
import { beginning } from '../../shorten.ts';

export type Reading =
  | Said
  /** Nothing, or that nothing will be said. */
  | { readonly kind: 'nothing' }
  | Unreadable;

export interface Unreadable {
  readonly kind: 'unreadable';
  readonly code: UnreadableCode;
  /** Reads after "item 3: ". */
  readonly problem: string;
}

/** What can be kept of a reply. */
export type Said =
  /** Value of an option, or a number where the item asks for one. */
  | { readonly kind: 'answer'; readonly value: number }
  | { readonly kind: 'text'; readonly text: string }
  /** Option value to probability, of every option shown. */
  | { readonly kind: 'probabilities'; readonly byValue: ReadonlyMap<number, number> };

type UnreadableCode =
  | 'off_scale'
  | 'not_an_answer'
  | 'no_answer'
  | 'contradiction'
  | 'too_long'
  | 'unknown_option'
  | 'missing_options'
  | 'not_summing_to_1';

const LONGEST_QUOTATION = 60;

/** @param what reads after the quoted text */
export function unreadable(code: UnreadableCode, text: string, what: string): Unreadable {
  return { kind: 'unreadable', code, problem: `${quote(text)} ${what}` };
}

export function isSaid(reading: Reading): reading is Said {
  return reading.kind !== 'nothing' && reading.kind !== 'unreadable';
}

export function saysTheSame(one: Said, other: Said): boolean {
  switch (one.kind) {
    case 'answer':
      return other.kind === 'answer' && other.value === one.value;
    case 'text':
      return other.kind === 'text' && other.text === one.text;
    case 'probabilities':
      return (
        other.kind === 'probabilities' &&
        [...one.byValue].every(([value, probability]) => other.byValue.get(value) === probability)
      );
  }
}

/** A piece of a reply, short enough for a message. */
export function quote(text: string): string {
  return JSON.stringify(
    text.length > LONGEST_QUOTATION ? `${beginning(text, LONGEST_QUOTATION - 1)}…` : text,
  );
}
