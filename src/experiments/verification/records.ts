/** What was stored of administrations, wherever it is: in a database, or in the files of a bundle. */
import type { ItemState } from '../../db/schema/tables.ts';

/** A call as it is stored; its bodies are packed. */
export interface PackedCall {
  readonly id: number;
  readonly requestJson: unknown;
  readonly responseJson: unknown;
  readonly about: Readonly<Record<string, unknown>> | null;
  readonly requestGzip: Uint8Array | null;
  readonly responseGzip: Uint8Array | null;
  /** What the model said, as text. */
  readonly reply: string | null;
  /** Of the parser that read it; null where it is not recorded. */
  readonly parserVersion: number | null;
  /** Which of the calls of its administration it is, and what it asked; null for an only one. */
  readonly part: { readonly call: number; readonly items: readonly number[] } | null;
}

/** What is stored of one item. */
export interface StoredItem {
  readonly number: number;
  readonly answer: number | null;
  readonly state: ItemState | null;
  /** An answer that is no whole number; a short text; probabilities by answer. */
  readonly quantity: number | null;
  readonly text: string | null;
  readonly probabilities: Readonly<Record<string, number>> | null;
}

/** What is stored of one administration besides its row. */
export interface StoredRecords {
  /** In the order in which they were stored. */
  readonly calls: readonly PackedCall[];
  /** In order of number. */
  readonly items: readonly StoredItem[];
  readonly scores: readonly { readonly scale: string; readonly score: number | null }[];
}

/** A call that wrote a persona. */
export type WritingCall = Omit<PackedCall, 'part' | 'reply' | 'parserVersion'> & {
  /** Null where it was not written in the end. */
  readonly personaId: number | null;
};

/** Where records are read from, a page at a time. */
export interface RecordSource {
  /** The numbers of the administrations after one of them, in their order. */
  administrationsAfter(after: number, size: number): Promise<number[]>;
  /** @returns what is stored of each of these administrations, to be asked for once */
  recordsOf(ids: readonly number[]): Promise<(id: number) => StoredRecords>;
  /** The calls that wrote personas after one of them, in order of id. */
  writingCallsAfter(after: number, size: number): Promise<WritingCall[]>;
}

/** Packed bytes of one page: what is in memory at a time. */
export const PAGE_BYTES = 8 << 20;

type Answer = Pick<StoredItem, 'number' | 'answer'>;
type State = Pick<StoredItem, 'number' | 'state' | 'quantity' | 'text'>;
/** How probable an answer to an item is. */
export interface Probability {
  readonly number: number;
  readonly answer: number;
  readonly probability: number;
}

/**
 * The items of an administration, from the rows of its three tables.
 * @param answers in the order in which they were stored: of several to one item, as another program
 *   may have stored, the first counts
 */
export function itemsOf(
  answers: readonly Answer[],
  states: readonly State[],
  probabilities: readonly Probability[],
): StoredItem[] {
  const items = new Map<number, StoredItem>();
  for (const { number, answer } of answers)
    if (!items.has(number)) items.set(number, { ...NO_ITEM, number, answer });
  for (const { number, state, quantity, text } of states)
    items.set(number, { ...(items.get(number) ?? { ...NO_ITEM, number }), state, quantity, text });
  for (const [number, shares] of Map.groupBy(probabilities, (one) => one.number)) {
    const item = items.get(number);
    if (item === undefined) continue;
    const byAnswer = shares.map(({ answer, probability }) => [answer, probability] as const);
    items.set(number, { ...item, probabilities: Object.fromEntries(byAnswer) });
  }
  return [...items.values()].sort((a, b) => a.number - b.number);
}

const NO_ITEM = { answer: null, state: null, quantity: null, text: null, probabilities: null };
