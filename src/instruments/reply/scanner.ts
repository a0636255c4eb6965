/**
 * Looking ahead in a text: white space, comments, keys. The last stretch of white space is
 * remembered and every other look is short, so that reading a text looks at each character a
 * bounded number of times.
 */

/**
 * Characters that were looked at. The tests hold that they grow with the length of a text, not with
 * its square.
 */
export interface Steps {
  characters: number;
}

const LONGEST_KEY = 160;
const DOUBLE_QUOTES = '"“”„‟«»＂';
const SINGLE_QUOTES = "'‘’‚‛‹›`´";
export const QUOTES = DOUBLE_QUOTES + SINGLE_QUOTES;
/** Those who think in Chinese or Japanese write full-width ones. */
export const COLONS = ':：';
export const COMMAS = ',，';
const BARE_KEY = /[\p{L}\p{N}_][\p{L}\p{N}_ .#-]{0,40}["'”’]?\s{0,40}[:：]/uy;

interface Stretch {
  readonly from: number;
  readonly to: number;
}

export class Scanner {
  readonly text: string;
  readonly steps: Steps;
  #space: Stretch = { from: 0, to: 0 };
  #inlineSpace: Stretch = { from: 0, to: 0 };

  constructor(text: string, steps: Steps) {
    this.text = text;
    this.steps = steps;
  }

  skipSpace(from: number): number {
    if (from >= this.#space.from && from < this.#space.to) return this.#space.to;
    let to = from;
    while (to < this.text.length && isSpace(this.text[to]!)) to += 1;
    this.steps.characters += to - from + 1;
    this.#space = { from, to };
    return to;
  }

  skipInlineSpace(from: number): number {
    if (from >= this.#inlineSpace.from && from < this.#inlineSpace.to) return this.#inlineSpace.to;
    let to = from;
    while (to < this.text.length && !isLineBreak(this.text[to]!) && isSpace(this.text[to]!))
      to += 1;
    this.steps.characters += to - from + 1;
    this.#inlineSpace = { from, to };
    return to;
  }

  isComment(at: number): boolean {
    const next = this.text[at + 1];
    // "#1" is an item.
    if (this.text[at] === '#') return /[\s\p{L}]/u.test(next ?? ' ');
    return this.text[at] === '/' && (next === '/' || next === '*');
  }

  /** Where the comment ends that begins at `at`. */
  endOfComment(at: number): number {
    const { text } = this;
    let to = at + 2;
    if (text[at] === '/' && text[at + 1] === '*') {
      const found = text.indexOf('*/', to);
      to = found === -1 ? text.length : found + 2;
    } else {
      // What begins with # may be empty.
      to = at + 1;
      while (to < text.length && !isLineBreak(text[to]!)) to += 1;
    }
    this.steps.characters += to - at;
    return to;
  }

  /** Whether what follows a comma may stand behind one: an entry, the end, or a new line. */
  isEntry(from: number): boolean {
    let at = this.skipInlineSpace(from);
    while (COMMAS.includes(this.text[at] ?? ' ')) at = this.skipInlineSpace(at + 1);
    const char = this.text[at];
    if (
      char === undefined ||
      '{}[]\n\r'.includes(char) ||
      QUOTES.includes(char) ||
      this.isComment(at)
    )
      return true;
    this.steps.characters += LONGEST_KEY;
    BARE_KEY.lastIndex = at;
    return BARE_KEY.test(this.text);
  }

  /**
   * Whether a short string and a colon stand here: the next entry, with the comma before it
   * missing.
   */
  isQuotedKey(at: number): boolean {
    const { text } = this;
    const closing = closingOf(text[at]!);
    for (let i = at + 1; i < at + LONGEST_KEY; i += 1) {
      this.steps.characters += 1;
      const char = text[i];
      if (char === undefined || char === '\n') return false;
      if (char === '\\') i += 1;
      else if (closing.includes(char))
        return i > at + 1 && COLONS.includes(text[this.skipInlineSpace(i + 1)] ?? ' ');
    }
    return false;
  }
}

/**
 * A plain quote is closed by its like only, so that “these” may stand inside; smart ones are mixed
 * freely.
 */
export function closingOf(quote: string): string {
  if (quote === '"' || quote === "'") return quote;
  return DOUBLE_QUOTES.includes(quote) ? DOUBLE_QUOTES : SINGLE_QUOTES;
}

/** Control characters count as space, for a NUL between two tokens means nothing. */
export function isSpace(char: string): boolean {
  return char <= ' ' || (char > '~' && /[\s\u200b\u2060]/.test(char));
}

function isLineBreak(char: string): boolean {
  return char === '\n' || char === '\r';
}
