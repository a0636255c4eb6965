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
import type { Catalogue } from '../models/catalogue.ts';
import { CONDITIONS, type Condition } from '../personas/sheets/conditions.ts';
import { namePopulation, SYNTHETIC_REFERENCE } from '../personas/sheets/populations.ts';
import { SHEET_INSTRUMENT } from '../personas/sheets/sheet.ts';
import { type Administered, administeredIn } from './administered.ts';
import type { StudySpec } from './study-file.ts';

/** More of each than one need not be told apart. */
const ENOUGH = 2;

/** @throws UserError for a model that the catalogue does not know */
export function plannedStudy(study: StudySpec, catalogue: Catalogue): StudyData {
  const administered = administeredIn(study, catalogue);
  const models = new Map(
    administered.map(({ model: { name, modelId, label } }): [string, StudyModel] => {
      const mention = { name, modelId };
      const key = keyOfMention(mention);
      return [name, { key, label, modelId, studyName: studyNameOf(mention) }];
    }),
  );
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
      ? [...models].flatMap(([name, model]) =>
          study.conditions.map((condition) => ({
            model,
            population: populationOf(study, condition, name),
          })),
        )
      : [];
  return {
    schema: study.schema ?? '',
    dataOrigin: 'model',
    models: new Map([...models.values()].map((model) => [model.key, model])),
    populations: new Map(groups.map(({ population }) => [population.population, population])),
    answered: plannedForms(study, administered, models),
    reference: sheets,
    random: sheets,
    personas: nobody(groups),
    ownColumns: { names: [], described: 0, bare: 0, vignette: null, weight: null },
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

function plannedForms(
  study: StudySpec,
  administered: readonly Administered[],
  models: ReadonlyMap<string, StudyModel>,
): readonly Answered[] {
  const given = administered.map(({ instrument: wording, cell: { settings } }): GivenForm => {
    const { slug, language } = wording;
    return { slug, language, wording, settings };
  });
  const told = tellFormsApart(given, () => null);
  const byForm = Map.groupBy(administered.keys(), (at) => told.get(given[at]!)!.label);
  return [...byForm.values()].map((places) => {
    const questionnaire = told.get(given[places[0]!]!)!;
    const levels: Readonly<Record<string, string>>[] = [];
    const administrations = places.flatMap((at) => {
      const { conditions, ownConditions, repetitions, model, cell } = administered[at]!;
      const populations =
        study.personas === null
          ? conditions.map((condition) => populationOf(study, condition, model.name))
          : ownConditions.map(({ name }) => ownPopulation(name));
      const own = populations.flatMap((population) =>
        administrationsOf(study, repetitions, models.get(model.name)!, population),
      );
      levels.push(...own.map(() => cell.factors));
      return own;
    });
    const none = new Int32Array(administrations.length * questionnaire.items.length);
    none.fill(UNANSWERED);
    return {
      ...{ questionnaire, administrations, answers: none, points: none },
      ...{ states: null, factors: codeLevels(levels), columns: new Map() },
    };
  });
}

/** The factors of administrations, each with its level of every one. */
function codeLevels(levels: readonly Readonly<Record<string, string>>[]): Answered['factors'] {
  const names = [...new Set(levels.flatMap((one) => Object.keys(one)))];
  return new Map(
    names.map((name) => {
      const values = [...new Set(levels.flatMap((one) => one[name] ?? []))];
      const codes = Int32Array.from(levels, (one) => values.indexOf(one[name] ?? ''));
      return [name, { values, codes }];
    }),
  );
}

/** Of one person, as often as is needed to see whether scores are means. */
function administrationsOf(
  { draws, personas }: StudySpec,
  repetitions: number,
  model: StudyModel,
  population: StudyPopulation,
): readonly Administration[] {
  const times = (count: number) => Array.from({ length: Math.min(count, ENOUGH) }, (_, at) => at);
  return times(personas === null ? draws.count : 1).flatMap((draw) =>
    times(repetitions).map((repeated) => ({
      ...{ experimentId: 0, groupId: 0, model, population, personalityId: 1, clusterId: 1 },
      ...{ repeated, draw, succeeded: null, isPartial: false, origin: 'model' as const },
      ...{ ending: 'pending' as const, itemOrder: null },
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
