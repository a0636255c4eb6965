/**
 * Texts by the columns of a terminal that they take, which are more than characters in Chinese and
 * fewer with combining marks.
 */
import { createRequire } from 'node:module';

/** One column for each character, as nearly all texts here: no rules need to be looked up. */
const PLAIN = /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff–—…·±−≈≤≥→─]*$/u;
/** Its rules of Unicode take longer to load than most commands: only for texts that need them. */
let rules: ((text: string) => number) | null = null;
/** Made when it is needed: its rules take a while to load, too. */
let graphemes: Intl.Segmenter | null = null;
/**
 * Where a long word may be broken without a hyphen: names of populations, models and files have
 * such places.
 */
const JOINTS = /(?<=[-_/:=,]|\.(?=\p{L}))/u;
/** A shorter piece of a word than this is not left standing at the end of a line. */
const SHORTEST_PIECE = 4;

/** Columns that a text takes on a terminal. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  rules ??= (
    createRequire(import.meta.url)('string-width') as { default: (text: string) => number }
  ).default;
  return rules(text);
}

/** Filled up with blanks to `width`. */
export function padText(text: string, width: number, side: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return side === 'left' ? `${text}${blanks}` : `${blanks}${text}`;
}

/** At most `width` columns of a text, an ellipsis in place of what is left out. */
export function cutText(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  return `${startOf(text, Math.max(0, width - 1))}…`;
}

/**
 * Lines of at most `width` columns, broken between words; within a word only where it is longer
 * than a line. What the text begins with in blanks, its other lines begin with too.
 */
export function wrapText(text: string, width: number): string[] {
  if (displayWidth(text) <= width) return [text];
  const lines: string[] = [];
  const indent = /^ */.exec(text)![0].slice(0, Math.max(0, width - SHORTEST_PIECE));
  const room = Math.max(1, width - indent.length);
  let line = '';
  for (const word of text.trim().split(/ +/)) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (displayWidth(joined) <= room) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = piecesOf(word, room);
    line = pieces.pop() ?? '';
    lines.push(...pieces);
  }
  return [...lines, line].map((one) => `${indent}${one}`);
}

/**
 * A word in pieces of at most `width` columns, broken at its joints where that leaves no crumbs.
 */
function piecesOf(word: string, width: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const part of word.split(JOINTS)) {
    if (displayWidth(piece + part) <= width) {
      piece += part;
      continue;
    }
    let rest = part;
    if (displayWidth(piece) >= Math.min(SHORTEST_PIECE, width)) pieces.push(piece);
    else rest = piece + part;
    while (displayWidth(rest) > width) {
      const start = startOf(rest, width);
      pieces.push(start);
      rest = rest.slice(start.length);
    }
    piece = rest;
  }
  return piece === '' ? pieces : [...pieces, piece];
}

/**
 * As many whole graphemes as take at most `width` columns; at least one, or nobody would ever come
 * to the end.
 */
function startOf(text: string, width: number): string {
  let start = '';
  let taken = 0;
  graphemes ??= new Intl.Segmenter();
  for (const { segment } of graphemes.segment(text)) {
    taken += displayWidth(segment);
    if (taken > width && start !== '') break;
    start += segment;
  }
  return start;
}
