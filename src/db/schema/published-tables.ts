/**
 * The published tables, exactly: names, columns in order, types, defaults, primary keys and indexes
 * (the study's schema of 2025, revision 001_initial_schema). Nothing of ours is ever added to them.
 */

interface PublishedColumn {
  readonly name: string;
  /** SQL type with everything that belongs to it. */
  readonly type: string;
  readonly indexed: boolean;
}

export interface PublishedTable {
  readonly name: string;
  readonly columns: readonly PublishedColumn[];
}

/** `name type`, with a leading `*` for an indexed column. */
function table(name: string, ...lines: readonly string[]): PublishedTable {
  const columns = lines.map((line) => {
    const indexed = line.startsWith('*');
    const [column, ...type] = (indexed ? line.slice(1) : line).split(' ');
    return { name: column!, type: type.join(' '), indexed };
  });
  return { name, columns };
}

const sheet = [
  'id serial',
  '*personality_id integer',
  '*question_number integer',
  'question text',
  '*category varchar(10)',
  'key boolean',
  'answer boolean',
];

export const PUBLISHED_TABLES: readonly PublishedTable[] = [
  table(
    'personas',
    'id serial',
    '*ref_personality_id integer',
    '*population varchar(100)',
    '*model varchar(100)',
    'name varchar(255)',
    'age integer',
    'gender_original varchar(50)',
    '*gender varchar(20)',
    'race_original varchar(100)',
    '*race varchar(50)',
    'sexual_orientation_original varchar(100)',
    '*sexual_orientation varchar(20)',
    'ethnicity varchar(100)',
    'religious_belief_original varchar(100)',
    '*religious_belief varchar(50)',
    'occupation_original varchar(255)',
    '*occupation varchar(100)',
    'political_orientation_original varchar(50)',
    '*political_orientation varchar(20)',
    'location_original varchar(255)',
    '*location varchar(100)',
    'description text',
    'word_count_description integer',
    'repetitions integer',
    '*model_print varchar(50)',
    '*population_print varchar(50)',
  ),
  table('reference_questionnaires', ...sheet),
  table('random_questionnaires', ...sheet),
  table(
    'experiments_groups',
    'experiments_group_id serial',
    'created varchar default CURRENT_TIMESTAMP',
    'description varchar',
    'system_role varchar',
    'base_prompt varchar',
    'concluded boolean',
    'processed boolean',
    'translated boolean',
    'temperature double precision',
    'top_p double precision',
    'ii_repeated boolean',
  ),
  table(
    'experiments_list',
    'experiment_id serial',
    '*experiments_group_id integer',
    'repeated integer',
    'created varchar default CURRENT_TIMESTAMP',
    'questionnaire varchar',
    'language_instructions varchar',
    'language_questionnaire varchar',
    'model_provider varchar',
    'model varchar',
    'population varchar',
    '*personality_id integer',
    'succeeded boolean',
    'llm_explanation varchar',
    'repo_sha varchar',
  ),
  table(
    'eval_questionnaires',
    'id serial',
    '*experiment_id integer',
    '*question_number integer',
    'answer integer',
  ),
  table(
    'questionnaire',
    'id serial',
    '*language_questionnaire varchar(50)',
    '*question_number integer',
    'questionnaire varchar not null',
    'category varchar(50)',
    'key integer',
    'question text',
    'reverse boolean',
  ),
  table(
    'experiment_request_metadata',
    'id serial',
    'created timestamp not null default CURRENT_TIMESTAMP',
    '*experiment_id integer',
    'request_json jsonb',
    'response_json jsonb',
    'request_metadata jsonb',
  ),
];

/** The one index whose published name does not follow from its table. */
const SHORT_INDEX_NAMES: Readonly<Record<string, string>> = {
  experiment_request_metadata_experiment_id: 'exp_req_meta_exp_id',
};

/** Name of an index without its `ix_{schema}_`. */
export function indexStem(table: string, column: string): string {
  const stem = `${table}_${column}`;
  return SHORT_INDEX_NAMES[stem] ?? stem;
}
