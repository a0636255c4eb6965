/**
 * The tables that make up a study, as they travel: every one of the schema but the bookkeeping of
 * migrations.
 */
import type { RelationName } from '../db/schema/tables.ts';

/** Name of the file that says what the files of a dataset are. */
export const ABOUT_FILE = 'dataset.json';

/** Rows that others refer to come first. */
export const STUDY_TABLES = [
  'reference_questionnaires',
  'random_questionnaires',
  'personas',
  'experiments_groups',
  'experiments_list',
  'eval_questionnaires',
  'questionnaire',
  'experiment_request_metadata',
  'instruments',
  'model_labels',
  'group_details',
  'experiment_details',
  'call_bytes',
  'persona_details',
  'persona_texts',
  'reference_population',
  'populations',
  'generation_groups',
  'generations',
  'generation_request_metadata',
  'generation_call_bytes',
  'pipeline_file',
  'design_freeze',
  'instrument_items',
  'scales',
  'scale_items',
  'scale_parts',
  'group_factors',
  'item_states',
  'item_probabilities',
  'administration_calls',
  'scores',
  'persona_columns',
  'reply_texts',
  'sheet_answers',
] as const satisfies readonly RelationName[];

/** A table that belongs to a dataset. */
export type StudyTable = (typeof STUDY_TABLES)[number];

/**
 * Which migrations a schema has gone through, what may be spent in it and who works on it is true
 * of that schema alone.
 */
export const BOOKKEEPING: readonly string[] = [
  'alembic_version',
  'personas_migration',
  'personas_migration_lock',
  'study_identity',
  'study_budget',
  'budget_shares',
  'workers',
];

export function isStudyTable(name: string): name is StudyTable {
  return (STUDY_TABLES as readonly string[]).includes(name);
}
