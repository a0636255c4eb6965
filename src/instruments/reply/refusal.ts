/**
 * Whether a reply without answers says that there will be none. Who says "I can't" may speak of
 * parties or of sleep: a refusal names what it refuses (to answer, to take on a role, this
 * request), appeals to a policy, or comes from what says of itself that it is a language.
 */
import { refusalWords } from './words.ts';

interface Language {
  readonly patterns: readonly RegExp[];
  readonly openings: readonly RegExp[];
  readonly apology: RegExp | null;
  readonly afterApology: readonly RegExp[];
  readonly alone: readonly RegExp[];
  readonly identity: readonly RegExp[];
  readonly negation: RegExp;
}

const LANGUAGES: readonly Language[] = Object.values(refusalWords.languages).map(
  ({ words, patterns, openings = [], apology, afterApology = [], alone = [], ...language }) => {
    const compile = (source: string) => new RegExp(withoutAccents(filled(source, words)), 'u');
    return {
      patterns: patterns.map(compile),
      openings: openings.map(compile),
      apology: apology === undefined ? null : compile(apology),
      afterApology: afterApology.map(compile),
      alone: alone.map(compile),
      identity: language.identity.map(compile),
      negation: compile(language.negation),
    };
  },
);
const CONTRACTIONS = refusalWords.contractions.map(
  ([short, long]) => [new RegExp(short, 'g'), long] as const,
);
const ANSWER = new RegExp(refusalWords.answer, 'gu');
const ANSWERS_AFTER_ALL = new RegExp(refusalWords.answersAfterAll, 'u');
const GOES_ON_ANSWERING = new RegExp(refusalWords.goesOnAnswering, 'u');

/** Who refuses does so in the first sentences. Both bounds keep the patterns cheap. */
const READ_AT_MOST = 4000;
const LONGEST_SENTENCE = 500;
const OPENING_SENTENCES = 2;
/** So many answers in prose are no refusal, whatever else is said. */
const ANSWERS_IN_PROSE = 3;

/** @param prose without thoughts */
export function isRefusal(prose: string): boolean {
  const text = plain(prose.slice(0, READ_AT_MOST));
  if ((text.match(ANSWER) ?? []).length >= ANSWERS_IN_PROSE) return false;
  const sentences = text.split(/[.!?;…。！？；\n]/u).flatMap(portions);
  return sentences.some((sentence, index) => {
    const next = sentences[index + 1] ?? '';
    const takenBack = GOES_ON_ANSWERING.test(next) ? ` ${next}` : '';
    return LANGUAGES.some(({ patterns, openings, apology, afterApology, alone, ...language }) => {
      const refuses = (pattern: RegExp) => {
        const match = pattern.exec(sentence);
        if (match === null) return false;
        return !ANSWERS_AFTER_ALL.test(sentence.slice(match.index + match[0].length) + takenBack);
      };
      if (patterns.some(refuses)) return true;
      if (index < OPENING_SENTENCES) {
        const isSorry = apology?.test(`${sentences[index - 1] ?? ''} . ${sentence}`) ?? false;
        if (openings.some(refuses) || (isSorry && afterApology.some(refuses))) return true;
      }
      if (sentences.length === 1 && alone.some(refuses)) return true;
      return (
        language.identity.some((pattern) => pattern.test(sentence)) &&
        language.negation.test(`${sentence} . ${next}`)
      );
    });
  });
}

function portions(sentence: string): string[] {
  const trimmed = sentence.trim();
  if (trimmed === '') return [];
  return Array.from({ length: Math.ceil(trimmed.length / LONGEST_SENTENCE) }, (_, index) =>
    trimmed.slice(index * LONGEST_SENTENCE, (index + 1) * LONGEST_SENTENCE),
  );
}

function plain(prose: string): string {
  const folded = withoutAccents(prose)
    .toLowerCase()
    .replace(/[’‘`´ʼ]/g, "'")
    .replace(/["“”„«»*_]/g, '')
    .replace(/[^\S\n]+/g, ' ');
  return CONTRACTIONS.reduce((text, [short, long]) => text.replace(short, long), folded);
}

/** Of Latin and Cyrillic letters; the marks of other scripts stay. */
function withoutAccents(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC');
}

function filled(source: string, words: Readonly<Record<string, string>>): string {
  const next = source.replace(/\{([a-zA-Z]+)\}/g, (part, name: string) => words[name] ?? part);
  return next === source ? source : filled(next, words);
}
