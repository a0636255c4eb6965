/**
 * What the simulated model may know of a questionnaire before it is asked: as plain data, in the
 * shape of a loaded instrument. Nothing of it says who is asked, or in which form.
 */

export interface SimulatedOption {
  readonly value: number;
  readonly label: string;
  readonly isLabelled: boolean;
  /** Null for a missing code, which is never chosen. */
  readonly points: number | null;
  readonly isAddedMidpoint: boolean;
}

export interface SimulatedItem {
  readonly number: number;
  readonly id: string;
  readonly text: string;
  /** Index into the blocks. */
  readonly block: number;
  /** Null for items that ask for a number or a text. */
  readonly answers: { readonly options: readonly SimulatedOption[] } | null;
  readonly quantity: {
    readonly min: number;
    readonly max: number;
    readonly decimals: number;
  } | null;
  readonly openCharacters: number | null;
  /** Points by answer, where they are not those of the options. */
  readonly points: ReadonlyMap<number, number | null> | null;
  /** Of an attention check: the answers that show attention; empty for other items. */
  readonly demanded: readonly number[];
}

interface SimulatedScale {
  readonly id: string;
  readonly name: string;
  readonly items: readonly { readonly item: number; readonly weight: number }[];
  /** Of a scale of scales. */
  readonly parts: readonly { readonly scale: string; readonly weight: number }[];
}

export interface SimulatedInstrument {
  readonly slug: string;
  readonly language?: string;
  /** As it asks all items in one call; where it is left out, other words are not noticed. */
  readonly prompt?: string;
  readonly instructions: string | null;
  readonly blocks: readonly {
    readonly instructions: string | null;
    readonly condition: { readonly item: number; readonly answers: readonly number[] } | null;
  }[];
  /** In order of number, from 1. */
  readonly items: readonly SimulatedItem[];
  readonly scales: readonly SimulatedScale[];
}

/** How well the simulated model's answers to a known instrument measure. */
export interface Precision {
  /** Cronbach's alpha that each scale is to have, 0 to 1. */
  readonly reliability: number;
  /** Correlation of the scale scores of two administrations to the same persons, 0 to 1. */
  readonly retest: number;
}

export const DEFAULT_PRECISION: Precision = { reliability: 0.8, retest: 0.85 };

/** What an item can be answered with, from fewest to most points. */
export interface Category {
  /** As it is stored: an option's value, or a number. */
  readonly value: number;
  readonly points: number;
}

/** So many numbers, spread evenly, stand for all that an item could be answered with. */
const MOST_NUMBERS = 41;

/**
 * The scored answers of an item, from fewest to most points. Answers of equal points are in the
 * order of their values, so that neighbours on the answer scale stay neighbours.
 * @param shown options that the item shows; all that are published where left out
 */
export function categoriesOf(
  item: SimulatedItem,
  shown: readonly SimulatedOption[] = publishedOptions(item),
): readonly Category[] {
  if (item.quantity !== null) return numbersOf(item.quantity);
  const byValue = shown
    .flatMap((option) => {
      const points = pointsOf(item, option);
      return points === null ? [] : [{ value: option.value, points }];
    })
    .toSorted((a, b) => a.value - b.value);
  const falls = byValue.length > 0 && byValue.at(-1)!.points < byValue[0]!.points;
  return (falls ? byValue.toReversed() : byValue).toSorted((a, b) => a.points - b.points);
}

function publishedOptions({ answers }: SimulatedItem): readonly SimulatedOption[] {
  return (answers?.options ?? []).filter(({ isAddedMidpoint }) => !isAddedMidpoint);
}

function pointsOf(item: SimulatedItem, { value, points }: SimulatedOption): number | null {
  const own = item.points?.get(value);
  return own === undefined ? points : own;
}

function numbersOf({
  min,
  max,
  decimals,
}: NonNullable<SimulatedItem['quantity']>): readonly Category[] {
  const unit = 10 ** decimals;
  const [low, high] = [Math.ceil(min * unit), Math.floor(max * unit)];
  const count = Math.min(MOST_NUMBERS, high - low + 1);
  return Array.from({ length: count }, (_, index) => {
    const steps = count === 1 ? 0 : Math.round(((high - low) * index) / (count - 1));
    const value = (low + steps) / unit;
    return { value, points: value };
  });
}
