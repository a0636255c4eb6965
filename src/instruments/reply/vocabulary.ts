/** The meaning of one written answer to choose from: `"True"`, `4`, `Sí`, `4 - Agree`, `(b)`. */
import type { AskedOption } from '../asked/asked.ts';
import type { AnswerOption } from '../structure.ts';
import { meansNothing, plainText, withPlainMinus } from './plain-text.ts';
import { type Reading, unreadable } from './reading.ts';
import { remembered } from './remembered.ts';
import { replyWords } from './words.ts';

export type Vocabulary = (text: string) => Reading;

/**
 * A longer text is no answer, but for a label that is itself as long; the bound also keeps the
 * patterns below cheap.
 */
const LONGEST_ANSWER = 200;
/** Characters around a label, such as quotes. */
const ORNAMENTS_ALLOWED = 20;
/** With more options than this, nobody lists two neighbours as `90/100`. */
const FEW_OPTIONS = 7;

const NUMBER_ALONE = /^[([]?([+-]?\d{1,9})(?:\.0+)?[)\]]?$/;
const NUMBER_TWICE = /^([+-]?\d{1,9}) ?[([]([+-]?\d{1,9})[)\]]$/;
const NUMBER_OF_MOST = /^(\d{1,9}) ?\/ ?(\d{1,9})$/;
const NUMBER_FIRST =
  /^[([]?([+-]?\d{1,9})(?:\.0+(?!\d))?[)\]]?(?:\s+|\s*[-–—:.,;=)\]]+\s*|(?=[([]))(.+)$/;
const NUMBER_LAST = /^(.*?[^\s\d([=:,.+–—-])(\s*[-–—:,=([]+\s*|\s+)([+-]?\d{1,9})[)\]]?$/;
const OPTION = `(?:(?:${replyWords.optionWords.join('|')})(?:\\s*[:#]\\s*|\\s+))?`;
const LETTER_ALONE = new RegExp(`^${OPTION}[([]?([a-z]{1,2})[)\\].:]*$`, 'u');
const LETTER_FIRST = new RegExp(
  `^${OPTION}[([]?([a-z]{1,2})(?:[)\\].:]+\\s*|\\s*[=–—-]+\\s*|\\s+|(?=[([]))(.+)$`,
  'u',
);
const LETTER_LAST = /^(.+?)(?:\s*[-–—:,=([]+\s*)([a-z]{1,2})[)\]]?$/u;
const BETWEEN_WORDS = /\s*[/([,;:=|–—]\s*| - /gu;

/**
 * Labels, synonyms, numbers and letters of the answers shown, and two of them together where they
 * do not contradict each other. What stands for an option never depends on where it is shown, but
 * for letters, which are shown with it.
 */
export function vocabularyOf(shown: readonly AskedOption[]): Vocabulary {
  const options = shown.map(({ option }) => option);
  const all = options.map(({ value }) => value);
  const values = new Set(haveOtherNumbers(options) ? [] : all);
  const min = Math.min(...all);
  const max = Math.max(...all);
  const scored = options
    .filter(({ points, value }) => points !== null && values.has(value))
    .map(({ value }) => value)
    .toSorted((first, second) => first - second);
  const words = new Map<string, number>();
  const labels = new Map<string, number>();
  for (const { value, label, synonyms } of options) {
    labels.set(plainText(label), value);
    for (const word of [label, ...synonyms]) words.set(plainText(word), value);
  }
  const longest = Math.max(...options.map(({ label }) => label.length)) + ORNAMENTS_ALLOWED;
  const letters = new Map(
    shown.flatMap(({ option, letter }) =>
      letter === null ? [] : [[letter.toLowerCase(), option.value] as const],
    ),
  );

  const offScale = (text: string) =>
    unreadable('off_scale', text, `is not between ${min} and ${max}`);
  const unknown = (text: string) => unreadable('not_an_answer', text, 'is not one of the answers');
  const twoAnswers = (text: string) =>
    unreadable('contradiction', text, 'names two different answers');

  return remembered((text) => {
    if (text.length > LONGEST_ANSWER) {
      const label = text.length > longest ? undefined : labels.get(plainText(text));
      return label === undefined ? unknown(text) : answer(label);
    }
    const plain = plainText(text);
    return oneWord(text, plain) ?? numbers(text, withPlainMinus(plain)) ?? unknown(text);
  });

  function oneWord(text: string, plain: string): Reading | null {
    const word = words.get(plain) ?? words.get(plain.replace(/[_-]+/g, ' '));
    const letter = letters.get(LETTER_ALONE.exec(plain)?.[1] ?? '');
    if (letter !== undefined) {
      // A synonym such as `T` gives way to the letters shown; a label does not.
      const label = labels.get(plain);
      return label === undefined || label === letter ? answer(letter) : twoAnswers(text);
    }
    if (word !== undefined) return answer(word);
    return meansNothing(plain) ? { kind: 'nothing' } : null;
  }

  function numbers(text: string, plain: string): Reading | null {
    const alone = NUMBER_ALONE.exec(plain);
    if (alone !== null) {
      const value = numberOf(alone[1]!);
      return values.has(value) ? answer(value) : offScale(text);
    }
    const [, part, most] = NUMBER_OF_MOST.exec(plain) ?? [];
    if (part !== undefined)
      return isPartOf(Number(part), Number(most)) ? answer(Number(part)) : null;
    // Where the label of 2 is "2", the prompt shows `2 (2)`.
    const [, twice, label] = NUMBER_TWICE.exec(plain) ?? [];
    if (twice !== undefined && twice === label && values.has(numberOf(label)))
      return answer(numberOf(label));
    const first = NUMBER_FIRST.exec(plain);
    if (first !== null) return numberWith(text, numberOf(first[1]!), bareLabel(first[2]!));
    const byLetter = letterWith(text, plain) ?? twoWords(text, plain);
    if (byLetter !== null) return byLetter;
    const last = NUMBER_LAST.exec(plain);
    if (last === null) return null;
    // A dash that touches the number is its sign where the scale has such numbers.
    const sign = min < 0 && last[2]!.endsWith('-') ? '-' : '';
    return numberWith(text, numberOf(`${sign}${last[3]!}`), bareLabel(last[1]!));
  }

  /** `2/5` is 2 out of 5, unless two neighbouring answers could be meant, or the scale is not so. */
  function isPartOf(value: number, most: number): boolean {
    const at = scored.indexOf(value);
    if (at === -1 || most !== scored.at(-1) || min < 0 || scored.length < 3) return false;
    return at !== scored.length - 2 || scored.length > FEW_OPTIONS;
  }

  function numberWith(text: string, number: number, label: string): Reading {
    if (label === '' || /^[+-]?\d+$/.test(label)) return unknown(text);
    const meant = meanings(label);
    if (meant.size === 0) return unknown(text);
    if (!values.has(number)) return offScale(text);
    return meant.has(number) ? answer(number) : twoAnswers(text);
  }

  /** `B) Very accurate`, `Very accurate (B)`, `B (2)`. */
  function letterWith(text: string, plain: string): Reading | null {
    if (letters.size === 0) return null;
    const first = LETTER_FIRST.exec(plain);
    const last = LETTER_LAST.exec(plain);
    for (const [letter, label] of [
      [first?.[1], first?.[2]],
      [last?.[2], last?.[1]],
    ]) {
      const value = letters.get(letter ?? '');
      if (value === undefined || label === undefined) continue;
      const meant = meanings(bareLabel(label));
      if (meant.size > 0) return meant.has(value) ? answer(value) : twoAnswers(text);
    }
    return null;
  }

  /** `True (yes)`, `Sí / Verdadero`: words of one option. */
  function twoWords(text: string, plain: string): Reading | null {
    for (const { index, 0: mark } of plain.matchAll(BETWEEN_WORDS)) {
      const one = words.get(bareLabel(plain.slice(0, index)));
      const other = words.get(bareLabel(plain.slice(index + mark.length)));
      if (one === undefined || other === undefined) continue;
      return one === other ? answer(one) : twoAnswers(text);
    }
    return null;
  }

  /** The values that a part of an answer can mean: `Agree` is the beginning of two labels. */
  function meanings(part: string): ReadonlySet<number> {
    const letter = letters.get(part);
    const exact = words.get(part) ?? letter;
    if (exact !== undefined) return new Set([exact]);
    if (/^[+-]?\d{1,9}$/.test(part))
      return new Set(values.has(numberOf(part)) ? [numberOf(part)] : []);
    return new Set(
      [...words].filter(([word]) => word.startsWith(`${part} `)).map(([, value]) => value),
    );
  }
}

function answer(value: number): Reading {
  return { kind: 'answer', value };
}

/**
 * Whether the label of an option is another number than its value, such as `0` for 1. Numbers in a
 * reply are then labels, never values.
 */
export function haveOtherNumbers(
  options: readonly Pick<AnswerOption, 'value' | 'label'>[],
): boolean {
  return options.some(({ value, label }) => {
    const plain = plainText(label);
    return /^-?\d+$/.test(plain) && Number(plain) !== value;
  });
}

/** NaN for `-0` and `--1`, which nobody writes for a number of a scale. */
function numberOf(digits: string): number {
  return /^-0+$/.test(digits) ? Number.NaN : Number(digits);
}

/** Without brackets and dashes around it, but for the sign of a number. */
function bareLabel(text: string): string {
  return plainText(text.replace(/^(?:[\s()[\]:=]|[-–—](?!\d))+|[\s()[\]]+$/g, ''));
}
