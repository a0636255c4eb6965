/** What a study is, in one hash: whatever decides what is asked of whom, and how it is analysed. */
import { promptOfGroup } from '../administration/calls.ts';
import { variedSettings } from '../administration/settings.ts';
import {
  hashOfRequest,
  hashOfText,
  hashOfValue,
  type PlannedRequest,
  summed,
} from '../experiments/frozen.ts';
import { formOfRequest, parametersIn, roleOf } from '../experiments/registration/new-group.ts';
import type { Instrument } from '../instruments/instrument.ts';
import type { Catalogue } from '../models/catalogue.ts';
import { storedParameters } from '../models/parameters.ts';
import { PERSONA_SYSTEM, personaPrompt } from '../personas/generation/prompt.ts';
import { conditionDefinition } from '../personas/sheets/conditions.ts';
import { namePopulation, SYNTHETIC_REFERENCE } from '../personas/sheets/populations.ts';
import { readTextFile } from '../text-file.ts';
import { administeredIn, populationsOf } from './administered.ts';
import type { StudySpec } from './study-spec.ts';

/** Where the rows are kept is no part of what a study is. */
const NOT_DESIGN = ['schema'];

/**
 * The parts of a design: study file, sheets, instruments, prompts and system messages, models with
 * their parameters, and the plan of the analysis with all of its defaults.
 * @throws UserError for a model that the catalogue does not know
 */
function designOf(study: StudySpec, catalogue: Catalogue): Readonly<Record<string, unknown>> {
  const content = JSON.parse(study.content) as Record<string, unknown>;
  const forms = administeredIn(study, catalogue);
  const nameInstrument = ({ slug, language, sha256 }: Instrument) => ({ slug, language, sha256 });
  return {
    study: Object.fromEntries(Object.entries(content).filter(([key]) => !NOT_DESIGN.includes(key))),
    sheets: study.reference === null ? null : hashOfText(readTextFile(study.reference.file)),
    sheetInstrument: study.personas === null ? nameInstrument(study.sheetInstrument) : null,
    instruments: forms.map(({ instrument }) => nameInstrument(instrument)),
    prompts: {
      personas:
        study.personas === null
          ? { system: PERSONA_SYSTEM, prompt: personaPrompt(study.sheetInstrument) }
          : null,
      systemRole: roleOf(study.systemRole === undefined ? {} : { systemRole: study.systemRole }),
      questionnaires: forms.map(({ instrument, cell }) => promptOfGroup(instrument, cell.settings)),
    },
    models: study.models.map((name) => {
      const { provider, modelId, parameters } = catalogue.find(name);
      return { name, provider, modelId, parameters };
    }),
    asked: forms.map(({ repetitions, cell, model }) => ({
      ...{ repetitions, settings: cell.settings, model: model.name },
      parameters: model.parameters,
    })),
    analysis: study.plan,
  };
}

/**
 * @returns lower-case hex SHA-256; the same wherever and whenever the design is the same
 * @throws UserError for a model that the catalogue does not know, or sheets that cannot be read
 */
export function designHash(study: StudySpec, catalogue: Catalogue): string {
  return hashOfValue(designOf(study, catalogue));
}

/**
 * The same part by part, so that a change can be told by its name: part to SHA-256.
 * @throws UserError as `designHash` does
 */
export function hashParts(study: StudySpec, catalogue: Catalogue): Record<string, string> {
  const { study: content, sheets, sheetInstrument, ...design } = designOf(study, catalogue);
  const { analysis: _, personas, ...file } = content as Record<string, unknown>;
  const wordings = administeredIn(study, catalogue).map((one) => one.instrument.wordingSha256);
  const parts: Readonly<Record<string, unknown>> = {
    'study file': file,
    ...(study.personas === null
      ? { 'answer sheets': [sheets, sheetInstrument] }
      : { 'persona texts': personas }),
    instruments: design.instruments,
    wordings,
    prompts: design.prompts,
    'models and their parameters': [design.models, design.asked],
    'analysis plan': design.analysis,
  };
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, hashOfValue(part)] as const),
  );
}

/**
 * All requests that the design has.
 * @param sheets how many of the answer sheets personas are written from
 * @throws UserError for a model that the catalogue does not know
 */
export function requestsOf(
  study: StudySpec,
  catalogue: Catalogue,
  sheets: number,
): PlannedRequest[] {
  const { personas } = study;
  const written = sheets * study.draws.count;
  const asked = administeredIn(study, catalogue).flatMap(
    ({ instrument, cell, model, repetitions, ...conditions }) =>
      populationsOf(study, model.name, conditions).flatMap(({ systemRole, populations }) => {
        const form = formOfRequest({ instrument, administration: cell.settings });
        const parameters = parametersIn(model, cell.settings);
        const sha256 = hashOfRequest({
          model: model.name,
          instrument: form.instrument.sha256,
          administration: variedSettings(form.settings),
          system: roleOf(systemRole === undefined ? {} : { systemRole }),
          prompt: promptOfGroup(form.instrument, form.settings),
          temperature: parameters.temperature,
          top_p: parameters.topP,
          parameters: storedParameters({ parameters }),
        });
        return populations.map((population) => {
          const cases =
            personas?.rows.filter(({ condition }) => condition === population).length ?? written;
          return { sha256, population, tasks: cases * repetitions };
        });
      }),
  );
  return summed([...(personas === null ? writingOf(study, catalogue, written) : []), ...asked]);
}

/** The writing of personas, as `generatePersonas` registers it. */
function writingOf(study: StudySpec, catalogue: Catalogue, tasks: number): PlannedRequest[] {
  const reference = study.reference?.name ?? SYNTHETIC_REFERENCE;
  return study.models.flatMap((name) => {
    const { parameters } = catalogue.find(name);
    return study.conditions.map((condition) => ({
      population: namePopulation(condition, name, reference),
      sha256: hashOfRequest({
        writer: name,
        condition: condition.name,
        definition: conditionDefinition(condition),
        system: PERSONA_SYSTEM,
        prompt: personaPrompt(study.sheetInstrument),
        temperature: parameters.temperature,
        top_p: parameters.topP,
        parameters: storedParameters({ parameters }),
      }),
      tasks,
    }));
  });
}
