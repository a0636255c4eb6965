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
  /** Null where items have different answers, as `scoring` is where scales have different rules. */
  answer_min: number | null;
  answer_max: number | null;
  scoring: 'sum' | 'mean' | null;
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
  /** Seed of the order of items and answers and of typing errors; null in earlier versions. */
  draw_seed: number | null;
  /** Hash of the wording and of all that varies how it is asked, see `hashOfForm`. */
  form_sha256: string | null;
  /** Settings of the administration that are not the default ones. */
  administration: Generated<unknown>;
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
  /** Item numbers in the order asked, where it is another than the published one. */
  item_order: number[] | null;
  /** Values of each answer set in the order shown, likewise. */
  option_order: unknown;
  /** Some item has no answer, within the rules of its scales. */
  partial: boolean | null;
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
  /** Hash of its wording; null where another program stored the sheets. */
  instrument_sha256: string | null;
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
  /** Of a condition of one's own, see `ConditionDefinition`; null for the program's. */
  condition_definition: unknown;
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

/** See `Item` and `Scale` in `src/instruments/instrument.ts`. */
interface InstrumentItemsTable {
  sha256: string;
  question_number: number;
  item_id: string;
  scale: string | null;
  key: number | null;
  reverse: boolean;
  low: number | null;
  high: number | null;
  points: unknown;
}

interface ScalesTable {
  sha256: string;
  scale: string;
  /** From 0, in the order of the file. */
  place: number;
  name: string;
  score: 'sum' | 'mean' | 'max' | 'count';
  most_missing: number;
  prorate: boolean;
  centred: boolean;
  /** Of all that decides the score, see `hashOfRule`. */
  rule_sha256: string;
}

interface ScaleItemsTable {
  sha256: string;
  scale: string;
  question_number: number;
  weight: number;
}

interface ScalePartsTable {
  sha256: string;
  scale: string;
  part: string;
  weight: number;
  low: number;
  high: number;
}

interface GroupFactorsTable {
  experiments_group_id: number;
  name: string;
  level: string;
}

/** What became of an item; items answered in the first call with a whole number have no row. */
export type ItemState = 'answered' | 'declined' | 'not_applicable' | 'missing_code' | 'not_asked';

interface ItemStatesTable {
  experiment_id: number;
  question_number: number;
  state: ItemState;
  /** From 1: the call that asked it last. */
  call: Generated<number>;
  quantity: number | null;
  reply_text: string | null;
}

interface ItemProbabilitiesTable {
  experiment_id: number;
  question_number: number;
  /** Value of the option. */
  answer: number;
  probability: number;
}

interface AdministrationCallsTable {
  experiment_id: number;
  /** From 1. */
  call: number;
  items: number[];
  /** The call that answered it; null where none did yet. */
  request_metadata_id: number | null;
}

interface ScoresTable {
  experiment_id: number;
  scale: string;
  /** Null where too few items have an answer. */
  score: number | null;
  items_answered: number;
  rule_sha256: string | null;
}

interface PersonaColumnsTable {
  persona_id: number;
  name: string;
  value: string;
}

interface ReplyTextsTable {
  request_metadata_id: number;
  reply: string;
  /** Of the parser that read it; null for replies read before versions were counted. */
  parser_version: number | null;
}

interface SheetAnswersTable {
  kind: 'reference' | 'random';
  personality_id: number;
  question_number: number;
  answer: number | null;
}

/** Answers of people, never of models. */
interface HumanSamplesTable {
  name: string;
  /** Slug of the instrument that was answered. */
  instrument: string;
  instrument_sha256: string;
  /** Name of the file. */
  source: string;
  people: number;
  created_at: Generated<Date>;
}

interface HumanPeopleTable {
  sample: string;
  /** From 1, in the order of the file. */
  person: number;
  language: string | null;
  subgroup: string | null;
  weight: number | null;
}

interface HumanAnswersTable {
  sample: string;
  person: number;
  question_number: number;
  answer: number;
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
  instrument_items: InstrumentItemsTable;
  scales: ScalesTable;
  scale_items: ScaleItemsTable;
  scale_parts: ScalePartsTable;
  group_factors: GroupFactorsTable;
  item_states: ItemStatesTable;
  item_probabilities: ItemProbabilitiesTable;
  administration_calls: AdministrationCallsTable;
  scores: ScoresTable;
  persona_columns: PersonaColumnsTable;
  reply_texts: ReplyTextsTable;
  sheet_answers: SheetAnswersTable;
  human_samples: HumanSamplesTable;
  human_people: HumanPeopleTable;
  human_answers: HumanAnswersTable;
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
  | 'design_freeze'
  | 'study_identity'
  | 'study_budget'
  | 'budget_shares'
  | 'workers'
  | 'random_questionnaires'
  | 'label_population'
  | 'form_items'
  | 'form_scales'
  | 'form_scale_items'
  | 'scored_scale_items'
  | 'scale_scores'
  | 'administration_factors'
  | 'scored_answers'
  | 'experiments_evals'
  | 'personas_migration';
