/** Where rows come from, as far as the database tells. */
import { type RawBuilder, sql } from 'kysely';
import type { Relations } from './relations.ts';
import type { RowOrigin } from './schema/tables.ts';

/**
 * The origin of an experiment `e` with its details `d`, which may be null. What names the simulated
 * model is simulated, whoever wrote it down; so is what a real model says as a simulated persona.
 * Whether a model behind an address is simulated is known from its replies alone: what has no answer
 * yet is simulated where all answers of its group are. Else a rehearsal that is half done would
 * count as real and as wholly unanswered.
 */
export function originOfExperiment(t: Relations): RawBuilder<RowOrigin> {
  return sql<RowOrigin>`case
    when d.origin = 'simulated' or e.model_provider = 'simulated' or e.model like 'simulated/%'
      or exists (select from ${t.persona_details} pd where pd.persona_id = d.persona_id and pd.origin = 'simulated') then 'simulated'
    when e.succeeded is not true and d.origin = 'model' and e.experiments_group_id in (
      select s.experiments_group_id from (select distinct experiments_group_id from ${t.experiment_details} where origin = 'simulated') as s
      where not exists (select from ${t.experiment_details} r
        where r.experiments_group_id = s.experiments_group_id and r.origin = 'model' and r.last_outcome = 'answered')) then 'simulated'
    else coalesce(d.origin, 'imported') end`;
}

/**
 * Whether a population is the reference itself: its rows are answers to its own sheets, under no
 * condition.
 */
export function isReference(t: Relations, population: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`coalesce(${population}::text = coalesce((select name from ${t.reference_population}), 'spain826'), false)`;
}
