/**
 * A study as data before anybody has been asked: its tables have all rows that are planned, and no
 * numbers.
 */

import {
  type Administration,
  type Answered,
  type Coded,
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
import { compareText } from '../analysis/models.ts';
import { labelOwnConditions } from '../analysis/own-conditions.ts';
import { studyNameOf } from '../analysis/study-models.ts';
import { defined } from '../defined.ts';
import { nameForm } from '../instruments/form.ts';
import type { Catalogue } from '../models/catalogue.ts';
import type { OwnPersona } from '../personas/own/own.ts';
import { CONDITIONS, type Condition } from '../personas/sheets/conditions.ts';
import { namePopulation, SYNTHETIC_REFERENCE } from '../personas/sheets/populations.ts';
import { SHEET_INSTRUMENT } from '../personas/sheets/sheet.ts';
import { type Administered, administeredIn } from './administered.ts';
import type { StudySpec } from './study-spec.ts';
import { rowsUnder } from './who-is-asked.ts';

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
    ownColumns: ownColumnsOf(study),
    humans: [],
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

/** As the analysis shows own conditions. */
function ownPopulation(study: StudySpec, name: string): StudyPopulation {
  const levels = (study.personas?.conditions ?? []).map((one) => ({
    name: one.name,
    levels: Object.entries(one.levels),
  }));
  const { label = name, place } = labelOwnConditions(levels).get(name) ?? {};
  const isTaken = CONDITIONS.some((condition) => condition.label === label);
  return {
    ...{ population: name, mapped: name, display: isTaken ? `${label} (${name})` : label },
    ...{ condition: null, ownCondition: null, isReference: false },
    ...defined({ place }),
  };
}

function ownColumnsOf({ personas }: StudySpec): StudyData['ownColumns'] {
  const rows = personas?.rows ?? [];
  const byCondition = Map.groupBy(rows, ({ condition }) => condition);
  return {
    names: Object.keys(rows[0]?.columns ?? {}),
    rows: [...byCondition].map(([condition, own]) => {
      const bare = own.filter(({ description }) => description === null).length;
      return { condition, described: own.length - bare, bare };
    }),
    ...(personas?.named ?? { vignette: null, weight: null }),
  };
}

/** In the order in which the administrations are registered, and the forms of the tables. */
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
  const labels = new Set([...told.values()].map(({ label }) => label));
  const levels = levelsByName(administered.map(({ cell }) => cell.factors));
  const columns = levelsByName((study.personas?.rows ?? []).map((row) => valuesOf(row)));
  return [...labels].map((label) => {
    const places = byForm.get(label)!;
    const questionnaire = told.get(given[places[0]!]!)!;
    const planned = places.flatMap((at) => {
      const { cell, model } = administered[at]!;
      return askedOf(study, administered[at]!, models.get(model.name)!).map((one) => ({
        ...one,
        factors: cell.factors,
      }));
    });
    const none = new Int32Array(planned.length * questionnaire.items.length);
    none.fill(UNANSWERED);
    return {
      questionnaire,
      administrations: planned.map(({ administration }) => administration),
      ...{ answers: none, points: none, states: null },
      factors: codeLevels(
        levels,
        planned.map((one) => one.factors),
      ),
      columns: codeLevels(
        columns,
        planned.map((one) => one.columns),
      ),
      recorded: new Map(),
    };
  });
}

type Named = Readonly<Record<string, string>>;

/** Of own columns, without empty ones, which are not stored. */
function valuesOf({ columns }: OwnPersona): Named {
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== ''));
}

/** The levels of each name, in order of appearance; the names sorted. */
function levelsByName(all: readonly Named[]): ReadonlyMap<string, readonly string[]> {
  const names = [...new Set(all.flatMap((one) => Object.keys(one)))].sort(compareText);
  return new Map(names.map((name) => [name, [...new Set(all.flatMap((one) => one[name] ?? []))]]));
}

/** Without names of which none has a level. */
function codeLevels(
  levels: ReadonlyMap<string, readonly string[]>,
  all: readonly Named[],
): ReadonlyMap<string, Coded> {
  return new Map(
    [...levels].flatMap(([name, values]): [string, Coded][] => {
      const places = new Map(values.map((value, at) => [value, at]));
      const codes = Int32Array.from(all, (one) => places.get(one[name] ?? '') ?? -1);
      return codes.every((code) => code === -1) ? [] : [[name, { values, codes }]];
    }),
  );
}

interface Planned {
  readonly administration: Administration;
  readonly columns: Named;
}

/** Who answers one questionnaire in one way. */
function askedOf(
  study: StudySpec,
  { conditions, ownConditions, repetitions, model }: Administered,
  answers: StudyModel,
): readonly Planned[] {
  const { personas, draws } = study;
  const populations = new Map(ownConditions.map(({ name }) => [name, ownPopulation(study, name)]));
  if (personas !== null)
    return inOrderOfAsking(rowsUnder(personas.rows, ownConditions)).flatMap((row) =>
      administrationsOf(answers, populations.get(row.condition)!, row.case, repetitions).map(
        (administration) => ({ administration, columns: valuesOf(row) }),
      ),
    );
  // Of one person, since sheets need not be there yet.
  return conditions.flatMap((condition) =>
    upToEnough(draws.count).flatMap((draw) =>
      administrationsOf(answers, populationOf(study, condition, model.name), 1, repetitions).map(
        (one) => ({ administration: { ...one, draw }, columns: {} }),
      ),
    ),
  );
}

/** Personas before stimuli, condition by condition. */
function inOrderOfAsking(rows: readonly OwnPersona[]): readonly OwnPersona[] {
  return [true, false].flatMap((isDescribed) => {
    const some = rows.filter(({ description }) => (description !== null) === isDescribed);
    const byCondition = Map.groupBy(some, ({ condition }) => condition);
    return [...byCondition.values()].flatMap((own) => own.toSorted((a, b) => a.case - b.case));
  });
}

function upToEnough(count: number): number[] {
  return Array.from({ length: Math.min(count, ENOUGH) }, (_, at) => at);
}

/** As often as is needed to see whether scores are means. */
function administrationsOf(
  model: StudyModel,
  population: StudyPopulation,
  person: number,
  repetitions: number,
): readonly Administration[] {
  return upToEnough(repetitions).map((repeated) => ({
    ...{ experimentId: 0, groupId: 0, model, population, personalityId: person, clusterId: person },
    ...{ repeated, draw: 0, succeeded: null, isPartial: false, origin: 'model' as const },
    ...{ ending: 'pending' as const, itemOrder: null },
  }));
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
