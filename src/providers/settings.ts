/** From the configuration to the settings of one provider. */
import { type Config, providerSection } from '../config.ts';
import { UserError } from '../errors.ts';
import { closest } from '../suggest.ts';
import type { ProviderSettings } from './open.ts';

type ProviderType = ProviderSettings['type'];

/** Providers that need no section in the configuration. */
const BUILT_IN: Readonly<Record<string, ProviderType>> = { openai: 'openai', 'aws-bedrock': 'bedrock', simulated: 'simulated' };

/**
 * @param region of the model, where its catalogue entry names one; else the configured default
 * @param maxConnections calls that may be under way at once
 * @throws UserError for a provider that is neither built in nor configured, or whose settings lack something
 */
export function providerSettings(config: Config, name: string, region: string | null, maxConnections: number): ProviderSettings {
  const section = providerSection(config, name);
  const type = section.type ?? BUILT_IN[name] ?? (section.base_url === undefined ? null : 'openai-compatible');
  if (type === null) {
    const known = [...new Set([...Object.keys(BUILT_IN), ...Object.keys(config.providers)])];
    const near = closest(name, known);
    throw new UserError(`There is no provider "${name}"`, {
      hint: `${near === null ? '' : `Did you mean "${near}"? `}Known: ${known.join(', ')}. Add it under "providers.${name}" with type and base_url.`,
    });
  }
  const common = { name, timeoutMs: section.timeout_s * 1000, maxConnections };
  const key = section.api_key ?? (section.api_key_env === undefined ? undefined : config.namedKeys[section.api_key_env]);
  const { openai, bedrock } = config;
  switch (type) {
    case 'openai':
      return {
        ...common,
        type,
        apiKey: key ?? openai.api_key ?? null,
        baseUrl: section.base_url ?? openai.base_url ?? null,
        headers: section.headers,
      };
    case 'openai-compatible':
      if (section.base_url === undefined) {
        throw new UserError(`Provider "${name}" has no base_url`, {
          hint: `Set providers.${name}.base_url, e.g. http://localhost:11434/v1.`,
        });
      }
      return { ...common, type, baseUrl: section.base_url, apiKey: key ?? null, json: section.json, headers: section.headers };
    case 'bedrock':
      return {
        ...common,
        type,
        region: region ?? section.region ?? bedrock.region ?? null,
        endpoint: section.base_url ?? bedrock.endpoint ?? null,
        credentials:
          bedrock.access_key_id === undefined || bedrock.secret_access_key === undefined
            ? null
            : {
                accessKeyId: bedrock.access_key_id,
                secretAccessKey: bedrock.secret_access_key,
                ...(bedrock.session_token === undefined ? {} : { sessionToken: bedrock.session_token }),
              },
      };
    case 'simulated':
      return { ...common, type, baseUrl: section.base_url ?? null };
  }
}
