/** Derives the settings of one provider from the configuration. */
import { type Config, providerSection } from '../config/config.ts';
import type { ProviderSection } from '../config/schema.ts';
import { defined } from '../defined.ts';
import { UserError } from '../errors.ts';
import { withoutUrlSecrets } from '../secret-urls.ts';
import { closest } from '../suggest.ts';
import { isAws, isOpenAi, type ProviderSettings } from './open.ts';
import { knowsProxies } from './transport.ts';

type ProviderType = ProviderSettings['type'];

/** Providers that need no section in the configuration. */
const BUILT_IN: Readonly<Record<string, ProviderType>> = {
  openai: 'openai',
  'aws-bedrock': 'bedrock',
  simulated: 'simulated',
};

/**
 * @param region of the model, where its catalogue entry names one; else the configured default
 * @param maxConnections calls that may be under way at once
 * @throws UserError for a provider that is neither built in nor configured, or whose settings lack
 *   something
 */
export function providerSettings(
  config: Config,
  name: string,
  region: string | null,
  maxConnections: number,
): ProviderSettings {
  const section = providerSection(config, name);
  const type = typeOf(config, name, section);
  const common = {
    name,
    timeoutMs: section.timeout_s * 1000,
    maxConnections,
    maxReplyBytes: section.max_reply_mb * 1e6,
    proxy: config.proxy,
  };
  const { headers } = section;
  switch (type) {
    case 'openai':
      return {
        ...common,
        type,
        headers,
        baseUrl: addressOf(config, name, section)?.url ?? null,
        apiKey: openAiKey(config, name, section),
      };
    case 'openai-compatible':
      if (section.base_url === undefined) {
        throw new UserError(`Provider "${name}" has no base_url`, {
          code: 'base-url-missing',
          hint: `Set providers.${name}.base_url, e.g. http://localhost:11434/v1.`,
        });
      }
      return {
        ...common,
        type,
        headers,
        baseUrl: section.base_url,
        apiKey: ownKey(config, section),
        json: section.json,
        schema: section.schema,
      };
    case 'bedrock': {
      const endpoint = addressOf(config, name, section);
      return {
        ...common,
        type,
        region: region ?? section.region ?? config.bedrock.region ?? null,
        endpoint: endpoint?.url ?? null,
        credentials: awsCredentials(config, name, endpoint),
      };
    }
    case 'simulated':
      return {
        ...common,
        type,
        baseUrl: section.base_url ?? null,
        ...defined({
          reliability: section.reliability,
          retest: section.retest,
          refuse: section.refuse?.map((rule) => defined(rule)),
        }),
      };
  }
}

/** What a request may ask of a provider beyond text. */
export interface ProviderAbilities {
  /** Replies that follow a JSON Schema. Whether an endpoint enforces it shows in its replies. */
  readonly schema: boolean;
  /** Log-probabilities of tokens. */
  readonly logprobs: boolean;
}

/** @throws UserError for a provider that is neither built in nor configured */
export function abilitiesOf(config: Config, name: string): ProviderAbilities {
  const section = providerSection(config, name);
  switch (typeOf(config, name, section)) {
    case 'bedrock':
      return { schema: false, logprobs: false };
    case 'openai-compatible':
      return { schema: section.json, logprobs: true };
    default:
      return { schema: true, logprobs: true };
  }
}

/**
 * What whoever runs the program should know about how a provider is reached. Each is said once in a
 * run.
 */
export function providerNotices(config: Config, name: string): readonly string[] {
  const section = providerSection(config, name);
  const type = typeOf(config, name, section);
  const address = addressOf(config, name, section);
  const notices: string[] = [];
  const variable = section.api_key_env;
  if (section.api_key === undefined && variable !== undefined && !config.namedKeys[variable]) {
    notices.push(
      `${name} is called without a key, because the environment variable ${variable} (its api_key_env) is not set`,
    );
  } else if (
    type === 'openai' &&
    address !== null &&
    openAiKey(config, name, section) === null &&
    config.openai.api_key !== undefined
  ) {
    notices.push(
      `the key in ${originOf(config, 'openai.api_key')} is not sent to ${address.shown}, because that address comes from ${originOf(config, address.key)}. If the key belongs to that address, set providers.${name}.api_key_env to the name of the variable`,
    );
  }
  const url = address?.url ?? (type === 'simulated' ? 'http://localhost' : 'https://localhost');
  const proxied = url.startsWith('https:') ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  if (config.proxy[proxied] === undefined || (type === 'simulated' && address === null))
    return notices;
  const { hostname } = new URL(url);
  if (isExcepted(hostname, config.proxy.NO_PROXY ?? '')) return notices;
  if (!knowsProxies) {
    notices.push(
      `${name} is called directly, not through the proxy in ${proxied}: Node.js ${process.versions.node} cannot use it. Install Node.js 24.5 or newer`,
    );
  } else if (address !== null && LOOPBACK.test(hostname)) {
    notices.push(
      `${name} (${address.shown}) is called through the proxy in ${proxied}. If it runs on this machine, add ${hostname} to NO_PROXY`,
    );
  }
  return notices;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** Whether `NO_PROXY` names a host, itself or by a domain that it is in. */
function isExcepted(hostname: string, noProxy: string): boolean {
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .map((entry) => entry.replace(/^\*?\./, '').replace(/:\d+$/, ''))
    .some(
      (entry) =>
        entry === '*' || (entry !== '' && (hostname === entry || hostname.endsWith(`.${entry}`))),
    );
}

/** @throws UserError when there is no such provider */
function typeOf(config: Config, name: string, section: ProviderSection): ProviderType {
  const type =
    section.type ?? BUILT_IN[name] ?? (section.base_url === undefined ? null : 'openai-compatible');
  if (type !== null) return type;
  const known = [...new Set([...Object.keys(BUILT_IN), ...Object.keys(config.providers)])];
  const near = closest(name, known);
  throw new UserError(`Unknown provider "${name}"`, {
    code: 'provider-unknown',
    hint: `${near === null ? '' : `Did you mean "${near}"? `}Known providers: ${known.join(', ')}. Add it under "providers.${name}" with type and base_url.`,
  });
}

/** An address that is configured, and where it is. */
interface Address {
  readonly url: string;
  /** Without keys in it. */
  readonly shown: string;
  /** The setting, e.g. `providers.local.base_url`. */
  readonly key: string;
}

/** Null where none is configured and the provider's own is meant. */
function addressOf(
  { openai, bedrock }: Config,
  name: string,
  section: ProviderSection,
): Address | null {
  const type = section.type ?? BUILT_IN[name];
  const general =
    type === 'openai' ? openai.base_url : type === 'bedrock' ? bedrock.endpoint : undefined;
  const url = section.base_url ?? general;
  if (url === undefined) return null;
  const key =
    section.base_url !== undefined
      ? `providers.${name}.base_url`
      : type === 'openai'
        ? 'openai.base_url'
        : 'bedrock.endpoint';
  return { url, shown: withoutUrlSecrets(url), key };
}

/** The key of this provider alone. */
function ownKey(config: Config, section: ProviderSection): string | null {
  return (
    section.api_key ??
    (section.api_key_env === undefined ? null : config.namedKeys[section.api_key_env] || null)
  );
}

/**
 * Whoever gets a configuration from somebody else must not send the keys of this machine wherever
 * it says.
 */
function openAiKey(config: Config, name: string, section: ProviderSection): string | null {
  if (section.api_key !== undefined || section.api_key_env !== undefined)
    return ownKey(config, section);
  const address = addressOf(config, name, section);
  const mayGo =
    address === null ||
    isOpenAi(address.url) ||
    isFromHere(config, address.key) ||
    !isFromHere(config, 'openai.api_key');
  return mayGo ? (config.openai.api_key ?? null) : null;
}

/** The same for AWS, whose own library would look for keys by itself. */
function awsCredentials(config: Config, name: string, endpoint: Address | null) {
  const {
    access_key_id: accessKeyId,
    secret_access_key: secretAccessKey,
    session_token: sessionToken,
  } = config.bedrock;
  const written = accessKeyId !== undefined && secretAccessKey !== undefined;
  const fromHere = ['access_key_id', 'secret_access_key'].some((key) =>
    isFromHere(config, `bedrock.${key}`),
  );
  if (
    endpoint !== null &&
    !isAws(endpoint.url) &&
    !isFromHere(config, endpoint.key) &&
    (!written || fromHere)
  ) {
    throw new UserError(
      `The AWS credentials of this machine are not sent to ${endpoint.shown}, because that address of provider "${name}" comes from ${originOf(config, endpoint.key)}`,
      {
        code: 'aws-credentials-withheld',
        hint: 'If they belong to that address, set AWS_ENDPOINT_URL_BEDROCK_RUNTIME to it. Otherwise write access_key_id and secret_access_key under "bedrock" in the same file.',
      },
    );
  }
  if (!written) return null;
  // A token of the environment does not belong to keys of the file.
  const token = isFromHere(config, 'bedrock.session_token') === fromHere ? sessionToken : undefined;
  return { accessKeyId, secretAccessKey, ...defined({ sessionToken: token }) };
}

/**
 * Whether a value was given by whoever runs the program, and not by a file, which may have come
 * with a study.
 */
function isFromHere(config: Config, key: string): boolean {
  const source = config.origins.get(key)?.source;
  return source === 'environment' || source === 'flag';
}

function originOf(config: Config, key: string): string {
  return config.origins.get(key)?.name || key;
}
