/** The words in which replies are written, in many languages: `data/replies.json`. */
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
  readonly explanationKeys: readonly string[];
  /** Tags around text that is no part of the reply: `<think>`. */
  readonly thinkingTags: readonly string[];
  /** What models without such tags put before and after their thoughts. */
  readonly thinkingMarks: readonly (readonly [opening: string, closing: string])[];
  /** Regular expressions by language, matched without case against prose with straight apostrophes and single spaces. */
  readonly refusals: Readonly<Record<string, readonly string[]>>;
}

export const replyWords: ReplyWords = JSON.parse(readFileSync(new URL('../../data/replies.json', import.meta.url), 'utf8')) as ReplyWords;
