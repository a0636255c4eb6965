/** Free text as the rules of the demographic vocabulary see it: folded words in clauses. */

export interface Word {
  readonly text: string;
  /** Words of one clause stand together: no comma, bracket or "but" lies between them. */
  readonly clause: number;
  /** True for a word such as "but" that begins its clause. */
  readonly opens: boolean;
}

const ABBREVIATION = /(?<![\p{L}\p{N}])(?:\p{L}\.){2,}/gu;
/** French and Italian articles before a vowel are words of their own: l'islam, d'origine. */
const ELISION = /(?<![\p{L}\p{N}])(l|d|all|dell|nell)['’‘`´](?=[aeiouyh])/giu;
const APOSTROPHES = /['’‘`´]/g;
/** A hyphen or dash between spaces parts clauses; one within a word joins its halves. */
const CLAUSE_END = /[,;:.!?()[\]{}|/—–"“”«»、。，；：（）／・،؛।\n\r]|\s[-*•]+\s/u;
/** The slash of N/A parts nothing. */
export const NO_ANSWER = /(?<![\p{L}\p{N}])n\s?\/\s?a(?![\p{L}\p{N}])/giu;
/** The vowel signs of Hindi are marks, and part of the word. */
const NOT_A_WORD = /[^\p{L}\p{N}\p{M}]+/u;
/**
 * Accents, and the signs of Arabic that are written or left out at will. Other marks tell words
 * apart.
 */
const OPTIONAL_MARK = /[\u0300-\u036f\u0640\u064b-\u0655\u0670]/g;
/**
 * Chinese and Japanese have no spaces: each sign is read as a word, and a name of several signs is
 * a phrase.
 */
const SIGN = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}ー]\p{M}*/gu;
const LETTERS: Readonly<Record<string, string>> = { ı: 'i', ß: 'ss', œ: 'oe' };

/**
 * Lower case, no accents; `D.C.` becomes `dc`, `N/A` `na`, `don't` `dont`, so that one spelling
 * stands for all.
 */
function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(OPTIONAL_MARK, '')
    .normalize('NFC')
    .toLowerCase()
    .replace(OPTIONAL_MARK, '')
    .replace(/[ıßœ]/g, (letter) => LETTERS[letter]!)
    .replace(SIGN, ' $& ')
    .replace(NO_ANSWER, 'na')
    .replace(ABBREVIATION, (letters) => `${letters.replaceAll('.', '')} `)
    .replace(ELISION, '$1 ')
    .replace(APOSTROPHES, '');
}

/** The words of a folded or raw text without regard to clauses. */
export function splitWords(text: string): string[] {
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

function isFilled(word: string): boolean {
  return word !== '';
}
