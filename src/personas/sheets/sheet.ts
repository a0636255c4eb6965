/** A reference sheet: what a persona is written from. */

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
