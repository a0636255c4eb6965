/**
 * The analysis that was planned: the block `analysis` of a study file. It belongs to the study,
 * since it was decided before the answers were there.
 */
import { z } from 'zod';

const named = z.union([z.string().trim().min(1, 'must not be empty'), z.number()]);

/** One claim about rows of a table: those that have these values in their key columns. */
const plannedClaim = z
  .object({ table: named, claim: z.string() })
  .catchall(z.union([named, z.array(named).min(1)]));

export type PlannedClaim = z.infer<typeof plannedClaim>;

const factor = z.string().min(1);

/** As written in a study file, with a default for every key. */
export const analysisPlan = z.strictObject({
  /** Largest difference of means, in points of a scale, that still counts as none. */
  equivalence_bound: z.number().positive().default(0.5),
  /** The claims that the study was made for; all other tests are exploratory. */
  primary: z.array(plannedClaim).default([]),
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

/** Keys that studies of the first version have in their content. */
const ALWAYS_KEPT = ['equivalence_bound'];

/**
 * A plan as it is kept with a study: without keys that say no more than their defaults, so that a
 * study of an earlier version is the same study.
 */
export function contentOfPlan(plan: AnalysisPlan): Partial<AnalysisPlan> {
  const defaults = new Map<string, unknown>(Object.entries(DEFAULT_PLAN));
  return Object.fromEntries(
    Object.entries(plan).filter(
      ([key, value]) =>
        ALWAYS_KEPT.includes(key) || JSON.stringify(value) !== JSON.stringify(defaults.get(key)),
    ),
  );
}

/**
 * What a stored study planned; keys that this version does not have are left out.
 * @throws ZodError for a value that cannot be
 */
export function storedPlan(block: unknown): AnalysisPlan {
  return z.object(analysisPlan.shape).parse(block ?? {});
}
