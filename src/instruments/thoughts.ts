/** `<think>…</think>`: what a reasoning model writes before its reply and is no part of it. */
import { replyWords } from './reply-words.ts';

const TAGS = replyWords.thinkingTags.join('|');
const OPENING = new RegExp(`<(${TAGS})>`, 'i');
const OPENING_HERE = new RegExp(OPENING.source, 'iy');
const CLOSING = new RegExp(`</(?:${TAGS})>`, 'gi');
const THOUGHT = new RegExp(`<(${TAGS})>[\\s\\S]*?(?:</\\1>|$)`, 'gi');

/** Where the thought that begins at `at` ends (the end of the text when it never does); null when none begins there. */
export function endOfThought(text: string, at: number): number | null {
  OPENING_HERE.lastIndex = at;
  const tag = OPENING_HERE.exec(text)?.[1];
  if (tag === undefined) return null;
  const closing = new RegExp(`</${tag}>`, 'gi');
  closing.lastIndex = at;
  return closing.test(text) ? closing.lastIndex : text.length;
}

/**
 * Where a reply begins whose thoughts have no opening tag, because the chat template put it into the prompt; else 0.
 * Only a tag before the last brace counts: one after it is quoted by an explanation.
 */
export function endOfLeadingThought(text: string): number {
  const lastBrace = text.lastIndexOf('{');
  const end = [...text.matchAll(CLOSING)].map((match) => match.index + match[0].length).findLast((position) => position <= lastBrace);
  if (end === undefined) return 0;
  const opening = text.search(OPENING);
  return opening !== -1 && opening < end ? 0 : end;
}

/** A reply in prose without its thoughts. */
export function withoutThoughts(text: string): string {
  const spoken = text.replace(THOUGHT, ' ');
  const closing = [...spoken.matchAll(CLOSING)].at(-1);
  return closing === undefined ? spoken : spoken.slice(closing.index + closing[0].length);
}
