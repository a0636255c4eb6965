/** Reads a questionnaire prompt: what is asked, and what each item speaks to. */

import { placeItems } from './item-difficulty.ts';
import { type Cue, readItem } from './lexicon.ts';
import { type AnswerScale, type Question, readQuestionnaire } from './questionnaire.ts';
import { hashText } from './random.ts';
import { questionKey } from './stated.ts';
import { type KnownItem, knownItem } from './statements.ts';

export interface AskedQuestion extends Question {
  readonly hash: number;
  readonly key: string;
  readonly item: KnownItem | null;
  readonly cue: Cue | null;
  /**
   * How much easier to agree with it is than the other items of its trait, in SDs; keyed to the
   * trait.
   */
  readonly place: number;
}

export interface PromptQuestions {
  readonly hash: number;
  readonly questions: readonly AskedQuestion[];
  readonly scale: AnswerScale;
}

/**
 * Of one person, how far this one leans towards agreeing with a question: 0 is undecided, ±2 firm.
 */
export type Leaning = (question: AskedQuestion) => number;

/** Null when the prompt holds no questionnaire. */
export function readAsked(user: string): PromptQuestions | null {
  const questionnaire = readQuestionnaire(user);
  if (questionnaire === null) return null;
  return {
    hash: hashText(user),
    scale: questionnaire.scale,
    questions: readQuestions(questionnaire.questions),
  };
}

/** What each of some questions speaks to, placed against the others. */
export function readQuestions(questions: readonly Question[]): readonly AskedQuestion[] {
  const cues = questions.map(({ text }) => readItem(text));
  const places = new Map<number, number>();
  for (const trait of new Set(cues.map((cue) => cue?.trait))) {
    const own = cues.flatMap((cue, i) => (cue?.trait === trait ? [i] : []));
    for (const [at, place] of placeItems(own.map((i) => questions[i]!.text)).entries())
      places.set(own[at]!, place);
  }
  return questions.map((question, i) => ({
    ...question,
    hash: hashText(question.text),
    key: questionKey(question.text),
    item: knownItem(question.text),
    cue: cues[i]!,
    place: places.get(i)!,
  }));
}
