/** Runs pending experiments: what is asked, and what becomes of the answers. */

import { type AdministrationSettings, administration } from '../administration/settings.ts';
import type { Config } from '../config/config.ts';
import type { Database } from '../db/connect.ts';
import { groupIds, unknownGroups } from '../db/groups.ts';
import { storedInstruments } from '../db/instruments/instrument-store.ts';
import { readStudyId } from '../db/study-id.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { builtInWordings, knownInstrument, parseInstrument } from '../instruments/load.ts';
import { createCatalogue, registeredModel } from '../models/catalogue.ts';
import { serverNow } from '../runner/commit/call-store.ts';
import { runTasks } from '../runner/open-run.ts';
import type { RunOptions } from '../runner/options.ts';
import type { RunSummary } from '../runner/tally.ts';
import type { RecoverableSource, RetryReason, TaskSource } from '../runner/task.ts';
import { requireRoomForReplies } from './abilities.ts';
import type { PreparationTools } from './administration/prepare.ts';
import type { AnsweredSheet, RegisteredExperiment, RunnableExperiment } from './experiment.ts';
import { requireFrozenRequests } from './frozen-store.ts';
import { prepareAll } from './prepare-all.ts';
import { PreparedPage } from './prepared-page.ts';
import * as store from './run-store.ts';

export interface ExperimentRunOptions extends RunOptions {
  /** Groups by id; all groups when absent. */
  readonly groups?: readonly number[];
  readonly order?: 'shuffled' | 'registered';
  /** Run what has succeeded once more; the old answers stay until the new ones are committed. */
  readonly rerun?: boolean;
  /**
   * Run only experiments whose last outcome or kind of failure is one of these, refusals included.
   */
  readonly retry?: readonly RetryReason[];
  readonly rejectUniform?: boolean;
  /** Server time: what was attempted since then is not attempted again. Default: now. */
  readonly startedAt?: Date;
  /** Nothing but these experiments. */
  readonly only?: readonly number[];
}

/**
 * @param database opened, its schema current
 * @throws UserError for a group that does not exist or a limit that makes no sense
 */
export async function runPendingExperiments(
  database: Database,
  config: Config,
  options: ExperimentRunOptions = {},
): Promise<RunSummary> {
  const scope = await scopeOf(database, options);
  await store.backfillDetails(database);
  await requireFrozenRequests(database, scope.groups);
  const tools = await readingTools(database, config, options);
  await requireRoomForReplies(database, config, scope, tools);
  const study = await readStudyId(database.db, database.t);
  const prepare = (rows: readonly RegisteredExperiment[]) => prepareAll(database, rows, tools);
  const offered = new PreparedPage(tools);
  const work: TaskSource<AnsweredSheet, RunnableExperiment> = {
    ...recoverableWith(database, tools, study),
    instruments: await instrumentsOf(database),
    groups: scope.groups,
    count: () => store.countInScope(database, scope),
    countPending: () => store.countPending(database, scope),
    models: async () =>
      (await store.modelsInScope(database, scope)).flatMap(
        (one) => registeredModel(tools.catalogue, one) ?? [],
      ),
    groupsOutside: () => store.groupsOutside(database, scope.groups),
    async page(after, size) {
      const { experiments, last } = await store.pageOfScope(
        database,
        scope,
        options.order ?? 'shuffled',
        after,
        size,
      );
      const tasks = await prepare(experiments);
      offered.keep(experiments, tasks);
      return { tasks, last };
    },
    async load(ids) {
      const versions = await store.versionsInScope(database, scope, ids);
      const kept = offered.take(versions);
      const known = new Set(kept.map((one) => (one.runnable ? one.task.id : one.id)));
      const others = [...versions.keys()].filter((id) => !known.has(id));
      return others.length === 0
        ? kept
        : [...kept, ...(await prepare(await store.experimentsById(database, others)))];
    },
    store: (batch, settle) => store.storeBatch(database, settle, batch, scope, study),
    finish: () => store.refreshGroupFlags(database, scope.groups),
  };
  return runTasks(work, database, config, options);
}

/** Experiments, as far as it takes to bring in what a journal holds of them. */
export async function recoverableExperiments(
  database: Database,
  config: Pick<Config, 'models'>,
): Promise<RecoverableSource<AnsweredSheet, RunnableExperiment>> {
  const study = await readStudyId(database.db, database.t);
  return recoverableWith(database, await readingTools(database, config, {}), study);
}

function recoverableWith(
  database: Database,
  tools: PreparationTools,
  study: string,
): RecoverableSource<AnsweredSheet, RunnableExperiment> {
  const scope: store.RunScope = {
    groups: null,
    rerun: false,
    retry: [],
    startedAt: new Date(0),
    only: null,
  };
  return {
    queue: 'experiments',
    loadAny: async (ids) => prepareAll(database, await store.experimentsById(database, ids), tools),
    storedCalls: (ids) => store.storedCalls(database, ids),
    storeRecovered: (batch) => store.storeBatch(database, async () => {}, batch, scope, study),
  };
}

/** @throws UserError naming the groups that do not exist */
export async function scopeOf(
  database: Database,
  options: ExperimentRunOptions,
): Promise<store.RunScope> {
  const groups = options.groups === undefined ? null : [...new Set(options.groups)];
  await requireGroups(database, groups);
  return {
    groups,
    rerun: options.rerun ?? false,
    retry: options.retry ?? [],
    startedAt: options.startedAt ?? (await serverNow(database)),
    only: options.only ?? null,
  };
}

/** @throws UserError naming the groups that do not exist */
export async function requireGroups(
  database: Database,
  groups: readonly number[] | null,
): Promise<void> {
  if (groups === null) return;
  const missing = await store.missingGroups(database, groups);
  if (missing.length > 0) throw unknownGroups(missing, database.schema, await groupIds(database));
}

/** The catalogue and the instruments that stored experiments refer to. */
export async function readingTools(
  database: Database,
  config: Pick<Config, 'models'>,
  options: Pick<ExperimentRunOptions, 'rejectUniform'>,
): Promise<PreparationTools> {
  const stored = await storedInstruments(database);
  const read = new Map<string, Instrument>();
  const instrumentOf = (row: RegisteredExperiment): Instrument | null => {
    if (row.details === null)
      return row.questionnaire === null ? null : knownInstrument(row.questionnaire);
    const { instrumentSha256: key } = row.details;
    let instrument = read.get(key);
    if (instrument === undefined) {
      instrument = parseInstrument(
        stored.get(key) ?? '',
        `the stored instrument ${key.slice(0, 8)}`,
      );
      read.set(key, instrument);
    }
    return instrument;
  };
  const settings = new Map<string, AdministrationSettings>();
  const settingsOf = ({ details }: RegisteredExperiment): AdministrationSettings => {
    const key = JSON.stringify(details?.administration ?? {});
    const known = settings.get(key) ?? administration.parse(JSON.parse(key));
    settings.set(key, known);
    return known;
  };
  return {
    catalogue: createCatalogue(config.models),
    instrumentOf,
    settingsOf,
    rejectUniform: options.rejectUniform ?? false,
  };
}

/** The study's own instruments, then the built-in ones. */
async function instrumentsOf(database: Database): Promise<() => readonly Instrument[]> {
  const stored = await storedInstruments(database);
  return () => [
    ...[...stored].map(([key, definition]) =>
      parseInstrument(definition, `the stored instrument ${key.slice(0, 8)}`),
    ),
    ...builtInWordings(),
  ];
}
