/** The shape of a study file: which keys it has, and what their values may be. */
import { z } from 'zod';
import { administrationBlock } from '../administration/cells.ts';
import { furtherParameters, modelParameters } from '../administration/settings.ts';
import { analysisPlan } from '../analysis/plan.ts';
import { messageOf, UserError } from '../errors.ts';
import { LARGEST_INTEGER } from '../numbers.ts';
import { type Aim, defineCondition, findCondition } from '../personas/sheets/conditions.ts';
import { SYNTHETIC_REFERENCE } from '../personas/sheets/populations.ts';

/** Beyond these numbers a study is a slip of the pen. */
const MOST_DRAWS = 1000;
const MOST_REPETITIONS = 1000;

const name = z.string().trim().min(1, 'must not be empty');
const aim = z.custom<Aim>(
  (value) => Number.isFinite(value) || /^(?:max|min|keyed|unkeyed)$/.test(String(value)),
  'must be max, min, keyed, unkeyed or a number',
);
/** A built-in condition by its name, or one of one's own. */
const condition = z
  .union([name, z.strictObject({ name, label: name.optional(), drive: z.record(z.string(), aim) })])
  .transform((one, context) => {
    try {
      return typeof one === 'string' ? findCondition(one) : defineCondition(one);
    } catch (error) {
      context.addIssue({
        code: 'custom',
        message: `${messageOf(error)}${error instanceof UserError ? ` ${error.hint}` : ''}`,
      });
      return z.NEVER;
    }
  });
const instrumentKeys = {
  questionnaire: name.optional(),
  /** A file of one's own in place of a built-in one. */
  instrument: name.optional(),
  /** Of the wording; the file's own language where it is left out. */
  language: name.optional(),
};
const ONE_OF_THE_TWO =
  'names a built-in questionnaire, and "instrument" a file of your own: use one of the two';
const repetitions = z.int().min(1).max(MOST_REPETITIONS);
const questionnaire = z.union([
  name.transform((slug) => ({ questionnaire: slug, conditions: null, repetitions: undefined })),
  z
    .strictObject({
      ...instrumentKeys,
      /** Names of conditions that the study has, or levels of columns that make own ones. */
      conditions: z
        .array(z.union([name, z.record(name, z.union([name, z.array(name).min(1)]))]))
        .min(1)
        .nullable()
        .default(null),
      /** In place of the study's. */
      repetitions: repetitions.optional(),
    })
    .superRefine((one, context) => {
      if ((one.questionnaire === undefined) === (one.instrument === undefined))
        context.addIssue({
          code: 'custom',
          path: ['questionnaire'],
          message: ONE_OF_THE_TWO,
        });
    }),
]);

/** A model by its name, or with parameters of its own; further ones are sent as they are. */
export const model = z.union(
  [
    name,
    z
      .object({
        ...{ model: name, label: name.optional(), ...modelParameters },
        parameters: furtherParameters.optional(),
      })
      .catchall(z.json()),
  ],
  { error: 'must be the name of a model, or a section with the key "model"' },
);

export const ownPersonasSchema = z.strictObject({
  file: name,
  encoding: name.optional(),
  separator: z.string().length(1, 'must be one character').optional(),
  /** A column; `description` where there is one of that name. */
  description: name.optional(),
  text: name.optional(),
  vignette: name.optional(),
  condition: z.union([name.transform((one) => [one]), z.array(name).min(1)]).default([]),
  weight: name.optional(),
  cross: z.record(name, z.array(name).min(1)).default({}),
  control: z.union([z.boolean(), z.record(name, name)]).default(false),
});

/** Of a study file; the reference is written from it. */
export const schema = z.strictObject({
  name,
  /** Of the database; the configuration's where it is left out. */
  schema: name.nullable().default(null),
  seed: z.int().min(1).max(LARGEST_INTEGER).default(1),
  reference: z
    .union([
      z.literal(SYNTHETIC_REFERENCE),
      z
        .strictObject({
          name,
          file: name,
          ethics_note: name.nullable().default(null),
          ...instrumentKeys,
        })
        .superRefine((one, context) => {
          if (one.questionnaire !== undefined && one.instrument !== undefined)
            context.addIssue({ code: 'custom', path: ['questionnaire'], message: ONE_OF_THE_TWO });
        }),
    ])
    .default(SYNTHETIC_REFERENCE),
  /** What the study asks; the report begins with it. */
  question: name.nullable().default(null),
  models: z.array(model).min(1, 'must name at least one model'),
  /** Of personas that are written from answer sheets. */
  conditions: z.array(condition).default([]),
  /** Personas, or stimuli, of one's own, in place of those written from sheets. */
  personas: ownPersonasSchema.nullable().default(null),
  /** The system message; the program's own where it is left out, none where it is null. */
  system_role: z.string().min(1).nullable().optional(),
  draws: z
    .union([
      z
        .int()
        .min(1)
        .max(MOST_DRAWS)
        .transform((count) => ({ from: 1, count })),
      z.strictObject({
        from: z.int().min(1).max(MOST_DRAWS),
        count: z.int().min(1).max(MOST_DRAWS),
      }),
    ])
    .prefault(1),
  experimental: z.boolean().default(false),
  max_personas: z.int().min(1).nullable().default(null),
  questionnaires: z.array(questionnaire).min(1, 'must name at least one questionnaire'),
  repetitions: repetitions.default(1),
  /** How the questionnaires are administered; `paraphrase` is a file. */
  administration: administrationBlock.prefault({}),
  /** Of the whole study, over all its runs; `max_workers` and `stop_after` of each. */
  limits: z
    .strictObject({
      max_workers: z.int().min(1).max(2048).optional(),
      max_cost: z.number().positive().optional(),
      max_tokens: z.int().min(1).optional(),
      max_calls: z.int().min(1).optional(),
      stop_after: z.int().min(1).optional(),
    })
    .default({}),
  /** Decided before the answers are there, so it is part of the study. */
  analysis: analysisPlan.prefault({}),
  /** Folder for results. */
  output: name.nullable().default(null),
});

/** Known keys inside the keys that have some. */
export const KEYS: Readonly<Record<string, readonly string[]>> = {
  models: ['model', 'label', ...Object.keys(modelParameters), 'parameters'],
  reference: ['name', 'file', 'ethics_note', 'questionnaire', 'instrument', 'language'],
  personas: Object.keys(ownPersonasSchema.shape),
  conditions: ['name', 'label', 'drive'],
  draws: ['from', 'count'],
  questionnaires: ['questionnaire', 'instrument', 'language', 'conditions', 'repetitions'],
  administration: Object.keys(administrationBlock.shape),
  limits: ['max_workers', 'max_cost', 'max_tokens', 'max_calls', 'stop_after'],
  analysis: Object.keys(analysisPlan.shape),
};
