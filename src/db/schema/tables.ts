/**
 * What the tables hold, for the compiler. Published tables first (see `published.ts`), ours after
 * them.
 */
import type { Generated } from 'kysely';

interface PersonasTable {
  id: Generated<number>;
  ref_personality_id: number | null;
  population: string | null;
  model: string | null;
  name: string | null;
  age: number | null;
  gender_original: string | null;
  gender: string | null;
  race_original: string | null;
  race: string | null;
  sexual_orientation_original: string | null;
  sexual_orientation: string | null;
  ethnicity: string | null;
  religious_belief_original: string | null;
  religious_belief: string | null;
  occupation_original: string | null;
  occupation: string | null;
  political_orientation_original: string | null;
  political_orientation: string | null;
  location_original: string | null;
  location: string | null;
  description: string | null;
  word_count_description: number | null;
  repetitions: number | null;
  model_print: string | null;
  population_print: string | null;
}

interface ExperimentsGroupsTable {
  experiments_group_id: Generated<number>;
  created: Generated<string | null>;
  description: string | null;
  system_role: string | null;
  base_prompt: string | null;
  concluded: boolean | null;
  processed: boolean | null;
  translated: boolean | null;
  temperature: number | null;
  top_p: number | null;
  ii_repeated: boolean | null;
}

interface ExperimentsListTable {
  experiment_id: Generated<number>;
  experiments_group_id: number | null;
  repeated: number | null;
  created: Generated<string | null>;
  questionnaire: string | null;
  language_instructions: string | null;
  language_questionnaire: string | null;
  model_provider: string | null;
  model: string | null;
  population: string | null;
  personality_id: number | null;
  succeeded: boolean | null;
  llm_explanation: string | null;
  repo_sha: string | null;
}

interface EvalQuestionnairesTable {
  id: Generated<number>;
  experiment_id: number | null;
  question_number: number | null;
  answer: number | null;
}

interface QuestionnaireTable {
  id: Generated<number>;
  language_questionnaire: string | null;
  question_number: number | null;
  questionnaire: string;
  category: string | null;
  key: number | null;
  question: string | null;
  reverse: boolean | null;
}

interface ExperimentRequestMetadataTable {
  id: Generated<number>;
  created: Generated<Date>;
  experiment_id: number | null;
  request_json: unknown;
  response_json: unknown;
  request_metadata: unknown;
}

/**
 * Where a row came from: made here by a model, made here by the simulated respondent, or brought by
 * import.
 */
export type RowOrigin = 'model' | 'simulated' | 'imported';

interface InstrumentsTable {
  sha256: string;
  slug: string;
  language: string;
  title: string;
  answer_min: number;
  answer_max: number;
  scoring: 'sum' | 'mean';
  definition: string;
}

interface ModelLabelsTable {
  model: string;
  label: string;
}

interface GroupDetailsTable {
  experiments_group_id: number;
  instrument_sha256: string;
  /** Short name in the catalogue at registration. */
  model_name: string;
  /** What is sent besides the published temperature and top_p. */
  parameters: unknown;
  /** Seed of the order of its experiments and of the simulated respondent. */
  seed: number;
}

interface ExperimentDetailsTable {
  experiment_id: number;
  persona_id: number | null;
  shuffle_key: number;
  origin: RowOrigin;
  last_outcome: string | null;
  /** What was wrong, in the words of the retry policy: `timeout`, `content_filter`. */
  last_kind: string | null;
  last_reason: string | null;
  attempts: Generated<number>;
  last_attempt_at: Date | null;
  uniform: boolean | null;
}

interface CallBytesTable {
  request_metadata_id: number;
  request_gzip: Uint8Array;
  response_gzip: Uint8Array | null;
}

interface PersonaDetailsTable {
  persona_id: number;
  origin: RowOrigin;
  source: string | null;
  vocabulary_sha256: string | null;
}

interface PersonaTextsTable {
  persona_id: number;
  column_name: string;
  full_text: string;
}

interface ReferencePopulationTable {
  name: string;
  origin: 'synthetic' | 'imported';
  source: string | null;
  /** What whoever brought people's answers says about being allowed to. */
  ethics_note: string | null;
  seed: number | null;
  sheets: number;
  /** Slug of the instrument that the sheets are answers to. */
  instrument: string;
  /** Of the sheets, see `hashSheets`. */
  sha256: string;
  created_at: Generated<Date>;
}

interface GenerationGroupsTable {
  generation_group_id: Generated<number>;
  model_name: string;
  model_provider: string;
  model: string;
  condition: string;
  population: string;
  reference: string;
  reference_sha256: string;
  system_role: string;
  prompt: string;
  temperature: number | null;
  top_p: number | null;
  parameters: unknown;
  seed: number;
  repo_sha: string | null;
}

export interface Tables {
  personas: PersonasTable;
  experiments_groups: ExperimentsGroupsTable;
  experiments_list: ExperimentsListTable;
  eval_questionnaires: EvalQuestionnairesTable;
  questionnaire: QuestionnaireTable;
  experiment_request_metadata: ExperimentRequestMetadataTable;
  instruments: InstrumentsTable;
  model_labels: ModelLabelsTable;
  group_details: GroupDetailsTable;
  experiment_details: ExperimentDetailsTable;
  call_bytes: CallBytesTable;
  persona_details: PersonaDetailsTable;
  persona_texts: PersonaTextsTable;
  reference_population: ReferencePopulationTable;
  generation_groups: GenerationGroupsTable;
}

/** Every relation that raw SQL may name. */
export type RelationName =
  | keyof Tables
  | 'reference_questionnaires'
  | 'populations'
  | 'generations'
  | 'generation_request_metadata'
  | 'generation_call_bytes'
  | 'pipeline_file'
  | 'study_identity'
  | 'study_budget'
  | 'budget_shares'
  | 'workers'
  | 'random_questionnaires'
  | 'label_population'
  | 'scored_answers'
  | 'experiments_evals'
  | 'personas_migration';
