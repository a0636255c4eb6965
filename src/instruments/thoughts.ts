/** `<think>…</think>`, `[THINK]…[/THINK]`: what a reasoning model writes before its reply and is no part of it. */
import { replyWords } from './reply-words.ts';

/** Where a thought begins or ends, if nobody only speaks of the mark. */
export interface ThoughtMark {
  readonly opens: boolean;
  readonly start: number;
  readonly end: number;
}

const TAG = `(?:[\\w-]{1,20}:)?(?:${replyWords.thinkingTags.join('|')})(?:_[\\w-]{1,80})?`;
const ATTRIBUTES = '(?:\\s[^<>]{0,200}?)?';
const [LESS, GREATER] = ['(?:<|＜|&lt;)\\s{0,8}', '\\s{0,8}(?:>|＞|&gt;)'];

/** A tag that closes itself holds an empty thought, and one that closes may have lost its end. */
const CLOSING = [
  `${LESS}\\\\?/\\s{0,8}${TAG}(?:${ATTRIBUTES}${GREATER}|(?![\\w-]))`,
  `${LESS}${TAG}${ATTRIBUTES}/${GREATER}`,
  ...replyWords.thinkingMarks.map(([, closing]) => spaced(closing)),
].join('|');
const OPENING = [`${LESS}${TAG}${ATTRIBUTES}${GREATER}`, ...replyWords.thinkingMarks.map(([opening]) => spaced(opening))].join('|');
/** Every repetition in it is bounded, so that it takes linear time. */
const MARK = new RegExp(`(?<closing>${CLOSING})|${OPENING}`, 'gi');

/** The marks of a text, in its order. */
export function thoughtMarksOf(text: string): ThoughtMark[] {
  return Array.from(text.matchAll(MARK), ({ 0: mark, index, groups }) => ({
    opens: groups?.closing === undefined,
    start: index,
    end: index + mark.length,
  }));
}

/** A mark as a pattern that allows white space between its signs. */
function spaced(mark: string): string {
  return (mark.match(/[\p{L}\p{N}_]+|./gu) ?? []).map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('\\s{0,8}');
}
