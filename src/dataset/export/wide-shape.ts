/** The columns of a wide file, and what they come from. */
import type { Instrument } from '../../instruments/instrument.ts';
import { parseInstrument } from '../../instruments/load.ts';
import type { Item, Scale } from '../../instruments/structure.ts';
import { ABOUT } from './wide-about.ts';
import type { PersonaColumn, WideItem, WideQuestionnaire } from './wide-store.ts';

/** What is told of an answer as probabilities, besides the answer. */
export const MOMENTS = [
  ['expected', 'expected points of the answer to'],
  ['sd', 'standard deviation of the points of the answer to'],
  ['entropy', 'entropy, in nats, of the probabilities of the answers to'],
] as const;

export interface ItemShape {
  readonly column: string;
  /** Column of the points of a reversed item; null for other items. */
  readonly reversedColumn: string | null;
  readonly type: 'integer' | 'double' | 'string';
  readonly id: string;
  readonly number: number;
  /** Null where no wording has it. */
  readonly item: Item | null;
  /** Answers that stand for missing ones. */
  readonly missingCodes: readonly number[];
  readonly instrument: Instrument | null;
  readonly published: WideItem | null;
}

/** The columns of a file, and what they come from. */
export interface Shape {
  readonly factors: readonly NamedColumn[];
  readonly personaColumns: readonly (NamedColumn & Pick<PersonaColumn, 'type'>)[];
  readonly personaFields: readonly NamedColumn[];
  readonly items: readonly ItemShape[];
  readonly scores: readonly {
    readonly column: string;
    readonly id: string;
    readonly scale: Scale | null;
    readonly instrument: Instrument | null;
  }[];
  /** Every wording, English first. */
  readonly instruments: readonly Instrument[];
  /** The wording by its hash, else the first; undefined where none is known. */
  readonly wordingOf: (wording: string | null) => Instrument | undefined;
  /** Id of an item by its number in a wording. */
  readonly idOf: (wording: string | null, number: number) => string;
  /** Of each of `items`, its number in a wording; null for an item that it does not have. */
  readonly numbersOf: (wording: string | null) => readonly (number | null)[];
}

interface NamedColumn {
  readonly column: string;
  readonly name: string;
}

export function shapeOf({
  slug,
  wordings,
  items,
  scales,
  factors,
  personaColumns,
  personaFields,
}: WideQuestionnaire): Shape {
  const instruments = new Map(
    wordings.map(({ sha256, definition }) => [sha256, parseInstrument(definition, slug)]),
  );
  const [first] = instruments.values();
  const wordingOf = (wording: string | null) =>
    (wording === null ? undefined : instruments.get(wording)) ?? first;
  const idOf = (wording: string | null, number: number) =>
    wordingOf(wording)?.items[number - 1]?.id ?? String(number);
  const found = new Map<string, Omit<ItemShape, 'column' | 'reversedColumn'>>();
  for (const instrument of instruments.values()) {
    for (const item of instrument.items) {
      if (found.has(item.id)) continue;
      const { id, number } = item;
      const published = items.find((one) => one.number === number) ?? null;
      const own = { type: typeOf(item), missingCodes: missingCodes(item) };
      found.set(id, { ...own, id, number, item, instrument, published });
    }
  }
  for (const published of items) {
    const id = idOf(null, published.number);
    if (found.has(id)) continue;
    const { number } = published;
    const own = { type: 'integer', missingCodes: [], item: null, instrument: null } as const;
    found.set(id, { ...own, id, number, published });
  }
  const sorted = [...found.values()].sort((a, b) => a.number - b.number);
  const numberOf = (wording: string | null, id: string): number | null => {
    const at = wordingOf(wording)?.items.findIndex((item) => item.id === id) ?? -1;
    if (at !== -1) return at + 1;
    return idOf(wording, Number(id)) === id ? Number(id) : null;
  };
  const numbers = new Map<string | null, readonly (number | null)[]>();
  const digits = Math.max(2, String(sorted.at(-1)?.number ?? 0).length);
  const taken = new Set<string>(ABOUT.map(([column]) => column));
  const ids = new Set([
    ...scales,
    ...[...instruments.values()].flatMap((one) => one.scales.map(({ id }) => id)),
    ...(first === undefined ? items.flatMap(({ scale }) => scale ?? []) : []),
  ]);
  return {
    factors: factors.map((name) => ({ name, column: freeColumn(`factor_${name}`, taken) })),
    personaColumns: personaColumns.map(({ name, type }) => ({
      ...{ name, type },
      column: freeColumn(`persona_${name}`, taken),
    })),
    personaFields: personaFields.map((name) => ({
      name,
      column: freeColumn(`persona_${name}`, taken),
    })),
    items: sorted
      .map((one) => ({ ...one, column: freeColumn(nameOf(one, digits), taken) }))
      .map((one) => ({
        ...one,
        reversedColumn: isReversed(one.item) ? freeColumn(`${one.column}_r`, taken) : null,
      })),
    scores: [...ids].sort().map((id) => {
      const instrument =
        [...instruments.values()].find((one) => one.scales.some((scale) => scale.id === id)) ??
        null;
      const scale = instrument?.scales.find((one) => one.id === id) ?? null;
      return { id, scale, instrument, column: freeColumn(`score_${id}`, taken) };
    }),
    instruments: [...instruments.values()],
    wordingOf,
    idOf,
    numbersOf(wording) {
      const known = numbers.get(wording) ?? sorted.map(({ id }) => numberOf(wording, id));
      numbers.set(wording, known);
      return known;
    },
  };
}

/** Whether the answer that stands highest scores lowest. */
export function isReversed(item: Item | null): boolean {
  if (item === null || item.scale === null || item.answers === null) return false;
  if (item.key === null) return item.reverse && item.range !== null;
  return item.answers.options.every(({ value }) => value >= item.key!);
}

function typeOf({ quantity, openCharacters }: Item): ItemShape['type'] {
  return openCharacters !== null ? 'string' : quantity !== null ? 'double' : 'integer';
}

/** Files of format 1 have no ids but numbers. */
function nameOf({ id, number }: Pick<ItemShape, 'id' | 'number'>, digits: number): string {
  return id === String(number) ? `item_${id.padStart(digits, '0')}` : id;
}

function missingCodes(item: Item): readonly number[] {
  return (item.answers?.options ?? []).flatMap(({ value, points }) =>
    points === null ? [value] : [],
  );
}

/**
 * A name of letters, digits and _ that SQL, R, SPSS and Stata read alike. Ids that were stored
 * before the rule for ids hold other characters; the codebook has them as they are.
 */
function freeColumn(wanted: string, taken: Set<string>): string {
  const legal = wanted.normalize('NFC').replaceAll(/[^\p{L}\p{N}_]/gu, '_');
  return freeName(/^\p{L}/u.test(legal) ? legal : `item_${legal}`, taken);
}

/** A name that differs from those taken by more than the case of its letters. */
export function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let number = 2; taken.has(name.toLowerCase()); number++) name = `${wanted}_${number}`;
  taken.add(name.toLowerCase());
  return name;
}
