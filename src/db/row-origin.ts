/** Where rows come from, as far as the database tells. */
import { type RawBuilder, sql } from 'kysely';
import type { Relations } from './relations.ts';
import type { RowOrigin } from './schema/tables.ts';

/**
 * The origin of an experiment `e` with its details `d`, which may be null. What names the simulated
 * model is simulated, whoever wrote it down; so is what a real model says as a simulated persona.
 */
export function originOfExperiment(t: Relations): RawBuilder<RowOrigin> {
  return sql<RowOrigin>`case
    when d.origin = 'simulated' or e.model_provider = 'simulated' or e.model like 'simulated/%'
      or exists (select from ${t.persona_details} pd where pd.persona_id = d.persona_id and pd.origin = 'simulated') then 'simulated'
    else coalesce(d.origin, 'imported') end`;
}

/**
 * Whether a population is the reference itself: its rows are answers to its own sheets, under no
 * condition.
 */
export function isReference(t: Relations, population: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`coalesce(${population}::text = coalesce((select name from ${t.reference_population}), 'spain826'), false)`;
}
