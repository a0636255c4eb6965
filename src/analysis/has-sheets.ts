/** Which of two kinds of study it is. */
import type { StudyData } from './data.ts';

/**
 * Whether its personas were written from answer sheets, or its models answered as a population of
 * them; else they are the study's own.
 */
export function hasSheets({
  reference,
  personas,
  answered,
}: Pick<StudyData, 'reference' | 'personas' | 'answered'>): boolean {
  return (
    reference.personalityIds.length > 0 ||
    [...personas.groups, ...answered.flatMap(({ administrations }) => administrations)].some(
      ({ population: { isReference, condition } }) => isReference || condition !== null,
    )
  );
}
