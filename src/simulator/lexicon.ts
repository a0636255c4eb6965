/**
 * What the simulated respondent understands of English: which statements of a description, and
 * which items of a questionnaire, speak to which trait. The words are data (`data/simulated/`);
 * this file finds them.
 */
import { readFileSync } from 'node:fs';

/** A trait and a direction, found in a text. `facet` narrows it to some items of the trait. */
export interface Cue {
  readonly trait: string;
  /** 1 speaks for the trait, -1 against it. */
  readonly sign: 1 | -1;
  readonly facet: string | null;
}

interface CueData {
  readonly trait: string;
  readonly sign: 1 | -1;
  readonly facet?: string;
  readonly phrases: readonly string[];
}

interface LexiconData {
  readonly negators: readonly string[];
  readonly cues: readonly CueData[];
}

interface ItemRuleData {
  readonly has: readonly string[];
  readonly trait: string;
  readonly sign: 1 | -1;
  readonly facet?: string;
}

/** One word of a phrase: itself, or, when `open`, every word that begins with it. */
export interface PhraseSlot {
  readonly word: string;
  readonly open: boolean;
}

interface Phrase {
  readonly slots: readonly PhraseSlot[];
  /** Null for a negator, which turns what follows it. */
  readonly cue: Cue | null;
}

interface Lexicon {
  /** Phrases by their first word, longest first. */
  readonly exact: ReadonlyMap<string, readonly Phrase[]>;
  /** Phrases whose first word is open, by that stem, longest first. */
  readonly open: ReadonlyMap<string, readonly Phrase[]>;
  readonly shortestStem: number;
  /**
   * What can begin at a word. Texts repeat their words, so this spares nearly all of the search.
   */
  readonly candidates: Map<string, readonly Phrase[]>;
  readonly itemRules: readonly {
    readonly has: readonly (readonly PhraseSlot[])[];
    readonly cue: Cue;
  }[];
}

/**
 * What stands for punctuation among the words. A clause ends there and where the thought turns; a
 * negation does not reach across.
 */
export const CLAUSE_END = '';
const TURNING_WORDS: ReadonlySet<string> = new Set([
  'but',
  'yet',
  'although',
  'though',
  'because',
  'while',
]);
const NEGATION_REACH = 4;
/** Far more than the words of any one language that descriptions use; reached only by noise. */
const MAX_CANDIDATES = 50_000;
const NOTHING: readonly Phrase[] = [];

/**
 * A word or a mark that ends a clause. Everything above U+00C0 save the blocks of punctuation and
 * symbols is taken for a letter, which is three times as fast as `\p{L}` and the same for every
 * text we understand.
 */
const TOKEN =
  /[a-z0-9\u00c0-\u1fff\u2c00-\uffff]+(?:'[a-z\u00c0-\u1fff\u2c00-\uffff]+)*|[.,;:!?()\n–—]/g;
const CLAUSE_MARKS: ReadonlySet<string> = new Set('.,;:!?()\n–—');

let loaded: Lexicon | null = null;

/**
 * Every cue in a text, negations resolved, in the order of their appearance.
 * @param words as `wordsOf` gives them
 */
export function findCues(words: readonly string[]): Cue[] {
  const lexicon = theLexicon();
  const cues: Cue[] = [];
  let negatedUntil = -1;
  for (let at = 0; at < words.length; ) {
    const word = words[at]!;
    if (word === CLAUSE_END || TURNING_WORDS.has(word)) negatedUntil = -1;
    const phrase = candidatesFor(lexicon, word).find((candidate) =>
      standsAt(candidate.slots, words, at),
    );
    if (phrase === undefined) {
      at += 1;
      continue;
    }
    if (phrase.cue === null) negatedUntil = at + phrase.slots.length - 1 + NEGATION_REACH;
    else
      cues.push(
        at <= negatedUntil ? { ...phrase.cue, sign: phrase.cue.sign === 1 ? -1 : 1 } : phrase.cue,
      );
    at += phrase.slots.length;
  }
  return cues;
}

/** To which trait an item speaks and in which direction; null when its words say nothing to us. */
export function readItem(text: string): Cue | null {
  const words = wordsOf(text);
  for (const rule of theLexicon().itemRules) {
    if (hasPhrases(words, rule.has)) return rule.cue;
  }
  return findCues(words)[0] ?? null;
}

/** Whether every one of some phrases occurs among the words. */
export function hasPhrases(
  words: readonly string[],
  phrases: readonly (readonly PhraseSlot[])[],
): boolean {
  return phrases.every((slots) => words.some((_, at) => standsAt(slots, words, at)));
}

/**
 * The words of a text in the plain form in which phrases are kept, `CLAUSE_END` for what separates
 * clauses.
 */
export function wordsOf(text: string): string[] {
  const tokens = text.toLowerCase().replaceAll('’', "'").match(TOKEN) ?? [];
  return tokens.map((token) => (CLAUSE_MARKS.has(token) ? CLAUSE_END : fold(token)));
}

/**
 * Plural and third person become the plain form, so that `they worry` and `Worry a lot` say what
 * `she worries` says.
 */
function fold(word: string): string {
  if (word.length < 4 || !word.endsWith('s') || /[siu']s$/.test(word)) return word;
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`;
  return /(?:o|x|ch|sh|ss)es$/.test(word) ? word.slice(0, -2) : word.slice(0, -1);
}

function standsAt(slots: readonly PhraseSlot[], words: readonly string[], at: number): boolean {
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i]!;
    const word = words[at + i];
    if (word === undefined || (slot.open ? !word.startsWith(slot.word) : word !== slot.word))
      return false;
  }
  return true;
}

function candidatesFor(lexicon: Lexicon, word: string): readonly Phrase[] {
  const known = lexicon.candidates.get(word);
  if (known !== undefined) return known;
  let found = lexicon.exact.get(word) ?? NOTHING;
  for (let length = lexicon.shortestStem; length <= word.length; length++) {
    const open = lexicon.open.get(word.slice(0, length));
    if (open !== undefined) found = [...found, ...open].sort(longestFirst);
  }
  if (lexicon.candidates.size >= MAX_CANDIDATES) lexicon.candidates.clear();
  lexicon.candidates.set(word, found);
  return found;
}

function longestFirst(a: Phrase, b: Phrase): number {
  return b.slots.length - a.slots.length;
}

/** The data is read at the first use, not on import: most commands never simulate. */
function theLexicon(): Lexicon {
  loaded ??= load();
  return loaded;
}

function load(): Lexicon {
  const { negators, cues } = readData<LexiconData>('lexicon.json');
  const { rules } = readData<{ rules: readonly ItemRuleData[] }>('items.json');
  const phrases: Phrase[] = [
    ...negators.map((negator) => ({ slots: slotsOf(negator), cue: null })),
    ...cues.flatMap((group) =>
      group.phrases.map((phrase) => ({ slots: slotsOf(phrase), cue: cueOf(group) })),
    ),
  ];
  const exact = new Map<string, Phrase[]>();
  const open = new Map<string, Phrase[]>();
  for (const phrase of phrases) {
    const first = phrase.slots[0]!;
    const index = first.open ? open : exact;
    const siblings = index.get(first.word);
    if (siblings === undefined) index.set(first.word, [phrase]);
    else siblings.push(phrase);
  }
  for (const siblings of [...exact.values(), ...open.values()]) siblings.sort(longestFirst);
  return {
    exact,
    open,
    shortestStem: Math.min(...[...open.keys()].map((stem) => stem.length)),
    candidates: new Map(),
    itemRules: rules.map((rule) => ({ has: rule.has.map(slotsOf), cue: cueOf(rule) })),
  };
}

function cueOf(data: {
  readonly trait: string;
  readonly sign: 1 | -1;
  readonly facet?: string;
}): Cue {
  return { trait: data.trait, sign: data.sign, facet: data.facet ?? null };
}

/**
 * A phrase in the notation of the data files: words, of which one that ends in * stands for all
 * that begin so.
 */
export function slotsOf(phrase: string): PhraseSlot[] {
  return phrase
    .split(' ')
    .map((word) =>
      word.endsWith('*')
        ? { word: word.slice(0, -1), open: true }
        : { word: fold(word), open: false },
    );
}

function readData<T>(name: string): T {
  return JSON.parse(
    readFileSync(new URL(`../../data/simulated/${name}`, import.meta.url), 'utf8'),
  ) as T;
}
