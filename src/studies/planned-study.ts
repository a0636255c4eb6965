/**
 * A study as data before anybody has been asked: its tables have all rows that are planned, and no
 * numbers.
 */

import {
  type Administration,
  type Answered,
  type Personas,
  type Sheets,
  type StudyData,
  type StudyModel,
  type StudyPopulation,
  TABULATED_FIELDS,
  UNANSWERED,
} from '../analysis/data.ts';
import { type GivenForm, questionnaireOf, tellFormsApart } from '../analysis/forms.ts';
import { keyOfMention } from '../analysis/model-identity.ts';
import { studyNameOf } from '../analysis/study-models.ts';
import { nameForm } from '../instruments/form.ts';
import { inLanguage } from '../instruments/load.ts';
import type { Catalogue } from '../models/catalogue.ts';
import { CONDITIONS, type Condition } from '../personas/sheets/conditions.ts';
import { namePopulation, SYNTHETIC_REFERENCE } from '../personas/sheets/populations.ts';
import { SHEET_INSTRUMENT } from '../personas/sheets/sheet.ts';
import type { StudySpec } from './study-file.ts';

/** More of each than one need not be told apart. */
const ENOUGH = 2;

/** @throws UserError for a model that the catalogue does not know */
export function plannedStudy(study: StudySpec, catalogue: Catalogue): StudyData {
  const models = study.models.map((name): StudyModel => {
    const { modelId, label } = catalogue.find(name);
    const mention = { name, modelId };
    return { key: keyOfMention(mention), label, modelId, studyName: studyNameOf(mention) };
  });
  const sheets: Sheets = {
    questionnaire: {
      ...questionnaireOf(study.sheetInstrument),
      label: nameForm(study.sheetInstrument),
    },
    isPublished: study.sheetInstrument.slug === SHEET_INSTRUMENT,
    personalityIds: new Int32Array(),
    answers: new Int32Array(),
    points: new Int32Array(),
  };
  const groups =
    study.personas === null
      ? models.flatMap((model, at) =>
          study.conditions.map((condition) => ({
            model,
            population: populationOf(study, condition, study.models[at]!),
          })),
        )
      : [];
  return {
    schema: study.schema ?? '',
    dataOrigin: 'model',
    models: new Map(models.map((model) => [model.key, model])),
    populations: new Map(groups.map(({ population }) => [population.population, population])),
    answered: plannedForms(study, models),
    reference: sheets,
    random: sheets,
    personas: nobody(groups),
  };
}

function populationOf(
  { reference }: StudySpec,
  condition: Condition,
  model: string,
): StudyPopulation {
  const isOwn = !CONDITIONS.includes(condition);
  return {
    population: namePopulation(condition, model, reference?.name ?? SYNTHETIC_REFERENCE),
    mapped: condition.label,
    display: condition.label,
    condition: condition.name,
    ownCondition: isOwn ? condition : null,
    isReference: false,
  };
}

function ownPopulation(name: string): StudyPopulation {
  return {
    ...{ population: name, mapped: name, display: name },
    ...{ condition: null, ownCondition: null, isReference: false },
  };
}

function plannedForms(study: StudySpec, models: readonly StudyModel[]): readonly Answered[] {
  const planned = study.questionnaires.flatMap(({ instrument, conditions }) =>
    study.cells.map(({ settings, language }) => {
      const wording = inLanguage(instrument, language ?? undefined);
      const form: GivenForm = {
        ...{ slug: wording.slug, language: wording.language, wording, settings },
      };
      return { form, conditions };
    }),
  );
  const told = tellFormsApart(
    planned.map(({ form }) => form),
    () => null,
  );
  return planned.map(({ form, conditions }) => {
    const questionnaire = told.get(form)!;
    const administrations = models.flatMap((model, at) => {
      const populations =
        study.personas === null
          ? conditions.map((condition) => populationOf(study, condition, study.models[at]!))
          : [...new Set(study.personas.rows.map(({ condition }) => condition))].map(ownPopulation);
      return populations.flatMap((population) => administrationsOf(study, model, population));
    });
    const none = new Int32Array(administrations.length * questionnaire.items.length);
    none.fill(UNANSWERED);
    return {
      ...{ questionnaire, administrations, answers: none, points: none },
      ...{ states: null, factors: new Map() },
    };
  });
}

/** Of one person, as often as is needed to see whether scores are means. */
function administrationsOf(
  { draws, repetitions, personas }: StudySpec,
  model: StudyModel,
  population: StudyPopulation,
): readonly Administration[] {
  const times = (count: number) => Array.from({ length: Math.min(count, ENOUGH) }, (_, at) => at);
  return times(personas === null ? draws.count : 1).flatMap((draw) =>
    times(repetitions).map((repeated) => ({
      ...{ experimentId: 0, groupId: 0, model, population, personalityId: 1, clusterId: 1 },
      ...{ repeated, draw, succeeded: null, isPartial: false, origin: 'model' as const },
    })),
  );
}

function nobody(groups: Personas['groups']): Personas {
  const none = new Int32Array();
  return {
    ...{ count: 0, ids: none, group: none, groups, personalityIds: none, draws: none },
    hasWordCount: new Uint8Array(),
    fields: Object.fromEntries(
      TABULATED_FIELDS.map((field) => [field, { codes: none, values: [] }]),
    ) as unknown as Personas['fields'],
  };
}
