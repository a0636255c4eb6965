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

/** A claim of a table, with the values of its columns that select the rows. */
export interface PlannedClaim {
  readonly table: string | number;
  readonly claim: string;
  readonly [column: string]: string | number | readonly (string | number)[];
}

const factor = z.string().min(1);
const size = z.number().positive();
const reason = z.string().min(1).optional();
const error =
  'must be a number of points above 0, "{ points: 0.5 }" or "{ sd: 0.2 }" with or without a reason, or one of these for each scale, as in "{ E: 0.5, N: { sd: 0.2 } }"';
const bound = z.union(
  [size, z.strictObject({ points: size, reason }), z.strictObject({ sd: size, reason })],
  { error },
);
const bounds = z.union([bound, z.record(z.string().min(1), bound)], { error });

/** In points of a scale, or in standard deviations of the sheets' scores on it. */
export type Bound =
  | number
  | { readonly points: number; readonly reason?: string | undefined }
  | { readonly sd: number; readonly reason?: string | undefined };
/** One for all scales, or by scale. */
export type Bounds = Bound | Readonly<Record<string, Bound>>;

/** As written in a study file, with a default for every key. */
export const analysisPlan = z.strictObject({
  /** The claims that the study was made for; all other tests are exploratory. */
  primary: z.array(plannedClaim).default([]),
  /** Largest difference of means that still counts as none. */
  equivalence_bound: bounds.default(0.5),
  /**
   * Largest distance of one answer sheet's score from the score of the sheet it was written from
   * that still counts as the same; 1 point for sums of up to ten dichotomous items and one standard
   * error of measurement of the sheets elsewhere, where it is left out.
   */
  person_bound: bounds.optional(),
  /** Share of personas that must be within that bound; `DEFAULT_PERSON_SHARE` where left out. */
  person_share: z.number().gt(0).lt(1).optional(),
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
  screen: z.array(factor).optional(),
});

export const DEFAULT_PERSON_SHARE = 0.8;
/** Of means, in points, where bounds by scale do not name a scale. */
export const DEFAULT_MEAN_BOUND = 0.5;

/** A factor whose levels are compared. */
export interface ComparedFactor {
  readonly factor: string;
  /** The level that the others are compared with. */
  readonly reference?: string | undefined;
  /** `all`: every two levels. */
  readonly pairs: 'reference' | 'all';
}

/** What was planned before the answers were there. */
export interface AnalysisPlan {
  /** The claims that the study was made for; all other tests are exploratory. */
  readonly primary: readonly PlannedClaim[];
  /** Largest difference of means that still counts as none. */
  readonly equivalence_bound: Bounds;
  /** Largest distance of one administration from its sheet that still counts as the same. */
  readonly person_bound?: Bounds | undefined;
  /** Share of personas that must be within that bound. */
  readonly person_share?: number | undefined;
  /** Factors whose levels are compared; every factor that varies where it is left out. */
  readonly compare?: readonly (string | ComparedFactor)[] | undefined;
  /** Factors of many levels, compared as an exploration. */
  readonly screen?: readonly string[] | undefined;
}

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

/** That of a scale; null where bounds by scale do not name it. */
export function boundFor(planned: Bounds, scale: string): Bound | null {
  if (isOfAll(planned)) return planned;
  return Object.hasOwn(planned, scale) ? planned[scale]! : null;
}

function isOfAll(planned: Bounds): planned is Bound {
  return bound.safeParse(planned).success;
}

/** Keys of a plan that may be by scale. */
export const BOUNDS_OF_PLAN = ['equivalence_bound', 'person_bound'] as const;

/** The scales that bounds name; none for one bound of all. */
export function scalesOfBounds(planned: Bounds | undefined): readonly string[] {
  return planned === undefined || isOfAll(planned) ? [] : Object.keys(planned);
}
