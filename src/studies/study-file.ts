/** Reads and checks a study file before anything is done. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { z } from 'zod';
import { type AdministrationBlock, crossSettings } from '../administration/cells.ts';
import { levelsOf, requireSettings } from '../administration/settings.ts';
import { contentOfPlan } from '../analysis/plan.ts';
import { defined } from '../defined.ts';
import { UserError } from '../errors.ts';
import { differencesOfForms, nameForm } from '../instruments/form.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { findInstrument, inLanguage, loadInstrument } from '../instruments/load.ts';
import { conditionsOfRows, ownPersonas, requireFields, roleFor } from '../personas/own/own.ts';
import { readTable } from '../personas/own/table.ts';
import { type Condition, conditionDefinition } from '../personas/sheets/conditions.ts';
import { drivenAnswers } from '../personas/sheets/drive.ts';
import { SHEET_INSTRUMENT } from '../personas/sheets/sheet.ts';
import { readTextFile, withoutLocalFolders } from '../text-file.ts';
import { requirePlan } from './planned-analysis.ts';
import type { ownPersonasSchema, schema } from './study-file-schema.ts';
import { respondentOf, tellVariantsApart } from './study-models.ts';
import type { StudySpec } from './study-spec.ts';
import { readStudyText } from './study-text.ts';
import {
  conditionsNamed,
  namesOfExceptions,
  requireExceptions,
  rowsUnder,
  type StudyConditions,
} from './who-is-asked.ts';

/**
 * How a study is carried out and where its results go may change while it runs; what it is may not.
 */
const CHANGEABLE = ['limits', 'output'];

/** @throws UserError naming file, line and key of what is wrong */
export function readStudy(file: string): StudySpec {
  const { raw, placed } = readStudyText(file);
  requireOneSourceOfPersonas(file, raw);
  const personas = raw.personas === null ? null : readPersonas(raw.personas, path.dirname(file));
  const conditions = withoutDoubles(file, raw.conditions);
  const folder = path.dirname(file);
  const reference = typeof raw.reference === 'string' ? null : raw.reference;
  const sheetInstrument = instrumentOf(reference ?? {}, folder);
  for (const [at, one] of raw.conditions.entries())
    placed(['conditions', at], () => drivenAnswers(one, sheetInstrument));
  const ofStudy = { conditions, ownConditions: personas?.conditions ?? [] };
  const questionnaires = raw.questionnaires.map((one, place) => {
    const named = one.conditions?.map((spelling, at) =>
      placed(['questionnaires', place, 'conditions', at], () => conditionsNamed(spelling, ofStudy)),
    ) ?? [ofStudy];
    return {
      instrument: instrumentOf(one, folder),
      conditions: named.flatMap((some) => some.conditions),
      ownConditions: [...new Set(named.flatMap((some) => some.ownConditions))],
      repetitions: one.repetitions ?? raw.repetitions,
    };
  });
  requireOneForm(file, [
    { name: fileOf(reference ?? {}) ?? sheetInstrument.slug, instrument: sheetInstrument },
    ...raw.questionnaires.map((one, place) => ({
      name: fileOf(one) ?? one.questionnaire!,
      instrument: questionnaires[place]!.instrument,
    })),
  ]);
  for (const [at, one] of questionnaires.entries())
    placed(['questionnaires', at], () => requireAskedOnce(one, questionnaires.slice(0, at)));
  const cells = placed(['administration'], () => {
    const crossed = crossSettings(
      readTexts(raw.administration, folder),
      raw.seed,
      namesOfExceptions(ofStudy.ownConditions),
    );
    for (const { instrument } of questionnaires)
      for (const { settings, language } of crossed)
        requireSettings(inLanguage(instrument, language ?? undefined), settings);
    return crossed;
  });
  for (const [at, { instrument, ownConditions }] of questionnaires.entries())
    placed(['questionnaires', at], () =>
      requireFields(
        rowsUnder(personas?.rows ?? [], ownConditions),
        instrument.definition,
        instrument.slug,
      ),
    );
  const { system_role: systemRole } = raw;
  if (personas !== null && typeof systemRole === 'string')
    placed(['system_role'], () =>
      requireFields(
        personas.rows.filter((row) => roleFor(row, systemRole, personas.description) !== null),
        systemRole,
        'system_role',
      ),
    );
  const respondents = raw.models.map((one, at) =>
    placed(['models', at], () => respondentOf(one, raw.administration)),
  );
  const models = [...new Set(respondents.map((one) => one.name))];
  placed(['administration', 'except'], () =>
    requireExceptions(cells, {
      ...ofStudy,
      models: respondents,
      questionnaires: questionnaires.map(({ instrument }) => instrument.slug),
    }),
  );
  requirePlan(
    raw.analysis,
    { sheetInstrument, questionnaires, cells, personas, respondents, conditions },
    placed,
  );
  const { administration: _, personas: own, question, ...others } = raw;
  const isPublished = cells.every(
    ({ settings, language, exceptions }) =>
      language === null && exceptions === undefined && levelsOf(settings).length === 0,
  );
  const made = {
    ...others,
    // At its place among the others: the order of keys is part of the content.
    analysis: contentOfPlan(raw.analysis),
    ...defined({ question: question ?? undefined }),
    // The rows themselves: a file may be changed under its name.
    ...(personas === null ? {} : { personas: { ...withoutPlaces(own), rows: personas.rows } }),
    // Left out where nothing varies, as in studies of a version that knew no other way.
    ...(isPublished && cells.length === 1 ? {} : { administration: cells }),
    // A file of one's own may be changed under its name; a built-in instrument is known by it.
    reference:
      reference === null || fileOf(reference) === null
        ? withoutPlaces(raw.reference)
        : { ...withoutPlaces(reference), sha256: sheetInstrument.sha256 },
    questionnaires: raw.questionnaires.map((one, place) => ({
      ...withoutPlaces(one),
      ...(one.conditions === null ? {} : { conditions: conditionsOf(questionnaires[place]!) }),
      ...(fileOf(one) === null ? {} : { sha256: questionnaires[place]!.instrument.sha256 }),
    })),
  };
  const content = JSON.stringify(
    Object.fromEntries(Object.entries(made).filter(([key]) => !CHANGEABLE.includes(key))),
    (_, value: unknown) =>
      isCondition(value) ? (conditionDefinition(value) ?? value.name) : value,
    2,
  );
  const {
    max_workers: maxWorkers,
    max_cost: maxCost,
    max_tokens: maxTokens,
    max_calls: maxCalls,
    stop_after: stopAfter,
  } = raw.limits;
  return {
    file,
    name: raw.name,
    schema: raw.schema,
    seed: raw.seed,
    reference:
      reference === null
        ? null
        : {
            name: reference.name,
            file: path.resolve(folder, reference.file),
            ethicsNote: reference.ethics_note,
          },
    question: raw.question,
    models,
    respondents: tellVariantsApart(file, respondents),
    personas,
    systemRole: raw.system_role,
    conditions,
    sheetInstrument,
    draws: raw.draws,
    experimental: raw.experimental,
    maxPersonas: raw.max_personas,
    questionnaires,
    cells,
    limits: defined({ maxWorkers, maxCost, maxTokens, maxCalls, stopAfter }),
    plan: raw.analysis,
    output: raw.output === null ? null : path.resolve(folder, raw.output),
    content,
    sha256: createHash('sha256').update(content).digest('hex'),
  };
}

/** @throws UserError unless personas come from sheets or from the file, not both */
function requireOneSourceOfPersonas(
  file: string,
  { conditions, personas, reference }: z.output<typeof schema>,
): void {
  if (personas === null && conditions.length > 0) return;
  if (personas !== null && conditions.length === 0 && typeof reference === 'string') return;
  throw new UserError(
    personas === null
      ? `${file} names neither "conditions" nor "personas"`
      : `${file} has "personas" of its own and also "${conditions.length > 0 ? 'conditions' : 'reference'}"`,
    {
      code: 'study-file-invalid',
      hint: '"conditions" and "reference" are for personas that are written from answer sheets; "personas" are your own rows. Use one of the two.',
    },
  );
}

function readPersonas(
  given: z.output<typeof ownPersonasSchema>,
  folder: string,
): NonNullable<StudySpec['personas']> {
  const source = path.resolve(folder, given.file);
  const table = readTable(source, given);
  const hasDescriptions = given.text === undefined && table.columns.includes('description');
  const description = given.description ?? (hasDescriptions ? 'description' : null);
  const rows = ownPersonas(
    table,
    {
      description,
      text: given.text ?? null,
      vignette: given.vignette ?? null,
      condition: given.condition,
      weight: given.weight ?? null,
      cross: given.cross,
      control: given.control,
    },
    given.file,
  );
  return {
    source: given.file,
    rows,
    conditions: conditionsOfRows(rows, given),
    read: { encoding: table.encoding, doubtful: table.doubtful },
    named: {
      vignette: given.vignette ?? null,
      weight: given.weight ?? null,
    },
    description,
  };
}

/**
 * A slug has one form in a schema, that of the sheets included: told before a persona is paid for.
 * @throws UserError naming both files
 */
function requireOneForm(
  file: string,
  given: readonly { readonly name: string; readonly instrument: Instrument }[],
): void {
  const known: (typeof given)[number][] = [];
  for (const one of given) {
    for (const other of known.filter(({ instrument }) => instrument.slug === one.instrument.slug)) {
      const differences = differencesOfForms(other.instrument, one.instrument);
      if (differences.length === 0) continue;
      throw new UserError(
        `${file}: ${other.name} and ${one.name} are different forms with the same slug, ${nameForm(one.instrument)}: ${differences.join('; ')}`,
        {
          code: 'instrument-forms-differ',
          hint: `Their answers would be pooled and scored by the same rule. Give ${one.name} another slug.`,
        },
      );
    }
    known.push(one);
  }
}

/**
 * What is registered already is not registered again, so an entry that asks the same again would be
 * ignored.
 * @throws UserError naming what is asked twice
 */
function requireAskedOnce(
  { instrument, conditions, ownConditions }: StudySpec['questionnaires'][number],
  earlier: StudySpec['questionnaires'],
): void {
  const form = nameForm(instrument);
  for (const other of earlier.filter((one) => nameForm(one.instrument) === form)) {
    const twice = [...conditions, ...ownConditions].filter((condition) =>
      [...other.conditions, ...other.ownConditions].includes(condition),
    );
    if (twice.length === 0) continue;
    throw new UserError(
      `asks ${form} of the condition ${twice.map(({ name }) => name).join(', ')}, which an earlier entry does`,
      {
        code: 'study-file-invalid',
        hint: 'Name the questionnaire once; "repetitions" asks it again. With "conditions", several entries can share the conditions out.',
      },
    );
  }
}

/**
 * A questionnaire, or what sheets are answers to; the study's own where it names neither a
 * built-in instrument nor a file.
 */
interface InstrumentKeys {
  readonly questionnaire?: string | undefined;
  readonly instrument?: string | undefined;
  readonly language?: string | undefined;
}

function fileOf({ instrument }: InstrumentKeys): string | null {
  return instrument ?? null;
}

function instrumentOf(one: InstrumentKeys, folder: string): Instrument {
  const file = fileOf(one);
  return file === null
    ? inLanguage(findInstrument(one.questionnaire ?? SHEET_INSTRUMENT), one.language)
    : loadInstrument(path.resolve(folder, file), one.language);
}

/** Files that were named by their place on this computer, which is no part of a study. */
function withoutPlaces<T>(given: T): T {
  if (typeof given !== 'object' || given === null) return given;
  const named = Object.entries(given).map(([key, value]) =>
    /^(?:file|instrument)$/.test(key) && typeof value === 'string'
      ? [key, withoutLocalFolders(value)]
      : [key, value],
  );
  return Object.fromEntries(named);
}

/** Paraphrases are named by their files. */
function readTexts(block: AdministrationBlock, folder: string): AdministrationBlock {
  const { paraphrase } = block;
  if (paraphrase === undefined) return block;
  const read = (file: unknown) => readTextFile(path.resolve(folder, String(file)));
  return {
    ...block,
    paraphrase: Array.isArray(paraphrase) ? paraphrase.map(read) : read(paraphrase),
  };
}

/** @throws UserError where two of them would look the same in tables or in names of populations */
function withoutDoubles(file: string, conditions: readonly Condition[]): readonly Condition[] {
  const different = [...new Set(conditions)];
  for (const [at, one] of different.entries()) {
    const other = different
      .slice(0, at)
      .find(({ name, label }) => name === one.name || label === one.label);
    if (other !== undefined)
      throw new UserError(
        `${file}: two conditions are called ${other.name === one.name ? one.name : one.label}`,
        { code: 'study-file-invalid', hint: 'Give each a name and a label of its own.' },
      );
  }
  return different;
}

function conditionsOf({ conditions, ownConditions }: StudyConditions) {
  return [...conditions, ...ownConditions.map(({ name }) => name)];
}

function isCondition(value: unknown): value is Condition {
  return (
    typeof value === 'object' && value !== null && 'drive' in value && 'populationTag' in value
  );
}
