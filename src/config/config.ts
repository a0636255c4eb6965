/**
 * Resolves every setting (flag > environment > file > default) into one frozen `Config` that remembers
 * the origin of each value. This is the only file that reads the environment.
 */
import path from 'node:path';
import { type Document, isMap, isScalar, LineCounter, parse, parseDocument, type YAMLMap } from 'yaml';
import { z } from 'zod';
import { messageOf, UserError } from '../errors.ts';
import { MASK, withoutUrlSecrets } from '../secret-urls.ts';
import { hostInUrl, looksLikeAddress, normaliseServerUrl, SSL_MODES, unknownSslMode } from '../server-url.ts';
import { closest } from '../suggest.ts';
import { readTextFile } from '../text-file.ts';
import { wordsOfIssue } from '../zod-messages.ts';

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

/** What is laid over the general settings for one kind of failure. Throttling is never an attempt, so it has none to count. */
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
  /** How long one kind of failure may hold up one experiment before it is left for a later run, seconds. */
  total_s: z.number().min(0).max(604_800).default(3600),
  /** The same, for throttling. */
  throttle_patience_s: z.number().min(0).max(604_800).default(3600),
  /** The same failure so many times in a row ends the experiment for this run, whatever attempts are left. */
  same_in_a_row: z.int().min(1).max(100).default(5),
  kinds: kindsSchema.prefault({}),
});

const limitsSchema = z.strictObject({
  /** Quotas of the account, where its provider does not tell them in headers or they are to be used only in part. */
  requests_per_minute: z.number().positive().optional(),
  tokens_per_minute: z.number().positive().optional(),
  /** Of the account's quotas, configured or told, that this machine may use; for several machines with one account. */
  share: z.number().positive().max(1).default(1),
  /** Whether each model has these quotas for itself (OpenAI, Bedrock) or all models of the account share them. */
  per: z.enum(['model', 'account']).default('model'),
});

const providerSchema = z.strictObject({
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
  headers: z.record(z.string(), z.string()).default({}),
  retry: retrySchema.prefault({}),
  limits: limitsSchema.prefault({}),
});

/** Of the configuration file; the reference is written from it. */
export const fileSchema = z.strictObject({
  openai: z.strictObject({ api_key: z.string().min(1).optional(), base_url: z.url({ protocol: /^https?$/ }).optional() }).prefault({}),
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
  schema: z.strictObject({ target_schema: z.string().min(1).default('personality_trap') }).prefault({}),
  /** Where a run against a server writes down its calls; the embedded database has its own beside it. */
  journal: z.strictObject({ folder: z.string().min(1).optional() }).prefault({}),
  /** Added to or laid over the catalogue; its entries are checked there. */
  models: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  providers: z.record(z.string(), providerSchema).default({}),
});

type Settings = z.infer<typeof fileSchema>;
export type ProviderSection = z.infer<typeof providerSchema>;
export type RetryPolicy = z.infer<typeof retrySchema>;
/** What is said of one kind of failure. */
export type KindPolicy = z.infer<typeof kindSchema>;

/** Where a value came from, e.g. `{ source: 'environment', name: 'DATABASE_URL' }`. */
interface Origin {
  readonly source: 'flag' | 'environment' | 'file' | 'default';
  /** The flag, the variable, or `file:line`; empty for defaults. */
  readonly name: string;
}

/** A server, or a folder in which the embedded database lives; `memory` lasts as long as the process. */
export type DatabaseLocation =
  | { readonly kind: 'postgres'; readonly url: string }
  | { readonly kind: 'embedded'; readonly folder: string }
  | { readonly kind: 'memory' };

export interface Config {
  readonly database: DatabaseLocation;
  readonly schema: string;
  readonly openai: Settings['openai'];
  readonly bedrock: Settings['bedrock'];
  readonly models: Settings['models'];
  readonly providers: Settings['providers'];
  /** Where runs against a server write down their calls; absolute. */
  readonly journal: { readonly folder: string };
  /** Values of the environment that `providers.*.api_key_env` name. */
  readonly namedKeys: Readonly<Record<string, string | undefined>>;
  /** Proxies that the environment names. */
  readonly proxy: Readonly<Partial<Record<(typeof PROXY_VARIABLES)[number], string>>>;
  readonly file: string | null;
  /** Dotted path to origin, for every value that is in force. */
  readonly origins: ReadonlyMap<string, Origin>;
}

/**
 * Settings given in code: the sections of a configuration file, spelled as there (`docs/reference/configuration.md` lists them all).
 * They are checked as a file is; what they say goes before the environment.
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
  /** Short name to what the catalogue is to say of the model: `provider`, `model_id`, `label`, `parameters`, `price`. */
  readonly models?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Name to how a provider is reached: `type`, `base_url`, `api_key`, `timeout_s`, `retry`, `limits` and others. */
  readonly providers?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface ConfigFlags {
  /** `--config FILE`, `.yaml` in the working folder when absent; or, from code, what such a file would say. */
  readonly config?: string | ConfigValues | undefined;
  /** `--database`: a `postgres://` URL, a folder, or `memory`. */
  readonly database?: string | undefined;
  readonly schema?: string | undefined;
}

type Plain = { [key: string]: unknown };

const NO_FILE = { file: null, lineOf: () => 0 };

const DEFAULT_FILE = '.yaml';
const DEFAULT_FOLDER = '.personas';
const URL_FORM =
  'Write postgres://user@host:5432/name; rewrite keywords such as "host=… dbname=…" in this form. Set the password in PGPASSWORD or a PGPASSFILE, or write user:password with special characters percent-encoded.';

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

/** As curl and many others read them, in capitals or not. */
const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'] as const;

const SECRET_KEYS: ReadonlySet<string> = new Set(['api_key', 'access_key_id', 'secret_access_key', 'session_token', 'password']);

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
  const given = typeof flags.config === 'object' ? normaliseKeys(structuredClone(flags.config) as Plain) : {};
  const { values, file, lineOf } =
    typeof flags.config === 'object' ? { values: structuredClone(given), ...NO_FILE } : readFile(flags.config, folder);
  for (const leaf of leavesOf(values)) {
    origins.set(leaf.join('.'), { source: 'file', name: `${path.relative(folder, file ?? '')}:${lineOf(leaf)}` });
  }
  overlayEnvironment(values, environment, origins);
  for (const leaf of leavesOf(given)) put(values, leaf, valueAt(given, leaf), origins, { source: 'flag', name: 'config' });

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
      provider.api_key_env === undefined ? [] : [[provider.api_key_env, environment[provider.api_key_env]] as const],
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
    journal: { folder: path.resolve(folder, checked.journal.folder ?? path.join(DEFAULT_FOLDER, 'journal')) },
    namedKeys,
    proxy,
    file,
    origins,
  });
}

/** Whether a terminal of this environment has no cursor to be moved. */
export function isDumbTerminal(environment: Readonly<Record<string, string | undefined>> = process.env): boolean {
  return environment.TERM === 'dumb';
}

/** The settings of one provider section, defaults filled in, whether or not the file names it. */
export function providerSection(config: Config, name: string): ProviderSection {
  return config.providers[name] ?? providerSchema.parse({});
}

/** The same configuration, its simulated model being served at `baseUrl`. */
export function simulatedAt(config: Config, baseUrl: string): Config {
  return { ...config, providers: { ...config.providers, simulated: { ...providerSection(config, 'simulated'), base_url: baseUrl } } };
}

/** One line of `config show`. */
export interface ShownSetting {
  readonly key: string;
  readonly value: string;
  readonly origin: Origin;
}

/** Every setting in force with its origin, secrets masked. */
export function describeConfig(config: Config): ShownSetting[] {
  const shown: ShownSetting[] = [
    {
      key: 'database',
      value: describeLocation(config.database),
      origin: config.origins.get('database') ?? { source: 'default', name: '' },
    },
    {
      key: 'schema.target_schema',
      value: config.schema,
      origin: config.origins.get('schema.target_schema') ?? { source: 'default', name: '' },
    },
  ];
  const rest: Plain = {
    openai: config.openai,
    bedrock: config.bedrock,
    models: config.models,
    providers: config.providers,
    journal: config.journal,
    proxy: config.proxy,
  };
  for (const leaf of leavesOf(rest)) {
    const key = leaf.join('.');
    const value = valueAt(rest, leaf);
    const secret = SECRET_KEYS.has(leaf.at(-1) ?? '') || leaf.includes('headers');
    const origin = config.origins.get(key) ?? { source: 'default', name: '' };
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    shown.push({ key, value: secret ? MASK : withoutUrlSecrets(text), origin });
  }
  return shown;
}

/** A database location as it may be shown: without the password. */
export function describeLocation(location: DatabaseLocation): string {
  if (location.kind === 'memory') return 'embedded, in memory';
  if (location.kind === 'embedded') return `embedded, in ${location.folder}`;
  try {
    const url = new URL(location.url);
    if (url.password !== '') url.password = '***';
    for (const name of [...url.searchParams.keys()]) if (/password|key/i.test(name)) url.searchParams.set(name, '***');
    return url.href;
  } catch {
    return 'postgres (unreadable URL)';
  }
}

function readFile(
  asked: string | undefined,
  folder: string,
): { values: Plain; file: string | null; lineOf: (path: readonly (string | number)[]) => number } {
  const file = path.resolve(folder, asked ?? DEFAULT_FILE);
  let text: string;
  try {
    text = readTextFile(file);
  } catch (error) {
    const { cause } = error as UserError;
    const code = (cause as NodeJS.ErrnoException | undefined)?.code;
    if (asked === undefined && (code === 'ENOENT' || code === 'EISDIR')) return { values: {}, file: null, lineOf: () => 0 };
    if (code === undefined) throw error;
    throw new UserError(`The configuration file ${file} cannot be read: ${messageOf(cause)}`, {
      code: 'config-unreadable',
      hint: 'Pass a readable YAML file to --config, or omit the option to use the defaults.',
    });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const problem = document.errors[0];
  if (problem !== undefined) {
    const at = lines.linePos(problem.pos[0]);
    const tab = /tab/i.test(problem.message) ? ' YAML is indented with spaces, never with tabs.' : '';
    throw new UserError(`${file}, line ${at.line}, column ${at.col}: ${problem.message}`, {
      code: 'config-not-yaml',
      hint: `Correct that line.${tab}`,
    });
  }
  const lineOf = (where: readonly (string | number)[]) => lineOfPath(document, lines, where);
  const raw: unknown = document.toJS() ?? {};
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new UserError(
      `${file}: the file must contain sections such as "openai:" and "pg:", but contains ${Array.isArray(raw) ? 'a list' : typeof raw}`,
      {
        code: 'config-without-sections',
        hint: 'See "personas config show" for the sections and their keys.',
      },
    );
  }
  return { values: normaliseKeys(raw as Plain), file, lineOf };
}

/** Hyphens and underscores are alike, except in names the user gives (models, providers and what passes through). */
function normaliseKeys(raw: Plain): Plain {
  const under = (key: string) => key.replaceAll('-', '_');
  const isPlain = (value: unknown): value is Plain => typeof value === 'object' && value !== null && !Array.isArray(value);
  const each = (value: unknown, change: (inner: Plain) => Plain) => (isPlain(value) ? change(value) : value);
  const renamed = (section: Plain): Plain => Object.fromEntries(Object.entries(section).map(([key, value]) => [under(key), value]));
  const renamedThroughout = (section: Plain): Plain => mapValues(renamed(section), (value) => each(value, renamedThroughout));
  return Object.fromEntries(
    Object.entries(raw).map(([key, value]) => {
      const section = under(key);
      if (section === 'models') return [section, each(value, (models) => mapValues(models, (model) => each(model, renamed)))];
      if (section === 'providers') {
        return [
          section,
          each(value, (providers) =>
            mapValues(providers, (provider) =>
              each(provider, (inner) =>
                mapValues(renamed(inner), (v, k) => (k === 'retry' || k === 'limits' ? each(v, renamedThroughout) : v)),
              ),
            ),
          ),
        ];
      }
      return [section, each(value, renamed)];
    }),
  );
}

function mapValues(object: Plain, change: (value: unknown, key: string) => unknown): Plain {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]));
}

function lineOfPath(document: Document, lines: LineCounter, where: readonly (string | number)[]): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const step of where) {
    if (!isMap(node)) break;
    const pair = (node as YAMLMap).items.find(
      (item) => isScalar(item.key) && String(item.key.value).replaceAll('-', '_') === String(step).replaceAll('-', '_'),
    );
    if (pair === undefined) break;
    offset = (pair.key as { range?: [number, number, number] }).range?.[0] ?? offset;
    node = pair.value;
  }
  return lines.linePos(offset).line;
}

/** Sets a value, its section being made where it is missing. */
function put(values: Plain, where: readonly string[], value: unknown, origins: Map<string, Origin>, origin: Origin): void {
  let place = values;
  for (const step of where.slice(0, -1)) {
    const next = place[step];
    if (typeof next !== 'object' || next === null) place[step] = {};
    place = place[step] as Plain;
  }
  place[where.at(-1)!] = value;
  origins.set(where.join('.'), origin);
}

function overlayEnvironment(values: Plain, environment: Readonly<Record<string, string | undefined>>, origins: Map<string, Origin>): void {
  for (const [name, where] of SHARED_VARIABLES) {
    const value = environment[name];
    if (value !== undefined && value !== '') put(values, where, value, origins, { source: 'environment', name });
  }
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || value === '' || !name.startsWith('PERSONAS_') || !name.includes('__')) continue;
    const steps = name
      .slice('PERSONAS_'.length)
      .split('__')
      .map((step) => step.toLowerCase());
    // Names that users gave (a provider, a model) keep the spelling that the file has for them.
    const section = steps[0] ?? '';
    const known = values[section];
    if ((section === 'providers' || section === 'models') && typeof known === 'object' && known !== null && steps[1] !== undefined) {
      steps[1] = Object.keys(known).find((key) => key.toLowerCase().replaceAll('-', '_') === steps[1]) ?? steps[1];
    }
    put(values, steps, value, origins, { source: 'environment', name });
  }
}

/** An address without a scheme is one of HTTP, as everywhere. */
function proxiesOf(environment: Readonly<Record<string, string | undefined>>, origins: Map<string, Origin>): Config['proxy'] {
  const found = PROXY_VARIABLES.flatMap((variable) => {
    const name = [variable.toLowerCase(), variable].find((one) => environment[one]);
    if (name === undefined) return [];
    origins.set(`proxy.${variable}`, { source: 'environment', name });
    const value = environment[name]!.trim();
    return [[variable, variable === 'NO_PROXY' || value.includes('://') ? value : `http://${value}`] as const];
  });
  return Object.fromEntries(found);
}

function check(
  values: Plain,
  file: string | null,
  lineOf: (where: readonly (string | number)[]) => number,
  origins: ReadonlyMap<string, Origin>,
): Settings {
  // Everything in the environment is text; what must be a number or a boolean is read as YAML would read it.
  for (let round = 0; round < 2; round++) {
    const result = fileSchema.safeParse(values);
    if (result.success) return result.data;
    const fromText = result.error.issues.filter((issue) => {
      const where = issue.path.map(String);
      return origins.get(where.join('.'))?.source === 'environment' && typeof valueAt(values, where) === 'string';
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
    const origin = [...origins].find(([name]) => name === full.join('.') || name.startsWith(`${full.join('.')}.`))?.[1];
    return new UserError(`${place(origin, file, lineOf(full))}: unknown key "${full.join('.')}"`, {
      code: 'config-key-unknown',
      hint: `${near === null ? '' : `Did you mean "${[...where, near].join('.')}"? `}Known keys: ${known.join(', ')}.`,
    });
  }
  const origin = origins.get(where.join('.'));
  return new UserError(`${place(origin, file, lineOf(where))}: "${where.join('.')}" ${wordsOfIssue(issue)}`, {
    code: 'config-value-invalid',
    hint: 'Correct the value. "personas config show" prints all settings and where each comes from.',
  });
}

function place(origin: Origin | undefined, file: string | null, line: number): string {
  if (origin?.source === 'environment') return `Environment variable ${origin.name}`;
  return file === null ? 'The configuration passed in code' : `${file}, line ${line}`;
}

function knownKeys(where: readonly string[]): string[] {
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

function chooseDatabase(flag: string | undefined, pg: Settings['pg'], folder: string, origins: Map<string, Origin>): DatabaseLocation {
  if (flag !== undefined) {
    origins.set('database', { source: 'flag', name: '--database' });
    if (flag === 'memory' || flag === ':memory:') return { kind: 'memory' };
    if (/^postgres(ql)?:/i.test(flag)) return { kind: 'postgres', url: checkUrl(flag, '--database') };
    if (flag === '' || looksLikeAddress(flag)) {
      // Not shown: it may hold a password.
      throw new UserError('--database: neither a postgres:// URL nor a folder', {
        code: 'database-option-invalid',
        hint: `${URL_FORM} For the embedded database, pass a folder (write ./NAME if the name looks like an address).`,
      });
    }
    return { kind: 'embedded', folder: path.resolve(folder, flag) };
  }
  if (pg.url !== undefined) {
    const origin = origins.get('pg.url') ?? { source: 'file', name: '' };
    origins.set('database', origin);
    return { kind: 'postgres', url: checkUrl(pg.url, origin.name) };
  }
  if (pg.host !== undefined || pg.database !== undefined) {
    origins.set('database', origins.get(pg.host === undefined ? 'pg.database' : 'pg.host') ?? { source: 'file', name: '' });
    const url = URL.parse(`postgres://${hostInUrl(pg.host ?? 'localhost')}`);
    if (url === null || url.pathname !== '') {
      throw new UserError(`${origins.get('pg.host')?.name ?? 'pg.host'}: "pg.host" is not a valid host`, {
        code: 'database-host-invalid',
        hint: 'Use a host name, an address, or the folder of a socket such as /run/postgresql.',
      });
    }
    url.port = String(pg.port ?? 5432);
    url.username = encodeURIComponent(pg.user ?? '');
    url.password = encodeURIComponent(pg.password ?? '');
    url.pathname = `/${encodeURIComponent(pg.database ?? 'postgres')}`;
    if (pg.ssl === true) url.searchParams.set('sslmode', 'verify-full');
    return { kind: 'postgres', url: url.href };
  }
  origins.set('database', { source: 'default', name: '' });
  return { kind: 'embedded', folder: path.resolve(folder, DEFAULT_FOLDER) };
}

function checkUrl(text: string, from: string): string {
  const url = normaliseServerUrl(text);
  const mode = unknownSslMode(url);
  if (mode !== null) {
    throw new UserError(`${from}: unknown sslmode=${mode} in the database URL`, {
      code: 'database-url-invalid',
      hint: `Use one of ${SSL_MODES.join(', ')}.`,
    });
  }
  if (url !== null) return url;
  throw new UserError(`${from}: the database URL cannot be read (it must start with postgres:// and be a valid URL)`, {
    code: 'database-url-invalid',
    hint: URL_FORM,
  });
}

function* leavesOf(value: Plain, at: readonly string[] = []): Generator<readonly string[]> {
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) yield* leavesOf(inner as Plain, [...at, key]);
    else if (inner !== undefined) yield [...at, key];
  }
}

function valueAt(value: unknown, where: readonly string[]): unknown {
  return where.reduce<unknown>((place, step) => (typeof place === 'object' && place !== null ? (place as Plain)[step] : undefined), value);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
