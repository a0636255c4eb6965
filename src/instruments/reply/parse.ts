/**
 * Reads answers from the text of a completion, or the reason why it has none. Broken syntax is
 * repaired, but missing content is never invented: an ambiguous completion is rejected and
 * requested again.
 */
import type { Asked } from '../asked/asked.ts';
import type { Answers } from '../instrument.ts';
import { type AnswerReader, answerReader } from './answer-reader.ts';
import {
  type AnswerSheet,
  countAnswers,
  isComplete,
  isGiven,
  type NoAnswer,
  type SheetMaker,
  sheetMaker,
} from './answer-sheet.ts';
import { explainFailure, nameItems, nameProblems, type Rejection, rejected } from './failure.ts';
import { type ItemNames, itemNamesOf } from './item-names.ts';
import { type SheetFinder, sheetFinder } from './keyed.ts';
import {
  type ContainerNode,
  isValidJson,
  type LooseObjects,
  readLooseJson,
} from './lenient-json.ts';
import { readLines } from './lines.ts';
import { saysTheSame } from './reading.ts';
import { isRefusal } from './refusal.ts';
import type { Steps } from './scanner.ts';
import { listSheets, onlyItemSheets } from './unkeyed.ts';

export type ParsedReply =
  | {
      readonly kind: 'answers';
      /** Chosen values, and numbers of items that ask for one; empty for distributions. */
      readonly answers: Answers;
      readonly unanswered: ReadonlyMap<number, NoAnswer>;
      /** Of items that ask for a text. */
      readonly texts: ReadonlyMap<number, string>;
      /** Item number → value of an option → probability; of every option shown. */
      readonly probabilities: ReadonlyMap<number, ReadonlyMap<number, number>>;
      /** As written, or as JSON when it is a list or an object; null when there is none. */
      readonly explanation: string | null;
      /** All answers are equal: valid, and worth knowing. */
      readonly uniform: boolean;
      /** The reply was not exactly what was asked for: the JSON object, the lines, the letter. */
      readonly repaired: boolean;
    }
  | Rejection;

/** More objects than this are no reply to a questionnaire. */
const MOST_OBJECTS = 1000;
/** So many are not even looked into, which would take memory. */
const MOST_NESTED_OBJECTS = 50_000;

interface Reader {
  readonly names: ItemNames;
  readonly answers: AnswerReader;
  readonly sheetOf: SheetMaker;
  readonly find: SheetFinder;
}

/** Looking up the words of what is asked is prepared once. */
const readers = new WeakMap<Asked, Reader>();

/**
 * Every item of the call has a place in the result, or the reply is rejected. Linear in the length
 * of the text.
 */
export function parseReply(
  asked: Asked,
  text: string,
  steps: Steps = { characters: 0 },
): ParsedReply {
  if (text.trim() === '') return rejected('unparseable', 'empty', 'the reply is empty');
  const found = readLooseJson(text, steps);
  if (holdsTooMuch(found))
    return rejected(
      'unparseable',
      'too_many_objects',
      `the reply contains more than ${MOST_OBJECTS} JSON objects`,
    );

  const sheets = sheetsOf(asked, found, steps);
  const { filled, chosen } = choose(sheets);
  if (chosen === undefined) return explainFailure(found, sheets, asked.format === 'text');
  if (filled.length === 0 && isRefusal(found.text))
    return rejected('refused', 'refused', 'the reply declines to answer');

  const conflict = findConflict(asked, chosen, filled, sheets);
  if (conflict !== null) return rejected('invalid', 'contradiction', conflict);
  if (found.brokenAt !== null && found.brokenAt > chosen.node.end) {
    return rejected(
      'unparseable',
      'not_closed',
      'after the answers, another JSON object begins and is never closed',
    );
  }
  const explanation =
    chosen.explanation ??
    sheets.findLast((sheet) => sheet.explanation !== null)?.explanation ??
    null;
  return {
    ...contentsOf(asked, chosen),
    explanation,
    repaired: !(chosen.orderly && found.text === text && isAlone(found, chosen)),
  };
}

export function holdsTooMuch({ roots, closed }: LooseObjects): boolean {
  return roots.length > MOST_OBJECTS || closed > MOST_NESTED_OBJECTS;
}

/** The sheet that counts: the last complete one, which has answers if any has. */
export function choose(sheets: readonly AnswerSheet[]) {
  const complete = sheets.filter(isComplete);
  // A sheet without any answer may be the form, before it is filled in.
  const filled = complete.filter((sheet) => countAnswers(sheet) > 0);
  return { filled, chosen: filled.at(-1) ?? complete.at(-1) };
}

function contentsOf(asked: Asked, { contents }: AnswerSheet) {
  const answers = new Map<number, number>();
  const unanswered = new Map<number, NoAnswer>();
  const texts = new Map<number, string>();
  const probabilities = new Map<number, ReadonlyMap<number, number>>();
  for (const number of asked.items.map(({ item }) => item.number).toSorted((a, b) => a - b)) {
    const content = contents.get(number)!;
    if (content.kind === 'answer') answers.set(number, content.value);
    else if (content.kind === 'text') texts.set(number, content.text);
    else if (content.kind === 'probabilities') probabilities.set(number, content.byValue);
    else unanswered.set(number, content.kind);
  }
  const chosen = asked.items.flatMap(({ item: { number, answers: set } }) =>
    set === null || !answers.has(number) ? [] : [answers.get(number)!],
  );
  const uniform = chosen.length > 1 && new Set(chosen).size === 1;
  return { kind: 'answers', answers, unanswered, texts, probabilities, uniform } as const;
}

/** Whether there is nothing but the sheet in the text. */
function isAlone({ text, roots }: LooseObjects, { node }: AnswerSheet): boolean {
  return roots.length === 0 || (roots[0]!.node === node && isValidJson(text));
}

/**
 * An object or rows that name items come first; only where there are none, a list without names,
 * lines, or the answer alone may be meant.
 */
export function sheetsOf(asked: Asked, found: LooseObjects, steps: Steps): AnswerSheet[] {
  const { names, answers, sheetOf, find } = readerOf(asked);
  const keyed = keyedSheets(found, find, steps);
  if (found.brokenAt !== null || keyed.some(isComplete)) return keyed;
  const only = onlyItemSheets(found, asked.items, asked.format, answers, sheetOf);
  if (only.length > 0 && found.roots.length > 0) return only;
  const isEmpty = keyed.every((sheet) => countAnswers(sheet) === 0);
  const lists = isEmpty ? listSheets(found, asked.items, answers, sheetOf, steps) : [];
  if (keyed.length > 0 || lists.length > 0 || holdsData(found)) return [...keyed, ...lists];
  const { statements, explanation, orderly } = readLines(
    found.text,
    asked.items,
    names,
    answers,
    steps,
  );
  const node = { kind: 'object', entries: [], start: 0, end: found.text.length } as const;
  const inLines = sheetOf(node, statements, explanation);
  const hasAnswers = statements.length > 0 && (countAnswers(inLines) > 0 || isComplete(inLines));
  return hasAnswers ? [{ ...inLines, orderly: orderly && inLines.orderly }] : only;
}

/** Whether there is any JSON in the text: `{maybe}` is prose. */
function holdsData({ roots }: LooseObjects): boolean {
  return roots.some(({ node }) => node.kind === 'array' || node.entries.length > 0);
}

/**
 * Answers may be dealt out: over an object for each scale, over a line for each item. What is
 * incomplete by itself is taken together then.
 */
function keyedSheets(
  { text, roots }: LooseObjects,
  find: SheetFinder,
  steps: Steps,
): AnswerSheet[] {
  const sheets: AnswerSheet[][] = [];
  /** Objects that follow each other without a word between. */
  const runs: ContainerNode[][] = [];
  for (const { node } of roots.filter((root) => !root.part)) {
    const own = find(node, steps);
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
    return find({ kind: 'array', items: parts, start: first.start, end: last.end }, steps).filter(
      isComplete,
    );
  }
}

/** All items and no answer: the questions or the format, repeated. */
function isForm(sheet: AnswerSheet): boolean {
  return sheet.missing.length === 0 && countAnswers(sheet) === 0;
}

/**
 * Why the answers cannot be told from something else in the reply that looks like answers; null
 * when they can.
 */
function findConflict(
  asked: Asked,
  chosen: AnswerSheet,
  filled: readonly AnswerSheet[],
  sheets: readonly AnswerSheet[],
): string | null {
  for (const other of filled) {
    const items = other === chosen ? [] : differing(chosen, other);
    if (items.length > 0)
      return `the reply answers all items twice and differently (${nameItems(items)})`;
  }
  const half = asked.items.length / 2;
  for (const other of sheets) {
    const attempt =
      other.missing.length === 0 && other.problems.length > 0 && countAnswers(other) > half;
    if (attempt)
      return `the reply answers all items twice, once with ${nameProblems(other.problems)}`;
    // A few answers before the sheet are an example of the format; after it they take something
    // back.
    const items = other.node.start > chosen.node.start ? differing(chosen, other) : [];
    if (items.length > 0) return `the reply answers ${nameItems(items)} again and differently`;
  }
  return null;
}

/** Items of another sheet that the chosen one answers otherwise, or not. */
function differing(chosen: AnswerSheet, other: AnswerSheet): number[] {
  return [...other.contents].flatMap(([item, content]) => {
    const own = chosen.contents.get(item);
    if (own === undefined || own.kind === 'not_applicable' || content.kind === 'not_applicable')
      return [];
    if (!isGiven(own) || !isGiven(content)) return own.kind === content.kind ? [] : [item];
    return saysTheSame(own, content) ? [] : [item];
  });
}

function readerOf(asked: Asked): Reader {
  const known = readers.get(asked);
  if (known !== undefined) return known;
  const names = itemNamesOf(asked.items);
  const answers = answerReader(asked, names);
  const sheetOf = sheetMaker(asked, answers);
  const find = sheetFinder(asked.items, names, answers, sheetOf);
  const reader = { names, answers, sheetOf, find };
  readers.set(asked, reader);
  return reader;
}
