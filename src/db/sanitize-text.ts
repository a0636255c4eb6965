/** What PostgreSQL can hold of what a model may say. */
import { isUtf8 } from 'node:buffer';

const UTF8 = new TextDecoder('utf-8');
/** Escapes that JSON allows and jsonb does not: NUL and halves of surrogate pairs. */
const TROUBLE = /\\u(?:0000|d[89ab]|dc|d[def])/i;
/**
 * The server reads its numbers to 131072 digits before the point and 16383 behind it, and refuses
 * longer ones.
 */
const LONG_NUMBER = /\d{4}(?<=[eE][+-]?\d{4})|\d{1000}/;
const LONGEST_NUMBER = 1000;
/** The server gives up at some thousand levels, and the embedded one may hang. */
const DEEPEST_NESTING = 500;
/** A reply that is read by people or by queries is never longer. */
const LARGEST_COPY_BYTES = 4 * 2 ** 20;

/**
 * Text with NUL shown as `␀` and broken surrogates as `�`; the bytes as they came are kept
 * elsewhere.
 */
export function storableText(text: string): string;
export function storableText(text: string | null): string | null;
export function storableText(text: string | null): string | null {
  if (text === null) return null;
  return text.isWellFormed() && !text.includes('\0')
    ? text
    : text.toWellFormed().replaceAll('\0', '␀');
}

/**
 * A value as JSON that jsonb takes, whatever its texts hold. It is nested no deeper than our own
 * code nests it.
 */
export function storableJson(value: unknown): string {
  const written = JSON.stringify(value);
  // What would have to be cleaned is written as an escape.
  return TROUBLE.test(written) ? JSON.stringify(cleaned(value)) : written;
}

/**
 * Why the database is to hold no readable copy of a body, only its bytes; null where it can hold
 * one.
 */
export function whyUnreadable(body: Uint8Array | null): string | null {
  if (body === null) return null;
  if (body.byteLength > LARGEST_COPY_BYTES)
    return `it is larger than ${LARGEST_COPY_BYTES / 2 ** 20} MB`;
  return isNestedTooDeep(body) ? `it is nested deeper than ${DEEPEST_NESTING} levels` : null;
}

/** Whether jsonb holds this JSON as it is. */
export function isStorableJson(text: string): boolean {
  return !TROUBLE.test(text) && !LONG_NUMBER.test(text);
}

/**
 * A body as text that jsonb takes: JSON as it is where possible, cleaned where it holds what jsonb
 * refuses, and as a JSON string where it is no JSON at all.
 * @param note takes the place of the copy, see `whyUnreadable`
 * @returns null for no body
 */
export function readableJson(body: Uint8Array | null, note = whyUnreadable(body)): string | null {
  if (body === null) return null;
  if (note !== null) return storableJson({ not_readable: note, bytes: body.byteLength });
  const text = UTF8.decode(body);
  try {
    const value: unknown = JSON.parse(text);
    return isStorableJson(text)
      ? text
      : storableJson(LONG_NUMBER.test(text) ? JSON.parse(text, keepLongNumber) : value);
  } catch (error) {
    if (error instanceof SyntaxError) return JSON.stringify(storableText(text));
    throw error;
  }
}

/** The same in UTF-8: the body itself where it is JSON that jsonb takes as it is. */
export function readableBytes(
  body: Uint8Array | null,
  note = whyUnreadable(body),
): Uint8Array | null {
  if (body === null) return null;
  return note === null && isStorableBody(body) ? body : Buffer.from(readableJson(body, note)!);
}

function isStorableBody(body: Uint8Array): boolean {
  if (!isUtf8(body)) return false;
  // All that JSON gives a meaning is ASCII; one byte for each character is the quickest to read.
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
  try {
    JSON.parse(text);
  } catch {
    return false;
  }
  return isStorableJson(text);
}

/**
 * JavaScript reads 1e999999 as Infinity, and the server does not read it at all: it is shown as the
 * text that it is.
 */
function keepLongNumber(
  _key: string,
  value: unknown,
  context?: { readonly source?: string },
): unknown {
  if (typeof value !== 'number') return value;
  const source = context?.source ?? '';
  return source.length > LONGEST_NUMBER || LONG_NUMBER.test(source) ? source : value;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Whether a byte occurs more often than that. */
function occursMoreThan(most: number, byte: number, body: Uint8Array): boolean {
  let count = 0;
  for (let at = body.indexOf(byte); at >= 0; at = body.indexOf(byte, at + 1))
    if (++count > most) return true;
  return false;
}

/** Brackets within texts do not count. Linear, and without calling itself. */
function isNestedTooDeep(body: Uint8Array): boolean {
  const few = DEEPEST_NESTING / 2;
  if (!occursMoreThan(few, OPEN_BRACKET, body) && !occursMoreThan(few, OPEN_BRACE, body))
    return false;
  let depth = 0;
  let inText = false;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (inText) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inText = false;
    } else if (byte === QUOTE) inText = true;
    else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) {
      if (++depth > DEEPEST_NESTING) return true;
    } else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) depth--;
  }
  return false;
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [storableText(key), cleaned(inner)]),
    );
  }
  return value;
}
