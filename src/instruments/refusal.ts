/** Whether a reply without answers says that there will be none. */
import { replyWords } from './reply-words.ts';
import { withoutThoughts } from './thoughts.ts';

const PATTERNS = Object.values(replyWords.refusals)
  .flat()
  .map((source) => new RegExp(source, 'iu'));

/** Who refuses does so in the first sentences. */
const READ_AT_MOST = 4000;

export function isRefusal(text: string): boolean {
  const prose = withoutThoughts(text)
    .slice(0, READ_AT_MOST)
    .normalize('NFC')
    .replace(/[’‘`´]/g, "'")
    .replace(/\s+/g, ' ');
  return PATTERNS.some((pattern) => pattern.test(prose));
}
