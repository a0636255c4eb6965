/** The configuration: every setting in force, and where it comes from. */
import type { DatabaseLocation, Origin } from './location.ts';
import { type ProviderSection, providerSchema, type Settings } from './schema.ts';
import type { Plain } from './values.ts';

/** As curl and many others read them, in capitals or not. */
export const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'] as const;

/** Sections that say what is asked of whom. */
export const WRITTEN_SECTIONS = ['models', 'providers', 'openai', 'bedrock'] as const;
export type WrittenSection = (typeof WRITTEN_SECTIONS)[number];

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
  /**
   * What the file, or code, says of models and providers, without the environment and without
   * defaults: the same on every computer.
   */
  readonly written: Readonly<Record<WrittenSection, Plain>>;
  /** Proxies that the environment names. */
  readonly proxy: Readonly<Partial<Record<(typeof PROXY_VARIABLES)[number], string>>>;
  readonly file: string | null;
  /** Dotted path to origin, for every value that is in force. */
  readonly origins: ReadonlyMap<string, Origin>;
}

/** The settings of one provider section, defaults filled in, whether or not the file names it. */
export function providerSection(config: Config, name: string): ProviderSection {
  return config.providers[name] ?? providerSchema.parse({});
}

/** The same configuration, its simulated model being served at `baseUrl`. */
export function simulatedAt(config: Config, baseUrl: string): Config {
  return {
    ...config,
    providers: {
      ...config.providers,
      simulated: { ...providerSection(config, 'simulated'), base_url: baseUrl },
    },
  };
}
