/**
 * The configuration that is part of a bundle: what the study's file says of the models and providers
 * that the study has. It is a configuration file itself, and tables are computed with nothing else,
 * so that they come out the same wherever the bundle is made and replayed.
 */
import type { Config, WrittenSection } from '../config/config.ts';
import { type ConfigValues, loadConfig } from '../config/load.ts';
import { isPlain, mapValues, type Plain } from '../config/values.ts';
import { createCatalogue } from '../models/catalogue.ts';
import { withoutUrlSecrets } from '../secret-urls.ts';

/** Where it stands in a bundle. */
export const CONFIGURATION_FILE = 'study/configuration.json';

/** How a study names models and providers, however it does. */
export interface NamedInStudy {
  /** Short names; the providers' ids where rows have no short name. */
  readonly models: readonly string[];
  readonly providers: readonly string[];
}

/** Keys that say what was asked of whom; keys, headers and waits are left out. */
const PUBLIC_KEYS: Readonly<Record<Exclude<WrittenSection, 'models'>, readonly string[]>> = {
  providers: ['type', 'base_url', 'region', 'json', 'schema', 'reliability', 'retest'],
  openai: ['base_url'],
  bedrock: ['region', 'endpoint'],
};

/** Sections that are of one provider. */
const SECTION_OF = { openai: 'openai', bedrock: 'aws-bedrock' } as const;

/** @returns sections without entries are left out */
export function publicConfiguration(config: Config, named: NamedInStudy): ConfigValues {
  const { written } = config;
  const usedModels = new Set(named.models);
  const usedProviders = new Set(named.providers);
  const used = createCatalogue(config.models)
    .list()
    .filter(({ name, modelId }) => usedModels.has(name) || usedModels.has(modelId))
    .map(({ name }) => name);
  const sections: Readonly<Record<WrittenSection, Plain>> = {
    models: pick(written.models, used),
    providers: mapValues(pick(written.providers, [...usedProviders]), (section) =>
      pick(section, PUBLIC_KEYS.providers),
    ),
    openai: usedProviders.has(SECTION_OF.openai) ? pick(written.openai, PUBLIC_KEYS.openai) : {},
    bedrock: usedProviders.has(SECTION_OF.bedrock)
      ? pick(written.bedrock, PUBLIC_KEYS.bedrock)
      : {},
  };
  return Object.fromEntries(
    Object.entries(sections)
      .filter(([, section]) => Object.keys(section).length > 0)
      .map(([name, section]) => [name, masked(section) as Plain]),
  );
}

/**
 * With nothing of this computer's.
 * @param configuration or the file that it stands in
 * @throws UserError where it is not valid
 */
export function configWith(configuration: ConfigValues | string): Config {
  return loadConfig({ config: configuration, database: 'memory', schema: 'bundle' }, {}, '/');
}

/** The entries of these names, in their own order. */
function pick(section: unknown, names: readonly string[]): Plain {
  if (!isPlain(section)) return {};
  return Object.fromEntries(Object.entries(section).filter(([name]) => names.includes(name)));
}

function masked(value: unknown): unknown {
  if (typeof value === 'string') return withoutUrlSecrets(value);
  if (Array.isArray(value)) return value.map(masked);
  return isPlain(value) ? mapValues(value, masked) : value;
}
