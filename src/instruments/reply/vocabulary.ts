/** The meaning of one written answer: `"True"`, `4`, `Sí`, `4 - Agree`. */

import { beginning } from '../../shorten.ts';
import type { AskedItem, AskedOption } from '../asked/asked.ts';
import type { AnswerOption } from '../instrument.ts';

export type Reading =
  | { readonly kind: 'answer'; readonly value: number }
  | { readonly kind: 'nothing' }
  /** `problem` reads after "item 3: ". */
  | { readonly kind: 'unreadable'; readonly code: UnreadableCode; readonly problem: string };

type UnreadableCode = 'off_scale' | 'not_an_answer' | 'contradiction';

type Vocabulary = (text: string) => Reading;

/** A longer text is no answer; the bound also keeps the patterns below cheap. */
const LONGEST_ANSWER = 200;
const LONGEST_QUOTATION = 60;

const NUMBER_ALONE = /^[([]?([+-]?\d{1,9})(?:\.0+)?[)\]]?$/;
const NUMBER_TWICE = /^([+-]?\d{1,9}) ?[([]([+-]?\d{1,9})[)\]]$/;
const NUMBER_FIRST =
  /^[([]?([+-]?\d{1,9})(?:\.0+(?!\d))?[)\]]?(?:\s+|\s*[-–—:.,;=)\]]+\s*|(?=[([]))(.+)$/;
const NUMBER_LAST = /^(.*?[^\s\d([=:,.+–—-])(\s*[-–—:,=([]+\s*|\s+)([+-]?\d{1,9})[)\]]?$/;
/** Another minus than the one of the keyboard, and what cannot be seen. */
const MINUS = /[−‐‑﹣－]|[–—](?=\d)/g;
const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|\ufe0f/g;
const FULL_WIDTH_DIGIT = /[０-９]/g;
const ORNAMENTS = ' "\'“”‘’«»`*_¡✅✔☑✓';
const PUNCTUATION = '.!,;。！';
const NO_ANSWER = new Set(['', 'null', 'none', 'undefined', 'nan']);

/** The vocabulary of each item with answers to choose from, by item number. */
export function vocabulariesOf(items: readonly AskedItem[]): ReadonlyMap<number, Vocabulary> {
  const known = new Map<string, Vocabulary>();
  return new Map(
    items.map(({ item, options }) => {
      const key = `${item.answers?.id} ${options.map(({ option }) => option.value).join()}`;
      const vocabulary = known.get(key) ?? vocabularyOf(options);
      known.set(key, vocabulary);
      return [item.number, vocabulary];
    }),
  );
}

/**
 * Labels, synonyms and numbers of the answers shown, and the two combined where they do not
 * contradict each other.
 */
export function vocabularyOf(shown: readonly AskedOption[]): Vocabulary {
  const options = shown.map(({ option }) => option);
  const values = new Set(haveOtherNumbers(options) ? [] : options.map(({ value }) => value));
  const min = Math.min(...options.map(({ value }) => value));
  const max = Math.max(...options.map(({ value }) => value));
  const words = new Map<string, number>();
  for (const { value, label, synonyms } of options) {
    for (const word of [label, ...synonyms]) words.set(plainText(word), value);
  }

  const unreadable = (code: UnreadableCode, text: string, what: string): Reading => ({
    kind: 'unreadable',
    code,
    problem: `${quote(text)} ${what}`,
  });
  const offScale = (text: string) =>
    unreadable('off_scale', text, `is not between ${min} and ${max}`);
  const unknown = (text: string) => unreadable('not_an_answer', text, 'is not one of the answers');

  /** The values that a part of a label can mean: `Agree` is the beginning of two. */
  const meanings = (part: string): ReadonlySet<number> => {
    const exact = words.get(part);
    if (exact !== undefined) return new Set([exact]);
    return new Set(
      [...words].filter(([word]) => word.startsWith(`${part} `)).map(([, value]) => value),
    );
  };

  const combined = (text: string, number: number, label: string): Reading => {
    if (label === '' || /^[+-]?\d+$/.test(label)) return unknown(text);
    const meant = meanings(label);
    if (meant.size === 0) return unknown(text);
    if (!values.has(number)) return offScale(text);
    return meant.has(number)
      ? { kind: 'answer', value: number }
      : unreadable('contradiction', text, 'names two different answers');
  };

  return (text) => {
    if (text.length > LONGEST_ANSWER) return unknown(text);
    const plain = plainText(text);
    const word = words.get(plain) ?? words.get(plain.replace(/[_-]+/g, ' '));
    if (word !== undefined) return { kind: 'answer', value: word };
    if (NO_ANSWER.has(plain)) return { kind: 'nothing' };
    const signed = plain.replace(MINUS, '-');
    const alone = NUMBER_ALONE.exec(signed);
    if (alone !== null) {
      const value = numberOf(alone[1]!);
      return values.has(value) ? { kind: 'answer', value } : offScale(text);
    }
    // Where the label of 2 is "2", the prompt shows `2 (2)`.
    const [, twice, label] = NUMBER_TWICE.exec(signed) ?? [];
    if (twice !== undefined && twice === label && words.get(label) === numberOf(label))
      return { kind: 'answer', value: numberOf(label) };
    const first = NUMBER_FIRST.exec(signed);
    if (first !== null) return combined(text, numberOf(first[1]!), bareLabel(first[2]!));
    const last = NUMBER_LAST.exec(signed);
    if (last === null) return unknown(text);
    // A dash that touches the number is its sign where the scale has such numbers.
    const sign = min < 0 && last[2]!.endsWith('-') ? '-' : '';
    return combined(text, numberOf(`${sign}${last[3]!}`), bareLabel(last[1]!));
  };
}

/**
 * Whether the label of an option is another number than its value, such as `0` for 1. Numbers in a
 * reply are then labels, never values.
 */
export function haveOtherNumbers(
  options: readonly Pick<AnswerOption, 'value' | 'label'>[],
): boolean {
  return options.some(({ value, label }) => {
    const plain = plainText(label);
    return /^-?\d+$/.test(plain) && Number(plain) !== value;
  });
}

/** NaN for `-0` and `--1`, which nobody writes for a number of a scale. */
function numberOf(digits: string): number {
  return /^-0+$/.test(digits) ? Number.NaN : Number(digits);
}

/**
 * Case, spacing and ornaments (`**True**`, `'True'`, `True.`) taken off. A leading point or minus
 * stays: it makes another number.
 */
export function plainText(text: string): string {
  const folded = text
    .normalize('NFC')
    .toLowerCase()
    .replace(INVISIBLE, '')
    .replace(FULL_WIDTH_DIGIT, halfWidth)
    .replace(/\s+/g, ' ');
  let start = 0;
  let end = folded.length;
  // By hand: a pattern anchored at the end takes quadratic time on a long run of quotes.
  while (start < end && ORNAMENTS.includes(folded[start]!)) start += 1;
  while (end > start && (ORNAMENTS + PUNCTUATION).includes(folded[end - 1]!)) end -= 1;
  return folded.slice(start, end);
}

function halfWidth(digit: string): string {
  return String(digit.charCodeAt(0) - '０'.charCodeAt(0));
}

function bareLabel(text: string): string {
  return plainText(text.replace(/^[\s()[\]:=–—-]+|[\s()[\]]+$/g, ''));
}

/** A piece of a reply, short enough for a message. */
export function quote(text: string): string {
  return JSON.stringify(
    text.length > LONGEST_QUOTATION ? `${beginning(text, LONGEST_QUOTATION - 1)}…` : text,
  );
}
