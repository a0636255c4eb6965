/**
 * From a persona that is to be written to what will be sent, and from what was written to the
 * published row.
 */

import { storableText } from '../../db/sanitize-text.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { isWholeObject } from '../../instruments/reply/cut-off.ts';
import { type Catalogue, registeredModel } from '../../models/catalogue.ts';
import { readParameters, type StoredParameters } from '../../models/parameters.ts';
import { seedFrom } from '../../models/seed.ts';
import type { Prepared, Task } from '../../runner/task.ts';
import {
  CLEANED_FIELDS,
  type CleanedField,
  cleanPersona,
  type Demographics,
  type DemographicVocabulary,
} from '../demographics/clean.ts';
import { countWords, fitPersona, type PersonaRow } from '../persona.ts';
import type { Condition } from '../sheets/conditions.ts';
import { applyCondition } from '../sheets/drive.ts';
import type { Sheet } from '../sheets/sheet.ts';
import { answerTable, sheetInWords } from './prompt.ts';
import { parsePersona, type WrittenPersona } from './reply.ts';

/** All personas of one model under one condition. */
export interface GenerationGroup {
  readonly groupId: number;
  readonly modelName: string;
  readonly provider: string;
  readonly modelId: string;
  readonly condition: Condition;
  readonly population: string;
  readonly reference: string;
  readonly referenceSha256: string;
  readonly system: string;
  readonly prompt: string;
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly parameters: StoredParameters;
  readonly seed: number;
}

export interface PendingGeneration {
  readonly generationId: number;
  readonly groupId: number;
  readonly personalityId: number;
  readonly draw: number;
}

export interface GenerationTask extends Task<WrittenPersona> {
  readonly group: GenerationGroup;
  readonly personalityId: number;
  readonly draw: number;
}

export interface GenerationTools {
  readonly catalogue: Catalogue;
  readonly groups: ReadonlyMap<number, GenerationGroup>;
  /** Of the reference population, by personality. */
  readonly sheets: ReadonlyMap<number, Sheet>;
  /** As they were put, in the order of the items. */
  readonly questions: readonly string[];
  /** That the sheets are answers to. */
  readonly instrument: Instrument;
}

/** A biography of some 400 words and ten short fields, in tokens. */
export const REPLY_TOKENS = 700;

export function prepareGeneration(
  pending: PendingGeneration,
  tools: GenerationTools,
): Prepared<GenerationTask> {
  const stop = (reason: string): Prepared<GenerationTask> => ({
    runnable: false,
    id: pending.generationId,
    reason,
  });
  const group = tools.groups.get(pending.groupId);
  if (group === undefined) return stop('its group does not exist');
  const model = registeredModel(tools.catalogue, group);
  if (model === null)
    return stop(
      `its model "${group.modelId}" of provider "${group.provider}" is unknown (see "personas models"; the config file can add it)`,
    );
  const sheet = tools.sheets.get(pending.personalityId);
  if (sheet === undefined)
    return stop(`the reference population has no personality ${pending.personalityId}`);
  const { questions, instrument } = tools;
  const driven = applyCondition(sheet, group.condition, instrument);
  const user = answerTable(group.prompt, sheetInWords(driven, questions, instrument));
  const seedBasis = [
    'persona',
    group.seed,
    group.modelId,
    group.population,
    pending.personalityId,
    pending.draw,
  ];
  return {
    runnable: true,
    task: {
      id: pending.generationId,
      groupId: pending.groupId,
      subject: 'the writing of personas',
      group,
      personalityId: pending.personalityId,
      draw: pending.draw,
      model,
      request: {
        modelId: model.modelId,
        system: group.system,
        turns: [],
        user,
        temperature: group.temperature,
        topP: group.topP,
        ...readParameters(group.parameters),
        format: 'json',
        logprobs: null,
      },
      replyTokens: REPLY_TOKENS,
      seedOf: (attempt) => seedFrom([...seedBasis, attempt]),
      isWhole: isWholeObject,
      read: ({ text }) => {
        const reply = parsePersona(text);
        if (reply.kind === 'persona') return { outcome: 'answered', value: reply.persona };
        return { outcome: reply.outcome, reason: reply.reason, code: reply.code };
      },
    },
  };
}

/**
 * The persona as the published table holds it: raw values beside cleaned ones, the draw as its
 * repetition.
 */
export function rowOf(
  { group, model, personalityId, draw }: GenerationTask,
  written: WrittenPersona,
  vocabulary: DemographicVocabulary,
): PersonaRow {
  const fields = Object.keys(CLEANED_FIELDS) as CleanedField[];
  const raw = Object.fromEntries(
    fields.map((field) => [field, storableText(written[field])]),
  ) as Demographics<string | null>;
  const cleaned = cleanPersona(raw, vocabulary);
  return fitPersona({
    ref_personality_id: personalityId,
    population: group.population,
    model: group.modelName,
    name: storableText(written.name),
    age: written.age,
    ...Object.fromEntries(
      fields.flatMap((field) => [
        [`${field}_original`, raw[field]],
        [field, cleaned[field]],
      ]),
    ),
    ethnicity: storableText(written.ethnicity),
    description: storableText(written.description),
    word_count_description: countWords(written.description),
    repetitions: draw,
    model_print: model.label,
    population_print: group.condition.label,
  });
}
