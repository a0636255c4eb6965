/**
 * The sentences in which the simulated model says of a person how one item of a known sheet was
 * answered, and their way back: writing a description picks them, answering as the person finds
 * them again. They are data (`data/simulated/statements.json`). A description by somebody else
 * holds none of them and is read by the lexicon.
 */
import { readFileSync } from 'node:fs';
import { CLAUSE_END, hasPhrases, type PhraseSlot, slotsOf, wordsOf } from './lexicon.ts';

/** The scales of the sheets that persons are written from. */
export const EPQRA_SCALES = ['E', 'N', 'P', 'L'] as const;
export type SheetScale = (typeof EPQRA_SCALES)[number];

/** An item that there are statements for. */
export interface KnownItem {
  readonly id: string;
  readonly scale: SheetScale;
  /** Whether a yes is the answer that scores. */
  readonly keyedIsYes: boolean;
  /**
   * How readily the keyed answer is given, against the other items of the scale: 0 on average,
   * about 1 at most.
   */
  readonly ease: number;
  /** Whether it asks about worrying, though it is not of N. */
  readonly worrying?: boolean;
  readonly yes: readonly string[];
  readonly no: readonly string[];
}

/** What a description says about one known item. */
export interface Told {
  readonly item: KnownItem;
  readonly answer: boolean;
}

/** How a person is spoken of: `plural` tells which form of a verb goes with the pronoun. */
export interface Pronouns {
  readonly he: string;
  readonly him: string;
  readonly his: string;
  readonly himself: string;
  readonly plural: boolean;
}

interface ItemData extends KnownItem {
  readonly asks: readonly (readonly string[])[];
}

/** A run of words by which one statement is told from all others. */
interface Mark extends Told {
  readonly words: readonly string[];
}

interface Statements {
  readonly items: readonly {
    readonly item: KnownItem;
    readonly asks: readonly (readonly (readonly PhraseSlot[])[])[];
  }[];
  /** By first word, longest first. */
  readonly marks: ReadonlyMap<string, readonly Mark[]>;
}

/** What a statement holds beside plain words. */
const SLOT = /\{[^}]*\}|\[[^\]]*\]|<[^>]*>/u;
const SLOTS = /\{(N's|N|he|him|his|himself)\}|\[([^|\]]*)\|([^\]]*)\]|<([^|>]*)\|([^>]*)>/gu;

let loaded: Statements | null = null;

/**
 * The item that a question asks about, whatever its exact wording; null when there are no
 * statements for it.
 */
export function knownItem(question: string): KnownItem | null {
  const words = wordsOf(question);
  return (
    theStatements().items.find(({ asks }) => asks.some((phrases) => hasPhrases(words, phrases)))
      ?.item ?? null
  );
}

/** Every item that there are statements for. */
export function knownItems(): readonly KnownItem[] {
  return theStatements().items.map(({ item }) => item);
}

/**
 * The statements in a text, and its words without them. An item of which both answers are told is
 * told neither way.
 * @param words as `wordsOf` gives them
 */
export function findStatements(words: readonly string[]): {
  readonly told: ReadonlyMap<string, Told>;
  readonly rest: readonly string[];
} {
  const { marks } = theStatements();
  const told = new Map<string, Told>();
  const contradicted = new Set<string>();
  const rest: string[] = [];
  for (let at = 0; at < words.length; ) {
    const mark = marks
      .get(words[at]!)
      ?.find((candidate) => candidate.words.every((word, i) => words[at + i] === word));
    if (mark === undefined) {
      rest.push(words[at]!);
      at += 1;
      continue;
    }
    const { item, answer } = mark;
    if ((told.get(item.id)?.answer ?? answer) !== answer) contradicted.add(item.id);
    told.set(item.id, { item, answer });
    rest.push(CLAUSE_END);
    at += mark.words.length;
  }
  for (const id of contradicted) told.delete(id);
  return { told, rest };
}

/**
 * A statement as a sentence.
 * @param name how the sentence names its subject when it opens with it; null for the pronoun
 */
export function tell(statement: string, name: string | null, pronouns: Pronouns): string {
  const pluralSubject = name === null && pronouns.plural;
  const sentence = statement.replaceAll(
    SLOTS,
    (_, slot: string | undefined, one = '', many = '', oneOf = '', manyOf = '') => {
      if (slot === undefined)
        return one + many === '' ? (pronouns.plural ? manyOf : oneOf) : pluralSubject ? many : one;
      if (slot === 'N') return name ?? pronouns.he;
      if (slot === "N's") return name === null ? pronouns.his : possessive(name);
      return pronouns[slot as keyof Omit<Pronouns, 'plural'>];
    },
  );
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

function possessive(name: string): string {
  return name.endsWith('s') ? `${name}'` : `${name}'s`;
}

function theStatements(): Statements {
  loaded ??= load();
  return loaded;
}

function load(): Statements {
  const file = new URL('../../data/simulated/statements.json', import.meta.url);
  const { items } = JSON.parse(readFileSync(file, 'utf8')) as { items: readonly ItemData[] };
  const marks = new Map<string, Mark[]>();
  for (const item of items) {
    for (const answer of [true, false]) {
      for (const statement of answer ? item.yes : item.no) {
        const words = longestRun(statement);
        const siblings = marks.get(words[0]!);
        if (siblings === undefined) marks.set(words[0]!, [{ item, answer, words }]);
        else siblings.push({ item, answer, words });
      }
    }
  }
  for (const siblings of marks.values()) siblings.sort((a, b) => b.words.length - a.words.length);
  return {
    items: items.map((item) => ({ item, asks: item.asks.map((phrases) => phrases.map(slotsOf)) })),
    marks,
  };
}

/** Of the plain words between the slots of a statement the longest run. */
function longestRun(statement: string): string[] {
  let longest: string[] = [];
  for (const run of statement.split(SLOT).map(wordsOf)) {
    while (run[0] === CLAUSE_END) run.shift();
    while (run.at(-1) === CLAUSE_END) run.pop();
    if (run.length > longest.length) longest = run;
  }
  return longest;
}
