/**
 * Text files of a user: UTF-8, with or without a byte order mark. Other encodings are rejected by
 * name and never converted silently.
 */
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf, UserError } from './errors.ts';

/** What stands in a text for a character that an earlier conversion could not read. */
export const REPLACEMENT = '\uFFFD';

export const SAVE_AS_UTF8 =
  'Save the file as UTF-8 (spreadsheets call it "CSV UTF-8"), or convert it with "iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW".';
export const LOST_CHARACTERS =
  'Correct these texts, or export the file again from a source where the characters are intact.';

/** An encoding that is told by the first bytes of a text, and how to convert it. */
export interface ForeignEncoding {
  readonly name: string;
  readonly hint: string;
}

/** @param head the first bytes of a text; null where they do not speak against UTF-8 */
export function foreignEncoding(head: Uint8Array): ForeignEncoding | null {
  const [a, b, c, d] = head;
  const named = (name: string): ForeignEncoding => ({
    name,
    hint: `Save the file as UTF-8 (spreadsheets call it "CSV UTF-8"), or convert it with "iconv -f ${name} -t UTF-8 OLD > NEW".`,
  });
  if (
    (a === 0xff && b === 0xfe && c === 0 && d === 0) ||
    (a === 0 && b === 0 && c === 0xfe && d === 0xff)
  )
    return named('UTF-32');
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) return named('UTF-16');
  // Without a mark: the first letters of a header or of JSON are ASCII, so every other byte is
  // zero.
  if (a !== 0 && b === 0 && c !== 0 && d === 0) return named('UTF-16LE');
  if (a === 0 && b !== 0 && c === 0 && d !== 0) return named('UTF-16BE');
  return null;
}

/** Where bytes stop being UTF-8. */
export interface InvalidByte {
  /** Lines before it. */
  readonly line: number;
  /** Which byte, and where in its line. */
  readonly place: string;
}

/** @returns null where all of it is UTF-8 */
export function findInvalidByte(bytes: Uint8Array): InvalidByte | null {
  if (isUtf8(bytes)) return null;
  let line = 0;
  let from = 0;
  for (;;) {
    const to = bytes.indexOf(0x0a, from);
    if (to < 0 || !isUtf8(bytes.subarray(from, to))) break;
    from = to + 1;
    line++;
  }
  const end = bytes.indexOf(0x0a, from);
  const at = validLength(bytes.subarray(from, end < 0 ? bytes.length : end));
  const byte = bytes[from + at]!.toString(16).toUpperCase().padStart(2, '0');
  return { line, place: `byte 0x${byte} at position ${at + 1} of the line` };
}

/** How many of these bytes are whole UTF-8 characters before the first that is none. */
function validLength(bytes: Uint8Array): number {
  let whole = 0;
  let broken = bytes.length + 1;
  while (broken - whole > 1) {
    const middle = (whole + broken) >> 1;
    if (decodes(bytes.subarray(0, middle))) whole = middle;
    else broken = middle;
  }
  // What decodes may end in the middle of a character.
  while (!isUtf8(bytes.subarray(0, whole))) whole--;
  return whole;
}

function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/**
 * Reads a file whole.
 * @returns its text without a byte order mark
 * @throws UserError when it cannot be read, is in another encoding, or lost characters in an
 *   earlier conversion
 */
export function readTextFile(file: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${messageOf(error)}`, {
      code: 'file-unreadable',
      hint: 'Check the path and the permissions of the file.',
      cause: error,
    });
  }
  const foreign = foreignEncoding(bytes);
  if (foreign !== null)
    throw new UserError(`${file} is encoded in ${foreign.name}`, {
      code: 'file-not-utf8',
      hint: foreign.hint,
    });
  const invalid = findInvalidByte(bytes);
  if (invalid !== null) {
    throw new UserError(`${file}, line ${invalid.line + 1}: is not UTF-8 text (${invalid.place})`, {
      code: 'file-not-utf8',
      hint: SAVE_AS_UTF8,
    });
  }
  const text = new TextDecoder().decode(bytes);
  const lost = text.indexOf(REPLACEMENT);
  if (lost < 0) return text;
  const line = text.slice(0, lost).split('\n').length;
  throw new UserError(
    `${file}, line ${line}: a character was lost in an earlier conversion and now reads "${REPLACEMENT}" (U+FFFD)`,
    {
      code: 'characters-lost',
      hint: LOST_CHARACTERS,
    },
  );
}

/**
 * UTF-8 that was read as Windows-1252 and saved again: `Ã©` for `é`, `â€™` for `’`. Signs that may
 * stand behind a word are no sign of it.
 */
const ENCODED_TWICE =
  /\p{L}{0,30}(?:Ã[\u00a1-\u00b9\u00bc-\u00be]|â€[œ™˜¦¢]|Â[\u00a1-\u00a9\u00ac-\u00b1])\p{L}{0,30}/u;

/** What is to be said of a text whose characters were encoded twice, and where it shows; else null. */
export function encodedTwice(text: string): { readonly said: string; readonly at: number } | null {
  const found = ENCODED_TWICE.exec(text);
  if (found === null) return null;
  const said = `reads "${shownText(found[0])}", which is UTF-8 that was taken for another encoding and saved again`;
  return { said, at: found.index };
}

const LONGEST_SHOWN = 40;

/**
 * A piece of somebody's text for a message: short, and with every sign visible that would move the
 * cursor or show nothing.
 */
export function shownText(text: string, most = LONGEST_SHOWN): string {
  const kept = [...text.slice(0, 2 * most)].slice(0, most).join('');
  const visible = kept.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (sign) => {
    const code = sign.codePointAt(0)!.toString(16);
    return NAMED[sign] ?? `\\u${code.length > 4 ? `{${code}}` : code.padStart(4, '0')}`;
  });
  return kept.length < text.length ? `${visible}…` : visible;
}

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The name of a file or folder without the folders it is in, which are nobody else's business. */
export function withoutFolders(file: string): string {
  return path.basename(path.resolve(file));
}

/** The same for what may be a path of this computer, or something else, such as an address. */
export function withoutLocalFolders(source: string): string {
  return path.posix.isAbsolute(source) || path.win32.isAbsolute(source)
    ? path.win32.basename(source)
    : source;
}
