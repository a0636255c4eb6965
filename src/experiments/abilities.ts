/** Whether models and their providers can be asked for what administrations need. */
import type { AdministrationSettings } from '../administration/settings.ts';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/connect.ts';
import { UserError } from '../errors.ts';
import { type ModelEntry, registeredModel } from '../models/catalogue.ts';
import { abilitiesOf } from '../providers/settings.ts';
import { type PreparationTools, unpublishedParameters } from './administration/prepare.ts';
import { requireRoomInGroup } from './registration/reply-length.ts';
import * as store from './run-store.ts';

/** @throws UserError where the model's provider has no field for what the settings ask for */
function requireAbilities(
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

/**
 * @throws UserError naming a group whose model may write less than the shortest reply has, or what
 *   a provider cannot be asked for
 */
export async function requireRoomForReplies(
  database: Database,
  config: Config,
  scope: store.RunScope,
  tools: PreparationTools,
): Promise<void> {
  for (const row of await store.firstOfGroups(database, scope)) {
    const instrument = tools.instrumentOf(row);
    const model = registeredModel(tools.catalogue, {
      ...row,
      modelName: row.details?.modelName ?? null,
    });
    if (instrument === null || model === null || row.groupId === null) continue;
    const { maxTokens } = unpublishedParameters(row, model);
    const settings = tools.settingsOf(row);
    requireAbilities(config, model, settings);
    requireRoomInGroup(row.groupId, instrument, settings, { name: model.name, maxTokens });
  }
}
