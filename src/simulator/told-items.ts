/**
 * Answers to items of a known instrument that a description tells in the item's own words: the item
 * and, right after it, an answer; or gathered by answer, as the simulated model writes them.
 */
import type { Description } from './description.ts';
import { type Category, categoriesOf, type SimulatedInstrument } from './instrument.ts';
import { questionKey } from './stated.ts';

/** What may stand between an item and its answer: marks, and a word that announces an answer. */
const BETWEEN = /[^\p{L}\p{N}-]*(?:(?:[Aa]nswer|A)\b[^\p{L}\p{N}-]*)?/uy;

/** Points by item number, of the items whose answer is told. */
export function pointsTold(
  instrument: SimulatedInstrument,
  { stated }: Description,
  person: string,
): ReadonlyMap<number, number> {
  const told = new Map<number, number>();
  for (const item of instrument.items) {
    const text = item.text.trim();
    const quoted = stated.size === 0 ? undefined : stated.get(questionKey(text))?.toLowerCase();
    if (quoted === undefined && !person.includes(text)) continue;
    const categories = categoriesOf(item);
    const options = item.answers?.options ?? [];
    const labelOf = ({ value }: Category) =>
      options.find((option) => option.value === value)?.label ?? String(value);
    const category =
      quoted === undefined
        ? answerAfter(person, text, categories, labelOf)
        : categories.find(
            (one) => quoted === labelOf(one).toLowerCase() || quoted === String(one.value),
          );
    if (category !== undefined) told.set(item.number, category.points);
  }
  return told;
}

/** The answer whose label or number follows an item; of labels that begin alike the longest. */
function answerAfter(
  person: string,
  text: string,
  categories: readonly Category[],
  labelOf: (category: Category) => string,
): Category | undefined {
  BETWEEN.lastIndex = person.indexOf(text) + text.length;
  const start = BETWEEN.lastIndex + BETWEEN.exec(person)![0].length;
  const isThere = (words: string) =>
    person.startsWith(words, start) && !/[\p{L}\p{N}]/u.test(person.charAt(start + words.length));
  return (
    categories
      .toSorted((a, b) => labelOf(b).length - labelOf(a).length)
      .find((category) => isThere(labelOf(category))) ??
    categories.find(({ value }) => isThere(String(value)))
  );
}
