/** Answers that name no item: a list in the order shown, and the answer to the only item. */
import type { AskedItem } from '../asked/asked.ts';
import type { AnswerReader } from './answer-reader.ts';
import { type AnswerSheet, countAnswers, isComplete, type SheetMaker } from './answer-sheet.ts';
import { explanationOf, isExplanation } from './explanation.ts';
import {
  type ArrayNode,
  type ContainerNode,
  isContainer,
  type LooseObjects,
  readLooseJson,
} from './lenient-json.ts';
import { plainText } from './plain-text.ts';
import { isRefusal } from './refusal.ts';
import type { Steps } from './scanner.ts';
import { replyWords } from './words.ts';

/** A longer reply is prose, and the pattern stays cheap. */
const LONGEST_WITH_TOKENS = 400;
const LIST_KEYS = new Set(replyWords.listKeys);

/**
 * Lists of exactly one value for each of several items: the whole reply, or under a key such as
 * `answers`.
 */
export function listSheets(
  { text, roots }: LooseObjects,
  items: readonly AskedItem[],
  { isAnswerKey }: AnswerReader,
  sheetOf: SheetMaker,
  steps: Steps,
): AnswerSheet[] {
  if (items.length < 2) return [];
  if (roots.length === 0) return within(listInProse(text, steps), null);
  return roots.filter(({ part }) => !part).flatMap(({ node }) => within(node, null));

  function within(node: ContainerNode | null, inherited: string | null): AnswerSheet[] {
    if (node === null) return [];
    if (node.kind === 'array') return asSheet(node, inherited);
    const explanation = explanationOf(node, isAnswerKey) ?? inherited;
    return node.entries.flatMap((entry) => {
      if (!isContainer(entry.value) || isExplanation(entry)) return [];
      const isList = entry.value.kind === 'array' && !LIST_KEYS.has(plainText(entry.key));
      return isList ? [] : within(entry.value, explanation);
    });
  }

  function asSheet(list: ArrayNode, explanation: string | null): AnswerSheet[] {
    if (list.items.length !== items.length || list.items.some(isContainer)) return [];
    const statements = list.items.map((value, index) => ({
      item: items[index]!.item.number,
      value,
      orderly: false,
      counted: false,
    }));
    return [sheetOf(list, statements, explanation)];
  }
}

/** The only brackets of a text. Citations and notes have such, too: the rest must fit as well. */
function listInProse(text: string, steps: Steps): ContainerNode | null {
  const whole = withoutFence(text);
  const [start, end] = [whole.indexOf('['), whole.lastIndexOf(']')];
  steps.characters += text.length;
  if (end < start || start === -1) return null;
  const isWhole = start === 0 && end === whole.length - 1;
  const isOnly = whole.lastIndexOf('[') === start && whole.indexOf(']') === end;
  if (!isWhole && !isOnly) return null;
  const [root] = readLooseJson(`{"answers": ${whole.slice(start, end + 1)}}`, steps).roots;
  return root?.node ?? null;
}

/**
 * Where one item is asked: an object with nothing but its answer (`{"answer": 3}`), a distribution
 * by itself, or a reply that is the answer alone.
 */
export function onlyItemSheets(
  { text, roots }: LooseObjects,
  items: readonly AskedItem[],
  format: 'text' | 'json' | 'schema',
  { read, isAnswerKey }: AnswerReader,
  sheetOf: SheetMaker,
): AnswerSheet[] {
  const [only, ...others] = items;
  if (only === undefined || others.length > 0) return [];
  if (roots.length > 0)
    return roots
      .flatMap(({ node, part }) => {
        if (part || node.kind === 'array') return [];
        const statement = { item: only.item.number, value: node, orderly: false, counted: false };
        return [sheetOf(node, [statement], explanationOf(node, isAnswerKey))];
      })
      .filter((sheet) => isComplete(sheet) && countAnswers(sheet) > 0);
  const written = withoutTokens(withoutFence(text));
  // Any prose is a text, but a refusal is none.
  if (only.item.openCharacters !== null && (format !== 'text' || isRefusal(written))) return [];
  const value = { kind: 'string', text: written, start: 0, end: text.length } as const;
  if (read(only, value).kind === 'unreadable') return [];
  const node = { kind: 'object', entries: [], start: 0, end: text.length } as const;
  const isLetter = only.options.some(({ letter }) => letter === text);
  return [
    sheetOf(node, [{ item: only.item.number, value, orderly: isLetter, counted: false }], null),
  ];
}

function withoutFence(text: string): string {
  return text
    .trim()
    .replace(/^(?:```|~~~)\w{0,10}\n/, '')
    .replace(/\n(?:```|~~~)$/, '')
    .trim();
}

/** Special tokens that a provider has left in. */
function withoutTokens(text: string): string {
  return text.length > LONGEST_WITH_TOKENS
    ? text
    : text.replace(/^(?:<\|\w{1,20}\|>\s*)+|(?:\s*<\|\w{1,20}\|>)+$/g, '');
}
