/**
 * The catalogue maps a short name to a model: its provider, id, parameters and price. Built-in
 * entries are data (`data/models.json`); the `models` section of the configuration adds and changes
 * entries, so that a new model needs no release.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import type { CompletionRequest } from '../providers/provider.ts';
import { closest } from '../suggest.ts';
import { wordsOfIssue } from '../zod-messages.ts';

/**
 * The part of a request that belongs to the model rather than to the persona or the questionnaire.
 */
export type RequestParameters = Pick<
  CompletionRequest,
  'temperature' | 'topP' | 'maxTokens' | 'maxTokensField' | 'extra'
>;

/** A list price per million tokens, and the day as of which it is known to have held. */
export interface Price {
  readonly inputPerMtok: number;
  readonly outputPerMtok: number;
  readonly currency: 'USD';
  /** `YYYY-MM-DD`. Prices change; a cost is an estimate as of this day. */
  readonly date: string;
  /** Whose price list, in words. */
  readonly source: string;
}

/** One model as users name it. */
export interface ModelEntry {
  /** Short name, e.g. `gpt4o`; unique in a catalogue. */
  readonly name: string;
  /**
   * Name of the provider that serves it, e.g. `openai`, `aws-bedrock`, `simulated`, or one of the
   * configuration's own.
   */
  readonly provider: string;
  /** The provider's own id, e.g. `gpt-4o-2024-11-20`. */
  readonly modelId: string;
  /** What tables print. Never a key. */
  readonly label: string;
  /** AWS region, or null for the configured default. */
  readonly region: string | null;
  readonly parameters: RequestParameters;
  /** Null when nobody has told what it costs; a local model that costs nothing has a price of 0. */
  readonly price: Price | null;
}

export interface Catalogue {
  /** Every entry: the built-in ones in the order of their file, then the configuration's. */
  list(): readonly ModelEntry[];
  /** @throws UserError when no entry has that name; it lists the known ones and the closest */
  find(name: string): ModelEntry;
  /** The first declared entry of this provider with this model id, or null. */
  findByModelId(provider: string, modelId: string): ModelEntry | null;
}

/** What `provider` says for every model that is no model. */
const SIMULATED = 'simulated';

/**
 * Fields that the request builders write themselves from what the group stores. Passing them
 * through as well would send something else than what the database says was sent.
 */
const NOT_EXTRA = [
  'model',
  'messages',
  'stream',
  'temperature',
  'top_p',
  'max_tokens',
  'max_completion_tokens',
];

const text = z.string().trim().min(1, 'must not be empty');

/** Of a model in the configuration, when it is complete; the reference is written from it. */
export const entrySchema = z
  .strictObject({
    provider: text,
    model_id: text,
    label: text,
    region: text.nullable(),
    parameters: z.strictObject({
      temperature: z.number().min(0).nullable(),
      top_p: z.number().min(0).max(1).nullable(),
      max_tokens: z.int().positive().nullable(),
      max_tokens_field: z.enum(['max_tokens', 'max_completion_tokens']),
      extra: z.record(z.string(), z.json()),
    }),
    price: z
      .strictObject({
        input_per_mtok: z.number().min(0),
        output_per_mtok: z.number().min(0),
        currency: z.literal('USD'),
        date: z.iso.date('must be a day written as YYYY-MM-DD'),
        source: text,
      })
      .nullable(),
  })
  .check(({ value, issues }) => {
    for (const field of Object.keys(value.parameters.extra)) {
      if (!NOT_EXTRA.includes(field)) continue;
      issues.push({
        code: 'custom',
        input: value,
        path: ['parameters', 'extra', field],
        message: 'must not be set here: the program writes this field',
      });
    }
    // Nothing may let the simulator pass for evidence (spec 4), least of all a line of
    // configuration.
    if (value.provider !== SIMULATED) return;
    if (!value.model_id.startsWith(`${SIMULATED}/`)) {
      issues.push({
        code: 'custom',
        input: value,
        path: ['model_id'],
        message: `must begin with "${SIMULATED}/", because its provider is "${SIMULATED}"`,
      });
    }
    if (!value.label.endsWith(`(${SIMULATED})`)) {
      issues.push({
        code: 'custom',
        input: value,
        path: ['label'],
        message: `must end with "(${SIMULATED})", because its provider is "${SIMULATED}"`,
      });
    }
  });

type RawEntry = Readonly<Record<string, unknown>>;

/**
 * The built-in models, changed and extended by `overrides`, the `models` section of the
 * configuration: short name to the fields that differ, in the spelling of `data/models.json`
 * (hyphens and underscores alike). `parameters` merges field by field, and one that is null is not
 * sent; `price` is replaced as a whole, so that no price keeps the date of another.
 * @throws UserError that names the entry and the field that is wrong
 */
export function createCatalogue(overrides: Readonly<Record<string, unknown>> = {}): Catalogue {
  const builtIn = readBuiltIn();
  const raw = new Map<string, RawEntry>(Object.entries(builtIn));
  for (const [name, override] of Object.entries(overrides)) {
    if (!isRecord(override))
      throw wrongEntry(name, [], `must be a list of fields, not ${describe(override)}`);
    raw.set(name, merge(raw.get(name) ?? {}, spellOut(name, override)));
  }
  const entries = new Map([...raw].map(([name, entry]) => [name, parseEntry(name, entry)]));
  const list = Object.freeze([...entries.values()]);
  return {
    list: () => list,
    find(name) {
      const entry = entries.get(name);
      if (entry !== undefined) return entry;
      const guess = closest(name, entries.keys());
      throw new UserError(
        `Unknown model "${name}".${guess === null ? '' : ` Did you mean "${guess}"?`}`,
        {
          code: 'model-unknown',
          hint: `Known models: ${[...entries.keys()].join(', ')}. Add a new model under "models" in the configuration.`,
        },
      );
    },
    findByModelId: (provider, modelId) =>
      list.find((entry) => entry.provider === provider && entry.modelId === modelId) ?? null,
  };
}

/**
 * What was stored of a model when something was registered for it; null where rows of other
 * programs say nothing.
 */
export interface RegisteredModel {
  readonly provider: string | null;
  readonly modelId: string | null;
  /** Short name at that time. */
  readonly modelName: string | null;
}

/**
 * The entry that something was registered with, as long as its name still means the same model;
 * else by model id.
 */
export function registeredModel(
  catalogue: Catalogue,
  { provider, modelId, modelName }: RegisteredModel,
): ModelEntry | null {
  if (provider === null || modelId === null) return null;
  const named = catalogue.list().find((entry) => entry.name === modelName);
  if (named !== undefined && named.provider === provider && named.modelId === modelId) return named;
  return catalogue.findByModelId(provider, modelId);
}

function readBuiltIn(): Readonly<Record<string, RawEntry>> {
  return JSON.parse(
    readFileSync(new URL('../../data/models.json', import.meta.url), 'utf8'),
  ) as Record<string, RawEntry>;
}

function merge(base: RawEntry, override: RawEntry): RawEntry {
  const merged: Record<string, unknown> = { ...base, ...override };
  if (isRecord(base.parameters) && isRecord(override.parameters)) {
    merged.parameters = { ...base.parameters, ...override.parameters };
    if (isRecord(base.parameters.extra) && isRecord(override.parameters.extra)) {
      (merged.parameters as Record<string, unknown>).extra = {
        ...base.parameters.extra,
        ...override.parameters.extra,
      };
    }
  }
  return merged;
}

function parseEntry(name: string, raw: RawEntry): ModelEntry {
  const parameters = isRecord(raw.parameters) ? raw.parameters : {};
  const result = entrySchema.safeParse({
    label: name,
    region: null,
    ...raw,
    price: isRecord(raw.price)
      ? { currency: 'USD', source: 'the configuration', ...raw.price }
      : (raw.price ?? null),
    parameters:
      raw.parameters === undefined || isRecord(raw.parameters)
        ? {
            temperature: null,
            top_p: null,
            max_tokens: null,
            max_tokens_field: 'max_tokens',
            ...parameters,
            extra: withoutNulls(parameters.extra),
          }
        : raw.parameters,
  });
  if (!result.success) {
    const { issues } = result.error;
    // A misspelt field also shows as the lack of the one that was meant; the misspelling is the
    // news.
    const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]!;
    if (issue.code === 'unrecognized_keys') throw unknownField(name, issue.path, issue.keys[0]!);
    const missing = issue.code === 'invalid_type' && valueAt(raw, issue.path) === undefined;
    throw wrongEntry(name, issue.path, missing ? 'is missing' : wordsOfIssue(issue));
  }
  const { model_id, parameters: sent, price, ...rest } = result.data;
  return Object.freeze({
    name,
    ...rest,
    modelId: model_id,
    parameters: Object.freeze({
      temperature: sent.temperature,
      topP: sent.top_p,
      maxTokens: sent.max_tokens,
      maxTokensField: sent.max_tokens_field,
      extra: Object.freeze(sent.extra),
    }),
    price:
      price === null
        ? null
        : Object.freeze({
            inputPerMtok: price.input_per_mtok,
            outputPerMtok: price.output_per_mtok,
            currency: price.currency,
            date: price.date,
            source: price.source,
          }),
  });
}

/**
 * Field names with underscores, at the two levels where they are ours; names inside `extra` belong
 * to the provider.
 */
function spellOut(name: string, override: RawEntry): RawEntry {
  const spelt = underscored(name, [], override);
  for (const section of ['parameters', 'price']) {
    if (isRecord(spelt[section])) spelt[section] = underscored(name, [section], spelt[section]);
  }
  return spelt;
}

function underscored(
  name: string,
  path: readonly string[],
  fields: RawEntry,
): Record<string, unknown> {
  const spelt: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    const field = key.replaceAll('-', '_');
    if (field in spelt)
      throw wrongEntry(
        name,
        [...path, field],
        'occurs twice, with a hyphen and with an underscore',
      );
    spelt[field] = value;
  }
  return spelt;
}

/** Null means "not sent" for passed-through fields as for any other parameter. */
function withoutNulls(extra: unknown): unknown {
  if (extra === undefined || extra === null) return {};
  return isRecord(extra)
    ? Object.fromEntries(Object.entries(extra).filter(([, value]) => value !== null))
    : extra;
}

const ENTRY_FIELDS = Object.keys(entrySchema.shape);
const PARAMETER_FIELDS = Object.keys(entrySchema.shape.parameters.shape);
const PRICE_FIELDS = Object.keys(entrySchema.shape.price.unwrap().shape);

function unknownField(name: string, path: readonly PropertyKey[], field: string): UserError {
  const known =
    path[0] === 'parameters' ? PARAMETER_FIELDS : path[0] === 'price' ? PRICE_FIELDS : ENTRY_FIELDS;
  const guess = closest(field, known);
  const elsewhere =
    path.length === 0 && PARAMETER_FIELDS.includes(field) ? '; it belongs under "parameters"' : '';
  const advice = guess === null ? elsewhere : `; did you mean "${guess}"?`;
  const passThrough =
    path[0] === 'parameters' ? ' Put fields that only the provider knows under "extra".' : '';
  return new UserError(
    `Unknown field of a model in the configuration: ${fieldName(name, [...path, field])}${advice}`,
    {
      code: 'model-entry-invalid',
      hint: `Known fields: ${known.join(', ')}.${passThrough}`,
    },
  );
}

function wrongEntry(name: string, path: readonly PropertyKey[], what: string): UserError {
  return new UserError(
    `The configuration's ${fieldName(name, path)} ${what.charAt(0).toLowerCase()}${what.slice(1)}`,
    {
      code: 'model-entry-invalid',
      hint: 'A model needs at least "provider" and "model_id". "personas models" shows complete entries.',
    },
  );
}

function fieldName(name: string, path: readonly PropertyKey[]): string {
  return ['models', name, ...path.map(String)].join('.');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (isRecord(inner) ? inner[String(key)] : undefined),
    value,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  return value === null
    ? 'nothing'
    : Array.isArray(value)
      ? 'a list of values'
      : `"${String(value)}"`;
}
