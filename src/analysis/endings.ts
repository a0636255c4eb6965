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

/** "12 refused, 1 failed, 3 not asked yet"; empty where all were answered. */
export function sayEndings(endings: readonly Ending[]): string {
  return [...ENDINGS_WITHOUT_ANSWERS, 'pending' as const]
    .map((ending) => ({ ending, count: endings.filter((one) => one === ending).length }))
    .filter(({ count }) => count > 0)
    .map(({ ending, count }) => `${count} ${ending === 'pending' ? 'not asked yet' : ending}`)
    .join(', ');
}

/**
 * @param outcome of its last attempt; null where there was none, or nothing tells
 */
export function endingOf(succeeded: boolean | null, outcome: string | null): Ending {
  if (succeeded === true) return 'answered';
  const known = ENDINGS_WITHOUT_ANSWERS.find((ending) => ending === outcome);
  // Given up without a word of why counts as failed.
  return known ?? (succeeded === false ? 'failed' : 'pending');
}
