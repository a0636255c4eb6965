/**
 * What instruments of any kind need: scales as weighted lists of items, points of answers, items
 * without an answer, administrations of several calls, scores as they were stored, factors of an
 * administration, own columns of personas, and the text of replies.
 *
 * Answers are scored by the wording that their group sent (its hash). Groups of other programs have
 * none; theirs are scored by the published table of items, found by slug and language.
 */
import { type Kysely, sql } from 'kysely';
import { parseInstrument } from '../../../instruments/load.ts';
import { storeMissingScores } from '../../instruments/score-store.ts';
import { nameForms, storeStructure } from '../../instruments/structure-store.ts';
import { type Relations, relationsOf } from '../../relations.ts';

export async function up(db: Kysely<unknown>, schema: string): Promise<void> {
  const t = relationsOf(schema);
  const run = (statement: ReturnType<typeof sql>) => statement.execute(db);

  // Filled where all items have one answer scale, and all scales one rule.
  await run(sql`alter table ${t.instruments} alter answer_min drop not null,
    alter answer_max drop not null, alter scoring drop not null`);
  // `scale`, `key` and `reverse` are what the published table of items says: the first scale alone.
  await run(sql`create table ${t.instrument_items} (
    sha256 char(64) not null references ${t.instruments} on delete cascade,
    question_number integer not null,
    item_id text not null,
    scale text,
    key integer,
    reverse boolean not null,
    low double precision,
    high double precision,
    points jsonb,
    primary key (sha256, question_number))`);
  await run(sql`create table ${t.scales} (
    sha256 char(64) not null references ${t.instruments} on delete cascade,
    scale text not null,
    place integer not null,
    name text not null,
    score text not null check (score in ('sum', 'mean', 'max', 'count')),
    most_missing integer not null,
    prorate boolean not null,
    centred boolean not null,
    rule_sha256 char(64) not null,
    primary key (sha256, scale))`);
  await run(sql`create table ${t.scale_items} (
    sha256 char(64) not null,
    scale text not null,
    question_number integer not null,
    weight double precision not null check (weight <> 0),
    primary key (sha256, scale, question_number),
    foreign key (sha256, scale) references ${t.scales} on delete cascade)`);
  await run(sql`create table ${t.scale_parts} (
    sha256 char(64) not null,
    scale text not null,
    part text not null,
    weight double precision not null check (weight <> 0),
    low double precision not null,
    high double precision not null,
    primary key (sha256, scale, part),
    foreign key (sha256, scale) references ${t.scales} on delete cascade)`);

  // How a group asks. The form is the hash of the wording and of all that varies how it is asked.
  await run(sql`alter table ${t.group_details} add column form_sha256 char(64),
    add column administration jsonb not null default '{}'`);
  await run(sql`create table ${t.group_factors} (
    experiments_group_id integer not null references ${t.experiments_groups} on delete cascade,
    name text not null,
    level text not null,
    primary key (experiments_group_id, name))`);
  // The orders that an administration was asked in, where they vary within its group, and whether
  // it is answered in part.
  await run(sql`alter table ${t.experiment_details} add column item_order integer[],
    add column option_order jsonb, add column partial boolean`);

  // Items whose state is not "answered in the first call", and answers that are no whole number.
  await run(sql`create table ${t.item_states} (
    experiment_id integer not null references ${t.experiments_list} on delete cascade,
    question_number integer not null,
    state text not null check (state in ('answered', 'declined', 'not_applicable', 'missing_code', 'not_asked')),
    call integer not null default 1,
    quantity double precision,
    reply_text text,
    primary key (experiment_id, question_number))`);
  await run(sql`create table ${t.item_probabilities} (
    experiment_id integer not null references ${t.experiments_list} on delete cascade,
    question_number integer not null,
    answer integer not null,
    probability double precision not null check (probability between 0 and 1),
    primary key (experiment_id, question_number, answer))`);
  await run(sql`create table ${t.administration_calls} (
    experiment_id integer not null references ${t.experiments_list} on delete cascade,
    call integer not null,
    items integer[] not null,
    request_metadata_id integer references ${t.experiment_request_metadata} on delete cascade,
    primary key (experiment_id, call))`);
  await run(sql`create table ${t.scores} (
    experiment_id integer not null references ${t.experiments_list} on delete cascade,
    scale text not null,
    score double precision,
    items_answered integer not null,
    rule_sha256 char(64),
    primary key (experiment_id, scale))`);
  await run(sql`create table ${t.persona_columns} (
    persona_id integer not null references ${t.personas} on delete cascade,
    name text not null,
    value text not null,
    primary key (persona_id, name))`);
  await run(sql`create table ${t.reply_texts} (
    request_metadata_id integer primary key references ${t.experiment_request_metadata} on delete cascade,
    reply text not null)`);

  // Sheets that the published tables cannot hold: those of any instrument but one of keyed Yes/No
  // items. An item without an answer has a row without one.
  await run(sql`alter table ${t.reference_population}
    add column instrument_sha256 char(64) references ${t.instruments}`);
  await run(sql`create table ${t.sheet_answers} (
    kind text not null check (kind in ('reference', 'random')),
    personality_id integer not null,
    question_number integer not null,
    answer double precision,
    primary key (kind, personality_id, question_number))`);
  // A condition of one's own, with what it sets. The program's are known by their names.
  await run(sql`alter table ${t.generation_groups} add column condition_definition jsonb`);

  const { rows: known } = await sql<{ sha256: string; slug: string; definition: string }>`
    select sha256, slug, definition from ${t.instruments}`.execute(db);
  for (const { slug, definition } of known) {
    const instrument = parseInstrument(definition, `the stored instrument "${slug}"`);
    await storeStructure(db, t, instrument);
    await nameForms(db, t, instrument);
  }
  await makeViews(db, t);
  await storeMissingScores(db, t);
}

async function makeViews(db: Kysely<unknown>, t: Relations): Promise<void> {
  const run = (statement: ReturnType<typeof sql>) => statement.execute(db);
  await run(sql`drop materialized view ${t.experiments_evals}`);
  await run(sql`drop view ${t.scored_answers}`);

  // The items of every form, by `form`: the hash of a wording, or slug and language where no hash
  // is known. Of an item that the published table has twice, the row with the lowest id counts.
  await run(sql`create view ${t.form_items} as
    select sha256::text as form, question_number, scale, key, reverse, low, high, points
    from ${t.instrument_items}
    union all
    select q.questionnaire || '/' || q.language, q.question_number, q.category, q.key, q.reverse,
      case when q.key is null then known.low else 0 end, case when q.key is null then known.high else 1 end,
      null
    from (
      select distinct on (questionnaire, language, question_number)
        questionnaire::text, language::text, question_number, category::text, key, coalesce(reverse, false) as reverse
      from ${t.questionnaire}
      cross join lateral (select case language_questionnaire when 'english' then 'en' else language_questionnaire end) as l (language)
      order by questionnaire, language, question_number, id) as q
    left join lateral (
      select i.sha256 from ${t.instruments} i where i.slug = q.questionnaire order by i.created_at, i.sha256 limit 1) as first on true
    left join ${t.instrument_items} known on known.sha256 = first.sha256 and known.question_number = q.question_number`);

  // Which items a scale has, and the rule by which it is scored.
  await run(sql`create view ${t.form_scale_items} as
    select sha256::text as form, scale, question_number, weight from ${t.scale_items}
    union all
    select form, scale, question_number, case when reverse and key is null then -1 else 1 end
    from ${t.form_items} where scale is not null and position('/' in form) > 0`);
  await run(sql`create view ${t.form_scales} as
    select sha256::text as form, scale, score, most_missing, prorate, centred, rule_sha256 from ${t.scales}
    union all
    select f.form, f.scale, coalesce(rule.score, 'sum'), coalesce(rule.most_missing, 0), coalesce(rule.prorate, true),
      coalesce(rule.centred, false), rule.rule_sha256
    from (select distinct form, scale from ${t.form_items} where scale is not null and position('/' in form) > 0) as f
    left join lateral (
      select s.* from ${t.instruments} i join ${t.scales} s on s.sha256 = i.sha256 and s.scale = f.scale
      where i.slug = split_part(f.form, '/', 1) order by i.created_at, i.sha256 limit 1) as rule on true`);

  // One row an answer, scored by its item's first scale. What belongs to the experiment is put
  // together once for each experiment, not for each answer; answers are looked for in each
  // experiment by itself, so that a question about few experiments looks at their answers alone.
  await run(sql`create view ${t.scored_answers} as
    with items as materialized (select * from ${t.form_items}),
    named as (
      select used.population, coalesce(known.mapped, labels.mapped) as mapped, coalesce(known.display, labels.display) as display
      from (select distinct population::text from ${t.experiments_list}) used
      cross join lateral ${t.label_population}(used.population) as labels
      left join ${t.populations} known on known.population = used.population),
    experiments as materialized (
      select e.experiments_group_id, e.model_provider, e.model, e.questionnaire, e.population, e.personality_id, e.repeated, e.experiment_id,
        coalesce(labels.label, e.model) as model_clean, named.mapped as population_mapped, named.display as population_display,
        ${FORM} as form
      from ${t.experiments_list} e
      join ${t.experiments_groups} using (experiments_group_id)
      left join ${t.group_details} gd on gd.experiments_group_id = e.experiments_group_id
      left join ${t.model_labels} labels on labels.model = e.model
      left join named on named.population = e.population::text)
    select
      e.experiments_group_id, e.model_provider, e.model, e.questionnaire, e.population, e.personality_id, e.repeated,
      e.experiment_id, a.question_number, a.answer, a.category, a.key,
      case when a.counts = floor(a.counts) then a.counts::integer end as eval,
      e.model_clean, e.population_mapped, e.population_display
    from experiments e
    cross join lateral (
      select distinct on (stored.question_number) stored.question_number, stored.answer, items.scale::varchar(50) as category, items.key,
        case when items.reverse then items.low + items.high - p.points else p.points end as counts
      from ${t.eval_questionnaires} stored
      join items on items.form = e.form and items.question_number = stored.question_number
      cross join lateral (select ${pointsOf('items', 'stored.answer')}) as p (points)
      where stored.experiment_id = e.experiment_id order by stored.question_number, stored.id) as a`);

  // One row an answer and scale: an item on two scales has two.
  await run(sql`create view ${t.scored_scale_items} as
    with items as materialized (select * from ${t.form_items}),
    members as materialized (select * from ${t.form_scale_items}),
    experiments as materialized (
      select e.experiment_id, ${FORM} as form from ${t.experiments_list} e
      left join ${t.group_details} gd on gd.experiments_group_id = e.experiments_group_id)
    select e.experiment_id, e.form, a.question_number, a.answer, a.points, members.scale, members.weight,
      abs(members.weight) * case when members.weight < 0 then a.low + a.high - a.points else a.points end as counts
    from experiments e
    cross join lateral (
      select distinct on (stored.question_number) stored.question_number, stored.answer, items.low, items.high, p.points
      from (
        select id, question_number, answer::double precision as answer from ${t.eval_questionnaires} where experiment_id = e.experiment_id
        union all
        select null, question_number, quantity from ${t.item_states} where experiment_id = e.experiment_id and quantity is not null) as stored
      join items on items.form = e.form and items.question_number = stored.question_number
      cross join lateral (select ${pointsOf('items', 'stored.answer')}) as p (points)
      order by stored.question_number, stored.id) as a
    join members on members.form = e.form and members.question_number = a.question_number`);

  // The score of every scale of items, by its own rule, from the answers: what ${'scores'} holds
  // must be equal to it. Scales of scales come from the scores of their parts.
  await run(sql`create view ${t.scale_scores} as
    with sizes as materialized (
      select form, scale, count(*)::int as size, sum(abs(weight)) as weight from ${t.form_scale_items} group by 1, 2),
    rules as materialized (
      select r.*, sizes.size, sizes.weight from ${t.form_scales} r join sizes using (form, scale)),
    centres as (
      select experiment_id, avg(points) as centre from (
        select distinct experiment_id, question_number, points from ${t.scored_scale_items}
        where form in (select form from rules where centred)) as answered group by 1),
    summed as (
      select a.experiment_id, a.form, a.scale, count(a.counts)::int as answered, sum(abs(a.weight)) filter (where a.counts is not null) as weight,
        sum(a.counts) as total, max(a.counts) as highest, count(*) filter (where a.counts > 0)::int as positive
      from ${t.scored_scale_items} a group by 1, 2, 3)
    select s.experiment_id, s.scale,
      case when s.answered = 0 or rules.size - s.answered > rules.most_missing then null
        when rules.score = 'sum' then centred.total * case when rules.prorate and s.answered < rules.size then rules.weight / s.weight else 1 end
        when rules.score = 'mean' then centred.total / s.weight
        when rules.score = 'max' then s.highest - coalesce(case when rules.centred then c.centre end, 0)
        else s.positive end as score,
      s.answered as items_answered, rules.rule_sha256
    from summed s
    join rules on rules.form = s.form and rules.scale = s.scale
    left join centres c on c.experiment_id = s.experiment_id
    cross join lateral (select s.total - coalesce(case when rules.centred then c.centre * s.weight end, 0)) as centred (total)`);

  await run(sql`create view ${t.administration_factors} as
    select e.experiment_id, f.name, f.level from ${t.experiments_list} e
    join ${t.group_factors} f on f.experiments_group_id = e.experiments_group_id`);

  await run(
    sql`create materialized view ${t.experiments_evals} as select * from ${t.scored_answers}`,
  );
  const indexes: readonly (readonly [string, string])[] = [
    ['experiment', 'experiment_id'],
    ['model', 'model_clean'],
    ['population', 'population_mapped'],
    ['model_population', 'model_clean, population_mapped'],
    ['questionnaire_category', 'questionnaire, category'],
    ['questionnaire_model_population', 'questionnaire, model_clean, population_mapped'],
  ];
  for (const [name, columns] of indexes)
    await run(
      sql`create index ${sql.ref(`experiments_evals_${name}`)} on ${t.experiments_evals} (${sql.raw(columns)})`,
    );
}

/** Of an experiment `e` with the details `gd` of its group. */
const FORM = sql`coalesce(gd.instrument_sha256::text, e.questionnaire || '/' ||
    case coalesce(e.language_questionnaire, 'en') when 'english' then 'en' else coalesce(e.language_questionnaire, 'en') end)`;

/** What an answer scores before a scale turns it round; null for a missing code. */
function pointsOf(items: string, answer: string) {
  const [of, written] = [sql.raw(items), sql.raw(answer)];
  return sql`case when ${of}.points ? (${written})::text then (${of}.points ->> (${written})::text)::double precision
    when ${of}.key is not null then (${written} = ${of}.key)::integer::double precision
    else (${written})::double precision end`;
}
