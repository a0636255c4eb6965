/** A reference sheet: what a persona is written from. */
import type { Instrument } from '../../instruments/instrument.ts';
import type { Item } from '../../instruments/structure.ts';

/** The sheets of the study, and of its synthetic stand-in, are answers to this instrument. */
export const SHEET_INSTRUMENT = 'epqra';

export interface Sheet {
  /** Names the person within one reference population, unique there. */
  readonly personalityId: number;
  /**
   * The answer to item n stands at index n - 1: the value of an option, or a number where the item
   * asks for one. Null where the person gave none, and for items that ask for a text.
   */
  readonly answers: readonly (number | null)[];
}

export function createSheet(personalityId: number, answers: readonly (number | null)[]): Sheet {
  return Object.freeze({ personalityId, answers: Object.freeze([...answers]) });
}

/** Whether sheets may lack an answer to it: it may be declined, or is not asked of everybody. */
export function mayBeMissing({ asked, blocks }: Instrument, item: Item): boolean {
  return (
    item.openCharacters !== null ||
    asked.items[item.number - 1]!.mayDecline ||
    blocks[item.block]!.condition !== null
  );
}
