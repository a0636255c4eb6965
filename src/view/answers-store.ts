/** SQL of the answers of many administrations. Reads only. */
import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';

/** Answers by item number, by id of the administration; those without answers are absent. */
export async function readAnswers(
  { db, t }: Pick<Database, 'db' | 't'>,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Readonly<Record<string, number | null>>>> {
  const { rows } = await sql<{ id: number; answers: Record<string, number | null> }>`
    select experiment_id as id, jsonb_object_agg(question_number, answer order by id desc) as answers
    from ${t.eval_questionnaires} where experiment_id = any(${[...ids]}::int[]) group by 1`.execute(
    db,
  );
  return new Map(rows.map(({ id, answers }) => [id, answers]));
}

/** The last reply of each administration, as text; those without one are absent. */
export async function readLastReplies(
  { db, t }: Pick<Database, 'db' | 't'>,
  ids: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const { rows } = await sql<{ id: number; reply: string }>`
    select distinct on (c.experiment_id) c.experiment_id as id, r.reply
    from ${t.experiment_request_metadata} c join ${t.reply_texts} r on r.request_metadata_id = c.id
    where c.experiment_id = any(${[...ids]}::int[]) order by c.experiment_id, c.id desc`.execute(
    db,
  );
  return new Map(rows.map(({ id, reply }) => [id, reply]));
}
