/** Whether administrations without an answer will be answered by a simulated model. */
import type { Administration } from './data.ts';

type Known = Pick<Administration, 'groupId' | 'succeeded' | 'origin'>;

/**
 * Whether a model is simulated is known from its replies alone where it stands behind an address
 * like any other. So what has no answer yet is of the origin of its group's answers where all of
 * these are simulated; else a study that is half done would count as real and as wholly unanswered.
 */
export function foreseeOrigins<One extends Known>(administrations: readonly One[]): readonly One[] {
  const groups = new Map<number, boolean>();
  for (const { groupId, succeeded, origin } of administrations)
    if (succeeded === true)
      groups.set(groupId, (groups.get(groupId) ?? true) && origin === 'simulated');
  return administrations.map((one) =>
    one.succeeded !== true && one.origin === 'model' && groups.get(one.groupId) === true
      ? { ...one, origin: 'simulated' }
      : one,
  );
}
