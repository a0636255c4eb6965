/** What PostgreSQL can hold of what a model may say. */

const UTF8 = new TextDecoder('utf-8');
/** Escapes that JSON allows and jsonb does not: NUL and halves of surrogate pairs. */
const TROUBLE = /\\u(?:0000|d[89ab]|dc|d[def])/i;

/** Text with NUL shown as `␀` and broken surrogates as `�`; the bytes as they came are kept elsewhere. */
export function storableText(text: string): string;
export function storableText(text: string | null): string | null;
export function storableText(text: string | null): string | null {
  if (text === null) return null;
  return text.isWellFormed() && !text.includes('\0') ? text : text.toWellFormed().replaceAll('\0', '␀');
}

/**
 * A body as text that jsonb takes: JSON as it is where possible, cleaned where it holds what jsonb refuses, and as a JSON
 * string where it is no JSON at all.
 * @returns null for no body
 */
export function readableJson(body: Uint8Array | null): string | null {
  if (body === null) return null;
  const text = UTF8.decode(body);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return JSON.stringify(storableText(text));
  }
  return TROUBLE.test(text) || hasHugeNumber(text) ? JSON.stringify(cleaned(value)) : text;
}

/** JavaScript reads 1e999999 as Infinity; the server's numeric refuses it. */
function hasHugeNumber(text: string): boolean {
  return /[eE][+-]?\d{4,}/.test(text);
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storableText(key), cleaned(inner)]));
  }
  return value;
}
