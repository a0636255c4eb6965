/** `<think>…</think>`, `[THINK]…[/THINK]`: what a reasoning model writes before its reply and is no part of it. */
import { replyWords } from './reply-words.ts';

const MARKS: readonly { readonly opening: string; readonly closing: RegExp }[] = [
  ...replyWords.thinkingTags.map((tag) => [`<${tag}>`, `</${tag}>`] as const),
  ...replyWords.thinkingMarks,
].map(([opening, closing]) => ({ opening: opening.toLowerCase(), closing: new RegExp(literally(closing), 'gi') }));

const OPENING = new RegExp(MARKS.map(({ opening }) => literally(opening)).join('|'), 'gi');
const OPENING_HERE = new RegExp(OPENING.source, 'iy');
const CLOSING = new RegExp(MARKS.map(({ closing }) => closing.source).join('|'), 'gi');

/** Where the thought that begins at `at` ends (the end of the text when it never does); null when none begins there. */
export function endOfThought(text: string, at: number): number | null {
  OPENING_HERE.lastIndex = at;
  const opening = OPENING_HERE.exec(text)?.[0].toLowerCase();
  const mark = MARKS.find((one) => one.opening === opening);
  if (mark === undefined) return null;
  mark.closing.lastIndex = at;
  return mark.closing.test(text) ? mark.closing.lastIndex : text.length;
}

/**
 * Where a reply begins whose thoughts have no opening mark, because the chat template put it into the prompt; else 0.
 * Only a mark before the last brace counts: one after it is quoted by an explanation.
 */
export function endOfLeadingThought(text: string): number {
  const lastBrace = text.lastIndexOf('{');
  const end = [...text.matchAll(CLOSING)].map((match) => match.index + match[0].length).findLast((position) => position <= lastBrace);
  if (end === undefined) return 0;
  OPENING.lastIndex = 0;
  const opening = OPENING.exec(text)?.index ?? end;
  return opening < end ? 0 : end;
}

/** A reply in prose without its thoughts. */
export function withoutThoughts(text: string): string {
  let spoken = '';
  let at = 0;
  for (;;) {
    OPENING.lastIndex = at;
    const opening = OPENING.exec(text)?.index ?? text.length;
    spoken += text.slice(at, opening);
    if (opening === text.length) break;
    at = endOfThought(text, opening)!;
    spoken += ' ';
  }
  const closing = [...spoken.matchAll(CLOSING)].at(-1);
  return closing === undefined ? spoken : spoken.slice(closing.index + closing[0].length);
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
