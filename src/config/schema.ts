/** The sections and keys of a configuration file. */
import { z } from 'zod';

const waitsSchema = z.strictObject({
  base_delay_s: z.number().min(0).max(3600).optional(),
  max_delay_s: z.number().min(0).max(86_400).optional(),
  jitter: z.number().min(0).max(1).optional(),
  total_s: z.number().min(0).max(604_800).optional(),
});

const kindSchema = waitsSchema.extend({
  /** Of this kind alone, apart from the attempts that the other kinds share. */
  attempts: z.int().min(1).max(100).optional(),
  same_in_a_row: z.int().min(1).max(100).optional(),
});

/**
 * What is laid over the general settings for one kind of failure. Throttling is never an attempt,
 * so it has none to count.
 */
const kindsSchema = z.strictObject({
  throttled: waitsSchema.optional(),
  server: kindSchema.optional(),
  network: kindSchema.optional(),
  timeout: kindSchema.optional(),
  protocol: kindSchema.optional(),
  truncated: kindSchema.optional(),
  refused: kindSchema.optional(),
  content_filter: kindSchema.optional(),
  unparseable: kindSchema.optional(),
  invalid: kindSchema.optional(),
  authentication: kindSchema.optional(),
  unknown_model: kindSchema.optional(),
  quota: kindSchema.optional(),
  bad_request: kindSchema.optional(),
});

const retrySchema = z.strictObject({
  /** Calls that may be spent on one experiment when replies are unusable or the provider fails. */
  attempts: z.int().min(1).max(100).default(3),
  /** First wait after a failure, seconds; doubled each time up to `max_delay_s`. */
  base_delay_s: z.number().min(0).max(3600).default(1),
  max_delay_s: z.number().min(0).max(86_400).default(60),
  /** Share of each wait that is random, 0 to 1. */
  jitter: z.number().min(0).max(1).default(0.5),
  /**
   * How long one kind of failure may hold up one experiment before it is left for a later run,
   * seconds.
   */
  total_s: z.number().min(0).max(604_800).default(3600),
  /** The same, for throttling. */
  throttle_patience_s: z.number().min(0).max(604_800).default(3600),
  /**
   * The same failure so many times in a row ends the experiment for this run, whatever attempts are
   * left.
   */
  same_in_a_row: z.int().min(1).max(100).default(5),
  kinds: kindsSchema.prefault({}),
});

const limitsSchema = z.strictObject({
  /**
   * Quotas of the account, where its provider does not tell them in headers or they are to be used
   * only in part.
   */
  requests_per_minute: z.number().positive().optional(),
  tokens_per_minute: z.number().positive().optional(),
  /**
   * Of the account's quotas, configured or told, that this machine may use; for several machines
   * with one account.
   */
  share: z.number().positive().max(1).default(1),
  /**
   * Whether each model has these quotas for itself (OpenAI, Bedrock) or all models of the account
   * share them.
   */
  per: z.enum(['model', 'account']).default('model'),
});

export const providerSchema = z.strictObject({
  type: z.enum(['openai', 'openai-compatible', 'bedrock', 'simulated']).optional(),
  base_url: z.url({ protocol: /^https?$/ }).optional(),
  api_key: z.string().min(1).optional(),
  /** Name of the environment variable that holds the key, so that the file need not. */
  api_key_env: z.string().min(1).optional(),
  region: z.string().min(1).optional(),
  timeout_s: z.number().positive().max(3600).default(120),
  /** The most that is read of one reply, in megabytes. */
  max_reply_mb: z.number().positive().max(256).default(16),
  /** Calls under way with this provider at the same time, whatever their model. */
  max_workers: z.int().min(1).max(2048).optional(),
  /** Ask for a JSON object by `response_format`; false for endpoints that refuse the field. */
  json: z.boolean().default(true),
  /** Of the simulated model: the alpha that its answers to each scale have. */
  reliability: z.number().positive().max(0.99).optional(),
  /** Of the simulated model: the correlation of the scores of two administrations. */
  retest: z.number().positive().max(0.99).optional(),
  /** Of the simulated model: which administrations it refuses, and how often. */
  refuse: z
    .array(
      z.strictObject({
        text: z.string().trim().min(1).optional(),
        model: z.string().trim().min(1).optional(),
        share: z.number().positive().max(1).optional(),
      }),
    )
    .optional(),
  /**
   * How the endpoint takes a JSON Schema in `response_format`: `json_schema` as OpenAI does, or
   * `json_object` with a field `schema` as llama.cpp does.
   */
  schema: z.enum(['json_schema', 'json_object']).default('json_schema'),
  headers: z.record(z.string(), z.string()).default({}),
  retry: retrySchema.prefault({}),
  limits: limitsSchema.prefault({}),
});

/** Of the configuration file; the reference is written from it. */
export const fileSchema = z.strictObject({
  openai: z
    .strictObject({
      api_key: z.string().min(1).optional(),
      base_url: z.url({ protocol: /^https?$/ }).optional(),
    })
    .prefault({}),
  bedrock: z
    .strictObject({
      region: z.string().min(1).optional(),
      access_key_id: z.string().min(1).optional(),
      secret_access_key: z.string().min(1).optional(),
      session_token: z.string().min(1).optional(),
      endpoint: z.url({ protocol: /^https?$/ }).optional(),
    })
    .prefault({}),
  pg: z
    .strictObject({
      url: z.string().min(1).optional(),
      host: z.string().min(1).optional(),
      port: z.int().min(1).max(65_535).optional(),
      database: z.string().min(1).optional(),
      user: z.string().min(1).optional(),
      password: z.string().optional(),
      ssl: z.boolean().optional(),
    })
    .prefault({}),
  schema: z
    .strictObject({ target_schema: z.string().min(1).default('personality_trap') })
    .prefault({}),
  /**
   * Where a run against a server writes down its calls; the embedded database has its own beside
   * it.
   */
  journal: z.strictObject({ folder: z.string().min(1).optional() }).prefault({}),
  /** Added to or laid over the catalogue; its entries are checked there. */
  models: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  providers: z.record(z.string(), providerSchema).default({}),
});

export type Settings = z.infer<typeof fileSchema>;

export type ProviderSection = z.infer<typeof providerSchema>;
export type RetryPolicy = z.infer<typeof retrySchema>;
/** What is said of one kind of failure. */
export type KindPolicy = z.infer<typeof kindSchema>;

/**
 * The keys of a section, by its dotted path; of what the user names, the second step is the name.
 */
export function knownKeys(where: readonly string[]): string[] {
  if (where.length === 0) return Object.keys(fileSchema.shape);
  if (where[0] === 'providers') return knownProviderKeys(where.slice(2));
  const shapes: Record<string, { shape: object }> = {
    journal: fileSchema.shape.journal.unwrap(),
    openai: fileSchema.shape.openai.unwrap(),
    bedrock: fileSchema.shape.bedrock.unwrap(),
    pg: fileSchema.shape.pg.unwrap(),
    schema: fileSchema.shape.schema.unwrap(),
  };
  return Object.keys(shapes[where[0] ?? '']?.shape ?? {});
}

function knownProviderKeys([section, inner, kind]: readonly string[]): string[] {
  if (section === 'limits') return Object.keys(limitsSchema.shape);
  if (section !== 'retry') return Object.keys(providerSchema.shape);
  if (inner !== 'kinds') return Object.keys(retrySchema.shape);
  if (kind === undefined) return Object.keys(kindsSchema.shape);
  return Object.keys((kind === 'throttled' ? waitsSchema : kindSchema).shape);
}
