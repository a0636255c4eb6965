/** Why a reply has no answers, in words and as a code. */
import { type AnswerSheet, countAnswers, type Problem, type ProblemCode } from './answer-sheet.ts';
import type { LooseObjects } from './lenient-json.ts';
import { isRefusal } from './refusal.ts';

export interface Rejection {
  readonly kind: 'rejected';
  /** `refused` is an answer about the model; the others are asked again. */
  readonly outcome: 'refused' | 'unparseable' | 'invalid';
  /** What is wrong, without items and quotations, so that rejections can be counted by kind. */
  readonly code: RejectionCode;
  /** Names the items and what is wrong with them. */
  readonly reason: string;
}

type RejectionCode =
  | 'empty'
  | 'refused'
  | 'thoughts_only'
  | 'no_json'
  | 'no_answers'
  | 'not_closed'
  | 'too_many_objects'
  | ProblemCode;

const MOST_PROBLEMS_NAMED = 5;
const MOST_ITEMS_NAMED = 10;

export function explainFailure(
  found: LooseObjects,
  sheets: readonly AnswerSheet[],
  isText: boolean,
): Rejection {
  const { text, roots, brokenAt } = found;
  const best = sheets.toSorted((a, b) => countAnswers(b) - countAnswers(a))[0];
  if (best === undefined && brokenAt !== null) {
    const whole = roots.some(({ part }) => !part)
      ? 'the complete JSON objects contain no answers, and another one is never closed'
      : null;
    return rejected(
      'unparseable',
      'not_closed',
      whole ?? 'a JSON object is never closed, so the reply is incomplete',
    );
  }
  if ((best === undefined || countAnswers(best) === 0) && isRefusal(text))
    return rejected('refused', 'refused', 'the reply declines to answer');
  if (best === undefined) return explainAbsence(found, isText);
  const verb = best.missing.length === 1 ? 'is' : 'are';
  const missing: Problem[] =
    best.missing.length === 0
      ? []
      : [{ code: 'missing_items', text: `${nameItems(best.missing)} ${verb} missing` }];
  const problems = [...missing, ...best.problems];
  const open =
    brokenAt !== null && brokenAt > best.node.end
      ? '; after it, another JSON object begins and is never closed'
      : '';
  return rejected('invalid', problems[0]!.code, `${nameProblems(problems)}${open}`);
}

function explainAbsence({ text, thoughts }: LooseObjects, isText: boolean): Rejection {
  if (thoughts === 'unended')
    return rejected('unparseable', 'thoughts_only', 'the reply ends within the reasoning');
  if (text.trim() === '')
    return rejected('unparseable', 'thoughts_only', 'the reply contains only reasoning');
  const where = thoughts === 'ended' ? 'after the reasoning, the reply' : 'the reply';
  return isText
    ? rejected('unparseable', 'no_answers', `${where} contains no line with an answer`)
    : rejected('unparseable', 'no_json', `${where} contains no JSON object with answers`);
}

export function rejected(
  outcome: Rejection['outcome'],
  code: RejectionCode,
  reason: string,
): Rejection {
  return { kind: 'rejected', outcome, code, reason };
}

/** `item 3`, `items 3, 5`, `items 1, 2, … (40 in all)` */
export function nameItems(numbers: readonly number[]): string {
  const named = numbers.slice(0, MOST_ITEMS_NAMED).join(', ');
  if (numbers.length > MOST_ITEMS_NAMED) return `items ${named}, … (${numbers.length} in all)`;
  return numbers.length === 1 ? `item ${named}` : `items ${named}`;
}

export function nameProblems(problems: readonly Problem[]): string {
  const rest = problems.length - MOST_PROBLEMS_NAMED;
  const named = problems.slice(0, MOST_PROBLEMS_NAMED).map(({ text }) => text);
  return named.join('; ') + (rest > 0 ? `; and ${rest} more` : '');
}
