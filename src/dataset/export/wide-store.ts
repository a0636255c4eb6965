/** SQL of the wide files: experiments with all their answers and scores, page by page. */
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../db/connect.ts';
import { isReference, originOfExperiment } from '../../db/row-origin.ts';
import type { ItemState, RowOrigin } from '../../db/schema/tables.ts';
import type { Session } from '../../db/session.ts';
import { PERSONA_COLUMNS } from '../../personas/persona.ts';

const PAGE = 500;

const NO_ANSWER = { value: null, state: null, expected: null, sd: null, entropy: null } as const;

/** An item as the published table has it. */
export interface WideItem {
  readonly number: number;
  readonly scale: string | null;
  readonly key: number | null;
  readonly reverse: boolean;
  readonly text: string | null;
}

/** A column of personas of one's own. */
export interface PersonaColumn {
  readonly name: string;
  /** That of all its values. */
  readonly type: 'integer' | 'double' | 'string';
}

/**
 * Numbers as people write them in a column, so that programs for statistics compute with an age or a
 * weight. What begins with 0, such as a postcode, has more than nine digits, such as a number of a
 * register, or has three digits after a comma, which may group thousands, stays a text.
 */
function typeOfValues(value: RawBuilder<unknown>): RawBuilder<PersonaColumn['type']> {
  const all = (pattern: string) =>
    sql`bool_and(btrim(${value}) ~ ${pattern}) filter (where btrim(${value}) <> '')`;
  return sql<PersonaColumn['type']>`case
    when ${all('^-?(0|[1-9][0-9]{0,8})$')} then 'integer'
    when ${all('^-?(0|[1-9][0-9]{0,8})([.][0-9]{1,9})?$')} then 'double'
    when ${all('^-?(0|[1-9][0-9]{0,8})(,[0-9]{1,2})?$')} then 'double'
    else 'string' end`;
}

export interface WideQuestionnaire {
  readonly slug: string;
  /**
   * The files of the wordings that were sent, English first; the first stored one where groups of
   * other programs alone were asked. None where no instrument of that name is known.
   */
  readonly wordings: readonly { readonly sha256: string; readonly definition: string }[];
  /** Of the published table, and those answered. */
  readonly items: readonly WideItem[];
  /** Scales that have scores. */
  readonly scales: readonly string[];
  /** Names of the factors of its administrations. */
  readonly factors: readonly string[];
  /** Names of the own columns of its personas. */
  readonly personaColumns: readonly PersonaColumn[];
  /** Columns of the table of personas that any of its personas has a value in. */
  readonly personaFields: readonly string[];
  /** Whether any item was answered with probabilities. */
  readonly hasProbabilities: boolean;
  /** Whether what became of any item is stored besides its answer. */
  readonly hasStates: boolean;
}

/** What an item came to: a number, or a text. */
interface WideAnswer {
  readonly value: number | string | null;
  /** What became of the item; null where the answer says it. */
  readonly state: ItemState | null;
  /** Of an answer as probabilities, over the options with points; null for others. */
  readonly expected: number | null;
  readonly sd: number | null;
  /** In nats. */
  readonly entropy: number | null;
}

/** Who answered what, and how it was asked. */
export interface About {
  readonly experiment_id: number;
  readonly group: number | null;
  readonly model: string | null;
  readonly label: string | null;
  readonly provider: string | null;
  readonly population: string | null;
  readonly condition: string | null;
  readonly answers_as: 'persona' | 'reference';
  readonly personality_id: number | null;
  readonly persona_id: number | null;
  readonly case_id: number | null;
  readonly draw: number | null;
  readonly repeated: number | null;
  readonly language: string | null;
  readonly form: string | null;
  readonly administration: string | null;
  readonly temperature: number | null;
  readonly top_p: number | null;
  readonly parameters: string | null;
  readonly model_served: string | null;
  readonly called_on: string | null;
  readonly succeeded: boolean | null;
  readonly partial: boolean | null;
  readonly outcome: string | null;
  readonly attempts: number | null;
  readonly data_origin: RowOrigin;
  /** Hash of the wording that its group stores; null for groups of other programs. */
  readonly wording: string | null;
  /** The persona's row, texts whole; null where it has none, or where it was not asked for. */
  readonly persona: Readonly<Record<string, string | number | null>> | null;
}

export interface WideExperiment {
  readonly about: About;
  /** Item number to answer; of several the one with the lowest id. */
  readonly answers: ReadonlyMap<number, WideAnswer>;
  readonly scores: ReadonlyMap<string, number | null>;
  /** Name of a factor to its level. */
  readonly factors: ReadonlyMap<string, string>;
  /** Name of a column of the persona's own to its value. */
  readonly personaColumns: ReadonlyMap<string, string>;
}

/** Columns of the table of personas that say something of the person. */
const FIELDS = [...PERSONA_COLUMNS.keys()].filter(
  (name) => !/^(id|ref_personality_id|population|model|repetitions)$|_print$/.test(name),
);

/**
 * The questionnaires that experiments were registered for. Items are those of the published table,
 * English first, and those answered.
 * @param withPersonas whether the fields of personas are wanted
 */
export async function questionnairesOf(
  { db }: Session,
  { t }: Database,
  withPersonas: boolean,
): Promise<WideQuestionnaire[]> {
  const { rows: slugs } = await sql<{
    slug: string;
  }>`select distinct questionnaire collate "C" as slug from ${t.experiments_list}
    where questionnaire is not null order by 1`.execute(db);
  const found: WideQuestionnaire[] = [];
  for (const { slug } of slugs) {
    const { rows: items } = await sql<WideItem>`
      select distinct on (question_number) question_number as number, category as scale, key, coalesce(reverse, false) as reverse, question as text
      from ${t.questionnaire} where questionnaire = ${slug} and question_number is not null
      order by question_number, language_questionnaire in ('en', 'english') desc, id`.execute(db);
    const { rows: answered } = await sql<WideItem>`
      select distinct a.question_number as number, null as scale, null::int as key, false as reverse, null as text
      from ${t.eval_questionnaires} a join ${t.experiments_list} e using (experiment_id)
      where e.questionnaire = ${slug} and a.question_number is not null order by 1`.execute(db);
    const known = new Set(items.map((item) => item.number));
    const { rows: wordings } = await sql<{ sha256: string; definition: string; sent: boolean }>`
      select i.sha256, i.definition, exists (
        select from ${t.experiments_list} e join ${t.group_details} gd using (experiments_group_id)
        where e.questionnaire = ${slug} and gd.instrument_sha256 = i.sha256) as sent
      from ${t.instruments} i where i.slug = ${slug}
      order by i.language = 'en' desc, i.created_at, i.sha256 collate "C"`.execute(db);
    const sent = wordings.filter((wording) => wording.sent);
    const own = sql`join ${t.experiments_list} e using (experiment_id) where e.questionnaire = ${slug}`;
    const { rows: scales } = await sql<{ scale: string }>`
      select distinct s.scale collate "C" as scale from ${t.scores} s ${own} order by 1`.execute(
      db,
    );
    const { rows: factors } = await sql<{ name: string }>`
      select distinct f.name collate "C" as name from ${t.administration_factors} f ${own} order by 1`.execute(
      db,
    );
    // The column that a study's file has its descriptions in is not written twice.
    const isOther = withPersonas
      ? sql`having bool_or(c.value is distinct from p.description)`
      : sql``;
    const { rows: columns } = await sql<PersonaColumn>`
      select c.name collate "C" as name, ${typeOfValues(sql.ref('c.value'))} as type from ${t.persona_columns} c join ${t.personas} p on p.id = c.persona_id
      join ${t.experiment_details} d on d.persona_id = c.persona_id ${own}
      group by c.name ${isOther} order by 1`.execute(db);
    const { rows: filled } = withPersonas
      ? await sql<Record<string, boolean>>`
      select ${sql.join(FIELDS.map((name) => sql`count(p.${sql.ref(name)}) > 0 as ${sql.ref(name)}`))}
      from ${t.personas} p join ${t.experiment_details} d on d.persona_id = p.id ${own}`.execute(db)
      : { rows: [] };
    const { rows: there } = await sql<Pick<WideQuestionnaire, 'hasProbabilities' | 'hasStates'>>`
      select exists (select from ${t.item_probabilities} p ${own}) as "hasProbabilities",
        exists (select from ${t.item_states} s ${own}) as "hasStates"`.execute(db);
    found.push({
      slug,
      wordings: sent.length > 0 ? sent : wordings.slice(0, 1),
      items: [...items, ...answered.filter((item) => !known.has(item.number))].toSorted(
        (a, b) => a.number - b.number,
      ),
      scales: scales.map(({ scale }) => scale),
      factors: factors.map(({ name }) => name),
      personaColumns: columns,
      personaFields: FIELDS.filter((name) => filled[0]?.[name] === true),
      ...there[0]!,
    });
  }
  return found;
}

/**
 * Every experiment of a questionnaire, answered or not, in order of id, page by page. The server
 * reads the next page while the caller has this one.
 * @param withPersonas whether the rows of personas are wanted
 */
export async function* experimentsOf(
  session: Session,
  database: Database,
  questionnaire: WideQuestionnaire,
  withPersonas: boolean,
): AsyncGenerator<WideExperiment[]> {
  const read = (after: number | null) =>
    readPage(session, database, questionnaire, withPersonas, after);
  let page = await read(null);
  while (page.length > 0) {
    const next = page.length < PAGE ? Promise.resolve([]) : read(page.at(-1)!.about.experiment_id);
    // Its failure is met below, unless the caller stops here.
    next.catch(() => {});
    yield page;
    page = await next;
  }
}

async function readPage(
  { db }: Session,
  { t }: Database,
  questionnaire: WideQuestionnaire,
  withPersonas: boolean,
  last: number | null,
): Promise<WideExperiment[]> {
  const after: RawBuilder<boolean> =
    last === null ? sql<boolean>`true` : sql<boolean>`e.experiment_id > ${last}::int`;
  const { rows } = await sql<About>`
      select e.experiment_id, e.experiments_group_id as "group", e.model, coalesce(l.label, e.model) as label, e.model_provider as provider,
        e.population, case when not ${isReference(t, sql`e.population`)} then coalesce(known.display, named.display) end as condition,
        case when ${isReference(t, sql`e.population`)} then 'reference' else 'persona' end as answers_as,
        case when d.persona_id is null then e.personality_id else p.ref_personality_id end as personality_id, d.persona_id,
        case when d.persona_id is null then e.personality_id else coalesce(p.ref_personality_id, -p.id) end as case_id, g.draw,
        e.repeated, case e.language_questionnaire when 'english' then 'en' else e.language_questionnaire end as language, coalesce(gd.form_sha256, gd.instrument_sha256) as form,
        nullif(gd.administration, '{}')::text as administration, eg.temperature, eg.top_p,
        (jsonb_strip_nulls(jsonb_build_object('max_tokens', gd.parameters->'max_tokens')) || (gd.parameters->'extra'))::text as parameters,
        made.model_served, made.called_on, gd.instrument_sha256 as wording, e.succeeded, d.partial,
        -- What was answered before stays the answer when asking again brought none; what is to be asked again has no answer yet.
        case when e.succeeded then 'answered' else nullif(d.last_outcome, 'answered') end as outcome, d.attempts,
        ${originOfExperiment(t)} as data_origin,
        ${withPersonas ? sql`to_jsonb(p) || coalesce((select jsonb_object_agg(x.column_name, x.full_text) from ${t.persona_texts} x where x.persona_id = p.id), '{}')` : sql`null::jsonb`} as persona
      from ${t.experiments_list} e
      left join ${t.experiment_details} d on d.experiment_id = e.experiment_id
      left join ${t.group_details} gd on gd.experiments_group_id = e.experiments_group_id
      left join ${t.experiments_groups} eg on eg.experiments_group_id = e.experiments_group_id
      left join lateral (
        select string_agg(distinct m.request_metadata->>'model_served', ', ') as model_served,
          to_char(max(m.created), 'YYYY-MM-DD') as called_on
        from ${t.experiment_request_metadata} m where m.experiment_id = e.experiment_id) as made on true
      left join ${t.personas} p on p.id = d.persona_id
      left join ${t.generations} g on g.persona_id = d.persona_id
      left join ${t.model_labels} l on l.model = e.model
      left join ${t.populations} known on known.population = e.population
      left join lateral ${t.label_population}(e.population) as named on true
      where e.questionnaire = ${questionnaire.slug} and ${after} order by e.experiment_id limit ${PAGE}`.execute(
    db,
  );
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.experiment_id);
  // A row for each experiment: ones for each answer cost the client more than the server saves.
  const { rows: answers } = await sql<{ id: number; numbers: string; answers: string }>`
      select id, string_agg(number::text, ',' order by number) as numbers, string_agg(coalesce(answer::text, ''), ',' order by number) as answers
      from (
        select distinct on (experiment_id, question_number) experiment_id as id, question_number as number, answer
        from ${t.eval_questionnaires} where experiment_id = any(${ids}::int[]) and question_number is not null
        order by experiment_id, question_number, eval_questionnaires.id) as first
      group by id`.execute(db);
  const when = async <R>(isThere: boolean, query: RawBuilder<R>) =>
    isThere ? (await query.execute(db)).rows : [];
  // Numbers that were given, texts, and answers as probabilities have no row among the answers.
  const states = await when(
    questionnaire.hasStates,
    sql<{ id: number; number: number; state: ItemState; value: number | string | null }>`
      select experiment_id as id, question_number as number, state,
        case when state = 'answered' then coalesce(to_jsonb(quantity), to_jsonb(reply_text)) end as value
      from ${t.item_states} where experiment_id = any(${ids}::int[])`,
  );
  const probabilities = await when(
    questionnaire.hasProbabilities,
    sql<Omit<WideAnswer, 'value' | 'state'> & { id: number; number: number }>`
      select id, number, expected, sqrt(greatest(0, square - expected * expected)) as sd, entropy from (
        select p.experiment_id as id, p.question_number as number,
          sum(p.probability * own.points) / nullif(sum(p.probability) filter (where own.points is not null), 0) as expected,
          sum(p.probability * own.points * own.points) / nullif(sum(p.probability) filter (where own.points is not null), 0) as square,
          -sum(p.probability * ln(nullif(p.probability, 0))) as entropy
        from ${t.item_probabilities} p
        join ${t.experiments_list} e on e.experiment_id = p.experiment_id
        left join ${t.group_details} gd on gd.experiments_group_id = e.experiments_group_id
        left join ${t.instrument_items} i on i.sha256 = gd.instrument_sha256 and i.question_number = p.question_number
        cross join lateral (select case when i.points ? p.answer::text then (i.points ->> p.answer::text)::double precision
          when i.key is not null then (p.answer = i.key)::int else p.answer end) as own (points)
        where p.experiment_id = any(${ids}::int[]) group by 1, 2) as moments`,
  );
  const { rows: scores } = await sql<{ id: number; scale: string; score: number | null }>`
      select experiment_id as id, scale, score from ${t.scores} where experiment_id = any(${ids}::int[])`.execute(
    db,
  );
  const factors = await when(
    questionnaire.factors.length > 0,
    sql<{ id: number; name: string; level: string }>`
      select experiment_id as id, name, level from ${t.administration_factors} where experiment_id = any(${ids}::int[])`,
  );
  const answersOf = new Map<number, Map<number, WideAnswer>>(ids.map((id) => [id, new Map()]));
  for (const { id, numbers, answers: given } of answers) {
    const own = answersOf.get(id)!;
    const values = given.split(',');
    for (const [at, number] of numbers.split(',').entries()) {
      const value = values[at]!;
      own.set(Number(number), { ...NO_ANSWER, value: value === '' ? null : Number(value) });
    }
  }
  for (const { id, number, state, value } of states) {
    const own = answersOf.get(id)!;
    own.set(number, { ...NO_ANSWER, value: own.get(number)?.value ?? value, state });
  }
  for (const { id, number, ...moments } of probabilities) {
    const own = answersOf.get(id)!;
    own.set(number, { ...NO_ANSWER, ...own.get(number), ...moments });
  }
  const scoresOf = Map.groupBy(scores, ({ id }) => id);
  const columns = await when(
    questionnaire.personaColumns.length > 0,
    sql<{ id: number; name: string; value: string }>`
      select d.experiment_id as id, c.name, c.value from ${t.persona_columns} c
      join ${t.experiment_details} d on d.persona_id = c.persona_id where d.experiment_id = any(${ids}::int[])`,
  );
  const columnsOf = Map.groupBy(columns, ({ id }) => id);
  const factorsOf = Map.groupBy(factors, ({ id }) => id);
  return rows.map((about) => ({
    about,
    answers: answersOf.get(about.experiment_id)!,
    scores: new Map(
      scoresOf.get(about.experiment_id)?.map(({ scale, score }) => [scale, score] as const),
    ),
    personaColumns: new Map(
      columnsOf.get(about.experiment_id)?.map(({ name, value }) => [name, value] as const),
    ),
    factors: new Map(
      factorsOf.get(about.experiment_id)?.map(({ name, level }) => [name, level] as const),
    ),
  }));
}
