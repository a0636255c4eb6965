/** What a reply says of all items asked, and what it lacks. */
import type { Asked, AskedBlock, AskedItem } from '../asked/asked.ts';
import type { AnswerReader } from './answer-reader.ts';
import type { ContainerNode, Node } from './lenient-json.ts';
import type { Reading, Said, Unreadable } from './reading.ts';

/** `not_applicable`: of a block whose condition the answers of the reply do not meet. */
export type NoAnswer = 'declined' | 'not_applicable';

export type ProblemCode = 'missing_items' | 'unknown_item' | Unreadable['code'];

/** What is wrong with one item. */
export interface Problem {
  readonly code: ProblemCode;
  readonly text: string;
}

/** What is kept of one item. */
export type SheetContent = Said | { readonly kind: NoAnswer };

export interface AnswerSheet {
  /** By item number. */
  readonly contents: ReadonlyMap<number, SheetContent>;
  /** Items that do not occur at all, though they should. */
  readonly missing: readonly number[];
  /** What is wrong with those that do, one phrase each. */
  readonly problems: readonly Problem[];
  readonly explanation: string | null;
  /** Everything stands as asked for: keys unchanged, answers as shown, each once. */
  readonly orderly: boolean;
  readonly node: ContainerNode;
  /** What it was made from. */
  readonly statements: readonly Statement[];
}

/** One thing that is said of an item. */
export interface Statement {
  /** Its number, or one that no item has. */
  readonly item: number;
  readonly value: Node | null;
  /** The key is the one that was asked for. */
  readonly orderly: boolean;
  /** The item is named by a number alone, which no key shows as such. */
  readonly counted: boolean;
}

export type SheetMaker = (
  node: ContainerNode,
  statements: readonly Statement[],
  explanation: string | null,
) => AnswerSheet;

/** Of a distribution: the answers that a block needs are more probable than all others. */
const HALF = 0.5;

/**
 * An item that may be left without an answer is declined when the reply says so: by null, by
 * nothing, by words such as "prefer not to say". An item that does not occur is missing all the
 * same, since nothing tells a wish from an oversight.
 */
export function sheetMaker(asked: Asked, { read, agreement, isOrderly }: AnswerReader): SheetMaker {
  const { blocks, items } = asked;
  const byNumber = new Map(items.map((one) => [one.item.number, one]));
  const isShuffled = !isAscending(items.map(({ item }) => item.number));

  return (node, statements, explanation) => {
    const said = Map.groupBy(statements, ({ item }) => item);
    const readings = new Map<number, Reading>();
    const contents = new Map<number, SheetContent>();
    const problems = new Map<number, Problem>();
    for (const [number, own] of said) {
      const item = byNumber.get(number);
      if (item === undefined)
        problems.set(number, { code: 'unknown_item', text: `item ${number}: no such item` });
      else
        readings.set(
          number,
          agreement(
            item,
            own.map(({ value }) => read(item, value)),
          ),
        );
    }
    if (isShuffled && statements.length > 1 && areCounted(statements))
      problems.set(0, {
        code: 'unknown_item',
        text: 'its numbers may be those of the items or positions in the order shown',
      });
    const missing: number[] = [];
    for (const block of blocks) {
      const isAsked = applies(block, contents);
      for (const item of block.items) {
        const { number } = item.item;
        if (isAsked) keep(item, readings.get(number));
        else contents.set(number, { kind: 'not_applicable' });
      }
    }
    const orderly =
      node.kind === 'object' &&
      statements.length === said.size &&
      statements.every((one) => {
        const item = byNumber.get(one.item);
        return item !== undefined && one.orderly && isOrderly(item, one.value);
      });
    return {
      contents,
      missing,
      problems: [...problems].sort(([a], [b]) => a - b).map(([, problem]) => problem),
      explanation,
      orderly,
      node,
      statements,
    };

    function keep({ item: { number }, mayDecline }: AskedItem, reading: Reading | undefined): void {
      const isSilent = reading?.kind === 'nothing';
      if (reading === undefined) missing.push(number);
      else if (isSilent && (mayDecline || asked.offersNoAnswer))
        contents.set(number, { kind: 'declined' });
      else if (isSilent || (reading.kind === 'unreadable' && reading.code === 'no_answer'))
        problems.set(number, { code: 'no_answer', text: `item ${number} has no answer` });
      else if (reading.kind === 'unreadable')
        problems.set(number, { code: reading.code, text: `item ${number}: ${reading.problem}` });
      else contents.set(number, reading);
    }
  };

  /** A condition on an item of another call has been decided before this one was made. */
  function applies(
    { condition }: AskedBlock,
    contents: ReadonlyMap<number, SheetContent>,
  ): boolean {
    if (condition === null || !byNumber.has(condition.item.number)) return true;
    const content = contents.get(condition.item.number);
    const values = condition.answers.map(({ value }) => value);
    switch (content?.kind) {
      case 'answer':
        return values.includes(content.value);
      case 'probabilities':
        return values.reduce((sum, value) => sum + (content.byValue.get(value) ?? 0), 0) >= HALF;
      case 'declined':
      case 'not_applicable':
        return false;
      default:
        return true;
    }
  }
}

/** Numbered throughout, as a list is that names nothing. */
function areCounted(statements: readonly Statement[]): boolean {
  return (
    statements.every(({ counted }) => counted) && isAscending(statements.map(({ item }) => item))
  );
}

function isAscending(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number > numbers[index - 1]!);
}

export function isComplete(sheet: AnswerSheet): boolean {
  return sheet.missing.length === 0 && sheet.problems.length === 0;
}

/** How many items have an answer. */
export function countAnswers({ contents }: AnswerSheet): number {
  return [...contents.values()].filter(isGiven).length;
}

/** Whether the item has an answer. */
export function isGiven(content: SheetContent): content is Said {
  return content.kind !== 'declined' && content.kind !== 'not_applicable';
}
