/**
 * Finds a known instrument in a prompt by the texts of its items, and reads how they are to be
 * answered: which answers are shown, and how a reply writes them. The order of items and answers,
 * their number and the keys are as the prompt has them.
 */
import {
  type Category,
  categoriesOf,
  type SimulatedInstrument,
  type SimulatedItem,
  type SimulatedOption,
} from './instrument.ts';
import { objectsIn, type TextObject } from './questionnaire.ts';
import { filledPattern, findFilled } from './stimulus.ts';

/** An answer, and how a reply states it. */
export interface ShownOption {
  readonly option: SimulatedOption;
  readonly written: string | number;
}

export interface ShownItem {
  readonly item: SimulatedItem;
  /** Names the item in the reply. */
  readonly key: string;
  /** Empty for numbers and texts. */
  readonly options: readonly ShownOption[];
  /** The scored ones among them, or numbers. */
  readonly categories: readonly Category[];
}

export interface ShownInstrument {
  readonly instrument: SimulatedInstrument;
  readonly items: readonly ShownItem[];
  /** What stands before the questionnaire. */
  readonly before: string;
  /** Whether texts of items have typing errors. */
  readonly hasErrors: boolean;
  /** What stands round the items. */
  readonly surroundings: string;
  /** What slots for columns of a row hold, in the items and round them; empty without slots. */
  readonly stimulus: string;
  /** Where they stand round the items. */
  readonly filled: readonly string[];
  /** What stands after the last item: how to reply. */
  readonly after: string;
}

/** The instruments that can be found, by the texts of their items. */
export type InstrumentIndex = ReadonlyMap<string, readonly SimulatedInstrument[]>;

/** @param instruments where several fit a prompt equally well, the first of them is found */
export function indexInstruments(instruments: readonly SimulatedInstrument[]): InstrumentIndex {
  const index = new Map<string, SimulatedInstrument[]>();
  for (const instrument of instruments) {
    for (const text of new Set(instrument.items.map((item) => item.text.trim()))) {
      const known = index.get(text);
      if (known === undefined) index.set(text, [instrument]);
      else known.push(instrument);
    }
  }
  return index;
}

/** The instrument that has all items of a prompt; null where none has. */
export function findShown(prompt: string, index: InstrumentIndex): ShownInstrument | null {
  if (index.size === 0) return null;
  const objects = objectsIn(prompt)
    .map((one) => inWrittenOrder(one, prompt))
    .map((one) => {
      const read = one.entries.map(([key, text]) => ({ key, ...recognise(text.trim(), index) }));
      return {
        ...one,
        entries: read.map(({ key, text }) => [key, text] as const),
        hasErrors: read.some(({ hasErrors }) => hasErrors),
        values: read.flatMap(({ values }) => values),
      };
    })
    .filter(({ entries }) => entries.some(([, text]) => index.has(text)));
  const texts = objects.flatMap(({ entries }) => entries.map(([, text]) => text));
  const candidates = (index.get(texts[0] ?? '') ?? []).filter((instrument) =>
    texts.every((text) => index.get(text)?.includes(instrument)),
  );
  let best: ShownInstrument | null = null;
  let bestFit = -1;
  for (const instrument of candidates) {
    const shown = readShown(prompt, objects, instrument);
    const fit = fitOf(prompt, shown);
    if (fit <= bestFit) continue;
    best = shown;
    bestFit = fit;
  }
  return best;
}

/** JSON.parse puts names that are whole numbers first, and in their own order. */
function inWrittenOrder({ start, end, entries }: TextObject, prompt: string): TextObject {
  const object = prompt.slice(start, end);
  const placed = entries.map((entry) => ({ entry, at: object.indexOf(JSON.stringify(entry[0])) }));
  placed.sort((a, b) => a.at - b.at);
  return { start, end, entries: placed.map(({ entry }) => entry) };
}

const slottedOf = new WeakMap<
  InstrumentIndex,
  readonly { readonly text: string; readonly pattern: RegExp }[]
>();

/** Items that name columns of who answers, as they read once these are filled in. */
function slotted(index: InstrumentIndex) {
  const known = slottedOf.get(index);
  if (known !== undefined) return known;
  const found = [...index.keys()].flatMap((text) => {
    const pattern = filledPattern(text);
    return pattern === null ? [] : [{ text, pattern }];
  });
  slottedOf.set(index, found);
  return found;
}

/** Of a text with typing errors, at most so many of its letters differ. */
const MOST_ERRORS = 1 / 3;

/** The item that a text is, with what fills its slots. */
function recognise(text: string, index: InstrumentIndex) {
  if (index.has(text)) return { text, values: [], hasErrors: false };
  for (const { text: item, pattern } of slotted(index)) {
    const filled = pattern.exec(text);
    if (filled !== null) return { text: item, values: filled.slice(1), hasErrors: false };
  }
  return { text: intended(text, index), values: [], hasErrors: true };
}

/**
 * The item that a text with typing errors was, which is as long and differs least from it; the text
 * itself where none is near.
 */
function intended(text: string, index: InstrumentIndex): string {
  let best = text;
  let fewest = text.length * MOST_ERRORS;
  for (const known of index.keys()) {
    if (known.length !== text.length) continue;
    let errors = 0;
    for (let at = 0; at < known.length && errors < fewest; at++)
      if (known[at] !== text[at]) errors++;
    if (errors < fewest) [best, fewest] = [known, errors];
  }
  return best;
}

/** How much of an instrument's own words a prompt has beside the items, which others share. */
function fitOf(prompt: string, { instrument, items }: ShownInstrument): number {
  const says = (text: string | null) => (text !== null && prompt.includes(text) ? 1 : 0);
  const blocks = new Set(items.map(({ item }) => instrument.blocks[item.block]!.instructions));
  return (
    says(instrument.instructions) +
    [...blocks].reduce((sum, text) => sum + says(text), 0) +
    (items.every(({ item, options }) => item.answers === null || options.length >= 2) ? 1 : 0)
  );
}

function readShown(
  prompt: string,
  objects: readonly (TextObject & {
    readonly hasErrors: boolean;
    readonly values: readonly string[];
  })[],
  instrument: SimulatedInstrument,
): ShownInstrument {
  const left = new Set(instrument.items);
  const starts = [0, ...objects.map(({ end }) => end)];
  const surroundings = starts
    .map((start, index) => prompt.slice(start, objects[index]?.start ?? prompt.length))
    .join('\n');
  const items = objects.flatMap(({ start, entries }, index) => {
    const introduction = prompt.slice(starts[index]!, start);
    const read = new Map<SimulatedItem['answers'], readonly ShownOption[]>();
    return entries.map(([key, text]): ShownItem => {
      const item = takeItem(left, key, text);
      if (!read.has(item.answers)) read.set(item.answers, readOptions(item, introduction));
      const found = read.get(item.answers)!;
      const options =
        found.length > 0 || item.answers === null ? found : elsewhere(item, surroundings);
      const categories = categoriesOf(
        item,
        options.map(({ option }) => option),
      );
      return { item, key, options, categories };
    });
  });
  const filled = findFilled(instrument.prompt ?? '', surroundings);
  const values = [...objects, ...filled].flatMap((one) => one.values);
  return {
    instrument,
    items,
    stimulus: [...new Set(values)].join('\n'),
    filled: filled.map(({ passage }) => passage),
    before: prompt.slice(0, startOf(prompt, instrument, objects[0]!.start)).trim(),
    hasErrors: objects.some((one) => one.hasErrors),
    surroundings,
    after: prompt.slice(objects.at(-1)!.end),
  };
}

/** Of items of one text, the one that the key names, or else the first that is left. */
function takeItem(left: Set<SimulatedItem>, key: string, text: string): SimulatedItem {
  const same = [...left].filter((item) => item.text.trim() === text);
  const item = same.find(({ id }) => key === id || key.endsWith(`_${id}`)) ?? same[0]!;
  if (same.length > 1) left.delete(item);
  return item;
}

/** Where a prompt turns from the person to the questionnaire. */
function startOf(prompt: string, instrument: SimulatedInstrument, first: number): number {
  const places = [
    instrument.instructions,
    ...instrument.blocks.map(({ instructions }) => instructions),
    'The only possible answers',
    'The answer is ',
    'Part 1\n',
  ].flatMap((text) => {
    const at = text === null ? -1 : prompt.indexOf(text);
    return at === -1 ? [] : [at];
  });
  return Math.min(first, ...places);
}

/** Answers that stand elsewhere in the prompt; else those that the instrument has. */
function elsewhere(item: SimulatedItem, surroundings: string): readonly ShownOption[] {
  const found = readOptions(item, surroundings);
  if (found.length > 0) return found;
  const published = item.answers!.options.filter(({ isAddedMidpoint }) => !isAddedMidpoint);
  const hasLabels = published.every(({ isLabelled }) => isLabelled);
  return published.map((option) => ({ option, written: hasLabels ? option.label : option.value }));
}

const LETTER_LINE = /^[ \t]*(?:[-*•][ \t]*)?([A-Z]{1,2})[).:][ \t]+(.+?)[ \t]*$/gmu;
const VALUE_LINE = /^[ \t]*(?:[-*•][ \t]+)?["“]?(-?\d+)["”]?([^\n]*)$/gmu;
const RANGE = /(-?\d+)(?: \([^\n]*?\))? (?:to|through|a|al|à|até|bis|–|-) (-?\d+)/gu;

/** The answers that a text shows: by letter, by label in quotes, or by number; else none. */
function readOptions(item: SimulatedItem, text: string): readonly ShownOption[] {
  const options = item.answers?.options ?? [];
  const readings = [byLetter, byLabel, byValue].map((read) => read(options, text));
  return readings.find((found) => found.length >= 2) ?? [];
}

function byLetter(options: readonly SimulatedOption[], text: string): ShownOption[] {
  return [...text.matchAll(LETTER_LINE)].flatMap(([, letter, label]) => {
    const option = options.find((one) => one.label === label);
    return option === undefined ? [] : [{ option, written: letter! }];
  });
}

function byLabel(options: readonly SimulatedOption[], text: string): ShownOption[] {
  return options
    .filter(
      ({ label, isLabelled }) =>
        isLabelled && (text.includes(JSON.stringify(label)) || text.includes(`“${label}”`)),
    )
    .map((option) => ({ option, written: option.label }));
}

function byValue(options: readonly SimulatedOption[], text: string): ShownOption[] {
  const listed = new Set<SimulatedOption>();
  for (const [, value, rest] of text.matchAll(VALUE_LINE)) {
    const option = options.find((one) => one.value === Number(value));
    // Beside the number stands nothing but the label.
    if (option !== undefined && !/[\p{L}\p{N}]/u.test(rest!.replace(option.label, '')))
      listed.add(option);
  }
  for (const [, first, last] of text.matchAll(RANGE)) {
    const ends = [first, last].map((end) => options.find(({ value }) => value === Number(end)));
    if (ends.includes(undefined)) continue;
    for (const option of options)
      if (
        option.value >= ends[0]!.value &&
        option.value <= ends[1]!.value &&
        option.points !== null
      )
        listed.add(option);
  }
  return options
    .filter((option) => listed.has(option))
    .map((option) => ({ option, written: option.value }));
}
