/**
 * Parses JSON files, and finds the place of a syntax error. `JSON.parse` reports places only for
 * some errors, in words that differ between engines.
 */
import { messageOf, UserError } from './errors.ts';

interface JsonFault {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  /** What stands there, e.g. `"]"` or `the end of the text`. */
  readonly found: string;
}

const SPACE = /[ \t\n\r]*/y;
/** The first class is every character but the quote, the backslash and the control characters. */
const TOKEN =
  /("(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)|[{}[\],:]/y;

type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or close' | 'end';

/** @param text something that `JSON.parse` refused */
export function findJsonFault(text: string): JsonFault {
  const at = faultOffset(text);
  const before = text.slice(0, at).split('\n');
  const found =
    at >= text.length
      ? 'the end of the text'
      : JSON.stringify(String.fromCodePoint(text.codePointAt(at)!));
  return { line: before.length, column: before.at(-1)!.length + 1, found };
}

function faultOffset(text: string): number {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    at = matchEnd(SPACE, text, at)!;
    const end = matchEnd(TOKEN, text, at);
    if (end === null) return at;
    const token = text.slice(at, end);
    const next = step(token, expected, open);
    if (next === null) return at;
    expected = next;
    at = end;
  }
}

/** What may follow `token`, or null when it may not stand here. Keeps `open` up to date. */
function step(token: string, expected: Expected, open: ('{' | '[')[]): Expected | null {
  const value = expected === 'value' || expected === 'value or ]';
  const afterValue = (): Expected => (open.length === 0 ? 'end' : ', or close');
  const close = (): Expected => {
    open.pop();
    return afterValue();
  };
  switch (token) {
    case '{':
    case '[':
      if (!value) return null;
      open.push(token);
      return token === '{' ? 'key or }' : 'value or ]';
    case '}':
      return open.at(-1) === '{' && (expected === 'key or }' || expected === ', or close')
        ? close()
        : null;
    case ']':
      return open.at(-1) === '[' && (expected === 'value or ]' || expected === ', or close')
        ? close()
        : null;
    case ':':
      return expected === ':' ? 'value' : null;
    case ',':
      return expected === ', or close' ? (open.at(-1) === '{' ? 'key' : 'value') : null;
    default:
      if (value) return afterValue();
      return token.startsWith('"') && (expected === 'key' || expected === 'key or }') ? ':' : null;
  }
}

function matchEnd(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}

/** @throws UserError naming file, line and column of what is no JSON */
export function parseJson(source: string, fileName: string): unknown {
  const body = source.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(body);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const { line, column, found } = findJsonFault(body);
    throw new UserError(
      `${fileName} is not JSON: unexpected ${found} at line ${line}, column ${column}`,
      {
        code: 'json-invalid',
        hint: 'Look there for a missing or extra comma, quote or bracket.',
        cause: messageOf(error),
      },
    );
  }
}
