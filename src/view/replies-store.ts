/** SQL of what models said, as text. Reads only. */
import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';

/** The reply of each call, by id of the call; calls without one are absent. */
export async function readReplies(
  { db, t }: Pick<Database, 'db' | 't'>,
  calls: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const { rows } = await sql<{ id: number; reply: string }>`
    select request_metadata_id as id, reply from ${t.reply_texts}
    where request_metadata_id = any(${[...calls]}::int[])`.execute(db);
  return new Map(rows.map(({ id, reply }) => [id, reply]));
}
