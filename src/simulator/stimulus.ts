/**
 * What a questionnaire is about where it names columns of the row that it is asked for
 * (`<row.NAME>`): the texts that stand in their place. Rows without a persona differ in nothing
 * else.
 */

const SLOT = /<row\.[^<>]*>/u;
const SYNTAX = /[$()*+./?[\\\]^{|}]/gu;

/** What a text with slots has in their place, and the passage in which it stands. */
export interface Filled {
  readonly passage: string;
  readonly values: readonly string[];
}

/** Matches the text once its slots are filled in, as a whole; null for a text without slots. */
export function filledPattern(text: string): RegExp | null {
  return SLOT.test(text) ? new RegExp(`^${sourceOf(text, '(.+)')}$`, 'su') : null;
}

/**
 * The passages of a prompt that fill slots of its template. A value may have several lines: it
 * lies between the lines that the template has before and after it.
 */
export function findFilled(template: string, prompt: string): readonly Filled[] {
  if (!SLOT.test(template)) return [];
  const lines = template.split('\n').flatMap((line) => line.trim() || []);
  return lines.flatMap((line, at) => {
    if (!SLOT.test(line)) return [];
    const before = (lines[at - 1] ?? '').split(SLOT).at(-1)!;
    const after = (lines[at + 1] ?? '').split(SLOT)[0]!;
    const start = before === '' ? '^' : `(?<=${escaped(before)}\\s*\\n\\s*)`;
    const between = `${start}${sourceOf(line, '(\\S.*?)')}(?=\\s*\\n\\s*${escaped(after)})`;
    const oneLine = `^${sourceOf(line, '([^\\n]+)')}$`;
    const match =
      (after === '' ? null : new RegExp(between, 'msu').exec(prompt)) ??
      (line.split(SLOT).join('').trim() === '' ? null : new RegExp(oneLine, 'mu').exec(prompt));
    return match === null ? [] : [{ passage: match[0], values: match.slice(1) }];
  });
}

function sourceOf(text: string, value: string): string {
  return text.split(SLOT).map(escaped).join(value);
}

function escaped(text: string): string {
  return text.replaceAll(SYNTAX, '\\$&');
}
