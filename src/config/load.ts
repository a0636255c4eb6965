/**
 * Resolves every setting (flag > environment > file > default) into one frozen `Config` that
 * remembers the origin of each value. This is the only file that reads the environment.
 */
import path from 'node:path';
import { parse } from 'yaml';
import type { z } from 'zod';
import { UserError } from '../errors.ts';
import { closest } from '../suggest.ts';
import { wordsOfIssue } from '../zod-messages.ts';
import { type Config, PROXY_VARIABLES, WRITTEN_SECTIONS } from './config.ts';
import { normaliseKeys, readFile } from './file.ts';
import { chooseDatabase, DEFAULT_FOLDER, type Origin } from './location.ts';
import { fileSchema, knownKeys, type Settings } from './schema.ts';
import { isPlain, leavesOf, type Plain, valueAt } from './values.ts';

/**
 * Settings given in code: the sections of a configuration file, spelled as there
 * (`docs/reference/configuration.md` lists them all). They are checked as a file is; what they say
 * goes before the environment.
 */
export interface ConfigValues {
  /** `api_key`, `base_url`. */
  readonly openai?: Readonly<Record<string, unknown>>;
  /** `region`, `access_key_id`, `secret_access_key`, `session_token`, `endpoint`. */
  readonly bedrock?: Readonly<Record<string, unknown>>;
  /** `url`, or `host`, `port`, `database`, `user`, `password`, `ssl`. */
  readonly pg?: Readonly<Record<string, unknown>>;
  /** `target_schema`. */
  readonly schema?: Readonly<Record<string, unknown>>;
  /** `folder`. */
  readonly journal?: Readonly<Record<string, unknown>>;
  /**
   * Short name to what the catalogue is to say of the model: `provider`, `model_id`, `label`,
   * `parameters`, `price`.
   */
  readonly models?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /**
   * Name to how a provider is reached: `type`, `base_url`, `api_key`, `timeout_s`, `retry`,
   * `limits` and others.
   */
  readonly providers?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface ConfigFlags {
  /**
   * `--config FILE`, `personas.yaml` or `.yaml` in the working folder when absent; or, from code, what such a file
   * would say.
   */
  readonly config?: string | ConfigValues | undefined;
  /** `--database`: a `postgres://` URL, a folder, or `memory`. */
  readonly database?: string | undefined;
  readonly schema?: string | undefined;
}

const NO_FILE = { file: null, lineOf: () => 0 };

/** Environment variables that other tools share, and the setting each one is. */
export const SHARED_VARIABLES: readonly (readonly [string, readonly string[]])[] = [
  ['OPENAI_API_KEY', ['openai', 'api_key']],
  ['OPENAI_BASE_URL', ['openai', 'base_url']],
  ['AWS_DEFAULT_REGION', ['bedrock', 'region']],
  ['AWS_REGION', ['bedrock', 'region']],
  ['AWS_ACCESS_KEY_ID', ['bedrock', 'access_key_id']],
  ['AWS_SECRET_ACCESS_KEY', ['bedrock', 'secret_access_key']],
  ['AWS_SESSION_TOKEN', ['bedrock', 'session_token']],
  ['AWS_ENDPOINT_URL_BEDROCK_RUNTIME', ['bedrock', 'endpoint']],
  ['DATABASE_URL', ['pg', 'url']],
  ['PERSONAS_TARGET_SCHEMA', ['schema', 'target_schema']],
];

/**
 * Reads flags, environment and file.
 * @param flags what the command line said
 * @param environment the process's environment, or a test's
 * @throws UserError that names the file and line, the variable or the flag that is wrong
 */
export function loadConfig(
  flags: ConfigFlags = {},
  environment: Readonly<Record<string, string | undefined>> = process.env,
  folder: string = process.cwd(),
): Config {
  const origins = new Map<string, Origin>();
  const given =
    typeof flags.config === 'object' ? normaliseKeys(structuredClone(flags.config) as Plain) : {};
  const { values, file, lineOf } =
    typeof flags.config === 'object'
      ? { values: structuredClone(given), ...NO_FILE }
      : readFile(flags.config, folder);
  for (const leaf of leavesOf(values)) {
    origins.set(leaf.join('.'), {
      source: 'file',
      name: `${path.relative(folder, file ?? '')}:${lineOf(leaf)}`,
    });
  }
  const written = writtenIn(values);
  overlayEnvironment(values, environment, origins);
  for (const leaf of leavesOf(given))
    put(values, leaf, valueAt(given, leaf), origins, { source: 'flag', name: 'config' });

  const checked = check(values, file, lineOf, origins);
  for (const leaf of leavesOf(checked)) {
    const key = leaf.join('.');
    if (!origins.has(key)) origins.set(key, { source: 'default', name: '' });
  }

  let schema = checked.schema.target_schema;
  if (flags.schema !== undefined) {
    schema = flags.schema;
    origins.set('schema.target_schema', { source: 'flag', name: '--schema' });
  }
  const database = chooseDatabase(flags.database, checked.pg, folder, origins);
  const namedKeys = Object.fromEntries(
    Object.values(checked.providers).flatMap((provider) =>
      provider.api_key_env === undefined
        ? []
        : [[provider.api_key_env, environment[provider.api_key_env]] as const],
    ),
  );
  const proxy = proxiesOf(environment, origins);
  return deepFreeze({
    database,
    schema,
    openai: checked.openai,
    bedrock: checked.bedrock,
    models: checked.models,
    providers: checked.providers,
    journal: {
      folder: path.resolve(folder, checked.journal.folder ?? path.join(DEFAULT_FOLDER, 'journal')),
    },
    namedKeys,
    written,
    proxy,
    file,
    origins,
  });
}

/** Whether a terminal of this environment has no cursor to be moved. */
export function isDumbTerminal(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  return environment.TERM === 'dumb';
}

/** Sets a value, its section being made where it is missing. */
function put(
  values: Plain,
  where: readonly string[],
  value: unknown,
  origins: Map<string, Origin>,
  origin: Origin,
): void {
  let place = values;
  for (const step of where.slice(0, -1)) {
    const next = place[step];
    if (typeof next !== 'object' || next === null) place[step] = {};
    place = place[step] as Plain;
  }
  place[where.at(-1)!] = value;
  origins.set(where.join('.'), origin);
}

/** @param values whose sections nobody has checked yet: what is no section is left out */
function writtenIn(values: Plain): Config['written'] {
  const sections = WRITTEN_SECTIONS.map((name) => {
    const section = values[name];
    return [name, isPlain(section) ? structuredClone(section) : {}] as const;
  });
  return Object.fromEntries(sections) as Config['written'];
}

function overlayEnvironment(
  values: Plain,
  environment: Readonly<Record<string, string | undefined>>,
  origins: Map<string, Origin>,
): void {
  for (const [name, where] of SHARED_VARIABLES) {
    const value = environment[name];
    if (value !== undefined && value !== '')
      put(values, where, value, origins, { source: 'environment', name });
  }
  for (const [name, value] of Object.entries(environment)) {
    if (
      value === undefined ||
      value === '' ||
      !name.startsWith('PERSONAS_') ||
      !name.includes('__')
    )
      continue;
    const steps = name
      .slice('PERSONAS_'.length)
      .split('__')
      .map((step) => step.toLowerCase());
    // Names that users gave (a provider, a model) keep the spelling that the file has for them.
    const section = steps[0] ?? '';
    const known = values[section];
    if (
      (section === 'providers' || section === 'models') &&
      isPlain(known) &&
      steps[1] !== undefined
    ) {
      steps[1] = Object.keys(known).find((key) => asVariable(key) === steps[1]) ?? steps[1];
    }
    put(values, steps, value, origins, { source: 'environment', name });
  }
}

/** As it stands in a variable, whose name has letters, digits and `_` only. */
function asVariable(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_');
}

/** An address without a scheme is one of HTTP, as everywhere. */
function proxiesOf(
  environment: Readonly<Record<string, string | undefined>>,
  origins: Map<string, Origin>,
): Config['proxy'] {
  const found = PROXY_VARIABLES.flatMap((variable) => {
    const name = [variable.toLowerCase(), variable].find((one) => environment[one]);
    if (name === undefined) return [];
    origins.set(`proxy.${variable}`, { source: 'environment', name });
    const value = environment[name]!.trim();
    return [
      [
        variable,
        variable === 'NO_PROXY' || value.includes('://') ? value : `http://${value}`,
      ] as const,
    ];
  });
  return Object.fromEntries(found);
}

function check(
  values: Plain,
  file: string | null,
  lineOf: (where: readonly (string | number)[]) => number,
  origins: ReadonlyMap<string, Origin>,
): Settings {
  // Everything in the environment is text; what must be a number or a boolean is read as YAML would
  // read it.
  for (let round = 0; round < 2; round++) {
    const result = fileSchema.safeParse(values);
    if (result.success) return result.data;
    const fromText = result.error.issues.filter((issue) => {
      const where = issue.path.map(String);
      return (
        origins.get(where.join('.'))?.source === 'environment' &&
        typeof valueAt(values, where) === 'string'
      );
    });
    if (round === 0 && fromText.length > 0) {
      for (const issue of fromText) {
        const where = issue.path.map(String);
        const parent = valueAt(values, where.slice(0, -1)) as Plain;
        parent[where.at(-1)!] = parse(String(valueAt(values, where)));
      }
      continue;
    }
    throw wrongSetting(result.error.issues[0]!, file, lineOf, origins);
  }
  throw new Error('unreachable');
}

function wrongSetting(
  issue: z.core.$ZodIssue,
  file: string | null,
  lineOf: (where: readonly (string | number)[]) => number,
  origins: ReadonlyMap<string, Origin>,
): UserError {
  const where = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const full = [...where, key];
    const known = knownKeys(where);
    const near = closest(key, known);
    const origin = [...origins].find(
      ([name]) => name === full.join('.') || name.startsWith(`${full.join('.')}.`),
    )?.[1];
    return new UserError(`${place(origin, file, lineOf(full))}: unknown key "${full.join('.')}"`, {
      code: 'config-key-unknown',
      hint: `${near === null ? '' : `Did you mean "${[...where, near].join('.')}"? `}Known keys: ${known.join(', ')}.`,
    });
  }
  const origin = origins.get(where.join('.'));
  return new UserError(
    `${place(origin, file, lineOf(where))}: "${where.join('.')}" ${wordsOfIssue(issue)}`,
    {
      code: 'config-value-invalid',
      hint: 'Correct the value. "personas config show" prints all settings and where each comes from.',
    },
  );
}

function place(origin: Origin | undefined, file: string | null, line: number): string {
  if (origin?.source === 'environment') return `Environment variable ${origin.name}`;
  return file === null ? 'The configuration passed in code' : `${file}, line ${line}`;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
