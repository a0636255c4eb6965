/** What an order of items or answers, and typing errors, are drawn from. */
import type { RegisteredExperiment } from '../experiment.ts';

/**
 * The case, the draw of its persona, the repetition and the questionnaire: models, conditions and
 * ways of asking are compared on the same draws.
 * @param draw of the persona, as its row has it
 * @param ofTask what the task's own seed is made of, which names the model and the condition: groups
 *   of versions that drew from it keep their prompts
 */
export function drawBasis(
  { details, personalityId, repeated, questionnaire }: RegisteredExperiment,
  draw: unknown,
  ofTask: readonly unknown[],
): readonly unknown[] {
  const seed = details?.drawSeed ?? null;
  return seed === null ? ofTask : [seed, personalityId, draw, repeated, questionnaire];
}
