/** A reference sheet: what a persona is written from. */

/** The sheets of the study, and of its synthetic stand-in, are answers to this instrument. */
export const SHEET_INSTRUMENT = 'epqra';

export interface Sheet {
  /** Names the person within one reference population, unique there. */
  readonly personalityId: number;
  /**
   * True for Yes, false for No; the answer to item n stands at index n - 1, one for every item of
   * the instrument.
   */
  readonly answers: readonly boolean[];
}

export function createSheet(personalityId: number, answers: readonly boolean[]): Sheet {
  return Object.freeze({ personalityId, answers: Object.freeze([...answers]) });
}
