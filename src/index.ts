/** The library's face. */

export type { RunProgress, RunSummary, RunWarning } from './asking/run.ts';
export { type Config, type ConfigFlags, loadConfig } from './config.ts';
export { connect, type Database, open, openMigrated } from './database/connect.ts';
export { type ExportOptions, type ExportResult, exportDataset } from './dataset/export.ts';
export { importPersonas, type PersonaImport } from './dataset/import.ts';
export { type ImportOptions, type ImportResult, importDataset } from './dataset/load.ts';
export { ProviderError, type ProviderErrorKind, UserError } from './errors.ts';
export { planRun, type RunPlan } from './experiments/plan.ts';
export {
  createExperimentGroup,
  planRegistration,
  type RegisteredGroup,
  type RegistrationRequest,
  type RegistrationResult,
  registerQuestionnaireExperiments,
} from './experiments/register.ts';
export { type RunOptions, runPendingExperiments } from './experiments/run.ts';
export type { AnswerOption, Answers, Instrument, Item, Scores } from './instruments/instrument.ts';
export { findInstrument, loadInstrument } from './instruments/load.ts';
export { parseReply } from './instruments/parse.ts';
export { scoreAnswers, scoreItem } from './instruments/score.ts';
export {
  type GenerationOptions,
  type GenerationRequest,
  type GenerationResult,
  generatePersonas,
  type PlannedPopulation,
  planGeneration,
} from './personas/generate.ts';
export { type BroughtSheets, type SeededReference, seedReference } from './personas/reference.ts';
export { type Condition, findCondition } from './personas/sheets/conditions.ts';
export { type Catalogue, createCatalogue, type ModelEntry } from './providers/models.ts';
export type { CallResult, Completion, CompletionRequest, Provider } from './providers/provider.ts';
export type { Analysis } from './report/analysis.ts';
export { type AnalysisOptions, analyzeStudy, computeTables, type StudyTables, writeAnalysis } from './study/analyze.ts';
export { type PipelineResult, type PlannedStep, planStudy, runStudy } from './study/pipeline.ts';
export { readStudy, type Study } from './study/study-file.ts';
export type { Table } from './tables/table.ts';
