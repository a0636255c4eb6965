/**
 * SQL of results as rows: what was asked of whom, what was answered, and what it scores. Reads
 * only.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import { isReference, originOfExperiment } from '../db/row-origin.ts';
import type { RowOrigin } from '../db/schema/tables.ts';

/** Which experiments are wanted. */
export interface ExperimentSelection {
  /** Groups by id. Default: all. */
  readonly groups?: readonly number[];
  /** Slug of one questionnaire. Default: all. */
  readonly questionnaire?: string;
}

/** What every row of an experiment begins with. */
export interface AboutExperiment {
  readonly experiment_id: number;
  /** Experiments registered together (`experiments_group_id`). */
  readonly group: number | null;
  /** Slug of the instrument. */
  readonly questionnaire: string | null;
  /** Short name of the model; null where another program registered the experiment. */
  readonly model_name: string | null;
  /** The provider's id of the model. */
  readonly model: string | null;
  /** How tables show the model. */
  readonly label: string | null;
  /** Population of the persona. */
  readonly population: string | null;
  /**
   * Condition under which the persona was written, as tables show it: `Base`, `MaxN`, …; for
   * personas of one's own the population.
   */
  readonly condition: string | null;
  /** The reference sheet that the persona was written from; null where it has none. */
  readonly personality_id: number | null;
  /** The persona; null where it is not known. */
  readonly persona_id: number | null;
  /** Which of several personas written from one sheet; null where it is not known. */
  readonly draw: number | null;
  /** Which administration of the same persona. */
  readonly repeated: number | null;
  /** True: answered. Null: pending. False: given up. */
  readonly succeeded: boolean | null;
  /** Where the answers come from. What is `simulated` is no evidence about any model. */
  readonly data_origin: RowOrigin;
}

/** One administration: one persona, one questionnaire, one call that was answered, or none yet. */
export interface ExperimentRow extends AboutExperiment {
  readonly provider: string | null;
  readonly language: string | null;
  /**
   * What became of the last call: `answered`, `refused`, `truncated`, `unparseable`, `invalid`,
   * `failed`; null where none was made here.
   */
  readonly last_outcome: string | null;
  /** Why it was not `answered`. */
  readonly last_reason: string | null;
  /** Calls that counted. */
  readonly attempts: number;
  /** What the model said about its answers. */
  readonly explanation: string | null;
}

/** One answer to one item. */
export interface AnswerRow extends AboutExperiment {
  /** Number of the item. */
  readonly item: number;
  /** Scale of the item. */
  readonly scale: string | null;
  /** As the model gave it, a number of the answer scale. */
  readonly answer: number | null;
  /** 1 or 0 by the item's key, or the answer, turned round where it counts reversed. */
  readonly score: number | null;
}

/** The score of one administration on one scale. */
export interface ScoreRow extends AboutExperiment {
  readonly scale: string;
  /** By the rule of the scale, as it was stored when the answers came in; not rounded. */
  readonly score: number;
  /** How many items it is made of; of a scale of scales, those of its parts. */
  readonly items: number;
}

/** One persona, in the columns of the published table `personas`, and what is known of it. */
export interface PersonaRow extends Readonly<Record<string, string | number | null>> {
  readonly id: number;
  readonly ref_personality_id: number | null;
  readonly population: string | null;
  readonly model: string | null;
  readonly description: string | null;
  /** As tables show it. */
  readonly condition: string | null;
  /** Which of several personas written from one sheet. */
  readonly draw: number | null;
  readonly data_origin: RowOrigin | null;
}

const ABOUT_COLUMNS = sql`a.experiment_id, a."group", a.questionnaire, a.model_name, a.model, a.label, a.population, a.condition, a.personality_id,
  a.persona_id, a.draw, a.repeated, a.succeeded, a.data_origin`;

/**
 * What belongs to an experiment, put together once. Who answered is told by the persona where it is
 * known.
 */
function about(
  { t }: Pick<Database, 't'>,
  { groups, questionnaire }: ExperimentSelection,
): RawBuilder<unknown> {
  return sql`about as materialized (
    select e.experiment_id, e.experiments_group_id as "group", e.questionnaire, gd.model_name, e.model, coalesce(l.label, e.model) as label,
      e.population, case when not ${isReference(t, sql`e.population`)} then coalesce(known.display, named.display) end as condition,
      case when d.persona_id is null then e.personality_id else p.ref_personality_id end as personality_id,
      d.persona_id, g.draw, e.repeated, e.succeeded, ${originOfExperiment(t)} as data_origin,
      e.model_provider as provider, e.language_questionnaire as language, d.last_outcome, d.last_reason,
      coalesce(d.attempts, 0) as attempts, e.llm_explanation as explanation
    from ${t.experiments_list} e
    left join ${t.experiment_details} d on d.experiment_id = e.experiment_id
    left join ${t.group_details} gd on gd.experiments_group_id = e.experiments_group_id
    left join ${t.personas} p on p.id = d.persona_id
    left join ${t.generations} g on g.persona_id = d.persona_id
    left join ${t.model_labels} l on l.model = e.model
    left join ${t.populations} known on known.population = e.population
    left join lateral ${t.label_population}(e.population) as named on true
    where ${groups === undefined ? sql`true` : sql`e.experiments_group_id = any(${[...groups]}::int[])`}
      and ${questionnaire === undefined ? sql`true` : sql`e.questionnaire = ${questionnaire}`})`;
}

/** @param ids only these of the selection */
export async function experimentRows(
  database: Database,
  selection: ExperimentSelection,
  ids: readonly number[] | null = null,
): Promise<ExperimentRow[]> {
  const { rows } = await sql<ExperimentRow>`with ${about(database, selection)}
    select ${ABOUT_COLUMNS}, a.provider, a.language, a.last_outcome, a.last_reason, a.attempts, a.explanation
    from about a where ${ids === null ? sql`true` : sql`a.experiment_id = any(${[...ids]}::int[])`} order by a.experiment_id`.execute(
    database.db,
  );
  return rows;
}

export async function answerRows(
  database: Database,
  selection: ExperimentSelection,
): Promise<AnswerRow[]> {
  const { rows } = await sql<AnswerRow>`with ${about(database, selection)}
    select ${ABOUT_COLUMNS}, s.question_number as item, s.category as scale, s.answer, s.eval as score
    from about a join ${database.t.scored_answers} s on s.experiment_id = a.experiment_id
    order by a.experiment_id, s.question_number`.execute(database.db);
  return rows;
}

/** @param ids only these of the selection */
export async function scoreRows(
  database: Database,
  selection: ExperimentSelection,
  ids: readonly number[] | null = null,
): Promise<ScoreRow[]> {
  const { rows } = await sql<ScoreRow>`with ${about(database, selection)}
    select ${ABOUT_COLUMNS}, s.scale, s.score, s.items_answered as items
    from about a join ${database.t.scores} s on s.experiment_id = a.experiment_id
    where s.score is not null and ${ids === null ? sql`true` : sql`a.experiment_id = any(${[...ids]}::int[])`}
    order by a.experiment_id, s.scale`.execute(database.db);
  return rows;
}

/** Which personas are wanted. */
export interface PersonaSelection {
  /** Short names of models. Default: all. */
  readonly models?: readonly string[];
  /** Default: all. */
  readonly populations?: readonly string[];
}

export async function personaRows(
  { db, t }: Database,
  { models, populations }: PersonaSelection,
): Promise<PersonaRow[]> {
  const { rows } = await sql<PersonaRow>`
    select p.*, case when not ${isReference(t, sql`p.population`)} then coalesce(known.display, named.display) end as condition, g.draw, pd.origin as data_origin
    from ${t.personas} p
    left join ${t.persona_details} pd on pd.persona_id = p.id
    left join ${t.generations} g on g.persona_id = p.id
    left join ${t.populations} known on known.population = p.population
    left join lateral ${t.label_population}(p.population) as named on true
    where ${models === undefined ? sql`true` : sql`p.model = any(${[...models]}::text[])`}
      and ${populations === undefined ? sql`true` : sql`p.population = any(${[...populations]}::text[])`}
    order by p.id`.execute(db);
  return rows;
}
