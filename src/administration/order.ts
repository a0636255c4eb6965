/** The order of items and answers in one administration, drawn from a seed. */
import type { Instrument } from '../instruments/instrument.ts';
import type { AnswerOption, AnswerSet } from '../instruments/structure.ts';
import { randomWords, shuffle, type Words } from '../statistics/random.ts';
import type { AdministrationSettings } from './settings.ts';

/** What varies inside a group; it is stored with the administration. */
export interface Order {
  /** Item numbers in the order asked; null for the published order. */
  readonly items: readonly number[] | null;
  /** Values in the order shown, by answer set; null for the published order. */
  readonly options: Readonly<Record<string, readonly number[]>> | null;
}

export const PUBLISHED_ORDER: Order = { items: null, options: null };

/**
 * @param seed of the administration: items and options draw from streams of their own, so that two
 *   administrations that differ in one setting alone have the same order in the other
 */
export function drawOrder(
  instrument: Instrument,
  settings: AdministrationSettings,
  seed: number,
): Order {
  const items = randomWords(seed);
  const options = randomWords(seed + 2 ** 32);
  return {
    items:
      settings.item_order === 'shuffled'
        ? instrument.blocks.flatMap((block) => shuffle(block.items, items))
        : null,
    options:
      settings.option_order === 'published'
        ? null
        : Object.fromEntries(
            instrument.answerSets.map((set) => [set.id, orderOptions(set, settings, options)]),
          ),
  };
}

/** As published; an added midpoint stands in the middle of the answers that score. */
export function publishedOrder(options: readonly AnswerOption[]): readonly AnswerOption[] {
  const added = options.filter(({ isAddedMidpoint }) => isAddedMidpoint);
  const others = options.filter(({ isAddedMidpoint }) => !isAddedMidpoint);
  const scored = others.filter(({ points }) => points !== null).length;
  return others.toSpliced(Math.ceil(scored / 2), 0, ...added);
}

/** Missing codes stay where they are: last. */
function orderOptions(set: AnswerSet, settings: AdministrationSettings, words: Words): number[] {
  const options = publishedOrder(set.options);
  const scored = options.filter(({ points }) => points !== null).map(({ value }) => value);
  const codes = options.filter(({ points }) => points === null).map(({ value }) => value);
  const ordered =
    settings.option_order === 'reversed' ? scored.toReversed() : shuffle(scored, words);
  return [...ordered, ...codes];
}
