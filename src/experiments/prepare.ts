/**
 * Turns a registered experiment into the request to send, or into the reason why it cannot be sent.
 */

import type { Instrument } from '../instruments/instrument.ts';
import { isWholeObject } from '../instruments/reply/cut-off.ts';
import { parseReply } from '../instruments/reply/parse.ts';
import { type Catalogue, type ModelEntry, registeredModel } from '../models/catalogue.ts';
import { readParameters } from '../models/parameters.ts';
import { seedFrom } from '../models/seed.ts';
import type { CompletionRequest } from '../providers/provider.ts';
import { tokensOfReply } from '../runner/budget/estimate.ts';
import type { Prepared, Verdict } from '../runner/task.ts';
import type { AnsweredSheet, RegisteredExperiment, RunnableExperiment } from './experiment.ts';
import { fillTemplate, type PersonaFields } from './template.ts';

/** The personas that an experiment may belong to. */
export type Candidates = readonly PersonaFields[];

export interface PreparationTools {
  readonly catalogue: Catalogue;
  /**
   * The instrument of a group's stored wording, or of a slug for groups that stored none; null when
   * unknown.
   */
  readonly instrumentOf: (row: RegisteredExperiment) => Instrument | null;
  /** Apply the study's rule that a sheet of equal answers is no answer. */
  readonly rejectUniform: boolean;
}

/**
 * @param candidates personas the row may belong to: the registered one, or those that match an
 *   older row
 */
export function prepareExperiment(
  row: RegisteredExperiment,
  candidates: Candidates,
  tools: PreparationTools,
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
    const ids = candidates.slice(0, 5).map((persona) => persona.id);
    return stop(
      `${candidates.length} personas match it (${ids.join(', ')}${candidates.length > 5 ? ', …' : ''}), so it is unclear whose answers these would be`,
    );
  }
  const persona = candidates[0]!;
  // A group that was registered here has none because its study says so; others lost theirs.
  const role = row.group.systemRole;
  if (role === null ? row.details === null : role.trim() === '')
    return stop('its group has no system role, so the model would not impersonate a persona');
  if (row.group.prompt === null || row.group.prompt.trim() === '')
    return stop('its group has no questionnaire prompt');
  const system = role === null ? null : fillTemplate(role, persona);
  if (system?.ok === false) return stop(system.reason);
  const user = fillTemplate(row.group.prompt, persona);
  if (!user.ok) return stop(user.reason);

  const personaId = Number(persona.id);
  const seedBasis = [
    row.details?.seed ?? 0,
    row.modelId,
    row.population,
    row.personalityId,
    persona.repetitions,
    row.repeated,
    row.questionnaire,
  ];
  return {
    runnable: true,
    task: {
      id: row.experimentId,
      groupId: row.groupId,
      subject: instrument.slug,
      personaId,
      model,
      request: {
        modelId: model.modelId,
        system: system?.text ?? null,
        user: user.text,
        temperature: row.group.temperature,
        topP: row.group.topP,
        ...unpublishedParameters(row, model),
        json: true,
      },
      replyTokens: tokensOfReply(instrument.asked).usual,
      seedOf: (attempt) => seedFrom([...seedBasis, attempt]),
      isWhole: isWholeObject,
      read: ({ text }) => readSheet(instrument, text, tools.rejectUniform),
    },
  };
}

function readSheet(
  instrument: Instrument,
  text: string,
  rejectUniform: boolean,
): Verdict<AnsweredSheet> {
  const reply = parseReply(instrument.asked, text);
  if (reply.kind === 'rejected')
    return { outcome: reply.outcome, reason: reply.reason, code: reply.code };
  if (reply.uniform && rejectUniform)
    return {
      outcome: 'invalid',
      reason: 'all answers are equal (--reject-uniform)',
      code: 'uniform',
    };
  return {
    outcome: 'answered',
    value: { answers: reply.answers, explanation: reply.explanation, uniform: reply.uniform },
  };
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
