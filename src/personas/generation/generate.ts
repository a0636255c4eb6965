/**
 * Writes personas: one for each sheet, model, condition and draw. It uses the same runner as the
 * administration of questionnaires.
 */

import type { Config } from '../../config/config.ts';
import type { Database } from '../../db/connect.ts';
import { readStudyId } from '../../db/study-id.ts';
import { UserError } from '../../errors.ts';
import type { Instrument } from '../../instruments/instrument.ts';
import { createCatalogue, type ModelEntry, registeredModel } from '../../models/catalogue.ts';
import { costOf } from '../../models/cost.ts';
import { storedParameters } from '../../models/parameters.ts';
import { seedFrom } from '../../models/seed.ts';
import { requirePositive } from '../../numbers.ts';
import { type ModelEstimate, tokensOfText } from '../../runner/budget/estimate.ts';
import { serverNow } from '../../runner/commit/call-store.ts';
import { runTasks } from '../../runner/open-run.ts';
import type { RunOptions } from '../../runner/options.ts';
import type { RunSummary } from '../../runner/tally.ts';
import type { Batch, RecoverableSource, RetryReason, TaskSource } from '../../runner/task.ts';
import type { TaskQueue } from '../../runner/workers/queue.ts';
import { loadVocabulary } from '../demographics/clean.ts';
import { type Condition, conditionDefinition } from '../sheets/conditions.ts';
import { drivenAnswers } from '../sheets/drive.ts';
import { namePopulation } from '../sheets/populations.ts';
import { requireReference } from '../sheets/reference.ts';
import { type Reference, readReferenceSheets, sheetInstrument } from '../sheets/reference-store.ts';
import * as store from './generation-store.ts';
import {
  type GenerationGroup,
  type GenerationTask,
  type GenerationTools,
  type PendingGeneration,
  prepareGeneration,
  REPLY_TOKENS,
  rowOf,
} from './prepare.ts';
import { lengthOfSheet, PERSONA_SYSTEM, personaPrompt } from './prompt.ts';
import type { WrittenPersona } from './reply.ts';

export interface GenerationRequest {
  /** Short names of the catalogue. */
  readonly models: readonly string[];
  readonly conditions: readonly Condition[];
  /** The first draw, from 1. Default 1. */
  readonly startRepetitions?: number;
  /** How many draws. Default 1. */
  readonly repetitions?: number;
  /** Only the first so many sheets. */
  readonly maxPersonas?: number;
  /** Name of the reference population; the schema's own when absent. */
  readonly reference?: string;
  /** Allow what the study itself marks as experimental. */
  readonly experimental?: boolean;
  /** Decides the order of writing and what the simulated model says. */
  readonly seed?: number;
  /** The study's repository state, see `repository.ts`. */
  readonly repoSha: string;
}

/** One model under one condition. */
export interface PlannedPopulation extends ModelEstimate {
  readonly condition: string;
  readonly population: string;
  /** Personas that were asked for. */
  readonly personas: number;
  /** Those of them that are there already. */
  readonly there: number;
}

export interface GenerationOptions extends RunOptions {
  /**
   * Ask only for personas whose last outcome or kind of failure is one of these, refusals included.
   */
  readonly retry?: readonly RetryReason[];
  /** Server time: what was attempted since then is not attempted again. Default: now. */
  readonly startedAt?: Date;
}

/** What became of the writing of personas. */
export interface GenerationResult {
  readonly populations: readonly PlannedPopulation[];
  readonly summary: RunSummary;
}

/**
 * Models whose personas the study's published code guards with `allow_experimental` (in one or both
 * of its versions). Their simulated stand-ins cost nothing and are not guarded.
 */
const EXPERIMENTAL_MODELS: readonly string[] = ['gpt4oold', 'gpt4turbo', 'llama3170B'];
const MOST_DRAWS = 1000;

interface Checked {
  readonly reference: Reference;
  readonly instrument: Instrument;
  readonly models: readonly ModelEntry[];
  readonly draws: store.Draws;
}

/** What would be written; writes nothing and contacts nobody. */
export async function planGeneration(
  database: Database,
  config: Config,
  request: GenerationRequest,
): Promise<PlannedPopulation[]> {
  return planAll(database, await check(database, config, request), request);
}

/**
 * Writes what is wanted and not there, and stores each persona as soon as it is whole. Run again,
 * it continues.
 * @throws UserError when there is no reference population, or what is asked for is experimental and
 *   not allowed
 */
export async function generatePersonas(
  database: Database,
  config: Config,
  request: GenerationRequest,
  options: GenerationOptions = {},
): Promise<GenerationResult> {
  const checked = await check(database, config, request);
  const populations = await planAll(database, checked, request);
  const groups = await register(database, checked, request);
  const scope = {
    groups,
    draws: checked.draws,
    retry: options.retry ?? [],
    startedAt: await serverNow(database),
  };
  const work = await generationWork(database, config, scope);
  return { populations, summary: await runTasks(work, database, config, options) };
}

/**
 * Writes whatever is planned and not there, whoever planned it.
 * @returns null when nothing is
 */
export async function writePendingPersonas(
  database: Database,
  config: Config,
  options: GenerationOptions = {},
): Promise<RunSummary | null> {
  const groups = await store.pendingGroups(database);
  if (groups.length === 0) return null;
  const draws: store.Draws = { maxPersonas: null, from: 1, to: MOST_DRAWS };
  const startedAt = options.startedAt ?? (await serverNow(database));
  return runTasks(
    await generationWork(database, config, {
      groups,
      draws,
      retry: options.retry ?? [],
      startedAt,
    }),
    database,
    config,
    options,
  );
}

async function check(
  database: Database,
  config: Config,
  request: GenerationRequest,
): Promise<Checked> {
  const catalogue = createCatalogue(config.models);
  const models = [...new Set(request.models)].map((name) => catalogue.find(name));
  if (models.length === 0)
    throw new UserError('No model given', {
      code: 'option-missing',
      hint: 'Pass at least one with --model. "personas models" lists all models.',
    });
  if (request.experimental !== true) {
    const guarded = [
      ...request.conditions
        .filter((condition) => condition.experimental)
        .map((condition) => `the condition ${condition.name}`),
      ...models
        .filter((model) => EXPERIMENTAL_MODELS.includes(model.name))
        .map((model) => `the model ${model.name}`),
    ];
    if (guarded.length > 0) {
      throw new UserError(`The study marks ${guarded.join(', ')} as experimental`, {
        code: 'experimental-not-allowed',
        hint: 'Pass --experimental to write these personas nevertheless.',
      });
    }
  }
  const from = requirePositive(request.startRepetitions ?? 1, '--start-repetitions');
  const count = requirePositive(request.repetitions ?? 1, '--repetitions');
  if (count > MOST_DRAWS)
    throw new UserError(`--repetitions ${count} exceeds the maximum of ${MOST_DRAWS}`, {
      code: 'number-invalid',
      hint: 'Pass a smaller number.',
    });
  const maxPersonas =
    request.maxPersonas === undefined
      ? null
      : requirePositive(request.maxPersonas, '--max-personas');
  const reference = await requireReference(database, request.reference ?? null);
  const instrument = await sheetInstrument(database, reference);
  for (const condition of request.conditions) drivenAnswers(condition, instrument);
  return { reference, instrument, models, draws: { from, to: from + count - 1, maxPersonas } };
}

async function planAll(
  database: Database,
  { reference, instrument, models, draws }: Checked,
  request: GenerationRequest,
): Promise<PlannedPopulation[]> {
  const { sheets, questions } = await readReferenceSheets(database, instrument);
  const asked =
    Math.min(sheets.length, draws.maxPersonas ?? sheets.length) * (draws.to - draws.from + 1);
  const characters =
    PERSONA_SYSTEM.length + personaPrompt(instrument).length + lengthOfSheet(questions);
  const planned: PlannedPopulation[] = [];
  for (const model of models) {
    for (const condition of request.conditions) {
      const population = namePopulation(condition, model.name, reference.name);
      const wanted = await store.countWanted(database, population, model.name, draws);
      const tokens = { input: wanted * tokensOfText(characters), output: wanted * REPLY_TOKENS };
      planned.push({
        model: model.name,
        condition: condition.label,
        population,
        personas: asked,
        there: asked - wanted,
        tasks: wanted,
        calls: wanted,
        inputTokens: tokens.input,
        outputTokens: tokens.output,
        costUsd: costOf(model, tokens),
      });
    }
  }
  return planned;
}

/** @returns ids of the groups that hold what is asked for */
async function register(
  database: Database,
  { reference, instrument, models, draws }: Checked,
  request: GenerationRequest,
): Promise<number[]> {
  const { t } = database;
  return database.db.transaction().execute(async (transaction) => {
    await store.holdGenerations(transaction, database.schema);
    const ids: number[] = [];
    for (const model of models) {
      for (const condition of request.conditions) {
        const group = describeGroup(model, condition, { reference, instrument }, request);
        const there = await store.groupOf(transaction, group.population, model.name);
        if (there !== null) refuseOther(there, group, reference);
        const groupId = there?.groupId ?? (await store.insertGroup(transaction, t, group));
        await store.planGenerations(transaction, t, { ...(there ?? group), groupId }, draws);
        ids.push(groupId);
      }
    }
    return ids;
  });
}

function describeGroup(
  model: ModelEntry,
  condition: Condition,
  { reference, instrument }: Pick<Checked, 'reference' | 'instrument'>,
  request: GenerationRequest,
): store.NewGenerationGroup {
  const prompt = personaPrompt(instrument);
  return {
    modelName: model.name,
    provider: model.provider,
    modelId: model.modelId,
    modelLabel: model.label,
    condition,
    population: namePopulation(condition, model.name, reference.name),
    mapped:
      condition.populationTag === null ? model.name : `${condition.populationTag}_${model.name}`,
    display: condition.label,
    reference: reference.name,
    referenceSha256: reference.sha256,
    system: PERSONA_SYSTEM,
    prompt,
    temperature: model.parameters.temperature,
    topP: model.parameters.topP,
    parameters: storedParameters(model),
    seed: request.seed ?? seedFrom([PERSONA_SYSTEM, prompt, model.name]),
    repoSha: request.repoSha,
  };
}

/**
 * A population is one thing: written by one model from one set of sheets. Its wording stays what it
 * was when it was begun.
 */
function refuseOther(
  there: GenerationGroup,
  asked: store.NewGenerationGroup,
  reference: Reference,
): void {
  if (there.referenceSha256 !== reference.sha256) {
    throw new UserError(
      `Population "${there.population}" was written from other sheets than those now in the schema`,
      {
        code: 'sheets-changed',
        hint: 'Use another --schema for the new sheets.',
      },
    );
  }
  const [before, now] = [there, asked].map((one) =>
    JSON.stringify(conditionDefinition(one.condition)),
  );
  if (before !== now) {
    throw new UserError(
      `Population "${there.population}" was started under the condition ${there.condition.name} with another definition than now`,
      {
        code: 'condition-changed',
        hint: 'Give the changed condition another name, or use another --schema.',
      },
    );
  }
  if (there.modelId !== asked.modelId || there.provider !== asked.provider) {
    throw new UserError(
      `Population "${there.population}" was started when ${there.modelName} meant "${there.modelId}" of ${there.provider}; the name now means "${asked.modelId}" of ${asked.provider}`,
      {
        code: 'model-changed',
        hint: 'Give the other model a different short name in the config file, or use another --schema.',
      },
    );
  }
}

async function generationWork(
  database: Database,
  config: Config,
  scope: store.GenerationScope,
): Promise<TaskSource<WrittenPersona, GenerationTask>> {
  const { groups } = scope;
  const shared = await generationTools(database, config);
  const study = await readStudyId(database.db, database.t);
  const tools: GenerationTools = { ...shared, groups: await store.groupsById(database, groups) };
  const prepare = (pending: readonly PendingGeneration[]) =>
    pending.map((one) => prepareGeneration(one, tools));
  return {
    ...recoverableWith(database, shared, study),
    groups,
    count: () => store.countInScope(database, scope),
    countPending: () => store.countPending(database, scope),
    models: async () =>
      [...tools.groups.values()].flatMap((group) => registeredModel(tools.catalogue, group) ?? []),
    groupsOutside: () => store.groupsOutside(database, groups),
    async page(after, size) {
      const { generations, last } = await store.pageOfScope(database, scope, after, size);
      return { tasks: prepare(generations), last };
    },
    load: async (ids) => prepare(await store.loadGenerations(database, scope, ids)),
    store: (batch, settle) => storeWritten(database, batch, settle, study),
    finish: async () => {},
  };
}

/** Personas to be written, as far as it takes to bring in what a journal holds of them. */
export async function recoverableGenerations(
  database: Database,
  config: Pick<Config, 'models'>,
): Promise<RecoverableSource<WrittenPersona, GenerationTask>> {
  const study = await readStudyId(database.db, database.t);
  return recoverableWith(database, await generationTools(database, config), study);
}

function recoverableWith(
  database: Database,
  shared: Omit<GenerationTools, 'groups'>,
  study: string,
): RecoverableSource<WrittenPersona, GenerationTask> {
  return {
    queue: 'personas',
    async loadAny(ids) {
      const generations = await store.generationsById(database, ids);
      const groups = await store.groupsById(database, [
        ...new Set(generations.map((one) => one.groupId)),
      ]);
      return generations.map((one) => prepareGeneration(one, { ...shared, groups }));
    },
    storedCalls: (ids) => store.storedCalls(database, ids),
    storeRecovered: (batch) => storeWritten(database, batch, async () => {}, study),
  };
}

function storeWritten(
  database: Database,
  batch: Batch<WrittenPersona, GenerationTask>,
  settle: TaskQueue['settle'],
  study: string,
): Promise<Set<number>> {
  const vocabulary = loadVocabulary();
  const personaOf = (task: GenerationTask, written: WrittenPersona) =>
    rowOf(task, written, vocabulary);
  return store.storeBatch(database, batch, settle, personaOf, vocabulary.sha256, study);
}

async function generationTools(
  database: Database,
  config: Pick<Config, 'models'>,
): Promise<Omit<GenerationTools, 'groups'>> {
  const instrument = await sheetInstrument(database, await requireReference(database, null));
  const { sheets, questions } = await readReferenceSheets(database, instrument);
  return {
    catalogue: createCatalogue(config.models),
    sheets: new Map(sheets.map((sheet) => [sheet.personalityId, sheet])),
    questions,
    instrument,
  };
}
