/**
 * The analysis that was planned: the block `analysis` of a study file. It belongs to the study,
 * since it was decided before the answers were there.
 */
import { z } from 'zod';

const factor = z.string().min(1);

/** As written in a study file, with a default for every key. */
export const analysisPlan = z.strictObject({
  /** Largest difference of means, in points of a scale, that still counts as none. */
  equivalence_bound: z.number().positive().default(0.5),
  /**
   * The factors whose levels are compared: `condition`, `model`, `language`, a setting of
   * `administration`, or a column of the personas. Every factor that varies where it is left out.
   */
  compare: z
    .array(
      z.union([
        factor,
        z.strictObject({
          factor,
          /** The level that the others are compared with. */
          reference: factor.optional(),
          /** `all`: every two levels. */
          pairs: z.enum(['reference', 'all']).default('reference'),
        }),
      ]),
    )
    .optional(),
  /** Factors of many levels, each compared with all others together, as an exploration. */
  screen: z.array(factor).default([]),
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
