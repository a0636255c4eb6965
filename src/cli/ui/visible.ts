/**
 * Texts of models, providers and files as a terminal may be given them. A control character can
 * move the cursor, rewrite what stands there, or set the window's title; a bidirectional override
 * shows a text in another order than it has. Both are shown by their numbers.
 */

/**
 * C0 without tab and line feed, DEL and C1, line separators, marks and overrides of direction. A
 * line feed may have its carriage return.
 */
const UNSAFE = /\r(?!\n)|[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
const HARMLESS: ReadonlySet<string> = new Set(['\n', '\t', '\r']);
const LINE_ENDS = /\s*[\t-\r\u0085\u2028\u2029]+\s*/g;

export function visible(text: string): string {
  return text.replaceAll(UNSAFE, (character, at: number) => {
    if (HARMLESS.has(character) && !(character === '\r' && text[at + 1] !== '\n')) return character;
    return `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`;
  });
}

/** The same on a single line, for what has no room for more. */
export function visibleOnOneLine(text: string): string {
  return visible(text.replaceAll(LINE_ENDS, ' '));
}

export function isVisible(text: string): boolean {
  return visibleOnOneLine(text) === text;
}
