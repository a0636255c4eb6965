/**
 * Typing errors in what is asked, drawn from a seed. Each text has a stream of its own, so that it
 * has the same errors wherever it stands: two administrations that differ in another setting alone
 * ask it alike.
 */
import { createHash } from 'node:crypto';
import type { TextWriter } from '../instruments/asked/prompt.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { randomWords, type Words } from '../statistics/random.ts';
import type { AdministrationSettings, Noise } from './settings.ts';

/** The keys beside each letter on a QWERTY keyboard, in its own row and the rows next to it. */
const NEIGHBOURS: Readonly<Record<string, string>> = {
  ...{ q: 'wa', w: 'qeas', e: 'wrsd', r: 'etdf', t: 'ryfg', y: 'tugh', u: 'yihj', i: 'uojk' },
  ...{ o: 'ipkl', p: 'ol', a: 'qwsz', s: 'weadzx', d: 'ersfxc', f: 'rtdgcv', g: 'tyfhvb' },
  ...{ h: 'yugjbn', j: 'uihknm', k: 'iojlm', l: 'opk', z: 'asx', x: 'sdzc', c: 'dfxv' },
  ...{ v: 'fgcb', b: 'ghvn', n: 'hjbm', m: 'jkn' },
};

const PLACEHOLDER = String.raw`\{\{\w+\}\}|<row\.[^<>]*>`;
const IN_ITEMS = new RegExp(`(${PLACEHOLDER})`, 'u');
const LETTER = /\p{L}/u;
const SYNTAX = /[$()*+./?[\\\]^{|}]/g;

/**
 * Writes the texts of a prompt with the errors of one administration.
 * @param seed of the administration
 * @returns undefined where nothing is changed
 */
export function noiseOf(
  instrument: Instrument,
  { noise }: AdministrationSettings,
  seed: number,
): TextWriter | undefined {
  if (noise === 'none') return undefined;
  const alphabet = lettersOf(instrument);
  return (text, of) => {
    if (noise.of === 'items' && of !== 'item') return text;
    const isProtected = of === 'item' ? IN_ITEMS : protectedIn(instrument);
    return mistype(text, noise, { isProtected, alphabet, words: wordsFor(seed, text) });
  };
}

function wordsFor(seed: number, text: string): Words {
  const hash = createHash('sha256')
    .update(JSON.stringify([seed, text]))
    .digest();
  return randomWords(hash.readUIntBE(0, 6));
}

interface Typing {
  /** Matches what is left as it is, as its one group. */
  readonly isProtected: RegExp;
  /** What `random` draws from. */
  readonly alphabet: readonly string[];
  readonly words: Words;
}

/** The text in which each letter was mistyped with the probability of the rate. Length is kept. */
function mistype(text: string, { kind, rate }: Noise, typing: Typing): string {
  const { isProtected, alphabet, words } = typing;
  // Every second piece is a protected one.
  return text
    .split(isProtected)
    .map((piece, index) => {
      if (index % 2 === 1) return piece;
      const letters = [...piece];
      for (let at = 0; at < letters.length; at++) {
        const letter = letters[at]!;
        if (!LETTER.test(letter)) continue;
        // Both are drawn for every letter, so that the stream does not depend on the rate.
        const [isHit, choice] = [words() < rate * 2 ** 32, words() / 2 ** 32];
        if (!isHit) continue;
        if (kind === 'swap') {
          const next = letters[at + 1];
          if (next === undefined || !LETTER.test(next)) continue;
          [letters[at], letters[at + 1]] = [next, letter];
          // A letter is moved once; its draws are passed over.
          words();
          words();
          at++;
        } else {
          const others =
            kind === 'keyboard'
              ? [...(NEIGHBOURS[letter.toLowerCase()] ?? '')]
              : alphabet.filter((one) => one !== letter.toLowerCase());
          const other = others[Math.floor(choice * others.length)] ?? letter;
          letters[at] = letter === letter.toLowerCase() ? other : other.toUpperCase();
        }
      }
      return letters.join('');
    })
    .join('');
}

const alphabets = new WeakMap<Instrument, readonly string[]>();

/** The letters that the items are written in, in lower case and sorted. */
function lettersOf(instrument: Instrument): readonly string[] {
  const known = alphabets.get(instrument);
  if (known !== undefined) return known;
  const all = instrument.items.flatMap(({ text }) => [...text.toLowerCase()]);
  const letters = [...new Set(all)].filter((one) => LETTER.test(one)).sort();
  alphabets.set(instrument, letters);
  return letters;
}

const patterns = new WeakMap<Instrument, RegExp>();

/**
 * Of the words round the items: placeholders, names in quotation marks, labels of answers and ids,
 * by which a reply is read.
 */
function protectedIn(instrument: Instrument): RegExp {
  const known = patterns.get(instrument);
  if (known !== undefined) return known;
  const named = [
    ...instrument.answerSets.flatMap(({ options }) => options.map(({ label }) => label)),
    ...instrument.items.map(({ id }) => id),
  ].filter((text) => LETTER.test(text));
  // Of two that begin alike the longer one.
  const longest = [...new Set(named)].sort((a, b) => b.length - a.length);
  const whole = longest.map(
    (text) => `(?<![\\p{L}\\p{N}])${text.replaceAll(SYNTAX, '\\$&')}(?![\\p{L}\\p{N}])`,
  );
  const all = [PLACEHOLDER, '"[^"\\n]*"', '`[^`\\n]*`', ...whole].join('|');
  const pattern = new RegExp(`(${all})`, 'u');
  patterns.set(instrument, pattern);
  return pattern;
}
