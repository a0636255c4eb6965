/** Whether a provider can be asked for what an administration needs. */
import type { AdministrationSettings } from '../administration/settings.ts';
import type { Config } from '../config/config.ts';
import { UserError } from '../errors.ts';
import type { ModelEntry } from '../models/catalogue.ts';
import { abilitiesOf } from '../providers/settings.ts';

/** @throws UserError where the model's provider has no field for what the settings ask for */
export function requireAbilities(
  config: Config,
  { name, provider }: ModelEntry,
  { format, elicit }: AdministrationSettings,
): void {
  const needed = [
    ...(format === 'schema' ? (['schema'] as const) : []),
    ...(elicit === 'logprobs' ? (['logprobs'] as const) : []),
  ];
  if (needed.length === 0) return;
  const abilities = abilitiesOf(config, provider);
  const lacking = needed.find((ability) => !abilities[ability]);
  if (lacking === undefined) return;
  const [setting, what] =
    lacking === 'schema'
      ? ['format: schema', 'a JSON Schema']
      : ['elicit: logprobs', 'log-probabilities'];
  throw new UserError(
    `The provider "${provider}" of ${name} cannot be asked for ${what}, which "${setting}" needs`,
    {
      code: 'provider-lacks-ability',
      hint: 'Choose another setting, or a model that an OpenAI-compatible endpoint serves.',
    },
  );
}
