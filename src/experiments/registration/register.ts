import type { AdministrationSettings } from '../../administration/settings.ts';
import type { Database } from '../../db/connect.ts';
import { groupIds, unknownGroups } from '../../db/groups.ts';
import { UserError } from '../../errors.ts';
import { nameForm } from '../../instruments/form.ts';
import type { Catalogue, ModelEntry } from '../../models/catalogue.ts';
import { costOf } from '../../models/cost.ts';
import { requirePositive } from '../../numbers.ts';
import { tokensOfText } from '../../runner/budget/estimate.ts';
import { closest } from '../../suggest.ts';
import { measureCalls } from './measure-calls.ts';
import {
  describeGroup,
  formOfRequest,
  isoWithoutZone,
  parametersIn,
  type RegistrationRequest,
  roleOf,
} from './new-group.ts';
import * as store from './register-store.ts';
import { requireRoom, type Writer, warnOfRoom } from './reply-length.ts';

/** A group that was registered, or would be. */
export interface RegisteredGroup {
  /** Null in a dry run. */
  readonly groupId: number | null;
  readonly model: string;
  readonly modelId: string;
  readonly personas: number;
  readonly experiments: number;
  /** Empty in a dry run. */
  readonly experimentIds: readonly number[];
  /** Guesses for the whole group, made from the lengths of its texts. */
  readonly estimate: {
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly costUsd: number | null;
  };
}

export interface RegistrationResult {
  readonly groups: readonly RegisteredGroup[];
  /** What may go wrong with replies, in words; nothing as a rule. */
  readonly warnings: readonly string[];
}

const NONE_KNOWN = { count: 0, groups: [] };

/**
 * Selects the personas of each model and population, makes one group for each model and one
 * experiment for each repetition of each persona, in one transaction.
 * @throws UserError when nothing is left to register, when `repetitions` can be read in two ways,
 *   or when any of it is registered already
 */
export async function registerQuestionnaireExperiments(
  database: Database,
  catalogue: Catalogue,
  request: RegistrationRequest,
): Promise<RegistrationResult> {
  return register(database, catalogue, request, false);
}

/** The same checks and counts, and an estimate of tokens and cost; writes nothing. */
export async function planRegistration(
  database: Database,
  catalogue: Catalogue,
  request: RegistrationRequest,
): Promise<RegistrationResult> {
  return register(database, catalogue, request, true);
}

/**
 * Makes a group without experiments, for `register-experiments --group-id`.
 * @returns its id
 */
export async function createExperimentGroup(
  database: Database,
  catalogue: Catalogue,
  request: Pick<
    RegistrationRequest,
    'instrument' | 'administration' | 'factors' | 'systemRole' | 'description' | 'seed' | 'now'
  > & {
    readonly model: string;
  },
): Promise<number> {
  const model = catalogue.find(request.model);
  const form = formOfRequest(request);
  requireRoom(request.instrument, form.settings, writerOf(model, form.settings));
  return database.db.transaction().execute(async (transaction) => {
    await store.lockRegistrations(transaction, database.schema);
    await store.requireOneForm(transaction, database.t, request.instrument);
    return store.insertGroup(
      transaction,
      database.t,
      describeGroup(
        model,
        form,
        request.description ?? `${nameForm(request.instrument)} questionnaire for ${model.name}`,
        false,
        request,
      ),
    );
  });
}

async function register(
  database: Database,
  catalogue: Catalogue,
  request: RegistrationRequest,
  dryRun: boolean,
): Promise<RegistrationResult> {
  const populations = namesOnly(request.populations, 'population');
  const models = namesOnly(request.models, 'model').map((name) => catalogue.find(name));
  for (const [value, option] of [
    [request.maxPersonas, '--max-personas'],
    [request.maxRepetitions, '--max-repetitions'],
    [request.administrations, 'administrations'],
  ] as const)
    if (value !== undefined) requirePositive(value, option);
  if (request.intoGroup !== undefined && models.length > 1) {
    throw new UserError(`A group has one model, but ${models.length} models are given`, {
      code: 'options-conflict',
      hint: 'Pass one --model with --group-id, or omit --group-id.',
    });
  }
  const form = formOfRequest(request);
  for (const model of models)
    requireRoom(request.instrument, form.settings, writerOf(model, form.settings));
  return database.db.transaction().execute(async (transaction) => {
    await store.lockRegistrations(transaction, database.schema);
    await store.requireOneForm(transaction, database.t, request.instrument);
    const groups: RegisteredGroup[] = [];
    for (const model of models) {
      groups.push(
        await registerModel(transaction, database, model, populations, form, request, dryRun),
      );
    }
    if (request.onlyMissing !== true && groups.every((group) => group.experiments === 0))
      throw await nothingFound(transaction, database.t, models, populations);
    return {
      groups,
      warnings: models.flatMap(
        (model) =>
          warnOfRoom(request.instrument, form.settings, writerOf(model, form.settings)) ?? [],
      ),
    };
  });
}

async function registerModel(
  transaction: store.Writing,
  database: Database,
  model: ModelEntry,
  populations: readonly string[],
  form: store.Form,
  request: RegistrationRequest,
  dryRun: boolean,
): Promise<RegisteredGroup> {
  const { t } = database;
  const { instrument, settings } = form;
  const selection: store.Selection = {
    model: model.name,
    populations,
    maxPersonas: request.maxPersonas ?? null,
    maxRepetitions: request.maxRepetitions ?? null,
    reading: await chooseReading(transaction, t, model.name, populations, request.repetitionsAs),
    administrations: request.administrations ?? 1,
    missingOf: request.onlyMissing === true ? { form, modelId: model.modelId } : null,
  };
  const size = await store.measureSelection(transaction, t, selection);
  const empty = {
    groupId: null,
    model: model.name,
    modelId: model.modelId,
    personas: 0,
    experiments: 0,
    experimentIds: [],
    estimate: { inputTokens: 0, outputTokens: 0, costUsd: 0 },
  };
  if (size.experiments === 0) {
    return selection.missingOf === null
      ? empty
      : { ...empty, groupId: await store.groupFor(transaction, t, form, model, roleOf(request)) };
  }

  const known =
    selection.missingOf === null
      ? await store.alreadyRegistered(transaction, t, selection, form, model)
      : NONE_KNOWN;
  if (known.count > 0 && request.again !== true) {
    throw new UserError(
      `${known.count} of these ${size.experiments} experiments (${store.nameWithSettings(form)} for ${model.name}) are already registered, in group ${known.groups.join(', ')}`,
      {
        code: 'experiments-already-registered',
        hint: 'Run those with "personas run-experiments", or pass --again to register them once more.',
      },
    );
  }
  const perExperiment = measureCalls(instrument, settings);
  const characters =
    size.descriptionCharacters * perExperiment.calls +
    size.experiments *
      ((roleOf(request)?.length ?? 0) * perExperiment.calls + perExperiment.characters);
  const tokens = {
    input: tokensOfText(characters),
    output: size.experiments * perExperiment.outputTokens,
  };
  const summary = {
    model: model.name,
    modelId: model.modelId,
    personas: size.personas,
    experiments: size.experiments,
    estimate: {
      inputTokens: tokens.input,
      outputTokens: tokens.output,
      costUsd: costOf(model, tokens),
    },
  };
  if (dryRun) return { groupId: null, experimentIds: [], ...summary };

  const description =
    request.description ??
    `${nameForm(instrument)} questionnaire for ${model.name} (${populations.join(', ')})`;
  const group = describeGroup(model, form, description, size.experiments > size.personas, request);
  const wanted =
    request.intoGroup ??
    (selection.missingOf === null
      ? null
      : await store.groupFor(transaction, t, form, model, roleOf(request)));
  const groupId =
    wanted === null
      ? await store.insertGroup(transaction, t, group)
      : await intoGroup(transaction, database, wanted, group);
  const experimentIds = await store.insertExperiments(transaction, database, selection, {
    groupId,
    questionnaire: instrument.slug,
    language: instrument.language === 'en' ? 'english' : instrument.language,
    model,
    seed: group.seed,
    repoSha: request.repoSha,
    created: isoWithoutZone(request.now),
    count: size.experiments,
  });
  return { groupId, experimentIds, ...summary };
}

function writerOf(model: ModelEntry, settings: AdministrationSettings): Writer {
  return { name: model.name, maxTokens: parametersIn(model, settings).maxTokens };
}

async function intoGroup(
  transaction: store.Writing,
  { t, schema }: Pick<Database, 't' | 'schema'>,
  groupId: number,
  wanted: store.NewGroup,
): Promise<number> {
  const found = await store.groupStandsFor(transaction, t, groupId);
  if (found === null)
    throw unknownGroups([groupId], schema, await groupIds({ db: transaction, t }));
  const { slug, language, modelName, form } = found;
  const { instrument } = wanted.form;
  const isSame = slug === instrument.slug && form === wanted.form.sha256;
  if (modelName !== wanted.modelName || !isSame) {
    const own =
      slug === null || language === null
        ? 'an unknown questionnaire'
        : nameForm({ slug, language });
    throw new UserError(
      `Group ${groupId} is for ${own} and ${modelName ?? 'an unknown model'}, not for ${store.nameWithSettings(wanted.form)} and ${wanted.modelName}`,
      {
        code: 'group-mismatch',
        hint: 'Omit --group-id to create a new group.',
      },
    );
  }
  return groupId;
}

async function chooseReading(
  transaction: store.Writing,
  t: Database['t'],
  model: string,
  populations: readonly string[],
  asked: store.RepetitionsReading | undefined,
): Promise<store.RepetitionsReading> {
  if (asked !== undefined) return asked;
  const open = await store.ambiguousRepetitions(transaction, t, model, populations);
  if (open === null) return 'count';
  throw new UserError(
    `personas.repetitions is ambiguous: personality ${open.personality} of population "${open.population}" (model ${model}) has ${open.rows} rows with different values. ` +
      `Read as a count, it gives ${open.asCount} experiments; read as the number of the draw, ${open.asDraw}`,
    {
      code: 'repetitions-ambiguous',
      hint: 'Choose with --repetitions-as count or --repetitions-as draw.',
    },
  );
}

async function nothingFound(
  transaction: store.Writing,
  t: Database['t'],
  models: readonly ModelEntry[],
  populations: readonly string[],
): Promise<UserError> {
  // Inside the transaction: the embedded database has one connection, and the transaction has it.
  const there = await store.populationsOf(
    { db: transaction, t },
    models.map((model) => model.name),
  );
  const near =
    populations.map((name) => closest(name, there)).find((name) => name !== null) ?? null;
  const list =
    there.length === 0
      ? 'This model has no personas. Import some with "personas import --table personas FILE.csv".'
      : `Available: ${there.slice(0, 20).join(', ')}.`;
  return new UserError(
    `No persona of ${models.map((model) => model.name).join(', ')} in population ${populations.map((name) => `"${name}"`).join(', ')}`,
    {
      code: 'personas-not-found',
      hint: `${near === null ? '' : `Did you mean "${near}"? `}${list}`,
    },
  );
}

/** Order kept, doubles and blanks dropped. */
function namesOnly(names: readonly string[], what: string): string[] {
  const left = [...new Set(names.map((name) => name.trim()).filter((name) => name !== ''))];
  if (left.length === 0)
    throw new UserError(`No ${what} given`, {
      code: 'option-missing',
      hint: `Pass at least one with --${what}.`,
    });
  return left;
}
