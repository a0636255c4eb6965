/**
 * The words in which replies are written, in many languages: `data/replies.json`, and how models
 * refuse: `data/refusals.json`.
 */
import { readFileSync } from 'node:fs';

interface ReplyWords {
  /** What an option marked `"means": "yes"` or `"no"` may be called. */
  readonly yes: readonly string[];
  readonly no: readonly string[];
  /** What may stand before the number in a key: `Q1`, `item 1`. */
  readonly itemPrefixes: readonly string[];
  /** Keys of the number and of the answer, in a reply that is a list of `{number, answer}`. */
  readonly numberKeys: readonly string[];
  readonly answerKeys: readonly string[];
  /** Keys of a list of answers in the order of the items. */
  readonly listKeys: readonly string[];
  /** Keys of the probabilities of one item. */
  readonly probabilityKeys: readonly string[];
  /** What may stand before a letter: `Option B`. */
  readonly optionWords: readonly string[];
  /** What is written in place of an answer that is not given. */
  readonly declines: readonly string[];
  /** Other names of a currency, by its code in small letters. */
  readonly currencies: Readonly<Record<string, readonly string[]>>;
  readonly explanationKeys: readonly string[];
  /** Tags around text that is no part of the reply: `<think>`. */
  readonly thinkingTags: readonly string[];
  /** What models without such tags put before and after their thoughts. */
  readonly thinkingMarks: readonly {
    readonly openings: readonly string[];
    readonly closings: readonly string[];
    /** Words that mean something else without each other. */
    readonly paired?: boolean;
  }[];
}

/**
 * Regular expressions for sentences in small letters without accents, with straight apostrophes and
 * single spaces.
 */
interface RefusalWords {
  readonly contractions: readonly (readonly [short: string, long: string])[];
  /** An answer with its number, in prose. */
  readonly answer: string;
  /** What takes a refusal back: `…, but I would say True`. */
  readonly answersAfterAll: string;
  /** How a sentence begins that may do so for the one before it. */
  readonly goesOnAnswering: string;
  readonly languages: Readonly<Record<string, RefusalLanguage>>;
}

interface RefusalLanguage {
  /** Parts of patterns, which name them in braces. */
  readonly words: Readonly<Record<string, string>>;
  /** Each is a refusal, wherever its sentence stands. */
  readonly patterns: readonly string[];
  /** Refusals in the first two sentences only, because further on they may speak of anything. */
  readonly openings?: readonly string[];
  /** Says that the writer is sorry. */
  readonly apology?: string;
  /** Refusals in the first two sentences, in or after one with an apology. */
  readonly afterApology?: readonly string[];
  /** Refusals where nothing else is said: `No comment.` */
  readonly alone?: readonly string[];
  /** Says that the writer is a machine; with a negation, that is a refusal. */
  readonly identity: readonly string[];
  readonly negation: string;
}

export const replyWords = read('replies.json') as ReplyWords;
export const refusalWords = read('refusals.json') as RefusalWords;

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../data/${file}`, import.meta.url), 'utf8'));
}
