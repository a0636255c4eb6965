/**
 * The analysis that was planned: the block `analysis` of a study file. It belongs to the study,
 * since it was decided before the answers were there.
 */
import { z } from 'zod';

/** As written in a study file, with a default for every key. */
export const analysisPlan = z.strictObject({
  /** Largest difference of means, in points of a scale, that still counts as none. */
  equivalence_bound: z.number().positive().default(0.5),
});

export type AnalysisPlan = z.infer<typeof analysisPlan>;

/** Of a schema that no study file made. */
export const DEFAULT_PLAN: AnalysisPlan = analysisPlan.parse({});

/**
 * What a stored study planned; keys that this version does not have are left out.
 * @throws ZodError for a value that cannot be
 */
export function storedPlan(block: unknown): AnalysisPlan {
  return z.object(analysisPlan.shape).parse(block ?? {});
}
