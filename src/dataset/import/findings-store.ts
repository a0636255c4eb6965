/** SQL of the findings about a dataset that was just loaded. */
import { sql } from 'kysely';
import type { Database } from '../../db/connect.ts';
import type { Session } from '../../db/session.ts';
import { MISSING_WORDS } from '../../personas/missing-values.ts';
import { CONTROL } from '../../personas/own/own.ts';

/** Something about the rows that their user should know; none of it is an error. */
export interface Finding {
  readonly finding:
    | 'duplicate answers'
    | 'conflicting duplicate answers'
    | 'experiments without answers'
    | 'answers without experiment'
    | 'experiments with answers that have not succeeded'
    | 'personas without word count'
    | 'personas whose description is missing or damaged'
    | 'calls without stored bytes, which cannot be verified'
    | 'calls whose bytes do not match their SHA-256, accepted as unverified'
    | 'experiments of a model that is not in the catalogue'
    | 'questionnaire with reversed items and unknown bounds'
    | 'table that does not belong to the study, not loaded'
    | 'materialised view that only its owner may refresh, not refreshed';
  readonly count: number;
  /** One of them: an id, or a name. */
  readonly example: string;
}

interface Counted {
  readonly count: number;
  readonly example: string | null;
}

/** @param models ids of the models in the catalogue */
export async function findingsOf(
  { db }: Session,
  { t }: Database,
  models: readonly string[],
): Promise<Finding[]> {
  const one = async (query: ReturnType<typeof sql<Counted>>) => (await query.execute(db)).rows[0]!;
  const found: Finding[] = [];
  const note = (finding: Finding['finding'], { count, example }: Counted) => {
    if (count > 0) found.push({ finding, count, example: example ?? '' });
  };
  const place = sql`format('experiment %s, question %s', min(experiment_id), (min(array[experiment_id, question_number]))[2])`;
  const { rows: repeated } = await sql<{ conflicting: boolean; count: number; example: string }>`
    select conflicting, sum(copies - 1)::int as count, ${place} as example
    from (select experiment_id, question_number, count(*) as copies, count(distinct answer) + (count(answer) < count(*))::int > 1 as conflicting
      from ${t.eval_questionnaires} group by 1, 2 having count(*) > 1) as repeated group by 1 order by 1`.execute(
    db,
  );
  const total = repeated.reduce((sum, row) => sum + row.count, 0);
  note('duplicate answers', { count: total, example: repeated[0]?.example ?? null });
  for (const row of repeated) if (row.conflicting) note('conflicting duplicate answers', row);
  note(
    'experiments without answers',
    await one(sql`select count(*)::int as count, format('experiment %s', min(e.experiment_id)) as example from ${t.experiments_list} e
      where not exists (select from ${t.eval_questionnaires} a where a.experiment_id = e.experiment_id)`),
  );
  note(
    'answers without experiment',
    await one(sql`select count(*)::int as count, format('answer %s of experiment %s', min(a.id), (min(array[a.id, a.experiment_id]))[2]) as example
      from ${t.eval_questionnaires} a where not exists (select from ${t.experiments_list} e where e.experiment_id = a.experiment_id)`),
  );
  note(
    'experiments with answers that have not succeeded',
    await one(sql`select count(*)::int as count, format('experiment %s', min(e.experiment_id)) as example from ${t.experiments_list} e
      where e.succeeded is not true and exists (select from ${t.eval_questionnaires} a where a.experiment_id = e.experiment_id)`),
  );
  // A control, and a stimulus that only the questionnaire tells of, are meant to have none.
  const isMeant = sql`description is null and (coalesce(population, '') = ${CONTROL}
    or exists (select from ${t.persona_columns} c where c.persona_id = p.id))`;
  note(
    'personas without word count',
    await one(sql`select count(*)::int as count, format('persona %s', min(id)) as example from ${t.personas} p
      where word_count_description is null and not (${isMeant})`),
  );
  note(
    'personas whose description is missing or damaged',
    await one(sql`select count(*)::int as count, format('persona %s', min(id)) as example from ${t.personas} p
      where not (${isMeant}) and (description is null
        -- LIKE compares bytes; position() and lower() go through long texts letter by letter.
        or description like '%' || chr(65533) || '%'
        or (octet_length(description) <= 100 and lower(btrim(description, E' \\t\\r\\n')) = any(${[...MISSING_WORDS]}::text[]))
        -- In some locales the server takes letters beyond ASCII for none.
        or (description !~ '[A-Za-z0-9]' and octet_length(description) = char_length(description)))`),
  );
  const { rows: unknown } = await sql<Counted>`
    select count(*)::int as count, coalesce(format('"%s", experiment %s', model, min(experiment_id)), '') as example
    from ${t.experiments_list} where model is null or model <> all(${[...models]}::text[]) group by model order by model`.execute(
    db,
  );
  for (const row of unknown) note('experiments of a model that is not in the catalogue', row);
  const { rows: unbounded } = await sql<Counted>`
    select count(distinct question_number)::int as count, questionnaire as example from ${t.questionnaire} q
    where reverse and key is null and not exists (select from ${t.instruments} i where i.slug = q.questionnaire)
    group by questionnaire order by questionnaire`.execute(db);
  for (const row of unbounded) note('questionnaire with reversed items and unknown bounds', row);
  return found;
}
