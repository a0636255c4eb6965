/**
 * The views of scored answers take the answers of an experiment before they look at its items.
 * Where the planner was free to begin with the items, it looked for each answer in two indexes, one
 * of which grows with the number of experiments: the view of 2,478 experiments took thirty times as
 * long as now.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  const t = (name: string) => sql.id(schema, name);
  await sql`create or replace view ${t('scored_answers')} as
    with items as materialized (select * from ${t('form_items')}),
    named as (
      select used.population, coalesce(known.mapped, labels.mapped) as mapped, coalesce(known.display, labels.display) as display
      from (select distinct population::text from ${t('experiments_list')}) used
      cross join lateral ${t('label_population')}(used.population) as labels
      left join ${t('populations')} known on known.population = used.population),
    experiments as materialized (
      select e.experiments_group_id, e.model_provider, e.model, e.questionnaire, e.population, e.personality_id, e.repeated, e.experiment_id,
        coalesce(labels.label, e.model) as model_clean, named.mapped as population_mapped, named.display as population_display,
        ${FORM} as form
      from ${t('experiments_list')} e
      join ${t('experiments_groups')} using (experiments_group_id)
      left join ${t('group_details')} gd on gd.experiments_group_id = e.experiments_group_id
      left join ${t('model_labels')} labels on labels.model = e.model
      left join named on named.population = e.population::text)
    select
      e.experiments_group_id, e.model_provider, e.model, e.questionnaire, e.population, e.personality_id, e.repeated,
      e.experiment_id, a.question_number, a.answer, a.category, a.key,
      case when a.counts = floor(a.counts) then a.counts::integer end as eval,
      e.model_clean, e.population_mapped, e.population_display
    from experiments e
    cross join lateral (
      with stored as materialized (
        select distinct on (question_number) question_number, answer from ${t('eval_questionnaires')}
        where experiment_id = e.experiment_id order by question_number, id)
      select stored.question_number, stored.answer, items.scale::varchar(50) as category, items.key,
        case when items.reverse then items.low + items.high - p.points else p.points end as counts
      from stored join items on items.form = e.form and items.question_number = stored.question_number
      cross join lateral (select ${POINTS}) as p (points)) as a`.execute(db);

  await sql`create or replace view ${t('scored_scale_items')} as
    with items as materialized (select * from ${t('form_items')}),
    members as materialized (select * from ${t('form_scale_items')}),
    experiments as materialized (
      select e.experiment_id, ${FORM} as form from ${t('experiments_list')} e
      left join ${t('group_details')} gd on gd.experiments_group_id = e.experiments_group_id)
    select e.experiment_id, e.form, a.question_number, a.answer, a.points, members.scale, members.weight,
      abs(members.weight) * case when members.weight < 0 then a.low + a.high - a.points else a.points end as counts
    from experiments e
    cross join lateral (
      with stored as materialized (
        select distinct on (question_number) question_number, answer from (
          select id, question_number, answer::double precision as answer from ${t('eval_questionnaires')} where experiment_id = e.experiment_id
          union all
          select null, question_number, quantity from ${t('item_states')} where experiment_id = e.experiment_id and quantity is not null) as given
        order by question_number, id)
      select stored.question_number, stored.answer, items.low, items.high, p.points
      from stored join items on items.form = e.form and items.question_number = stored.question_number
      cross join lateral (select ${POINTS}) as p (points)) as a
    join members on members.form = e.form and members.question_number = a.question_number`.execute(
    db,
  );
}

/** Of an experiment `e` with the details `gd` of its group. */
const FORM = sql`coalesce(gd.instrument_sha256::text, e.questionnaire || '/' ||
    case coalesce(e.language_questionnaire, 'en') when 'english' then 'en' else coalesce(e.language_questionnaire, 'en') end)`;

/** What an answer scores before a scale turns it round; null for a missing code. */
const POINTS = sql`case when items.points ? (stored.answer)::text then (items.points ->> (stored.answer)::text)::double precision
    when items.key is not null then (stored.answer = items.key)::integer::double precision
    else (stored.answer)::double precision end`;
