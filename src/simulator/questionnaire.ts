/**
 * Finds the questionnaire in a prompt as a reader would: a JSON object of numbers and statements,
 * and, around it, how to answer. Nothing is known here of instruments, so any of them, in any
 * wording, is read alike.
 */

/**
 * What may be answered, as it is to be written: words or whole numbers, from least to most
 * agreement; two at least.
 */
export type AnswerScale = readonly (string | number)[];

/** A question as the prompt shows it. */
export interface Question {
  /** The key as written, so that the reply can repeat it. */
  readonly number: string;
  readonly text: string;
}

export interface Questionnaire {
  readonly questions: readonly Question[];
  readonly scale: AnswerScale;
}

/** A JSON object in a prompt, as far as its values are texts. */
export interface TextObject {
  readonly start: number;
  /** After its closing brace. */
  readonly end: number;
  readonly entries: readonly (readonly [key: string, text: string])[];
}

interface Found {
  readonly start: number;
  readonly end: number;
  readonly questions: readonly Question[];
}

/** The pairs of words that mean yes and no, yes first. */
const WORD_PAIRS: readonly (readonly [string, string])[] = [
  ['True', 'False'],
  ['Yes', 'No'],
  ['Verdadero', 'Falso'],
  ['Verdadeiro', 'Falso'],
  ['Cierto', 'Falso'],
  ['Sí', 'No'],
  ['Sim', 'Não'],
  ['Oui', 'Non'],
  ['Vrai', 'Faux'],
  ['Sì', 'No'],
  ['Vero', 'Falso'],
  ['Ja', 'Nein'],
  ['Wahr', 'Falsch'],
  ['Richtig', 'Falsch'],
  ['Pravda', 'Nepravda'],
  ['Áno', 'Nie'],
  ['Evet', 'Hayır'],
  ['Doğru', 'Yanlış'],
  ['כן', 'לא'],
  ['נכון', 'לא נכון'],
];

/** Text full of braces that are no objects is not read to its end. */
const MOST_FAILED = 50;
const MAX_SCALE = 100;

const ENTRY = /"(-?\d+)"\s*:\s*"((?:[^"\\]|\\.)*)"/gsu;
const OPTION_LINE =
  /^[ \t]*(?:[-*•]\s*)?["'“]?(-?\d{1,3})["'”]?\s*(?:[-–—=:.)]+\s*)?(?:[("“]\s*)?\p{L}[^\n]{0,60}$/gmu;
/** An option that has a number and no label, or its number for a label. */
const NUMBER_LINE = /^[ \t]*[-*•][ \t]+(-?\d{1,3})(?:[ \t]*\(-?\d{1,3}\))?[ \t]*$/gmu;
const LABEL_LINE = /^[ \t]*[-*•][ \t]*["“]([^"“”\n]*\p{L}[^"“”\n]*)["”][ \t]*$/gmu;
const INLINE_RANGE =
  /(-?\d{1,3})\s*(?:[(=][^()\n]{1,80}\)?\s*)?(?:to|through|a|al|à|até|bis|do|až|ile|–|—|-|…|\.{2,3})\s*(-?\d{1,3})(?!\s*(?:words|palabras|mots|Wörter|parole|palavras))/gu;

/** The questionnaire in a prompt, or null when it holds none or does not say how to answer. */
export function readQuestionnaire(prompt: string): Questionnaire | null {
  const found = findQuestions(prompt);
  if (found === null) return null;
  const scale = findScale(
    `${prompt.slice(0, found.start)}\n${prompt.slice(found.end)}`,
    found.questions.length,
  );
  return scale === null ? null : { questions: found.questions, scale };
}

/**
 * Of all objects with numbers as keys the one with most text: an example of a reply is shorter than
 * the items.
 */
function findQuestions(prompt: string): Found | null {
  let best: Found | null = null;
  let bestLength = 0;
  for (const { start, end, entries } of objectsIn(prompt, (key) => /^-?\d+$/u.test(key))) {
    const questions = entries.map(([number, text]) => ({ number, text }));
    const length = questions.reduce((sum, question) => sum + question.text.length, 0);
    if (length <= bestLength) continue;
    best = { start, end, questions };
    bestLength = length;
  }
  return best;
}

/** The objects in a prompt that have texts as values and no other keys than these. */
export function objectsIn(
  prompt: string,
  isKey: (key: string) => boolean = () => true,
): TextObject[] {
  const found: TextObject[] = [];
  let at = prompt.indexOf('{');
  for (let failed = 0; at !== -1 && failed < MOST_FAILED; ) {
    const end = endOfObject(prompt, at);
    const entries = end === -1 ? [] : entriesOf(prompt.slice(at, end), isKey);
    if (entries.length > 0) found.push({ start: at, end, entries });
    else failed += 1;
    at = prompt.indexOf('{', entries.length > 0 ? end : at + 1);
  }
  return found;
}

/**
 * The place after the brace that closes the one at `start`; -1 when none does. Braces within
 * strings do not count.
 */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  let quoted = false;
  for (let i = start; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '\\') i++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === '{') depth++;
    else if (c === '}' && --depth === 0) return i + 1;
  }
  return -1;
}

function entriesOf(object: string, isKey: (key: string) => boolean): [string, string][] {
  const parsed = parseObject(object);
  const entries = parsed === null ? entriesOfMalformed(object) : Object.entries(parsed);
  if (entries.some(([key]) => !isKey(key))) return [];
  return entries.flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : []));
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * The published EPQR-A prompt is no valid JSON (its item 10 is two strings in a row), yet every
 * model read it.
 */
function entriesOfMalformed(object: string): [string, string][] {
  return [...object.matchAll(ENTRY)].map((match) => [match[1]!, match[2]!.replaceAll('\\"', '"')]);
}

function findScale(instructions: string, items: number): AnswerScale | null {
  return (
    labelLines(instructions) ??
    quotedWords(instructions) ??
    optionLines(instructions) ??
    inlineRange(instructions, items) ??
    plainWords(instructions)
  );
}

/**
 * Three or more lines such as `- "Seldom"`, taken in their order. Two are a pair of words, whose
 * order says nothing.
 */
function labelLines(text: string): AnswerScale | null {
  const labels = [...text.matchAll(LABEL_LINE)].map((match) => match[1]!);
  return labels.length >= 3 && new Set(labels).size === labels.length ? labels : null;
}

function quotedWords(text: string): AnswerScale | null {
  return wordPair(text, (word) => new RegExp(`["'“«„\`]${word}["'”»“\`]`, 'iu'));
}

function plainWords(text: string): AnswerScale | null {
  return wordPair(text, (word) => new RegExp(`(?<![\\p{L}])${word}(?![\\p{L}])`, 'iu'));
}

function wordPair(text: string, pattern: (word: string) => RegExp): AnswerScale | null {
  for (const [yes, no] of WORD_PAIRS) {
    if (pattern(yes).test(text) && pattern(no).test(text)) return [no, yes];
  }
  return null;
}

/**
 * The longest run of lines such as `1 Disagree strongly`, `2 …`, whose numbers rise (or fall) one
 * by one.
 */
function optionLines(text: string): AnswerScale | null {
  const lines = [...text.matchAll(OPTION_LINE), ...text.matchAll(NUMBER_LINE)].sort(
    (a, b) => a.index - b.index,
  );
  const numbers = lines.map((match) => Number(match[1]));
  let best: { first: number; last: number } | null = null;
  for (let i = 0; i < numbers.length; ) {
    let j = i + 1;
    const step = (numbers[j] ?? Number.NaN) - numbers[i]!;
    if (Math.abs(step) === 1)
      while (j < numbers.length && numbers[j]! - numbers[j - 1]! === step) j++;
    if (j - i >= 2 && (best === null || j - i > Math.abs(best.last - best.first) + 1))
      best = { first: numbers[i]!, last: numbers[j - 1]! };
    i = j;
  }
  return best === null
    ? null
    : numbersBetween(Math.min(best.first, best.last), Math.max(best.first, best.last));
}

/**
 * `from 1 (disagree strongly) to 5 (agree strongly)`, `1-7`, `de 1 a 7`; but not `questions 1 to
 * 44`.
 */
function inlineRange(text: string, items: number): AnswerScale | null {
  for (const match of text.matchAll(INLINE_RANGE)) {
    const min = Number(match[1]);
    const max = Number(match[2]);
    const numbering = min === 1 && max === items;
    if (min < max && max - min <= MAX_SCALE && !numbering) return numbersBetween(min, max);
  }
  return null;
}

function numbersBetween(min: number, max: number): AnswerScale {
  return Array.from({ length: max - min + 1 }, (_, i) => min + i);
}
