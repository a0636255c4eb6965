/** What a study is, in one hash: whatever decides what is asked of whom, and how it is analysed. */
import { createHash } from 'node:crypto';
import { promptOfGroup } from '../administration/calls.ts';
import { roleOf } from '../experiments/registration/new-group.ts';
import type { Instrument } from '../instruments/instrument.ts';
import type { Catalogue } from '../models/catalogue.ts';
import { PERSONA_SYSTEM, personaPrompt } from '../personas/generation/prompt.ts';
import { readTextFile } from '../text-file.ts';
import { administeredIn } from './administered.ts';
import type { StudySpec } from './study-file.ts';

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
    sheets: study.reference === null ? null : hashOf(readTextFile(study.reference.file)),
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
  return hashOf(JSON.stringify(designOf(study, catalogue), sortKeys));
}

/** Objects with their keys in order, so that the order in which they were made does not count. */
function sortKeys(_key: string, value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
