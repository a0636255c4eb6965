/**
 * Reads what calls record and nobody decided. Only of models of which more than one version, or
 * more than one day, is recorded.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import { CALLED_ON, MODEL_SERVED } from './recorded.ts';

export interface RecordedLevel {
  readonly name: string;
  /** Of the experiment. */
  readonly id: number;
  readonly level: string;
}

/** In order of name, level and experiment. */
export async function readRecorded({
  db,
  t,
}: Pick<Database, 'db' | 't'>): Promise<readonly RecordedLevel[]> {
  const calls = sql`from ${t.experiment_request_metadata} m join ${t.experiments_list} e using (experiment_id)`;
  const { rows: models } = await sql<{ model: string; served: boolean; called: boolean }>`
    select e.model, coalesce(min(m.request_metadata->>'model_served') <> max(m.request_metadata->>'model_served'), false) as served,
      coalesce(min(m.created)::date <> max(m.created)::date, false) as called
    ${calls} where e.model is not null group by 1`.execute(db);
  const read = async (name: string, value: RawBuilder<unknown>, own: typeof models) => {
    if (own.length === 0) return [];
    const { rows } = await sql<{ id: number; level: string | null }>`
      select e.experiment_id as id, ${value} collate "C" as level ${calls}
      where e.model = any(${own.map(({ model }) => model)}::text[]) group by 1 order by 2, 1`.execute(
      db,
    );
    return rows.flatMap(({ id, level }) => (level === null ? [] : { name, id, level }));
  };
  return [
    ...(await read(
      CALLED_ON,
      sql`to_char(max(m.created), 'YYYY-MM-DD')`,
      models.filter(({ called }) => called),
    )),
    ...(await read(
      MODEL_SERVED,
      sql`string_agg(distinct m.request_metadata->>'model_served' collate "C", ', ')`,
      models.filter(({ served }) => served),
    )),
  ];
}
