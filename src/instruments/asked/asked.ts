/** What one call asks: items in the order shown, each with the answers shown for it. */
import type { AnswerOption, AnswerSet, Block, Item, Scale } from '../structure.ts';

/** How an item is to be answered. */
export type Elicitation =
  /** The answer alone, with one explanation for all. */
  | 'answer'
  /** The explanation comes before the answers. */
  | 'reasoned'
  /** A probability for each option. */
  | 'distribution'
  /** One letter, of which the log-probabilities count. */
  | 'logprobs';

/** What a reply states for an answer. */
export type AnswerForm = AnswerSet['ask'];

/** One answer as a call shows it. */
export interface AskedOption {
  readonly option: AnswerOption;
  /** `A`, `B`, … in the order shown, where letters are asked for; else null. */
  readonly letter: string | null;
}

/** One item as a call shows it. */
export interface AskedItem {
  readonly item: Item;
  /** Names the item in the prompt and in the reply. */
  readonly key: string;
  /** In the order shown; empty for numbers and texts. */
  readonly options: readonly AskedOption[];
  readonly ask: AnswerForm;
  /** A reply without an answer to it is read all the same. */
  readonly mayDecline: boolean;
}

/** Items that a call shows together. */
export interface AskedBlock {
  readonly instructions: string | null;
  readonly items: readonly AskedItem[];
  /**
   * The block applies only after one of these answers to an item of the same call; null where it
   * always applies, or where an earlier call has decided that it does.
   */
  readonly condition: { readonly item: Item; readonly answers: readonly AnswerOption[] } | null;
}

/** Everything that one call asks. */
export interface Asked {
  readonly blocks: readonly AskedBlock[];
  /** Of all blocks, in the order shown. */
  readonly items: readonly AskedItem[];
  readonly elicit: Elicitation;
  /** What the reply is: lines of text, a JSON object, or one that the provider enforces. */
  readonly format: 'text' | 'json' | 'schema';
  /** Shows the two ends of an answer scale instead of every answer. */
  readonly showsEnds: boolean;
  /** The prompt says that items may be declined. */
  readonly offersNoAnswer: boolean;
}

interface Questionnaire {
  readonly items: readonly Item[];
  readonly blocks: readonly Block[];
  readonly scales: readonly Scale[];
}

/** The whole questionnaire in one call, as published: no order, no answer and no format is varied. */
export function askAll({ items, blocks, scales }: Questionnaire): Asked {
  const asked = items.map((item) => askItem(item, scales));
  return {
    blocks: blocks.map((block) => ({
      instructions: block.instructions,
      items: block.items.map((number) => asked[number - 1]!),
      condition: askedCondition(block, items),
    })),
    items: asked,
    elicit: 'answer',
    format: 'json',
    showsEnds: false,
    offersNoAnswer: false,
  };
}

export function askItem(item: Item, scales: readonly Scale[]): AskedItem {
  const ask = item.answers?.ask ?? 'value';
  const options = (item.answers?.options ?? []).filter((option) => !option.isAddedMidpoint);
  return {
    item,
    key: item.id,
    options: withLetters(options, ask),
    ask,
    mayDecline: item.isOptional || isTolerated(item, scales),
  };
}

export function withLetters(options: readonly AnswerOption[], ask: AnswerForm): AskedOption[] {
  return options.map((option, index) => ({
    option,
    letter: ask === 'letter' ? letterAt(index) : null,
  }));
}

/** `A` to `Z`, then `AA`, `AB`, … */
function letterAt(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : letterAt(Math.floor(index / 26) - 1) + last;
}

/** Whether every scale of the item can be scored without it. */
function isTolerated(item: Item, scales: readonly Scale[]): boolean {
  const own = scales.filter((scale) => scale.items.some((member) => member.item === item.number));
  return own.length > 0 && own.every(({ mostMissing }) => mostMissing > 0);
}

export function askedCondition(
  { condition }: Block,
  items: readonly Item[],
): AskedBlock['condition'] {
  if (condition === null) return null;
  const item = items[condition.item - 1]!;
  const options = item.answers?.options ?? [];
  return { item, answers: options.filter(({ value }) => condition.answers.includes(value)) };
}
