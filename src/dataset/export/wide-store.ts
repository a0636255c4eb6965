/** SQL of the wide files: experiments with all their answers and scores, page by page. */
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../db/connect.ts';
import { isReference, originOfExperiment } from '../../db/row-origin.ts';
import type { RowOrigin } from '../../db/schema/tables.ts';
import type { Session } from '../../db/session.ts';

const PAGE = 500;

export interface WideItem {
  readonly number: number;
  readonly scale: string | null;
  readonly key: number | null;
  readonly reverse: boolean;
  readonly text: string | null;
}

export interface WideQuestionnaire {
  readonly slug: string;
  /** How scores come from items; null where no instrument of that name is known. */
  readonly scoring: 'sum' | 'mean' | null;
  /** The instrument's file, for the labels of its answers; null likewise. */
  readonly definition: string | null;
  readonly items: readonly WideItem[];
}

export interface WideExperiment {
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
  readonly draw: number | null;
  readonly repeated: number | null;
  readonly language: string | null;
  readonly succeeded: boolean | null;
  readonly outcome: string | null;
  readonly attempts: number | null;
  readonly data_origin: RowOrigin;
  /** Item number to answer; of several the one with the lowest id. */
  readonly answers: ReadonlyMap<number, number | null>;
  /** Scale to the sum of its items' scores and how many items have one. */
  readonly scales: ReadonlyMap<string, { readonly sum: number; readonly items: number }>;
}

/**
 * The questionnaires that experiments were registered for. Items are those of the published table,
 * English first; without any, those answered.
 */
export async function questionnairesOf(
  { db }: Session,
  { t }: Database,
): Promise<WideQuestionnaire[]> {
  const { rows: slugs } = await sql<{
    slug: string;
  }>`select distinct questionnaire as slug from ${t.experiments_list}
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
    const { rows: rules } = await sql<{
      scoring: 'sum' | 'mean';
      definition: string;
    }>`select scoring, definition from ${t.instruments}
      where slug = ${slug} order by created_at, sha256 limit 1`.execute(db);
    found.push({
      slug,
      scoring: rules[0]?.scoring ?? null,
      definition: rules[0]?.definition ?? null,
      items: [...items, ...answered.filter((item) => !known.has(item.number))].toSorted(
        (a, b) => a.number - b.number,
      ),
    });
  }
  return found;
}

/** Every experiment of a questionnaire, answered or not, in order of id. */
export async function* experimentsOf(
  { db }: Session,
  { t }: Database,
  slug: string,
): AsyncGenerator<WideExperiment[]> {
  let last: number | null = null;
  for (;;) {
    const after: RawBuilder<boolean> =
      last === null ? sql<boolean>`true` : sql<boolean>`e.experiment_id > ${last}::int`;
    const { rows }: { rows: Omit<WideExperiment, 'answers' | 'scales'>[] } = await sql<
      Omit<WideExperiment, 'answers' | 'scales'>
    >`
      select e.experiment_id, e.experiments_group_id as "group", e.model, coalesce(l.label, e.model) as label, e.model_provider as provider,
        e.population, case when not ${isReference(t, sql`e.population`)} then coalesce(known.display, named.display) end as condition,
        case when ${isReference(t, sql`e.population`)} then 'reference' else 'persona' end as answers_as,
        case when d.persona_id is null then e.personality_id else p.ref_personality_id end as personality_id, d.persona_id, g.draw,
        e.repeated, e.language_questionnaire as language, e.succeeded,
        -- What was answered before stays the answer when asking again brought none; what is to be asked again has no answer yet.
        case when e.succeeded then 'answered' else nullif(d.last_outcome, 'answered') end as outcome, d.attempts,
        ${originOfExperiment(t)} as data_origin
      from ${t.experiments_list} e
      left join ${t.experiment_details} d on d.experiment_id = e.experiment_id
      left join ${t.personas} p on p.id = d.persona_id
      left join ${t.generations} g on g.persona_id = d.persona_id
      left join ${t.model_labels} l on l.model = e.model
      left join ${t.populations} known on known.population = e.population
      left join lateral ${t.label_population}(e.population) as named on true
      where e.questionnaire = ${slug} and ${after} order by e.experiment_id limit ${PAGE}`.execute(
      db,
    );
    if (rows.length === 0) return;
    const ids: number[] = rows.map((row) => row.experiment_id);
    const { rows: answers } = await sql<{ id: number; number: number; answer: number | null }>`
      select distinct on (experiment_id, question_number) experiment_id as id, question_number as number, answer
      from ${t.eval_questionnaires} where experiment_id = any(${ids}::int[]) and question_number is not null
      order by experiment_id, question_number, eval_questionnaires.id`.execute(db);
    const { rows: scores } = await sql<{ id: number; scale: string; sum: number; items: number }>`
      select experiment_id as id, category as scale, sum(eval)::double precision as sum, count(eval)::int as items
      from ${t.scored_answers} where experiment_id = any(${ids}::int[]) and category is not null and eval is not null group by 1, 2`.execute(
      db,
    );
    const answersOf = new Map<number, Map<number, number | null>>(ids.map((id) => [id, new Map()]));
    for (const { id, number, answer } of answers) answersOf.get(id)!.set(number, answer);
    const scalesOf = new Map<number, Map<string, { sum: number; items: number }>>(
      ids.map((id) => [id, new Map()]),
    );
    for (const { id, scale, sum, items } of scores) scalesOf.get(id)!.set(scale, { sum, items });
    yield rows.map((row) => ({
      ...row,
      answers: answersOf.get(row.experiment_id)!,
      scales: scalesOf.get(row.experiment_id)!,
    }));
    if (rows.length < PAGE) return;
    last = ids.at(-1)!;
  }
}
