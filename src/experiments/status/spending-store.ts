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
  /** Of the output; 0 where no provider tells them. */
  readonly reasoningTokens: number;
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
      coalesce(sum((m.request_metadata #>> '{usage,reasoning_tokens}')::double precision), 0) as "reasoningTokens",
      sum((m.request_metadata->>'cost_usd')::double precision) as "costUsd"
    from ${t.experiment_request_metadata} m join ${t.experiments_list} e using (experiment_id)
    ${groups === null ? sql`` : sql`where e.experiments_group_id = any(${[...groups]}::int[])`}
    group by 1 order by 1`.execute(db);
  return rows;
}

/** What the experiments of a group have taken so far for reasoning. */
export interface ReasoningOfGroup {
  readonly group: number;
  /** Model id. */
  readonly model: string | null;
  /** Experiments of which a call told its tokens. */
  readonly experiments: number;
  /** All together. */
  readonly tokens: number;
}

/** Groups of models that reason; none before their first calls. */
export async function reasoningOfGroups({ db, t }: Database): Promise<ReasoningOfGroup[]> {
  const { rows } = await sql<ReasoningOfGroup>`
    select e.experiments_group_id as "group", e.model, count(distinct e.experiment_id)::int as experiments,
      sum((m.request_metadata #>> '{usage,reasoning_tokens}')::double precision) as tokens
    from ${t.experiment_request_metadata} m join ${t.experiments_list} e using (experiment_id)
    where m.request_metadata #>> '{usage,output_tokens}' is not null
    group by 1, 2
    having sum((m.request_metadata #>> '{usage,reasoning_tokens}')::double precision) > 0`.execute(
    db,
  );
  return rows;
}
