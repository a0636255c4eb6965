/**
 * Turns a registered experiment into the request to send, or into the reason why it cannot be sent.
 */
import { isSameForAll, lacksReversal } from '../../administration/calls.ts';
import { noiseOf } from '../../administration/noise.ts';
import { drawOrder } from '../../administration/order.ts';
import { type AdministrationSettings, describeSettings } from '../../administration/settings.ts';
import { composePrompt } from '../../instruments/asked/prompt.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { type Catalogue, type ModelEntry, registeredModel } from '../../models/catalogue.ts';
import { readParameters } from '../../models/parameters.ts';
import type { CompletionRequest } from '../../providers/provider.ts';
import type { Prepared } from '../../runner/task.ts';
import type { RegisteredExperiment, RunnableExperiment, StoredPart } from '../experiment.ts';
import { resumeAdministration } from './administration-tasks.ts';
import { describePersona, fieldsOf, NO_PERSONA, type Persona } from './persona-text.ts';
import { planOf } from './progress.ts';
import { seedsOf } from './seeds.ts';
import { fillTemplate, mayNameFields } from './template.ts';

export interface PreparationTools {
  readonly catalogue: Catalogue;
  /**
   * The instrument of a group's stored wording, or of a slug for groups that stored none; null when
   * unknown.
   */
  readonly instrumentOf: (row: RegisteredExperiment) => Instrument | null;
  /** How the group is administered: the same object for the same settings. */
  readonly settingsOf: (row: RegisteredExperiment) => AdministrationSettings;
  /** Apply the study's rule that a sheet of equal answers is no answer. */
  readonly rejectUniform: boolean;
}

/**
 * @param candidates personas the row may belong to: the registered one, or those that match an
 *   older row
 * @param parts calls of the administration that are stored, in their order
 */
export function prepareExperiment(
  row: RegisteredExperiment,
  candidates: readonly Persona[],
  tools: PreparationTools,
  parts: readonly StoredPart[] = [],
): Prepared<RunnableExperiment> {
  const stop = (reason: string): Prepared<RunnableExperiment> => ({
    runnable: false,
    id: row.experimentId,
    reason,
  });
  if (row.group === null || row.groupId === null) return stop('its group does not exist');
  if (row.questionnaire === null) return stop('it has no questionnaire');
  const instrument = tools.instrumentOf(row);
  if (instrument === null) return stop(`its questionnaire "${row.questionnaire}" is unknown`);
  if (row.questionnaire !== instrument.slug && !instrument.aliases.includes(row.questionnaire)) {
    return stop(
      `its questionnaire is "${row.questionnaire}" but its group is for "${instrument.slug}"`,
    );
  }
  const model = registeredModel(tools.catalogue, {
    ...row,
    modelName: row.details?.modelName ?? null,
  });
  if (model === null)
    return stop(
      `its model "${row.modelId ?? ''}" of provider "${row.provider ?? ''}" is unknown (see "personas models"; the config file can add it)`,
    );
  if (candidates.length === 0)
    return stop(
      `no persona of population "${row.population ?? ''}" has personality ${row.personalityId ?? 'null'}`,
    );
  if (candidates.length > 1) {
    const ids = candidates.slice(0, 5).map((persona) => persona.row.id);
    return stop(
      `${candidates.length} personas match it (${ids.join(', ')}${candidates.length > 5 ? ', …' : ''}), so it is unclear whose answers these would be`,
    );
  }
  const persona = candidates[0]!;
  // A group that was registered here has none because its study says so; others lost theirs.
  const { systemRole, prompt } = row.group;
  if (systemRole === null ? row.details === null : systemRole.trim() === '')
    return stop('its group has no system role, so the model would not impersonate a persona');
  if (prompt === null || prompt.trim() === '') return stop('its group has no questionnaire prompt');
  const settings = tools.settingsOf(row);
  if (lacksReversal(prompt, instrument, settings))
    return stop('the prompt of its group does not reverse the answers: register it again');
  const fields = fieldsOf(persona);
  const described =
    systemRole === null ? NO_PERSONA : describePersona(systemRole, persona, fields, settings);
  if (!described.ok) return stop(described.reason);
  const isComplete = isSameForAll(settings);
  const filled = fillTemplate(isComplete ? prompt : `${prompt}\n${textsOf(instrument)}`, fields);
  if (!filled.ok) return stop(filled.reason);

  const seeds = seedsOf(row, persona.row.repetitions);
  const order = drawOrder(instrument, settings, seeds.order);
  const write = noiseOf(instrument, settings, seeds.noise);
  const settingsInWords = describeSettings(settings);
  const task = resumeAdministration(
    {
      plan: planOf(instrument, settings, order),
      id: row.experimentId,
      groupId: row.groupId,
      personaId: Number(persona.row.id),
      subject: settingsInWords === '' ? instrument.slug : `${instrument.slug} (${settingsInWords})`,
      model,
      parameters: {
        temperature: row.group.temperature,
        topP: row.group.topP,
        ...unpublishedParameters(row, model),
      },
      role: described.role,
      turns: described.turns,
      promptOf: isComplete
        ? () => filled.text
        : ({ asked }) => {
            const text = fillTemplate(composePrompt(instrument, asked, prompt, write), fields);
            // All texts have been filled above.
            if (!text.ok) throw new Error(text.reason);
            return text.text;
          },
      seedBasis: seeds.basis,
      rejectUniform: tools.rejectUniform,
    },
    parts,
  );
  return { runnable: true, task };
}

const texts = new WeakMap<Instrument, string>();

/** Everything that prompts may show of an instrument, where it may name fields of the persona. */
function textsOf(instrument: Instrument): string {
  const known = texts.get(instrument);
  if (known !== undefined) return known;
  const { instructions, blocks, items, answerSets } = instrument;
  const all = [
    instructions,
    ...blocks.map((block) => block.instructions),
    ...items.map(({ text }) => text),
    ...answerSets.flatMap(({ options }) => options.map(({ label }) => label)),
  ].join('\n');
  const shown = mayNameFields(all) ? all : '';
  texts.set(instrument, shown);
  return shown;
}

/**
 * What is sent besides temperature and top_p: as its group stores it, else as the catalogue has it
 * now.
 */
export function unpublishedParameters(
  row: Pick<RegisteredExperiment, 'details'>,
  model: ModelEntry,
): Pick<CompletionRequest, 'maxTokens' | 'maxTokensField' | 'extra'> {
  const stored = row.details?.parameters;
  if (stored !== undefined) return readParameters(stored);
  const { maxTokens, maxTokensField, extra } = model.parameters;
  return { maxTokens, maxTokensField, extra };
}
