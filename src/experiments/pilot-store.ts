/** SQL of pilots: which experiments stand for the others, and what their calls took. */
import { sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import { inScope, type RunScope } from './run-store.ts';

/** Experiments that differ in nothing but the persona and the repetition. */
export interface PilotCell {
  readonly model: string;
  /** Population of the personas, which names the condition. */
  readonly population: string;
  /**
   * With the language in brackets where it is not English, and with the settings of the
   * administration that are not the default ones.
   */
  readonly questionnaire: string;
}

export interface CellOfScope extends PilotCell {
  /** How many experiments of the scope it has. */
  readonly experiments: number;
  /** Those that come first in the shuffled order. */
  readonly first: readonly number[];
}

/** What an experiment took, all its calls together. */
export interface Taken {
  readonly experimentId: number;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars; null when a price or a count is not known of a call that was answered. */
  readonly costUsd: number | null;
  /** Waited for replies. */
  readonly seconds: number;
}

/** @param most how many experiments of each cell are named */
export async function cellsOfScope(
  { db, t }: Database,
  scope: RunScope,
  most: number,
): Promise<CellOfScope[]> {
  const { rows } = await sql<CellOfScope>`
    select model, population, questionnaire, count(*)::int as experiments,
      coalesce(array_agg(id order by place) filter (where place <= ${most}), '{}') as first
    from (
      select id, model, population, questionnaire,
        row_number() over (partition by model, population, questionnaire order by shuffle_key, id) as place
      from (
        select e.experiment_id as id, d.shuffle_key, coalesce(gd.model_name, e.model, '') as model, coalesce(e.population, '') as population,
          coalesce(e.questionnaire, '') || case when coalesce(e.language_questionnaire, 'en') in ('en', 'english') then ''
            else ' (' || e.language_questionnaire || ')' end
            || coalesce((select ', ' || string_agg(f.name || ': ' || f.level, ', ' order by f.name)
              from ${t.group_factors} f where f.experiments_group_id = e.experiments_group_id), '') as questionnaire
        from ${t.experiments_list} e join ${t.experiment_details} d using (experiment_id)
        left join ${t.group_details} gd on gd.experiments_group_id = e.experiments_group_id
        where ${inScope(scope)}) as scoped) as numbered
    group by 1, 2, 3 order by 1, 2, 3`.execute(db);
  return rows;
}

/** The newest call there is, or 0. */
export async function lastCall({ db, t }: Database): Promise<number> {
  const { rows } = await sql<{
    id: number;
  }>`select coalesce(max(id), 0)::int as id from ${t.experiment_request_metadata}`.execute(db);
  return rows[0]!.id;
}

/**
 * What those of the experiments took that were tried since a call; those of which no call is stored
 * are left out.
 */
export async function takenSince(
  { db, t }: Database,
  experiments: readonly number[],
  call: number,
): Promise<Taken[]> {
  const { rows } = await sql<Taken>`
    select m.experiment_id as "experimentId",
      count(*) filter (where m.request_metadata->>'error_kind' is distinct from 'throttled')::int as calls,
      coalesce(sum((m.request_metadata #>> '{usage,input_tokens}')::double precision), 0) as "inputTokens",
      coalesce(sum((m.request_metadata #>> '{usage,output_tokens}')::double precision), 0) as "outputTokens",
      case when bool_or(m.request_metadata->>'cost_usd' is null and m.request_metadata->>'error_kind' is null) then null
        else coalesce(sum((m.request_metadata->>'cost_usd')::double precision), 0) end as "costUsd",
      coalesce(sum((m.request_metadata->>'latency_ms')::double precision), 0) / 1000 as seconds
    from ${t.experiment_request_metadata} m where m.experiment_id = any(${[...experiments]}::int[]) and m.id > ${call}
    group by 1`.execute(db);
  return rows;
}
