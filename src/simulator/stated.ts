/**
 * Answers that a description states outright, question and all. So the simulated model speaks of
 * items that it has no statements for: those of other instruments and of other languages.
 */
import { wordsOf } from './lexicon.ts';
import type { AnsweredQuestion } from './persona-request.ts';

const YES: ReadonlySet<string> = new Set(['true', 'yes', '1', 't', 'y']);
const NO: ReadonlySet<string> = new Set(['false', 'no', '0', 'f', 'n']);

const STATED = /Asked ((?:“[^”]*”(?:, )?)+), \S+ answers “([^”]*)”\./gu;
const QUESTION = /“([^”]*)”/gu;

/** Whether an answer is a yes or a no; null when it is neither. */
export function isYes(answer: string): boolean | null {
  const word = answer.trim().toLowerCase();
  if (YES.has(word)) return true;
  return NO.has(word) ? false : null;
}

/**
 * Sentences that state the answers, gathered by answer: `Asked “…”, “…”, Ann answers “4”.`
 * @param room so many characters at most; rows that find no room are left out
 */
export function inAnswerWords(
  rows: readonly AnsweredQuestion[],
  name: string,
  room: number,
): string {
  const byAnswer = new Map<string, string[]>();
  let length = 0;
  for (const { question, answer } of rows) {
    const quoted = `“${unquoted(question)}”`;
    const frame = byAnswer.has(answer) ? 0 : `Asked , ${name} answers “${answer}”. `.length;
    if (length + frame + quoted.length + 2 > room) continue;
    length += frame + quoted.length + 2;
    byAnswer.set(answer, [...(byAnswer.get(answer) ?? []), quoted]);
  }
  return [...byAnswer]
    .map(
      ([answer, questions]) =>
        `Asked ${questions.join(', ')}, ${name} answers “${unquoted(answer)}”.`,
    )
    .join(' ');
}

/** The stated answers in a text, by `questionKey`. */
export function findStated(text: string): ReadonlyMap<string, string> {
  const stated = new Map<string, string>();
  for (const [, questions, answer] of text.matchAll(STATED)) {
    for (const [, question] of questions!.matchAll(QUESTION))
      stated.set(questionKey(question!), answer!);
  }
  return stated;
}

/** What two writings of one question have in common. */
export function questionKey(question: string): string {
  return wordsOf(question).join(' ');
}

/** Curly quotes mark where a question begins and ends, so there are none within. */
function unquoted(text: string): string {
  return text.replaceAll(/[“”]/gu, '"').replaceAll(/\s+/gu, ' ').trim();
}
