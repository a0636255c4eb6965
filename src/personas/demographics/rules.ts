/** Rules of the demographic vocabulary → the category of a text. */
import { readWords, splitWords, type Word } from './words.ts';

interface Rule {
  /**
   * Null takes its phrases out of the text: "LGBTQ ally" says nothing about the person's own
   * orientation.
   */
  readonly category: string | null;
  readonly any: readonly string[];
  /** The rule is silent when one of these occurs anywhere in the text. */
  readonly unless: readonly string[];
}

interface Round {
  readonly about: string;
  readonly rules: readonly Rule[];
  /**
   * The category of a text in which rules of different categories of this round agree to differ.
   */
  readonly several: string | null;
  /** A last round is tried after what is said in passing. */
  readonly last: boolean;
  /**
   * Whether "not" before a phrase of this round takes it back: not so where the phrases say that
   * nothing is said ("not specified").
   */
  readonly deniable: boolean;
}

export interface RuleSet {
  readonly rounds: readonly Round[];
  /**
   * Words and phrases after which the rest of the clause is about the past or in passing: "raised
   * Catholic".
   */
  readonly inPassing: readonly string[];
  /** The same, for the next word alone: "ex-Catholic agnostic". */
  readonly inPassingNext: readonly string[];
  /** The category of what the grammar's `noAnswer` phrases say: declined, unknown, refused. */
  readonly noAnswer: string;
  /**
   * Whether a text has a category only if each of its words is known: a liberal tipper need not be
   * liberal.
   */
  readonly everyWordKnown: boolean;
  /** Words and phrases that are known too, and say nothing of the category. */
  readonly known: readonly string[];
  /** Whether what a text says of relatives is about the person too: their descent is. */
  readonly relativesTell: boolean;
  /**
   * Words of languages that the rules do not cover: with one of them in a text, each of its words
   * must be known.
   */
  readonly foreign: readonly string[];
}

export interface Grammar {
  /** Words that deny the phrase after them. */
  readonly negations: readonly string[];
  /** Words that may stand between a denial and what it denies. */
  readonly fillers: readonly string[];
  /** Words that begin a clause. */
  readonly breaks: readonly string[];
  /** Of these, the words that begin what is true now: what was said before is true no more. */
  readonly present: readonly string[];
  /** Phrases that give no answer, whatever the field. */
  readonly noAnswer: readonly string[];
  /** Words and phrases that say nothing of any category: pronouns, degrees, hedges. */
  readonly known: readonly string[];
  /**
   * Words by which languages other than English and Spanish deny or place in the past: what they
   * refer to may stand on either side, so that with one of them each word of a text must be known.
   */
  readonly foreign: readonly string[];
  /** What tells that a clause is about somebody else. */
  readonly others: Others;
}

interface Others {
  /** Phrases after which the rest of the clause is about somebody else: "raised by". */
  readonly phrases: readonly string[];
  /** What stands before a relative, with up to two words between: "her Catholic husband". */
  readonly determiners: readonly string[];
  readonly relatives: readonly string[];
  /** Who is not related by blood: says nothing of the person even where relatives do. */
  readonly companions: readonly string[];
  /** What follows them without a determiner: "Mother was a nurse". */
  readonly verbs: readonly string[];
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

interface Found extends Span {
  readonly round: number;
  readonly rule: number;
  /** Places of its words, without those that a gap stands for. */
  readonly at: readonly number[];
}

interface Match extends Found {
  readonly inPassing: boolean;
}

/** Up to how many words a `...` stands for. */
const LONGEST_GAP = 4;
const LONGEST_FILLING = 5;
const MOST_BEFORE_A_RELATIVE = 2;
const NUMBER = /^\d+$/;

/** A phrase as it may stand in a vocabulary: words, stems (`catholi*`), and `...` between words. */
export function isPhrase(phrase: string): boolean {
  return (
    /^[\p{L}\p{N}\p{M}'’/&+.-]+\*?(?: (?:\.\.\. )?[\p{L}\p{N}\p{M}'’/&+.-]+\*?)*$/u.test(phrase) &&
    splitWords(phrase).length > 0
  );
}

/** @returns text → category, or null when no rule knows it */
export function compileRules(
  { noAnswer, ...given }: RuleSet,
  grammar: Grammar,
): (text: string) => string | null {
  const rules = { ...given, rounds: [...given.rounds, noAnswerRound(noAnswer, grammar)] };
  const index = new PhraseIndex(
    rules.rounds.flatMap((round, roundAt) =>
      round.rules.flatMap((rule, ruleAt) =>
        rule.any.map((phrase) => ({ parts: partsOf(phrase), round: roundAt, rule: ruleAt })),
      ),
    ),
  );
  const exceptions = rules.rounds.map((round) => round.rules.map((rule) => indexOf(rule.unless)));
  const markers = indexOf(rules.inPassing);
  const nextMarkers = indexOf(rules.inPassingNext);
  const aboutOthers = othersFinder(grammar.others, rules.relativesTell);
  const negations = new Set(grammar.negations.flatMap(splitWords));
  const fillers = new Set(grammar.fillers.flatMap(splitWords));
  const present = new Set(grammar.present.flatMap(splitWords));
  const breaks = new Set([...grammar.breaks.flatMap(splitWords), ...present]);
  const foreign = indexOf([...grammar.foreign, ...rules.foreign]);
  const sayNothing = indexOf([
    ...grammar.known,
    ...grammar.negations,
    ...grammar.breaks,
    ...grammar.present,
    ...rules.known,
  ]);

  const matchesIn = (
    words: readonly Word[],
    all: readonly Found[],
    passed: readonly Found[],
  ): Match[] => {
    const found = all
      .filter(
        ({ round, start }) =>
          !rules.rounds[round]!.deniable || !isDenied(words, start, negations, fillers),
      )
      .filter(({ round, rule }) => exceptions[round]![rule]!.find(words).length === 0);
    const takenOut = found.filter(
      ({ round, rule }) => rules.rounds[round]!.rules[rule]!.category === null,
    );
    const standing = (marker: Span) =>
      !takenOut.some(({ start, end }) => start <= marker.start && end >= marker.end);
    const passing = wordsInPassing(
      words,
      passed.filter(standing),
      nextMarkers.find(words).filter(standing),
    );
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
      if (round.several !== null && new Set(found.map(({ category }) => category)).size > 1)
        return round.several;
      if (found.length > 0) return found[0]!.category;
    }
    return null;
  };

  const saysSomething = ({ last, deniable }: Round) => !last && deniable;
  const saysNothing = ({ last, deniable }: Round) => !last && !deniable;
  const isLast = ({ last }: Round) => last;

  return (text) => {
    const words = readWords(text, breaks);
    const others = aboutOthers(words);
    // What begins with the marker says something of the person: "married", "his husband".
    const found = index
      .find(words)
      .filter(
        (one) =>
          others.some(({ start }) => one.start === start) ||
          !others.some(({ start, end }) => one.start > start && one.start < end),
      );
    const passed = markers.find(words);
    if (rules.everyWordKnown || foreign.find(words).length > 0) {
      const known = new Set(
        [...found, ...passed, ...sayNothing.find(words)].flatMap(({ at }) => at),
      );
      if (words.some(({ text: word }, at) => !known.has(at) && !NUMBER.test(word))) return null;
    }
    const matches = matchesIn(words, found, passed);
    const inEarnest = matches.filter((match) => !match.inPassing);
    const lastPresent = words.findLastIndex(({ text: word }) => present.has(word));
    const stillTrue = matches.filter(({ start }) => start > lastPresent);
    // What is said in earnest tells more than what is said in passing.
    return (
      decide(inEarnest, saysSomething) ??
      decide(inEarnest, saysNothing) ??
      (rules.everyWordKnown ? null : decide(stillTrue, saysSomething)) ??
      decide(matches, saysNothing) ??
      decide(matches, isLast)
    );
  };
}

/** Finds the words about somebody else, each time up to the end of their clause. */
function othersFinder(
  { phrases, determiners, relatives, companions, verbs }: Others,
  relativesTell: boolean,
): (words: readonly Word[]) => Span[] {
  const markers = indexOf(phrases);
  const before = indexOf(determiners);
  const named = new Set([...(relativesTell ? [] : relatives), ...companions].flatMap(splitWords));
  const after = new Set(verbs.flatMap(splitWords));
  return (words) => {
    const clauseAt = (at: number) => words[at]?.clause;
    const isSomebody = (at: number) => named.has(words[at]?.text ?? '');
    const starts = markers.find(words).map(({ start }) => start);
    for (const { start, end } of before.find(words))
      for (let at = end; at <= end + MOST_BEFORE_A_RELATIVE; at += 1)
        if (isSomebody(at) && clauseAt(at) === clauseAt(start)) starts.push(start);
    for (const [at, { clause }] of words.entries()) {
      const opensClause = clauseAt(at - 1) !== clause && clauseAt(at + 1) === clause;
      if (isSomebody(at) && opensClause && after.has(words[at + 1]!.text)) starts.push(at);
    }
    return starts.map((start) => {
      const end = words.findIndex(({ clause }, at) => at > start && clause !== clauseAt(start));
      return { start, end: end === -1 ? words.length : end };
    });
  };
}

function noAnswerRound(category: string, { noAnswer }: Grammar): Round {
  return {
    about: 'No answer',
    rules: [{ category, any: noAnswer, unless: [] }],
    several: null,
    last: false,
    deniable: false,
  };
}

/** Whether a text holds one of some phrases. */
export function compilePhrases(phrases: readonly string[]): (text: string) => boolean {
  const index = indexOf(phrases);
  return (text) => index.find(readWords(text, new Set())).length > 0;
}

/**
 * Finds phrases by their first word, so that a text costs as much as it is long, not as the
 * vocabulary is.
 */
class PhraseIndex {
  readonly #byWord = new Map<string, Phrase[]>();
  readonly #byStem = new Map<string, Phrase[]>();
  readonly #stemLengths: readonly number[];

  constructor(phrases: readonly Phrase[]) {
    for (const phrase of phrases) {
      const first = phrase.parts[0]!;
      if (first.kind === 'gap') continue;
      const map = first.kind === 'word' ? this.#byWord : this.#byStem;
      map.set(first.text, [...(map.get(first.text) ?? []), phrase]);
    }
    this.#stemLengths = [...new Set([...this.#byStem.keys()].map((stem) => stem.length))].sort(
      (a, b) => a - b,
    );
  }

  find(words: readonly Word[]): Found[] {
    return words.flatMap((word, start) =>
      this.#startingWith(word.text).flatMap(({ parts, round, rule }) => {
        const at = placesOf(words, start, parts);
        return at === null ? [] : [{ round, rule, start, end: at.at(-1)! + 1, at }];
      }),
    );
  }

  #startingWith(word: string): readonly Phrase[] {
    const exact = this.#byWord.get(word) ?? [];
    const stems = this.#stemLengths.flatMap((length) =>
      length <= word.length ? (this.#byStem.get(word.slice(0, length)) ?? []) : [],
    );
    return stems.length === 0 ? exact : [...exact, ...stems];
  }
}

function indexOf(phrases: readonly string[]): PhraseIndex {
  return new PhraseIndex(phrases.map((phrase) => ({ parts: partsOf(phrase), round: 0, rule: 0 })));
}

function partsOf(phrase: string): Part[] {
  return phrase.split(' ').flatMap((part): Part[] => {
    if (part === '...') return [{ kind: 'gap' }];
    const words = splitWords(part);
    return words.map((text, at) => ({
      kind: part.endsWith('*') && at === words.length - 1 ? 'stem' : 'word',
      text,
    }));
  });
}

/**
 * Where the words of the phrase that begins at `start` stand, or null when it does not stand there.
 */
function placesOf(
  words: readonly Word[],
  start: number,
  parts: readonly Part[],
): readonly number[] | null {
  const [part, ...rest] = parts;
  if (part === undefined) return [];
  if (part.kind === 'gap') {
    for (let skipped = 0; skipped <= LONGEST_GAP; skipped += 1) {
      const found = placesOf(words, start + skipped, rest);
      if (found !== null) return found;
    }
    return null;
  }
  const word = words[start];
  if (word === undefined || !fits(word.text, part)) return null;
  const next = rest[0];
  // Into the next clause lead only a gap and a word such as "and" that the phrase itself contains.
  const follower = words[start + 1];
  if (
    next !== undefined &&
    next.kind !== 'gap' &&
    follower?.clause !== word.clause &&
    follower?.opens !== true
  )
    return null;
  const found = placesOf(words, start + 1, rest);
  return found === null ? null : [start, ...found];
}

function fits(
  word: string,
  part: { readonly kind: 'word' | 'stem'; readonly text: string },
): boolean {
  return part.kind === 'word' ? word === part.text : word.startsWith(part.text);
}

function covers(other: Span, match: Span): boolean {
  return (
    other.start <= match.start &&
    other.end >= match.end &&
    other.end - other.start > match.end - match.start
  );
}

function isDenied(
  words: readonly Word[],
  start: number,
  negations: ReadonlySet<string>,
  fillers: ReadonlySet<string>,
): boolean {
  for (let at = start - 1; at >= 0 && at >= start - 1 - LONGEST_FILLING; at -= 1) {
    const word = words[at]!;
    if (word.clause !== words[start]!.clause) return false;
    if (negations.has(word.text)) return true;
    if (!fillers.has(word.text)) return false;
  }
  return false;
}

/**
 * By word: does it follow, in its clause, a marker such as "raised"? The marker itself does not.
 */
function wordsInPassing(
  words: readonly Word[],
  toClauseEnd: readonly Span[],
  nextOnly: readonly Span[],
): boolean[] {
  const passing = words.map(() => false);
  for (const { start, end } of toClauseEnd) {
    for (let at = end; at < words.length && words[at]!.clause === words[start]!.clause; at += 1)
      passing[at] = true;
  }
  for (const { end } of nextOnly) if (end < words.length) passing[end] = true;
  return passing;
}
