/** SQL of what calls cost. Reads only. */
import { sql } from 'kysely';
import type { Database } from '../../db/connect.ts';

/**
 * What the calls cost, by model that was asked. Counts that providers did not tell are not guessed.
 */
export interface SpendingOverview {
  readonly model: string | null;
  readonly calls: number;
  readonly retries: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number | null;
}

export async function overviewOfSpending(
  { db, t }: Database,
  groups: readonly number[] | null = null,
): Promise<SpendingOverview[]> {
  const { rows } = await sql<SpendingOverview>`
    select e.model, count(*)::int as calls, count(*) filter (where m.request_metadata->>'outcome' <> 'answered')::int as retries,
      coalesce(sum((m.request_metadata #>> '{usage,input_tokens}')::double precision), 0) as "inputTokens",
      coalesce(sum((m.request_metadata #>> '{usage,output_tokens}')::double precision), 0) as "outputTokens",
      sum((m.request_metadata->>'cost_usd')::double precision) as "costUsd"
    from ${t.experiment_request_metadata} m join ${t.experiments_list} e using (experiment_id)
    ${groups === null ? sql`` : sql`where e.experiments_group_id = any(${[...groups]}::int[])`}
    group by 1 order by 1`.execute(db);
  return rows;
}
