/**
 * The text of a table of one's own, whatever encoding it is in. A mark or the bytes themselves tell
 * UTF-8 and UTF-16; what is neither is taken for Windows-1252, as spreadsheets save it, unless it
 * reads as nobody writes.
 */
import { isUtf8 } from 'node:buffer';
import { UserError } from '../../errors.ts';
import {
  encodedTwice,
  foreignEncoding,
  LOST_CHARACTERS,
  REPLACEMENT,
  shownText,
} from '../../text-file.ts';

export interface DecodedText {
  readonly text: string;
  /** As `TextDecoder` knows it, e.g. `windows-1252`. */
  readonly encoding: string;
  /**
   * Some words that would read otherwise in another encoding; none where the encoding was told, or
   * is beyond doubt.
   */
  readonly doubtful: readonly string[];
}

const WINDOWS_1252 = 'windows-1252';
const MOST_WORDS = 3;
const NAME_IT =
  'Save the file as UTF-8 (spreadsheets call it "CSV UTF-8"). A study file can also name the encoding: "encoding" under "personas", such as macintosh or windows-1251.';

/** What a table was read as, where that is in doubt; null where it is not. */
export function sayDoubt(
  file: string,
  { encoding, doubtful }: Omit<DecodedText, 'text'>,
): string | null {
  if (doubtful.length === 0) return null;
  const words = doubtful.map((word) => `"${shownText(word)}"`).join(', ');
  return `${file} is not UTF-8 and was read as ${encoding}, with words such as ${words}.`;
}

/**
 * @param told as `TextDecoder` knows it; recognised where it is left out
 * @throws UserError naming the file, and the line where it cannot be what it is taken for
 */
export function decodeTable(file: string, bytes: Uint8Array, told?: string): DecodedText {
  const encoding = told ?? encodingOf(file, bytes);
  const text = decode(file, bytes, encoding);
  requireText(file, text, encoding);
  if (told !== undefined || encoding !== WINDOWS_1252) return { text, encoding, doubtful: [] };
  const odd = ODD_WORD.exec(text);
  if (odd !== null)
    throw new UserError(
      `${file}, line ${lineAt(text, odd.index)}: is not UTF-8, and as ${encoding} it reads "${shownText(odd[0])}"`,
      { code: 'file-encoding', hint: NAME_IT },
    );
  return { text, encoding, doubtful: doubtfulWords(text) };
}

function encodingOf(file: string, bytes: Uint8Array): string {
  const foreign = foreignEncoding(bytes);
  if (foreign?.name === 'UTF-32')
    throw new UserError(`${file} is encoded in ${foreign.name}`, {
      code: 'file-not-utf8',
      hint: foreign.hint,
    });
  if (foreign !== null)
    return foreign.name.endsWith('BE') || bytes[0] === 0xfe ? 'utf-16be' : 'utf-16le';
  return isUtf8(bytes) ? 'utf-8' : WINDOWS_1252;
}

function decode(file: string, bytes: Uint8Array, encoding: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    const isUnknown = error instanceof RangeError;
    throw new UserError(
      isUnknown
        ? `${file}: unknown encoding "${encoding}"`
        : `${file} is not text in the encoding ${encoding}`,
      {
        code: 'file-encoding',
        hint: 'Write the encoding as "utf-8", "windows-1252", "iso-8859-15" or "utf-16le", or omit it.',
        cause: error,
      },
    );
  }
}

/** @throws UserError for characters that were lost earlier, and for those that no text has */
function requireText(file: string, text: string, encoding: string): void {
  const lost = text.indexOf(REPLACEMENT);
  if (lost >= 0)
    throw new UserError(
      `${file}, line ${lineAt(text, lost)}: a character was lost in an earlier conversion and now reads "${REPLACEMENT}" (U+FFFD)`,
      { code: 'characters-lost', hint: LOST_CHARACTERS },
    );
  const twice = encodedTwice(text);
  if (twice !== null)
    throw new UserError(`${file}, line ${lineAt(text, twice.at)}: ${twice.said}`, {
      code: 'characters-lost',
      hint: LOST_CHARACTERS,
    });
  const control = NO_TEXT.exec(text);
  if (control !== null)
    throw new UserError(
      `${file}, line ${lineAt(text, control.index)}: as ${encoding} it holds the control character ${shownText(control[0])}, which no text has`,
      { code: 'file-encoding', hint: NAME_IT },
    );
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

/**
 * NUL, which no database takes, and the upper controls: bytes that Windows-1252 does not use, or
 * UTF-8 that was read as another encoding and saved again. U+0085 ends lines on mainframes.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for
const NO_TEXT = /[\u0000\u0080-\u0084\u0086-\u009f]/;

/** All letters of Windows-1252 that are not ASCII. */
const LETTERS = 'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿŠŒŽšœžŸƒ';
const CAPITALS = 'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞŠŒŽŸ';
/** Signs that are never within a word; dashes, dots and apostrophes may be. */
const SIGNS = '‚„†‡ˆ‰‹›“”•˜™¡¢£¤¥¦§©«¬®¯±²³¶¸¹»¼½¾¿';
/**
 * What no language that is written in Windows-1252 writes: a sign within a word, a capital with an
 * accent behind a small letter, and four letters with accents in a row, but for the vowels of which
 * Finnish has long rows.
 */
const ODD_WORD = new RegExp(
  [
    `\\p{L}{1,30}[${SIGNS}]{1,30}\\p{L}{1,30}`,
    `\\p{L}{0,30}(?!ß)\\p{Ll}[${CAPITALS}]\\p{L}{0,30}`,
    `\\p{L}{0,30}(?![äöåÄÖÅ]{4})[${LETTERS}]{4}\\p{L}{0,30}`,
  ].join('|'),
  'u',
);
const HAS_LETTER = new RegExp(`[${LETTERS}]`);
/** Letters and signs that are not ASCII. */
const WORD = /[\p{L}\u0080-\u2122]*[\u0080-\u2122][\p{L}\u0080-\u2122]*/gu;

/** The first that are not ASCII, those with letters of that kind before others. */
function doubtfulWords(text: string): string[] {
  const words = [...new Set([...text.matchAll(WORD)].map(([word]) => word))];
  const withLetter = words.filter((word) => HAS_LETTER.test(word));
  return [...new Set([...withLetter, ...words])].slice(0, MOST_WORDS);
}
