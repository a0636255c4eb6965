/** Texts as they are compared: without what models vary. */
import { remembered } from './remembered.ts';
import { replyWords } from './words.ts';

/** Another minus than the one of the keyboard. */
const MINUS = /[−‐‑﹣－]|[–—](?=\d)/g;
const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|\ufe0f/g;
const FULL_WIDTH_DIGIT = /[０-９]/g;
const ORNAMENTS = ' "\'“”‘’«»`*_¡✅✔☑✓';
const PUNCTUATION = '.!,;。！';
const NOTHING = new Set(['', 'null', 'none', 'undefined', 'nan']);

/**
 * Case, spacing and ornaments (`**True**`, `'True'`, `True.`) taken off. A leading point or minus
 * stays: it makes another number.
 */
export const plainText = remembered((text: string): string => {
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
});

const DECLINES = new Set(replyWords.declines.map(plainText));

/** The text without any marks around it: models leave out a question mark, or add a colon. */
export function plainQuestion(text: string): string {
  const plain = [...plainText(text)];
  // By hand, as above.
  const isWord = (char: string) => /[\p{L}\p{N}]/u.test(char);
  return plain.slice(plain.findIndex(isWord), plain.findLastIndex(isWord) + 1).join('');
}

export function withPlainMinus(plain: string): string {
  return plain.replace(MINUS, '-');
}

/** @param plain see `plainText` */
export function meansNothing(plain: string): boolean {
  return NOTHING.has(plain) || DECLINES.has(plain);
}

function halfWidth(digit: string): string {
  return String(digit.charCodeAt(0) - '０'.charCodeAt(0));
}
