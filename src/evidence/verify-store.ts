/** SQL of verification: which administrations there are. Reads only. */
import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';

/** The numbers of the administrations after one of them, in their order. */
export async function administrationsAfter(
  { db, t }: Database,
  after: number,
  size: number,
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`select experiment_id as id from ${t.experiments_list}
    where experiment_id > ${after} order by 1 limit ${size}`.execute(db);
  return rows.map(({ id }) => id);
}
