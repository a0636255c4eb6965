/** Reads and checks a study file before anything is done. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import {
  type AdministrationBlock,
  type AdministrationCell,
  administrationBlock,
  crossSettings,
} from '../administration/cells.ts';
import { meantParameter } from '../administration/parameter-names.ts';
import {
  administration as administrationSettings,
  describeSettings,
  furtherParameters,
  levelsOf,
  type ModelSettings,
  modelParameters,
  PUBLISHED_SETTINGS,
  requireSettings,
} from '../administration/settings.ts';
import { ENDINGS_WITHOUT_ANSWERS } from '../analysis/endings.ts';
import {
  type AnalysisPlan,
  analysisPlan,
  BOUNDS_OF_PLAN,
  contentOfPlan,
  scalesOfBounds,
} from '../analysis/plan.ts';
import { CALLED_ON, MODEL_SERVED } from '../analysis/recorded.ts';
import { defined } from '../defined.ts';
import { messageOf, UserError } from '../errors.ts';
import { differencesOfForms, nameForm } from '../instruments/form.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { findInstrument, inLanguage, loadInstrument } from '../instruments/load.ts';
import { createCatalogue, type ModelEntry } from '../models/catalogue.ts';
import { LARGEST_INTEGER } from '../numbers.ts';
import {
  CONTROL,
  conditionsOfRows,
  type OwnCondition,
  type OwnPersona,
  ownPersonas,
  requireFields,
  roleFor,
} from '../personas/own/own.ts';
import { type OwnTable, readTable } from '../personas/own/table.ts';
import {
  type Aim,
  type Condition,
  conditionDefinition,
  defineCondition,
  findCondition,
} from '../personas/sheets/conditions.ts';
import { drivenAnswers } from '../personas/sheets/drive.ts';
import { SYNTHETIC_REFERENCE } from '../personas/sheets/populations.ts';
import { SHEET_INSTRUMENT } from '../personas/sheets/sheet.ts';
import { faultOf } from '../report/tables/planned.ts';
import { CLAIMABLE } from '../report/tables/tables.ts';
import { closest } from '../suggest.ts';
import { readTextFile, withoutLocalFolders } from '../text-file.ts';
import { wordsOfIssue } from '../zod-messages.ts';
import {
  conditionsNamed,
  namesOfExceptions,
  requireExceptions,
  rowsUnder,
  type StudyConditions,
} from './who-is-asked.ts';

/** Beyond these numbers a study is a slip of the pen. */
const MOST_DRAWS = 1000;
const MOST_REPETITIONS = 1000;

const name = z.string().trim().min(1, 'must not be empty');
const aim = z.custom<Aim>(
  (value) => Number.isFinite(value) || /^(?:max|min|keyed|unkeyed)$/.test(String(value)),
  'must be max, min, keyed, unkeyed or a number',
);
/** A built-in condition by its name, or one of one's own. */
const condition = z
  .union([name, z.strictObject({ name, label: name.optional(), drive: z.record(z.string(), aim) })])
  .transform((one, context) => {
    try {
      return typeof one === 'string' ? findCondition(one) : defineCondition(one);
    } catch (error) {
      context.addIssue({
        code: 'custom',
        message: `${messageOf(error)}${error instanceof UserError ? ` ${error.hint}` : ''}`,
      });
      return z.NEVER;
    }
  });
const instrumentKeys = {
  questionnaire: name.optional(),
  /** A file of one's own in place of a built-in one. */
  instrument: name.optional(),
  /** Of the wording; the file's own language where it is left out. */
  language: name.optional(),
};
const ONE_OF_THE_TWO =
  'names a built-in questionnaire, and "instrument" a file of your own: use one of the two';
const repetitions = z.int().min(1).max(MOST_REPETITIONS);
const questionnaire = z.union([
  name.transform((slug) => ({ questionnaire: slug, conditions: null, repetitions: undefined })),
  z
    .strictObject({
      ...instrumentKeys,
      /** Names of conditions that the study has, or levels of columns that make own ones. */
      conditions: z
        .array(z.union([name, z.record(name, z.union([name, z.array(name).min(1)]))]))
        .min(1)
        .nullable()
        .default(null),
      /** In place of the study's. */
      repetitions: repetitions.optional(),
    })
    .superRefine((one, context) => {
      if ((one.questionnaire === undefined) === (one.instrument === undefined))
        context.addIssue({
          code: 'custom',
          path: ['questionnaire'],
          message: ONE_OF_THE_TWO,
        });
    }),
]);

/** A model by its name, or with parameters of its own; further ones are sent as they are. */
const model = z.union(
  [
    name,
    z
      .object({
        ...{ model: name, label: name.optional(), ...modelParameters },
        parameters: furtherParameters.optional(),
      })
      .catchall(z.json()),
  ],
  { error: 'must be the name of a model, or a section with the key "model"' },
);

const ownPersonasSchema = z.strictObject({
  file: name,
  encoding: name.optional(),
  separator: z.string().length(1, 'must be one character').optional(),
  /** A column; `description` where there is one of that name. */
  description: name.optional(),
  text: name.optional(),
  vignette: name.optional(),
  condition: z.union([name.transform((one) => [one]), z.array(name).min(1)]).default([]),
  weight: name.optional(),
  cross: z.record(name, z.array(name).min(1)).default({}),
  control: z.union([z.boolean(), z.record(name, name)]).default(false),
});

/** Of a study file; the reference is written from it. */
export const schema = z.strictObject({
  name,
  /** Of the database; the configuration's where it is left out. */
  schema: name.nullable().default(null),
  seed: z.int().min(1).max(LARGEST_INTEGER).default(1),
  reference: z
    .union([
      z.literal(SYNTHETIC_REFERENCE),
      z
        .strictObject({
          name,
          file: name,
          ethics_note: name.nullable().default(null),
          ...instrumentKeys,
        })
        .superRefine((one, context) => {
          if (one.questionnaire !== undefined && one.instrument !== undefined)
            context.addIssue({ code: 'custom', path: ['questionnaire'], message: ONE_OF_THE_TWO });
        }),
    ])
    .default(SYNTHETIC_REFERENCE),
  /** What the study asks; the report begins with it. */
  question: name.nullable().default(null),
  models: z.array(model).min(1, 'must name at least one model'),
  /** Of personas that are written from answer sheets. */
  conditions: z.array(condition).default([]),
  /** Personas, or stimuli, of one's own, in place of those written from sheets. */
  personas: ownPersonasSchema.nullable().default(null),
  /** The system message; the program's own where it is left out, none where it is null. */
  system_role: z.string().min(1).nullable().optional(),
  draws: z
    .union([
      z
        .int()
        .min(1)
        .max(MOST_DRAWS)
        .transform((count) => ({ from: 1, count })),
      z.strictObject({
        from: z.int().min(1).max(MOST_DRAWS),
        count: z.int().min(1).max(MOST_DRAWS),
      }),
    ])
    .prefault(1),
  experimental: z.boolean().default(false),
  max_personas: z.int().min(1).nullable().default(null),
  questionnaires: z.array(questionnaire).min(1, 'must name at least one questionnaire'),
  repetitions: repetitions.default(1),
  /** How the questionnaires are administered; `paraphrase` is a file. */
  administration: administrationBlock.prefault({}),
  /** Of the whole study, over all its runs; `max_workers` and `stop_after` of each. */
  limits: z
    .strictObject({
      max_workers: z.int().min(1).max(2048).optional(),
      max_cost: z.number().positive().optional(),
      max_tokens: z.int().min(1).optional(),
      max_calls: z.int().min(1).optional(),
      stop_after: z.int().min(1).optional(),
    })
    .default({}),
  /** Decided before the answers are there, so it is part of the study. */
  analysis: analysisPlan.prefault({}),
  /** Folder for results. */
  output: name.nullable().default(null),
});

/** Known keys inside the keys that have some. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  models: ['model', 'label', ...Object.keys(modelParameters), 'parameters'],
  reference: ['name', 'file', 'ethics_note', 'questionnaire', 'instrument', 'language'],
  personas: Object.keys(ownPersonasSchema.shape),
  conditions: ['name', 'label', 'drive'],
  draws: ['from', 'count'],
  questionnaires: ['questionnaire', 'instrument', 'language', 'conditions', 'repetitions'],
  administration: Object.keys(administrationBlock.shape),
  limits: ['max_workers', 'max_cost', 'max_tokens', 'max_calls', 'stop_after'],
  analysis: Object.keys(analysisPlan.shape),
};

/**
 * How a study is carried out and where its results go may change while it runs; what it is may not.
 */
const CHANGEABLE = ['limits', 'output'];

/** A model as the study asks it. */
export interface StudyModel {
  /** Short name of the catalogue. */
  readonly name: string;
  /** What tables call it; null for the catalogue's label. */
  readonly label: string | null;
  /** In place of the catalogue's. */
  readonly parameters: ModelSettings;
  /** What tells it from others of the same name; null where it is the only one. */
  readonly variant: string | null;
}

export interface StudySpec {
  readonly file: string;
  readonly name: string;
  readonly schema: string | null;
  readonly seed: number;
  /** Null for the synthetic population. */
  readonly reference: {
    readonly name: string;
    readonly file: string;
    readonly ethicsNote: string | null;
  } | null;
  /** What the study asks, in words. */
  readonly question: string | null;
  /** That the sheets are answers to. */
  readonly sheetInstrument: Instrument;
  /** Short names, each once: each writes, or is given, its personas once. */
  readonly models: readonly string[];
  /** Those that answer. */
  readonly respondents: readonly StudyModel[];
  /** Empty where personas are not written from sheets. */
  readonly conditions: readonly Condition[];
  /** Null where personas are written from sheets. */
  readonly personas: {
    readonly source: string;
    readonly rows: readonly OwnPersona[];
    readonly conditions: readonly OwnCondition[];
    /** How the file was read, and words of which that cannot be told for certain. */
    readonly read: Pick<OwnTable, 'encoding' | 'doubtful'>;
    /** Columns that are no factors. */
    readonly named: { readonly vignette: string | null; readonly weight: string | null };
    /** The column of the descriptions; null where the file has none. */
    readonly description: string | null;
  } | null;
  /** Null for none; undefined for the program's own. */
  readonly systemRole: string | null | undefined;
  readonly draws: { readonly from: number; readonly count: number };
  readonly experimental: boolean;
  readonly maxPersonas: number | null;
  /** With the conditions whose personas answer it. */
  readonly questionnaires: readonly (StudyConditions & {
    readonly instrument: Instrument;
    /** How often each persona answers it. */
    readonly repetitions: number;
  })[];
  /** Ways of administering, one at least. */
  readonly cells: readonly AdministrationCell[];
  /**
   * What the whole study may spend, how many calls a run may have under way, and how many failures
   * close a model for an instrument.
   */
  readonly limits: {
    readonly maxWorkers?: number;
    readonly maxCost?: number;
    readonly maxTokens?: number;
    readonly maxCalls?: number;
    readonly stopAfter?: number;
  };
  /** The analysis that is planned. */
  readonly plan: AnalysisPlan;
  readonly output: string | null;
  /**
   * Of all that makes it this study, in a form in which comments and order of keys do not count.
   */
  readonly content: string;
  readonly sha256: string;
}

/** @throws UserError naming file, line and key of what is wrong */
export function readStudy(file: string): StudySpec {
  const text = readTextFile(file);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const fault = document.errors[0];
  if (fault !== undefined) {
    throw new UserError(`${file}, line ${lines.linePos(fault.pos[0]).line}: ${fault.message}`, {
      code: 'study-file-invalid',
      hint: 'A study file is YAML: indent with spaces, no tabs.',
    });
  }
  const checked = schema.safeParse(document.toJS() ?? {});
  if (!checked.success) throw wrong(file, document, lines, checked.error.issues);
  const raw = checked.data;
  requireOneSourceOfPersonas(file, raw);
  const personas = raw.personas === null ? null : readPersonas(raw.personas, path.dirname(file));
  const conditions = withoutDoubles(file, raw.conditions);
  const folder = path.dirname(file);
  const reference = typeof raw.reference === 'string' ? null : raw.reference;
  const sheetInstrument = instrumentOf(reference ?? {}, folder);
  /** With the place in the file of what is wrong. */
  const placed = <T>(where: readonly PropertyKey[], action: () => T): T => {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const line = lineOf(document, lines, where);
      throw new UserError(`${file}, line ${line}: ${where.join('.')}: ${error.message}`, {
        code: 'study-file-invalid',
        hint: error.hint,
      });
    }
  };
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
  requireScalesOfPlan(
    raw.analysis,
    sheetInstrument,
    questionnaires.map(({ instrument }) => instrument),
    placed,
  );
  requireFactorsOfPlan(raw.analysis, { cells, personas }, placed);
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
  for (const [at, planned] of raw.analysis.primary.entries()) {
    const fault = faultOf(planned, CLAIMABLE, {
      models: wordsForModels(respondents),
      conditions: wordsForConditions(conditions, personas?.rows ?? []),
      scales: [sheetInstrument, ...questionnaires.map(({ instrument }) => instrument)].flatMap(
        ({ scales }) => scales.map(({ id }) => id),
      ),
      factors: factorsOf({ cells, personas }),
      outcomes: [
        ...questionnaires.flatMap(({ instrument: { scales, items } }) =>
          [...scales, ...items].map(({ id }) => String(id)),
        ),
        ...['refused', 'no usable reply', 'declined an item', 'not answered', 'item declined'],
        ...ENDINGS_WITHOUT_ANSWERS,
      ],
      levels: (factor) => levelsOfColumn(personas?.rows ?? [], factor),
    });
    if (fault === null) continue;
    placed(['analysis', 'primary', at, fault.key], () => {
      const near = closest(fault.word, fault.known);
      throw new UserError(fault.message, {
        code: 'study-file-invalid',
        hint: `${near === null ? '' : `Did you mean "${near}"? `}${fault.known.length === 0 ? 'It makes none.' : `There is: ${fault.known.join(', ')}.`}`,
      });
    });
  }
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

/** What tables call a model that a study may call otherwise; simulated ones always say so. */
export function labelOf(
  { provider, label }: Pick<ModelEntry, 'provider' | 'label'>,
  own: string | null,
): string {
  const mark = provider === 'simulated' ? ' (simulated)' : '';
  if (own === null) return label;
  return own.endsWith(mark) ? own : `${own}${mark}`;
}

/** @throws UserError where a parameter is also varied by the study */
function respondentOf(
  given: z.output<typeof model>,
  block: AdministrationBlock,
): Omit<StudyModel, 'variant'> {
  if (typeof given === 'string') return { name: given, label: null, parameters: {} };
  const { model: short, label = null, parameters: named = {}, ...plain } = given;
  requireNames(Object.keys(plain));
  const own = { ...named, ...plain };
  const twice = Object.keys(own).find(
    (one) => one in block || (block.parameters !== undefined && one in block.parameters),
  );
  if (twice !== undefined)
    throw new UserError(`${twice} is set here and under "administration"`, {
      code: 'study-file-invalid',
      hint: 'Set it in one of the two places: under "administration" for all models, or here for this one.',
    });
  const placed = Object.keys(modelParameters);
  const entries = Object.entries(own);
  const further = entries.filter(([key]) => !placed.includes(key));
  const checked = administrationSettings.safeParse({
    ...Object.fromEntries(entries.filter(([key]) => placed.includes(key))),
    ...(further.length === 0 ? {} : { parameters: Object.fromEntries(further) }),
  });
  if (!checked.success) {
    const { path: where, message } = checked.error.issues[0]!;
    throw new UserError(`${where.join('.')}: ${message}`, {
      code: 'study-file-invalid',
      hint: 'A model has the parameters of its provider, and the keys model and label.',
    });
  }
  const { temperature, top_p, max_tokens, reasoning_effort, parameters } = checked.data;
  return {
    name: short,
    label,
    parameters: defined({ temperature, top_p, max_tokens, reasoning_effort, parameters }),
  };
}

/** @throws UserError for a parameter that is nearly called like a known one */
function requireNames(names: readonly string[]): void {
  for (const name of names) {
    const meant = name === 'extra' ? 'parameters' : meantParameter(name, OWN_KEYS);
    if (meant === null) continue;
    throw new UserError(`"${name}" is no known parameter of a model`, {
      code: 'study-file-invalid',
      hint: `Did you mean "${meant}"? A parameter that the provider does call "${name}" goes into the section "parameters", from which everything is sent as it is.`,
    });
  }
}

/** Of an entry of `models`, besides parameters. */
const OWN_KEYS = ['model', 'label', 'parameters'];

/**
 * Names what tells the models of one name apart, each once.
 * @throws UserError where two of them are told apart by nothing, or are called the same
 */
function tellVariantsApart(
  file: string,
  respondents: readonly Omit<StudyModel, 'variant'>[],
): StudyModel[] {
  const different = respondents.filter(
    (one, at) => !respondents.slice(0, at).some((other) => isDeepStrictEqual(other, one)),
  );
  return different.map((one, at) => {
    const others = different.filter(({ name: other }, place) => other === one.name && place !== at);
    if (others.length === 0) return { ...one, variant: null };
    const variant = variantOf(one);
    const same = others.find(
      (other) =>
        variantOf(other) === variant || isDeepStrictEqual(other.parameters, one.parameters),
    );
    if (same !== undefined)
      throw new UserError(
        `${file}: "models" has ${one.name} twice with the same ${isDeepStrictEqual(same.parameters, one.parameters) ? 'parameters' : 'label'}`,
        {
          code: 'study-file-invalid',
          hint: 'Give each a parameter and a label of its own, or name the model once. "repetitions" asks it again.',
        },
      );
    return { ...one, variant };
  });
}

function variantOf({ label, parameters }: Omit<StudyModel, 'variant'>): string {
  const settings = { ...PUBLISHED_SETTINGS, ...parameters };
  return label ?? (describeSettings(settings) || 'own parameters');
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

/** @throws UserError for a bound of a scale or an item that nobody is asked */
function requireScalesOfPlan(
  plan: AnalysisPlan,
  sheets: Instrument,
  questionnaires: readonly Instrument[],
  placed: <T>(where: readonly PropertyKey[], action: () => T) => T,
): void {
  const scalesOf = ({ scales }: Instrument) => scales.map(({ id }) => id);
  const compared = questionnaires.flatMap((one) => [
    ...scalesOf(one),
    ...one.items.map(({ id }) => String(id)),
  ]);
  const known = {
    equivalence_bound: new Set([...scalesOf(sheets), ...compared]),
    person_bound: new Set(scalesOf(sheets)),
  };
  for (const key of BOUNDS_OF_PLAN)
    for (const scale of scalesOfBounds(plan[key]).filter((id) => !known[key].has(id)))
      placed(['analysis', key], () => {
        const whose =
          key === 'person_bound'
            ? `${sheets.slug} does not have`
            : 'no questionnaire of the study has';
        throw new UserError(`names the scale ${scale}, which ${whose}`, {
          code: 'study-file-invalid',
          hint: `Scales: ${[...new Set([...scalesOf(sheets), ...questionnaires.flatMap(scalesOf)])].join(', ')}.`,
        });
      });
}

function factorsOf({ cells, personas }: Pick<StudySpec, 'cells' | 'personas'>): readonly string[] {
  return [
    ...new Set([
      ...['condition', 'model', 'model_variant', 'language', MODEL_SERVED, CALLED_ON],
      ...cells.flatMap(({ settings: { parameters = {}, ...settings } }) => [
        ...Object.keys(settings),
        ...Object.keys(parameters),
      ]),
      ...(personas?.rows ?? []).flatMap(({ columns }) => Object.keys(columns)),
    ]),
  ];
}

/** Those of own rows, the control's left out; null for a factor that is no own column. */
function levelsOfColumn(rows: readonly OwnPersona[], factor: unknown): readonly string[] | null {
  const values = rows
    .filter(({ condition }) => condition !== CONTROL)
    .flatMap(({ columns }) => columns[String(factor)] ?? []);
  return values.length === 0 ? null : [...new Set(values)];
}

/** Whether own rows have a column of that name, other than the one that is their condition. */
function isAnotherColumn(rows: readonly OwnPersona[], factor: string): boolean {
  return rows.some(
    ({ columns, condition }) =>
      columns[factor] !== undefined &&
      condition !== CONTROL &&
      !(factor === 'condition' && columns[factor] === condition),
  );
}

/** @throws UserError for a factor to compare that the study does not have */
function requireFactorsOfPlan(
  { compare = [], screen = [] }: AnalysisPlan,
  study: Pick<StudySpec, 'cells' | 'personas'>,
  placed: <T>(where: readonly PropertyKey[], action: () => T) => T,
): void {
  const known = factorsOf(study);
  const ofAsking = factorsOf({ ...study, personas: null });
  const named = [
    ...compare.map((one, at) => ({
      where: ['compare', at],
      factor: typeof one === 'string' ? one : one.factor,
    })),
    ...screen.map((factor, at) => ({ where: ['screen', at], factor })),
  ];
  for (const { where, factor } of named) {
    if (ofAsking.includes(factor) && isAnotherColumn(study.personas?.rows ?? [], factor))
      placed(['analysis', ...where], () => {
        throw new UserError(
          `"${factor}" is a factor of the study and a column of your personas, too`,
          {
            code: 'study-file-invalid',
            hint: 'Give the column another name in the file of the personas, so that it is clear which is compared.',
          },
        );
      });
    if (known.includes(factor)) continue;
    placed(['analysis', ...where], () => {
      const near = closest(factor, known);
      throw new UserError(`"${factor}" is no factor of this study`, {
        code: 'study-file-invalid',
        hint: `${near === null ? '' : `Did you mean "${near}"? `}Factors: ${known.join(', ')}.`,
      });
    });
  }
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

/** Names and labels; null where a model is not built in, whose label the configuration tells. */
function wordsForModels(
  respondents: readonly Omit<StudyModel, 'variant'>[],
): readonly string[] | null {
  const known = createCatalogue().list();
  const words = respondents.flatMap(({ name, label }) => {
    const entry = known.find((one) => one.name === name);
    return entry === undefined ? [null] : [name, labelOf(entry, label)];
  });
  return words.includes(null) ? null : words.flatMap((word) => word ?? []);
}

function wordsForConditions(
  conditions: readonly Condition[],
  personas: readonly OwnPersona[],
): readonly string[] {
  return [
    ...conditions.flatMap((one) => [one.name, one.label]),
    ...new Set(personas.map((one) => one.condition)),
  ];
}

function isCondition(value: unknown): value is Condition {
  return (
    typeof value === 'object' && value !== null && 'drive' in value && 'populationTag' in value
  );
}

function wrong(
  file: string,
  document: ReturnType<typeof parseDocument>,
  lines: LineCounter,
  issues: readonly z.core.$ZodIssue[],
): UserError {
  // A misspelt key is why another one is missing.
  const issue = deepest(issues.find((one) => one.code === 'unrecognized_keys') ?? issues[0]!);
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0]! : null;
  const where = unknown === null ? issue.path : [...issue.path, unknown];
  const line = lineOf(document, lines, where);
  const what = where.join('.') || 'the file';
  if (unknown !== null) {
    const known = KEYS[String(issue.path[0] ?? '')] ?? Object.keys(schema.shape);
    const near = closest(unknown, known);
    return new UserError(`${file}, line ${line}: unknown key "${what}"`, {
      code: 'study-file-invalid',
      hint: near === null ? `Known keys: ${known.join(', ')}.` : `Did you mean "${near}"?`,
    });
  }
  return new UserError(`${file}, line ${line}: ${what}: ${wordsOfIssue(issue)}`, {
    code: 'study-file-invalid',
    hint: 'Correct that line. data/studies/demo.yaml is an example.',
  });
}

/**
 * Of a value that fits none of several shapes, what is wrong with the shape it comes nearest to.
 */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors
    .flat()
    .filter((one) => one.code !== 'invalid_type' || one.path.length > 0);
  const nearest =
    inner.find((one) => one.code === 'unrecognized_keys') ??
    inner.find((one) => one.path.length > 0) ??
    inner[0];
  return nearest === undefined
    ? issue
    : deepest({ ...nearest, path: [...issue.path, ...nearest.path] } as z.core.$ZodIssue);
}

function lineOf(
  document: ReturnType<typeof parseDocument>,
  lines: LineCounter,
  where: readonly PropertyKey[],
): number {
  for (let length = where.length; length > 0; length--) {
    const node = document.getIn(where.slice(0, length) as unknown[], true) as
      | { range?: readonly [number, number, number] }
      | undefined;
    if (node?.range !== undefined) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
