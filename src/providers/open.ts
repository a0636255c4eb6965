/** Opens a provider from its settings. Loads only the library that this provider needs. */
import { defined } from '../defined.ts';
import { UserError } from '../errors.ts';
import { LARGEST_INTEGER } from '../numbers.ts';
import { decoded, withoutUrlSecrets } from '../secret-urls.ts';
import type { SimulatedInstrument } from '../simulator/instrument.ts';
import type { SimulationSettings } from '../simulator/respond.ts';
import type { AwsCredentials } from './bedrock.ts';
import type { SchemaField } from './openai-request.ts';
import type { Provider } from './provider.ts';
import type { ProxyEnvironment } from './transport.ts';

interface CommonSettings {
  /** The name under which configuration, catalogue and database know the provider. */
  readonly name: string;
  /** Budget of one call, from credentials to the last byte of the reply. */
  readonly timeoutMs: number;
  /** Size of the pool of connections; to be at least the number of calls that run at once. */
  readonly maxConnections: number;
  /** The most that is read of a reply. Default: 16 MB. */
  readonly maxReplyBytes?: number;
  /** The proxies to go through. Default: none. */
  readonly proxy?: ProxyEnvironment;
}

/** OpenAI itself. */
interface OpenAiSettings extends CommonSettings {
  readonly type: 'openai';
  readonly apiKey?: string | null;
  /** Default `https://api.openai.com/v1`. */
  readonly baseUrl?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Any endpoint that speaks OpenAI's chat completions. */
interface OpenAiCompatibleSettings extends CommonSettings {
  readonly type: 'openai-compatible';
  readonly baseUrl: string;
  readonly apiKey?: string | null;
  /** False for endpoints that do not understand `response_format`. Default true. */
  readonly json?: boolean;
  /** How the endpoint takes a JSON Schema. Default `json_schema`. */
  readonly schema?: SchemaField;
  readonly headers?: Readonly<Record<string, string>>;
}

/** AWS Bedrock in one region. */
interface BedrockSettings extends CommonSettings {
  readonly type: 'bedrock';
  /** Default: what the AWS chain finds. */
  readonly region?: string | null;
  /** Default: what the AWS chain finds. */
  readonly credentials?: AwsCredentials | null;
  /** Default: the region's own. */
  readonly endpoint?: string | null;
}

/** The simulator, in process, or at `baseUrl` where one runs as a server. */
interface SimulatedSettings extends CommonSettings, SimulationSettings {
  readonly type: 'simulated';
  readonly baseUrl?: string | null;
}

export type ProviderSettings =
  | OpenAiSettings
  | OpenAiCompatibleSettings
  | BedrockSettings
  | SimulatedSettings;

export type { SimulatedInstrument };

export const OPENAI = 'https://api.openai.com/v1';
/** Where nobody listens: the simulator's `fetch` answers for any host. */
const IN_PROCESS = 'http://simulated.invalid/v1';
/** Longest delay of a timer; Node takes more for 1 ms. */
const LONGEST_TIMEOUT_MS = LARGEST_INTEGER;

/**
 * Opens a provider. Contacts nobody: a wrong key shows with the first call.
 * @throws UserError when the settings cannot work (no key for OpenAI, no region for Bedrock, a base
 *   URL that is none)
 */
export async function openProvider(settings: ProviderSettings): Promise<Provider> {
  const { name, timeoutMs, maxConnections } = settings;
  if (!(timeoutMs > 0 && timeoutMs <= LONGEST_TIMEOUT_MS)) {
    throw new UserError(`Invalid timeout of provider "${name}": ${timeoutMs} ms`, {
      code: 'timeout-invalid',
      hint: `It must be more than 0 and at most ${LONGEST_TIMEOUT_MS} ms (24 days).`,
    });
  }
  for (const [what, secret] of secretsOf(settings)) requirePrintable(name, what, secret);
  const { maxReplyBytes, proxy = {} } = settings;
  for (const variable of ['HTTP_PROXY', 'HTTPS_PROXY'] as const)
    requireProxy(variable, proxy[variable]);
  const common = { name, timeoutMs, maxConnections, proxy, ...defined({ maxReplyBytes }) };
  switch (settings.type) {
    case 'openai': {
      // Another address under that name may want a key of its own, or none.
      if (!settings.apiKey && isOpenAi(settings.baseUrl ?? OPENAI)) {
        throw new UserError(`Provider "${name}" has no key`, {
          code: 'api-key-missing',
          hint: 'Set OPENAI_API_KEY, or "api_key" under "openai" in the configuration. To try the program without a key, use a simulated model, e.g. sim-gpt4o.',
        });
      }
      const { createOpenAiProvider } = await import('./openai.ts');
      return createOpenAiProvider({
        ...common,
        apiKey: settings.apiKey || null,
        baseUrl: checkedUrl(name, settings.baseUrl ?? OPENAI),
        headers: settings.headers ?? {},
        json: true,
        schema: 'json_schema',
        fetch: null,
      });
    }
    case 'openai-compatible': {
      const { createOpenAiProvider } = await import('./openai.ts');
      return createOpenAiProvider({
        ...common,
        apiKey: settings.apiKey || null,
        baseUrl: checkedUrl(name, settings.baseUrl),
        headers: settings.headers ?? {},
        json: settings.json ?? true,
        schema: settings.schema ?? 'json_schema',
        fetch: null,
      });
    }
    case 'bedrock': {
      const { createBedrockProvider } = await import('./bedrock.ts');
      const endpoint = settings.endpoint ?? null;
      return createBedrockProvider({
        ...common,
        region: settings.region ?? null,
        credentials: settings.credentials ?? null,
        endpoint: endpoint === null ? null : checkedUrl(name, endpoint),
      });
    }
    case 'simulated': {
      const baseUrl = settings.baseUrl ?? null;
      const { createOpenAiProvider } = await import('./openai.ts');
      return createOpenAiProvider({
        ...common,
        apiKey: null,
        baseUrl: baseUrl === null ? IN_PROCESS : checkedUrl(name, baseUrl),
        headers: {},
        json: true,
        schema: 'json_schema',
        fetch:
          baseUrl === null
            ? (await import('../simulator/server.ts')).simulatedFetch(settings)
            : null,
      });
    }
  }
}

/** Whether an address is one of OpenAI's own, to which its key may go without anybody saying so. */
export function isOpenAi(url: string): boolean {
  return isHostOf(url, /(?:^|\.)api\.openai\.com$/);
}

/** Whether an address is one of AWS. */
export function isAws(url: string): boolean {
  return isHostOf(url, /\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/);
}

/** Only over TLS is anybody known to be who the name says. */
function isHostOf(url: string, hosts: RegExp): boolean {
  return (
    URL.canParse(url) && new URL(url).protocol === 'https:' && hosts.test(new URL(url).hostname)
  );
}

function requireProxy(variable: string, address: string | undefined): void {
  if (address === undefined) return;
  const parsed = URL.canParse(address) ? new URL(address) : null;
  // Node quotes the whole address where it cannot decode or send what is in it.
  const user = parsed === null ? '' : parsed.username + parsed.password;
  const sendable =
    !(user.includes('%') && decoded(user) === user) && !/\p{Cc}/u.test(decoded(user));
  if (parsed !== null && sendable && /^https?:$/.test(parsed.protocol)) return;
  throw new UserError(`The environment variable ${variable} is not the address of an HTTP proxy`, {
    code: 'proxy-invalid',
    hint: `Use an address such as http://proxy.example.org:3128, or unset the variable to call providers directly. (Its value is not shown because it may contain a password.)`,
  });
}

/** What will travel in headers. */
function secretsOf(settings: ProviderSettings): [what: string, value: string][] {
  const { credentials } = settings.type === 'bedrock' ? settings : {};
  const values = {
    ...('apiKey' in settings ? { 'API key': settings.apiKey } : {}),
    ...('headers' in settings ? settings.headers : {}),
    'access key id': credentials?.accessKeyId,
    'session token': credentials?.sessionToken,
  };
  return Object.entries(values).flatMap(([what, value]) => (value ? [[what, value]] : []));
}

/**
 * A key with a line break or a curly quote in it fails deep inside the HTTP client, whose error
 * quotes the key.
 */
function requirePrintable(name: string, what: string, value: string): void {
  if (/^[\x20-\x7e]+$/.test(value) && value === value.trim()) return;
  throw new UserError(
    `The ${what} of provider "${name}" contains a character that is not allowed in an HTTP header`,
    {
      code: 'header-invalid',
      hint: 'Copy it again without line breaks, surrounding spaces or typographic quotes. (It is not shown because it is secret.)',
    },
  );
}

function checkedUrl(name: string, url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new UserError(
      `The base URL of provider "${name}" is not an http(s) address: ${withoutUrlSecrets(url)}`,
      {
        code: 'base-url-invalid',
        hint: 'Use everything before "/chat/completions", such as http://localhost:11434/v1.',
      },
    );
  }
  if (/\/chat\/completions\/*$/.test(parsed.pathname)) {
    throw new UserError(
      `The base URL of provider "${name}" ends with /chat/completions, which is added to it`,
      {
        code: 'base-url-with-path',
        hint: 'Leave that part out, and keep what stands behind it, such as ?api-version=….',
      },
    );
  }
  // A password in an address would end up wherever the address is shown.
  if (parsed.username !== '' || parsed.password !== '') {
    throw new UserError(`The base URL of provider "${name}" contains a user name or password`, {
      code: 'base-url-with-password',
      hint: 'Set the key as "api_key" instead.',
    });
  }
  return url;
}
