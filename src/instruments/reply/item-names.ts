/** Which item a key, or the beginning of a line, names. */
import type { AskedItem } from '../asked/asked.ts';
import { plainQuestion, plainText } from './plain-text.ts';
import { remembered } from './remembered.ts';
import { replyWords } from './words.ts';

export interface ItemNames {
  /**
   * The item of this key, id, number or text, or of several of them together. A number that no item
   * has is returned as it is; null for what is no name of an item, or of more than one.
   */
  readonly itemOf: (key: string) => number | null;
  /** Whether a key names an item by a number alone, though the keys shown are others. */
  readonly isCounted: (key: string) => boolean;
  /** The item whose text this is, with its number or without. */
  readonly itemOfText: (written: string) => number | null;
}

/** Longer keys are compared as they are, so that no pattern meets them. */
export const LONGEST_NAME = 2000;

const PREFIX = `(?:${replyWords.itemPrefixes.join('|')})`;
const NUMBER_KEY = new RegExp(
  `^(?:${PREFIX}[\\s_.:#-]*){0,2}[#(\\[]?0*(\\d{1,6})[\\s.):\\]]*$`,
  'iu',
);
/** With a number of a list, or a word such as `item`, before it. */
const MARKED_ID = new RegExp(
  `^(?:[#(\\[]?\\d{1,6}[.):\\]]{1,2}\\s*)?(?:${PREFIX}[\\s_.:#-]{1,3})?[#(\\[*]{0,3}([a-z]\\w{0,25})[\\s.):\\]*]*$`,
  'u',
);
const ID_AND_TEXT = /^[#([]?([a-z]\w{0,25})[\s.)\]:*_–—-]{1,6}(.+)$/su;
const NUMBERED_TEXT = /^\D{0,16}?(\d{1,6})[\s.):_-]+(.+)$/su;

/** How texts may be compared, the strictest way first: `I like C` is not `I like C++`. */
const COMPARISONS = [(text: string) => text.trim(), plainText, withoutEnd, plainQuestion];

/** Ids win over numbers, and numbers over texts. Numbers are those of items, never positions. */
export function itemNamesOf(items: readonly AskedItem[]): ItemNames {
  const ids = uniqueNames(items, ({ key, item }) => [...new Set([plainId(key), plainId(item.id)])]);
  const texts = COMPARISONS.map((plain) =>
    uniqueNames(items, ({ item }) => [
      item.text.length > LONGEST_NAME ? item.text : plain(item.text),
    ]),
  );
  const numbers = new Set(items.map(({ item }) => item.number));
  /** By the number that a key shows at its end: 14 in `bfi2_14`. */
  const shown = Map.groupBy(items, ({ key }) => numberAtEnd(key));
  const isInOrder = items.every(({ item }, index) => item.number === index + 1);
  const isKeyedByNumber = items.every(({ key }) => /^(?:item_)?\d+$/.test(key));
  return { itemOf: remembered(itemOf), itemOfText, isCounted: remembered(isCounted) };

  function isCounted(key: string): boolean {
    if (isKeyedByNumber || key.length > LONGEST_NAME) return false;
    const plain = plainText(key);
    return !ids.has(plainId(plain)) && NUMBER_KEY.test(plain);
  }

  function itemOf(key: string): number | null {
    const plain = key.length > LONGEST_NAME ? key : plainText(key);
    if (plain.length > LONGEST_NAME) return itemOfText(key);
    const id = ids.get(plainId(plain));
    if (id !== undefined) return id;
    const number = NUMBER_KEY.exec(plain);
    if (number !== null) return itemOfNumber(Number(number[1]));
    const marked = ids.get(plainId(MARKED_ID.exec(plain)?.[1] ?? ''));
    return marked ?? itemOfText(key) ?? itemOfIdAndText(key);
  }

  /**
   * A number names the item that has it, unless the keys show another number for the item, or the
   * same number for another one: `q4` may be the third item. Without any number in the keys it may
   * be a position, which is the same only in the published order.
   */
  function itemOfNumber(number: number): number | null {
    const showing = shown.get(number) ?? [];
    if (showing.some(({ item }) => item.number !== number)) return null;
    if (showing.length > 0 || !numbers.has(number)) return number;
    const showsNone = shown.get(null)?.some(({ item }) => item.number === number) ?? false;
    return showsNone && isInOrder ? number : null;
  }

  function itemOfText(written: string): number | null {
    const named = byText(written);
    if (named !== null || written.length > LONGEST_NAME) return named;
    const [, number, text] = NUMBERED_TEXT.exec(plainText(written)) ?? [];
    return text !== undefined && byText(text) === Number(number) ? Number(number) : null;
  }

  function itemOfIdAndText(key: string): number | null {
    const [, id, text] = ID_AND_TEXT.exec(plainText(key)) ?? [];
    const item = ids.get(plainId(id ?? '')) ?? null;
    return item !== null && byText(text!) === item ? item : null;
  }

  function byText(written: string): number | null {
    for (const [index, plain] of COMPARISONS.entries()) {
      const item = texts[index]!.get(written.length > LONGEST_NAME ? written : plain(written));
      if (item !== undefined) return item;
    }
    return null;
  }
}

/** @returns null for a name that two items have */
function uniqueNames(
  items: readonly AskedItem[],
  namesOf: (item: AskedItem) => readonly string[],
): ReadonlyMap<string, number | null> {
  const names = new Map<string, number | null>();
  for (const one of items)
    for (const name of namesOf(one)) names.set(name, names.has(name) ? null : one.item.number);
  return names;
}

/** Models write spaces and hyphens for the underscores of an id. */
function plainId(id: string): string {
  return id
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, '_');
}

/** Models add a colon, or leave out a question mark. */
function withoutEnd(text: string): string {
  const plain = plainText(text);
  return ':?…'.includes(plain.at(-1) ?? ' ') ? plain.slice(0, -1) : plain;
}

function numberAtEnd(key: string): number | null {
  const digits = /(\d{1,6})$/.exec(key);
  return digits === null ? null : Number(digits[1]);
}
