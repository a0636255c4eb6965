/** The analysis of a schema: rows in, tables, report and files out. */
import { setImmediate as others } from 'node:timers/promises';
import type { StudyData } from '../analysis/data.ts';
import { loadStudy } from '../analysis/data-store.ts';
import {
  type AnalysisPlan,
  type Bounds,
  DEFAULT_PERSON_SHARE,
  DEFAULT_PLAN,
  storedPlan,
} from '../analysis/plan.ts';
import { readProvenance } from '../analysis/provenance-store.ts';
import { readQuality } from '../analysis/quality/quality-store.ts';
import type { Mode, Table } from '../analysis/table.ts';
import { type Config, providerSection } from '../config/config.ts';
import type { Database } from '../db/connect.ts';
import { defined } from '../defined.ts';
import { messagesOf, replyIn } from '../experiments/conversation.ts';
import { beyondFreeze, findFreeze } from '../experiments/frozen-store.ts';
import { exchangesOfExperiment } from '../experiments/status/exchanges-store.ts';
import { jsonOrText } from '../experiments/stored-reply.ts';
import { createCatalogue } from '../models/catalogue.ts';
import { version } from '../package-info.ts';
import {
  type Analysis,
  type AnalysisSettings,
  type ExampleAdministration,
  hasPublishedDesign,
} from '../report/analysis.ts';
import { findDifferences } from '../report/differences.ts';
import { figures, writeFigures } from '../report/figures/index.ts';
import { renderReport } from '../report/page/index.ts';
import { writeTableFiles } from '../report/tables/files.ts';
import {
  correctedInTurn,
  publishedTables,
  TABLE_IDS,
  type TableId,
  type Turn,
} from '../report/tables/tables.ts';
import { writeWholeFile } from '../report/write-atomic.ts';
import { DEFAULT_PRECISION } from '../simulator/instrument.ts';
import { findStudy } from './pipeline-store.ts';

const REPORT = 'report.html';

export interface AnalysisOptions {
  /** In points of every scale, in place of what the study file says. */
  readonly equivalenceBound?: number;
  readonly personBound?: number;
  /** Of the design as the study file has it now; see `designHash`. */
  readonly designToday?: string;
  /** Only these experiment groups. */
  readonly groups?: readonly number[];
  /** Which kind of rows; see `loadStudy`. */
  readonly rows?: 'real' | 'simulated';
  readonly tables?: readonly TableId[];
  /** Where it is left out: corrected, and as published where the study has the published design. */
  readonly mode?: Mode;
  /** Told of what is being done. */
  readonly onStep?: (step: string) => void;
  /** Told before each corrected table. */
  readonly onTable?: (turn: Turn) => void;
}

/** Tables of a schema in both modes, with the rows they were computed from. */
export interface StudyTables {
  readonly study: StudyData;
  readonly settings: AnalysisSettings;
  readonly published: readonly Table[];
  readonly corrected: readonly Table[];
}

/** @throws UserError when a group that is named does not exist */
export async function computeTables(
  database: Database,
  config: Config,
  options: AnalysisOptions = {},
): Promise<StudyTables> {
  options.onStep?.('Reading the answers…');
  const input = await readForTables(database, config, options);
  options.onStep?.('Computing the tables…');
  return await tablesOf(input, config, options);
}

/** What tables are computed from. */
type TablesInput = Pick<StudyTables, 'study' | 'settings'>;

async function readForTables(
  database: Database,
  config: Config,
  options: AnalysisOptions,
): Promise<TablesInput> {
  return {
    settings: chooseSettings(await findPlan(database), options),
    study: await readStudyRows(database, config, options),
  };
}

/** Stops before each corrected table, so that other work of the process goes on meanwhile. */
async function tablesOf(
  { study, settings }: TablesInput,
  config: Config,
  { tables: ids = TABLE_IDS, mode: chosen, onTable }: AnalysisOptions,
): Promise<StudyTables> {
  const mode = chosen ?? (hasPublishedDesign(study) ? undefined : 'corrected');
  const setReliability =
    providerSection(config, 'simulated').reliability ?? DEFAULT_PRECISION.reliability;
  return {
    ...{ study, settings },
    corrected:
      mode === 'published'
        ? []
        : await inTurns(correctedInTurn(study, { ...settings, ids, setReliability }), onTable),
    published: mode === 'corrected' ? [] : publishedTables(study, ids),
  };
}

async function inTurns<T>(
  turns: Generator<Turn, T>,
  onTable: (turn: Turn) => void = () => {},
): Promise<T> {
  let turn = turns.next();
  while (turn.done !== true) {
    onTable(turn.value);
    await others();
    turn = turns.next();
  }
  return turn.value;
}

function readStudyRows(
  database: Database,
  config: Config,
  { groups, rows }: AnalysisOptions = {},
): Promise<StudyData> {
  const catalogue = createCatalogue(config.models);
  return loadStudy(database, {
    ...defined({ groups, rows }),
    models: catalogue.list().map(({ name, modelId, label }) => ({
      name,
      modelId,
      label,
      isLabelChosen: isLabelChosen(config, name),
    })),
  });
}

function isLabelChosen({ models }: Config, name: string): boolean {
  const entry = models[name];
  return typeof entry === 'object' && entry !== null && 'label' in entry;
}

/**
 * Everything that the report shows.
 * @throws UserError when a group that is named does not exist
 */
export async function analyzeStudy(
  database: Database,
  config: Config,
  options: AnalysisOptions = {},
): Promise<Analysis> {
  options.onStep?.('Reading the answers…');
  const input = await readForTables(database, config, options);
  options.onStep?.('Computing the tables and checking the data…');
  // A server answers about the data while the tables are computed here.
  const [tables, facts] = await Promise.all([
    tablesOf(input, config, options),
    readFacts(database, input.study, options),
  ]);
  return { ...tables, ...facts, differences: findDifferences(tables.published, tables.corrected) };
}

/** What the report says of the study besides its tables. */
async function readFacts(
  database: Database,
  study: StudyData,
  { groups, designToday }: AnalysisOptions,
): Promise<Pick<Analysis, 'provenance' | 'quality' | 'example'>> {
  const freeze = await findFreeze(database);
  return {
    provenance: await readProvenance(database, {
      programVersion: version,
      rows: study.dataOrigin === 'simulated' ? 'simulated' : 'real',
      models: study.models,
      ...defined({ designToday, groups }),
      beyondFreeze: freeze === null ? [] : await beyondFreeze(database, freeze, groups ?? null),
    }),
    quality: await readQuality(database, study, defined({ groups })),
    example: await findExample(database, study),
  };
}

/** The first administration of the first form that succeeded in a call that is stored. */
async function findExample(
  database: Database,
  { answered }: StudyData,
): Promise<ExampleAdministration | null> {
  for (const { questionnaire, administrations } of answered) {
    const first = administrations.find(({ succeeded }) => succeeded === true);
    const calls = first && (await exchangesOfExperiment(database, first.experimentId));
    const call = calls?.findLast(({ response_text: text }) => text !== null);
    if (first === undefined || call === undefined) continue;
    const reply = replyIn(jsonOrText(call.response_text ?? ''));
    if (reply === null) continue;
    const { experimentId, model, population } = first;
    return {
      experimentId,
      model: model.label,
      condition: population.display,
      questionnaire: questionnaire.label,
      messages: messagesOf(jsonOrText(call.request_text ?? '')),
      reply,
    };
  }
  return null;
}

/**
 * Writes tables, figures and the report.
 * @returns files written, relative to the folder
 * @throws UserError when the folder cannot be written
 */
export function writeAnalysis(folder: string, analysis: Analysis, now: Date): string[] {
  const drawn = figures(analysis);
  const files = [...writeTableFiles(folder, analysis), ...writeFigures(folder, drawn)];
  return [...files, writeWholeFile(folder, REPORT, renderReport(analysis, { now, drawn }))];
}

/** Null for a schema that no pipeline made. */
async function findPlan(database: Database): Promise<AnalysisPlan | null> {
  const stored = await findStudy(database);
  if (stored === null) return null;
  const { analysis } = JSON.parse(stored.content) as { readonly analysis?: unknown };
  return storedPlan(analysis);
}

/** @param ofStudy null for a schema that no study file made */
export function chooseSettings(
  ofStudy: AnalysisPlan | null,
  { equivalenceBound, personBound }: AnalysisOptions = {},
): AnalysisSettings {
  const plan = ofStudy ?? DEFAULT_PLAN;
  const isNew = (given: number | undefined, planned: Bounds | undefined): given is number =>
    given !== undefined && given !== planned;
  const planned = ofStudy === null ? 'default' : 'study file';
  return {
    plan,
    ...(isNew(equivalenceBound, plan.equivalence_bound)
      ? { equivalenceBound, boundOrigin: 'analysis' }
      : { equivalenceBound: plan.equivalence_bound, boundOrigin: planned }),
    ...(isNew(personBound, plan.person_bound)
      ? { personBound, personBoundOrigin: 'analysis' }
      : { personBound: plan.person_bound ?? null, personBoundOrigin: planned }),
    personShare: plan.person_share ?? DEFAULT_PERSON_SHARE,
  };
}
