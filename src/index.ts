/**
 * The library: what `import … from 'personality-trap'` offers. A study is opened with `openStudy` and given to every other function first.
 */

export type { Closed } from './asking/closures.ts';
export type { ModelEstimate } from './asking/estimate.ts';
export type { Waiting } from './asking/places.ts';
export type { FailureKind } from './asking/policy.ts';
export type { FailureCount, RunProgress, RunSummary, RunWarning } from './asking/run.ts';
export type { Outcome, RetryReason } from './asking/task.ts';
export type { ConfigValues } from './config.ts';
export type { RowOrigin } from './database/schema.ts';
export type { DataOrigin, ExportedFile, ExportResult } from './dataset/export.ts';
export type { Finding } from './dataset/findings-store.ts';
export type { PersonaImport, PersonaRecord } from './dataset/import.ts';
export type { ImportMode, ImportOptions, ImportProgress, ImportResult, LoadedTable } from './dataset/load.ts';
export type { StudyTable } from './dataset/tables.ts';
export { type ExitCode, ProviderError, type ProviderErrorKind, UserError } from './errors.ts';
export type { PilotCell } from './experiments/pilot-store.ts';
export type { RunPlan } from './experiments/plan.ts';
export type { RegisteredGroup } from './experiments/register.ts';
export type { AnswerOption, Instrument, Item } from './instruments/instrument.ts';
export { type AnalysisResult, type AnalyzeOptions, analyze, type ResultFigure, type ResultTable } from './library/analysis.ts';
export type { AskingOptions } from './library/asking.ts';
export { type ExportOptions, exportDataset, importDataset } from './library/dataset.ts';
export {
  type PilotOptions,
  planRegistration,
  planRun,
  type Registration,
  type RegistrationRequest,
  type RunOptions,
  type RunScope,
  registerQuestionnaireExperiments,
  runPendingExperiments,
  runPilot,
} from './library/experiments.ts';
export { findInstrument, type InstrumentDefinition, listInstruments, loadInstrument, scoreAnswers } from './library/instruments.ts';
export {
  type GenerationOptions,
  type GenerationRequest,
  generatePersonas,
  importPersonas,
  planGeneration,
  type ReferenceOptions,
  type ReferencePopulation,
  seedReference,
} from './library/personas.ts';
export {
  type CallRow,
  type ExperimentDossier,
  type GroupRow,
  listAnswers,
  listAnswersWide,
  listExperiments,
  listGroups,
  listPersonas,
  listScores,
  listSheetAnswers,
  listSheetScores,
  query,
  type SheetAnswerRow,
  type SheetScoreRow,
  showExperiment,
  type WideRow,
  type WideSelection,
} from './library/results.ts';
export type {
  AboutExperiment,
  AnswerRow,
  ExperimentRow,
  ExperimentSelection,
  PersonaRow,
  PersonaSelection,
  ScoreRow,
} from './library/results-store.ts';
export { type OpenOptions, openStudy, type Setting, type Study } from './library/study.ts';
export type { GenerationResult, PlannedPopulation } from './personas/generate.ts';
export type { Timing } from './providers/limits/timing.ts';
export type { ModelEntry, Price, RequestParameters } from './providers/models.ts';
export type {
  Allowance,
  CallResult,
  Completion,
  CompletionRequest,
  Exchange,
  Provider,
  RateLimit,
  StopReason,
  Usage,
} from './providers/provider.ts';
export type { AnalysisSettings, Difference } from './report/analysis.ts';
export type { Interval } from './statistics/interval.ts';
export type { Remainder } from './statistics/remainder.ts';
export type { CellForecast, Forecast, Pilot } from './study/pilot.ts';
export type { Cell, TableId } from './tables/table.ts';
