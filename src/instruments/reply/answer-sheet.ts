/**
 * Finds answer sheets in a parsed reply: an object from item to answer, or a list of `{number,
 * answer}`, at any depth.
 */
import type { Asked } from '../asked/asked.ts';
import {
  type ArrayNode,
  type ContainerNode,
  type Entry,
  type Node,
  type ObjectNode,
  readWithin,
  toJson,
} from './lenient-json.ts';
import type { Steps } from './scanner.ts';
import { plainText, quote, type Reading, vocabulariesOf } from './vocabulary.ts';
import { replyWords } from './words.ts';

export type ProblemCode =
  | 'missing_items'
  | 'no_answer'
  | 'unknown_item'
  | Extract<Reading, { readonly kind: 'unreadable' }>['code'];

/** What is wrong with one item. */
export interface Problem {
  readonly code: ProblemCode;
  readonly text: string;
}

export interface AnswerSheet {
  readonly answers: ReadonlyMap<number, number>;
  /** Items that do not occur at all. */
  readonly missing: readonly number[];
  /** What is wrong with those that do, one phrase each. */
  readonly problems: readonly Problem[];
  readonly explanation: string | null;
  /** Every answer stands as asked for: number as key, label or number as value, each once. */
  readonly orderly: boolean;
  readonly node: ContainerNode;
}

/**
 * The sheets within a node, outermost and first ones first. An object that speaks of no item is
 * none.
 */
export type SheetReader = (node: ContainerNode, steps: Steps) => AnswerSheet[];

/** One thing that is said of an item. */
interface Statement {
  /** Its number, or one that no item has. */
  readonly item: number;
  readonly value: Node | null;
  readonly orderly: boolean;
}

const ANSWER_KEYS = new Set(replyWords.answerKeys);
const NUMBER_KEYS = new Set(replyWords.numberKeys);
const EXPLANATION_KEYS = new Set(replyWords.explanationKeys);
const NUMBER_KEY = new RegExp(
  `^(?:(?:${replyWords.itemPrefixes.join('|')})[\\s_.:#-]*){0,2}[#(\\[]?0*(\\d{1,6})[\\s.):\\]]*$`,
  'iu',
);
/** Longer keys are compared as they are, so that no pattern meets them. */
const LONGEST_QUESTION = 2000;
const NUMBERED_TEXT = /^\D{0,16}?(\d{1,6})[\s.):_-]+(.+)$/su;

export function sheetReader({ items }: Asked): SheetReader {
  const vocabularies = vocabulariesOf(items);
  const labels = new Map(
    items.map(({ item, options }) => [
      item.number,
      new Map(options.map(({ option }) => [option.value, option.label])),
    ]),
  );
  const byText = new Map<string, number | null>();
  for (const { item } of items) {
    const text = plainQuestion(item.text);
    byText.set(text, byText.has(text) ? null : item.number);
  }
  return (node, steps) => sheetsIn(node, null, steps);

  function sheetsIn(node: ContainerNode, inherited: string | null, steps: Steps): AnswerSheet[] {
    const explanation = explanationOf(node) ?? inherited;
    const statements =
      node.kind === 'object' ? statementsOf(node) : node.items.flatMap(statementsOfRow);
    const own = statements.length === 0 ? [] : [sheetOf(node, statements, explanation)];
    steps.characters += node.kind === 'object' ? node.entries.length : node.items.length;
    return [
      ...own,
      ...innerContainers(node, own.length > 0, steps).flatMap((inner) =>
        sheetsIn(inner, explanation, steps),
      ),
    ];
  }

  function statementsOf(node: ObjectNode): Statement[] {
    const found = node.entries.flatMap((entry) => {
      const item = itemOf(entry.key);
      return item === null
        ? []
        : [{ item, value: entry.value, orderly: entry.key === String(item), quoted: entry.quoted }];
    });
    // An unquoted number among quoted ones is a scrap of prose that follows a stray quote.
    return found.some(({ quoted }) => quoted) ? found.filter(({ quoted }) => quoted) : found;
  }

  /**
   * A row names its item in one field and the answer in another, or is an object from item to
   * answer itself.
   */
  function statementsOfRow(row: Node): Statement[] {
    if (row.kind === 'array') return row.items.flatMap(statementsOfRow);
    if (row.kind !== 'object') return [];
    const answer = row.entries.find((entry) => ANSWER_KEYS.has(plainText(entry.key)));
    if (answer === undefined) return statementsOf(row);
    return namedIn(row).map((item) => ({ item, value: row, orderly: false }));
  }

  /**
   * The items that fields such as `number` and `question` name, or a `label` that is the text of an
   * item.
   */
  function namedIn(row: ObjectNode): number[] {
    return [
      ...new Set(
        row.entries.flatMap((entry) =>
          NUMBER_KEYS.has(plainText(entry.key)) || isItemText(entry)
            ? itemNamedBy(entry.value)
            : [],
        ),
      ),
    ];
  }

  /** Whether a field that could hold an answer repeats an item, which is no answer itself. */
  function isItemText({ key, value }: Entry): boolean {
    if (
      !ANSWER_KEYS.has(plainText(key)) ||
      value?.kind !== 'string' ||
      itemOfText(value.text) === null
    )
      return false;
    return [...new Set(vocabularies.values())].every((read) => read(value.text).kind !== 'answer');
  }

  function itemNamedBy(value: Node | null): number[] {
    if (value?.kind !== 'string' && value?.kind !== 'bare') return [];
    const item = itemOf(value.text);
    return item === null ? [] : [item];
  }

  /**
   * The item that a key names, by number, by its text, or by both; null when it is no key of an
   * item.
   */
  function itemOf(key: string): number | null {
    const plain = plainText(key);
    const number = plain.length > LONGEST_QUESTION ? null : NUMBER_KEY.exec(plain);
    return number === null ? itemOfText(plain) : Number(number[1]);
  }

  /** The item whose text this is, with its number or without. */
  function itemOfText(written: string): number | null {
    const text = byText.get(plainQuestion(written));
    if (text !== undefined) return text;
    const both = written.length > LONGEST_QUESTION ? null : NUMBERED_TEXT.exec(written);
    return both !== null && byText.get(plainQuestion(both[2]!)) === Number(both[1])
      ? Number(both[1])
      : null;
  }

  function sheetOf(
    node: ContainerNode,
    statements: readonly Statement[],
    explanation: string | null,
  ): AnswerSheet {
    const byItem = Map.groupBy(statements, (statement) => statement.item);
    const answers = new Map<number, number>();
    const problems: Problem[] = [];
    for (const [item, said] of [...byItem].sort(([a], [b]) => a - b)) {
      const reading = readAll(said);
      if (!labels.has(item))
        problems.push({ code: 'unknown_item', text: `item ${item}: no such item` });
      else if (reading.kind === 'answer') answers.set(item, reading.value);
      else if (reading.kind === 'nothing')
        problems.push({ code: 'no_answer', text: `item ${item} has no answer` });
      else problems.push({ code: reading.code, text: `item ${item}: ${reading.problem}` });
    }
    const missing = items.map(({ item }) => item.number).filter((number) => !byItem.has(number));
    const orderly =
      node.kind === 'object' && statements.length === byItem.size && statements.every(isOrderly);
    return { answers, missing, problems, explanation, orderly, node };
  }

  /** What all statements on one item agree on. */
  function readAll(statements: readonly Statement[]): Reading {
    return agreement(
      statements[0]!.item,
      statements.map(({ item, value }) => readAnswer(item, value)),
    );
  }

  function readAnswer(item: number, value: Node | null): Reading {
    if (value === null) return { kind: 'nothing' };
    switch (value.kind) {
      case 'string':
      case 'bare':
        return vocabularies.get(item)?.(value.text) ?? { kind: 'nothing' };
      case 'garbled':
        return {
          kind: 'unreadable',
          code: 'not_an_answer',
          problem: `${quote(value.text)} is not one of the answers`,
        };
      case 'array':
        return { kind: 'unreadable', code: 'not_an_answer', problem: 'its answer is a list' };
      case 'object': {
        const others = namedIn(value).filter((other) => other !== item);
        if (others.length > 0)
          return {
            kind: 'unreadable',
            code: 'contradiction',
            problem: `its answer is about item ${others[0]}`,
          };
        const fields = value.entries.filter(
          (entry) => ANSWER_KEYS.has(plainText(entry.key)) && !isItemText(entry),
        );
        return fields.length === 0
          ? { kind: 'nothing' }
          : agreement(
              item,
              fields.map((entry) => readAnswer(item, entry.value)),
            );
      }
    }
  }

  function agreement(item: number, readings: readonly Reading[]): Reading {
    const doubtful = readings.find((reading) => reading.kind !== 'answer');
    if (doubtful !== undefined) return doubtful;
    const values = [
      ...new Set(readings.flatMap((reading) => (reading.kind === 'answer' ? [reading.value] : []))),
    ];
    if (values.length === 1) return readings[0]!;
    const named = values.map((value) => labels.get(item)?.get(value) ?? value).join(', ');
    return {
      kind: 'unreadable',
      code: 'contradiction',
      problem: `answered twice differently (${named})`,
    };
  }

  function isOrderly({ item, value, orderly }: Statement): boolean {
    if (!orderly || (value?.kind !== 'string' && value?.kind !== 'bare')) return false;
    const number = numberOf(value);
    const own = labels.get(item) ?? new Map<number, string>();
    return number === null
      ? [...own.values()].includes(value.text) && value.kind === 'string'
      : own.has(number);
  }

  function innerContainers(node: ContainerNode, isSheet: boolean, steps: Steps): ContainerNode[] {
    if (node.kind === 'array') return isSheet ? [] : node.items.filter(isContainer);
    const others = node.entries.filter(
      (entry) => !isExplanation(entry) && itemOf(entry.key) === null,
    );
    return others.flatMap(({ value }) =>
      isContainer(value) ? [value] : value?.kind === 'string' ? readWithin(value, steps) : [],
    );
  }
}

function explanationOf(node: ContainerNode): string | null {
  const rows = node.kind === 'object' ? [node] : objectsWithoutAnswer(node);
  for (const entry of rows.flatMap((row) => row.entries)) {
    const text = isExplanation(entry) ? textOf(entry.value) : null;
    if (text !== null) return text;
  }
  return null;
}

/**
 * In a list of answers an explanation stands beside the answers; those within a row speak of one
 * item.
 */
function objectsWithoutAnswer(list: ArrayNode): ObjectNode[] {
  return list.items
    .filter((item) => item.kind === 'object')
    .filter((row) => !row.entries.some((entry) => ANSWER_KEYS.has(plainText(entry.key))));
}

function isExplanation(entry: Entry): boolean {
  return EXPLANATION_KEYS.has(plainText(entry.key));
}

/** An explanation as text; null when there is nothing in it. */
function textOf(value: Node | null): string | null {
  if (
    value === null ||
    (value.kind === 'bare' && /^(?:null|none|nil|nan|undefined)$/.test(plainText(value.text)))
  )
    return null;
  if (value.kind === 'object' || value.kind === 'array') return toJson(value);
  const text = value.kind === 'garbled' ? value.text.replace(/^["'“]|["'”]$/g, '') : value.text;
  return text.trim() === '' ? null : text;
}

/**
 * The text of an item without the marks around it: models leave out its question mark, or add a
 * colon.
 */
function plainQuestion(text: string): string {
  if (text.length > LONGEST_QUESTION) return text;
  const plain = [...plainText(text)];
  // By hand: a pattern anchored at the end takes quadratic time on a long run of marks.
  const isWord = (char: string) => /[\p{L}\p{N}]/u.test(char);
  return plain.slice(plain.findIndex(isWord), plain.findLastIndex(isWord) + 1).join('');
}

function numberOf(value: Node): number | null {
  return value.kind === 'bare' && /^-?\d+$/.test(value.text) ? Number(value.text) : null;
}

function isContainer(node: Node | null): node is ContainerNode {
  return node?.kind === 'object' || node?.kind === 'array';
}
