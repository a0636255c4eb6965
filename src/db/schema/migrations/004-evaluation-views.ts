/**
 * The answers with their scores. `scored_answers` is a plain view, never stale, which the program
 * reads; `experiments_evals` is the published materialised view over it, for everybody's SQL.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  const t = (name: string) => sql.id(schema, name);
  // How a population is called in tables, told from its published name; rows of `populations` go
  // before it. The reference population counts as Base, as in the published view.
  await sql`create function ${t('label_population')}(population text) returns table (mapped text, display text) language sql immutable parallel safe as $$
    select
      case when population ~ '^generated_.*_spain826$' then regexp_replace(population, '^generated_(.*)_spain826$', '\\1')
           when population ~ '^borderline_[^_]+(_maxRest)?_' then substr(population, 12)
           else population end,
      case when population = 'spain826' or population ~ '^generated_.*_spain826$' then 'Base'
           when population like 'borderline\\_maxN\\_%' then 'MaxN'
           when population like 'borderline\\_maxP\\_%' then 'MaxP'
           when population like 'borderline\\_minL\\_%' then 'MinL'
           when population like 'borderline\\_maxAll\\_%' then 'MaxAll'
           when population like 'borderline\\_minE\\_maxRest\\_%' then 'MinE-MaxRest'
           else population end $$`.execute(db);

  // The same question may have been stored, or answered, more than once: the row with the lowest id
  // counts. Looked for in each experiment by itself, so that a question about few experiments looks
  // at their answers alone. `english` and `en` are the same language, written in two ways by the
  // published code and data.
  await sql`create view ${t('scored_answers')} as
    with items as materialized (
      select distinct on (questionnaire, language, question_number)
        questionnaire, language, question_number, category, key, coalesce(reverse, false) as reverse
      from ${t('questionnaire')}
      cross join lateral (select case language_questionnaire when 'english' then 'en' else language_questionnaire end) as l (language)
      order by questionnaire, language, question_number, id),
    bounds as (
      select distinct on (slug) slug, answer_min, answer_max from ${t('instruments')} order by slug, created_at, sha256),
    -- What belongs to the experiment is put together once for each experiment, not for each answer.
    named as (
      select used.population, coalesce(known.mapped, labels.mapped) as mapped, coalesce(known.display, labels.display) as display
      from (select distinct population::text from ${t('experiments_list')}) used
      cross join lateral ${t('label_population')}(used.population) as labels
      left join ${t('populations')} known on known.population = used.population),
    experiments as materialized (
      select e.experiments_group_id, e.model_provider, e.model, e.questionnaire, e.population, e.personality_id, e.repeated, e.experiment_id,
        case coalesce(e.language_questionnaire, 'en') when 'english' then 'en' else coalesce(e.language_questionnaire, 'en') end as language,
        coalesce(labels.label, e.model) as model_clean, named.mapped as population_mapped, named.display as population_display,
        bounds.answer_min + bounds.answer_max as turn
      from ${t('experiments_list')} e
      join ${t('experiments_groups')} using (experiments_group_id)
      left join ${t('model_labels')} labels on labels.model = e.model
      left join named on named.population = e.population::text
      left join bounds on bounds.slug = e.questionnaire)
    select
      e.experiments_group_id, e.model_provider, e.model, e.questionnaire, e.population, e.personality_id, e.repeated,
      e.experiment_id, a.question_number, a.answer, a.category, a.key,
      case when a.key is not null then (a.answer = a.key)::integer
           when a.reverse then e.turn - a.answer
           else a.answer end as eval,
      e.model_clean, e.population_mapped, e.population_display
    from experiments e
    cross join lateral (
      select distinct on (stored.question_number) stored.question_number, stored.answer, items.category, items.key, items.reverse
      from ${t('eval_questionnaires')} stored
      join items on items.questionnaire = e.questionnaire and items.language = e.language and items.question_number = stored.question_number
      where stored.experiment_id = e.experiment_id order by stored.question_number, stored.id) as a`.execute(
    db,
  );

  await sql`create materialized view ${t('experiments_evals')} as select * from ${t('scored_answers')}`.execute(
    db,
  );
  const indexes: readonly (readonly [string, string])[] = [
    ['experiment', 'experiment_id'],
    ['model', 'model_clean'],
    ['population', 'population_mapped'],
    ['model_population', 'model_clean, population_mapped'],
    ['questionnaire_category', 'questionnaire, category'],
    ['questionnaire_model_population', 'questionnaire, model_clean, population_mapped'],
  ];
  for (const [name, columns] of indexes) {
    await sql`create index ${sql.ref(`experiments_evals_${name}`)} on ${t('experiments_evals')} (${sql.raw(columns)})`.execute(
      db,
    );
  }
}
