/**
 * Reads answers from the text of a completion, or the reason why it has none. Broken syntax is
 * repaired, but missing content is never invented: an ambiguous completion is rejected and
 * requested again.
 */
import type { Asked } from '../asked/asked.ts';
import type { Answers } from '../instrument.ts';
import {
  type AnswerSheet,
  type Problem,
  type ProblemCode,
  type SheetReader,
  sheetReader,
} from './answer-sheet.ts';
import {
  type ContainerNode,
  isValidJson,
  type LooseObjects,
  readLooseJson,
} from './lenient-json.ts';
import { isRefusal } from './refusal.ts';
import type { Steps } from './scanner.ts';

/** `not_applicable`: of a block whose condition the answers of the reply do not meet. */
export type Unanswered = 'declined' | 'not_applicable';

export type ParsedReply =
  | {
      readonly kind: 'answers';
      /** Chosen values, and numbers of items that ask for one; empty for distributions. */
      readonly answers: Answers;
      readonly unanswered: ReadonlyMap<number, Unanswered>;
      /** Of items that ask for a text. */
      readonly texts: ReadonlyMap<number, string>;
      /** Item number → value of an option → probability; of every option shown. */
      readonly probabilities: ReadonlyMap<number, ReadonlyMap<number, number>>;
      /** As written, or as JSON when it is a list or an object; null when there is none. */
      readonly explanation: string | null;
      /** All answers are equal: valid, and worth knowing. */
      readonly uniform: boolean;
      /** The reply was not exactly the JSON object that was asked for. */
      readonly repaired: boolean;
    }
  | {
      readonly kind: 'rejected';
      /** `refused` is an answer about the model; the others are asked again. */
      readonly outcome: 'refused' | 'unparseable' | 'invalid';
      /** What is wrong, without items and quotations, so that rejections can be counted by kind. */
      readonly code: RejectionCode;
      /** Names the items and what is wrong with them. */
      readonly reason: string;
    };

type RejectionCode =
  | 'empty'
  | 'refused'
  | 'thoughts_only'
  | 'no_json'
  | 'not_closed'
  | 'too_many_objects'
  | ProblemCode;

/** More objects than this are no reply to a questionnaire. */
const MOST_OBJECTS = 1000;
/** So many are not even looked into, which would take memory. */
const MOST_NESTED_OBJECTS = 50_000;
const MOST_PROBLEMS_NAMED = 5;
const MOST_ITEMS_NAMED = 10;

/** Looking up the words of what is asked is prepared once. */
const readers = new WeakMap<Asked, SheetReader>();

/** Linear in the length of the text. */
export function parseReply(
  asked: Asked,
  text: string,
  steps: Steps = { characters: 0 },
): ParsedReply {
  if (text.trim() === '') return rejected('unparseable', 'empty', 'the reply is empty');
  const found = readLooseJson(text, steps);
  if (found.roots.length > MOST_OBJECTS || found.closed > MOST_NESTED_OBJECTS)
    return rejected(
      'unparseable',
      'too_many_objects',
      `the reply contains more than ${MOST_OBJECTS} JSON objects`,
    );

  const sheets = sheetsOf(found, readerOf(asked), steps);
  const complete = sheets.filter(isComplete);
  const answered = complete.at(-1);
  if (answered === undefined) return explainFailure(found, sheets);

  const conflict = findConflict(asked, answered, complete, sheets);
  if (conflict !== null) return rejected('invalid', 'contradiction', conflict);
  if (found.brokenAt !== null && found.brokenAt > answered.node.end) {
    return rejected(
      'unparseable',
      'not_closed',
      'after the answers, another JSON object begins and is never closed',
    );
  }
  const { answers } = answered;
  return {
    kind: 'answers',
    answers,
    unanswered: new Map(),
    texts: new Map(),
    probabilities: new Map(),
    explanation:
      answered.explanation ??
      sheets.findLast((sheet) => sheet.explanation !== null)?.explanation ??
      null,
    uniform: answers.size > 1 && new Set(answers.values()).size === 1,
    repaired: !(
      answered.orderly &&
      found.text === text &&
      found.roots[0]!.node === answered.node &&
      isValidJson(text)
    ),
  };
}

/**
 * Answers may be dealt out: over an object for each scale, over a line for each item. What is
 * incomplete by itself is taken together then.
 */
function sheetsOf({ text, roots }: LooseObjects, read: SheetReader, steps: Steps): AnswerSheet[] {
  const sheets: AnswerSheet[][] = [];
  /** Objects that follow each other without a word between. */
  const runs: ContainerNode[][] = [];
  for (const { node } of roots.filter((root) => !root.part)) {
    const own = read(node, steps);
    const parts = own.filter((sheet) => !isComplete(sheet) && !isForm(sheet));
    sheets.push(own, together(parts.map((sheet) => sheet.node)));
    if (own.length > parts.length) {
      runs.push([]);
      continue;
    }
    const run = runs.at(-1);
    const previous = run?.at(-1);
    if (
      run === undefined ||
      (previous !== undefined && !/^[\s,;{}]*$/.test(text.slice(previous.end, node.start)))
    )
      runs.push([node]);
    else run.push(node);
  }
  return [...sheets, ...runs.map(together)].flat();

  function together(parts: readonly ContainerNode[]): AnswerSheet[] {
    const [first, last] = [parts[0], parts.at(-1)];
    if (first === undefined || last === undefined || first === last) return [];
    return read({ kind: 'array', items: parts, start: first.start, end: last.end }, steps).filter(
      isComplete,
    );
  }
}

/** All items and no answer: the questions or the format, repeated. */
function isForm(sheet: AnswerSheet): boolean {
  return sheet.missing.length === 0 && sheet.answers.size === 0;
}

function isComplete(sheet: AnswerSheet): boolean {
  return sheet.missing.length === 0 && sheet.problems.length === 0;
}

/**
 * Why the answers cannot be told from something else in the reply that looks like answers; null
 * when they can.
 */
function findConflict(
  asked: Asked,
  chosen: AnswerSheet,
  complete: readonly AnswerSheet[],
  sheets: readonly AnswerSheet[],
): string | null {
  const differing = (other: AnswerSheet) =>
    [...other.answers]
      .filter(([item, value]) => chosen.answers.get(item) !== value)
      .map(([item]) => item);
  for (const other of complete) {
    const items = differing(other);
    if (items.length > 0)
      return `the reply answers all items twice and differently (${nameItems(items)})`;
  }
  const half = asked.items.length / 2;
  for (const other of sheets) {
    const attempt =
      other.missing.length === 0 && other.problems.length > 0 && other.answers.size > half;
    if (attempt)
      return `the reply answers all items twice, once with ${nameProblems(other.problems)}`;
    // A few answers before the sheet are an example of the format; after it they take something
    // back.
    const items = other.node.start > chosen.node.start ? differing(other) : [];
    if (items.length > 0) return `the reply answers ${nameItems(items)} again and differently`;
  }
  return null;
}

function explainFailure(
  { text, roots, brokenAt, thoughts }: LooseObjects,
  sheets: readonly AnswerSheet[],
): ParsedReply {
  const best = sheets.toSorted((a, b) => b.answers.size - a.answers.size)[0];
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
  if ((best?.answers.size ?? 0) === 0 && isRefusal(text))
    return rejected('refused', 'refused', 'the reply declines to answer');
  if (best === undefined) {
    if (thoughts === 'unended')
      return rejected('unparseable', 'thoughts_only', 'the reply ends within the reasoning');
    if (text.trim() === '')
      return rejected('unparseable', 'thoughts_only', 'the reply contains only reasoning');
    const afterThoughts = 'after the reasoning, the reply contains no JSON object with answers';
    return rejected(
      'unparseable',
      'no_json',
      thoughts === 'ended' ? afterThoughts : 'the reply contains no JSON object with answers',
    );
  }
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

function rejected(
  outcome: 'refused' | 'unparseable' | 'invalid',
  code: RejectionCode,
  reason: string,
): ParsedReply {
  return { kind: 'rejected', outcome, code, reason };
}

/** `item 3`, `items 3, 5`, `items 1, 2, … (40 in all)` */
function nameItems(numbers: readonly number[]): string {
  const named = numbers.slice(0, MOST_ITEMS_NAMED).join(', ');
  if (numbers.length > MOST_ITEMS_NAMED) return `items ${named}, … (${numbers.length} in all)`;
  return numbers.length === 1 ? `item ${named}` : `items ${named}`;
}

function nameProblems(problems: readonly Problem[]): string {
  const rest = problems.length - MOST_PROBLEMS_NAMED;
  const named = problems.slice(0, MOST_PROBLEMS_NAMED).map(({ text }) => text);
  return named.join('; ') + (rest > 0 ? `; and ${rest} more` : '');
}

function readerOf(asked: Asked): SheetReader {
  const known = readers.get(asked);
  if (known !== undefined) return known;
  const reader = sheetReader(asked);
  readers.set(asked, reader);
  return reader;
}
