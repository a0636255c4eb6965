/**
 * Finds answer sheets in a parsed reply: an object from item to answer, or a list of `{number,
 * answer}`, at any depth.
 */
import type { AskedItem } from '../asked/asked.ts';
import type { AnswerReader } from './answer-reader.ts';
import type { AnswerSheet, SheetMaker, Statement } from './answer-sheet.ts';
import { explanationOf, isExplanation } from './explanation.ts';
import type { ItemNames } from './item-names.ts';
import {
  type ContainerNode,
  isContainer,
  type Node,
  type ObjectNode,
  readWithin,
} from './lenient-json.ts';
import type { Steps } from './scanner.ts';

/**
 * The sheets within a node, outermost and first ones first. An object that speaks of no item is
 * none.
 */
export type SheetFinder = (node: ContainerNode, steps: Steps) => AnswerSheet[];

export function sheetFinder(
  items: readonly AskedItem[],
  { itemOf, isCounted }: ItemNames,
  { isAnswerKey, namedIn }: AnswerReader,
  sheetOf: SheetMaker,
): SheetFinder {
  const keys = new Map(items.map(({ item, key }) => [item.number, key]));
  return (node, steps) => sheetsIn(node, null, steps);

  function sheetsIn(node: ContainerNode, inherited: string | null, steps: Steps): AnswerSheet[] {
    const explanation = explanationOf(node, isAnswerKey) ?? inherited;
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
    const found = node.entries.flatMap(({ key, value, quoted }) => {
      const item = itemOf(key);
      return item === null
        ? []
        : [
            {
              item,
              value,
              orderly: key === keys.get(item),
              counted: isCounted(key),
              quoted,
              isNumber: /^\W{0,3}\d/.test(key),
            },
          ];
    });
    // An unquoted number among quoted ones is a scrap of prose that follows a stray quote.
    const isScrap = ({ quoted, isNumber }: { quoted: boolean; isNumber: boolean }) =>
      !quoted && isNumber;
    return found.some(({ quoted }) => quoted) ? found.filter((one) => !isScrap(one)) : found;
  }

  /**
   * A row names its item in one field and the answer in another, or is an object from item to
   * answer itself.
   */
  function statementsOfRow(row: Node): Statement[] {
    if (row.kind === 'array') return row.items.flatMap(statementsOfRow);
    if (row.kind !== 'object') return [];
    const answer = row.entries.find(({ key }) => isAnswerKey(key) && itemOf(key) === null);
    if (answer === undefined) return statementsOf(row);
    const counted = row.entries.every(({ value }) => !isNamed(value));
    return namedIn(row).map((item) => ({ item, value: row, orderly: false, counted }));
  }

  /** Whether a field names an item by more than a number. */
  function isNamed(value: Node | null): boolean {
    const text = value?.kind === 'string' ? value.text : null;
    return text !== null && itemOf(text) !== null && !isCounted(text);
  }

  function innerContainers(node: ContainerNode, isSheet: boolean, steps: Steps): ContainerNode[] {
    if (node.kind === 'array') return isSheet ? [] : node.items.filter(isContainer);
    return node.entries.flatMap((entry) => {
      const { key, value } = entry;
      if (value === null || isExplanation(entry)) return [];
      // An item may be called `content`, which is also what the whole reply may be called.
      if (value.kind === 'string') return readWithin(value, steps);
      return isContainer(value) && itemOf(key) === null ? [value] : [];
    });
  }
}
