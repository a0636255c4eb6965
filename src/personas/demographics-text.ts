/** Free text as the rules of the demographic vocabulary see it: folded words in clauses. */

export interface Word {
  readonly text: string;
  /** Words of one clause stand together: no comma, bracket or "but" lies between them. */
  readonly clause: number;
  /** True for a word such as "but" that begins its clause. */
  readonly opens: boolean;
}

const ABBREVIATION = /(?<![\p{L}\p{N}])(?:\p{L}\.){2,}/gu;
const APOSTROPHES = /['’‘`´]/g;
/** A hyphen or dash between spaces parts clauses; one within a word joins its halves. */
const CLAUSE_END = /[,;:.!?()[\]{}|/—–"“”«»\n\r]|\s[-*•]+\s/u;
/** The slash of N/A parts nothing. */
export const NOT_AVAILABLE = /(?<![\p{L}\p{N}])n\s?\/\s?a(?![\p{L}\p{N}])/giu;
const NOT_A_WORD = /[^\p{L}\p{N}]+/u;

/** Lower case, no accents; `D.C.` becomes `dc`, `N/A` `na`, `don't` `dont`, so that one spelling stands for all. */
function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(NOT_AVAILABLE, 'na')
    .replace(ABBREVIATION, (letters) => `${letters.replaceAll('.', '')} `)
    .replace(APOSTROPHES, '');
}

/** The words of a folded or raw text without regard to clauses. */
export function wordsOf(text: string): string[] {
  return fold(text).split(NOT_A_WORD).filter(isFilled);
}

/** @param breaks words that begin a new clause, as "but" does */
export function readWords(text: string, breaks: ReadonlySet<string>): Word[] {
  const words: Word[] = [];
  let clause = 0;
  for (const part of fold(text).split(CLAUSE_END)) {
    for (const word of part.split(NOT_A_WORD).filter(isFilled)) {
      const opens = breaks.has(word);
      if (opens) clause += 1;
      words.push({ text: word, clause, opens });
    }
    clause += 1;
  }
  return words;
}

/** True for words one slip apart: a letter too many, missing, wrong, or two neighbours swapped. The first letter is taken as right. */
export function isOneSlipApart(a: string, b: string): boolean {
  if (a[0] !== b[0] || Math.abs(a.length - b.length) > 1) return false;
  const shorter = a.length <= b.length ? a : b;
  const longer = shorter === a ? b : a;
  let at = 0;
  while (at < shorter.length && shorter[at] === longer[at]) at += 1;
  if (shorter.length < longer.length) return shorter.slice(at) === longer.slice(at + 1);
  if (shorter.slice(at + 1) === longer.slice(at + 1)) return at < shorter.length;
  return shorter[at] === longer[at + 1] && shorter[at + 1] === longer[at] && shorter.slice(at + 2) === longer.slice(at + 2);
}

function isFilled(word: string): boolean {
  return word !== '';
}
