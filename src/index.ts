/**
 * The library: what `import … from 'personality-trap'` offers. A study is opened with `openStudy`
 * and given to every other function first.
 */

export type { BoundOrigin, ChosenBounds } from './analysis/corrected/bounds.ts';
export type {
  AnalysisPlan,
  Bound,
  Bounds,
  ComparedFactor,
  PlannedClaim,
} from './analysis/plan.ts';
export type { Cell } from './analysis/table.ts';
export {
  type AnalysisResult,
  type AnalyzeOptions,
  analyze,
  type ResultFigure,
  type ResultTable,
} from './api/analysis.ts';
export { type ExportOptions, exportDataset, importDataset } from './api/dataset.ts';
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
} from './api/experiments.ts';
export {
  type AnswerSetDefinition,
  findInstrument,
  type InstrumentDefinition,
  type ItemDefinition,
  listInstruments,
  loadInstrument,
  type ScaleDefinition,
  type ScaleMembers,
  type SimpleInstrumentDefinition,
  scoreAnswers,
} from './api/instruments.ts';
export {
  type GenerationOptions,
  type GenerationRequest,
  generatePersonas,
  importPersonas,
  planGeneration,
  type ReferenceOptions,
  type ReferencePopulation,
  seedReference,
} from './api/personas.ts';
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
} from './api/results.ts';
export type {
  AboutExperiment,
  AnswerRow,
  ExperimentRow,
  ExperimentSelection,
  PersonaRow,
  PersonaSelection,
  ScoreRow,
} from './api/results-store.ts';
export { type OpenOptions, openStudy, type Setting, type Study } from './api/study.ts';
export type { Timing } from './clock.ts';
export type { ConfigValues } from './config/load.ts';
export type { DataOrigin, ExportedFile, ExportResult } from './dataset/export/export.ts';
export type { Finding } from './dataset/import/findings-store.ts';
export type {
  ImportMode,
  ImportOptions,
  ImportProgress,
  ImportResult,
  LoadedTable,
} from './dataset/import/load.ts';
export type { PersonaImport, PersonaRecord } from './dataset/import/personas.ts';
export type { StudyTable } from './dataset/tables.ts';
export type { RowOrigin } from './db/schema/tables.ts';
export { type ExitCode, ProviderError, type ProviderErrorKind, UserError } from './errors.ts';
export type { PilotCell } from './experiments/pilot-store.ts';
export type { RunPlan } from './experiments/plan.ts';
export type { RegisteredGroup } from './experiments/registration/register.ts';
export type {
  AnswerForm,
  Asked,
  AskedBlock,
  AskedItem,
  AskedOption,
  Elicitation,
} from './instruments/asked/asked.ts';
export type { Instrument, Norm } from './instruments/instrument.ts';
export type {
  AnswerOption,
  AnswerSet,
  Block,
  Item,
  NumberFormat,
  PointRange,
  Scale,
  ScaleItem,
  ScalePart,
  ScoreRule,
} from './instruments/structure.ts';
export type { ModelEntry, Price, RequestParameters } from './models/catalogue.ts';
export type { GenerationResult, PlannedPopulation } from './personas/generation/generate.ts';
export type { Aim, ConditionDefinition, Drive } from './personas/sheets/conditions.ts';
export type {
  Allowance,
  CallResult,
  Completion,
  CompletionRequest,
  Exchange,
  JsonSchema,
  Provider,
  RateLimit,
  StopReason,
  TokenLogprob,
  Turn,
  Usage,
} from './providers/provider.ts';
export type { AnalysisSettings, Difference } from './report/analysis.ts';
export type { StudyTableId, TableId } from './report/tables/tables.ts';
export type { ModelEstimate } from './runner/budget/estimate.ts';
export type { Closed } from './runner/closures.ts';
export type { AskingOptions } from './runner/options.ts';
export type { FailureKind } from './runner/retry-policy.ts';
export type { Waiting } from './runner/slots.ts';
export type { FailureCount, RunProgress, RunSummary, RunWarning } from './runner/tally.ts';
export type { Outcome, RetryReason } from './runner/task.ts';
export type { Interval } from './statistics/interval.ts';
export type { Remainder } from './statistics/remainder.ts';
export type { CellForecast, Forecast, Pilot } from './studies/pilot.ts';
