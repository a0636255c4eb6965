/** How experiments end: with answers, or without, and for which reason. */

/** As the last outcome says it; what is neither answered nor given up is pending. */
export const ENDINGS_WITHOUT_ANSWERS = [
  'refused',
  'truncated',
  'unparseable',
  'invalid',
  'failed',
] as const;

/** Why an experiment has no answers. */
export type EndingWithoutAnswers = (typeof ENDINGS_WITHOUT_ANSWERS)[number];

export type Ending = 'answered' | 'pending' | EndingWithoutAnswers;

/**
 * @param outcome of its last attempt; null where there was none, or nothing tells
 */
export function endingOf(succeeded: boolean | null, outcome: string | null): Ending {
  if (succeeded === true) return 'answered';
  const known = ENDINGS_WITHOUT_ANSWERS.find((ending) => ending === outcome);
  // Given up without a word of why counts as failed.
  return known ?? (succeeded === false ? 'failed' : 'pending');
}
