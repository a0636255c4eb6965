/** The calls of one administration: what each asks, in which order and words. */
import {
  type Asked,
  type AskedBlock,
  type AskedItem,
  askedCondition,
  askItem,
  withLetters,
} from '../instruments/asked/asked.ts';
import { composePrompt, frameOf } from '../instruments/asked/prompt.ts';
import type { Answers, Instrument } from '../instruments/instrument.ts';
import type { AnswerOption, Item } from '../instruments/structure.ts';
import { drawOrder, type Order, PUBLISHED_ORDER, publishedOrder } from './order.ts';
import { type AdministrationSettings, midpointOf } from './settings.ts';

export interface PlannedCall {
  /** From 1. */
  readonly number: number;
  readonly asked: Asked;
  /**
   * The call is made only after one of these answers in an earlier call; null where it always is.
   */
  readonly condition: { readonly item: number; readonly answers: readonly number[] } | null;
}

/** All calls of an administration, those included that an answer may make needless. */
export function planCalls(
  instrument: Instrument,
  settings: AdministrationSettings,
  order: Order,
): readonly PlannedCall[] {
  const asked = new Map(
    instrument.items.map((item) => [item.number, vary(item, instrument, settings, order)]),
  );
  const inOrder = (numbers: readonly number[]) =>
    order.items === null ? numbers : order.items.filter((number) => numbers.includes(number));
  const blocks = instrument.blocks.map((block) => ({
    block,
    asked: {
      instructions: block.instructions,
      items: inOrder(block.items).map((number) => asked.get(number)!),
      condition: askedCondition(block, instrument.items),
    } satisfies AskedBlock,
  }));
  if (settings.items_per_call === 'all')
    return [
      {
        number: 1,
        asked: callOf(
          blocks.map((one) => one.asked),
          settings,
        ),
        condition: null,
      },
    ];
  const size = settings.items_per_call;
  return blocks
    .flatMap(({ block, asked: whole }) =>
      chunk(whole.items, size === 'block' ? whole.items.length : size).map((items) => ({
        asked: callOf([{ ...whole, items, condition: null }], settings),
        condition: block.condition,
      })),
    )
    .map((call, index) => ({ number: index + 1, ...call }));
}

/** A further call that asks these items of a call again. */
export function askAgain(
  call: PlannedCall,
  number: number,
  items: ReadonlySet<number>,
): PlannedCall {
  const { asked } = call;
  const blocks = asked.blocks
    .map((block) => ({
      ...block,
      items: block.items.filter(({ item }) => items.has(item.number)),
      // Items that do not apply are not asked again.
      condition: null,
    }))
    .filter((block) => block.items.length > 0);
  return {
    ...call,
    number,
    asked: { ...asked, blocks, items: blocks.flatMap((one) => one.items) },
  };
}

/** Whether a call is to be made after these answers. */
export function applies({ condition }: PlannedCall, answers: Answers): boolean {
  if (condition === null) return true;
  const answer = answers.get(condition.item);
  return answer !== undefined && condition.answers.includes(answer);
}

/**
 * The prompt as a group stores it: complete where its only call is the same for everybody, else the
 * template that the calls of each administration are filled into.
 */
export function promptOfGroup(instrument: Instrument, settings: AdministrationSettings): string {
  // An order that nothing is drawn for is the same for everybody: reversed answers.
  const order = isSameForAll(settings) ? drawOrder(instrument, settings, 0) : PUBLISHED_ORDER;
  const calls = planCalls(instrument, settings, order).map(({ asked }) => asked);
  const frame = settings.paraphrase ?? frameOf(instrument, calls);
  return isSameForAll(settings) ? composePrompt(instrument, calls[0]!, frame) : frame;
}

/**
 * Whether a stored prompt shows the answers as published, though they are to be reversed: an earlier
 * version wrote it so, and letters in replies to it would be read the wrong way round.
 */
export function lacksReversal(
  prompt: string,
  instrument: Instrument,
  settings: AdministrationSettings,
): boolean {
  const isReversed = settings.option_order === 'reversed' && isSameForAll(settings);
  return (
    isReversed && prompt === promptOfGroup(instrument, { ...settings, option_order: 'published' })
  );
}

/** Whether all administrations of a group send the same single prompt, but for the persona. */
export function isSameForAll(settings: AdministrationSettings): boolean {
  const {
    item_order: items,
    option_order: options,
    items_per_call: size,
    ask_missing: again,
    noise,
  } = settings;
  const isOrdered = items === 'published' && options !== 'shuffled';
  return isOrdered && size === 'all' && !again && noise === 'none';
}

function callOf(blocks: readonly AskedBlock[], settings: AdministrationSettings): Asked {
  return {
    blocks,
    items: blocks.flatMap(({ items }) => items),
    elicit: settings.elicit,
    format: settings.elicit === 'logprobs' ? 'text' : settings.format,
    showsEnds: settings.option_display === 'ends',
    offersNoAnswer: settings.no_answer === 'offered',
  };
}

function vary(
  item: Item,
  instrument: Instrument,
  settings: AdministrationSettings,
  order: Order,
): AskedItem {
  const published = askItem(item, instrument.scales);
  // Properties whose names are numbers cannot be put in an order: JSON writes them first.
  const key = settings.format === 'schema' && /^\d+$/.test(item.id) ? `item_${item.id}` : item.id;
  const mayDecline = published.mayDecline || settings.no_answer === 'offered';
  if (item.answers === null) return { ...published, key, mayDecline };
  const ask =
    settings.elicit === 'logprobs'
      ? 'letter'
      : settings.answer_as === 'instrument'
        ? item.answers.ask
        : settings.answer_as;
  const dropped = settings.midpoint === 'dropped' ? midpointOf(item.answers) : null;
  const shown = item.answers.options.filter(
    ({ value, isAddedMidpoint }) =>
      value !== dropped && (!isAddedMidpoint || settings.midpoint === 'added'),
  );
  return {
    item,
    key,
    options: withLetters(inOrderOf(shown, order.options?.[item.answers.id]), ask),
    ask,
    mayDecline,
  };
}

function inOrderOf(
  options: readonly AnswerOption[],
  values: readonly number[] | undefined,
): readonly AnswerOption[] {
  return values === undefined
    ? publishedOrder(options)
    : values.flatMap((value) => options.filter((option) => option.value === value));
}

function chunk<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );
}
