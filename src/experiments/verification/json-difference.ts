/** Where two JSON values differ first. Pure. */

export interface JsonDifference {
  /** E.g. `messages[0].content`. */
  readonly path: string;
  /** Short, around the place; null where there is nothing. */
  readonly stored: string | null;
  readonly expected: string | null;
}

/** Characters shown before and after the place where two texts part. */
const BEFORE = 20;
const AFTER = 40;

/**
 * @returns null where they are equal; the order of keys does not count, as the server keeps none
 */
export function firstDifference(
  stored: unknown,
  expected: unknown,
  path = '',
): JsonDifference | null {
  if (stored === expected) return null;
  if (isObject(stored) && isObject(expected) && Array.isArray(stored) === Array.isArray(expected)) {
    const isList = Array.isArray(stored);
    for (const key of new Set([...Object.keys(stored), ...Object.keys(expected)])) {
      const at = isList ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
      const found = firstDifference(own(stored, key), own(expected, key), at);
      if (found !== null) return found;
    }
    return null;
  }
  if (typeof stored === 'string' && typeof expected === 'string') {
    const at = firstDifferingCharacter(stored, expected);
    return { path, stored: around(stored, at), expected: around(expected, at) };
  }
  return { path, stored: shortJson(stored), expected: shortJson(expected) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function own(value: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function firstDifferingCharacter(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}

function around(text: string, at: number): string {
  const from = Math.max(0, at - BEFORE);
  const piece = text.slice(from, at + AFTER).toWellFormed();
  return JSON.stringify(`${from > 0 ? '…' : ''}${piece}${at + AFTER < text.length ? '…' : ''}`);
}

function shortJson(value: unknown): string | null {
  if (value === undefined) return null;
  const text = JSON.stringify(value);
  return text.length > BEFORE + AFTER ? `${text.slice(0, BEFORE + AFTER).toWellFormed()}…` : text;
}
