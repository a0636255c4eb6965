/** What a completion that ended at the token limit still holds. */
import { isValidJson, readLooseJson } from './lenient-json.ts';

/**
 * `Here are my answers:` is no thought; a page of prose may be one whose mark stands in the prompt.
 */
const LONGEST_LEAD_IN = 200;

/**
 * Whether a completion that was cut off is one whole JSON object all the same: the limit came while
 * nothing more was said. Nothing is repaired here, and an object within a thought that may have
 * gone on is none.
 */
export function isWholeObject(completion: string): boolean {
  const { text, roots, brokenAt, thoughts } = readLooseJson(completion);
  const [root, ...others] = roots;
  if (
    root === undefined ||
    others.length > 0 ||
    root.part ||
    brokenAt !== null ||
    thoughts === 'unended'
  )
    return false;
  const { start, end } = root.node;
  if (!isValidJson(text.slice(start, end))) return false;
  const before = text.slice(0, start).trim();
  const leadsIn =
    thoughts === 'ended' ||
    (before.length <= LONGEST_LEAD_IN && !/\n\s*\n\s*\S/.test(withoutFence(before)));
  return leadsIn && withoutFence(text.slice(end).trim()) === '';
}

function withoutFence(text: string): string {
  return text.length > 2 * LONGEST_LEAD_IN
    ? text
    : text.replace(/\s*(?:`{3}|~{3})\w{0,10}\s*$/, '').trim();
}
