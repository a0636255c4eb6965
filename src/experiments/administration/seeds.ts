/** What the seeds of an administration are made of. */
import { seedFrom } from '../../models/seed.ts';
import type { RegisteredExperiment } from '../experiment.ts';

export interface Seeds {
  /** Of the calls, each of which has one of its own. */
  readonly basis: readonly unknown[];
  /** Of the order of items and answers. */
  readonly order: number;
  /** Of typing errors. */
  readonly noise: number;
}

/**
 * Draws follow from the case, the draw of its persona, the repetition and the questionnaire: models,
 * conditions and ways of asking are compared on the same draws. Groups of versions that drew from
 * the basis of calls, which names model and condition, keep their prompts.
 * @param draw of the persona, as its row has it
 */
export function seedsOf(
  { details, modelId, population, personalityId, repeated, questionnaire }: RegisteredExperiment,
  draw: unknown,
): Seeds {
  const { seed = 0, drawSeed = null } = details ?? {};
  const basis = [seed, modelId, population, personalityId, draw, repeated, questionnaire];
  const drawn =
    drawSeed === null ? basis : [drawSeed, personalityId, draw, repeated, questionnaire];
  return { basis, order: seedFrom(['order', ...drawn]), noise: seedFrom(['noise', ...drawn]) };
}
