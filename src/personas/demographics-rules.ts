/** Rules of the demographic vocabulary → the category of a text. */
import { isOneSlipApart, readWords, type Word, wordsOf } from './demographics-text.ts';

interface Rule {
  /** Null takes its phrases out of the text: "LGBTQ ally" says nothing about the person's own orientation. */
  readonly category: string | null;
  readonly any: readonly string[];
  /** The rule is silent when one of these occurs anywhere in the text. */
  readonly unless: readonly string[];
}

interface Round {
  readonly about: string;
  readonly rules: readonly Rule[];
  /** The category of a text in which rules of different categories of this round agree to differ. */
  readonly several: string | null;
  /** A last round is tried after what is said in passing. */
  readonly last: boolean;
  /** Whether "not" before a phrase of this round takes it back: not so where the phrases say that nothing is said ("not specified"). */
  readonly deniable: boolean;
}

export interface RuleSet {
  readonly rounds: readonly Round[];
  /** Words and phrases after which the rest of the clause is about the past or in passing: "raised Catholic". */
  readonly inPassing: readonly string[];
  /** The same, for the next word alone: "ex-Catholic agnostic". */
  readonly inPassingNext: readonly string[];
  /** The category of what the grammar's `noAnswer` phrases say: declined, unknown, refused. */
  readonly noAnswer: string;
  /** Length from which an unknown word is read as a known one with one slip of the finger. */
  readonly spellingFrom: number;
}

export interface Grammar {
  /** Words that deny the phrase after them. */
  readonly negations: readonly string[];
  /** Words that may stand between a denial and what it denies. */
  readonly fillers: readonly string[];
  /** Words that begin a clause. */
  readonly breaks: readonly string[];
  /** Phrases that give no answer, whatever the field. */
  readonly noAnswer: readonly string[];
}

interface Phrase {
  readonly parts: readonly Part[];
  readonly round: number;
  readonly rule: number;
}

type Part = { readonly kind: 'word' | 'stem'; readonly text: string } | { readonly kind: 'gap' };

interface Span {
  readonly start: number;
  readonly end: number;
}

interface Match extends Span {
  readonly round: number;
  readonly rule: number;
  readonly inPassing: boolean;
}

/** Up to how many words a `...` stands for. */
const LONGEST_GAP = 4;
const LONGEST_FILLING = 2;

/** A phrase as it may stand in a vocabulary: words, stems (`catholi*`), and `...` between words. */
export function isPhrase(phrase: string): boolean {
  return /^[\p{L}\p{N}'’/&+.-]+\*?(?: (?:\.\.\. )?[\p{L}\p{N}'’/&+.-]+\*?)*$/u.test(phrase) && wordsOf(phrase).length > 0;
}

/** @returns text → category, or null when no rule knows it */
export function compileRules({ noAnswer, ...given }: RuleSet, grammar: Grammar): (text: string) => string | null {
  const rules = { ...given, rounds: [...given.rounds, noAnswerRound(noAnswer, grammar)] };
  const index = new PhraseIndex(
    rules.rounds.flatMap((round, roundAt) =>
      round.rules.flatMap((rule, ruleAt) => rule.any.map((phrase) => ({ parts: partsOf(phrase), round: roundAt, rule: ruleAt }))),
    ),
  );
  const exceptions = rules.rounds.map((round) => round.rules.map((rule) => indexOf(rule.unless)));
  const markers = indexOf(rules.inPassing);
  const nextMarkers = indexOf(rules.inPassingNext);
  const negations = new Set(grammar.negations.flatMap(wordsOf));
  const fillers = new Set(grammar.fillers.flatMap(wordsOf));
  const breaks = new Set(grammar.breaks.flatMap(wordsOf));

  const matchesIn = (words: readonly Word[]): Match[] => {
    const found = index
      .find(words)
      .filter(({ round, start }) => !rules.rounds[round]!.deniable || !isDenied(words, start, negations, fillers))
      .filter(({ round, rule }) => exceptions[round]![rule]!.find(words).length === 0);
    const takenOut = found.filter(({ round, rule }) => rules.rounds[round]!.rules[rule]!.category === null);
    const standing = (marker: Span) => !takenOut.some(({ start, end }) => start <= marker.start && end >= marker.end);
    const passing = wordsInPassing(words, markers.find(words).filter(standing), nextMarkers.find(words).filter(standing));
    return found
      .filter((match) => !found.some((other) => covers(other, match)))
      .map((match) => ({ ...match, inPassing: passing[match.start]! }));
  };

  const decide = (matches: readonly Match[], isTried: (round: Round) => boolean): string | null => {
    for (const [roundAt, round] of rules.rounds.entries()) {
      if (!isTried(round)) continue;
      const found = matches
        .map((match) => ({ ...match, category: round.rules[match.rule]?.category ?? null }))
        .filter((match) => match.round === roundAt && match.category !== null)
        .sort((a, b) => a.start - b.start || b.end - a.end || a.rule - b.rule);
      if (round.several !== null && new Set(found.map(({ category }) => category)).size > 1) return round.several;
      if (found.length > 0) return found[0]!.category;
    }
    return null;
  };

  // What somebody misspelt tells more than that they also said nothing; what they said in earnest more than in passing.
  const saysSomething = ({ last, deniable }: Round) => !last && deniable;
  const saysNothing = ({ last, deniable }: Round) => !last && !deniable;
  const isLast = ({ last }: Round) => last;

  return (text) => {
    const written = readWords(text, breaks);
    const corrected = correctSpelling(written, index, rules.spellingFrom);
    const readings = (corrected === null ? [written] : [written, corrected]).map(matchesIn);
    const inEarnest = readings.map((matches) => matches.filter((match) => !match.inPassing));
    for (const [matched, isTried] of [
      [inEarnest, saysSomething],
      [inEarnest, saysNothing],
      [readings, saysSomething],
      [readings, saysNothing],
      [readings, isLast],
    ] as const) {
      for (const matches of matched) {
        const category = decide(matches, isTried);
        if (category !== null) return category;
      }
    }
    return null;
  };
}

function noAnswerRound(category: string, { noAnswer }: Grammar): Round {
  return { about: 'No answer', rules: [{ category, any: noAnswer, unless: [] }], several: null, last: false, deniable: false };
}

/** Whether a text holds one of some phrases. */
export function compilePhrases(phrases: readonly string[]): (text: string) => boolean {
  const index = indexOf(phrases);
  return (text) => index.find(readWords(text, new Set())).length > 0;
}

/** Finds phrases by their first word, so that a text costs as much as it is long, not as the vocabulary is. */
class PhraseIndex {
  readonly #byWord = new Map<string, Phrase[]>();
  readonly #byStem = new Map<string, Phrase[]>();
  readonly #stemLengths: readonly number[];
  /** Single words and stems: only these are worth a guess at what a misspelt word was. */
  readonly singles: readonly Part[];

  constructor(phrases: readonly Phrase[]) {
    for (const phrase of phrases) {
      const first = phrase.parts[0]!;
      if (first.kind === 'gap') continue;
      const map = first.kind === 'word' ? this.#byWord : this.#byStem;
      map.set(first.text, [...(map.get(first.text) ?? []), phrase]);
    }
    this.#stemLengths = [...new Set([...this.#byStem.keys()].map((stem) => stem.length))].sort((a, b) => a - b);
    this.singles = phrases.filter(({ parts }) => parts.length === 1).map(({ parts }) => parts[0]!);
  }

  knows(word: string): boolean {
    return this.#startingWith(word).length > 0;
  }

  find(words: readonly Word[]): { round: number; rule: number; start: number; end: number }[] {
    return words.flatMap((word, start) =>
      this.#startingWith(word.text).flatMap(({ parts, round, rule }) => {
        const end = matchEnd(words, start, parts);
        return end === null ? [] : [{ round, rule, start, end }];
      }),
    );
  }

  #startingWith(word: string): readonly Phrase[] {
    const exact = this.#byWord.get(word) ?? [];
    const stems = this.#stemLengths.flatMap((length) => (length <= word.length ? (this.#byStem.get(word.slice(0, length)) ?? []) : []));
    return stems.length === 0 ? exact : [...exact, ...stems];
  }
}

function indexOf(phrases: readonly string[]): PhraseIndex {
  return new PhraseIndex(phrases.map((phrase) => ({ parts: partsOf(phrase), round: 0, rule: 0 })));
}

function partsOf(phrase: string): Part[] {
  return phrase.split(' ').flatMap((part): Part[] => {
    if (part === '...') return [{ kind: 'gap' }];
    const words = wordsOf(part);
    return words.map((text, at) => ({ kind: part.endsWith('*') && at === words.length - 1 ? 'stem' : 'word', text }));
  });
}

/** Where the phrase that begins at `start` ends, or null when it does not stand there. */
function matchEnd(words: readonly Word[], start: number, parts: readonly Part[]): number | null {
  const [part, ...rest] = parts;
  if (part === undefined) return start;
  if (part.kind === 'gap') {
    for (let skipped = 0; skipped <= LONGEST_GAP; skipped += 1) {
      const end = matchEnd(words, start + skipped, rest);
      if (end !== null) return end;
    }
    return null;
  }
  const word = words[start];
  if (word === undefined || !fits(word.text, part)) return null;
  const next = rest[0];
  // Into the next clause lead only a gap and a word such as "and" that the phrase itself contains.
  const follower = words[start + 1];
  if (next !== undefined && next.kind !== 'gap' && follower?.clause !== word.clause && follower?.opens !== true) return null;
  return matchEnd(words, start + 1, rest);
}

function fits(word: string, part: { readonly kind: 'word' | 'stem'; readonly text: string }): boolean {
  return part.kind === 'word' ? word === part.text : word.startsWith(part.text);
}

function covers(other: Span, match: Span): boolean {
  return other.start <= match.start && other.end >= match.end && other.end - other.start > match.end - match.start;
}

function isDenied(words: readonly Word[], start: number, negations: ReadonlySet<string>, fillers: ReadonlySet<string>): boolean {
  for (let at = start - 1; at >= 0 && at >= start - 1 - LONGEST_FILLING; at -= 1) {
    const word = words[at]!;
    if (word.clause !== words[start]!.clause) return false;
    if (negations.has(word.text)) return true;
    if (!fillers.has(word.text)) return false;
  }
  return false;
}

/** By word: does it follow, in its clause, a marker such as "raised"? The marker itself does not. */
function wordsInPassing(words: readonly Word[], toClauseEnd: readonly Span[], nextOnly: readonly Span[]): boolean[] {
  const passing = words.map(() => false);
  for (const { start, end } of toClauseEnd) {
    for (let at = end; at < words.length && words[at]!.clause === words[start]!.clause; at += 1) passing[at] = true;
  }
  for (const { end } of nextOnly) if (end < words.length) passing[end] = true;
  return passing;
}

/** The words with unknown ones replaced by the known ones that they resemble, or null when there are none. */
function correctSpelling(words: readonly Word[], index: PhraseIndex, from: number): Word[] | null {
  let changed = false;
  const corrected = words.map((word) => {
    if (word.text.length < from || index.knows(word.text)) return word;
    const meant = index.singles.find((single) => resembles(word.text, single));
    if (meant === undefined || meant.kind === 'gap') return word;
    changed = true;
    return { ...word, text: meant.text };
  });
  return changed ? corrected : null;
}

function resembles(word: string, single: Part): boolean {
  if (single.kind === 'gap' || single.text.length < 4) return false;
  if (single.kind === 'word') return isOneSlipApart(word, single.text);
  // A short stem resembles the beginning of too much.
  if (single.text.length < 6) return false;
  return [-1, 0, 1].some((more) => isOneSlipApart(word.slice(0, single.text.length + more), single.text));
}
