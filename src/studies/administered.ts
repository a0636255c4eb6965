/** What a study administers, in which ways, to which models. */
import { type AdministrationCell, cellOfVariant } from '../administration/cells.ts';
import { parametersIn } from '../experiments/registration/new-group.ts';
import type { Writer } from '../experiments/registration/reply-length.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { inLanguage } from '../instruments/load.ts';
import type { Catalogue, ModelEntry } from '../models/catalogue.ts';
import type { OwnCondition } from '../personas/own/own.ts';
import { roleFor } from '../personas/own/own.ts';
import type { Condition } from '../personas/sheets/conditions.ts';
import { namePopulation, SYNTHETIC_REFERENCE } from '../personas/sheets/populations.ts';
import { labelOf } from './study-models.ts';
import type { StudyModel, StudySpec } from './study-spec.ts';
import { isExcepted, rowsUnder, type StudyConditions } from './who-is-asked.ts';

/** What one model answers in one way. */
export interface Administered extends StudyConditions {
  readonly instrument: Instrument;
  readonly repetitions: number;
  readonly cell: AdministrationCell;
  readonly model: ModelEntry;
  readonly writer: Writer;
}

/**
 * Every questionnaire in every way of administering it to every model, where anybody is asked so.
 * @throws UserError for a model that the catalogue does not know
 */
export function administeredIn(study: StudySpec, catalogue: Catalogue): Administered[] {
  return study.questionnaires.flatMap(({ instrument, conditions, ownConditions, repetitions }) =>
    study.cells.flatMap((own) =>
      study.respondents.flatMap((respondent) => {
        const { name, variant, parameters } = respondent;
        const isAsked = (condition: Condition | OwnCondition) =>
          !isExcepted(own, { model: respondent, questionnaire: instrument.slug, condition });
        const asked = {
          conditions: conditions.filter(isAsked),
          ownConditions: ownConditions.filter(isAsked),
        };
        if (asked.conditions.length + asked.ownConditions.length === 0) return [];
        const cell = variant === null ? own : cellOfVariant(own, parameters, variant);
        const model = entryOf(catalogue.find(name), respondent);
        const { maxTokens } = parametersIn(model, cell.settings);
        return {
          instrument: inLanguage(instrument, cell.language ?? undefined),
          ...{ ...asked, repetitions, cell, model, writer: { name, maxTokens } },
        };
      }),
    ),
  );
}

/** A model as the study has it; those of one name are told apart by their cells. */
function entryOf(entry: ModelEntry, { label, parameters, variant }: StudyModel): ModelEntry {
  if (variant !== null) return entry;
  return {
    ...entry,
    label: labelOf(entry, label),
    parameters: parametersIn(entry, parameters),
  };
}

interface Registered {
  readonly populations: readonly string[];
  readonly systemRole: string | null | undefined;
}

/** What is registered together: personas whose system message has the same template. */
export function populationsOf(
  { personas, systemRole, reference }: StudySpec,
  model: string,
  { conditions, ownConditions }: StudyConditions,
): Registered[] {
  if (personas === null) {
    const name = reference?.name ?? SYNTHETIC_REFERENCE;
    const populations = conditions.map((condition) => namePopulation(condition, model, name));
    return [{ populations, systemRole }];
  }
  const byRole = Map.groupBy(rowsUnder(personas.rows, ownConditions), (row) =>
    roleFor(row, systemRole, personas.description),
  );
  return Array.from(byRole, ([role, rows]) => ({
    populations: [...new Set(rows.map(({ condition }) => condition))],
    systemRole: role,
  }));
}
