/** The settings in force as `config show` prints them. */
import { MASK, withoutUrlSecrets } from '../secret-urls.ts';
import type { Config } from './config.ts';
import { describeLocation, type Origin } from './location.ts';
import { leavesOf, type Plain, valueAt } from './values.ts';

const SECRET_KEYS: ReadonlySet<string> = new Set([
  'api_key',
  'access_key_id',
  'secret_access_key',
  'session_token',
  'password',
]);

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
